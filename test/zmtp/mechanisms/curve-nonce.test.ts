import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NonceCounter, nonceOf, readHalf } from '../../../src/zmtp/mechanisms/curve-nonce.ts';
import { counter } from '../../support/curve-by-hand.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';
import { codeThrown } from '../../support/zmtp-side.ts';

const nonce = suite('zmtp/mechanisms/curve-nonce');

const LAST = 2n ** 64n - 1n;
const anyNumber = fc.oneof(
  fc.bigInt({ min: 0n, max: LAST }),
  fc.constantFrom(0n, 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, LAST),
);

function counterAt(number: bigint): NonceCounter {
  const octets = counter(number);
  return new NonceCounter(readHalf(octets, 0), readHalf(octets, 4));
}

nonce('counts as 64 bits do, and says when there are no more', () => {
  fc.assert(
    fc.property(anyNumber, number => {
      const counting = counterAt(number);
      assert.is(toHex(counting.encode()), toHex(counter(number)));
      if (number < LAST) {
        counting.advance();
        assert.is(toHex(counting.encode()), toHex(counter(number + 1n)));
      } else {
        for (let i = 0; i < 3; i += 1) {
          assert.is(
            codeThrown(() => counting.advance()),
            'ERR_ZMTP_NONCES_EXHAUSTED',
          );
        }
        assert.is(toHex(counting.encode()), 'f'.repeat(16));
      }
    }),
  );
});

nonce('is before the very next one, and before no other', () => {
  const gaps = [1n, 2n, 97n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 33n];
  const near = fc.constantFrom(0n, ...gaps, ...gaps.map(gap => -gap));
  const anyPair = fc.oneof(
    fc.tuple(anyNumber, anyNumber),
    fc.tuple(anyNumber, near).map(([first, gap]): [bigint, bigint] => [first, BigInt.asUintN(64, first + gap)]),
  );
  fc.assert(
    fc.property(anyPair, ([first, second]) => {
      const { high, low } = counterAt(second);
      const counting = counterAt(first);
      assert.is(counting.isBefore(high, low), second === first + 1n);
      assert.is(toHex(counting.encode()), toHex(counter(first)), 'asking moves nothing');
    }),
    { numRuns: 1000 },
  );
});

for (const first of [0n, 7n, 2n ** 31n - 1n, 2n ** 32n - 2n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, LAST - 1n, LAST]) {
  nonce(`is before ${first === LAST ? 'none' : first + 1n} and nothing else, being ${first}`, () => {
    const counting = counterAt(first);
    const halves = [0n, 1n, 2n, 7n, 8n, 9n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 2n, 2n ** 32n - 1n];
    const all = halves.flatMap(high => halves.map(low => (high << 32n) + low));
    const around = [-2n, -1n, 0n, 1n, 2n, 97n, 2n ** 32n, 2n ** 32n + 1n].map(gap => BigInt.asUintN(64, first + gap));
    const after = [...new Set([...all, ...around])].filter(number => {
      const { high, low } = counterAt(number);
      return counting.isBefore(high, low);
    });
    assert.equal(after, first === LAST ? [] : [first + 1n]);
  });
}

nonce('precedes every greater one, and no other', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, (first, second) => {
      const { high, low } = counterAt(second);
      const counting = counterAt(first);
      assert.is(counting.precedes(high, low), second > first);
      counting.moveTo(high, low);
      assert.is(toHex(counting.encode()), toHex(counter(second)));
      assert.is(counting.precedes(high, low), false);
    }),
  );
});

nonce('begins at zero, so that the first is one', () => {
  const counting = new NonceCounter();
  counting.advance();
  assert.is(toHex(counting.encode()), '0000000000000001');
});

nonce('is a name and what is unique', () => {
  assert.is(toHex(nonceOf('WELCOME-', hex('A3*16'))), toHex(hex("'WELCOME-' A3*16")));
});

nonce.run();

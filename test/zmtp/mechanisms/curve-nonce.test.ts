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

nonce('is followed by every greater one, and by no other', () => {
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

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  COMMAND,
  encodeFrame,
  HEAD_MAX,
  headLength,
  LONG,
  MORE,
  readLongSize,
  writeHead,
} from '../../src/zmtp/frame.ts';
import { frame, longHead } from '../support/raw-zmtp.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';

const frames = suite('zmtp/frame');

// RFC 37 "Framing": a body of up to 255 octets has a short head, a larger one a long head in network order.
for (const [flags, size, head] of [
  [0, 0, '00 00'],
  [0, 1, '00 01'],
  [0, 255, '00 FF'],
  [0, 256, '02 0000000000000100'],
  [0, 65_537, '02 0000000000010001'],
  [MORE, 0, '01 00'],
  [MORE, 255, '01 FF'],
  [MORE, 256, '03 0000000000000100'],
  [COMMAND, 7, '04 07'],
  [COMMAND, 256, '06 0000000000000100'],
  [COMMAND, 65_537, '06 0000000000010001'],
] as const) {
  frames(`is ${head} and the body for flags ${flags} and ${size} octets`, () => {
    const body = pattern(size);
    assert.is(toHex(encodeFrame(flags, body)), toHex(hex(head)) + toHex(body));
  });
}

for (const [size, head] of [
  [2 ** 31, '02 0000000080000000'],
  [2 ** 32 - 1, '02 00000000FFFFFFFF'],
  [2 ** 32, '02 0000000100000000'],
  [2 ** 32 + 1, '02 0000000100000001'],
  [2 ** 53 - 1, '02 001FFFFFFFFFFFFF'],
] as const) {
  frames(`has the head ${head} for ${size} octets`, () => {
    const into = new Uint8Array(HEAD_MAX);
    assert.is(writeHead(into, 0, 0, size), HEAD_MAX);
    assert.is(toHex(into), toHex(hex(head)));
  });
}

frames('is what a peer written apart sends, for any flags and body', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, MORE, COMMAND), fc.uint8Array({ maxLength: 600, size: 'max' }), (flags, body) => {
      assert.is(toHex(encodeFrame(flags, body)), toHex(frame(flags, body)));
      assert.is(encodeFrame(flags, body).length, headLength(body.length) + body.length);
    }),
  );
});

frames('has a head that touches nothing around it', () => {
  fc.assert(
    fc.property(fc.nat(9), fc.nat(2 ** 20), (offset, size) => {
      const into = new Uint8Array(24).fill(0xaa);
      const end = writeHead(into, offset, 0, size);
      assert.is(end, offset + headLength(size));
      assert.ok(into.subarray(0, offset).every(octet => octet === 0xaa));
      assert.ok(into.subarray(end).every(octet => octet === 0xaa));
    }),
  );
});

frames('has a size that is read as it was written, as far as numbers are exact', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), size => {
      assert.is(readLongSize(longHead(0, BigInt(size)), 1), size);
    }),
  );
});

frames('has a size beyond 2^53 that is read as one beyond every limit', () => {
  fc.assert(
    fc.property(fc.bigInt(2n ** 53n, 2n ** 64n - 1n), size => {
      assert.ok(readLongSize(longHead(0, size), 1) >= 2 ** 53);
    }),
  );
});

frames('has flags of a bit each', () => {
  assert.equal([MORE, LONG, COMMAND], [1, 2, 4]);
});

frames.run();

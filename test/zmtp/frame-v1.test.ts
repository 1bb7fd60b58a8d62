import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodySizeV1, encodeFrameV1, encodeHeadV1, encodeLongHeadV1 } from '../../src/zmtp/frame-v1.ts';
import { frameV1, longHeadV1 } from '../support/raw-zmtp.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';

const frame = suite('zmtp/frame-v1');

for (const [what, flags, size, head] of [
  ['an empty body', 0, 0, '01 00'],
  ['an empty body with more to come', 1, 0, '01 01'],
  ['one octet', 0, 1, '02 00'],
  ['the largest body of the short form', 0, 253, 'FE 00'],
  ['the smallest of the long form', 0, 254, 'FF 00000000000000FF 00'],
  ['the same with more to come', 1, 254, 'FF 00000000000000FF 01'],
  ['255 octets', 1, 255, 'FF 0000000000000100 01'],
  ['65,536 octets', 0, 65_536, 'FF 0000000000010001 00'],
  ['2^32 octets', 0, 2 ** 32, 'FF 0000000100000001 00'],
  ['2^53 - 2 octets', 0, 2 ** 53 - 2, 'FF 001FFFFFFFFFFFFF 00'],
  ['flags of later versions', 0xff, 5, '06 01'],
  ['the bit of a command', 4, 300, 'FF 000000000000012D 00'],
] as const) {
  frame(`has ${head} in front of ${what}`, () => {
    assert.is(toHex(encodeHeadV1(flags, size)), toHex(hex(head)));
    assert.is(bodySizeV1(encodeHeadV1(flags, size)), size);
  });
}

frame('may have the long head in front of any body', () => {
  assert.is(toHex(encodeLongHeadV1(0x7f, 0)), toHex(hex('FF 0000000000000001 7F')));
  assert.is(bodySizeV1(encodeLongHeadV1(0, 3)), 3);
});

frame('is too small for its flags when its size is 0, in either form', () => {
  assert.is(bodySizeV1(hex('00 00')), -1);
  assert.is(bodySizeV1(hex('FF 0000000000000000 00')), -1);
});

frame('may claim any size', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 2n ** 64n - 1n), size => {
      const read = bodySizeV1(longHeadV1(0, size));
      if (size <= 2n ** 53n) assert.is(read, Number(size - 1n));
      else assert.ok(read > 2 ** 52);
    }),
  );
});

frame('is head and body', () => {
  for (const length of [0, 1, 253, 254, 255, 1000]) {
    for (const flags of [0, 1]) {
      assert.is(toHex(encodeFrameV1(flags, pattern(length))), toHex(frameV1(flags, pattern(length))));
    }
  }
});

frame.run();

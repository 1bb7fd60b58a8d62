import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { equal, isZero } from '../../../src/zmtp/crypto/equal.ts';
import { hex } from '../../support/zmtp-hex.ts';

const comparing = suite('zmtp/crypto/equal');

comparing('is true of the same octets, and false when any bit differs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (octets, at, bits) => {
      const other = new Uint8Array(octets);
      assert.is(equal(octets, other), true);
      const place = at % octets.length;
      other[place] = (other[place] ?? 0) ^ bits;
      assert.is(equal(octets, other), false);
    }),
  );
});

comparing('is false when one is the beginning of the other', () => {
  assert.is(equal(hex('0102'), hex('010200')), false);
  assert.is(equal(hex('010200'), hex('0102')), false);
  assert.is(equal(hex(''), hex('')), true);
});

comparing('knows zeros from anything else', () => {
  assert.is(isZero(hex('')), true);
  assert.is(isZero(hex('00*64')), true);
  for (let i = 0; i < 64; i += 1) assert.is(isZero(hex(`00*${i} 80 00*${63 - i}`.replace(/00\*0 ?/g, ''))), false);
});

comparing.run();

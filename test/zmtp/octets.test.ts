import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ascii, concat, hasAt, latin1, printable } from '../../src/zmtp/octets.ts';

const octets = suite('zmtp/octets');

octets('makes ASCII octets of a text and the text of them again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), text => {
      assert.is(latin1(ascii(text)), text);
    }),
  );
});

octets('gives every octet a character of its own', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.is(latin1(all), Buffer.from(all).toString('latin1'));
});

octets('shows nothing but printable ASCII, cut short', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (some, limit) => {
      const text = printable(some, limit);
      assert.match(text, /^[\x20-\x7e]*…?$/);
      assert.is(text.length, Math.min(some.length, limit) + (some.length > limit ? 1 : 0));
    }),
  );
});

octets('finds a run of octets where it is, and not where it only begins', () => {
  const octetsOf = (text: string): Uint8Array => ascii(text);
  assert.ok(hasAt(octetsOf('abcd'), 1, octetsOf('bc')));
  assert.ok(hasAt(octetsOf('abcd'), 2, octetsOf('cd')));
  assert.not(hasAt(octetsOf('abcd'), 0, octetsOf('bc')));
  assert.not(hasAt(octetsOf('abcd'), 3, octetsOf('de')));
  assert.not(hasAt(octetsOf('abcd'), 3, octetsOf('cd')));
});

octets('joins runs of octets as Buffer.concat does, into memory of its own', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), runs => {
      const whole = concat(...runs);
      assert.equal([...whole], [...Buffer.concat(runs)]);
      for (const run of runs) assert.is.not(whole.buffer, run.buffer);
    }),
  );
});

octets.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { curveKeyPair, curvePublicKey } from '../../src/sockets/curve-keys.ts';
import { nobleKeyExchange } from '../../src/zmtp/crypto/noble-key-exchange.ts';
import { decodeZ85, encodeZ85 } from '../../src/zmtp/z85.ts';

const keys = suite('sockets/curve-keys');

keys('makes pairs of 40 characters each that belong together', () => {
  const pair = curveKeyPair();
  assert.equal(Object.keys(pair), ['publicKey', 'secretKey']);
  assert.equal([pair.publicKey.length, pair.secretKey.length], [40, 40]);
  const noble = nobleKeyExchange.fromSecretKey(decodeZ85(pair.secretKey));
  assert.is(encodeZ85(noble.publicKey), pair.publicKey);
  assert.is.not(curveKeyPair().secretKey, pair.secretKey);
});

keys('finds the public key of a secret one, as text and as octets, which stay as they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), secret => {
      const expected = encodeZ85(nobleKeyExchange.fromSecretKey(secret).publicKey);
      const before = [...secret];
      assert.is(curvePublicKey(secret), expected);
      assert.equal([...secret], before);
      assert.is(curvePublicKey(encodeZ85(secret)), expected);
    }),
    { numRuns: 30 },
  );
});

for (const [what, secret, message] of [
  ['nothing', '', 'secret key of 0 characters, expected 40 of Z85'],
  ['a text of 39 characters', 'k'.repeat(39), 'secret key of 39 characters, expected 40 of Z85'],
  ['a text of 45 characters', 'k'.repeat(45), 'secret key of 45 characters, expected 40 of Z85'],
  ['a text with a foreign character', `${'k'.repeat(39)}~`, 'character 40 of the text is not of Z85'],
  ['a text of too many bits', '#'.repeat(40), 'characters 1 to 5 of Z85 stand for over 32 bits'],
  ['31 octets', new Uint8Array(31).fill(7), 'secret key of 31 octets, expected 32'],
  ['40 octets', new Uint8Array(40).fill(7), 'secret key of 40 octets, expected 32'],
] as const) {
  keys(`refuses ${what} for a secret key and does not show it`, () => {
    assert.throws(
      () => curvePublicKey(secret),
      (error: unknown) => error instanceof UsageError && error.code === 'EINVAL' && error.message === message,
    );
  });
}

keys.run();

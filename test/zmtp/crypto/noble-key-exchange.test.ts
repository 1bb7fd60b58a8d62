import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nobleKeyExchange } from '../../../src/zmtp/crypto/noble-key-exchange.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';

const exchange = suite('zmtp/crypto/noble-key-exchange');

/** RFC 7748 section 5.2: a secret key, a public one, what they agree on. */
const agreements: readonly (readonly [secret: string, publicKey: string, agreed: string])[] = [
  [
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493', // its top bit is not looked at
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
];

// RFC 7748 section 6.1.
const ALICE = {
  secret: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
  public: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
};
const BOB = {
  secret: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
  public: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
};
const AGREED = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';

/** All points whose order divides 8, with the ways to write them in 255 bits. */
const smallOrder: Readonly<Record<string, string>> = {
  zero: '00*32',
  one: '01 00*31',
  'a point of order 8': 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  'the other point of order 8': '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'p - 1': 'ec ff*30 7f',
  'p, which is zero': 'ed ff*30 7f',
  'p + 1, which is one': 'ee ff*30 7f',
};

const shown = (octets: Uint8Array | undefined): string | undefined => octets && toHex(octets);

exchange('agrees as RFC 7748 shows', () => {
  for (const [secret, publicKey, agreed] of agreements) {
    assert.is(shown(nobleKeyExchange.fromSecretKey(hex(secret)).agree(hex(publicKey))), agreed);
  }
});

exchange('makes the public keys and the secret that Alice and Bob have in RFC 7748', () => {
  const [alice, bob] = [ALICE, BOB].map(({ secret }) => nobleKeyExchange.fromSecretKey(hex(secret)));
  assert.ok(alice && bob);
  assert.is(toHex(alice.publicKey), ALICE.public);
  assert.is(toHex(bob.publicKey), BOB.public);
  assert.is(shown(alice.agree(bob.publicKey)), AGREED);
  assert.is(shown(bob.agree(alice.publicKey)), AGREED);
});

exchange('agrees as RFC 7748 shows after many times', () => {
  let [secret, point]: [Uint8Array, Uint8Array] = [hex('09 00*31'), hex('09 00*31')];
  for (let times = 1; times <= 1000; times += 1) {
    const agreed = nobleKeyExchange.fromSecretKey(secret).agree(point);
    assert.ok(agreed);
    [secret, point] = [agreed, secret];
    if (times === 1) assert.is(toHex(secret), '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
  }
  assert.is(toHex(secret), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
});

for (const [name, point] of Object.entries(smallOrder)) {
  exchange(`agrees on nothing with ${name}, with and without the top bit`, () => {
    const key = hex(point);
    for (const pair of [nobleKeyExchange.generate(), nobleKeyExchange.fromSecretKey(hex(ALICE.secret))]) {
      assert.is(pair.agree(key), undefined);
      assert.is(pair.agree(key.with(31, (key[31] ?? 0) | 0x80)), undefined);
    }
  });
}

exchange('makes new pairs that agree, each another', () => {
  const [one, other] = [nobleKeyExchange.generate(), nobleKeyExchange.generate()];
  assert.is.not(toHex(one.publicKey), toHex(other.publicKey));
  assert.is(one.agree(other.publicKey)?.length, 32);
  assert.is(shown(one.agree(other.publicKey)), shown(other.agree(one.publicKey)));
  assert.is(toHex(nobleKeyExchange.fromSecretKey(one.secretKey()).publicKey), toHex(one.publicKey));
});

exchange('copies the secret key it is given, and the one it gives', () => {
  const given = hex(ALICE.secret);
  const pair = nobleKeyExchange.fromSecretKey(given);
  given.fill(0);
  pair.secretKey().fill(0);
  assert.is(toHex(pair.secretKey()), ALICE.secret);
  assert.is(shown(pair.agree(hex(BOB.public))), AGREED);
});

exchange('forgets the secret key when it is wiped', () => {
  const pair = nobleKeyExchange.fromSecretKey(hex(ALICE.secret));
  pair.wipe();
  assert.is(toHex(pair.secretKey()), '00'.repeat(32));
  assert.is.not(shown(pair.agree(hex(BOB.public))), AGREED);
});

exchange('gives random octets, as many as asked for', () => {
  for (const length of [0, 1, 16, 24, 64]) assert.is(nobleKeyExchange.randomBytes(length).length, length);
  assert.is.not(toHex(nobleKeyExchange.randomBytes(16)), toHex(nobleKeyExchange.randomBytes(16)));
});

exchange.run();

import { inspect } from 'node:util';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeKeyExchange } from '../../src/sockets/node-key-exchange.ts';
import { nobleKeyExchange } from '../../src/zmtp/crypto/noble-key-exchange.ts';

const exchange = suite('sockets/node-key-exchange');

const octets = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (some: Uint8Array | undefined): string | undefined => some && Buffer.from(some).toString('hex');

/** A number below 2^256, in the order of the wire: the lowest octet first. */
function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

const PRIME = 2n ** 255n - 19n;
const HIGH_BIT = 2n ** 255n;
const FIRST_ORDER_8 = 325606250916557431795983626356110631294008115727848805560023387167927233504n;
const SECOND_ORDER_8 = 39382357235489614581723060781553021112529911719440698176882885853963445705823n;

/** Points of order 1, 2, 4 and 8, in all their spellings: whatever the secret, an agreement with them is zero. */
const SMALL = [0n, 1n, PRIME - 1n, FIRST_ORDER_8, SECOND_ORDER_8]
  .flatMap(u => (u + PRIME < HIGH_BIT ? [u, u + PRIME] : [u]))
  .flatMap(u => [u, u + HIGH_BIT]);

const secretKeys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const publicKeys = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.bigInt(0n, 18n).map(u => littleEndian(PRIME + u)), // not canonical
  fc.bigInt(0n, 18n).map(u => littleEndian(HIGH_BIT + PRIME + u)),
  fc.bigInt(0n, 40n).map(u => littleEndian(HIGH_BIT - 21n + u)),
  fc.constantFrom(...SMALL).map(littleEndian),
);

exchange('agrees as RFC 7748 section 6.1 has it', () => {
  const alice = nodeKeyExchange.fromSecretKey(
    octets('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
  );
  assert.is(hex(alice.publicKey), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  const bob = nodeKeyExchange.fromSecretKey(octets('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  assert.is(hex(bob.publicKey), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  assert.is(hex(alice.agree(bob.publicKey)), shared);
  assert.is(hex(bob.agree(alice.publicKey)), shared);
});

exchange('gives the public keys that noble gives, of clamped and unclamped secrets', () => {
  fc.assert(
    fc.property(secretKeys, secret => {
      const ours = nodeKeyExchange.fromSecretKey(secret);
      assert.is(hex(ours.publicKey), hex(nobleKeyExchange.fromSecretKey(secret).publicKey));
      assert.is(hex(ours.secretKey()), hex(secret));
    }),
    { numRuns: 60 },
  );
});

exchange('agrees as noble does with whatever a peer may call its public key', () => {
  fc.assert(
    fc.property(secretKeys, publicKeys, (secret, publicKey) => {
      const ours = nodeKeyExchange.fromSecretKey(secret).agree(publicKey);
      assert.is(hex(ours), hex(nobleKeyExchange.fromSecretKey(secret).agree(publicKey)));
    }),
    { numRuns: 150 },
  );
});

exchange('has no agreement with a public key of small order, in any of its spellings', () => {
  const pair = nodeKeyExchange.generate();
  assert.is(SMALL.length, 14);
  for (const u of SMALL) assert.is(pair.agree(littleEndian(u)), undefined);
});

exchange('has no agreement with what is too short or too long for a key, as noble has none', () => {
  for (const length of [0, 1, 31, 33, 64]) {
    assert.is(nodeKeyExchange.generate().agree(new Uint8Array(length).fill(9)), undefined);
    assert.is(nobleKeyExchange.generate().agree(new Uint8Array(length).fill(9)), undefined);
  }
});

exchange('makes pairs that are new each time and agree with those of noble', () => {
  const [ours, theirs] = [nodeKeyExchange.generate(), nobleKeyExchange.generate()];
  assert.is(hex(ours.agree(theirs.publicKey)), hex(theirs.agree(ours.publicKey)));
  assert.is.not(hex(ours.publicKey), hex(nodeKeyExchange.generate().publicKey));
  assert.is(hex(nobleKeyExchange.fromSecretKey(ours.secretKey()).publicKey), hex(ours.publicKey));
});

// With keys that node:crypto has generated a process of Node 20 stood still for ever after some 5,000 of these.
exchange('goes on making pairs and writing them down, however many', () => {
  for (let i = 0; i < 12_000; i += 1) {
    const pair = nodeKeyExchange.generate();
    assert.is(pair.publicKey.length + pair.secretKey().length, 64);
    pair.wipe();
  }
});

exchange('gives plain octets, each in memory of their own', () => {
  const pair = nodeKeyExchange.fromSecretKey(new Uint8Array(32).fill(7));
  for (const some of [pair.publicKey, pair.secretKey(), pair.agree(nodeKeyExchange.generate().publicKey)]) {
    assert.is(some?.constructor, Uint8Array);
    assert.is(some?.buffer.byteLength, 32);
  }
});

exchange('copies the secret key it is given, even from the middle of a buffer', () => {
  const buffer = new Uint8Array(40).fill(7);
  const secret = buffer.subarray(5, 37);
  const expected = hex(nobleKeyExchange.fromSecretKey(secret).publicKey);
  const pair = nodeKeyExchange.fromSecretKey(secret);
  buffer.fill(0);
  assert.is(hex(pair.publicKey), expected);
  pair.secretKey().fill(0);
  assert.is(hex(pair.secretKey()), '07'.repeat(32));
});

exchange('refuses a secret key of another length without showing it', () => {
  for (const length of [0, 31, 33]) {
    assert.throws(
      () => nodeKeyExchange.fromSecretKey(new Uint8Array(length).fill(0x77)),
      (error: Error) => error.message === `secret key of ${length} octets, expected 32`,
    );
  }
});

exchange('is of no use once it is wiped, and never agrees again', () => {
  const pair = nodeKeyExchange.fromSecretKey(new Uint8Array(32).fill(3));
  const known = hex(pair.publicKey);
  pair.wipe();
  pair.wipe();
  assert.is(pair.agree(nodeKeyExchange.generate().publicKey), undefined);
  assert.throws(() => pair.secretKey(), /the pair of keys has been wiped/);
  assert.is(hex(pair.publicKey), known); // it is no secret
});

exchange('shows no secret when it is inspected', () => {
  const secret = new Uint8Array(32).fill(0xab);
  const shown = inspect(nodeKeyExchange.fromSecretKey(secret), { showHidden: true, getters: true, depth: 9 });
  for (const form of ['171, 171', 'abab', Buffer.from(secret).toString('base64url').slice(0, 8)]) {
    assert.not(shown.includes(form));
  }
});

exchange('gives as many random octets as asked for', () => {
  for (const length of [0, 1, 24, 32]) assert.is(nodeKeyExchange.randomBytes(length).length, length);
  const [one, other] = [nodeKeyExchange.randomBytes(32), nodeKeyExchange.randomBytes(32)];
  assert.is.not(hex(one), hex(other));
  assert.is.not(Buffer.isBuffer(one), true);
});

exchange.run();

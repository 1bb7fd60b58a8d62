import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Certificate } from '../../src/security/certificate.ts';
import { anyCurveKey, curveKeys } from '../../src/security/curve.ts';
import { curveKeyPair } from '../../src/sockets/curve-keys.ts';
import { decodeZ85 } from '../../src/zmtp/z85.ts';
import { ask, curvePeer, nullPeer, plainPeer, statusOf } from '../support/asking.ts';

const keys = suite('security/curve');

const [walter, jesse, gus, stranger] = [curveKeyPair(), curveKeyPair(), curveKeyPair(), curveKeyPair()].map(
  pair => pair.publicKey,
) as [string, string, string, string];

keys('admits the keys it was given, as text, octets or with a name, and no others', async () => {
  const authenticator = curveKeys(
    new Set([walter, decodeZ85(jesse), { publicKey: gus, userId: 'gus', metadata: { 'X-Rank': 'boss' } }]),
  );
  assert.equal(await ask(authenticator, curvePeer(walter)), { status: 200, userId: walter });
  assert.equal(await ask(authenticator, curvePeer(jesse)), { status: 200, userId: jesse });
  assert.equal(await ask(authenticator, curvePeer(gus)), {
    status: 200,
    userId: 'gus',
    metadata: { 'X-Rank': 'boss' },
  });
  assert.is(await statusOf(authenticator, curvePeer(stranger)), 400);
});

keys('admits nobody when there are none', async () => {
  assert.is(await statusOf(curveKeys([]), curvePeer(walter)), 400);
});

keys('takes certificates, and copies what it is given', async () => {
  const metadata = { name: 'Walter' };
  const members = [{ publicKey: walter, metadata }, new Certificate({ publicKey: jesse, metadata })];
  const authenticator = curveKeys(members);
  metadata.name = 'Heisenberg';
  members.pop();
  assert.equal((await ask(authenticator, curvePeer(walter))).metadata, { name: 'Walter' });
  assert.is((await ask(authenticator, curvePeer(jesse))).metadata?.['name'], 'Walter');
});

keys('admits nobody of another mechanism', async () => {
  for (const authenticator of [curveKeys([walter]), anyCurveKey()]) {
    assert.is(await statusOf(authenticator, nullPeer()), 400);
    assert.is(await statusOf(authenticator, plainPeer(walter, walter)), 400);
  }
});

keys('of anybody are admitted by who admits them, and known by their text', async () => {
  assert.equal(await ask(anyCurveKey(), curvePeer(stranger)), { status: 200, userId: stranger });
});

for (const [what, members, message] of [
  ['a text that is no key', ['secret'], 'public key of 6 characters, expected 40 of Z85'],
  ['octets that are no key', [new Uint8Array(31)], 'public key of 31 octets, expected 32'],
  ['two of one key', [walter, decodeZ85(walter)], 'two members have the same public key'],
  ['metadata without a name', [{ publicKey: walter, metadata: { '': 'x' } }], '"" cannot be a name of metadata'],
  [
    'metadata of a foreign name',
    [{ publicKey: walter, metadata: { 'a b': 'x' } }],
    '"a b" cannot be a name of metadata',
  ],
] as const) {
  keys(`refuses ${what}`, () => {
    assert.throws(
      () => curveKeys(members),
      (error: unknown) => error instanceof UsageError && error.code === 'EINVAL' && error.message === message,
    );
  });
}

keys.run();

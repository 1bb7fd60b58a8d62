/** CURVE's commands as the tester writes and opens them: what the other side reads, and what one lie changes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { agree, keyPair, PREFIX, shortNonce, unseal } from '../../conformance/src/raw/curve-box.ts';
import * as raw from '../../conformance/src/raw/curve.ts';
import { ascii, filled, random, toHex } from '../../conformance/src/raw/octets.ts';

const curve = suite('raw CURVE');

const [client, server] = [keyPair(), keyPair()];
const key = agree(server.publicKey, client.secretKey);
const hers = agree(client.publicKey, server.secretKey);
const wrong = agree(server.publicKey, keyPair().secretKey);

/** One bit of one octet is another. */
function flipped(octets: Uint8Array, at: number): Uint8Array {
  return octets.map((octet, i) => (i === at ? octet ^ 1 : octet));
}

curve('both sides agree on one key', () => {
  assert.is(toHex(key), toHex(hers));
});

curve('HELLO has 200 octets, and its box holds 64 zeros', () => {
  const body = raw.helloBody({ key, counter: 1n, clientShortKey: client.publicKey });
  assert.is(body.length, raw.HELLO_SIZE);
  const hello = raw.parseHello(body);
  assert.equal([hello?.version, hello?.counter, hello?.clientShortKey], [Uint8Array.of(1, 0), 1n, client.publicKey]);
  assert.equal(unseal(hers, shortNonce(PREFIX.hello, 1n), hello?.box ?? ascii('')), filled(64, 0));
  assert.is(raw.parseHello(body.subarray(1)), undefined);
});

curve('a lie in HELLO changes its field and nothing else', () => {
  const sound = { key, counter: 1n, clientShortKey: client.publicKey };
  const body = raw.helloBody(sound);
  const differing = (other: Uint8Array): number[] => [...body.keys()].filter(i => body[i] !== other[i]);
  assert.equal(differing(raw.helloBody({ ...sound, version: Uint8Array.of(2, 0) })), [6]);
  const padded = differing(raw.helloBody({ ...sound, padding: filled(72, 1) }));
  assert.equal([padded.length, padded[0], padded.at(-1)], [72, 8, 79]);
  assert.ok(differing(raw.helloBody({ ...sound, key: wrong })).every(i => i >= 120));
});

curve('WELCOME has 168 octets, and opens with its key alone', () => {
  const cookie = random(raw.COOKIE_SIZE);
  const body = raw.welcomeBody({ key: hers, serverShortKey: server.publicKey, cookie });
  assert.is(body.length, raw.WELCOME_SIZE);
  const welcome = raw.openWelcome(body, key);
  assert.equal([welcome?.serverShortKey, welcome?.cookie], [server.publicKey, cookie]);
  assert.is(raw.openWelcome(body, wrong), undefined);
  assert.is(raw.openWelcome(flipped(body, 100), key), undefined);
  const elsewhere = raw.welcomeBody({ key: hers, serverShortKey: server.publicKey, cookie, prefix: PREFIX.vouch });
  assert.is(raw.openWelcome(elsewhere, key), undefined);
});

curve('INITIATE and its vouch come out as they went in', () => {
  const vouch = raw.vouch({ key, clientShortKey: client.publicKey, serverKey: server.publicKey });
  const fields = { cookie: random(raw.COOKIE_SIZE), clientKey: client.publicKey, vouch, metadata: ascii('m') };
  const body = raw.initiateBody({ key, counter: 2n, ...fields });
  assert.is(body.length, 258);
  const found = raw.openInitiate(body, hers);
  assert.equal(found, { ...fields, counter: 2n });
  const opened = raw.openVouch(vouch, hers);
  assert.equal([opened?.clientShortKey, opened?.serverKey], [client.publicKey, server.publicKey]);
  assert.is(raw.openVouch(flipped(vouch, 50), hers), undefined);
  assert.is(raw.openInitiate(flipped(body, 112), hers), undefined, 'another counter');
  assert.is(raw.openInitiate(body, wrong), undefined);
});

curve('READY and MESSAGE open under their own prefix and counter', () => {
  assert.equal(raw.openReady(raw.readyBody({ key, counter: 1n, metadata: ascii('m') }), hers), {
    counter: 1n,
    metadata: ascii('m'),
  });
  const sound = { key, counter: 7n, prefix: PREFIX.messageOfClient, payload: ascii('hi') };
  const body = raw.messageBody({ ...sound, flags: raw.INNER_MORE });
  assert.is(body.length, 35);
  assert.equal(raw.openMessage(body, hers, PREFIX.messageOfClient), { counter: 7n, flags: 1, payload: ascii('hi') });
  assert.is(raw.openMessage(body, hers, PREFIX.messageOfServer), undefined);
  assert.is(raw.openMessage(flipped(body, 15), hers, PREFIX.messageOfClient), undefined, 'another counter');
  assert.is(raw.openMessage(raw.messageBody({ ...sound, box: random(19) }), hers, PREFIX.messageOfClient), undefined);
});

curve.run();

/** Keys and Z85 against libzmq and pyzmq. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { curveKeyPair, curvePublicKey } from '../../src/sockets/curve-keys.ts';
import { decodeZ85, encodeZ85 } from '../../src/zmtp/z85.ts';
import { runPython } from '../support/peers/python.ts';

const keys = suite('keys of CURVE, ours and those of libzmq');

keys('are the same public keys of the same secrets', () => {
  const pairs = Array.from({ length: 20 }, curveKeyPair);
  // also secrets that nobody has clamped: curve_public() takes them as they are
  const secrets = [
    ...pairs.map(pair => pair.secretKey),
    ...Array.from({ length: 20 }, () => encodeZ85(randomBytes(32))),
  ];
  const theirs = runPython('answer = [zmq.curve_public(key.encode()).decode() for key in given]', secrets) as string[];
  assert.equal(
    secrets.map(secret => curvePublicKey(secret)),
    theirs,
  );
  assert.equal(
    pairs.map(pair => pair.publicKey),
    theirs.slice(0, pairs.length),
  );
});

keys('of libzmq are pairs to us', () => {
  const pairs = runPython('answer = [[half.decode() for half in zmq.curve_keypair()] for _ in range(given)]', 20) as [
    string,
    string,
  ][];
  for (const [publicKey, secretKey] of pairs) assert.is(curvePublicKey(secretKey), publicKey);
});

keys('and any other octets are the same text in Z85', () => {
  const all = Array.from({ length: 50 }, (_, i) => randomBytes(4 * (i % 20)));
  const theirs = runPython(
    'import base64\nfrom zmq.utils import z85\nanswer = [z85.encode(base64.b64decode(each)).decode() for each in given]',
    all.map(each => each.toString('base64')),
  ) as string[];
  assert.equal(
    all.map(each => encodeZ85(each)),
    theirs,
  );
  theirs.forEach((text, i) => assert.equal(Buffer.from(decodeZ85(text)), all[i]));
});

keys.run();

/** Files of certificates, ours and those of pyzmq. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Certificate, readCertificate, writeCertificate } from '../../src/security/certificate.ts';
import { curveCertificates } from '../../src/security/curve-certificates.ts';
import { curvePeer, statusOf } from '../support/asking.ts';
import { runPython } from '../support/peers/python.ts';
import { Scratch } from '../support/unix-files.ts';

const certificates = suite('certificates, ours and those of pyzmq');

const scratch = new Scratch();

certificates('of pyzmq are read, public and secret, with what they say of their owner', async () => {
  const [open, secret, [publicKey, secretKey]] = runPython(
    `import zmq.auth
files = zmq.auth.create_certificates(given, 'walter', {'name': 'Walter the third', 'e-mail': 'w@example.org'})
answer = [*files, [key.decode() for key in zmq.auth.load_certificate(files[1])]]`,
    scratch.directory,
  ) as [string, string, [string, string]];
  assert.equal([open, secret], [join(scratch.directory, 'walter.key'), join(scratch.directory, 'walter.key_secret')]);
  const theirs = await readCertificate(secret, { exposed: 'accept' });
  assert.equal([theirs.publicKey, theirs.secretKey], [publicKey, secretKey]);
  assert.equal(theirs.metadata, { name: 'Walter the third', 'e-mail': 'w@example.org' });
  const half = await readCertificate(open);
  assert.equal([half.publicKey, half.secretKey, half.metadata], [publicKey, undefined, {}]);
});

certificates('of ours are read by pyzmq, one by one and as a directory', async () => {
  const directory = join(scratch.path());
  mkdirSync(directory);
  const ours = [Certificate.generate(), Certificate.generate({ name: 'say "so" # always', other: "it's" })];
  for (const [i, certificate] of ours.entries()) await writeCertificate(join(directory, `${i}.key`), certificate);
  const { pairs, publicKeys, halves } = runPython(
    `import zmq.auth
load = lambda name: [key and key.decode() for key in zmq.auth.load_certificate(given + name)]
answer = {
    'pairs': [load('/0.key_secret'), load('/1.key_secret')],
    'halves': [load('/0.key'), load('/1.key')],
    'publicKeys': [key.decode() for key in zmq.auth.load_certificates(given)],
}`,
    directory,
  ) as { pairs: string[][]; publicKeys: string[]; halves: (string | null)[][] };
  assert.equal(
    pairs,
    ours.map(({ publicKey, secretKey }) => [publicKey, secretKey]),
  );
  assert.equal(
    halves,
    ours.map(({ publicKey }) => [publicKey, null]),
  );
  assert.equal(publicKeys.sort(), ours.map(({ publicKey }) => publicKey).sort());
});

certificates('that pyzmq puts into a directory let their owners in', async () => {
  const directory = scratch.path();
  mkdirSync(directory);
  const keys = runPython(
    `import zmq.auth
for name in ('walter', 'jesse'): zmq.auth.create_certificates(given, name)
answer = [key.decode() for key in zmq.auth.load_certificates(given)]`,
    directory,
  ) as string[];
  const authenticator = await curveCertificates(directory);
  assert.is(keys.length, 2);
  for (const key of keys) assert.is(await statusOf(authenticator, curvePeer(key)), 200);
  assert.is(await statusOf(authenticator, curvePeer(Certificate.generate().publicKey)), 400);
});

certificates.run();

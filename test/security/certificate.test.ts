import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { format, inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import {
  Certificate,
  decodeCertificate,
  encodeCertificate,
  readCertificate,
  writeCertificate,
} from '../../src/security/certificate.ts';
import { curveKeyPair } from '../../src/sockets/curve-keys.ts';
import { decodeZ85 } from '../../src/zmtp/z85.ts';
import { openedFiles } from '../support/opened-files.ts';
import { asNobody, Scratch } from '../support/unix-files.ts';

const certificates = suite('security/certificate');

const scratch = new Scratch();
const pair = curveKeyPair();
const mode = (path: string): number => statSync(path).mode & 0o777;

async function failure(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

certificates('has new keys that belong together', () => {
  const certificate = Certificate.generate({ name: 'Walter' });
  assert.is(new Certificate({ secretKey: certificate.secretKey }).publicKey, certificate.publicKey);
  assert.equal(certificate.metadata, { name: 'Walter' });
  assert.is.not(Certificate.generate().publicKey, certificate.publicKey);
});

certificates('takes keys as text and as octets', () => {
  const certificate = new Certificate({ publicKey: decodeZ85(pair.publicKey), secretKey: decodeZ85(pair.secretKey) });
  assert.equal([certificate.publicKey, certificate.secretKey], [pair.publicKey, pair.secretKey]);
  assert.is(new Certificate({ publicKey: pair.publicKey }).secretKey, undefined);
});

certificates('refuses keys that do not belong together, and shows neither', () => {
  assert.throws(
    () => new Certificate({ ...pair, publicKey: curveKeyPair().publicKey }),
    (error: unknown) =>
      error instanceof UsageError && error.message === 'the public and the secret key do not belong together',
  );
  assert.throws(() => new Certificate({}), /has a public key, a secret key or both/);
});

certificates('does not show its secret key when it is printed', () => {
  const certificate = new Certificate(pair);
  const options = { showHidden: true, getters: true, depth: 9 };
  for (const form of [inspect(certificate, options), format('%o %O %j', certificate, certificate, certificate)]) {
    assert.not(form.includes(pair.secretKey));
    assert.ok(form.includes(pair.publicKey));
  }
});

certificates('is the same when it has been written and read', () => {
  const metadata = { name: 'Walter', email: 'w@example.org', note: 'say "so" # always', empty: '', __proto__x: 'y' };
  const certificate = new Certificate({ ...pair, metadata });
  const secret = decodeCertificate(encodeCertificate(certificate, 'secret'));
  assert.equal([secret.publicKey, secret.secretKey, secret.metadata], [pair.publicKey, pair.secretKey, metadata]);
  const text = encodeCertificate(certificate, 'public');
  const open = decodeCertificate(text);
  assert.equal([open.publicKey, open.secretKey, open.metadata], [pair.publicKey, undefined, metadata]);
  assert.not(text.includes(pair.secretKey));
});

certificates('keeps words of any name, even one that objects have by birth', () => {
  const text = `metadata\n    __proto__ = x\n    constructor = y\ncurve\n    public-key = "${pair.publicKey}"`;
  const { metadata } = decodeCertificate(text);
  assert.equal(Object.entries(metadata), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.is(
    decodeCertificate(encodeCertificate(new Certificate({ ...pair, metadata }), 'public')).metadata.constructor,
    'y',
  );
});

certificates('reads what CZMQ writes', () => {
  const text =
    '#   ****  Generated on 2013-08-01 12:00:00 by CZMQ  ****\n' +
    '#   ZeroMQ CURVE Public Certificate\n\n' +
    'metadata\n    name = "Walter"\n    organization = "ACME"\n' +
    `curve\n    public-key = "${pair.publicKey}"\n`;
  const { publicKey, metadata } = decodeCertificate(text);
  assert.equal([publicKey, metadata], [pair.publicKey, { name: 'Walter', organization: 'ACME' }]);
});

for (const [what, text, message] of [
  ['no text', '', 'there is no public-key in a section curve'],
  ['a secret key alone', `curve\n    secret-key = "${pair.secretKey}"`, 'there is no public-key in a section curve'],
  ['a key outside of its section', `public-key = "${pair.publicKey}"`, 'there is no public-key in a section curve'],
  ['a key that is none', 'curve\n    public-key = "word"', 'public key of 4 characters, expected 40 of Z85'],
  ['a key without a value', 'curve\n    public-key', 'public key of 0 characters, expected 40 of Z85'],
  [
    'two public keys',
    `curve\n    public-key = "${pair.publicKey}"\n    public-key = "${pair.publicKey}"`,
    'there are two of public-key in section curve',
  ],
  [
    'two sections with a key each',
    `curve\n    public-key = "${pair.publicKey}"\ncurve\n    public-key = "${pair.publicKey}"`,
    'there are two of public-key in section curve',
  ],
  [
    'keys of two owners',
    `curve\n    public-key = "${curveKeyPair().publicKey}"\n    secret-key = "${pair.secretKey}"`,
    'the public and the secret key do not belong together',
  ],
  ['what is no ZPL', `curve\n  public-key = "${pair.publicKey}"`, 'line 2: not indented by a multiple of 4 spaces'],
] as const) {
  certificates(`refuses ${what}`, () => {
    assert.throws(
      () => decodeCertificate(text),
      (error: unknown) => error instanceof UsageError && error.code === 'EINVAL' && error.message === message,
    );
  });
}

certificates('has no secret file without a secret key', () => {
  assert.throws(() => encodeCertificate(new Certificate({ publicKey: pair.publicKey }), 'secret'), /has no secret key/);
});

certificates("is written as two files, of which the secret one is its owner's alone", async () => {
  const path = join(scratch.path() + '.key');
  const before = process.umask(0o022);
  try {
    await writeCertificate(path, new Certificate(pair));
  } finally {
    process.umask(before);
  }
  assert.equal([mode(path), mode(`${path}_secret`)], [0o644, 0o600]);
  assert.not(readFileSync(path, 'utf8').includes(pair.secretKey));
  assert.is((await readCertificate(path)).secretKey, undefined);
  assert.is((await readCertificate(`${path}_secret`, { exposed: 'refuse' })).secretKey, pair.secretKey);
});

certificates('grows beside its place, where nobody looks for it', async () => {
  const path = scratch.path();
  const opened = await openedFiles(() => writeCertificate(path, new Certificate(pair)));
  assert.equal(
    opened.map(each => [dirname(each), basename(each).replace(/[^.]*$/, '')]),
    ['', '_secret'].map(end => [dirname(path), `.${basename(path)}${end}.`]),
  );
});

certificates('is written as one file when it is public', async () => {
  const directory = scratch.path();
  mkdirSync(directory);
  await writeCertificate(join(directory, 'a.key'), new Certificate({ publicKey: pair.publicKey }));
  assert.equal(readdirSync(directory), ['a.key']);
});

for (const there of ['a.key', 'a.key_secret']) {
  certificates(`leaves ${there} as it is, and writes nothing else, unless it is told to replace it`, async () => {
    const directory = scratch.path();
    mkdirSync(directory);
    writeFileSync(join(directory, there), 'precious', { mode: 0o666 });
    const error = await failure(writeCertificate(join(directory, 'a.key'), new Certificate(pair)));
    assert.is(error.code, 'EEXIST');
    assert.not(error.message.includes(pair.secretKey));
    assert.equal(readdirSync(directory), [there]);
    assert.is(readFileSync(join(directory, there), 'utf8'), 'precious');

    await writeCertificate(join(directory, 'a.key'), new Certificate(pair), { existing: 'replace' });
    assert.equal(readdirSync(directory).sort(), ['a.key', 'a.key_secret']);
    assert.is(mode(join(directory, 'a.key_secret')), 0o600);
    assert.is((await readCertificate(join(directory, 'a.key_secret'))).publicKey, pair.publicKey);
  });
}

certificates('leaves nothing behind where it cannot be written', async () => {
  const directory = scratch.path();
  mkdirSync(join(directory, 'a.key_secret', 'full'), { recursive: true }); // in the way of the second file
  const path = join(directory, 'a.key');
  assert.instance(await failure(writeCertificate(path, new Certificate(pair))), Error);
  assert.equal(readdirSync(directory), ['a.key_secret']);
  assert.is((await failure(writeCertificate(join(scratch.path(), 'a.key'), new Certificate(pair)))).code, 'ENOENT');
});

certificates('tells of a secret file that others may read', async () => {
  const path = scratch.path();
  await writeCertificate(path, new Certificate(pair));
  const secret = `${path}_secret`;
  const warnings: (Error & { code?: string })[] = [];
  const note = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', note);
  try {
    for (const bits of [0o604, 0o640, 0o610, 0o602]) {
      chmodSync(secret, bits);
      const error = await failure(readCertificate(secret, { exposed: 'refuse' }));
      assert.is(error.message, `${secret} holds a secret key, and others than its owner may read it`);
      assert.is(error.code, 'EACCES');
    }
    assert.is((await readCertificate(secret, { exposed: 'accept' })).secretKey, pair.secretKey);
    chmodSync(path, 0o666);
    await readCertificate(path, { exposed: 'refuse' }); // there is no secret in it
    await new Promise(resolve => setImmediate(resolve));
    assert.equal(warnings, []);

    assert.is((await readCertificate(secret)).secretKey, pair.secretKey);
    await new Promise(resolve => setImmediate(resolve));
    assert.equal(
      warnings.map(warning => warning.code),
      ['ZMTP_SECRET_KEY_EXPOSED'],
    );
  } finally {
    process.off('warning', note);
  }
});

certificates('is not read from what is no file, a huge one or one that is not there', async () => {
  const path = scratch.path();
  assert.is((await failure(readCertificate(path))).code, 'ENOENT');
  mkdirSync(path);
  assert.match((await failure(readCertificate(path))).message, /not a file|EISDIR/);
  const pipe = scratch.path();
  execFileSync('mkfifo', [pipe]);
  assert.is((await failure(readCertificate(pipe))).message, `${pipe} is not a file`);
  assert.is((await failure(readCertificate('/dev/zero'))).message, '/dev/zero is not a file');
  const huge = scratch.path();
  writeFileSync(huge, '#'.repeat(65_537));
  assert.is((await failure(readCertificate(huge))).message, `${huge} is larger than its limit of 65536 bytes`);
  const foreign = scratch.path();
  writeFileSync(foreign, Uint8Array.of(0x61, 0xff));
  assert.is((await failure(readCertificate(foreign))).message, `${foreign} is not UTF-8`);
  const broken = scratch.path();
  writeFileSync(broken, `curve\n    secret-key = "${pair.secretKey}`);
  assert.is(
    (await failure(readCertificate(broken))).message,
    `${broken} is no certificate: line 2: the closing quote is missing`,
  );
});

certificates('says so when it may not be read', async () => {
  const path = scratch.path();
  chmodSync(scratch.directory, 0o755);
  writeFileSync(path, '', { mode: 0o000 });
  await asNobody(async () => {
    assert.is((await failure(readCertificate(path))).code, 'EACCES');
  });
});

certificates('is found behind a link', async () => {
  const path = scratch.path();
  await writeCertificate(path, new Certificate(pair));
  symlinkSync(path, `${path}-link`);
  assert.is((await readCertificate(`${path}-link`)).publicKey, pair.publicKey);
});

certificates.run();

import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Certificate, encodeCertificate, writeCertificate } from '../../src/security/certificate.ts';
import { curveCertificates, type CertificateDirectoryOptions } from '../../src/security/curve-certificates.ts';
import type { ReloadableAuthenticator } from '../../src/security/rereading.ts';
import type { AuthenticationReply } from '../../src/sockets/zap/authenticator.ts';
import { ask, curvePeer, nullPeer, statusOf } from '../support/asking.ts';
import { Scratch } from '../support/unix-files.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const directories = suite('security/curve-certificates');

const scratch = new Scratch();
const walter = Certificate.generate({ name: 'Walter', '$weird/name': 'x' });
const jesse = Certificate.generate({ name: 'Jesse' });
const gus = Certificate.generate();

/** A directory of certificates, its authenticator, and what that has complained of. */
class World {
  readonly directory: string = scratch.path();
  readonly clock: VirtualClock = new VirtualClock();
  readonly complaints: string[] = [];
  #authenticator: ReloadableAuthenticator | undefined;

  constructor() {
    mkdirSync(this.directory);
  }

  readonly path = (name: string): string => join(this.directory, name);

  put(name: string, certificate: Certificate, kind: 'public' | 'secret' = 'public'): void {
    writeFileSync(this.path(name), encodeCertificate(certificate, kind));
  }

  async open(options: CertificateDirectoryOptions = {}): Promise<void> {
    const { clock, complaints } = this;
    const onError = (error: Error): unknown => complaints.push(error.message);
    this.#authenticator = await curveCertificates(this.directory, { clock, onError, ...options });
  }

  get authenticator(): ReloadableAuthenticator {
    if (this.#authenticator === undefined) throw new Error('not open');
    return this.#authenticator;
  }

  ask(certificate: Certificate): Promise<AuthenticationReply> {
    return ask(this.authenticator, curvePeer(certificate.publicKey));
  }

  /** Which of these come in, a second later. */
  async admitted(...certificates: Certificate[]): Promise<boolean[]> {
    await this.clock.advance(1000);
    const replies = await Promise.all(certificates.map(certificate => this.ask(certificate)));
    return replies.map(reply => reply.status === 200);
  }
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('nothing was rejected');
}

directories('admit whose certificate is there, with what it says of its owner', async () => {
  const world = new World();
  world.put('walter.key', walter);
  world.put('jesse', jesse);
  await world.open();
  assert.equal(await world.ask(walter), { status: 200, userId: walter.publicKey, metadata: { name: 'Walter' } });
  assert.equal(await world.ask(jesse), { status: 200, userId: jesse.publicKey, metadata: { name: 'Jesse' } });
  assert.is((await world.ask(gus)).status, 400);
  assert.is(await statusOf(world.authenticator, nullPeer()), 400);
});

directories('name the owner as they are told', async () => {
  const world = new World();
  world.put('walter.key', walter);
  await world.open({ userId: ({ metadata }, fileName) => `${metadata['name'] ?? ''} of ${fileName}` });
  assert.is((await world.ask(walter)).userId, 'Walter of walter.key');
});

directories('may have files that are no public certificates', async () => {
  const world = new World();
  await writeCertificate(world.path('walter.key'), walter); // and walter.key_secret
  world.put('gus_secret', gus, 'secret');
  world.put('.jesse.key', jesse);
  mkdirSync(world.path('more'));
  world.put('more/jesse.key', jesse);
  symlinkSync('nowhere', world.path('dangling'));
  await world.open();
  assert.equal(await world.admitted(walter, jesse, gus), [true, false, false]);
});

directories('are read behind links, as those of containers are', async () => {
  const world = new World();
  mkdirSync(world.path('..data'));
  world.put('..data/walter.key', walter);
  symlinkSync('..data/walter.key', world.path('walter.key'));
  await world.open();
  assert.equal(await world.admitted(walter), [true]);
});

directories('count files of one ending only, if told so', async () => {
  const world = new World();
  world.put('walter.key', walter);
  world.put('jesse.old', jesse);
  writeFileSync(world.path('README'), 'these are certificates!');
  await world.open({ suffix: '.key' });
  assert.equal(await world.admitted(walter, jesse), [true, false]);
});

directories('are refused when they are not there, or a file in them is broken, by its name', async () => {
  const world = new World();
  assert.match((await rejection(curveCertificates(world.path('nowhere')))).message, /^ENOENT/);
  world.put('walter.key', walter);
  writeFileSync(world.path('a.key'), '\nsecret!');
  const error = await rejection(world.open());
  assert.instance(error, UsageError);
  assert.match(error.message, /a\.key is no certificate: line 2: expected a name/);
  assert.not(error.message.includes('secret'));
  writeFileSync(world.path('b.key'), '');
  const both = await rejection(world.open());
  assert.match(both.message, /a\.key is no .*; .*b\.key is no certificate/);
});

directories('are looked at once a second: files that come, change and go count', async () => {
  const world = new World();
  world.put('walter.key', walter);
  await world.open();
  world.put('jesse.key', jesse);
  rmSync(world.path('walter.key'));
  await world.clock.advance(999);
  assert.equal([(await world.ask(walter)).status, (await world.ask(jesse)).status], [200, 400]);
  await world.clock.advance(1);
  assert.equal([(await world.ask(walter)).status, (await world.ask(jesse)).status], [400, 200]);
  world.put('jesse.key', gus);
  assert.equal(await world.admitted(walter, jesse, gus), [false, false, true]);
  world.put('new', walter);
  renameSync(world.path('new'), world.path('jesse.key'));
  assert.equal(await world.admitted(walter, jesse, gus), [true, false, false]);
});

directories('are read again at once when somebody says so', async () => {
  const world = new World();
  await world.open();
  world.put('walter.key', walter);
  assert.is((await world.ask(walter)).status, 400);
  await world.authenticator.reload();
  assert.is((await world.ask(walter)).status, 200);
});

directories('read only the files that have changed', async () => {
  const world = new World();
  world.put('walter.key', walter);
  world.put('jesse.key', jesse);
  const read: string[] = [];
  await world.open({ userId: (_certificate, fileName) => (read.push(fileName), '') });
  assert.equal(read.splice(0), ['jesse.key', 'walter.key']);
  appendFileSync(world.path('walter.key'), '\n');
  assert.equal(await world.admitted(walter, jesse), [true, true]);
  assert.equal(await world.admitted(walter, jesse), [true, true]);
  assert.equal(read.splice(0), ['walter.key']);
  await world.authenticator.reload();
  assert.equal(read, ['jesse.key', 'walter.key']);
});

directories('keep what a file said before it was broken, tell once, and read the others', async () => {
  const world = new World();
  world.put('walter.key', walter);
  await world.open();
  writeFileSync(world.path('walter.key'), 'curve\n  public-key');
  writeFileSync(world.path('aaa.key'), '');
  world.put('jesse.key', jesse);
  assert.equal(await world.admitted(walter, jesse), [true, true]);
  assert.equal(await world.admitted(walter, jesse), [true, true]);
  assert.is(world.complaints.length, 1);
  assert.match(world.complaints[0] ?? '', /aaa\.key is no certificate: .*; .*walter\.key is no certificate: line 2/);
  assert.match((await rejection(world.authenticator.reload())).message, /walter\.key/);
  assert.equal(await world.admitted(walter, jesse), [true, true]);

  rmSync(world.path('walter.key')); // gone is gone
  assert.equal(await world.admitted(walter, jesse), [false, true]);
});

directories('keep what they said when they cannot be listed', async () => {
  const world = new World();
  world.put('walter.key', walter);
  await world.open();
  renameSync(world.directory, `${world.directory}-away`);
  assert.equal(await world.admitted(walter), [true]);
  assert.equal(await world.admitted(walter), [true]);
  assert.is(world.complaints.length, 1);
  renameSync(`${world.directory}-away`, world.directory);
  rmSync(world.path('walter.key'));
  assert.equal(await world.admitted(walter), [false]);
});

directories('with two files of one key go by the first name', async () => {
  const world = new World();
  const { publicKey } = walter;
  world.put('b', new Certificate({ publicKey, metadata: { name: 'second' } }));
  world.put('a', new Certificate({ publicKey, metadata: { name: 'first' } }));
  world.put('c', new Certificate({ publicKey, metadata: { name: 'third' } }));
  await world.open();
  assert.is((await world.ask(walter)).metadata?.['name'], 'first');
  rmSync(world.path('a'));
  await world.clock.advance(1000);
  assert.is((await world.ask(walter)).metadata?.['name'], 'second');
});

directories('see a change that leaves size and time of a file as they were', async () => {
  const world = new World();
  world.put('one', new Certificate({ publicKey: walter.publicKey }));
  utimesSync(world.path('one'), 1000, 1000);
  const before = statSync(world.path('one'));
  await world.open();
  world.put('two', new Certificate({ publicKey: jesse.publicKey }));
  utimesSync(world.path('two'), 1000, 1000);
  renameSync(world.path('two'), world.path('one'));
  const after = statSync(world.path('one'));
  assert.equal([after.size, after.mtimeMs], [before.size, before.mtimeMs]);
  assert.equal(await world.admitted(walter, jesse), [false, true]);
});

directories.run();

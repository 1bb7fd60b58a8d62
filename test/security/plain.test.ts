import { Buffer } from 'node:buffer';
import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import {
  decodePasswordHash,
  derivePassword,
  hashPassword,
  type PasswordHash,
} from '../../src/security/password-hash.ts';
import { plainPasswordFile, plainPasswords } from '../../src/security/plain.ts';
import { curveKeyPair } from '../../src/sockets/curve-keys.ts';
import { ask, curvePeer, nullPeer, plainPeer, statusOf } from '../support/asking.ts';
import { openedFiles } from '../support/opened-files.ts';
import { Scratch } from '../support/unix-files.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const passwords = suite('security/plain: passwords');

const CHEAP = { work: 2, blockSize: 1, passes: 1 };
const walter = await hashPassword('chemistry', CHEAP);
const jesse = await hashPassword('magnets', CHEAP);

/** Derives hashes and keeps account of it. */
class Work {
  readonly done: { readonly password: string; readonly expected: PasswordHash }[] = [];

  readonly derive = (password: Uint8Array, expected: PasswordHash): Promise<Uint8Array> => {
    this.done.push({ password: Buffer.from(password).toString(), expected });
    return derivePassword(password, expected);
  };
}

for (const [what, hashes] of [
  ['a record', { walter, jesse }],
  [
    'a map',
    new Map([
      ['walter', walter],
      ['jesse', jesse],
    ]),
  ],
  [
    'a list',
    [
      ['walter', walter],
      ['jesse', jesse],
    ],
  ],
] as const) {
  passwords(`of ${what} admit who knows them`, async () => {
    const authenticator = plainPasswords(hashes);
    assert.equal(await ask(authenticator, plainPeer('walter', 'chemistry')), { status: 200, userId: 'walter' });
    assert.equal(await ask(authenticator, plainPeer('jesse', 'magnets')), { status: 200, userId: 'jesse' });
    assert.is(await statusOf(authenticator, plainPeer('jesse', 'chemistry')), 400);
  });
}

passwords('that are wrong and users that are unknown get one answer for the same work', async () => {
  const work = new Work();
  const authenticator = plainPasswords({ walter }, { derive: work.derive });
  const answers = [];
  for (const [user, password] of [
    ['walter', 'magnets'],
    ['nobody', 'chemistry'],
    ['', ''],
    ['Walter', 'chemistry'],
    ['walter ', 'chemistry'],
    ['constructor', 'x'],
    ['__proto__', 'x'],
  ] as const) {
    answers.push(await ask(authenticator, plainPeer(user, password)));
  }
  for (const answer of answers) assert.equal(answer, { status: 400, text: 'the user name or the password is wrong' });
  assert.is(work.done.length, answers.length);
  assert.equal(
    work.done.map(({ password }) => password),
    ['magnets', 'chemistry', '', 'chemistry', 'chemistry', 'x', 'x'],
  );
  // the same salt and the same cost, so nothing tells them apart
  for (const { expected } of work.done) assert.equal(expected, work.done[0]?.expected);
});

passwords('of an unknown user are held against one of the known hashes, always the same', async () => {
  const work = new Work();
  const costs = [2, 4, 8, 16];
  const hashes = await Promise.all(costs.map(cost => hashPassword('x', { ...CHEAP, work: cost })));
  const authenticator = plainPasswords(
    hashes.map((hash, i) => [`user ${i}`, hash] as const),
    { derive: work.derive },
  );
  for (let i = 0; i < 40; i += 1) await ask(authenticator, plainPeer(`unknown ${i}`, 'x'));
  for (let i = 0; i < 40; i += 1) await ask(authenticator, plainPeer(`unknown ${i}`, 'y'));
  const held = work.done.map(({ expected }) => expected.cost.work);
  assert.equal(held.slice(0, 40), held.slice(40));
  assert.equal(
    [...new Set(held)].sort((a, b) => a - b),
    costs,
  ); // each of them has strangers of its own
});

passwords('of somebody else do not help an unknown user', async () => {
  const authenticator = plainPasswords({ walter });
  for (let i = 0; i < 5; i += 1) assert.is(await statusOf(authenticator, plainPeer(`user ${i}`, 'chemistry')), 400);
});

passwords('are asked for, at a cost, even where there are no users', async () => {
  const work = new Work();
  const authenticator = plainPasswords({}, { derive: work.derive });
  assert.is(await statusOf(authenticator, plainPeer('walter', 'chemistry')), 400);
  assert.is(work.done.length, 1);
});

passwords('count octet by octet, text or not', async () => {
  const latin = Uint8Array.of(0x70, 0xe4, 0x73); // no UTF-8
  const authenticator = plainPasswords({
    a: await hashPassword(latin, CHEAP),
    b: await hashPassword('\ufeffpäs', CHEAP),
  });
  assert.is(await statusOf(authenticator, plainPeer('a', latin)), 200);
  assert.is(await statusOf(authenticator, plainPeer('a', Uint8Array.of(0x70, 0xe5, 0x73))), 400);
  assert.is(await statusOf(authenticator, plainPeer('b', '\ufeffpäs')), 200);
  assert.is(await statusOf(authenticator, plainPeer('b', 'päs')), 400);
});

passwords('admit nobody of another mechanism, without any work', async () => {
  const work = new Work();
  const authenticator = plainPasswords({ walter }, { derive: work.derive });
  assert.is(await statusOf(authenticator, nullPeer()), 400);
  assert.is(await statusOf(authenticator, curvePeer(curveKeyPair().publicKey)), 400);
  assert.is(work.done.length, 0);
});

passwords("are nobody's to know when they cannot be checked: that is a failure, and no more is told", async () => {
  for (const derive of [
    () => Promise.reject(new Error('no memory for chemistry')),
    () => Promise.resolve(new Uint8Array(3)), // of another length
  ]) {
    const answer = await ask(plainPasswords({ walter }, { derive }), plainPeer('walter', 'chemistry'));
    assert.equal(answer, { status: 500, text: 'the password could not be checked' });
  }
});

passwords('are checked two at a time, behind a line that has an end', async () => {
  const release: (() => void)[] = [];
  const derive = async (password: Uint8Array, expected: PasswordHash): Promise<Uint8Array> => {
    await new Promise<void>(resolve => release.push(resolve));
    return derivePassword(password, expected);
  };
  const authenticator = plainPasswords({ walter }, { derive, waiting: 3 });
  const gone = new AbortController();
  const first = [1, 2, 3, 4].map(() => statusOf(authenticator, plainPeer('walter', 'chemistry')));
  const leaving = statusOf(authenticator, plainPeer('walter', 'chemistry'), gone.signal);
  await turn();
  assert.is(release.length, 2);
  assert.is(await statusOf(authenticator, plainPeer('walter', 'chemistry')), 300); // the line is full
  gone.abort();
  assert.is(await leaving, 300);
  const late = statusOf(authenticator, plainPeer('walter', 'magnets')); // in the place of who has left
  for (let i = 0; i < 5; i += 1) {
    while (release.length <= i) await turn();
    release[i]?.();
  }
  assert.equal(await Promise.all([...first, late]), [200, 200, 200, 200, 400]);
  assert.is(release.length, 5);
});

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

passwords('that nobody has hashed are refused, and not shown', () => {
  assert.throws(
    () => plainPasswords({ walter: 'chemistry' }),
    (error: unknown) =>
      error instanceof UsageError && error.message === 'the hash of "walter" is not as hashPassword() writes it',
  );
});

passwords('are not checked none at a time', () => {
  for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { waiting: -1 }, { waiting: NaN }]) {
    assert.throws(
      () => plainPasswords({}, options),
      (error: unknown) => error instanceof UsageError && error.code === 'EINVAL',
    );
  }
});

passwords.run();

const files = suite('security/plain: files of passwords');

const scratch = new Scratch();

async function rejection(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('nothing was rejected');
}

files('have a line for each user, and may have comments', async () => {
  const path = scratch.path();
  const odd = await hashPassword('x', CHEAP);
  writeFileSync(path, `# users\n\nwalter:${walter}\r\n:${jesse}\ndomain:user: with spaces:${odd}\n jürgen:${odd}`);
  const authenticator = await plainPasswordFile(path);
  assert.equal(await ask(authenticator, plainPeer('walter', 'chemistry')), { status: 200, userId: 'walter' });
  assert.is(await statusOf(authenticator, plainPeer('', 'magnets')), 200);
  assert.is(await statusOf(authenticator, plainPeer('domain:user: with spaces', 'x')), 200);
  assert.is(await statusOf(authenticator, plainPeer(' jürgen', 'x')), 200);
  assert.is(await statusOf(authenticator, plainPeer('jürgen', 'x')), 400);
});

for (const [what, text, message] of [
  ['a line that is no user and hash', `walter:${walter}\nsecret`, 'line 2: expected user:hash'],
  [
    'a password that nobody has hashed',
    '\nwalter:chemistry',
    'line 2: what follows the user is not as hashPassword() writes it',
  ],
  ['a user with two lines', `walter:${walter}\n\nwalter:${jesse}`, 'line 3: this user has a line already'],
] as const) {
  files(`are refused for ${what}, which is not shown`, async () => {
    const path = scratch.path();
    writeFileSync(path, text);
    const error = await rejection(plainPasswordFile(path));
    assert.instance(error, UsageError);
    assert.is(error.message, `${path}, ${message}`);
  });
}

files('have to be there, and no larger than 4 MiB', async () => {
  const path = scratch.path();
  assert.is((await rejection(plainPasswordFile(path))).code, 'ENOENT');
  writeFileSync(path, '#'.repeat(4 * 1024 * 1024));
  await plainPasswordFile(path);
  writeFileSync(path, '#'.repeat(4 * 1024 * 1024 + 1));
  assert.match((await rejection(plainPasswordFile(path))).message, /larger than its limit of 4194304 bytes$/);
});

/** A file of passwords, its authenticator, and what that has complained of. */
async function world(text: string): Promise<{
  path: string;
  clock: VirtualClock;
  complaints: string[];
  authenticator: Awaited<ReturnType<typeof plainPasswordFile>>;
  walterComesIn: () => Promise<boolean>;
}> {
  const path = scratch.path();
  writeFileSync(path, text);
  const clock = new VirtualClock();
  const complaints: string[] = [];
  const onError = (error: Error): unknown => complaints.push(error.message);
  const authenticator = await plainPasswordFile(path, { clock, onError });
  const walterComesIn = async (): Promise<boolean> =>
    (await statusOf(authenticator, plainPeer('walter', 'chemistry'))) === 200;
  return { path, clock, complaints, authenticator, walterComesIn };
}

files('are read again when they have changed, but looked at once a second at most', async () => {
  const { path, clock, walterComesIn } = await world(`jesse:${jesse}`);
  assert.not(await walterComesIn());
  writeFileSync(path, `walter:${walter}`);
  await clock.advance(999);
  assert.not(await walterComesIn());
  await clock.advance(1);
  assert.ok(await walterComesIn());
  writeFileSync(path, '');
  await clock.advance(999);
  assert.ok(await walterComesIn());
  await clock.advance(1);
  assert.not(await walterComesIn());
});

files('are not opened while they are as they were', async () => {
  const { path, clock, walterComesIn } = await world(`walter:${walter}`);
  appendFileSync(path, '\n');
  const opened = await openedFiles(async () => {
    for (let i = 0; i < 3; i += 1) {
      await clock.advance(1000);
      assert.ok(await walterComesIn());
    }
  });
  assert.equal(opened, [path]);
});

files('are read again at once when somebody says so', async () => {
  const { path, authenticator, walterComesIn } = await world('');
  writeFileSync(path, `walter:${walter}`);
  assert.not(await walterComesIn());
  await authenticator.reload();
  assert.ok(await walterComesIn());
});

files('are read again when another takes their place, even one of the same size and time', async () => {
  const { path, clock, authenticator, walterComesIn } = await world(`walter:${walter}`);
  utimesSync(path, 1000, 1000);
  await authenticator.reload();
  writeFileSync(`${path}-new`, `jesse :${walter}`);
  utimesSync(`${path}-new`, 1000, 1000);
  renameSync(`${path}-new`, path);
  await clock.advance(1000);
  assert.not(await walterComesIn());
});

files('that are broken change nothing, and are told of once', async () => {
  const { path, clock, complaints, authenticator, walterComesIn } = await world(`walter:${walter}`);
  writeFileSync(path, 'broken');
  for (let i = 0; i < 3; i += 1) {
    await clock.advance(1000);
    assert.ok(await walterComesIn());
  }
  assert.equal(complaints, [`${path}, line 1: expected user:hash`]);
  assert.is((await rejection(authenticator.reload())).message, `${path}, line 1: expected user:hash`);
  assert.ok(await walterComesIn());
  assert.is(complaints.length, 1); // who called knows

  writeFileSync(path, '# nobody');
  await clock.advance(1000);
  assert.not(await walterComesIn());
  await authenticator.reload();
});

files('that have gone change nothing, are told of once, and once more when they go again', async () => {
  const { path, clock, complaints, walterComesIn } = await world(`walter:${walter}`);
  for (let times = 1; times <= 2; times += 1) {
    rmSync(path);
    for (let i = 0; i < 3; i += 1) {
      await clock.advance(1000);
      assert.ok(await walterComesIn());
    }
    assert.is(complaints.length, times);
    assert.match(complaints.at(-1) ?? '', /^ENOENT/);
    writeFileSync(path, `walter:${walter}`);
    await clock.advance(1000);
    assert.ok(await walterComesIn());
  }
});

files('are read for all who ask meanwhile, who get the new answer', async () => {
  const { path, clock, walterComesIn } = await world('');
  writeFileSync(path, `walter:${walter}`);
  await clock.advance(1000);
  assert.equal(await Promise.all([walterComesIn(), walterComesIn(), walterComesIn()]), [true, true, true]);
});

files('go on being read when who is told of errors fails', async () => {
  const path = scratch.path();
  writeFileSync(path, '');
  const clock = new VirtualClock();
  const authenticator = await plainPasswordFile(path, {
    clock,
    onError: () => {
      throw new Error('told');
    },
  });
  writeFileSync(path, 'broken');
  await clock.advance(1000);
  assert.is((await rejection(ask(authenticator, plainPeer('walter', 'chemistry')))).message, 'told');
  writeFileSync(path, `walter:${walter}`);
  await clock.advance(1000);
  assert.is(await statusOf(authenticator, plainPeer('walter', 'chemistry')), 200);
});

files('warn the process when nobody else is told', async () => {
  const path = scratch.path();
  writeFileSync(path, '');
  const clock = new VirtualClock();
  const authenticator = await plainPasswordFile(path, { clock });
  const warned = new Promise<Error>(resolve => process.once('warning', resolve));
  writeFileSync(path, 'broken');
  await clock.advance(1000);
  await ask(authenticator, plainPeer('walter', 'chemistry'));
  assert.is((await warned).message, `${path}, line 1: expected user:hash`);
});

files('are written as the line that hashPassword() makes says', async () => {
  const path = scratch.path();
  writeFileSync(path, `walter:${await hashPassword('chemistry', CHEAP)}\n`);
  assert.is(decodePasswordHash(walter, 'it').hash.length, 32);
  assert.is(await statusOf(await plainPasswordFile(path), plainPeer('walter', 'chemistry')), 200);
});

files.run();

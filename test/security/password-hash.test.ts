import { Buffer } from 'node:buffer';
import { scryptSync } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { decodePasswordHash, derivePassword, hashPassword } from '../../src/security/password-hash.ts';

const hashes = suite('security/password-hash');

const CHEAP = { work: 2, blockSize: 1, passes: 1 };

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

hashes('writes scrypt, its cost, salt and hash', async () => {
  const text = await hashPassword('pässword', { work: 16, blockSize: 2, passes: 3 });
  const [name, n, r, p, salt = '', hash] = text.split('$');
  assert.equal([name, n, r, p], ['scrypt', '16', '2', '3']);
  assert.is(Buffer.from(salt, 'base64').length, 16);
  const expected = scryptSync('pässword', Buffer.from(salt, 'base64'), 32, { N: 16, r: 2, p: 3 });
  assert.is(hash, expected.toString('base64').replaceAll('=', ''));
});

hashes('takes a cost that is much unless it is told otherwise', async () => {
  assert.match(await hashPassword('x'), /^scrypt\$32768\$8\$3\$/);
});

hashes('never writes the same twice', async () => {
  assert.is.not(await hashPassword('x', CHEAP), await hashPassword('x', CHEAP));
});

hashes('reads what it wrote, and finds the same hash for the same octets', async () => {
  for (const password of ['', 'x', 'pässword', '\ufeffx', 'x'.repeat(255), Uint8Array.of(0xff, 0, 0xc3)]) {
    const kept = decodePasswordHash(await hashPassword(password, CHEAP), 'it');
    assert.equal(kept.cost, CHEAP);
    const same = await derivePassword(Buffer.from(password), kept);
    assert.ok(Buffer.from(same).equals(kept.hash));
    const other = await derivePassword(Buffer.concat([Buffer.from(password), Buffer.of(1)]), kept);
    assert.not(Buffer.from(other).equals(kept.hash));
  }
});

hashes('can take all the memory that it allows itself', async () => {
  const kept = decodePasswordHash(await hashPassword('x', { work: 65_536, blockSize: 16, passes: 1 }), 'it');
  assert.is(kept.cost.work, 65_536);
});

hashes('refuses passwords that nobody could send, without showing them', async () => {
  for (const [password, length] of [
    ['s'.repeat(256), 256],
    ['é'.repeat(128), 256],
    [new Uint8Array(300), 300],
  ] as const) {
    const error = await rejection(hashPassword(password, CHEAP));
    assert.instance(error, UsageError);
    assert.is((error as Error).message, `password of ${length} octets, limit 255`);
  }
});

for (const cost of [
  ...[
    { work: 0 },
    { work: 1 },
    { work: 3 },
    { work: 1.5 },
    { work: -2 },
    { work: NaN },
    { work: Infinity },
    { work: 2 ** 19 },
  ],
  ...[{ blockSize: 0 }, { blockSize: 1.5 }, { blockSize: 65 }, { passes: 0 }, { passes: 65 }, { passes: 1.5 }],
]) {
  hashes(`refuses a cost of ${JSON.stringify(cost)}`, async () => {
    const error = await rejection(hashPassword('x', cost));
    assert.instance(error, UsageError);
    assert.match((error as Error).message, /^cost of a password: work/);
  });
}

const SALT = 'A'.repeat(22);
const HASH = 'A'.repeat(43);

hashes('reads hashes of other makers', () => {
  assert.equal(decodePasswordHash(`scrypt$1024$8$1$${SALT}$${HASH}`, 'it').cost, {
    work: 1024,
    blockSize: 8,
    passes: 1,
  });
});

for (const text of [
  '',
  'secret',
  'scrypt',
  `scrypt$1024$8$1$${SALT}`,
  `scrypt$1024$8$1$${SALT}$`,
  `scrypt$1024$8$1$$${HASH}`,
  `scrypt$1024$8$1$AA$${HASH}`,
  `scrypt$1024$8$1$${SALT}$AAAA`,
  `scrypt$1024$8$1$${SALT}$${'A'.repeat(87)}`,
  `scrypt$1024$8$1$${SALT}$${HASH}$`,
  `scrypt$1024$8$1$${SALT}$${HASH}=`,
  ` scrypt$1024$8$1$${SALT}$${HASH}`,
  `bcrypt$1024$8$1$${SALT}$${HASH}`,
  `scrypt$-1$8$1$${SALT}$${HASH}`,
  `scrypt$1e3$8$1$${SALT}$${HASH}`,
]) {
  hashes(`does not read ${JSON.stringify(text.slice(0, 30))}, and does not show it`, () => {
    assert.throws(
      () => decodePasswordHash(text, 'what follows'),
      (error: unknown) =>
        error instanceof UsageError && error.message === 'what follows is not as hashPassword() writes it',
    );
  });
}

hashes('does not read a cost that nobody can pay', () => {
  for (const cost of ['16777216$8$1', '1024$9999$99', '1024$8$99', '1000$8$1', '0$8$1', '1024$0$1', '1024$8$0']) {
    assert.throws(() => decodePasswordHash(`scrypt$${cost}$${SALT}$${HASH}`, 'it'), /^.*cost of a password/);
  }
});

hashes.run();

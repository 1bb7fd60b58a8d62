/**
 * Passwords as they are kept: what scrypt (RFC 7914) makes of them, which cannot be turned back and takes time and memory
 * to try.
 *
 *      scrypt$32768$8$3$ zN2uVx0…$ 5fK0m…          N, r, p, salt and hash, these in base64 without padding
 */
import { randomBytes, scrypt } from 'node:crypto';
import { UsageError } from '../errors.ts';

/** How hard a password is to try: scrypt takes 128·N·r octets of memory, p times. */
export interface PasswordCost {
  /** N, a power of 2. Default 32768. */
  readonly work?: number;
  /** r. Default 8. */
  readonly blockSize?: number;
  /** p. Default 3. */
  readonly passes?: number;
}

/** A hash, in its parts. */
export interface PasswordHash {
  readonly cost: Required<PasswordCost>;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Makes `length` octets of a password. */
export type DerivePassword = (password: Uint8Array, { cost, salt, hash }: PasswordHash) => Promise<Uint8Array>;

const PASSWORD_MAX = 255; // the length has one octet in PLAIN (RFC 24)
const MEMORY_MAX = 256 * 1024 * 1024;
const PASSES_MAX = 64;
const SALT_LENGTH = 16;
const HASH_LENGTH = 32;
const FORM =
  /^scrypt\$(?<work>\d{1,8})\$(?<blockSize>\d{1,4})\$(?<passes>\d{1,2})\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<hash>[A-Za-z0-9+/]{22,86})$/;

/**
 * Makes of a password what may be kept: for {@link plainPasswords}, or behind `user:` as a line of a file for
 * {@link plainPasswordFile}. It is another each time.
 *
 * The default cost takes 32 MiB and some tenths of a second for each peer that comes in; with passwords nobody could
 * guess, such as those made by a program, much less will do.
 *
 * @param password - a text counts as its octets in UTF-8; at most 255, for longer ones cannot be sent
 * @throws UsageError EINVAL for a password that is too long, a cost that is none or takes over 256 MiB
 */
export async function hashPassword(password: string | Uint8Array, cost: PasswordCost = {}): Promise<string> {
  const octets = typeof password === 'string' ? new TextEncoder().encode(password) : password;
  if (octets.length > PASSWORD_MAX) {
    throw new UsageError('EINVAL', `password of ${octets.length} octets, limit ${PASSWORD_MAX}`);
  }
  const blank = blankHash(cost);
  const { work, blockSize, passes } = blank.cost;
  const hash = await derivePassword(octets, blank);
  return ['scrypt', work, blockSize, passes, base64(blank.salt), base64(hash)].join('$');
}

/** One that no password fits, of a new salt. */
export function blankHash({ work = 32_768, blockSize = 8, passes = 3 }: PasswordCost = {}): PasswordHash {
  const cost = checkCost({ work, blockSize, passes });
  return { cost, salt: randomBytes(SALT_LENGTH), hash: randomBytes(HASH_LENGTH) };
}

/**
 * Reads what {@link hashPassword} wrote.
 * @param what - what to call it in an error
 * @throws UsageError EINVAL for anything else, which is not shown, for it may be a password
 */
export function decodePasswordHash(text: string, what: string): PasswordHash {
  const { work, blockSize, passes, salt, hash } = FORM.exec(text)?.groups ?? {};
  if (salt === undefined || hash === undefined) {
    throw new UsageError('EINVAL', `${what} is not as hashPassword() writes it`);
  }
  const cost = checkCost({ work: Number(work), blockSize: Number(blockSize), passes: Number(passes) });
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function checkCost(cost: Required<PasswordCost>): Required<PasswordCost> {
  const { work, blockSize, passes } = cost;
  const whole = [work, blockSize, passes].every(each => Number.isInteger(each) && each >= 1);
  const powerOf2 = work >= 2 && Number.isInteger(Math.log2(work));
  if (whole && powerOf2 && passes <= PASSES_MAX && memoryOf(cost) <= MEMORY_MAX) return cost;
  throw new UsageError(
    'EINVAL',
    `cost of a password: work ${work}, blockSize ${blockSize}, passes ${passes}; ` +
      `expected a power of 2, and at most ${MEMORY_MAX} octets and ${PASSES_MAX} passes`,
  );
}

function memoryOf({ work, blockSize, passes }: Required<PasswordCost>): number {
  return 128 * blockSize * (work + passes + 2);
}

/** scrypt, on a thread of Node's pool. */
export const derivePassword: DerivePassword = (password, { cost, salt, hash }) => {
  const { work, blockSize, passes } = cost;
  const options = { N: work, r: blockSize, p: passes, maxmem: memoryOf(cost) + 1 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, options, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
};

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64').replaceAll('=', '');
}

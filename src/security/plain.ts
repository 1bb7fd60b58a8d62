/**
 * Who may come in, by user name and password (PLAIN, RFC 24).
 *
 * Whoever guesses must learn nothing but that he is wrong: an unknown user costs the same work as a wrong password, and the
 * answer is the same. The work is much, so only some of it is done at a time, behind a short line; a flood of guesses
 * then keeps others waiting, but not the rest of the program, whose files and names are read by the same threads.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { AuthenticationReply, AuthenticationRequest, Authenticator } from '../sockets/zap/authenticator.ts';
import { BoundedLine } from './bounded-line.ts';
import {
  blankHash,
  decodePasswordHash,
  derivePassword,
  type DerivePassword,
  type PasswordHash,
} from './password-hash.ts';
import { admitted, failed, postponed, refused } from './replies.ts';
import { Rereading, type ReloadableAuthenticator, type RereadingOptions } from './rereading.ts';
import { fingerprintOf, readSmallFile } from './small-file.ts';

/** How passwords are checked. */
export interface PasswordOptions {
  /** Passwords checked at a time. Default 2, half of the threads that Node has unless it is told otherwise. */
  readonly concurrency?: number;
  /** Peers that wait for their turn; those beyond are told to come again (status 300). Default 64. */
  readonly waiting?: number;
  /** What computes hashes. Default: scrypt. */
  readonly derive?: DerivePassword;
}

/** User names and what `hashPassword()` made of their passwords. */
export type PasswordHashes = Iterable<readonly [username: string, hash: string]> | Readonly<Record<string, string>>;

/**
 * Admits peers of PLAIN that know a user's password. The user id is the user's name.
 *
 * @example
 * ```ts
 * context.authenticator = plainPasswords({ walter: await hashPassword('a secret') });
 * ```
 * @param hashes - copied
 * @throws UsageError EINVAL for what `hashPassword()` does not write; it is not shown
 */
export function plainPasswords(hashes: PasswordHashes, options: PasswordOptions = {}): Authenticator {
  const entries = Symbol.iterator in hashes ? [...hashes] : Object.entries(hashes);
  const gate = new PasswordGate(options);
  gate.users = new Map(
    entries.map(([user, hash]) => [user, decodePasswordHash(hash, `the hash of ${JSON.stringify(user)}`)]),
  );
  return (request, { signal }) => gate.decide(request, signal);
}

/**
 * As {@link plainPasswords}, with a line `user:hash` for each user in a file, where empty lines and those that begin with
 * `#` count for nothing. The file is read again when it has changed; one that is broken changes nothing.
 *
 * @throws (rejects with) UsageError EINVAL for what is no such file; otherwise what node:fs throws
 */
export async function plainPasswordFile(
  path: string,
  options: PasswordOptions & RereadingOptions = {},
): Promise<ReloadableAuthenticator> {
  const gate = new PasswordGate(options);
  let seen: string | undefined; // how the file was when it was last tried
  const rereading = new Rereading(async what => {
    const now = fingerprintOf(await stat(path, { bigint: true }));
    if (what === 'changed' && now === seen) return;
    seen = now;
    const { text } = await readSmallFile(path, FILE_MAX);
    gate.users = decodeFile(path, text);
  }, options);
  await rereading.reload();
  const authenticator: Authenticator = async (request, { signal }) => {
    await rereading.refresh();
    return gate.decide(request, signal);
  };
  return Object.assign(authenticator, { reload: () => rereading.reload() });
}

const FILE_MAX = 4 * 1024 * 1024;

function decodeFile(path: string, text: string): ReadonlyMap<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, ended] of text.split('\n').entries()) {
    const line = ended.replace(/\r$/, '');
    if (line === '' || line.startsWith('#')) continue;
    const place = `${path}, line ${index + 1}`;
    const colon = line.lastIndexOf(':'); // there is none in a hash
    if (colon === -1) throw new UsageError('EINVAL', `${place}: expected user:hash`);
    const user = line.slice(0, colon);
    if (users.has(user)) throw new UsageError('EINVAL', `${place}: this user has a line already`);
    users.set(user, decodePasswordHash(line.slice(colon + 1), `${place}: what follows the user`));
  }
  return users;
}

class PasswordGate {
  readonly #line: BoundedLine;
  readonly #derive: DerivePassword;
  readonly #blank = blankHash();
  readonly #key = randomBytes(32);
  #users: ReadonlyMap<string, PasswordHash> = new Map();
  #decoys: readonly PasswordHash[] = [this.#blank];

  constructor({ concurrency = 2, waiting = 64, derive = derivePassword }: PasswordOptions) {
    this.#line = new BoundedLine({
      atATime: atLeast(1, concurrency, 'concurrency'),
      waiting: atLeast(0, waiting, 'waiting'),
    });
    this.#derive = derive;
  }

  set users(users: ReadonlyMap<string, PasswordHash>) {
    this.#users = users;
    this.#decoys = users.size === 0 ? [this.#blank] : [...users.values()];
  }

  async decide(request: AuthenticationRequest, signal: AbortSignal): Promise<AuthenticationReply> {
    if (request.mechanism !== 'PLAIN') return refused(`peers of ${request.mechanism} have no password`);
    const { username } = request;
    try {
      const right = await this.#line.take(() => this.#fits(request), signal);
      if (right === undefined) return postponed('there are too many passwords to check, or the peer has gone');
      return right ? admitted({ userId: username }) : refused('the user name or the password is wrong');
    } catch {
      return failed('the password could not be checked');
    }
  }

  async #fits(request: AuthenticationRequest & { readonly mechanism: 'PLAIN' }): Promise<boolean> {
    const decoy = this.#decoy(request.username);
    const known = this.#users.get(request.username);
    const expected = known ?? decoy;
    const [, password = new TextEncoder().encode(request.password)] = request.credentials;
    const derived = await this.#derive(password, expected);
    return timingSafeEqual(derived, expected.hash) && known !== undefined;
  }

  /**
   * What an unknown user's password is held against: the hash of somebody else, always the same one, so that neither its
   * cost nor how that changes tells an unknown user from a known one.
   */
  #decoy(username: string): PasswordHash {
    const number = createHmac('sha256', this.#key).update(username).digest().readUInt32BE();
    return this.#decoys[number % this.#decoys.length] ?? this.#blank;
  }
}

function atLeast(least: number, value: number, name: string): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new UsageError('EINVAL', `${name} is ${value}, expected a whole number of ${least} or more`);
}

/** Who may come in, by a directory of certificates. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { AuthenticationReply, Authenticator } from '../sockets/zap/authenticator.ts';
import { readCertificate, type Certificate } from './certificate.ts';
import { admitCurve, curveMember, isMetadataName } from './curve.ts';
import { Rereading, type ReloadableAuthenticator, type RereadingOptions } from './rereading.ts';
import { fingerprintOf } from './small-file.ts';

/** Which files of a directory count, and what they say. */
export interface CertificateDirectoryOptions extends RereadingOptions {
  /** How the names of files end that count. Default: any. pyzmq takes those of `.key`. */
  readonly suffix?: string;
  /** What the application is to know the owner by. Default: the public key in Z85, as CZMQ does. */
  readonly userId?: (certificate: Certificate, fileName: string) => string;
}

/**
 * Admits peers of CURVE whose certificate lies in a directory. Its files are those of CZMQ and pyzmq; names that begin with
 * `.`, or end in `_secret`, and directories count for nothing. The metadata of a certificate go with its owner, except for
 * names that only ZPL knows.
 *
 * The directory is looked at again when peers come, at most once a second. A file that has gone lets nobody in any more; one
 * that has become broken changes nothing.
 *
 * @example
 * ```ts
 * const members = await curveCertificates('members', { userId: ({ metadata }) => metadata['name'] ?? '' });
 * context.authenticator = members;
 * process.on('SIGHUP', () => void members.reload().catch(console.error));
 * ```
 * @throws (rejects with) UsageError EINVAL for a file that is no certificate; otherwise what node:fs throws
 */
export async function curveCertificates(
  directory: string,
  options: CertificateDirectoryOptions = {},
): Promise<ReloadableAuthenticator> {
  const certificates = new CertificateDirectory(directory, options);
  const rereading = new Rereading(what => certificates.read(what), options);
  await rereading.reload();
  const authenticator: Authenticator = async request => {
    await rereading.refresh();
    return admitCurve(request, certificates.replies);
  };
  return Object.assign(authenticator, { reload: () => rereading.reload() });
}

const FILES_MAX = 10_000;

interface KnownFile {
  /** How it was when it was last tried. */
  fingerprint: string | undefined;
  /** What it said when it was last good. */
  member: readonly [publicKey: string, reply: AuthenticationReply] | undefined;
}

class CertificateDirectory {
  /** By public key in Z85. */
  replies: ReadonlyMap<string, AuthenticationReply> = new Map();
  readonly #directory: string;
  readonly #options: CertificateDirectoryOptions;
  #files: ReadonlyMap<string, KnownFile> = new Map();

  constructor(directory: string, options: CertificateDirectoryOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** @throws what is wrong with files that cannot be read, after all others have been */
  async read(what: 'changed' | 'all'): Promise<void> {
    const files = new Map<string, KnownFile>();
    const problems: unknown[] = [];
    for (const name of await this.#names()) {
      const file = this.#files.get(name) ?? { fingerprint: undefined, member: undefined };
      try {
        if (await this.#update(file, name, what)) files.set(name, file);
      } catch (problem) {
        if (hasGone(problem)) continue;
        problems.push(problem);
        files.set(name, file);
      }
    }
    this.#files = files;
    this.replies = repliesOf(files.values());
    if (problems.length > 0) throw firstOf(problems);
  }

  async #names(): Promise<string[]> {
    const { suffix = '' } = this.#options;
    const names = await readdir(this.#directory);
    if (names.length > FILES_MAX) {
      throw new UsageError('EINVAL', `${this.#directory} has ${names.length} entries, limit ${FILES_MAX}`);
    }
    return names.filter(name => name.endsWith(suffix) && !name.startsWith('.') && !name.endsWith('_secret')).sort();
  }

  /** @returns false for what is no file */
  async #update(file: KnownFile, name: string, what: 'changed' | 'all'): Promise<boolean> {
    const path = join(this.#directory, name);
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) return false;
    const fingerprint = fingerprintOf(stats);
    if (what === 'changed' && file.fingerprint === fingerprint) return true;
    file.fingerprint = fingerprint;
    const certificate = await readCertificate(path, { exposed: 'accept' });
    const metadata = Object.fromEntries(Object.entries(certificate.metadata).filter(([each]) => isMetadataName(each)));
    const userId = this.#options.userId?.(certificate, name) ?? certificate.publicKey;
    file.member = curveMember({ publicKey: certificate.publicKey, userId, metadata });
    return true;
  }
}

/** Of two files with one key the first counts, by name. */
function repliesOf(files: Iterable<KnownFile>): ReadonlyMap<string, AuthenticationReply> {
  const replies = new Map<string, AuthenticationReply>();
  for (const { member } of files) {
    if (member !== undefined && !replies.has(member[0])) replies.set(...member);
  }
  return replies;
}

function firstOf(problems: readonly unknown[]): unknown {
  if (problems.length === 1) return problems[0];
  const message = problems.map(problem => (problem instanceof Error ? problem.message : String(problem))).join('; ');
  return new AggregateError(problems, message);
}

/** Since the directory was listed. */
function hasGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

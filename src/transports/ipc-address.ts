/**
 * The part behind `ipc://`, without asking the system anything.
 *
 *      path      /run/app.sock   app.sock   a file; a relative path starts where the process is at the time
 *      @name     @app                       Linux: a name without a file, which goes when its listener does
 *      *         *                          to bind only: a place of its own, which the listener's endpoint tells
 *
 * On Windows, where node:net has no Unix sockets, all but `@name` stands for a named pipe: `app` for `\\.\pipe\app`.
 * A name that already begins with `\\.\pipe\` is taken as it is.
 *
 * Stricter than libzmq, which ignores what follows a `*`, and would connect to a file of that name.
 */
import { UsageError } from '../errors.ts';

/** Where a listener is, `path` being what node:net wants to hear. */
export interface IpcPlace {
  readonly kind: 'file' | 'abstract' | 'pipe';
  readonly path: string;
}

/** What `bind` takes besides: somewhere. */
export interface IpcAnywhere {
  readonly kind: 'any';
}

/**
 * What `bind` takes.
 * @throws UsageError with code EINVAL, ENAMETOOLONG, or ENOTSUP for an abstract name where there are none
 */
export function parseIpcBind(address: string, platform: NodeJS.Platform): IpcPlace | IpcAnywhere {
  if (address === '*') return { kind: 'any' };
  if (address.startsWith('*')) throw invalid(address, 'something behind the *, which stands for itself');
  return parsePlace(address, platform);
}

/**
 * What `connect` takes.
 * @throws UsageError with code EINVAL, ENAMETOOLONG, or ENOTSUP for an abstract name where there are none
 */
export function parseIpcConnect(address: string, platform: NodeJS.Platform): IpcPlace {
  if (address.startsWith('*')) throw invalid(address, 'a *, but a connection needs one certain place');
  return parsePlace(address, platform);
}

/**
 * Whether node:net fills abstract names up with NUL octets, so that only programs that do the same find them: libuv did
 * before 1.48, which is in Node 22.
 */
export function padsAbstractNames(uvVersion: string): boolean {
  const [major = 0, minor = 0] = uvVersion.split('.').map(Number);
  return major === 1 && minor < 48;
}

function parsePlace(address: string, platform: NodeJS.Platform): IpcPlace {
  if (address.includes('\0')) throw invalid(address, 'a NUL octet, at which the system would stop reading');
  if (address === '@') throw invalid(address, 'no name behind the @');
  if (address.startsWith('@') && !isLinux(platform)) {
    throw refusal('ENOTSUP', address, `abstract names are Linux's, this is ${platform}`);
  }
  if (platform === 'win32') return { kind: 'pipe', path: pipeName(address) };
  // node:net would cut off what is too long, and listen under another name.
  requireShort(address, { octets: Buffer.byteLength(address), limit: isLinux(platform) ? LINUX_OCTETS : OTHER_OCTETS });
  if (address.startsWith('@')) return { kind: 'abstract', path: `\0${address.slice(1)}` };
  return { kind: 'file', path: address };
}

function isLinux(platform: NodeJS.Platform): boolean {
  return platform === 'linux' || platform === 'android';
}

// What `sun_path` holds besides a closing NUL, which abstract names could do without; libzmq counts it all the same.
const LINUX_OCTETS = 107;
const OTHER_OCTETS = 103; // macOS and the BSDs, and enough anywhere

const PIPE = '\\\\.\\pipe\\';
const PIPE_OCTETS = 256; // characters, to be exact

/** A pipe's name must not have a backslash in it, and Windows takes a slash for one. */
function pipeName(address: string): string {
  const path = /^[\\/]{2}[.?][\\/]pipe[\\/]/i.test(address) ? address : PIPE + address.replaceAll(/[\\/%]/g, escaped);
  requireShort(address, { octets: path.length, limit: PIPE_OCTETS });
  return path;
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function requireShort(address: string, { octets, limit }: { readonly octets: number; readonly limit: number }): void {
  if (octets > limit) throw refusal('ENAMETOOLONG', address, `${octets} octets, limit ${limit}`);
}

function invalid(address: string, reason: string): UsageError {
  return refusal('EINVAL', address, reason);
}

function refusal(code: 'EINVAL' | 'ENAMETOOLONG' | 'ENOTSUP', address: string, reason: string): UsageError {
  const endpoint = `ipc://${address}`;
  return new UsageError(code, `${endpoint}: ${reason}`, { address: endpoint });
}

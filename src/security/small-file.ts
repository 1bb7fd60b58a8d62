/** Files of settings: read whole and never past a limit, written whole or not at all. */
import { constants, type BigIntStats } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';

/** What was in a file, and how it lay there. */
export interface SmallFile {
  readonly text: string;
  /** Whether others than its owner may read it; always false on Windows, which has other ways to say so. */
  readonly exposed: boolean;
}

/**
 * Reads a file of UTF-8.
 * @throws UsageError EINVAL for what is no ordinary file, too large or no UTF-8; otherwise what node:fs throws
 */
export async function readSmallFile(path: string, limitBytes: number): Promise<SmallFile> {
  // Opening a named pipe would wait for somebody who writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new UsageError('EINVAL', `${path} is not a file`);
    const octets = new Uint8Array(limitBytes + 1);
    const length = await fill(octets, at => file.read(octets, at));
    if (length > limitBytes) throw new UsageError('EINVAL', `${path} is larger than its limit of ${limitBytes} bytes`);
    const text = decodeText(octets.subarray(0, length), path);
    octets.fill(0, 0, length); // there may be a secret key in it
    return { text, exposed: isExposed(stats) };
  } finally {
    await file.close();
  }
}

/** @returns how many octets there were, until the end or until there is no room */
async function fill(
  octets: Uint8Array,
  read: (at: number) => Promise<{ readonly bytesRead: number }>,
): Promise<number> {
  let length = 0;
  while (length < octets.length) {
    const { bytesRead } = await read(length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

function decodeText(octets: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new UsageError('EINVAL', `${path} is not UTF-8`);
  }
}

/** What changes whenever a file is written to or replaced. */
export function fingerprintOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

function isExposed({ mode }: BigIntStats): boolean {
  return process.platform !== 'win32' && (mode & 0o077n) !== 0n;
}

/** A file to write. */
export interface Draft {
  readonly path: string;
  readonly text: string;
  /** Who may read it; the process's umask takes away from that. */
  readonly mode: number;
}

/**
 * Writes files so that each has all of its text or none, and its mode from the beginning. When one cannot be written, those
 * before it are taken back, unless they have replaced others.
 *
 * @param existing - what to do when there is such a file
 * @throws what node:fs throws: EEXIST when there is one that may not be replaced
 */
export async function writeSmallFiles(drafts: readonly Draft[], existing: 'keep' | 'replace'): Promise<void> {
  const written: string[] = [];
  try {
    for (const draft of drafts) {
      await writeSmallFile(draft, existing);
      written.push(draft.path);
    }
  } catch (error) {
    if (existing === 'keep') for (const path of written) await rm(path, { force: true });
    throw error;
  }
}

async function writeSmallFile({ path, text, mode }: Draft, existing: 'keep' | 'replace'): Promise<void> {
  // Beside its place, for a file can only be moved at once within one file system; hidden from who reads the directory.
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (existing === 'replace') await rename(beside, path);
    else await link(beside, path); // fails when there is such a file, which rename() does not
  } finally {
    await rm(beside, { force: true });
  }
}

/**
 * The files of Unix sockets: whose they are, and when they may go.
 *
 *      nobody listens, a socket's file    left behind by a process that ended: removed by who wants to bind there
 *      somebody listens                   stays, whoever it is
 *      no socket's file                   stays
 *      ours, when we close                removed, unless somebody has put another in its place
 *
 * libzmq removes whatever is there when it binds, a living listener's file included, and leaves its own behind.
 */
import { type BigIntStats, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { systemCode } from './system-error.ts';

/**
 * Removes a socket's file on which nobody listens.
 * @returns what is in the way of a bind, or undefined when nothing is any more
 */
export async function removeDeadSocket(path: string): Promise<string | undefined> {
  const found = fileAt(path);
  if (found === undefined) return undefined; // gone meanwhile
  if (!found.isSocket()) return 'what is there is no socket';
  if (await isListenedOn(path)) return 'somebody listens there';
  // Of several who found it dead, one has perhaps bound by now. From here on nothing waits, so this process has no gap
  // at all, and two have one of microseconds. Number and times, for a new file may get the old one's number.
  const now = fileAt(path);
  if (now === undefined) return undefined;
  if (!isSame(found, now) || found.ctimeNs !== now.ctimeNs) return 'somebody has just bound it';
  unlinkSync(path);
  return undefined;
}

/** The file of a socket that has begun to listen just now. */
export class BoundFile {
  /** As the system was told. */
  readonly #path: string;
  /** As it was at that time, wherever the process goes. */
  readonly #absolutePath: string;
  readonly #file: BigIntStats | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#absolutePath = resolve(path);
    this.#file = fileAt(path);
  }

  /**
   * Removes the file, if it is still this socket's own, and calls `close`, which closes the socket. That would remove
   * whatever is there now, so what somebody else has put there steps aside in the meantime.
   */
  removeAround(close: () => void): void {
    ignoringErrors(() => {
      const now = fileAt(this.#absolutePath);
      // As long as the socket is open no other file gets its number.
      if (now !== undefined && this.#file !== undefined && isSame(now, this.#file)) unlinkSync(this.#absolutePath);
    });
    const aside = `${this.#path}.aside.${process.pid}`;
    const steppedAside = ignoringErrors(() => renameSync(this.#path, aside));
    close();
    if (steppedAside) ignoringErrors(() => renameSync(aside, this.#path));
  }
}

/**
 * A connection is the only way to know. To a listener it is a peer that leaves without a word. Where a full backlog
 * refuses like nobody does (the BSDs, macOS), a listener that is that busy passes for dead.
 */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    // Whatever else is wrong (a full backlog, no permission, another kind of socket), it is not that nobody is there.
    probe.once('error', cause => resolve(systemCode(cause) !== 'ECONNREFUSED'));
  });
}

/** What can be seen there; of a link, the link. */
function fileAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** What cannot be moved or removed here, node:net cannot remove either. */
function ignoringErrors(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

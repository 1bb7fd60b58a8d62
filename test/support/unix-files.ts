/** Files for the tests of Unix sockets: a directory that goes with the process, and what may lie in it. */
import { lstatSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one test file, which makes paths in it that nobody has used yet. */
export class Scratch {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'test-'));
  #last = 0;

  constructor() {
    process.once('exit', () => rmSync(this.directory, { recursive: true, force: true }));
  }

  readonly path = (): string => join(this.directory, `socket-${(this.#last += 1)}`);

  /** A name for Linux's abstract sockets that no other process uses. */
  readonly name = (): string => `@zmtp-test-${process.pid}-${(this.#last += 1)}`;
}

/** What a listener leaves behind whose process ends without closing it: a socket's file on which nobody listens. */
export async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(path, resolve));
  renameSync(path, `${path}-away`); // or closing would remove it
  await new Promise(resolve => server.close(resolve));
  renameSync(`${path}-away`, path);
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

const NOBODY = 65534;

/** Does something with no more rights than any user has; root may do what it likes. */
export async function asNobody(action: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(NOBODY);
  try {
    await action();
  } finally {
    process.seteuid?.(0);
  }
}

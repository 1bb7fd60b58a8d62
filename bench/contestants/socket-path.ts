import { fileURLToPath } from 'node:url';

/** A place for a Unix socket beside the compiled children, with whom it is removed: a process that is killed leaves its file. */
export function socketPath(): string {
  return fileURLToPath(new URL(`${process.pid}.sock`, import.meta.url));
}

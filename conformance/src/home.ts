/** Where the tester's own files are: `adaptors/`, `targets/` and `expected/` stand beside the folder of this file. */
import { fileURLToPath } from 'node:url';

/** @param path - below the tester's folder, as in `adaptors/libzmq.py` */
export function atHome(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

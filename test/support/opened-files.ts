/** Which files node:fs/promises is asked to open. */
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** The paths that are opened while something is done. */
export async function openedFiles(action: () => Promise<unknown>): Promise<string[]> {
  const paths: string[] = [];
  const { open } = promises;
  promises.open = (path, ...rest) => {
    paths.push(String(path));
    return open(path, ...rest);
  };
  syncBuiltinESMExports(); // so that those who import it by name have this one
  try {
    await action();
  } finally {
    promises.open = open;
    syncBuiltinESMExports();
  }
  return paths;
}

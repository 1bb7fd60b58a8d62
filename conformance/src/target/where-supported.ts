/** Steps of a case that need an option which not every target has: the others stand without them. */
import { Unsupported } from './target-process.ts';

/** @returns undefined where the target cannot */
export async function whereSupported<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Unsupported) return undefined;
    throw cause;
  }
}

/**
 * Many tests that mostly wait, some of them at a time. Each is still told of under its own name; the first one that is
 * told of starts them all.
 */
import type { Test } from 'uvu';

/** One of the tests. */
export interface Cell {
  readonly name: string;
  play(): Promise<void>;
}

const AT_A_TIME = 8;

/** Adds them all. */
export function addAtOnce(suite: Test, cells: readonly Cell[]): void {
  let results: readonly Promise<void>[] | undefined;
  for (const [i, cell] of cells.entries()) {
    suite(cell.name, () => {
      results ??= start(cells);
      return results[i];
    });
  }
}

function start(cells: readonly Cell[]): readonly Promise<void>[] {
  const lanes = Array.from({ length: AT_A_TIME }, () => Promise.resolve());
  return cells.map((cell, i) => {
    const lane = i % AT_A_TIME;
    const result = (lanes[lane] ?? Promise.resolve()).then(() => cell.play());
    lanes[lane] = result.catch(() => undefined); // told of by its own test
    return result;
  });
}

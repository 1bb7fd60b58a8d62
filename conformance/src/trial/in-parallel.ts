/** Steps that have nothing to do with each other, at the same time: a case takes as long as its longest step. */
import type { Token } from '../catalogue/case.ts';
import { Unreached } from '../raw/raw-peer.ts';

/**
 * Plays each and gathers what was seen. One that never came about, by `Unreached`, does not hide the others.
 * @param play - given the value of a step
 */
export async function inParallel<Step extends string, Value>(
  steps: Readonly<Record<Step, Value>>,
  play: (value: Value) => Promise<Token>,
): Promise<Readonly<Partial<Record<Step, Token>>>> {
  const seen: Partial<Record<Step, Token>> = {};
  const one = async (step: Step): Promise<void> => {
    try {
      seen[step] = await play(steps[step]);
    } catch (cause) {
      if (!(cause instanceof Unreached)) throw cause;
      seen[step] = `unreached(${cause.message})`;
    }
  };
  const names: Step[] = [];
  for (const step in steps) names.push(step);
  await Promise.all(names.map(one));
  return seen;
}

/** Several steps of a case side by side, each on a connection of its own. */
import type { Token } from '../catalogue/case.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Trial } from './trial.ts';

/** What a step does with its connection, of which nothing is written yet. */
export type Step = (peer: RawPeer, socket: TargetSocket) => Promise<Token>;

/** What a step is not asked of is left undefined. */
type Steps<Name extends string, Work> = Readonly<Partial<Record<Name, Work | undefined>>>;
export type Tokens<Name extends string> = Readonly<Partial<Record<Name, Token>>>;

/** Steps of one case under way at a time: with many of them on a busy machine each would wait for all the others. */
const AT_ONCE = 4;

/** All of them, a few at a time; what one cannot reach does not keep the others from telling what they saw. */
export async function sideBySide<Name extends string>(steps: Steps<Name, () => Promise<Token>>): Promise<Tokens<Name>> {
  const queue = Object.keys(steps) as Name[]; // a record has the names of its type
  const tokens: Partial<Record<Name, Token>> = {};
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const step = steps[name];
      if (step !== undefined) tokens[name] = await reached(step);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return tokens;
}

/**
 * A connection for each step, with one socket of the target's for all of them if it binds. A target that connects has a
 * socket for each: who has closed may not come back.
 */
export async function connections<Name extends string>(
  trial: Trial,
  steps: Steps<Name, Step>,
  options: TargetOptions = {},
): Promise<Tokens<Name>> {
  if (trial.role === 'connect') return ownSockets(trial, steps, options);
  const socket = await trial.open(options);
  return sideBySide(each(steps, step => async () => step(await trial.meet(socket), socket)));
}

/** A connection and a socket of the target's for each step: for those that ask what the application gets. */
export async function ownSockets<Name extends string>(
  trial: Trial,
  steps: Steps<Name, Step>,
  options: TargetOptions = {},
): Promise<Tokens<Name>> {
  return sideBySide(
    each(steps, step => async () => {
      const socket = await trial.open(options);
      return step(await trial.meet(socket), socket);
    }),
  );
}

function each<Name extends string>(
  steps: Steps<Name, Step>,
  work: (step: Step) => () => Promise<Token>,
): Steps<Name, () => Promise<Token>> {
  const made: Partial<Record<Name, () => Promise<Token>>> = {};
  for (const name of Object.keys(steps) as Name[]) {
    const step = steps[name];
    if (step !== undefined) made[name] = work(step);
  }
  return made;
}

async function reached(step: () => Promise<Token>): Promise<Token> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof Unreached) return `unreached(${cause.message})`;
    throw cause;
  }
}

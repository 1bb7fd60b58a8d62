/** Several steps of a case side by side, so that it takes as long as its longest. */
import type { Token } from '../catalogue/case.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Trial } from './trial.ts';

/** What a step does with its connection, of which nothing is written yet. */
export type Step = (peer: RawPeer, socket: TargetSocket) => Promise<Token>;

/** What a step is not asked of is left undefined. */
type Steps<Name extends string, Value> = Readonly<Partial<Record<Name, Value | undefined>>>;
export type Tokens<Name extends string> = Readonly<Partial<Record<Name, Token>>>;

/** Connections of one case under way at a time: with many of them on a busy machine each would wait for all the others. */
const AT_ONCE = 4;

/**
 * Plays each and gathers what was seen; what one cannot reach does not keep the others from telling what they saw.
 *
 * @param play - given the value of a step
 * @param atOnce - steps under way at a time. Default: all
 */
export async function inParallel<Name extends string, Value>(
  steps: Steps<Name, Value>,
  play: (value: Value) => Promise<Token>,
  atOnce?: number,
): Promise<Tokens<Name>> {
  const names: Extract<Name, string>[] = [];
  for (const name in steps) names.push(name);
  const tokens: Partial<Record<Name, Token>> = {};
  const worker = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const value = steps[name];
      if (value !== undefined) tokens[name] = await reached(() => play(value));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce ?? names.length, names.length) }, worker));
  return tokens;
}

/** The same for steps that say themselves what they do, a few at a time. */
export function sideBySide<Name extends string>(steps: Steps<Name, () => Promise<Token>>): Promise<Tokens<Name>> {
  return inParallel(steps, step => step(), AT_ONCE);
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
  return inParallel(steps, async step => step(await trial.meet(socket), socket), AT_ONCE);
}

/** A connection and a socket of the target's for each step: for those that ask what the application gets. */
export async function ownSockets<Name extends string>(
  trial: Trial,
  steps: Steps<Name, Step>,
  options: TargetOptions = {},
): Promise<Tokens<Name>> {
  const own = async (step: Step): Promise<Token> => {
    const socket = await trial.open(options);
    return step(await trial.meet(socket), socket);
  };
  return inParallel(steps, own, AT_ONCE);
}

async function reached(step: () => Promise<Token>): Promise<Token> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof Unreached) return `unreached(${cause.message})`;
    throw cause;
  }
}

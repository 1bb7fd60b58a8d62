/** Cases that ask the same of a target on either side of the handshake. */
import type { Judge, Token } from '../catalogue/case.ts';
import { curveJoin, curveSockets, SIDES, type Joined } from '../trial/curve-sides.ts';
import type { Side } from '../trial/security.ts';
import type { Trial } from '../trial/trial.ts';

type OnEither<Step extends string> = `as ${Side}: ${Step}`;

/** Each step for a target on either side of the handshake. */
export function onEither<Step extends string>(steps: Readonly<Record<Step, Judge>>): Record<string, Judge> {
  return Object.fromEntries(
    SIDES.flatMap(side => Object.entries<Judge>(steps).map(([step, judge]) => [named(step, side), judge])),
  );
}

function named<Step extends string>(step: Step, side: Side): OnEither<Step> {
  return `as ${side}: ${step}`;
}

export async function onEitherSide(
  trial: Trial,
  run: (join: () => Promise<Joined>, side: Side) => Promise<Readonly<Partial<Record<string, Token>>>>,
): Promise<Record<string, Token | undefined>> {
  const seen: Record<string, Token | undefined> = {};
  for (const side of SIDES) {
    const sockets = curveSockets(trial, side);
    const tokens = await run(() => curveJoin(trial, sockets), side);
    for (const [step, token] of Object.entries(tokens)) seen[named(step, side)] = token;
  }
  return seen;
}

/** The connection is of no further use. */
export function end(joined: Joined, token: Token): Token {
  joined.session.peer.destroy();
  return token;
}

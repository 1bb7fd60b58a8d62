/** Who talks to whom, and how the two get on: the rows of the matrix. */
import type { SocketType } from '../target/protocol.ts';

/** How a pair talks: `ask` sends and has each message echoed; `tell` sends one way; the others need subscriptions first. */
export type Talk = 'ask' | 'tell' | 'publish' | 'broadcast';

export interface Pair {
  /** The side that speaks first. */
  readonly first: SocketType;
  readonly second: SocketType;
  readonly talk: Talk;
  /** Whether a message may have several parts. */
  readonly multipart: boolean;
}

const stable = (first: SocketType, second: SocketType, talk: Talk): Pair => ({ first, second, talk, multipart: true });
const draft = (first: SocketType, second: SocketType, talk: Talk): Pair => ({ first, second, talk, multipart: false });

/** Seventeen pairs; those of two types count twice in the matrix, for which side plays which. */
export const PAIRS: readonly Pair[] = [
  stable('PAIR', 'PAIR', 'ask'),
  stable('PUB', 'SUB', 'publish'),
  stable('PUB', 'XSUB', 'publish'),
  stable('XPUB', 'SUB', 'publish'),
  stable('XPUB', 'XSUB', 'publish'),
  stable('REQ', 'REP', 'ask'),
  stable('REQ', 'ROUTER', 'ask'),
  stable('DEALER', 'REP', 'ask'),
  stable('DEALER', 'DEALER', 'ask'),
  stable('DEALER', 'ROUTER', 'ask'),
  stable('ROUTER', 'ROUTER', 'ask'),
  stable('PUSH', 'PULL', 'tell'),
  draft('CLIENT', 'SERVER', 'ask'),
  draft('RADIO', 'DISH', 'broadcast'),
  draft('SCATTER', 'GATHER', 'tell'),
  draft('PEER', 'PEER', 'ask'),
  draft('CHANNEL', 'CHANNEL', 'ask'),
];

export const TRANSPORTS = ['tcp', 'ipc', 'ws'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Which mechanism, and which of the two is its server: `left` is the column's first target. */
export const SECURITIES = ['NULL', 'PLAIN left', 'PLAIN right', 'CURVE left', 'CURVE right'] as const;
export type Security = (typeof SECURITIES)[number];

export type Side = 'left' | 'right';

export interface Cell {
  readonly pair: Pair;
  /** Who plays `pair.first`. */
  readonly speaker: Side;
  /** Who binds. */
  readonly binder: Side;
  readonly security: Security;
  readonly transport: Transport;
}

/** What this side plays. */
export function typeOf({ pair, speaker }: Cell, side: Side): SocketType {
  return side === speaker ? pair.first : pair.second;
}

/** All 870. */
export const CELLS: readonly Cell[] = PAIRS.flatMap(pair =>
  (pair.first === pair.second ? (['left'] as const) : (['left', 'right'] as const)).flatMap(speaker =>
    (['left', 'right'] as const).flatMap(binder =>
      SECURITIES.flatMap(security => TRANSPORTS.map(transport => ({ pair, speaker, binder, security, transport }))),
    ),
  ),
);

/**
 * Few cells that together have each pair with either speaker, each with another mechanism, transport and binder: what is
 * tried on every change.
 */
export const DIAGONAL: readonly Cell[] = PAIRS.flatMap((pair, i) =>
  (pair.first === pair.second ? (['left'] as const) : (['left', 'right'] as const)).flatMap((speaker, j) => {
    const n = 2 * i + j;
    const pick = (k: number): Cell => ({
      pair,
      speaker,
      binder: k % 2 === 0 ? 'left' : 'right',
      security: SECURITIES[k % SECURITIES.length] ?? 'NULL',
      transport: TRANSPORTS[k % 2] ?? 'tcp',
    });
    return pair.first === pair.second ? [pick(n), pick(n + 3)] : [pick(n)];
  }),
);

export function cellName({ pair, speaker, binder, security, transport }: Cell): string {
  const [left, right] = speaker === 'left' ? [pair.first, pair.second] : [pair.second, pair.first];
  return `${left} ${binder === 'left' ? '◂' : '▸'} ${right}, ${security}, ${transport}`;
}

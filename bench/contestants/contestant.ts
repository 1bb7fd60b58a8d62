/** What every contestant can do. The loops live in the contestants: each is written as its users would write it. */
import type { Security } from './security.ts';
import type { Sent, Tally } from './tally.ts';

/** Who takes part in a row that does not say otherwise, by the names on the command line and in the output. */
export const contestantNames = ['zmtp', 'zmtp-fast', 'zeromq', 'net'] as const;

/** Those who take part in some rows only, too. */
export const allContestantNames = ['zmtp', 'zmtp-fast', 'zmtp-ipc', 'zmtp-null', 'zeromq', 'net', 'net-ipc'] as const;

/** One of {@link allContestantNames}. */
export type ContestantName = (typeof allContestantNames)[number];

/** What flows one way between two sockets: from a PUSH to a PULL, a SCATTER to a GATHER, a CLIENT to a SERVER. */
export type FlowKind = 'push' | 'scatter' | 'client';

/** What one sends to many: a PUB to its SUB, a RADIO to DISH that have joined one group. */
export type FanOutKind = 'publish' | 'radio';

/** Which sockets, and how they prove who they are. PUSH to PULL, and NULL, unless told otherwise. */
export interface FlowMake {
  readonly kind?: FlowKind | undefined;
  readonly security?: Security | undefined;
}

/** The receiving end, which binds. */
export interface PullMake extends FlowMake {
  /** A free port of 127.0.0.1 unless told otherwise. */
  readonly endpoint?: string;
}

/** How far a publisher may run ahead. */
export interface Pace {
  /** Messages that may have been sent by now; Infinity when nobody holds the publisher back. */
  readonly allowed: number;
  /** Resolves when `allowed` has grown. */
  more(): Promise<void>;
}

/** A bound publisher. */
export interface Publishing {
  readonly endpoint: string;
  /** One message, for those who are there already. */
  hello(body: Uint8Array): Promise<void>;
  /** Message after message, for ever. */
  run(body: Uint8Array, sent: Sent, pace: Pace): Promise<void>;
}

/**
 * One implementation in the roles of the scenarios. Promises that run "for ever" end with the process. Security is NULL
 * unless told otherwise; `net` has none.
 */
export interface Contestant {
  /** Binds, takes messages for ever, and tells the endpoint. */
  pull(tally: Tally, make?: PullMake): Promise<string>;
  /** Connects a socket and sends for ever. */
  push(endpoint: string, body: Uint8Array, sent: Sent, make?: FlowMake): Promise<void>;
  /** Binds, sends on for ever what comes to the receiver at that endpoint, and tells where it has bound. */
  forward(endpoint: string): Promise<string>;
  /** Binds, answers every request with itself, and tells the endpoint. */
  reply(security?: Security): Promise<string>;
  /** Connects and asks for ever; `lap` is called when an answer is there. */
  request(endpoint: string, body: Uint8Array, lap: (answer: Uint8Array) => void, security?: Security): Promise<void>;
  /** Binds a publisher. */
  publish(subscribers: number, kind: FanOutKind): Promise<Publishing>;
  /** Connects one subscriber to everything, takes messages for ever. */
  subscribe(endpoint: string, tally: Tally, kind: FanOutKind): Promise<void>;
  /** Binds, lets in and holds whatever connects, and tells the endpoint. */
  hold(security?: Security): Promise<string>;
}

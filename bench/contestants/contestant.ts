/** What every contestant can do. The loops live in the contestants: each is written as its users would write it. */
import type { Security } from './security.ts';
import type { Sent, Tally } from './tally.ts';

/** Who takes part in a row that does not say otherwise, by the names on the command line and in the output. */
export const contestantNames = ['zmtp', 'zmtp-fast', 'zeromq', 'net'] as const;

/** Those who take part in some rows only, too. */
export const allContestantNames = ['zmtp', 'zmtp-fast', 'zmtp-ipc', 'zmtp-null', 'zeromq', 'net', 'net-ipc'] as const;

/** One of {@link allContestantNames}. */
export type ContestantName = (typeof allContestantNames)[number];

/** Where and how a PULL binds. */
export interface PullPlace {
  /** A free port of 127.0.0.1 unless told otherwise. */
  readonly endpoint?: string;
  readonly security?: Security | undefined;
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
  pull(tally: Tally, place?: PullPlace): Promise<string>;
  /** Connects a socket and sends for ever. */
  push(endpoint: string, body: Uint8Array, sent: Sent, security?: Security): Promise<void>;
  /** Binds, sends on for ever what comes to the receiver at that endpoint, and tells where it has bound. */
  forward(endpoint: string): Promise<string>;
  /** Binds, answers every request with itself, and tells the endpoint. */
  reply(security?: Security): Promise<string>;
  /** Connects and asks for ever; `lap` is called when an answer is there. */
  request(endpoint: string, body: Uint8Array, lap: (answer: Uint8Array) => void, security?: Security): Promise<void>;
  /** Binds a publisher. */
  publish(subscribers: number): Promise<Publishing>;
  /** Connects one subscriber to everything, takes messages for ever. */
  subscribe(endpoint: string, tally: Tally): Promise<void>;
  /** Binds, lets in and holds whatever connects, and tells the endpoint. */
  hold(security?: Security): Promise<string>;
}

/** What the bench and its children say to each other. */

import type { FanOutKind, FlowKind } from './contestants/contestant.ts';
import type { Security } from './contestants/security.ts';

/** What a child was started for: the first of its arguments, the second is the contestant. */
export const roleNames = [
  'pull',
  'push',
  'proxy',
  'reply',
  'request',
  'publish',
  'subscribe',
  'hold',
  'crowd',
  'visit',
  'storm',
  'matching',
  'layers',
  'box',
  'inproc',
] as const;

/** One of {@link roleNames}. */
export type RoleName = (typeof roleNames)[number];

/** What a role is to do; the third argument, as JSON. What a role does not use it does not read. */
export interface Settings {
  readonly endpoint: string;
  /** Octets of a body. */
  readonly size: number;
  /** Sockets on the side that has many. */
  readonly peers: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Where the publisher listens to how far its slowest subscriber has come; 0 when nobody tells it. */
  readonly pacePort: number;
  /** Whether the publisher waits for its slowest subscriber. */
  readonly paced: boolean;
  /** Whether the crowd says what a ZMTP client says. */
  readonly handshake: boolean;
  /** Which sockets push and pull; PUSH and PULL when nothing is said. */
  readonly flowKind?: FlowKind;
  /** Which sockets publish and subscribe; PUB and SUB when nothing is said. */
  readonly fanOutKind?: FanOutKind;
  /** NULL when there is none. */
  readonly security?: Security;
  /** Hostile connections a second. */
  readonly hostilesPerSecond: number;
}

/** To a child. */
export type Order =
  { readonly kind: 'go' } | { readonly kind: 'open'; readonly connections: number } | { readonly kind: 'sample' };

/** From a child. */
export type Report =
  | { readonly kind: 'bound'; readonly endpoint: string; readonly pacePort?: number }
  | { readonly kind: 'flowing' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'opened' }
  | ({ readonly kind: 'window' } & Window)
  | ({ readonly kind: 'laps' } & Laps)
  | ({ readonly kind: 'sample' } & Sample)
  | { readonly kind: 'line'; readonly line: object }
  | { readonly kind: 'finished' };

/** What one process did while it was being measured. */
export interface Window {
  readonly seconds: number;
  /** User and system time of all threads. */
  readonly cpuSeconds: number;
  /** Received or, in the role of a sender, sent. */
  readonly messages: number;
  readonly octets: number;
}

/** Round trips of one requester. */
export interface Laps extends Window {
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
}

/** One look at one process; after a full collection where the process can be asked for one. */
export interface Sample {
  readonly rssBytes: number;
  /** On V8's heap and in array buffers. */
  readonly heapBytes: number;
  readonly messages: number;
}

/** The report of that kind. */
export type ReportOf<K extends Report['kind']> = Extract<Report, { readonly kind: K }>;

export function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

export function isOrder(value: unknown): value is Order {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

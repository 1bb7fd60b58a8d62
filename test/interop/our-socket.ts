/** What a test gives to our sockets, whatever their type, and what it may ask of them. */
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import type { Part } from '../support/peers/peer-socket.ts';

/** A message as a test writes it. */
export type Parts = readonly Part[];

/** The options that the tests set, all of them known to both kinds. */
export interface EndOptions {
  readonly routingId?: string;
  readonly mandatory?: boolean;
  readonly handover?: boolean;
  readonly heartbeatInterval?: number;
  readonly heartbeatTimeout?: number;
  readonly heartbeatTimeToLive?: number;
  readonly reconnectInterval?: number;
  readonly sendHighWaterMark?: number;
  readonly receiveHighWaterMark?: number;
  readonly invertMatching?: boolean;
  readonly immediate?: boolean;
  readonly manual?: boolean;
  readonly manualLastValue?: boolean;
  readonly noDrop?: boolean;
  readonly onlyFirstSubscribe?: boolean;
  readonly verbosity?: 'allSubs' | 'allSubsUnsubs' | null;
  readonly welcomeMessage?: string;
  readonly handshakeInterval?: number;
  readonly ipv6?: boolean;
  readonly plainServer?: boolean;
  readonly plainUsername?: string;
  readonly plainPassword?: string;
  readonly curveServer?: boolean;
  readonly curvePublicKey?: string;
  readonly curveSecretKey?: string;
  readonly curveServerKey?: string;
  readonly zapDomain?: string;
  readonly zapEnforceDomain?: boolean;
}

/** What our sockets have in common, and what only some of them have. */
export interface OurSocket {
  readonly events: { on(type: (typeof EVENTS)[number], listener: (event: MonitorEvent) => void): unknown };
  readonly lastEndpoint: string | null;
  readonly writable: boolean;
  bind(endpoint: string): Promise<unknown>;
  connect(endpoint: string): void;
  close(options: { linger: number }): Promise<unknown>;
  connectPeer?(endpoint: string): number;
  send?(message: Parts, options: { signal: AbortSignal }): Promise<unknown>;
  trySend?(message: Parts): boolean;
  receive?(options?: { timeout: number }): Promise<readonly Uint8Array[]>;
  tryReceive?(): unknown;
  subscribe?(topic: Part): void;
  unsubscribe?(topic: Part): void;
  join?(...groups: Part[]): void;
  leave?(...groups: Part[]): void;
}

/** The events that tests look at. */
export const EVENTS = [
  'accept',
  'close',
  'connect',
  'connect:retry',
  'connect:stop',
  'disconnect',
  'handshake',
  'handshake:error:auth',
  'handshake:error:other',
  'handshake:error:protocol',
] as const;

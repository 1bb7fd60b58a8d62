/** What dialers and acceptors have in common: what they make engines of, and whom they tell. */
import { AuthenticationError, TransportError, ZmtpError, isErrnoCode, type ErrorCode } from '../errors.ts';
import type { Peer } from '../pipe.ts';
import type { Transport, TransportOptions } from '../transports/transport.ts';
import type { Connection } from '../zmtp/connection.ts';
import type { PeerProfile } from '../zmtp/events.ts';
import type { Clock } from './clock.ts';
import type { SocketCounters } from './counters.ts';
import type { Engine } from './engine.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import type { Conflation, HighWaterMarks, LivePeer, Notices } from './live-peer.ts';
import type { ConnectionNames, Monitor, MonitorEvent, PeerNames } from './monitor.ts';
import type { PeerState } from './peer-state.ts';
import { userIdOf } from './sender.ts';

/** Who is told about peers: a socket's pattern. */
export interface PeerHost {
  attach(peer: Peer): void;
  connected(peer: Peer): void;
  disconnected(peer: Peer): void;
  detach(peer: Peer): void;
  lastHeard?(peer: Peer): void;
}

/** What one endpoint of a socket works with. */
export interface LinkOptions {
  /** As the application gave it: `tcp://localhost:5555`. */
  readonly endpoint: string;
  /** The part behind `://`. */
  readonly address: string;
  readonly transport: Transport;
  readonly transportOptions: TransportOptions;
  readonly clock: Clock;
  readonly monitor: Monitor;
  readonly host: PeerHost;
  /** Looked at for each new peer, so they may change. */
  readonly marks: HighWaterMarks;
  /** What ends the attempts to connect for good. ZMQ_RECONNECT_STOP. */
  readonly reconnectStop?: readonly ('refused' | 'handshakeFailed')[];
  readonly conflation: Conflation;
  /** A peer that is connected to exists only while it is connected. ZMQ_IMMEDIATE. */
  readonly immediate: boolean;
  /** What the peer is called here whatever it calls itself; for an endpoint that is connected to. ZMQ_CONNECT_ROUTING_ID. */
  readonly routingId?: Uint8Array | undefined;
  readonly notices: Notices;
  /** Who is asked which peers may come in. */
  readonly gatekeeper: Gatekeeper;
  /** Handshakes that may be under way at once, of those that were accepted. */
  readonly maxHandshakes: number;
  /** A fresh connection in its first phase. */
  readonly createConnection: (now: number) => Connection;
  /** A number that names one connection or peer of the context. */
  readonly nextId: () => number;
  /** What happens on all links of the socket, in numbers. */
  readonly counters: SocketCounters;
}

/** What ends when it is told to, in its own time. */
export interface Ending {
  /** What is known of each peer, and of those who have not shaken hands yet. */
  states(): PeerState[];
  /**
   * Stops; what is queued for peers is still sent. Resolves with the number of messages that could not be.
   *
   * @param lingerMs - when {@link abort} follows, at the latest; -1: it does not
   */
  close(lingerMs: number): Promise<number>;
  /** Stops at once. The promise of {@link close} resolves as soon as the system has let go. */
  abort(): void;
}

/** One endpoint that was bound or connected. */
export interface Link extends Ending {
  /** It has given up: nothing will come of it any more. */
  readonly over: boolean;
  /** The peers there are at the moment. */
  readonly peers: Iterable<Pick<LivePeer, 'apply'>>;
}

/** An engine as events name it. */
export function namesOf(engine: Engine, address: string): ConnectionNames {
  return { address, connectionId: engine.id, remoteAddress: engine.remoteAddress };
}

/** A peer as events name it. */
export function peerNames(profile: PeerProfile): PeerNames {
  const { version, socketType, routingId } = profile;
  return {
    version: `${String(version.major)}.${String(version.minor)}`,
    socketType,
    routingId,
    userId: userIdOf(profile),
  };
}

/** The end of a connection as events: a failed handshake has one more, which says whose fault it was. */
export function reportEnd(
  engine: Engine,
  address: string,
  error: ZmtpError | undefined,
  { monitor, counters }: Pick<LinkOptions, 'monitor' | 'counters'>,
): void {
  const names = namesOf(engine, address);
  if (!engine.established && error !== undefined) {
    counters.handshakeFailed(error.code);
    monitor(failedHandshake(names, error));
  }
  monitor({ type: 'disconnect', ...names, error });
}

/** A failed handshake as an event that says whose fault it was. */
export function failedHandshake(names: ConnectionNames, error: ZmtpError): MonitorEvent {
  if (error instanceof AuthenticationError) return { type: 'handshake:error:auth', ...names, error };
  const nobodysFault = LIFE_CYCLE.has(error.code) || isErrnoCode(error.code);
  return { type: nobodysFault ? 'handshake:error:other' : 'handshake:error:protocol', ...names, error };
}

/** Nobody broke a rule: the stream, the time or the room was over, or nobody was there to be asked. */
const LIFE_CYCLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_ZMTP_HANDSHAKE_CLOSED',
  'ERR_ZMTP_HANDSHAKE_TIMEOUT',
  'ERR_ZMTP_TOO_MANY_HANDSHAKES',
  'ERR_ZAP_NO_HANDLER',
  'ERR_ZAP_HANDLER_GONE',
]);

/** A transport's error as one of ours. */
export function toZmtpError(cause: Error, address: string): ZmtpError {
  if (cause instanceof ZmtpError) return cause;
  const code = 'code' in cause && isErrnoCode(cause.code) ? cause.code : 'ECONNREFUSED';
  return new TransportError(code, cause.message, { cause, address });
}

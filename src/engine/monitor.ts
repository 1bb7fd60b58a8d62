/**
 * What happens to a socket's endpoints and connections, as events. Names are those of zeromq.js, order is libzmq's; what
 * libzmq does not tell (which connection, which peer, why) is told besides.
 *
 *      connecting   connect:delay, connect, handshake … disconnect, connect:retry …      refused: close, connect:retry
 *      listening    bind, accept, handshake … disconnect … close
 *      both         handshake:error:*, disconnect          a handshake that fails;   end: the socket is closed
 */
import type { AuthenticationError, ZmtpError } from '../errors.ts';

/** A connection, as events name it. */
export interface ConnectionNames {
  /** The endpoint that was bound or connected to. */
  readonly address: string;
  /** The same in all events of one connection, and in no other's of the same context. */
  readonly connectionId: number;
  /** The peer's end of the stream. */
  readonly remoteAddress: string;
}

/** The connection that was lost, where there was one. */
export interface LostNames {
  /** The endpoint that is connected to. */
  readonly address: string;
  /** Undefined when the attempt did not get as far as a connection. */
  readonly connectionId: number | undefined;
  readonly remoteAddress: string | undefined;
}

/** Who the peer is, from its side of the handshake. */
export interface PeerNames {
  /** `3.1`, `3.0`, `2.0` or `1.0`: the version that is spoken. */
  readonly version: string;
  /** Undefined when the peer did not say. */
  readonly socketType: string | undefined;
  /** Empty when it announced none. */
  readonly routingId: Uint8Array;
  /** What whoever let it in knows it by (RFC 27); undefined when nobody was asked, or nobody has said. */
  readonly userId: string | undefined;
}

/** Everything a monitor tells, told apart by `type`. */
export type MonitorEvent =
  /** An attempt to connect has begun. */
  | { readonly type: 'connect:delay'; readonly address: string }
  /** The stream is there; the handshake begins. */
  | ({ readonly type: 'connect' } & ConnectionNames)
  /** The next attempt comes in `interval` milliseconds, because of `error`. */
  | ({ readonly type: 'connect:retry'; readonly interval: number; readonly error: ZmtpError } & LostNames)
  /** There will be no further attempt at this endpoint, because of `error`. */
  | ({ readonly type: 'connect:stop'; readonly error: ZmtpError } & LostNames)
  | { readonly type: 'bind'; readonly address: string }
  | { readonly type: 'bind:error'; readonly address: string; readonly error: ZmtpError }
  | ({ readonly type: 'accept' } & ConnectionNames)
  | { readonly type: 'accept:error'; readonly address: string; readonly error: ZmtpError }
  /** A listener has been closed, or, because of `error`, an attempt to connect. */
  | { readonly type: 'close'; readonly address: string; readonly error: ZmtpError | undefined }
  | { readonly type: 'close:error'; readonly address: string; readonly error: ZmtpError }
  /** Messages can flow. */
  | ({ readonly type: 'handshake'; readonly peer: PeerNames } & ConnectionNames)
  /** Before the handshake was done the stream ended, time or room ran out, or nobody was there to be asked about the peer. */
  | ({ readonly type: 'handshake:error:other'; readonly error: ZmtpError } & ConnectionNames)
  /** The peer broke the protocol, or is of a kind that cannot be talked to; or an answer about it could not be read. */
  | ({ readonly type: 'handshake:error:protocol'; readonly error: ZmtpError } & ConnectionNames)
  /** One side refused the other. */
  | ({ readonly type: 'handshake:error:auth'; readonly error: AuthenticationError } & ConnectionNames)
  /** The connection is over; `error` says why when the peer or the network is to blame. */
  | ({ readonly type: 'disconnect'; readonly error: ZmtpError | undefined } & ConnectionNames)
  /** The last event: the socket is closed. */
  | { readonly type: 'end' };

/** The one of the events that has this type. */
export type MonitorEventOf<T extends MonitorEvent['type']> = Extract<MonitorEvent, { type: T }>;

/** Where events go. */
export type Monitor = (event: MonitorEvent) => void;

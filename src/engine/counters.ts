/**
 * What has passed and what was dropped, in numbers. They are written where lists of messages and chunks of octets move,
 * so no message costs anything to be counted, and whoever wants to know adds up.
 */

import type { ErrorCode } from '../errors.ts';

/** What has passed through a connection, or through all connections of a peer or a socket. */
export interface TrafficCounts {
  /** Whole messages handed to a connection; subscriptions are messages too. */
  readonly messagesSent: number;
  /** Whole messages that connections have brought, received by the application or not yet. */
  readonly messagesReceived: number;
  /** Octets on the wire, with all that ZMTP adds to messages. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** Counts for one peer, or one socket; what counts for the one counts for the other. */
export class Traffic implements TrafficCounts {
  messagesSent = 0;
  messagesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Whole messages that came and that the socket type has no use for; not among those received. */
  messagesDiscarded = 0;
  readonly #whole: Traffic | undefined;

  /** @param whole - what this is a part of */
  constructor(whole?: Traffic) {
    this.#whole = whole;
  }

  sentMessages(count: number): void {
    this.messagesSent += count;
    this.#whole?.sentMessages(count);
  }

  receivedMessages(count: number): void {
    this.messagesReceived += count;
    this.#whole?.receivedMessages(count);
  }

  discardedMessages(count: number): void {
    this.messagesDiscarded += count;
    this.#whole?.discardedMessages(count);
  }

  sentBytes(count: number): void {
    this.bytesSent += count;
    this.#whole?.sentBytes(count);
  }

  receivedBytes(count: number): void {
    this.bytesReceived += count;
    this.#whole?.receivedBytes(count);
  }
}

/** Messages that reached nobody, by the reason. */
export interface Drops {
  /** A peer had no room for it, and the socket type does not wait. */
  highWaterMark: number;
  /** A ROUTER knew no peer of that routing id. */
  noRoute: number;
  /** Queued, or on its way, for a connection that was lost, or an answer to one who had gone. */
  disconnected: number;
  /** Queued when the endpoint or the socket was closed, and not sent in the time that linger allowed. */
  linger: number;
  /** Had come, and was not received before its endpoint was unbound, disconnected or closed. */
  unread: number;
  /** Had come to a SUB or DISH that did not want it. */
  filtered: number;
  /**
   * Had come where the socket type has no use for it: a request without an envelope, a reply that nobody waits for, several
   * parts where there is one.
   */
  unexpected: number;
}

/** Why a message was dropped. */
export type DropReason = keyof Drops;

/** Every reason there is. */
export const DROP_REASONS: readonly DropReason[] = [
  'highWaterMark',
  'noRoute',
  'disconnected',
  'linger',
  'unread',
  'filtered',
  'unexpected',
];

/** What all links of one socket count together. */
export class SocketCounters {
  readonly traffic: Traffic = new Traffic();
  /** What links have dropped. */
  readonly drops: Drops = {
    highWaterMark: 0,
    noRoute: 0,
    disconnected: 0,
    linger: 0,
    unread: 0,
    filtered: 0,
    unexpected: 0,
  };
  /** Handshakes done. */
  connections = 0;
  /** Those that were not the first with their peer. */
  reconnects = 0;
  /** By the code of the error. */
  readonly handshakeFailures: Map<ErrorCode, number> = new Map<ErrorCode, number>();

  /** A handshake is done, with a peer that has had so many by now. */
  connected(connections: number): void {
    this.connections += 1;
    if (connections > 1) this.reconnects += 1;
  }

  handshakeFailed(code: ErrorCode): void {
    this.handshakeFailures.set(code, (this.handshakeFailures.get(code) ?? 0) + 1);
  }
}

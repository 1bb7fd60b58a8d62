/** What SERVER and PEER are: sockets that number their peers, and say with each message by number whom it is for or from. */
import { NoRouteError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { toBody, type MessageLike } from './message-like.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import type { BatchOptions, Received } from './receive-line.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { NumberedPeers } from './routing/numbered-peers.ts';
import { Socket } from './socket.ts';
import type { WaitOptions } from './waiters.ts';

const EMPTY = Buffer.alloc(0);
const ROUTING_ID_MAX = 0xffff_ffff;

/** What a SERVER or PEER receives. */
export type RoutedMessage = readonly [body: Uint8Array, from: { readonly routingId: number }];

/** What it sends, on its way to a pipe. */
export type RoutedOut = readonly [routingId: number, body: Uint8Array];

/** Whom a message is for, and how long to wait for room. */
export interface RouteOptions extends WaitOptions {
  /** As a message of that peer's told it: `from.routingId`. */
  readonly routingId: number;
}

/**
 * RFC 41 and RFC 51: each peer has a number, from the moment this side connects to it or has accepted it, and keeps it
 * through all connections to the same endpoint (with `immediate` each connection is a peer of its own). A message for a
 * number that is nobody's fails, one for a peer without room waits; messages are heard fairly.
 */
export class RoutedPattern implements Pattern<RoutedOut, RoutedMessage> {
  readonly writable = true; // libzmq: for whom is not said
  readonly drops: { unread: number } = { unread: 0 };
  readonly #events: PatternEvents;
  readonly #in: FairQueue;
  readonly #peers: NumberedPeers;

  constructor(events: PatternEvents, random: () => number) {
    this.#events = events;
    this.#in = new FairQueue(events.readable);
    this.#peers = new NumberedPeers(random);
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  /** What the next peer will be called. */
  get upcomingId(): number {
    return this.#peers.upcoming;
  }

  attach(peer: Peer): void {
    this.#peers.add(peer);
    this.#in.add(peer);
    peer.outbound.onRoom = this.#events.writable;
  }

  connected(): void {
    // a peer has its number already
  }

  disconnected(): void {
    // one that this side connects to keeps it: what is sent meanwhile waits
  }

  detach(peer: Peer): void {
    const stayed = this.#peers.remove(peer);
    if (!stayed) this.drops.unread += peer.inbound.clear(); // only now: room in this pipe would let more in
    this.#events.writable(); // who waits for its room is to be told
  }

  trySend([routingId, body]: RoutedOut): boolean {
    const peer = this.#peers.get(routingId);
    if (peer === undefined) throw new NoRouteError(noRoute(routingId));
    return peer.outbound.tryWrite([body]);
  }

  tryReceive(): RoutedMessage | undefined {
    const message = this.#in.tryReceive();
    const peer = this.#in.lastPeer;
    return message === undefined || peer === undefined ? undefined : this.#asRouted(message, peer);
  }

  tryReceiveMany(most: number): RoutedMessage[] {
    return this.#in.tryTakeMany(most, this.#asRouted);
  }

  /**
   * Lets a peer go; what it has said is never heard.
   * @throws NoRouteError
   */
  part(routingId: number): void {
    const peer = this.#peers.get(routingId);
    if (peer === undefined) throw new NoRouteError(noRoute(routingId));
    this.#peers.remove(peer);
    this.#in.remove(peer);
    peer.leave();
    this.#events.writable();
  }

  readonly #asRouted = (message: Message, peer: Peer): RoutedMessage => [
    message[0] ?? EMPTY,
    this.#peers.originOf(peer),
  ];
}

/** A socket that numbers its peers: {@link Server} or {@link Peer}. */
export abstract class RoutedSocket extends Socket<RoutedPattern, RoutedOut, RoutedMessage> {
  /**
   * Queues a message of one part for a peer. Resolves when it is queued, which is at once unless that peer has no room;
   * calls queue in order, so one that waits holds up those behind it, whomever they are for. Octets are not copied: do
   * not change them before they have left.
   *
   * @throws UsageError EINVAL for what cannot be a message of one part, and without a routing id; ClosedError EBADF
   * @throws NoRouteError EHOSTUNREACH when no peer has this routing id; also (as a rejection) when it goes meanwhile
   * @throws TimeoutError (as a rejection) EAGAIN when there was no room in time; the signal's reason
   */
  send(message: MessageLike, options: RouteOptions): Promise<void> {
    return this.sendMessage([routingIdIn(options), toBody(message, this.type)], options);
  }

  /**
   * Queues a message of one part for a peer now or not at all: false when it would have to wait.
   *
   * @throws UsageError EINVAL for what cannot be a message of one part, and without a routing id; ClosedError EBADF
   * @throws NoRouteError EHOSTUNREACH when no peer has this routing id
   */
  trySend(message: MessageLike, options: { readonly routingId: number }): boolean {
    return this.trySendMessage([routingIdIn(options), toBody(message, this.type)]);
  }

  /**
   * The next message, in the order of calls, and where it came from. Its octets are a view of what was read from the
   * network: who keeps few of them for long had better copy them, since they keep up to 64 KiB with them.
   *
   * @throws ClosedError EBADF
   * @throws TimeoutError (as a rejection) EAGAIN when nothing came in time; the signal's reason
   */
  receive(options?: WaitOptions): Promise<RoutedMessage> {
    return this.receivers.receive(options);
  }

  /** The next message if there is one now. */
  tryReceive(): RoutedMessage | undefined {
    return this.receivers.tryReceive();
  }

  /** As {@link receive}, with what the sender's handshake has told: address, metadata and so on. */
  receiveFrom(options?: WaitOptions): Promise<Received<RoutedMessage>> {
    return this.receivers.receiveFrom(options);
  }

  /** As {@link tryReceive}, with what the sender's handshake has told. */
  tryReceiveFrom(): Received<RoutedMessage> | undefined {
    return this.receivers.tryReceiveFrom();
  }

  /**
   * At least one message, and with it what else is there, up to `max`: one promise for many messages.
   *
   * @throws UsageError (as a rejection) EINVAL for a `max` below 1
   */
  receiveBatch(options: BatchOptions = {}): Promise<RoutedMessage[]> {
    return this.receivers.receiveBatch(options);
  }

  /** All messages, one by one, until the socket is closed. Leaving the loop leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RoutedMessage, undefined> {
    return this.iterate();
  }

  /**
   * Ends the connection to a peer, and for good what {@link connect} began; its routing id is unknown at once. What is
   * queued for it still leaves; what came from it and was not received is dropped. ZMQ's `zmq_disconnect_peer`, which
   * keeps the connection open and deaf instead.
   *
   * @throws NoRouteError EHOSTUNREACH when no peer has this routing id; UsageError EINVAL for what is none
   */
  disconnectPeer(routingId: number): void {
    this.checkOpen();
    this.pattern.part(checkRoutingId(routingId));
  }
}

function routingIdIn(options: unknown): number {
  if (typeof options === 'object' && options !== null && 'routingId' in options) {
    return checkRoutingId(options.routingId);
  }
  throw new UsageError('EINVAL', 'no routingId was given, expected that of the peer the message is for');
}

function checkRoutingId(id: unknown): number {
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= ROUTING_ID_MAX) return id;
  const what = typeof id === 'number' ? String(id) : `of type ${typeof id}`;
  throw new UsageError('EINVAL', `routingId ${what}, expected a number of 32 bits`);
}

function noRoute(routingId: number): string {
  return `no peer has the routing id ${String(routingId)}`;
}

import { NoRouteError, ProtocolError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import {
  RECEIVING,
  SENDING,
  type IdentityOptions,
  type ReceiveOptions,
  type RouterOnlyOptions,
  type SendOptions,
} from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { RoutingTable } from './routing/routing-table.ts';

/** What a ROUTER can be told about routes. */
export interface RouterSettings {
  readonly mandatory: boolean;
  readonly handover: boolean;
  /** For the first of the ids given to peers that have none. */
  readonly random: () => number;
}

/**
 * RFC 28: a ROUTER puts the sender's routing id in front of what it receives, and takes the first part of what it sends
 * as the id of the receiver. A peer that announces no identity gets an id of five octets: zero, which no announced one
 * begins with, and a counter.
 *
 * An id that a live peer holds is not given twice: the newcomer is refused, with an event, and may try again (libzmq
 * keeps it connected and deaf for ever); with `handover` the old connection is ended instead.
 */
export class RouterPattern implements Pattern {
  readonly #events: PatternEvents;
  readonly #settings: RouterSettings;
  readonly #in: FairQueue;
  readonly #routes: RoutingTable;
  readonly #ids = new WeakMap<Peer, Uint8Array>(); // also of peers that have gone, whose messages are still here
  #lastId: number;

  constructor(events: PatternEvents, settings: RouterSettings) {
    this.#events = events;
    this.#settings = settings;
    this.#in = new FairQueue(events.readable);
    this.#routes = new RoutingTable(settings.random);
    this.#lastId = Math.floor(settings.random() * 0x1_0000_0000);
  }

  get writable(): boolean {
    return !this.#settings.mandatory || this.#routes.some(peer => peer.outbound.hasRoom);
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
    if (this.#settings.mandatory) peer.outbound.onRoom = this.#events.writable;
  }

  connected(peer: Peer): void {
    const id = peer.routingId.length > 0 ? peer.routingId : (this.#routes.idOf(peer) ?? this.#nextId());
    const holder = this.#routes.get(id);
    if (holder !== undefined && holder !== peer) {
      const loser = this.#settings.handover ? holder : peer;
      this.#routes.delete(loser);
      loser.refuse(new ProtocolError('ERR_ZMTP_ROUTING_ID_TAKEN', 'another peer has this routing id'));
      if (loser === peer) return;
    }
    this.#routes.set(id, peer);
    this.#ids.set(peer, id);
    if (this.#settings.mandatory) this.#events.writable();
  }

  disconnected(): void {
    // a peer we connect to keeps its route: what is sent meanwhile waits for it
  }

  detach(peer: Peer): void {
    this.#routes.delete(peer);
  }

  trySend(message: Message): boolean {
    const [id, ...parts] = message;
    if (id === undefined || parts.length === 0) {
      throw new UsageError('EINVAL', 'message of 1 part, a ROUTER sends a routing id and at least one more');
    }
    const peer = this.#routes.get(id);
    if (peer === undefined) {
      if (this.#settings.mandatory) throw new NoRouteError('no peer has this routing id');
      return true;
    }
    return peer.outbound.tryWrite(parts) || !this.#settings.mandatory;
  }

  tryReceive(): Message | undefined {
    const message = this.#in.tryReceive();
    const id = this.#in.lastPeer && this.#ids.get(this.#in.lastPeer);
    return message === undefined || id === undefined ? undefined : [id, ...message];
  }

  #nextId(): Uint8Array {
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = Buffer.alloc(5);
    id.writeUInt32BE(this.#lastId, 1);
    return id;
  }
}

/**
 * Talks to any number of REQ, DEALER or ROUTER peers by their routing ids.
 *
 * @example
 * ```ts
 * const router = new Router();
 * await router.bind('tcp://127.0.0.1:5555');
 * for await (const [id, ...message] of router) await router.send([id, ...message]); // an echo
 * ```
 */
export class Router extends DuplexSocket<RouterPattern> {
  constructor(options: SendOptions & ReceiveOptions & IdentityOptions & RouterOnlyOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, 'routingId', 'mandatory', 'handover'] as const;
    super(
      {
        type: 'ROUTER',
        ownOptions,
        pattern: (events, { mandatory, handover }, { random }) =>
          new RouterPattern(events, { mandatory, handover, random }),
      },
      options,
    );
  }
}

import { NoRouteError, ProtocolError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { connectRoutingId, IDENTITY, RECEIVING, SENDING } from './option-table.ts';
import type {
  ConnectOptions,
  DisconnectOptions,
  HelloOptions,
  IdentityOptions,
  ReceiveOptions,
  RouterOnlyOptions,
  SendOptions,
} from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { GeneratedIds } from './routing/generated-ids.ts';
import { RoutingTable } from './routing/routing-table.ts';

/** What a ROUTER can be told about routes; looked at whenever it matters. */
export interface RouterSettings {
  readonly mandatory: boolean;
  readonly handover: boolean;
}

/** What a peer is called, and how many of the messages in its pipe came under other names. */
interface Names {
  readonly id: Uint8Array;
  readonly earlier: { readonly id: Uint8Array; messages: number }[]; // oldest first
}

/**
 * RFC 28: a ROUTER puts the sender's routing id in front of what it receives, and takes the first part of what it sends
 * as the id of the receiver. A peer that announces no identity gets an id of five octets: zero, which no announced one
 * begins with, and a counter.
 *
 * An id that a live peer holds is not given twice: the newcomer is refused, with an event, and may try again (libzmq
 * keeps it connected and deaf for ever). With `handover` the newcomer gets the id, and the old connection is ended, with
 * an event too: what has come from it can still be received, what waits for it is dropped (libzmq leaves it open and
 * deaf, sends what waits and drops what has come).
 *
 * Where this side connects, another peer may be there after a reconnect, with another id (libzmq goes on calling it by
 * the first one). It hears nothing that was meant for its predecessor.
 */
export class RouterPattern implements Pattern {
  readonly drops: { disconnected: number; noRoute: number } = { disconnected: 0, noRoute: 0 };
  readonly #events: PatternEvents;
  readonly #settings: RouterSettings;
  readonly #in: FairQueue;
  readonly #routes: RoutingTable;
  readonly #ids: GeneratedIds;
  readonly #names = new WeakMap<Peer, Names>(); // also of peers that have gone, whose messages are still here

  /** @param random - for the first of the ids given to peers that have none */
  constructor(events: PatternEvents, settings: RouterSettings, random: () => number) {
    this.#events = events;
    this.#settings = settings;
    this.#in = new FairQueue(events.readable);
    this.#routes = new RoutingTable(random);
    this.#ids = new GeneratedIds(random);
  }

  get writable(): boolean {
    return !this.#settings.mandatory || this.#routes.some(peer => peer.outbound.hasRoom);
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  /** Whether a peer is known by this id. */
  knows(id: Uint8Array): boolean {
    return this.#routes.get(id) !== undefined;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
    peer.outbound.onRoom = this.#events.writable;
    // one that was named when it was connected to can be sent to before it is there
    if (peer.routingId.length > 0 && !this.knows(peer.routingId)) this.#routes.set(peer.routingId, peer);
  }

  connected(peer: Peer): void {
    const known = this.#names.get(peer)?.id;
    const id = peer.routingId.length > 0 ? peer.routingId : known?.[0] === 0 ? known : this.#ids.next();
    const holder = this.#routes.get(id);
    if (holder !== undefined && holder !== peer) {
      const loser = this.#settings.handover ? holder : peer;
      this.#routes.delete(loser);
      loser.refuse(new ProtocolError('ERR_ZMTP_ROUTING_ID_TAKEN', 'another peer has this routing id'));
      if (loser === peer) return;
    }
    this.#routes.set(id, peer);
    this.#name(peer, id);
    this.#events.writable();
  }

  disconnected(): void {
    // a peer we connect to keeps its route: what is sent meanwhile waits for it
  }

  detach(peer: Peer): void {
    this.#routes.delete(peer);
    this.#events.writable(); // who waits for its room is to be told
  }

  trySend(message: Message): boolean {
    const [id, ...parts] = message;
    if (id === undefined || parts.length === 0) {
      throw new UsageError('EINVAL', 'message of 1 part, a ROUTER sends a routing id and at least one more');
    }
    const peer = this.#routes.get(id);
    if (peer === undefined) {
      if (this.#settings.mandatory) throw new NoRouteError('no peer has this routing id');
      this.drops.noRoute += 1;
      return true;
    }
    if (this.#settings.mandatory) return peer.outbound.tryWrite(parts);
    peer.outbound.offer(parts);
    return true;
  }

  tryReceive(): Message | undefined {
    const message = this.#in.tryReceive();
    const peer = this.#in.lastPeer;
    if (message === undefined || peer === undefined) return undefined;
    const names = this.#names.get(peer);
    return names === undefined ? undefined : [oldestName(names), ...message];
  }

  #name(peer: Peer, id: Uint8Array): void {
    const names = this.#names.get(peer);
    if (names !== undefined && Buffer.compare(names.id, id) === 0) return;
    const earlier = names?.earlier ?? [];
    this.#names.set(peer, { id, earlier });
    if (names === undefined) return;
    // somebody else is in its place: what it said stays its own, what was meant for it is dropped
    const counted = earlier.reduce((sum, { messages }) => sum + messages, 0);
    if (peer.inbound.size > counted) earlier.push({ id: names.id, messages: peer.inbound.size - counted });
    this.drops.disconnected += peer.outbound.clear();
  }
}

/** The name under which the oldest message of a pipe, which has just been read, came. */
function oldestName({ id, earlier }: Names): Uint8Array {
  const [oldest] = earlier;
  if (oldest === undefined) return id;
  oldest.messages -= 1;
  if (oldest.messages === 0) earlier.shift();
  return oldest.id;
}

/** What a {@link Router} can be told. */
export type RouterOptions = SendOptions &
  ReceiveOptions &
  IdentityOptions &
  HelloOptions &
  RouterOnlyOptions &
  DisconnectOptions;

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
  constructor(options: RouterOptions = {}) {
    const ownOptions = [
      ...SENDING,
      ...RECEIVING,
      ...IDENTITY,
      'helloMessage',
      'mandatory',
      'handover',
      'notifyConnect',
      'notifyDisconnect',
      'disconnectMessage',
    ] as const;
    super(
      {
        type: 'ROUTER',
        ownOptions,
        pattern: (events, live, { random }) => new RouterPattern(events, live, random),
      },
      options,
    );
  }

  /**
   * Connects as every socket does. With `routingId` the peer can be sent to at once, under that id: what is sent before
   * there is a connection waits for it (unless the socket is `immediate`, which knows nobody without a connection).
   *
   * @throws UsageError EINVAL for a malformed endpoint or id, EPROTONOSUPPORT for an unknown transport,
   * ERR_ZMTP_ROUTING_ID_TAKEN for an id that a peer has already
   */
  override connect(endpoint: string, options: ConnectOptions = {}): void {
    const id = connectRoutingId(options);
    if (id !== undefined && this.pattern.knows(id)) {
      throw new UsageError('ERR_ZMTP_ROUTING_ID_TAKEN', 'another peer has this routing id', { address: endpoint });
    }
    this.connectAs(endpoint, id);
  }
}

import { NoRouteError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { connectRoutingId, RECEIVING, SENDING } from './option-table.ts';
import type { ConnectOptions, ReceiveOptions, SendOptions, StreamOnlyOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { GeneratedIds } from './routing/generated-ids.ts';
import { RoutingTable } from './routing/routing-table.ts';

const EMPTY = Buffer.alloc(0);
/** A connection has begun, or ended. */
const NOTICE: Message = [EMPTY];

/** What a STREAM can be told about connections. */
export interface StreamSettings {
  readonly notify: boolean;
}

/** What is known of a peer, for as long as anything of it may be received. */
interface Known {
  readonly id: Uint8Array;
  /** As it was set when the peer came. */
  readonly notify: boolean;
}

/**
 * ZMQ_STREAM of libzmq, which no RFC describes: octets of any protocol, with the connection's routing id in front.
 *
 *      received   [id, empty]   [id, octets] …   [id, empty]       the connection has begun … and ended
 *      sent                     [id, octets] …   [id, empty]       close it, when all before has left
 *
 * An id is given when a peer is accepted or connected to, and is that of the endpoint when it is connected to again: what
 * is sent meanwhile waits. A connection that we close gives no notice and forgets what it has brought. A peer that closes
 * its direction has gone: what it has not been sent by then is lost.
 *
 * Where libzmq answers EAGAIN for a connection that is being closed, the id is unknown at once. It loses the notice of a
 * connection that it will not try to make again; here each that has begun ends with one.
 */
export class StreamPattern implements Pattern {
  readonly writable = true; // libzmq: to whom is not said
  readonly #events: PatternEvents;
  readonly #settings: StreamSettings;
  readonly #in: FairQueue;
  readonly #routes: RoutingTable;
  readonly #ids: GeneratedIds;
  readonly #known = new WeakMap<Peer, Known>(); // also peers that have gone, whose messages are still here

  constructor(events: PatternEvents, settings: StreamSettings, random: () => number) {
    this.#events = events;
    this.#settings = settings;
    this.#in = new FairQueue(events.readable);
    this.#routes = new RoutingTable(random);
    this.#ids = new GeneratedIds(random);
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  /** Whether a connection goes by this id. */
  has(id: Uint8Array): boolean {
    return this.#routes.get(id) !== undefined;
  }

  attach(peer: Peer): void {
    const id = peer.routingId.length > 0 ? Buffer.from(peer.routingId) : this.#freeId();
    this.#known.set(peer, { id, notify: this.#settings.notify });
    this.#routes.set(id, peer);
    this.#in.add(peer);
    peer.outbound.onRoom = this.#events.writable;
  }

  connected(peer: Peer): void {
    this.#note(peer);
  }

  disconnected(): void {
    // not all that it has brought may be in the pipe yet
  }

  lastHeard(peer: Peer): void {
    this.#note(peer);
  }

  detach(peer: Peer): void {
    this.#routes.delete(peer);
    this.#events.writable(); // who waits for its room is to be told
  }

  trySend(message: Message): boolean {
    const [id, octets] = message;
    if (id === undefined || octets === undefined || message.length > 2) {
      const parts = `${String(message.length)} part${message.length === 1 ? '' : 's'}`;
      throw new UsageError('EINVAL', `message of ${parts}, a STREAM sends a routing id and octets`);
    }
    const peer = this.#routes.get(id);
    if (peer === undefined) throw new NoRouteError('no connection has this routing id');
    if (octets.length > 0) return peer.outbound.tryWrite([octets]);
    this.#close(peer);
    return true;
  }

  tryReceive(): Message | undefined {
    const message = this.#in.tryReceive();
    const peer = this.#in.lastPeer;
    if (message === undefined || peer === undefined) return undefined;
    const known = this.#known.get(peer);
    return known === undefined ? undefined : [known.id, message[0] ?? EMPTY];
  }

  /** A notice is taken whatever the mark says: a connection has two, and does not begin again before its end is read. */
  #note(peer: Peer): void {
    if (this.#known.get(peer)?.notify === true) peer.inbound.write(NOTICE);
  }

  #close(peer: Peer): void {
    this.#routes.delete(peer);
    this.#known.delete(peer);
    peer.inbound.clear();
    peer.leave();
  }

  #freeId(): Uint8Array {
    let id = this.#ids.next();
    while (this.has(id)) id = this.#ids.next();
    return id;
  }
}

/** What a {@link Stream} can be told. */
export type StreamOptions = SendOptions & ReceiveOptions & StreamOnlyOptions;

/**
 * Talks to anybody over TCP, whatever they speak: messages are `[routing id, octets]`.
 *
 * Empty octets that are received say that the connection has begun or, when it had, that it has ended (see `notify`); empty
 * octets that are sent close it when all before has left. Octets come as they were read, up to 64 KiB at a time, so one
 * peer may have up to `receiveHighWaterMark` times as much waiting here. `heartbeatInterval`, `handshakeInterval` and
 * `maxMessageSize` have no meaning without a protocol.
 *
 * @example
 * ```ts
 * const stream = new Stream();
 * await stream.bind('tcp://127.0.0.1:7777');
 * for await (const [id, octets] of stream) if (octets?.length) await stream.send([id, octets]); // an echo
 * ```
 */
export class Stream extends DuplexSocket<StreamPattern> {
  constructor(options: StreamOptions = {}) {
    super(
      {
        type: 'STREAM',
        ownOptions: [...SENDING, ...RECEIVING, 'notify'],
        pattern: (events, settings, { random }) => new StreamPattern(events, settings, random),
      },
      options,
    );
  }

  /**
   * Connects as every socket does. Without a `routingId` the id is learnt from the notice; with one it can be sent to at
   * once, and what is sent waits for the connection.
   *
   * @throws UsageError EINVAL for a malformed endpoint or id, EPROTONOSUPPORT for an unknown transport,
   * ERR_ZMTP_ROUTING_ID_TAKEN for an id that another connection has
   */
  override connect(endpoint: string, options: ConnectOptions = {}): void {
    const id = connectRoutingId(options);
    if (id !== undefined && this.pattern.has(id)) {
      throw new UsageError('ERR_ZMTP_ROUTING_ID_TAKEN', 'another connection has this routing id', {
        address: endpoint,
      });
    }
    this.connectAs(endpoint, id);
  }
}

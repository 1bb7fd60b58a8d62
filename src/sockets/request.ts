import { ProtocolError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { IDENTITY, RECEIVING, SENDING } from './option-table.ts';
import type { IdentityOptions, ReceiveOptions, RequestOnlyOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { LoadBalancer } from './routing/load-balancer.ts';

const DELIMITER = new Uint8Array(0);
const REQUEST_ID_LENGTH = 4;

/** What a REQ can be told; looked at whenever it matters. */
export interface RequestSettings {
  readonly correlate: boolean;
  readonly relaxed: boolean;
}

/** A request whose reply has not been received. */
interface Outstanding {
  /** Whom it was sent to; undefined when that peer has gone for good. */
  peer: Peer | undefined;
  /** What must stand in front of the reply's delimiter, if anything. */
  readonly id: Uint8Array | undefined;
}

/**
 * RFC 28: a REQ sends a request to one peer in turn, then waits for that peer's reply, then may send again.
 *
 *      on the wire      |      (empty) | request …         |      (empty) | reply …
 *      with correlate   | id | (empty) | request …         | id | (empty) | reply …        four octets, a counter
 *
 * If the asked peer goes away for good, the reply may come from anybody, that is, for want of another request, from
 * nobody: `receive()` then waits as long as it was told to, as in libzmq. With `relaxed` a new request may be sent
 * meanwhile; then only its reply counts. That of an earlier one is told apart by whom it comes from, and with
 * `correlate` by its id.
 *
 * A peer that sends what cannot be a reply to anybody is refused. Whether a REQ correlates or not, it lets pass both
 * forms, since a reply may answer what was asked before the option was set.
 */
export class RequestPattern implements Pattern {
  readonly drops: { unexpected: number } = { unexpected: 0 };
  readonly #settings: RequestSettings;
  readonly #out: LoadBalancer;
  readonly #in: FairQueue;
  #outstanding: Outstanding | undefined;
  #lastId: number;

  /** @param random - for the first of the ids that requests are given */
  constructor(events: PatternEvents, settings: RequestSettings, random: () => number) {
    this.#settings = settings;
    this.#out = new LoadBalancer(events.writable);
    this.#in = new FairQueue(events.readable);
    this.#lastId = Math.floor(random() * 0x1_0000_0000);
  }

  get writable(): boolean {
    return (this.#outstanding === undefined || this.#settings.relaxed) && this.#out.hasRoom;
  }

  get readable(): boolean {
    return this.#outstanding !== undefined && this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#out.add(peer);
    this.#in.add(peer);
  }

  connected(): void {
    // a request that waits goes out with any connection
  }

  disconnected(): void {
    // a late reply may still come with the next one
  }

  detach(peer: Peer): void {
    this.#out.remove(peer);
    if (this.#outstanding?.peer === peer) this.#outstanding.peer = undefined;
  }

  trySend(message: Message): boolean {
    if (this.#outstanding !== undefined && !this.#settings.relaxed) {
      throw new UsageError('EFSM', 'a REQ must receive the reply before it sends again');
    }
    if (!this.#out.hasRoom) return false;
    while (this.#nextReply() !== undefined) this.drops.unexpected += 1; // whatever came unasked
    const id = this.#settings.correlate ? this.#nextId() : undefined;
    this.#out.trySend(id === undefined ? [DELIMITER, ...message] : [id, DELIMITER, ...message]);
    this.#outstanding = { peer: this.#out.lastPeer, id };
    return true;
  }

  tryReceive(): Message | undefined {
    const outstanding = this.#outstanding;
    if (outstanding === undefined) throw new UsageError('EFSM', 'a REQ must send a request before it receives');
    for (let reply = this.#nextReply(); reply !== undefined; reply = this.#nextReply()) {
      const envelope = envelopeLength(reply);
      if (this.#answers(outstanding, reply, envelope)) {
        this.#outstanding = undefined;
        return reply.slice(envelope);
      }
      this.drops.unexpected += 1;
    }
    return undefined;
  }

  #answers({ peer, id }: Outstanding, reply: Message, envelope: number): boolean {
    if (peer !== undefined && this.#in.lastPeer !== peer) return false;
    return id === undefined ? envelope === 1 : same(id, reply[0]);
  }

  /** The next message that can be a reply to somebody. */
  #nextReply(): Message | undefined {
    for (let reply = this.#in.tryReceive(); reply !== undefined; reply = this.#in.tryReceive()) {
      if (envelopeLength(reply) > 0) return reply;
      this.drops.unexpected += 1;
      this.#in.lastPeer?.refuse(malformed(reply));
    }
    return undefined;
  }

  #nextId(): Uint8Array {
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = Buffer.alloc(REQUEST_ID_LENGTH);
    id.writeUInt32LE(this.#lastId);
    return id;
  }
}

/** How many parts stand in front of the reply's own, of which there is at least one; 0: it is malformed. */
function envelopeLength(reply: Message): 0 | 1 | 2 {
  if (reply.length >= 2 && reply[0]?.length === 0) return 1;
  return reply.length >= 3 && reply[0]?.length === REQUEST_ID_LENGTH && reply[1]?.length === 0 ? 2 : 0;
}

function same(id: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && id.every((octet, i) => octet === other[i]); // the other is as long, or empty
}

function malformed(reply: Message): ProtocolError {
  const what = `reply of ${String(reply.length)} parts without an empty delimiter in front`;
  return new ProtocolError('ERR_ZMTP_MALFORMED_REPLY', what);
}

/**
 * Asks REP or ROUTER peers in turn: send, receive, send, receive.
 *
 * @example
 * ```ts
 * const request = new Request();
 * request.connect('tcp://127.0.0.1:5555');
 * await request.send('how are you?');
 * const [answer] = await request.receive({ timeout: 1000 });
 * ```
 */
export class Request extends DuplexSocket<RequestPattern> {
  constructor(options: SendOptions & ReceiveOptions & IdentityOptions & RequestOnlyOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, ...IDENTITY, 'correlate', 'relaxed'] as const;
    super(
      { type: 'REQ', ownOptions, pattern: (events, live, { random }) => new RequestPattern(events, live, random) },
      options,
    );
  }
}

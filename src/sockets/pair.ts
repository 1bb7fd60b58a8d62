import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { RECEIVING, SENDING } from './option-table.ts';
import type { ReceiveOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { Exclusive } from './routing/exclusive.ts';

/**
 * RFC 31 and RFC 52: a PAIR, or a CHANNEL, talks to one peer, both ways. A second one is refused, with an event; libzmq keeps it connected and
 * mute for ever instead.
 */
export class PairPattern implements Pattern {
  readonly #peer: Exclusive;

  /** @param type - what the socket is called where a peer is refused */
  constructor(events: PatternEvents, type = 'PAIR') {
    this.#peer = new Exclusive(events, type);
  }

  get writable(): boolean {
    return this.#peer.hasRoom;
  }

  get readable(): boolean {
    return this.#peer.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#peer.lastPeer;
  }

  attach(peer: Peer): void {
    this.#peer.attach(peer);
  }

  connected(peer: Peer): void {
    this.#peer.connected(peer);
  }

  disconnected(peer: Peer): void {
    this.#peer.disconnected(peer);
  }

  detach(peer: Peer): void {
    this.#peer.detach(peer);
  }

  trySend(message: Message): boolean {
    return this.#peer.trySend(message);
  }

  tryReceive(): Message | undefined {
    return this.#peer.tryReceive();
  }
}

/** Talks to exactly one other PAIR. */
export class Pair extends DuplexSocket<PairPattern> {
  constructor(options: SendOptions & ReceiveOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING];
    super({ type: 'PAIR', ownOptions, pattern: events => new PairPattern(events) }, options);
  }
}

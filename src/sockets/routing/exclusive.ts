/** One peer at a time (RFC 31): the first that comes, until it goes. Whoever comes meanwhile is turned away. */
import { ProtocolError } from '../../errors.ts';
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import type { PatternEvents } from '../pattern.ts';
import { FairQueue } from './fair-queue.ts';

/** The single peer of a PAIR or CHANNEL. */
export class Exclusive {
  readonly #events: PatternEvents;
  readonly #type: string;
  readonly #in: FairQueue; // what a peer sent before it went can still be received
  readonly #waiting = new Set<Peer>(); // peers we connect to while another is served
  #peer: Peer | undefined;

  constructor(events: PatternEvents, type: string) {
    this.#events = events;
    this.#type = type;
    this.#in = new FairQueue(events.readable);
  }

  get hasMessage(): boolean {
    return this.#in.hasMessage;
  }

  /** Whom the last message came from. */
  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  get hasRoom(): boolean {
    return this.#peer?.outbound.hasRoom === true;
  }

  attach(peer: Peer): void {
    if (this.#peer === undefined) this.#serve(peer);
    else this.#waiting.add(peer);
  }

  /** A peer that comes too late is refused with ERR_ZMTP_PAIR_TAKEN. */
  connected(peer: Peer): void {
    if (this.#peer === peer) return;
    this.#waiting.delete(peer); // refused, it is on its way out and must not be served when the other goes first
    if (this.#peer === undefined) this.#serve(peer);
    else peer.refuse(new ProtocolError('ERR_ZMTP_PAIR_TAKEN', `this ${this.#type} already has a peer`));
  }

  /** One that was refused may be the one when it is connected again. */
  disconnected(peer: Peer): void {
    if (this.#peer !== peer) this.#waiting.add(peer);
  }

  detach(peer: Peer): void {
    this.#waiting.delete(peer);
    if (this.#peer !== peer) {
      peer.inbound.clear(); // nobody would ever hear it
      return;
    }
    peer.outbound.onRoom = ignore;
    this.#peer = undefined;
    const [next] = this.#waiting;
    if (next !== undefined) this.#serve(next);
  }

  trySend(message: Message): boolean {
    return this.#peer?.outbound.tryWrite(message) === true;
  }

  tryReceive(): Message | undefined {
    return this.#in.tryReceive();
  }

  #serve(peer: Peer): void {
    this.#peer = peer;
    this.#in.add(peer);
    peer.outbound.onRoom = this.#events.writable;
    this.#events.writable();
  }
}

function ignore(): void {
  // the peer has gone
}

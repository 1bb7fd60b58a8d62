/**
 * Peers by numbers that their socket gives them, as SERVER and PEER do (RFC 41, RFC 51): 32 bits, never zero, beginning
 * anywhere and then one after the other. A number is somebody's for as long as the peer is attached; nothing of it is on
 * the wire.
 */
import type { Peer } from '../../pipe.ts';

const NUMBERS = 0x1_0000_0000;

/** Where a message came from. One and the same for all messages of a peer, and nobody can change it. */
export interface Origin {
  /** The number that the socket has given the peer. */
  readonly routingId: number;
}

const NOBODY: Origin = Object.freeze({ routingId: 0 });

/** A map from routing ids to peers, which makes the ids. */
export class NumberedPeers {
  readonly #peers = new Map<number, Peer>();
  readonly #origins = new WeakMap<Peer, Origin>(); // also of peers that have gone, whose messages are still here
  #last: number;

  /** @param random - for the first id */
  constructor(random: () => number) {
    this.#last = Math.floor(random() * NUMBERS);
  }

  /** What the next peer will be called. */
  get upcoming(): number {
    let id = this.#last;
    do id = (id + 1) % NUMBERS;
    while (id === 0 || this.#peers.has(id));
    return id;
  }

  get(id: number): Peer | undefined {
    return this.#peers.get(id);
  }

  /** Gives a peer its number, for good. */
  add(peer: Peer): void {
    const routingId = (this.#last = this.upcoming);
    this.#peers.set(routingId, peer);
    this.#origins.set(peer, Object.freeze({ routingId }));
  }

  /** The number leads nowhere any more; what the peer has sent still bears it. */
  remove(peer: Peer): void {
    const id = this.#origins.get(peer)?.routingId;
    if (id !== undefined && this.#peers.get(id) === peer) this.#peers.delete(id);
  }

  /** Where messages of a peer come from that was added, whether it is still there or not; 0 stands for any other. */
  originOf(peer: Peer): Origin {
    return this.#origins.get(peer) ?? NOBODY;
  }
}

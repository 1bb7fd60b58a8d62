/**
 * Peers by numbers that their socket gives them, as SERVER and PEER do (RFC 41, RFC 51): 32 bits, never zero, beginning
 * anywhere and then one after the other. A number is somebody's for as long as the peer is attached; nothing of it is on
 * the wire.
 */
import type { Peer } from '../../pipe.ts';

const LARGEST = 0xffff_ffff;

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
  readonly #largest: number;
  #last: number;

  /**
   * @param random - for the first id
   * @param largest - id; there must never be as many peers
   */
  constructor(random: () => number, largest: number = LARGEST) {
    this.#largest = largest;
    this.#last = Math.floor(random() * (largest + 1));
  }

  /** What the next peer will be called. */
  get upcoming(): number {
    let id = this.#last;
    do id = id === this.#largest ? 1 : id + 1;
    while (this.#peers.has(id));
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

  /** The number leads nowhere any more; what the peer has sent still bears it. False: it did not before. */
  remove(peer: Peer): boolean {
    const { routingId } = this.originOf(peer);
    return this.#peers.get(routingId) === peer && this.#peers.delete(routingId);
  }

  /** Where messages of a peer come from that was added, whether it is still there or not; 0 stands for any other. */
  originOf(peer: Peer): Origin {
    return this.#origins.get(peer) ?? NOBODY;
  }
}

/**
 * Outgoing messages to several peers in turn. A peer whose pipe is mute leaves the ring until it has room again, so the
 * cost of a message does not grow with the number of peers that cannot take it.
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import { Turns } from './turns.ts';

/** Round robin over outbound pipes (RFC 28 and 30: "SHALL send outgoing messages … using a round-robin strategy"). */
export class LoadBalancer {
  /** Who got the last message. */
  lastPeer: Peer | undefined;

  readonly #writable: () => void;
  readonly #turns = new Turns(); // each had room when it was last looked at
  readonly #mute = new Set<Peer>(); // all others

  /** @param writable - told when a peer comes that has room, or gets room again */
  constructor(writable: () => void) {
    this.#writable = writable;
  }

  add(peer: Peer): void {
    const activate = (): void => {
      if (!this.#mute.delete(peer)) return;
      this.#turns.add(peer);
      this.#writable();
    };
    this.#mute.add(peer);
    peer.outbound.onRoom = activate;
    if (peer.outbound.hasRoom) activate();
  }

  remove(peer: Peer): void {
    peer.outbound.onRoom = ignore;
    if (!this.#mute.delete(peer)) this.#turns.remove(peer);
    if (this.lastPeer === peer) this.lastPeer = undefined;
  }

  /** Whether some peer has room. */
  get hasRoom(): boolean {
    return this.#next() !== undefined;
  }

  /** False: no peer has room. */
  trySend(message: Message): boolean {
    const peer = this.#next();
    if (peer === undefined) return false;
    peer.outbound.write(message);
    this.lastPeer = peer;
    if (peer.outbound.hasRoom) this.#turns.advance();
    else this.#leave(peer);
    return true;
  }

  /** Whose turn it is; whose mark was lowered meanwhile may have no room. */
  #next(): Peer | undefined {
    let peer = this.#turns.current;
    while (peer?.outbound.hasRoom === false) {
      this.#leave(peer);
      peer = this.#turns.current;
    }
    return peer;
  }

  #leave(peer: Peer): void {
    this.#mute.add(peer);
    this.#turns.leave();
  }
}

function ignore(): void {
  // this peer's room is of no interest any more
}

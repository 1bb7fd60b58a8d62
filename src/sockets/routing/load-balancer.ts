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
  readonly #turns = new Turns(); // each has room

  /** @param writable - told when a peer comes that has room, or gets room again */
  constructor(writable: () => void) {
    this.#writable = writable;
  }

  add(peer: Peer): void {
    const activate = (): void => {
      this.#turns.add(peer);
      this.#writable();
    };
    peer.outbound.onRoom = activate;
    if (peer.outbound.hasRoom) activate();
  }

  remove(peer: Peer): void {
    peer.outbound.onRoom = ignore;
    this.#turns.remove(peer);
    if (this.lastPeer === peer) this.lastPeer = undefined;
  }

  /** Whether some peer has room. */
  get hasRoom(): boolean {
    return this.#turns.current !== undefined;
  }

  /** False: no peer has room. */
  trySend(message: Message): boolean {
    const peer = this.#turns.current;
    if (peer === undefined) return false;
    peer.outbound.write(message); // whoever is in the ring has room
    this.lastPeer = peer;
    if (peer.outbound.hasRoom) this.#turns.advance();
    else this.#turns.leave();
    return true;
  }
}

function ignore(): void {
  // this peer's room is of no interest any more
}

/**
 * Outgoing messages to several peers in turn. A peer whose pipe is mute leaves the ring until it has room again, so the
 * cost of a message does not grow with the number of peers that cannot take it.
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';

/** Round robin over outbound pipes (RFC 28 and 30: "SHALL send outgoing messages … using a round-robin strategy"). */
export class LoadBalancer {
  /** Who got the last message. */
  lastPeer: Peer | undefined;

  readonly #writable: () => void;
  readonly #active: Peer[] = [];
  #current = 0;

  /** @param writable - told when a peer comes that has room, or gets room again */
  constructor(writable: () => void) {
    this.#writable = writable;
  }

  add(peer: Peer): void {
    const activate = (): void => {
      this.#active.push(peer);
      this.#writable();
    };
    peer.outbound.onRoom = activate;
    if (peer.outbound.hasRoom) activate();
  }

  remove(peer: Peer): void {
    peer.outbound.onRoom = ignore;
    const index = this.#active.indexOf(peer);
    if (index >= 0) this.#leave(index);
    if (this.lastPeer === peer) this.lastPeer = undefined;
  }

  /** Whether some peer has room. */
  get hasRoom(): boolean {
    return this.#active.length > 0;
  }

  /** False: no peer has room. */
  trySend(message: Message): boolean {
    const active = this.#active;
    if (this.#current >= active.length) this.#current = 0;
    const peer = active[this.#current];
    if (peer === undefined) return false;
    const pipe = peer.outbound;
    pipe.write(message); // whoever is in the ring has room
    this.lastPeer = peer;
    if (pipe.hasRoom) this.#current += 1;
    else this.#leave(this.#current);
    return true;
  }

  #leave(index: number): void {
    const last = this.#active.pop();
    if (last !== undefined && index < this.#active.length) this.#active[index] = last;
  }
}

function ignore(): void {
  // this peer's room is of no interest any more
}

/**
 * Incoming messages of several peers, one whole message from each in turn, so that nobody who talks a lot silences the
 * others. Only peers with something to say are in the ring: a thousand silent ones cost nothing.
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';

/** Fair queueing over inbound pipes (RFC 28 and 30: "SHALL receive incoming messages from its peers using fair-queuing"). */
export class FairQueue {
  /** Whom the last message came from. */
  lastPeer: Peer | undefined;

  readonly #readable: () => void;
  readonly #active: Peer[] = []; // each has a message, unless its pipe was cleared meanwhile
  #current = 0;

  /** @param readable - told when a message comes in and none was there */
  constructor(readable: () => void) {
    this.#readable = readable;
  }

  /** Begins to listen to a peer, for as long as anything comes out of its pipe: also after the peer has gone. */
  add(peer: Peer): void {
    const activate = (): void => {
      this.#active.push(peer);
      this.#readable();
    };
    peer.inbound.onReadable = activate;
    if (peer.inbound.size > 0) activate();
  }

  /** Whether {@link tryReceive} would give a message. */
  get hasMessage(): boolean {
    return this.#active.some(peer => peer.inbound.size > 0);
  }

  /** The next message in turn. */
  tryReceive(): Message | undefined {
    const active = this.#active;
    while (active.length > 0) {
      if (this.#current >= active.length) this.#current = 0;
      const peer = active[this.#current];
      if (peer === undefined) break;
      const pipe = peer.inbound;
      const message = pipe.read();
      if (pipe.size === 0) this.#leave(this.#current);
      else this.#current += 1;
      if (message === undefined) continue;
      this.lastPeer = peer;
      return message;
    }
    return undefined;
  }

  /** The last in the ring takes the place of the one that leaves, which is O(1) and as fair. */
  #leave(index: number): void {
    const last = this.#active.pop();
    if (last !== undefined && index < this.#active.length) this.#active[index] = last;
  }
}

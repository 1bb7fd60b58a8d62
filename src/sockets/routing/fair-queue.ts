/**
 * Incoming messages of several peers, one whole message from each in turn, so that nobody who talks a lot silences the
 * others. Only peers with something to say are in the ring: a thousand silent ones cost nothing.
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import { Turns } from './turns.ts';

/** Fair queueing over inbound pipes (RFC 28 and 30: "SHALL receive incoming messages from its peers using fair-queuing"). */
export class FairQueue {
  /** Whom the last message came from. */
  lastPeer: Peer | undefined;

  readonly #readable: () => void;
  readonly #turns = new Turns(); // each has a message, unless its pipe was cleared meanwhile
  #emptying: Peer | undefined; // whose pipe is just being read: who writes to it may use the room before it is done

  /** @param readable - told when a message comes in and none was there */
  constructor(readable: () => void) {
    this.#readable = readable;
  }

  /** Begins to listen to a peer, for as long as anything comes out of its pipe: also after the peer has gone. */
  add(peer: Peer): void {
    const activate = (): void => {
      if (peer !== this.#emptying) this.#turns.add(peer);
      this.#readable();
    };
    peer.inbound.onReadable = activate;
    if (peer.inbound.size > 0) activate();
  }

  /** Never listens to a peer again; what is in its pipe stays there. */
  remove(peer: Peer): void {
    peer.inbound.onReadable = ignore;
    this.#turns.remove(peer);
  }

  /** Whether {@link tryReceive} would give a message. */
  get hasMessage(): boolean {
    return this.#speaker() !== undefined;
  }

  /** The next message in turn. */
  tryReceive(): Message | undefined {
    const peer = this.#speaker();
    if (peer === undefined) return undefined;
    const message = peer.inbound.read();
    if (peer.inbound.size === 0) this.#turns.leave();
    else this.#turns.advance();
    this.lastPeer = peer;
    return message;
  }

  /** The next messages in turn, `most` of them if there are as many. */
  tryReceiveMany(most: number): Message[] {
    const peer = this.#speaker();
    if (peer === undefined) return [];
    if (!this.#turns.alone) return this.#inTurn(most);
    this.#emptying = peer;
    const messages = peer.inbound.readMany(most);
    this.#emptying = undefined;
    if (peer.inbound.size === 0) this.#turns.leave();
    this.lastPeer = peer;
    return messages;
  }

  /** As {@link tryReceiveMany}, each message being made into something that tells its peer. */
  tryTakeMany<T>(most: number, make: (message: Message, peer: Peer) => T): T[] {
    const alone = this.#speaker();
    if (alone !== undefined && this.#turns.alone) return this.tryReceiveMany(most).map(message => make(message, alone));
    const made: T[] = [];
    while (made.length < most) {
      const message = this.tryReceive();
      if (message === undefined || this.lastPeer === undefined) break;
      made.push(make(message, this.lastPeer));
    }
    return made;
  }

  #inTurn(most: number): Message[] {
    const messages: Message[] = [];
    while (messages.length < most) {
      const message = this.tryReceive();
      if (message === undefined) break;
      messages.push(message);
    }
    return messages;
  }

  #speaker(): Peer | undefined {
    let peer = this.#turns.current;
    while (peer?.inbound.size === 0) {
      this.#turns.leave();
      peer = this.#turns.current;
    }
    return peer;
  }
}

function ignore(): void {
  // nobody listens
}

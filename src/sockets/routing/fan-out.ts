/**
 * The publishing side of PUB and XPUB: one message to every peer that has subscribed to a prefix of its first part; of
 * RADIO: to every peer that has joined the group which is its first part. A peer that is mute misses the message, whole
 * (RFC 29: "SHALL silently drop"); the others do not notice. Options change both: whom a message is for, and whether it
 * waits until all of them have room.
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import type { AllOptions } from '../option-table.ts';
import { Subscriptions } from './subscriptions.ts';

const NO_TOPIC = new Uint8Array(0);
const NOTHING: Message = [];

/** Who wants what. */
export type Interests = Omit<Pick<Subscriptions, keyof Subscriptions>, 'matchExactly'>;

/** Peers by subscription. */
export class FanOut {
  readonly #options: Pick<AllOptions, 'invertMatching' | 'noDrop'>;
  readonly #writable: () => void;
  readonly #subscriptions: Interests;
  readonly #peers = new Set<Peer>(); // connected ones
  #message = NOTHING; // the one on its way, so that no closure is made per message

  /** @param writable - told when a message that had to wait may be sent */
  constructor(
    options: Pick<AllOptions, 'invertMatching' | 'noDrop'>,
    writable: () => void,
    subscriptions: Interests = new Subscriptions(),
  ) {
    this.#options = options;
    this.#writable = writable;
    this.#subscriptions = subscriptions;
  }

  /** Distinct topics that peers have subscribed to. */
  get topicsCount(): number {
    return this.#subscriptions.topicsCount;
  }

  /** Whether any message could be sent now, whatever its topic. */
  get writable(): boolean {
    const { invertMatching, noDrop } = this.#options;
    if (!noDrop) return true;
    for (const peer of this.#peers) {
      if (!peer.outbound.hasRoom && (invertMatching || this.#subscriptions.count(peer) > 0)) return false;
    }
    return true;
  }

  /** A peer is connected; it has not subscribed to anything. */
  add(peer: Peer): void {
    this.#peers.add(peer);
    peer.outbound.onRoom = this.#roomAgain;
  }

  /** Whether a peer is connected. */
  has(peer: Peer): boolean {
    return this.#peers.has(peer);
  }

  /**
   * A peer is gone with all its subscriptions; {@link sweep} clears away what is left of them.
   * @param topicGone - told each topic then, and whether nobody has it any more
   */
  remove(peer: Peer, topicGone?: (topic: Uint8Array, last: boolean) => void): void {
    if (!this.#peers.delete(peer)) return;
    peer.outbound.onRoom = ignore;
    this.#subscriptions.forget(peer, topicGone);
    this.#roomAgain();
  }

  /** See {@link Subscriptions.sweep}. */
  sweep(most: number): number {
    return this.#subscriptions.sweep(most);
  }

  /** See {@link Subscriptions.subscribe}. */
  subscribe(topic: Uint8Array, peer: Peer): ReturnType<Subscriptions['subscribe']> {
    const result = this.#subscriptions.subscribe(topic, peer);
    if (this.#options.noDrop) this.#roomAgain(); // with inverted matching, one less is waited for
    return result;
  }

  /** See {@link Subscriptions.cancel}. */
  cancel(topic: Uint8Array, peer: Peer): ReturnType<Subscriptions['cancel']> {
    const result = this.#subscriptions.cancel(topic, peer);
    if (this.#options.noDrop) this.#roomAgain();
    return result;
  }

  /**
   * Every match gets the very same message; parts are never changed after they were handed on.
   * @param only - nobody else shall have it
   * @returns false when a match has no room and nothing shall be dropped: nobody has got it
   */
  trySend(message: Message, only?: Peer): boolean {
    const { invertMatching, noDrop } = this.#options;
    const topic = message[0] ?? NO_TOPIC;
    const before = this.#message;
    if (noDrop || invertMatching || only !== undefined) {
      const matches = this.#matches(topic, only);
      if (noDrop && !matches.every(hasRoom)) return false;
      this.#message = message;
      matches.forEach(this.#deliver);
    } else {
      this.#message = message;
      this.#subscriptions.match(topic, this.#deliver);
    }
    this.#message = before;
    return true;
  }

  readonly #deliver = (peer: Peer): void => {
    peer.outbound.offer(this.#message);
  };

  /** In the midst of a message nobody waits but who sends it. */
  readonly #roomAgain = (): void => {
    if (this.#message === NOTHING) this.#writable();
  };

  #matches(topic: Uint8Array, only: Peer | undefined): Peer[] {
    const subscribed: Peer[] = [];
    this.#subscriptions.match(topic, peer => {
      subscribed.push(peer);
    });
    if (!this.#options.invertMatching)
      return only === undefined ? subscribed : subscribed.filter(peer => peer === only);
    const excluded = new Set(subscribed);
    return [...(only === undefined ? this.#peers : [only])].filter(peer => !excluded.has(peer));
  }
}

function hasRoom({ outbound }: Peer): boolean {
  return outbound.hasRoom;
}

function ignore(): void {
  // the peer has gone
}

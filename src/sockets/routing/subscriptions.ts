/**
 * Which peers have subscribed to what, within bounds. Who goes matches nothing from that moment on; what it leaves behind
 * may be a million topics, so it is swept away piece by piece.
 */
import { ProtocolError } from '../../errors.ts';
import type { Peer } from '../../pipe.ts';
import { SubscriptionTrie, type Remains } from './subscription-trie.ts';

/** Topics one peer may hold at a time: what a peer can make us remember is bounded. */
export const SUBSCRIPTIONS_MAX = 1_000_000;

/** Told each topic of a peer that has gone, and whether nobody has it any more. */
type TopicGone = (topic: Uint8Array, last: boolean) => void;

/** Peers by topic. */
export class Subscriptions {
  readonly #trie = new SubscriptionTrie<Peer>();
  #left: { readonly remains: Remains; readonly topicGone: TopicGone | undefined }[] = []; // by those who have gone

  /** Distinct topics. */
  get topicsCount(): number {
    return this.#trie.size;
  }

  /** How many topics a peer has. */
  count(peer: Peer): number {
    return this.#trie.count(peer);
  }

  /** Visits each peer that has a prefix of the topic once. */
  match(topic: Uint8Array, visit: (peer: Peer) => void): void {
    this.#trie.match(topic, visit);
  }

  /** Visits each peer that has exactly this topic. */
  matchExactly(topic: Uint8Array, visit: (peer: Peer) => void): void {
    this.#trie.matchExactly(topic, visit);
  }

  /** Whether the topic is the first of its kind; a peer that asks for too much is refused. */
  subscribe(topic: Uint8Array, peer: Peer): 'first' | 'added' | 'present' {
    try {
      const result = this.#trie.add(topic, peer);
      if (result !== 'present' && this.#trie.count(peer) > SUBSCRIPTIONS_MAX) {
        refuseMore(peer);
      }
      return result;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refuse(peer, error.message); // there is no room for the octets of this topic, whoever has taken it
      return 'present';
    }
  }

  /** What has become of the topic: nobody wants it any more, others do still; nobody ever did, only others do. */
  cancel(topic: Uint8Array, peer: Peer): 'last' | 'removed' | 'absent' | 'of others' {
    const result = this.#trie.remove(topic, peer);
    return result === 'absent' && this.#trie.has(topic) ? 'of others' : result;
  }

  /** All subscriptions of a peer end; {@link sweep} does the work. */
  forget(peer: Peer, topicGone?: TopicGone): void {
    const remains = this.#trie.retire(peer);
    if (remains !== undefined) this.#left.push({ remains, topicGone });
  }

  /** Clears away topics of peers that have gone; returns how many. Less than `most`: nothing is left. */
  sweep(most: number): number {
    let swept = 0;
    while (swept < most) {
      const [first] = this.#left;
      if (first === undefined) break;
      const wanted = most - swept;
      const done = this.#trie.sweep(first.remains, wanted, first.topicGone);
      if (done < wanted) this.#left.shift();
      swept += done;
    }
    return swept;
  }
}

/** The peer has asked for more than it may. */
export function refuseMore(peer: Peer): void {
  refuse(peer, `more than ${String(SUBSCRIPTIONS_MAX)} subscriptions of one peer`);
}

function refuse(peer: Peer, what: string): void {
  peer.refuse(new ProtocolError('ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS', what));
}

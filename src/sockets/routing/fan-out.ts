/**
 * The publishing side of PUB and XPUB: one message to every peer that has subscribed to a prefix of its first part. A
 * peer that is mute misses the message, whole (RFC 29: "SHALL silently drop"); the others do not notice.
 */
import { ProtocolError } from '../../errors.ts';
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import { SubscriptionTrie } from './subscription-trie.ts';

/** Topics one peer may hold at a time: what a peer can make us remember is bounded. */
const SUBSCRIPTIONS_MAX = 1_000_000;

const NO_TOPIC = new Uint8Array(0);

/** Peers by subscription. */
export class FanOut {
  readonly #subscriptions = new SubscriptionTrie<Peer>();
  #message: Message = []; // the one on its way, so that no closure is made per message

  /** Every match gets the very same message; parts are never changed after they were handed on. */
  send(message: Message): void {
    this.#message = message;
    this.#subscriptions.match(message[0] ?? NO_TOPIC, this.#deliver);
    this.#message = [];
  }

  /** Whether the topic is the first of its kind; a peer that asks for too much is refused. */
  subscribe(topic: Uint8Array, peer: Peer): 'first' | 'added' | 'present' {
    try {
      const result = this.#subscriptions.add(topic, peer);
      if (result !== 'present' && this.#subscriptions.count(peer) > SUBSCRIPTIONS_MAX) {
        refuse(peer, `more than ${String(SUBSCRIPTIONS_MAX)} subscriptions of one peer`);
      }
      return result;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refuse(peer, error.message); // there is no room for the octets of this topic, whoever has taken it
      return 'present';
    }
  }

  cancel(topic: Uint8Array, peer: Peer): 'last' | 'removed' | 'absent' {
    return this.#subscriptions.remove(topic, peer);
  }

  /** All subscriptions of a peer end; those that nobody shares are told. */
  forget(peer: Peer, lastGone: (topic: Uint8Array) => void): void {
    this.#subscriptions.removeSubscriber(peer, (topic, last) => {
      if (last) lastGone(topic);
    });
  }

  readonly #deliver = (peer: Peer): void => {
    peer.outbound.offer(this.#message);
  };
}

function refuse(peer: Peer, what: string): void {
  peer.refuse(new ProtocolError('ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS', what));
}

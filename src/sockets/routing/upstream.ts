/**
 * The subscribing side of SUB and XSUB: which topics are wanted, told to every publisher. Subscriptions are counted here,
 * so that two parts of a program may want the same topic; a publisher that returns is told each topic once.
 *
 * Subscriptions go around the high-water mark: one that is lost would be lost for good (as happens in libzmq).
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import { encodeSubscription } from '../../zmtp/subscription.ts';
import { TopicSet } from './topic-set.ts';

/** Topics and the publishers that know of them. */
export class Upstream {
  readonly #topics = new TopicSet();
  readonly #publishers = new Set<Peer>();

  /** Told to all publishers each time, as libzmq does: an XPUB may want to know of repetitions. */
  subscribe(topic: Uint8Array): void {
    this.#topics.add(topic);
    this.#tell([encodeSubscription({ action: 'subscribe', topic })]);
  }

  /** Told when nobody here wants the topic any more; a topic that nobody wanted is of no interest. */
  cancel(topic: Uint8Array): void {
    if (this.#topics.remove(topic) === 'last') this.#tell([encodeSubscription({ action: 'cancel', topic })]);
  }

  /** Whether a message with this first part is wanted. */
  wants(firstPart: Uint8Array): boolean {
    return this.#topics.matches(firstPart);
  }

  /** A publisher knows nothing yet, or nothing any more: what still waits for it is replaced by all that is wanted. */
  connected(peer: Peer): void {
    peer.outbound.clear();
    for (const topic of this.#topics.topics())
      peer.outbound.write([encodeSubscription({ action: 'subscribe', topic })]);
    this.#publishers.add(peer);
  }

  disconnected(peer: Peer): void {
    this.#publishers.delete(peer);
  }

  /** An application's own message to all publishers (XSUB); one that is mute misses it. */
  send(message: Message): void {
    for (const peer of this.#publishers) peer.outbound.offer(message);
  }

  #tell(message: Message): void {
    for (const peer of this.#publishers) peer.outbound.write(message);
  }
}

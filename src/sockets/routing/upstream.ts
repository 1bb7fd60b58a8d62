/**
 * The subscribing side of SUB and XSUB: which topics are wanted, told to every publisher. Subscriptions are counted here,
 * so that two parts of a program may want the same topic; a publisher that returns is told each topic once.
 *
 * A DISH joins groups in the same way: its memberships have the form of subscriptions (`zmtp/membership.ts`).
 *
 * Subscriptions go around the high-water mark: one that is lost would be lost for good (as happens in libzmq).
 *
 * A publisher that comes is told of all topics, a few at a time, when it has been sent the few before, and for a short
 * while only: a hundred thousand of them neither hold the event loop up nor lie about a second time. How far it is, is a
 * place among them:
 *
 *      topics     | a | b | c | d | e |        a change at or before the mark is told at once,
 *      told so far          ▲                  one behind it will be part of what is told
 */
import type { Clock } from '../../engine/clock.ts';
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import { encodeSubscription, type Subscription } from '../../zmtp/subscription.ts';
import type { AllOptions } from '../option-table.ts';
import { NONE } from './record-pool.ts';
import { Stretch } from './stretch.ts';
import { TopicSet } from './topic-set.ts';

/** Topics that wait in a pipe at a time, for a publisher that is being told of all. */
const TOPICS_AT_ONCE = 64;

/** Topics and the publishers that know of them. */
export class Upstream {
  readonly #options: Pick<AllOptions, 'verboseUnsubscribe'>;
  readonly #topics = new TopicSet();
  readonly #publishers = new Set<Peer>();
  readonly #stretch: Stretch;
  readonly #told = new Map<Peer, number>(); // those that have not been told of all: the place of the last they have
  readonly #paused = new Set<Peer>(); // those of them that are told more in the next stretch

  constructor(options: Pick<AllOptions, 'verboseUnsubscribe'>, clock: Pick<Clock, 'yield'>) {
    this.#options = options;
    this.#stretch = new Stretch(clock, () => {
      this.#tellPaused();
    });
  }

  /** Distinct topics. */
  get topicsCount(): number {
    return this.#topics.size;
  }

  /** Told to all publishers each time, as libzmq does: an XPUB may want to know of repetitions. */
  subscribe(topic: Uint8Array): void {
    this.#topics.add(topic);
    this.#tell({ action: 'subscribe', topic }, this.#placeOf(topic));
  }

  /** Told when nobody here wants the topic any more; a topic that nobody wanted is of no interest, unless all are. */
  cancel(topic: Uint8Array): void {
    const place = this.#placeOf(topic);
    const last = this.#topics.remove(topic) === 'last';
    if (last || this.#options.verboseUnsubscribe) this.#tell({ action: 'cancel', topic }, place);
  }

  /** Whether a message with this first part is wanted. */
  wants(firstPart: Uint8Array): boolean {
    return this.#topics.matches(firstPart);
  }

  /** Whether exactly this is subscribed to. */
  has(topic: Uint8Array): boolean {
    return this.#topics.place(topic) !== NONE;
  }

  /** A publisher knows nothing yet, or nothing any more: what still waits for it is replaced by all that is wanted. */
  connected(peer: Peer): void {
    peer.outbound.clear();
    this.#publishers.add(peer);
    this.#told.set(peer, NONE);
    peer.outbound.onEmpty = () => {
      this.#tellMore(peer);
    };
    this.#tellMore(peer);
  }

  disconnected(peer: Peer): void {
    this.#publishers.delete(peer);
    this.#toldAll(peer);
  }

  /** An application's own message to all publishers (XSUB); one that is mute misses it. */
  send(message: Message): void {
    for (const peer of this.#publishers) peer.outbound.offer(message);
  }

  /** Only of interest while somebody is being told of all. */
  #placeOf(topic: Uint8Array): number {
    return this.#told.size === 0 ? NONE : this.#topics.place(topic);
  }

  #tell(subscription: Subscription, place: number): void {
    if (this.#publishers.size === 0) return;
    const message = [encodeSubscription(subscription)];
    for (const peer of this.#publishers) {
      if (place <= (this.#told.get(peer) ?? place)) peer.outbound.write(message);
    }
  }

  #tellMore(peer: Peer): void {
    if (this.#stretch.left <= 0) {
      this.#paused.add(peer);
      return;
    }
    for (let i = 0; i < TOPICS_AT_ONCE; i += 1) {
      const last = this.#told.get(peer);
      if (last === undefined) return;
      const place = this.#topics.next(last);
      if (place === NONE) {
        this.#toldAll(peer);
        return;
      }
      this.#told.set(peer, place); // first, since whoever reads at once asks for more from within
      this.#stretch.spend(1);
      peer.outbound.write([encodeSubscription({ action: 'subscribe', topic: this.#topics.at(place) })]);
    }
  }

  #tellPaused(): void {
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const peer of paused) this.#tellMore(peer);
  }

  #toldAll(peer: Peer): void {
    this.#told.delete(peer);
    this.#paused.delete(peer);
    peer.outbound.onEmpty = ignore;
  }
}

function ignore(): void {
  // it has been told
}

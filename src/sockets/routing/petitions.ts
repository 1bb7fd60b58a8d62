/**
 * XPUB's manual mode: subscriptions are only asked for. The application receives each of them in turn and then decides, for
 * the peer whose was the last it has received.
 *
 *      received   | 01 a |  user message  | 01 b | 00 a |
 *      asker        ann                     bob    ann ◀── for her, until the next one is received
 */
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import type { Subscription } from '../../zmtp/subscription.ts';
import { Subscriptions } from './subscriptions.ts';

/** A peer during one connection. */
interface Asker {
  readonly peer: Peer;
  gone: boolean;
}

/** What peers have asked for, and who of them is to be answered. */
export class Petitions {
  readonly #asked = new Subscriptions();
  readonly #askers = new Map<Peer, Asker>();
  readonly #unread = new Map<Message, Asker | undefined>(); // by notice; undefined: of one who has gone
  #last: Asker | undefined;

  /** The peer of the last notice that was received, if it is still there. */
  get last(): Peer | undefined {
    return this.#last?.gone === false ? this.#last.peer : undefined;
  }

  /** A peer asks, which the application is told by a notice. */
  ask({ action, topic }: Subscription, peer: Peer, notice: Message): void {
    if (action === 'subscribe') this.#asked.subscribe(topic, peer);
    else this.#asked.cancel(topic, peer);
    let asker = this.#askers.get(peer);
    if (asker === undefined) this.#askers.set(peer, (asker = { peer, gone: false }));
    this.#unread.set(notice, asker);
  }

  /** The application is told by a notice that a peer which has gone had asked for something. */
  gone(notice: Message): void {
    this.#unread.set(notice, undefined);
  }

  /** A message was received; if it is a notice (true), its peer is the last now. */
  received(message: Message): boolean {
    if (this.#unread.size === 0 || !this.#unread.has(message)) return false;
    this.#last = this.#unread.get(message);
    return this.#unread.delete(message);
  }

  /** A peer has gone; {@link sweep} tells each topic it had asked for. */
  forget(peer: Peer, topicGone?: (topic: Uint8Array) => void): void {
    this.#asked.forget(peer, topicGone);
    const asker = this.#askers.get(peer);
    if (asker === undefined) return;
    asker.gone = true;
    this.#askers.delete(peer);
  }

  /** See {@link Subscriptions.sweep}. */
  sweep(most: number): number {
    return this.#asked.sweep(most);
  }
}

import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import type { Context } from './context.ts';
import { toPart } from './message-like.ts';
import { RECEIVING, type AllOptions } from './option-table.ts';
import type { ConflateOptions, ReceiveOptions, SubscriberOnlyOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { ReceivingSocket } from './receiving-socket.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { Upstream } from './routing/upstream.ts';
import type { SocketMake } from './socket.ts';

const ANYTHING = [''];
const NO_TOPIC = new Uint8Array(0);

/**
 * RFC 29: a SUB hears fairly from all publishers what it has subscribed to. Publishers filter; a SUB looks again, since
 * a publisher may not know yet of a topic that is no longer wanted, or may send everything to everybody.
 */
export class SubscriberPattern implements Pattern {
  readonly writable = false;
  readonly upstream: Upstream;
  readonly drops: { filtered: number } = { filtered: 0 };
  readonly #options: AllOptions;
  readonly #in: FairQueue;

  constructor(events: PatternEvents, options: AllOptions, { clock }: Context) {
    this.#options = options;
    this.upstream = new Upstream(options, clock);
    this.#in = new FairQueue(events.readable);
  }

  /** Something has come; only receiving it tells whether it is still wanted. */
  get readable(): boolean {
    return this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
  }

  connected(peer: Peer): void {
    this.upstream.connected(peer);
  }

  disconnected(peer: Peer): void {
    this.upstream.disconnected(peer);
  }

  detach(peer: Peer): void {
    this.upstream.disconnected(peer);
  }

  trySend(): never {
    throw new UsageError('ENOTSUP', 'a SUB does not send');
  }

  tryReceive(): Message | undefined {
    let message = this.#in.tryReceive();
    while (message !== undefined && !this.#wants(message)) {
      this.drops.filtered += 1;
      message = this.#in.tryReceive();
    }
    return message;
  }

  tryReceiveMany(most: number): Message[] {
    while (true) {
      const messages = this.#in.tryReceiveMany(most);
      const wanted = messages.filter(this.#wants);
      this.drops.filtered += messages.length - wanted.length;
      if (wanted.length > 0 || messages.length === 0) return wanted;
    }
  }

  readonly #wants = (message: Message): boolean =>
    this.upstream.wants(message[0] ?? NO_TOPIC) !== this.#options.invertMatching;
}

/**
 * Receives from PUB or XPUB peers what it has subscribed to.
 *
 * @example
 * ```ts
 * const subscriber = new Subscriber();
 * subscriber.connect('tcp://127.0.0.1:5556');
 * subscriber.subscribe('weather.');
 * for await (const [topic, weather] of subscriber) console.log(`${topic}: ${weather}`);
 * ```
 */
export class Subscriber extends ReceivingSocket<SubscriberPattern> {
  constructor(options: ReceiveOptions & ConflateOptions & SubscriberOnlyOptions = {}) {
    const pattern: SocketMake<SubscriberPattern>['pattern'] = (events, values, context) =>
      new SubscriberPattern(events, values, context);
    super(
      { type: 'SUB', ownOptions: [...RECEIVING, 'conflate', 'invertMatching'], typical: { linger: 0 }, pattern },
      options,
    );
  }

  /** Distinct prefixes that are subscribed to. ZMQ_TOPICS_COUNT. */
  get topicsCount(): number {
    return this.pattern.upstream.topicsCount;
  }

  /**
   * Asks for messages whose first part begins with one of the prefixes; without any, for all messages. Counted: what is
   * subscribed twice must be unsubscribed twice. ZMQ_SUBSCRIBE.
   */
  subscribe(...prefixes: readonly (string | Uint8Array)[]): void {
    for (const prefix of prefixes.length === 0 ? ANYTHING : prefixes) this.pattern.upstream.subscribe(toPart(prefix));
  }

  /** Takes {@link subscribe} back; what was never subscribed is ignored. ZMQ_UNSUBSCRIBE. */
  unsubscribe(...prefixes: readonly (string | Uint8Array)[]): void {
    for (const prefix of prefixes.length === 0 ? ANYTHING : prefixes) this.pattern.upstream.cancel(toPart(prefix));
  }
}

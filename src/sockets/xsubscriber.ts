import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import type { Context } from './context.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { RECEIVING, SENDING, type AllOptions } from './option-table.ts';
import type { ReceiveOptions, SendOptions, XSubscriberOnlyOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { sift } from './routing/sift.ts';
import { Upstream } from './routing/upstream.ts';
import type { SocketMake } from './socket.ts';

/**
 * RFC 29: an XSUB is a SUB whose application sends subscriptions as messages, and may send others, which go to all
 * publishers. It filters nothing.
 *
 *      sent   | 01 topic |  subscribe        | 00 topic |  cancel        anything else goes to all publishers
 */
export class XSubscriberPattern implements Pattern {
  readonly writable = true;
  readonly #options: AllOptions;
  readonly #upstream: Upstream;
  readonly #in: FairQueue;

  constructor(events: PatternEvents, options: AllOptions, { clock }: Context) {
    this.#options = options;
    this.#upstream = new Upstream(options, clock);
    this.#in = new FairQueue(events.readable);
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  get topicsCount(): number {
    return this.#upstream.topicsCount;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
  }

  connected(peer: Peer): void {
    this.#upstream.connected(peer);
  }

  disconnected(peer: Peer): void {
    this.#upstream.disconnected(peer);
  }

  detach(peer: Peer): void {
    this.#upstream.disconnected(peer);
  }

  trySend(message: Message): boolean {
    const others = sift(message, this.#options, ({ action, topic }) => {
      if (action === 'subscribe') this.#upstream.subscribe(topic);
      else this.#upstream.cancel(topic);
    });
    if (others.length > 0) this.#upstream.send(others);
    return true;
  }

  tryReceive(): Message | undefined {
    return this.#in.tryReceive();
  }

  tryReceiveMany(most: number): Message[] {
    return this.#in.tryReceiveMany(most);
  }
}

/**
 * A subscriber for proxies: subscriptions are messages that begin with octet 1, cancellations with 0.
 *
 * @example
 * ```ts
 * const xsubscriber = new XSubscriber();
 * xsubscriber.connect('tcp://127.0.0.1:5556');
 * await xsubscriber.send('\x01weather.');
 * ```
 */
export class XSubscriber extends DuplexSocket<XSubscriberPattern> {
  constructor(options: SendOptions & ReceiveOptions & XSubscriberOnlyOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, 'onlyFirstSubscribe', 'verboseUnsubscribe'] as const;
    const pattern: SocketMake<XSubscriberPattern>['pattern'] = (events, values, context) =>
      new XSubscriberPattern(events, values, context);
    super({ type: 'XSUB', ownOptions, typical: { linger: 0 }, pattern }, options);
  }

  /** Distinct topics that are subscribed to. ZMQ_TOPICS_COUNT. */
  get topicsCount(): number {
    return this.pattern.topicsCount;
  }
}

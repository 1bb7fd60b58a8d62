import type { Message } from '../message.ts';
import { Pipe, type Peer } from '../pipe.ts';
import { decodeSubscription, encodeSubscription, type Subscription } from '../zmtp/subscription.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { PUBLISHING, RECEIVING, SENDING } from './option-table.ts';
import type { PublisherOptions, ReceiveOptions, SendOptions, XPublisherOnlyOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FanOut } from './routing/fan-out.ts';

/** What may wait for an application that does not look; beyond it, subscribers are held back. */
const UNSEEN_MAX = 1_000_000;

/**
 * RFC 29: an XPUB is a PUB whose application sees the first subscription to a topic and the end of the last one, and
 * receives what its peers send besides. Subscriptions take effect when they arrive, seen or not.
 *
 *      received   | 01 topic |  first subscriber        | 00 topic |  last one gone
 */
export class XPublisherPattern implements Pattern {
  readonly writable = true;
  readonly #events: PatternEvents;
  readonly #out = new FanOut();
  readonly #unseen = new Pipe(0);
  readonly #heldBack = new Set<Peer>();

  constructor(events: PatternEvents) {
    this.#events = events;
    this.#unseen.onReadable = events.readable;
  }

  get readable(): boolean {
    return this.#unseen.size > 0;
  }

  attach(peer: Peer): void {
    peer.inbound.onReadable = () => {
      this.#take(peer);
    };
  }

  connected(): void {
    // a subscriber says what it wants with each connection
  }

  disconnected(peer: Peer): void {
    this.#out.forget(peer, topic => {
      this.#show({ action: 'cancel', topic });
    });
  }

  detach(peer: Peer): void {
    this.#heldBack.delete(peer);
    this.disconnected(peer);
  }

  trySend(message: Message): boolean {
    this.#out.send(message);
    return true;
  }

  tryReceive(): Message | undefined {
    const message = this.#unseen.read();
    if (message !== undefined && this.#heldBack.size > 0) this.#takeAgain();
    return message;
  }

  #take(peer: Peer): void {
    while (this.#unseen.size < UNSEEN_MAX) {
      const message = peer.inbound.read();
      if (message === undefined) return;
      const others = message.filter(part => !this.#subscribed(part, peer));
      if (others.length > 0) this.#unseen.write(others);
    }
    this.#heldBack.add(peer);
  }

  #takeAgain(): void {
    const [peer] = this.#heldBack;
    if (peer === undefined) return;
    this.#heldBack.delete(peer);
    this.#take(peer);
    this.#events.readable();
  }

  /** Whether the part was a subscription. Each part of a message may be one, as in libzmq. */
  #subscribed(part: Uint8Array, peer: Peer): boolean {
    const subscription = decodeSubscription(part);
    if (subscription === undefined) return false;
    const { action, topic } = subscription;
    if (action === 'subscribe') {
      if (this.#out.subscribe(topic, peer) === 'first') this.#show(subscription);
    } else if (this.#out.cancel(topic, peer) !== 'removed') {
      this.#show(subscription); // also of a topic that nobody had, as in libzmq
    }
    return true;
  }

  #show(subscription: Subscription): void {
    this.#unseen.write([encodeSubscription(subscription)]);
  }
}

/**
 * A {@link Publisher} that can see who wants what, for proxies, caches and counts.
 *
 * @example
 * ```ts
 * for await (const [subscription] of xpublisher) {
 *   console.log(subscription[0] === 1 ? 'wanted' : 'no longer wanted', `${subscription.subarray(1)}`);
 * }
 * ```
 */
export class XPublisher extends DuplexSocket<XPublisherPattern> {
  constructor(options: SendOptions & ReceiveOptions & PublisherOptions & XPublisherOnlyOptions = {}) {
    const ownOptions = [
      ...SENDING,
      ...RECEIVING,
      ...PUBLISHING,
      'verbosity',
      'manual',
      'manualLastValue',
      'welcomeMessage',
    ] as const;
    super({ type: 'XPUB', ownOptions, pattern: events => new XPublisherPattern(events) }, options);
  }
}

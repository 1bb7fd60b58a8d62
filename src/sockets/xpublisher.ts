import { UsageError } from '../errors.ts';
import type { Memory, Message } from '../message.ts';
import { Pipe, type Peer } from '../pipe.ts';
import type { Subscription } from '../zmtp/subscription.ts';
import type { Context } from './context.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { toPart } from './message-like.ts';
import { PUBLISHING, RECEIVING, SENDING, type AllOptions } from './option-table.ts';
import type { PublisherOptions, ReceiveOptions, SendOptions, XPublisherOnlyOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FanOut } from './routing/fan-out.ts';
import { Intake, type Taker } from './routing/intake.ts';
import { Petitions } from './routing/petitions.ts';
import { sift } from './routing/sift.ts';
import type { SocketMake } from './socket.ts';

/** What may wait for an application that does not look; beyond it, subscribers are held back. */
const UNSEEN_MAX = 1_000_000;

/**
 * RFC 29: an XPUB is a PUB whose application sees the first subscription to a topic and the end of the last one, and
 * receives what its peers send besides. Subscriptions take effect when they arrive, seen or not, unless the application
 * has chosen to make them itself.
 *
 *      received   | 01 topic |  first subscriber        | 00 topic |  last one gone
 */
export class XPublisherPattern implements Pattern, Taker {
  readonly #options: AllOptions;
  readonly #memory: Memory;
  readonly #out: FanOut;
  readonly #intake: Intake;
  readonly #petitions = new Petitions();
  readonly #unseen = new Pipe(0);
  #onlyLast: Peer | undefined; // whom the next message is for, with manualLastValue

  constructor(events: PatternEvents, options: AllOptions, context: Context) {
    this.#options = options;
    this.#memory = context.memory;
    this.#out = new FanOut(options, events.writable);
    this.#intake = new Intake(context.clock, this);
    this.#unseen.onReadable = events.readable;
  }

  get readable(): boolean {
    return this.#unseen.size > 0;
  }

  get writable(): boolean {
    return this.#out.writable;
  }

  get topicsCount(): number {
    return this.#out.topicsCount;
  }

  /** Nothing more is taken while the application does not look at what is there. */
  get ready(): boolean {
    return this.#unseen.size < UNSEEN_MAX;
  }

  attach(peer: Peer): void {
    this.#intake.add(peer);
  }

  /** A subscriber says what it wants with each connection, and is welcomed with each. */
  connected(peer: Peer): void {
    this.#out.add(peer);
    const { welcomeMessage } = this.#options;
    if (welcomeMessage !== null) peer.outbound.tryWrite([welcomeMessage]);
  }

  disconnected(peer: Peer): void {
    if (!this.#out.has(peer)) return;
    const manual = this.#isManual;
    this.#out.remove(peer, manual ? undefined : this.#topicGone);
    this.#petitions.forget(peer, manual ? this.#petitionGone : undefined);
    if (this.#onlyLast === peer) this.#onlyLast = undefined;
    this.#intake.remove(peer);
  }

  detach(peer: Peer): void {
    this.disconnected(peer);
  }

  trySend(message: Message): boolean {
    if (!this.#options.manualLastValue) return this.#out.trySend(message);
    if (!this.#out.trySend(message, this.#onlyLast)) return false;
    this.#onlyLast = undefined;
    return true;
  }

  tryReceive(): Message | undefined {
    const wasReady = this.ready;
    const message = this.#unseen.read();
    if (message === undefined) return undefined;
    if (this.#petitions.received(message)) this.#onlyLast = this.#petitions.last;
    if (!wasReady) this.#intake.resume();
    return message;
  }

  /**
   * Adds or removes a topic for the peer of the last subscription received; does nothing when that peer has gone.
   * @throws UsageError EINVAL unless the mode is manual
   */
  decide({ action, topic }: Subscription): void {
    if (!this.#isManual)
      throw new UsageError('EINVAL', 'subscriptions of peers are made by hand with option manual only');
    const peer = this.#petitions.last;
    if (peer === undefined) return;
    if (action === 'subscribe') this.#out.subscribe(topic, peer);
    else this.#out.cancel(topic, peer);
  }

  /** What is no subscription is for the application. Of a peer that has gone nothing else counts. */
  take(message: Message, peer: Peer): void {
    const connected = this.#out.has(peer);
    const others = sift(message, this.#options, subscription => {
      if (connected) this.#heard(subscription, peer);
    });
    if (others.length > 0 && (connected || this.ready)) this.#unseen.write(others);
  }

  sweep(most: number): number {
    const swept = this.#out.sweep(most);
    return swept === most ? swept : swept + this.#petitions.sweep(most - swept);
  }

  get #isManual(): boolean {
    return this.#options.manual || this.#options.manualLastValue;
  }

  #heard(subscription: Subscription, peer: Peer): void {
    const { action, topic } = subscription;
    if (this.#isManual) {
      const notice = this.#notice(action, topic);
      this.#petitions.ask(subscription, peer, notice); // first, since somebody may wait for the notice
      this.#unseen.write(notice);
      return;
    }
    const { verbosity } = this.#options;
    if (action === 'subscribe') {
      if (this.#out.subscribe(topic, peer) === 'first' || verbosity !== null) this.#show(action, topic);
      return;
    }
    const result = this.#out.cancel(topic, peer);
    // also of a topic that nobody had, as in libzmq; but nobody's cancel takes away what others have (there it does)
    if (result === 'last' || result === 'absent' || verbosity === 'allSubsUnsubs') this.#show(action, topic);
  }

  readonly #topicGone = (topic: Uint8Array, last: boolean): void => {
    if (last || this.#options.verbosity === 'allSubsUnsubs') this.#show('cancel', topic);
  };

  /** In manual mode all that the peer has asked for is told, whatever came of it. */
  readonly #petitionGone = (topic: Uint8Array): void => {
    const notice = this.#notice('cancel', topic);
    this.#petitions.gone(notice);
    this.#unseen.write(notice);
  };

  #show(action: Subscription['action'], topic: Uint8Array): void {
    this.#unseen.write(this.#notice(action, topic));
  }

  #notice(action: Subscription['action'], topic: Uint8Array): Message {
    const octets = this.#memory.allocate(1 + topic.length);
    octets[0] = action === 'subscribe' ? 1 : 0;
    octets.set(topic, 1);
    return [octets];
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
    const pattern: SocketMake<XPublisherPattern>['pattern'] = (events, values, context) =>
      new XPublisherPattern(events, values, context);
    super({ type: 'XPUB', ownOptions, pattern }, options);
  }

  /** Distinct topics that subscribers have, by their own doing or by {@link subscribe}. ZMQ_TOPICS_COUNT. */
  get topicsCount(): number {
    return this.pattern.topicsCount;
  }

  /**
   * With `manual`: gives a topic to the peer whose subscription, or cancellation, was received last. It need not be the
   * one that was asked for. Nothing happens when that peer has gone. ZMQ_SUBSCRIBE.
   *
   * @throws UsageError EINVAL without option `manual` or `manualLastValue`
   */
  subscribe(topic: string | Uint8Array): void {
    this.pattern.decide({ action: 'subscribe', topic: toPart(topic) });
  }

  /** With `manual`: takes a topic from the peer that {@link subscribe} would give it to. ZMQ_UNSUBSCRIBE. */
  unsubscribe(topic: string | Uint8Array): void {
    this.pattern.decide({ action: 'cancel', topic: toPart(topic) });
  }
}

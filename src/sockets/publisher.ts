import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import type { Context } from './context.ts';
import { PUBLISHING, SENDING, type AllOptions } from './option-table.ts';
import type { ConflateOptions, PublisherOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FanOut } from './routing/fan-out.ts';
import { Intake, type Taker } from './routing/intake.ts';
import { sift } from './routing/sift.ts';
import { SendingSocket } from './sending-socket.ts';

/** RFC 29: a PUB sends each message to all peers that have subscribed to it, and never waits for any of them. */
export class PublisherPattern implements Pattern, Taker {
  readonly readable = false;
  readonly ready = true;
  readonly drops: { unexpected: number } = { unexpected: 0 };
  readonly #options: AllOptions;
  readonly #out: FanOut;
  readonly #intake: Intake;

  constructor(events: PatternEvents, options: AllOptions, { clock }: Context) {
    this.#options = options;
    this.#out = new FanOut(options, events.writable);
    this.#intake = new Intake(clock, this);
  }

  get writable(): boolean {
    return this.#out.writable;
  }

  get topicsCount(): number {
    return this.#out.topicsCount;
  }

  attach(peer: Peer): void {
    this.#intake.add(peer);
  }

  connected(peer: Peer): void {
    this.#out.add(peer); // it says what it wants with each connection
  }

  disconnected(peer: Peer): void {
    if (!this.#out.has(peer)) return;
    this.#out.remove(peer);
    this.#intake.remove(peer);
  }

  detach(peer: Peer): void {
    this.disconnected(peer);
  }

  trySend(message: Message): boolean {
    return this.#out.trySend(message);
  }

  tryReceive(): never {
    throw new UsageError('ENOTSUP', 'a PUB does not receive');
  }

  /** Subscriptions take effect at once. Everything else that subscribers send vanishes. */
  take(message: Message, peer: Peer): void {
    if (!this.#out.has(peer)) return;
    const others = sift(message, this.#options, ({ action, topic }) => {
      if (action === 'subscribe') this.#out.subscribe(topic, peer);
      else this.#out.cancel(topic, peer);
    });
    if (others.length > 0) this.drops.unexpected += 1;
  }

  sweep(most: number): number {
    return this.#out.sweep(most);
  }
}

/**
 * Sends to all SUB or XSUB peers that have subscribed to a prefix of the message's first part. A peer that is too slow
 * misses messages; one that is not there yet misses them all.
 *
 * @example
 * ```ts
 * const publisher = new Publisher();
 * await publisher.bind('tcp://127.0.0.1:5556');
 * await publisher.send(['weather.berlin', 'sunny']);
 * ```
 */
export class Publisher extends SendingSocket<PublisherPattern> {
  constructor(options: SendOptions & PublisherOptions & ConflateOptions = {}) {
    super(
      {
        type: 'PUB',
        ownOptions: [...SENDING, ...PUBLISHING, 'conflate'],
        pattern: (events, values, context) => new PublisherPattern(events, values, context),
      },
      options,
    );
  }

  /** Distinct topics that subscribers have asked for. ZMQ_TOPICS_COUNT. */
  get topicsCount(): number {
    return this.pattern.topicsCount;
  }
}

import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { decodeSubscription } from '../zmtp/subscription.ts';
import { PUBLISHING, SENDING } from './option-table.ts';
import type { ConflateOptions, PublisherOptions, SendOptions } from './options.ts';
import type { Pattern } from './pattern.ts';
import { FanOut } from './routing/fan-out.ts';
import { SendingSocket } from './sending-socket.ts';

/** RFC 29: a PUB sends each message to all peers that have subscribed to it, and never waits for any of them. */
export class PublisherPattern implements Pattern {
  readonly writable = true;
  readonly readable = false;
  readonly drops: { unexpected: number } = { unexpected: 0 };
  readonly #out = new FanOut();

  attach(peer: Peer): void {
    peer.inbound.onReadable = () => {
      this.#take(peer);
    };
  }

  connected(): void {
    // a subscriber says what it wants with each connection
  }

  disconnected(peer: Peer): void {
    this.#out.forget(peer, ignore);
  }

  detach(peer: Peer): void {
    this.disconnected(peer);
  }

  trySend(message: Message): boolean {
    this.#out.send(message);
    return true;
  }

  tryReceive(): never {
    throw new UsageError('ENOTSUP', 'a PUB does not receive');
  }

  /** Subscriptions take effect at once. Everything else that subscribers send vanishes. */
  #take(peer: Peer): void {
    for (let message = peer.inbound.read(); message !== undefined; message = peer.inbound.read()) {
      for (const part of message) {
        const subscription = decodeSubscription(part);
        if (subscription === undefined) {
          this.drops.unexpected += 1;
          continue;
        }
        if (subscription.action === 'subscribe') this.#out.subscribe(subscription.topic, peer);
        else this.#out.cancel(subscription.topic, peer);
      }
    }
  }
}

function ignore(): void {
  // a PUB tells nobody
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
      { type: 'PUB', ownOptions: [...SENDING, ...PUBLISHING, 'conflate'], pattern: () => new PublisherPattern() },
      options,
    );
  }
}

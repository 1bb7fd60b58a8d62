import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { IDENTITY, RECEIVING, SENDING } from './option-table.ts';
import type {
  ConflateOptions,
  HelloOptions,
  HiccupOptions,
  IdentityOptions,
  ReceiveOptions,
  SendOptions,
} from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { LoadBalancer } from './routing/load-balancer.ts';

/** RFC 28: a DEALER sends to its peers in turn and hears from them fairly. That is all. */
export class DealerPattern implements Pattern {
  readonly #out: LoadBalancer;
  readonly #in: FairQueue;

  constructor(events: PatternEvents) {
    this.#out = new LoadBalancer(events.writable);
    this.#in = new FairQueue(events.readable);
  }

  get writable(): boolean {
    return this.#out.hasRoom;
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#out.add(peer);
    this.#in.add(peer);
  }

  connected(): void {
    // what is queued goes out with any connection
  }

  disconnected(): void {
    // and waits for the next one
  }

  detach(peer: Peer): void {
    this.#out.remove(peer);
  }

  trySend(message: Message): boolean {
    return this.#out.trySend(message);
  }

  tryReceive(): Message | undefined {
    return this.#in.tryReceive();
  }

  tryReceiveMany(most: number): Message[] {
    return this.#in.tryReceiveMany(most);
  }
}

/** What a {@link Dealer} can be told. */
export type DealerOptions = SendOptions &
  ReceiveOptions &
  IdentityOptions &
  HelloOptions &
  ConflateOptions &
  HiccupOptions;

/**
 * Sends to REP, ROUTER or DEALER peers in turn, and receives what they send, with no order between the two.
 *
 * @example
 * ```ts
 * const dealer = new Dealer({ routingId: 'worker-1' });
 * dealer.connect('tcp://127.0.0.1:5555');
 * await dealer.send(['', 'a request a REP understands']);
 * ```
 */
export class Dealer extends DuplexSocket<DealerPattern> {
  constructor(options: DealerOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, ...IDENTITY, 'conflate', 'helloMessage', 'hiccupMessage'] as const;
    super({ type: 'DEALER', ownOptions, pattern: events => new DealerPattern(events) }, options);
  }
}

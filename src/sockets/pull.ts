import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { RECEIVING } from './option-table.ts';
import type { ConflateOptions, ReceiveOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { ReceivingSocket } from './receiving-socket.ts';
import { FairQueue } from './routing/fair-queue.ts';

/** RFC 30: a PULL hears from its peers fairly. */
export class PullPattern implements Pattern {
  readonly writable = false;
  readonly #in: FairQueue;

  constructor(events: PatternEvents) {
    this.#in = new FairQueue(events.readable);
  }

  get readable(): boolean {
    return this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
  }

  connected(): void {
    // a peer is heard as soon as it speaks
  }

  disconnected(): void {
    // what it has said stays
  }

  detach(): void {
    // also for good
  }

  trySend(): never {
    throw new UsageError('ENOTSUP', 'a PULL does not send');
  }

  tryReceive(): Message | undefined {
    return this.#in.tryReceive();
  }

  tryReceiveMany(most: number): Message[] {
    return this.#in.tryReceiveMany(most);
  }
}

/**
 * Collects messages from PUSH peers, one from each in turn.
 *
 * @example
 * ```ts
 * const pull = new Pull();
 * pull.connect('tcp://127.0.0.1:5555');
 * for await (const [work] of pull) console.log(`${work}`);
 * ```
 */
export class Pull extends ReceivingSocket<PullPattern> {
  constructor(options: ReceiveOptions & ConflateOptions = {}) {
    super(
      { type: 'PULL', ownOptions: [...RECEIVING, 'conflate'], pattern: events => new PullPattern(events) },
      options,
    );
  }
}

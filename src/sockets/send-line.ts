/**
 * `send()`: at once when the pattern takes the message, else in line until it does.
 *
 * A call that can be done at once returns the same settled promise as all others of its kind. An await loop over such
 * promises would never let the event loop go round, so after a mebibyte the promise is one that does.
 */
import type { Clock } from '../engine/clock.ts';
import type { Message } from '../message.ts';
import type { Pattern } from './pattern.ts';
import { checkWait, Waiters, type WaitOptions } from './waiters.ts';

const DONE: Promise<void> = Promise.resolve();
/** Octets sent in one go before the event loop gets a turn, and what a message counts besides its octets. */
const TURN_BYTES = 1024 * 1024;
const MESSAGE_BYTES = 64;

/** Parts, perhaps behind a number that says for whom. */
export type Sendable = readonly (Uint8Array | number)[];

/** The sending half of a socket. */
export class SendLine<Out extends Sendable = Message> {
  readonly #pattern: Pattern<Out, unknown>;
  readonly #clock: Clock;
  readonly #waiters: Waiters<undefined, Out>;
  readonly #options: { readonly sendTimeout: number };
  #budget = TURN_BYTES;
  #waking = false;

  /** @param options - `sendTimeout`, looked at anew by each call that says nothing else: how long it waits, -1 for ever */
  constructor(pattern: Pattern<Out, unknown>, clock: Clock, options: { readonly sendTimeout: number }) {
    this.#pattern = pattern;
    this.#clock = clock;
    // who is behind may be for another peer, which has room
    this.#waiters = new Waiters(clock, () => {
      this.wake();
    });
    this.#options = options;
  }

  /** Now or never: false when the message would have to wait, behind others or for room. */
  trySend(message: Out): boolean {
    return this.#waiters.size === 0 && this.#pattern.trySend(message);
  }

  send(message: Out, options: WaitOptions | undefined): Promise<void> {
    if (options !== undefined) checkWait(options);
    if (this.trySend(message)) {
      const last = message[message.length - 1]; // what stands in front is mostly small
      this.#budget -= (typeof last === 'object' ? last.length : 0) + MESSAGE_BYTES;
      return this.#budget > 0 ? DONE : this.#yield();
    }
    const timeout = options?.timeout ?? this.#options.sendTimeout;
    return this.#waiters.wait(message, 'send', { ...options, timeout });
  }

  /** The pattern may take messages again; it may say so while it takes one, when the peer is in this very process. */
  wake(): void {
    if (this.#waking || this.#waiters.size === 0) return;
    this.#waking = true;
    this.#serve();
    this.#waking = false;
  }

  /** Nobody will be served any more. */
  close(error: Error): void {
    this.#waiters.rejectAll(error);
  }

  #serve(): void {
    while (this.#waiters.size > 0) {
      const message = this.#waiters.first;
      if (message === undefined) return;
      try {
        if (!this.#pattern.trySend(message)) return;
      } catch (error) {
        this.#waiters.rejectFirst(error); // out of turn, or without a route, by now: the caller's, not the engine's
        continue;
      }
      this.#waiters.resolveFirst(undefined);
    }
  }

  #yield(): Promise<void> {
    this.#budget = TURN_BYTES;
    return new Promise(resolve => {
      this.#clock.yield(resolve);
    });
  }
}

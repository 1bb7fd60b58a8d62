/**
 * Callers in line: who came first is served first, and each can leave the line, by time or by signal, without disturbing
 * the others.
 */
import type { Clock, Timer } from '../engine/clock.ts';
import { TimeoutError, UsageError } from '../errors.ts';

/** How long a call may wait. */
export interface WaitOptions {
  /** Ends the wait: the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds; -1 for as long as it takes, 0 not at all. Overrides the socket's option. */
  readonly timeout?: number;
}

/** One caller who waits. */
interface Waiter<T, Ticket> {
  readonly ticket: Ticket;
  resolve(value: T): void;
  readonly reject: (error: unknown) => void;
  timer: Timer | undefined;
  signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
}

/** A line of callers who wait for values of one kind. While somebody waits the process stays alive. */
export class Waiters<T, Ticket> {
  readonly #clock: Clock;
  readonly #line = new Set<Waiter<T, Ticket>>(); // in order of arrival, and anybody can leave at once
  readonly #givenUp: () => void;
  #release: (() => void) | undefined;

  /** @param givenUp - told when somebody has left the line unserved, by time or by signal: those behind have moved up */
  constructor(clock: Clock, givenUp: () => void = ignore) {
    this.#clock = clock;
    this.#givenUp = givenUp;
  }

  get size(): number {
    return this.#line.size;
  }

  /** What the first in line came for. */
  get first(): Ticket | undefined {
    for (const { ticket } of this.#line) return ticket;
    return undefined;
  }

  /** Joins the line. `what` names the call in a timeout's message. */
  wait(ticket: Ticket, what: string, { signal, timeout = -1 }: WaitOptions): Promise<T> {
    if (timeout === 0) return Promise.reject(new TimeoutError(`${what} was not possible at once`));
    return new Promise((resolve, reject) => {
      const waiter: Waiter<T, Ticket> = { ticket, resolve, reject, timer: undefined, signal, onAbort: undefined };
      this.#line.add(waiter);
      this.#release ??= this.#clock.keepAlive();
      if (timeout > 0) {
        waiter.timer = this.#clock.setTimer(timeout, () => {
          this.#leave(waiter);
          reject(new TimeoutError(`${what} was not possible within ${String(timeout)} ms`));
          this.#givenUp();
        });
      }
      if (signal !== undefined) {
        waiter.onAbort = () => {
          this.#leave(waiter);
          waiter.reject(signal.reason); // the caller's own value, whatever it is
          this.#givenUp();
        };
        signal.addEventListener('abort', waiter.onAbort);
      }
    });
  }

  /** Serves the first in line. */
  resolveFirst(value: T): void {
    this.#takeFirst()?.resolve(value);
  }

  /** Turns the first in line away. */
  rejectFirst(error: unknown): void {
    this.#takeFirst()?.reject(error);
  }

  /** Turns away who came with this ticket. */
  rejectHolders(ticket: Ticket, error: unknown): void {
    for (const waiter of this.#line) {
      if (waiter.ticket !== ticket) continue;
      this.#leave(waiter);
      waiter.reject(error);
    }
  }

  /** Turns everybody away. */
  rejectAll(error: unknown): void {
    while (this.#line.size > 0) this.rejectFirst(error);
  }

  #takeFirst(): Waiter<T, Ticket> | undefined {
    for (const waiter of this.#line) {
      this.#leave(waiter);
      return waiter;
    }
    return undefined;
  }

  #leave(waiter: Waiter<T, Ticket>): void {
    this.#line.delete(waiter);
    waiter.timer?.cancel();
    if (waiter.onAbort !== undefined) waiter.signal?.removeEventListener('abort', waiter.onAbort);
    if (this.#line.size > 0) return;
    this.#release?.();
    this.#release = undefined;
  }
}

/**
 * A signal that is aborted already ends the call before it has begun.
 * @throws whatever the signal's reason is; UsageError EINVAL for a timeout that is none
 */
export function checkWait({ signal, timeout }: WaitOptions): void {
  signal?.throwIfAborted();
  if (timeout === undefined || (Number.isInteger(timeout) && timeout >= -1)) return;
  throw new UsageError('EINVAL', `timeout ${String(timeout)}, expected whole milliseconds of -1 or more`);
}

function ignore(): void {
  // all wait for the same
}

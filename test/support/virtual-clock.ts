/**
 * A clock whose time passes only when a test says so. Turns are real, since they are an order and no time: `defer` and
 * `yield` go to Node, so a test may await what needs no time without a word to the clock.
 */
import type { Clock, Timer } from '../../src/engine/clock.ts';

interface SetTimer {
  readonly at: number;
  readonly callback: () => void;
}

/** More rounds of the event loop without any time passing than any test needs: something is going in circles. */
const ROUNDS_MAX = 200_000;

/** Time in the hand of a test. */
export class VirtualClock implements Clock {
  #now = 86_400_000; // the origin means nothing, so it is not zero
  #turns = 0;
  #holds = 0;
  readonly #timers = new Set<SetTimer>(); // in the order in which they were set

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Reasons for the process to stay. */
  get holds(): number {
    return this.#holds;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`a timer of ${delayMs} ms`);
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  defer(callback: () => void): void {
    this.#turns += 1;
    process.nextTick(() => {
      this.#turns -= 1;
      callback();
    });
  }

  yield(callback: () => void): void {
    this.#turns += 1;
    setImmediate(() => {
      this.#turns -= 1;
      callback();
    });
  }

  keepAlive(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) this.#holds -= 1;
      held = false;
    };
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const idle = this.#turns === 0;
      await turn(); // promises go on meanwhile, and may ask for more turns
      if (idle && this.#turns === 0) return;
    }
    throw new Error(`no rest after ${ROUNDS_MAX} rounds: something goes in circles`);
  }

  /** Lets time pass: what falls due happens in its order, each at its own moment, with everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.settle();
    while (await this.#fireNext(target));
    this.#now = target;
  }

  /** Lets time pass until a promise has settled, and gives its value; fails when that takes more than `limitMs`. */
  async until<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    const target = this.#now + limitMs;
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    promise.then(note, note);
    await this.settle();
    // the compiler does not see that a callback changes it
    while (!(settled as boolean) && (await this.#fireNext(target)));
    if (!(settled as boolean)) throw new Error(`still pending after ${limitMs} ms`);
    return promise;
  }

  /** The first of the earliest timers, unless it is later than `target`. */
  async #fireNext(target: number): Promise<boolean> {
    let next: SetTimer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    if (next === undefined || next.at > target) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    await this.settle();
    return true;
  }
}

/** The event loop goes round once. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}

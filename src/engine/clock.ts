/**
 * Time and turns, in one hand so that a test can put a virtual clock in its place.
 *
 * A *turn* is one round of the event loop. `defer` runs before the loop goes on (messages of one turn leave together),
 * `yield` lets the loop go round first (so that others get their turn).
 */

/** A timer that has been set. */
export interface Timer {
  cancel(): void;
}

/** Where all time comes from. */
export interface Clock {
  /** Milliseconds that only ever grow; the origin means nothing. */
  now(): number;
  /** Calls back once after `delayMs`. A timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Calls back when the code that runs now, and every promise it has settled, is done. */
  defer(callback: () => void): void;
  /** Calls back after the event loop has gone round once. */
  yield(callback: () => void): void;
  /** Keeps the process alive until the function it returns is called (once; again does nothing). */
  keepAlive(): () => void;
}

const LONG_MS = 0x7fff_ffff; // the longest delay a timer of Node takes

/** The system's clock. */
export class SystemClock implements Clock {
  #holds = 0;
  #anchor: NodeJS.Timeout | undefined; // exists to be referenced, and only once somebody has held it

  now(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timeout = setTimeout(callback, Math.min(delayMs, LONG_MS));
    timeout.unref();
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  }

  defer(callback: () => void): void {
    process.nextTick(callback);
  }

  yield(callback: () => void): void {
    setImmediate(callback);
  }

  keepAlive(): () => void {
    const anchor = (this.#anchor ??= setInterval(nothing, LONG_MS));
    this.#holds += 1;
    if (this.#holds === 1) anchor.ref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds === 0) anchor.unref();
    };
  }
}

function nothing(): void {
  // the anchor has nothing to do
}

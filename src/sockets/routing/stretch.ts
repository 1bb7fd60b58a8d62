/** Work that may be long, in stretches of a few milliseconds: others get their turn between two of them. */
import type { Clock } from '../../engine/clock.ts';

/** Topics, about: to find, write or take in one costs some microseconds, more before the engine has warmed up to it. */
const STRETCH = 1000;

/** Counts work. */
export class Stretch {
  readonly #clock: Pick<Clock, 'yield'>;
  readonly #goOn: () => void;
  #left = STRETCH;

  /** @param goOn - called when a new stretch has begun after one was used up */
  constructor(clock: Pick<Clock, 'yield'>, goOn: () => void) {
    this.#clock = clock;
    this.#goOn = goOn;
  }

  /** Units of work that may still be done; none or less: not before the event loop has gone round. */
  get left(): number {
    return this.#left;
  }

  /** Units of work have been done. */
  spend(units: number): void {
    const usedUp = this.#left > 0 && this.#left <= units;
    this.#left -= units;
    if (usedUp) this.#clock.yield(this.#next);
  }

  readonly #next = (): void => {
    this.#left = STRETCH;
    this.#goOn();
  };
}

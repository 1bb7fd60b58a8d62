/** Work that is done only so many at a time, behind a line that is only so long. */

interface Waiting {
  readonly start: () => void;
}

/** How much of it there may be. */
export interface LineLimits {
  readonly atATime: number;
  readonly waiting: number;
}

/** A line in which jobs wait for their turn. */
export class BoundedLine {
  readonly #limits: LineLimits;
  readonly #waiting = new Set<Waiting>(); // in the order of coming
  #running = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /**
   * Does a job when its turn has come.
   * @returns what it gives; undefined, without doing it, when the line is full, or the signal aborts before its turn
   */
  async take<Result>(job: () => Promise<Result>, signal: AbortSignal): Promise<Result | undefined> {
    if (!(await this.#turn(signal))) return undefined;
    try {
      return await job();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  /** Resolves with true when a place is taken, which the caller must give back. */
  #turn(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#running < this.#limits.atATime) {
      this.#running += 1;
      return Promise.resolve(true);
    }
    if (this.#waiting.size >= this.#limits.waiting) return Promise.resolve(false);
    return new Promise(resolve => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        resolve(false);
      };
      const waiting = {
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve(true);
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #next(): void {
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      this.#running += 1;
      waiting.start();
      return;
    }
  }
}

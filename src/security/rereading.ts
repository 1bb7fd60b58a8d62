/**
 * Files that may change while a program runs. They are looked at when somebody asks, at most once a second: nothing runs
 * while nobody does. What cannot be read changes nothing; the last good state stays, and somebody is told.
 */
import { SystemClock, type Clock } from '../engine/clock.ts';
import type { Authenticator } from '../sockets/zap/authenticator.ts';

/** An authenticator that reads files. */
export interface ReloadableAuthenticator extends Authenticator {
  /**
   * Reads everything again, at once, changed or not.
   * @returns a promise that rejects when something cannot be read; what was known of that stays
   */
  reload(): Promise<void>;
}

/** How files are read again. */
export interface RereadingOptions {
  /** Told when a file that has changed cannot be read; once, not with every peer. Default: a warning of the process. */
  readonly onError?: (error: Error) => void;
  /** Says when a second has passed. Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** Reads `changed` files or `all`; throws after it has done what it could. */
export type Read = (what: 'changed' | 'all') => Promise<void>;

const LOOK_EVERY_MS = 1000;

/** When to look whether files have changed. */
export class Rereading {
  readonly #read: Read;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onError: (error: Error) => void;
  #lookedAt = -Infinity;
  #last: Promise<void> = Promise.resolve(); // readings follow one another
  #complaint: string | undefined; // told, and not yet mended

  constructor(read: Read, { onError = warn, clock = new SystemClock() }: RereadingOptions) {
    this.#read = read;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Reads what has changed, if nobody has looked for a second. Never rejects, unless `onError` throws. */
  async refresh(): Promise<void> {
    if (this.#clock.now() - this.#lookedAt < LOOK_EVERY_MS) return this.#last;
    this.#lookedAt = this.#clock.now();
    const look = this.#last.then(() => this.#look());
    this.#last = look.catch(() => undefined);
    return look;
  }

  /** Reads everything. */
  reload(): Promise<void> {
    this.#lookedAt = this.#clock.now();
    const reading = this.#last.then(() => this.#read('all'));
    this.#last = reading.catch(() => undefined); // whoever called has it
    return reading;
  }

  async #look(): Promise<void> {
    try {
      await this.#read('changed');
      this.#complaint = undefined;
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (error.message === this.#complaint) return;
      this.#complaint = error.message;
      this.#onError(error);
    }
  }
}

function warn(error: Error): void {
  process.emitWarning(error);
}

/**
 * How long to wait before the next attempt to connect.
 *
 * As libzmq does: without a maximum every delay is the interval plus a random part of up to one more; with a maximum the
 * delay doubles until it is reached. Unlike libzmq (4.3.5) the doubled delays have a random part too, since a thousand
 * clients must not come back in step, and a peer that answers but cannot be talked to makes the delay grow even where
 * no maximum is set.
 */

/** Milliseconds; ZMQ_RECONNECT_IVL and ZMQ_RECONNECT_IVL_MAX. */
export interface BackoffOptions {
  /** 0 or less: never again. */
  readonly intervalMs: number;
  /** The longest delay, its random part aside; 0: no growth. */
  readonly maxIntervalMs: number;
}

/** The ceiling for peers that cannot be talked to, where the options name none. */
const REFUSED_MAX_MS = 30_000;

/** The delays of one endpoint. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #doublings = 0;

  /** @param random - from 0 up to, not including, 1 */
  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** A handshake went through: the next delay is the first again. */
  reset(): void {
    this.#doublings = 0;
  }

  /** The next delay in milliseconds, or undefined: no further attempt. */
  next(cause: 'unreachable' | 'refused'): number | undefined {
    const { intervalMs } = this.#options;
    if (intervalMs <= 0) return undefined;
    const ceiling = this.#ceiling(cause);
    const delay = Math.min(intervalMs * 2 ** this.#doublings, ceiling);
    if (delay < ceiling) this.#doublings += 1;
    return Math.round(delay + this.#random() * Math.min(intervalMs, delay));
  }

  #ceiling(cause: 'unreachable' | 'refused'): number {
    const { intervalMs, maxIntervalMs } = this.#options;
    if (maxIntervalMs > 0) return Math.max(maxIntervalMs, intervalMs);
    return cause === 'refused' ? Math.max(REFUSED_MAX_MS, intervalMs) : intervalMs;
  }
}

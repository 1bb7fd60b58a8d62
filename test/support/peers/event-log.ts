/**
 * What happened to one socket so far, to wait for instead of sleeping: an event that came before anybody asked counts.
 */
import { deadlineMs } from './deadline.ts';

interface Waiter {
  readonly type: string;
  readonly count: number;
  readonly resolve: () => void;
}

/** Counts events by type. */
export class EventLog {
  readonly #owner: string;
  readonly #counts = new Map<string, number>();
  #waiters: Waiter[] = [];

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** One more of this type. */
  add(type: string): void {
    this.#counts.set(type, this.#seen(type) + 1);
    const due = this.#waiters.filter(waiter => waiter.count <= this.#seen(waiter.type));
    this.#waiters = this.#waiters.filter(waiter => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }

  /** Resolves when there have been `count` events of that type since the socket was opened. */
  until(type: string, count = 1): Promise<void> {
    if (this.#seen(type) >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = [...this.#counts].map(([name, times]) => `${name} ×${times}`).join(', ');
        reject(new Error(`${this.#owner}: no '${type}' ×${count} in ${deadlineMs} ms, but ${seen}`));
      }, deadlineMs);
      this.#waiters.push({
        type,
        count,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  #seen(type: string): number {
    return this.#counts.get(type) ?? 0;
  }
}

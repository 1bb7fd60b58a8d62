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
  readonly #details = new Map<string, (string | undefined)[]>();
  #waiters: Waiter[] = [];

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** One more of this type, and what it said. */
  add(type: string, detail?: string): void {
    this.#details.set(type, [...(this.#details.get(type) ?? []), detail]);
    const due = this.#waiters.filter(waiter => waiter.count <= this.count(waiter.type));
    this.#waiters = this.#waiters.filter(waiter => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }

  /** Resolves when there have been `count` events of that type since the socket was opened. */
  until(type: string, count = 1): Promise<void> {
    if (this.count(type) >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = [...this.#details].map(([name, { length }]) => `${name} ×${length}`).join(', ');
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

  /** How many there have been of this type. */
  count(type: string): number {
    return this.#details.get(type)?.length ?? 0;
  }

  /** What those of this type have said, oldest first. */
  details(type: string): string[] {
    return (this.#details.get(type) ?? []).filter(detail => detail !== undefined);
  }
}

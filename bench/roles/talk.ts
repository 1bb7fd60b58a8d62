/** A child's end of the conversation with the bench. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOrder, type Order, type Report, type Sample } from '../orders.ts';

const COLLECTIONS = 4; // the first frees, the next shrink the heap
const COLLECTION_PAUSE_MS = 100;

/** Orders in, reports out. */
export class Talk {
  /** Whose messages a sample tells of. */
  counter: { readonly messages: number } = { messages: 0 };
  readonly #orders: Order[] = [];
  #wake: () => void = () => {};

  constructor() {
    process.on('message', order => {
      if (!isOrder(order)) return;
      if (order.kind === 'sample') void this.#sample();
      else {
        this.#orders.push(order);
        this.#wake();
      }
    });
    process.on('disconnect', () => process.exit());
  }

  report(report: Report): void {
    process.send?.(report);
  }

  /** The next order; samples are served aside. */
  async order(): Promise<Order> {
    while (true) {
      const order = this.#orders.shift();
      if (order !== undefined) return order;
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }

  async #sample(): Promise<void> {
    for (let i = 0; i < COLLECTIONS && globalThis.gc !== undefined; i += 1) {
      globalThis.gc();
      await sleep(COLLECTION_PAUSE_MS);
    }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const sample: Sample = { rssBytes: rss, heapBytes: heapUsed + arrayBuffers, messages: this.counter.messages };
    this.report({ kind: 'sample', ...sample });
  }
}

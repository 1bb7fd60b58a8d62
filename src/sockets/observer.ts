/** `socket.events`: what happens to a socket's connections, to be listened to or read one by one. */
import { EventEmitter } from 'node:events';
import type { Clock } from '../engine/clock.ts';
import type { MonitorEvent, MonitorEventOf } from '../engine/monitor.ts';
import { ClosedError } from '../errors.ts';
import { Waiters, checkWait, type WaitOptions } from './waiters.ts';

const NO_MORE: IteratorResult<MonitorEvent, undefined> = { value: undefined, done: true };

/** Events kept for a reader who is slow; the oldest give way. */
const KEPT_EVENTS = 1000;

/**
 * The events of one socket, from the moment `socket.events` was first asked for.
 *
 * A reader who waits keeps the process alive, a listener alone does not (in zeromq.js it does).
 * Listeners and readers do not exclude each other. A listener that throws does not stop the socket: its error surfaces
 * as an uncaught exception of the process, as with every event emitter.
 */
export class Observer {
  readonly #clock: Clock;
  readonly #listeners = new EventEmitter().setMaxListeners(0);
  readonly #waiters: Waiters<MonitorEvent, object | undefined>; // a loop is its own ticket
  #kept: MonitorEvent[] = [];
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#waiters = new Waiters(clock);
  }

  /** Calls back at each event of the type, until {@link off}. */
  on<T extends MonitorEvent['type']>(type: T, listener: (event: MonitorEventOf<T>) => void): this {
    this.#listeners.on(type, listener);
    return this;
  }

  /** Takes a listener back. */
  off<T extends MonitorEvent['type']>(type: T, listener: (event: MonitorEventOf<T>) => void): this {
    this.#listeners.off(type, listener);
    return this;
  }

  /**
   * The next event. The thousand latest are kept for whoever reads slowly.
   * @throws ClosedError (as a rejection) EBADF after `end`
   */
  receive(options: WaitOptions = {}): Promise<MonitorEvent> {
    checkWait(options);
    return this.#next(undefined, options);
  }

  /** All events from now on; the loop ends after `end`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<MonitorEvent, undefined> {
    let over = false;
    const iterator: AsyncIterableIterator<MonitorEvent, undefined> = {
      next: () => (over ? Promise.resolve(NO_MORE) : this.#next(iterator, {}).then(asResult, () => NO_MORE)),
      return: () => {
        over = true;
        this.#waiters.rejectHolders(iterator, new ClosedError());
        return Promise.resolve(NO_MORE);
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** @internal What the socket tells. */
  tell(event: MonitorEvent): void {
    if (event.type === 'end') this.#ended = true;
    if (this.#waiters.size > 0) this.#waiters.resolveFirst(event);
    else this.#keep(event);
    if (this.#listeners.listenerCount(event.type) > 0) {
      this.#clock.defer(() => {
        this.#listeners.emit(event.type, event);
      });
    }
    if (this.#ended) this.#waiters.rejectAll(new ClosedError());
  }

  #next(loop: object | undefined, options: WaitOptions): Promise<MonitorEvent> {
    const event = this.#kept.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (this.#ended) return Promise.reject(new ClosedError());
    return this.#waiters.wait(loop, 'receive', options);
  }

  #keep(event: MonitorEvent): void {
    if (this.#kept.length >= KEPT_EVENTS) this.#kept = this.#kept.slice(KEPT_EVENTS / 2);
    this.#kept.push(event);
  }
}

function asResult(value: MonitorEvent): IteratorResult<MonitorEvent, undefined> {
  return { value, done: false };
}

/** The names of one context: who has bound them, and who waits for one to be bound. */
import type { SocketType } from '../zmtp/socket-type.ts';
import type { InprocEnd } from './inproc-end.ts';

/** Who has a name. */
export interface InprocBinder {
  readonly type: SocketType;
  /** Somebody has connected to the name. */
  accept(connecting: InprocEnd): void;
}

/** Where sockets of one context find each other. */
export class InprocNames {
  readonly #binders = new Map<string, InprocBinder>();
  readonly #waiting = new Map<string, Set<InprocEnd>>(); // in order

  binder(name: string): InprocBinder | undefined {
    return this.#binders.get(name);
  }

  /** False: somebody has it. */
  take(name: string, binder: InprocBinder): boolean {
    if (this.#binders.has(name)) return false;
    this.#binders.set(name, binder);
    return true;
  }

  free(name: string): void {
    this.#binders.delete(name);
  }

  wait(name: string, end: InprocEnd): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) this.#waiting.set(name, new Set([end]));
    else waiting.add(end);
  }

  /** All who wait for the name; they do so no longer. */
  takeWaiting(name: string): Iterable<InprocEnd> {
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    return waiting;
  }

  /** Somebody does not wait any more. */
  leave(name: string, end: InprocEnd): void {
    const waiting = this.#waiting.get(name);
    if (waiting?.delete(end) === true && waiting.size === 0) this.#waiting.delete(name);
  }
}

/**
 * Octets in the order they came, however they were cut. Chunks are kept as they are; octets are copied only where one
 * taken piece spans several of them.
 *
 *      chunks   [ taken | waiting ] [ waiting ] [ waiting ]
 *                       ▲ position
 */
import { EMPTY } from './octets.ts';

/** A first-in-first-out queue of octets. */
export class ByteQueue {
  /** The chunk being read, and how far. For the tight loop of `frame-reader.ts`, which moves `position` itself. */
  chunk: Uint8Array = EMPTY;
  position = 0;

  #waiting: Uint8Array[] = []; // chunks behind the current one
  #next = 0; // the first of them
  #waitingBytes = 0;

  /** Octets not taken yet. */
  get size(): number {
    return this.chunk.length - this.position + this.#waitingBytes;
  }

  /** Chunks that are not used up. */
  get chunks(): number {
    return (this.position < this.chunk.length ? 1 : 0) + this.#waiting.length - this.#next;
  }

  /** Adds a chunk at the end; the queue owns it now. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.position === this.chunk.length && this.#waitingBytes === 0) {
      this.chunk = chunk;
      this.position = 0;
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** When the current chunk is used up, the next one takes its place. False when there is none. */
  advance(): boolean {
    if (this.position < this.chunk.length) return true;
    const next = this.#waiting[this.#next];
    this.position = 0;
    if (next === undefined) {
      this.chunk = EMPTY;
      return false;
    }
    this.chunk = next;
    this.#waitingBytes -= next.length;
    this.#next += 1;
    if (this.#next * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#next); // or a queue that never runs empty would keep every chunk it ever had
      this.#next = 0;
    }
    return true;
  }

  /** Looks at up to `into.length` octets without taking them; returns how many there were. */
  peek(into: Uint8Array): number {
    let filled = copy(this.chunk, this.position, into, 0);
    for (let i = this.#next; filled < into.length; i += 1) {
      const chunk = this.#waiting[i];
      if (chunk === undefined) break;
      filled += copy(chunk, 0, into, filled);
    }
    return filled;
  }

  /** Takes as many octets as fit into `into` from `offset` on; returns how many that were. */
  takeInto(into: Uint8Array, offset: number): number {
    let filled = offset;
    while (filled < into.length && this.advance()) {
      const count = copy(this.chunk, this.position, into, filled);
      this.position += count;
      filled += count;
    }
    return filled - offset;
  }

  /** Lets go of `count` octets, which must be there. */
  skip(count: number): void {
    let left = count;
    while (left > 0 && this.advance()) {
      const step = Math.min(left, this.chunk.length - this.position);
      this.position += step;
      left -= step;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.chunk = EMPTY;
    this.position = 0;
    this.#waiting = [];
    this.#next = 0;
    this.#waitingBytes = 0;
  }
}

function copy(from: Uint8Array, start: number, into: Uint8Array, offset: number): number {
  const count = Math.min(from.length - start, into.length - offset);
  into.set(from.subarray(start, start + count), offset);
  return count;
}

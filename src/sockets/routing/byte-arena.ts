/**
 * Runs of octets, one behind the other in a single growing array. A run is named by where it starts; its owner knows how
 * long it is. New runs go to the end. Released ones stay where they are, as garbage, until the owner, who alone knows
 * which runs live, moves those into a fresh arena.
 *
 *      | run | garbage | run | run | garbage | run |   room   |
 *                                                  ▲ end
 */

const FIRST_CAPACITY = 256;
const MAX_CAPACITY = 2 ** 31 - 1; // a start has to fit a signed 32-bit column
const SHORT = 32; // up to here a loop beats the call of set(), which needs a view

/** An append-only store of octets that counts what has become of no use. */
export class ByteArena {
  #bytes: Uint8Array;
  #end = 0;
  #garbage = 0;

  /** @param capacity - octets to make room for at once */
  constructor(capacity: number = FIRST_CAPACITY) {
    this.#bytes = new Uint8Array(Math.max(FIRST_CAPACITY, capacity));
  }

  /** Where all runs are. Stale after the next {@link append}. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Octets released since the start. */
  get garbage(): number {
    return this.#garbage;
  }

  /** Octets in use. */
  get live(): number {
    return this.#end - this.#garbage;
  }

  /** Memory taken. */
  get sizeBytes(): number {
    return this.#bytes.length;
  }

  /** Copies `source` from `from` up to `to` to the end, right behind the run appended before; returns where it starts. */
  append(source: Uint8Array, from: number, to: number): number {
    const start = this.#end;
    this.#end = start + to - from;
    if (this.#end > this.#bytes.length) this.#grow(start);
    const bytes = this.#bytes;
    if (to - from > SHORT) bytes.set(source.subarray(from, to), start);
    else for (let i = from, at = start; i < to; i += 1, at += 1) bytes[at] = source[i] ?? 0;
    return start;
  }

  /** Counts `length` octets as garbage. */
  release(length: number): void {
    this.#garbage += length;
  }

  /**
   * Compares the run at `start` with `key` from `from` up to `to`.
   * @returns the first place in `key` where they differ; `to` when they do not
   */
  mismatch(start: number, key: Uint8Array, from: number, to: number): number {
    const bytes = this.#bytes;
    const shift = start - from;
    let at = from;
    while (at < to && bytes[at + shift] === key[at]) at += 1;
    return at;
  }

  #grow(used: number): void {
    if (this.#end > MAX_CAPACITY) {
      const wanted = this.#end;
      this.#end = used;
      throw new RangeError(`${String(wanted)} octets of topics, limit ${String(MAX_CAPACITY)}`);
    }
    const bytes = new Uint8Array(Math.min(MAX_CAPACITY, this.#end + (this.#end >>> 1)));
    bytes.set(this.#bytes.subarray(0, used));
    this.#bytes = bytes;
  }
}

/**
 * Small records of whole numbers, all in one Int32Array: no object, no header, no work for the garbage collector.
 *
 *      words   | a b c | a b c | → · · | a b c |           three columns; the third record is free and
 *      record    0       3       6       9                 its first word leads to the next free one
 *
 * A record is named by the place of its first word, so that reading a column is one addition. A name stays good until
 * the record is given back; then it is handed out again.
 */

/** No record, no value: the end of every chain. */
export const NONE = -1;

const FIRST_RECORDS = 8; // most sockets hold a few subscriptions

/** Records of a fixed number of columns, each a signed 32-bit integer. */
export class RecordPool {
  readonly #width: number;
  #words: Int32Array;
  #end = 0; // beyond it no record has ever been handed out
  #free = NONE;
  #size = 0;

  /** @param width - columns of a record */
  constructor(width: number) {
    this.#width = width;
    this.#words = new Int32Array(FIRST_RECORDS * width);
  }

  /** Records in use. */
  get size(): number {
    return this.#size;
  }

  /** Every record in use, and some that are free, lie at the multiples of the width below this. */
  get end(): number {
    return this.#end;
  }

  /** Memory taken, free records included. */
  get sizeBytes(): number {
    return this.#words.byteLength;
  }

  /** A column of a record. */
  get(record: number, column: number): number {
    return this.#words[record + column] ?? NONE;
  }

  /** Changes a column of a record. */
  set(record: number, column: number, value: number): void {
    this.#words[record + column] = value;
  }

  /** A record for the caller; what its columns hold is left over from earlier use. */
  take(): number {
    this.#size += 1;
    const freed = this.#free;
    if (freed !== NONE) {
      this.#free = this.get(freed, 0);
      return freed;
    }
    const record = this.#end;
    if (record === this.#words.length) this.#grow();
    this.#end += this.#width;
    return record;
  }

  /** Takes a record back. Its first column is overwritten, the others stay as they are until it is handed out again. */
  give(record: number): void {
    this.set(record, 0, this.#free);
    this.#free = record;
    this.#size -= 1;
  }

  /** Forgets all records and their memory. */
  clear(): void {
    this.#end = 0;
    this.#free = NONE;
    this.#size = 0;
    const first = FIRST_RECORDS * this.#width;
    if (this.#words.length > first) this.#words = new Int32Array(first);
  }

  /** By half: a pool of millions is not half empty after each step. */
  #grow(): void {
    const records = this.#words.length / this.#width;
    const words = new Int32Array((records + (records >>> 1)) * this.#width);
    words.set(this.#words);
    this.#words = words;
  }
}

/** A body whose octets are in several chunks, or have not all come yet: memory of its own, for what has arrived. */
import type { Memory } from '../message.ts';
import type { ByteQueue } from './byte-queue.ts';
import { EMPTY } from './octets.ts';

/** Memory a body gets at least, before it has shown that many octets really come. */
const FIRST_BODY_BYTES = 64 * 1024;
/** Otherwise it gets this many times what has arrived. */
const BODY_GROWTH = 16;
/** A large body waits for this many chunks, lest its memory be taken twice. More would let tiny ones pile up. */
const PATIENCE_CHUNKS = 4;

/** One body on its way, with the flags of its frame. */
export class PartialBody {
  readonly flags: number;
  readonly #memory: Memory;
  readonly #size: number; // octets it will have
  #octets: Uint8Array;
  #filled = 0; // octets it has

  constructor(memory: Memory, flags: number, size: number) {
    this.flags = flags;
    this.#memory = memory;
    this.#size = size;
    this.#octets = size === 0 ? memory.allocate(0) : EMPTY; // what is handed out is always of this memory
  }

  /** Octets it has. */
  get filled(): number {
    return this.#filled;
  }

  /** Takes what there is of it; gives the body when it is whole. */
  fill(queue: ByteQueue): Uint8Array | undefined {
    while (this.#filled < this.#size) {
      if (queue.size === 0 || (this.#octets.length === 0 && this.#isEarly(queue))) return undefined;
      if (this.#filled === this.#octets.length) this.#enlarge(queue);
      this.#filled += queue.takeInto(this.#octets, this.#filled);
    }
    return this.#octets;
  }

  /** Whether a few more chunks will show that the body deserves all its memory at once. */
  #isEarly(queue: ByteQueue): boolean {
    return queue.size * BODY_GROWTH < this.#size && queue.chunks < PATIENCE_CHUNKS;
  }

  /** Memory in proportion to what has arrived, and never more than the body needs. */
  #enlarge(queue: ByteQueue): void {
    const arrived = this.#filled + queue.size;
    const larger = this.#memory.allocate(Math.min(this.#size, Math.max(FIRST_BODY_BYTES, arrived * BODY_GROWTH)));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}

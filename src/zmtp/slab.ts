/** Where small frames are gathered before they are written. */
import type { Memory } from '../message.ts';

const SLAB_BYTES = 64 * 1024;
/** With less than this left a slab is used up. */
const USEFUL_BYTES = 64;

/**
 * Room to write into, shared by connections that write one after the other: what one leaves of a slab the next goes on
 * with, so an idle connection holds none.
 */
export class Slab {
  readonly #memory: Memory;
  #octets: Uint8Array | undefined;
  #used = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** A slab of its own. */
  fresh(): Uint8Array {
    return this.#memory.allocate(SLAB_BYTES);
  }

  /** Room for one thing that is too large for a slab. */
  alone(length: number): Uint8Array {
    return this.#memory.allocate(length);
  }

  /** Hands the rest of the slab to one writer, at least `least` octets of it. */
  lease(least: number): { octets: Uint8Array; used: number } {
    const octets = this.#octets;
    this.#octets = undefined;
    if (octets === undefined || SLAB_BYTES - this.#used < least) return { octets: this.fresh(), used: 0 };
    return { octets, used: this.#used };
  }

  /** Takes back what the writer has not used. Too little to be of use is let go. */
  giveBack(octets: Uint8Array, used: number): void {
    if (SLAB_BYTES - used < USEFUL_BYTES) return;
    this.#octets = octets;
    this.#used = used;
  }
}

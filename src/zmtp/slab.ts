/** Where small frames are gathered before they are written. */
import type { Memory } from '../message.ts';

const SLAB_BYTES = 64 * 1024;
/** With less than this left a slab is used up. */
const USEFUL_BYTES = 64;
/** What is too large for a slab gets a whole number of these, so that what one message leaves fits the next. */
const ROOM_BYTES = 32 * 1024;
/** Of such rooms this much is kept for others to use. Fresh memory costs the system as much as sealing what goes in. */
const SPARE_MAX_BYTES = 2 * 1024 * 1024;

/**
 * Room to write into, shared by connections that write one after the other: what one leaves of a slab the next goes on
 * with, so an idle connection holds none.
 */
export class Slab {
  readonly #memory: Memory;
  #octets: Uint8Array | undefined;
  #used = 0;
  readonly #spare: Uint8Array[] = []; // the oldest first
  #spareBytes = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** A slab of its own. */
  fresh(): Uint8Array {
    return this.#memory.allocate(SLAB_BYTES);
  }

  /** Room for one thing that is too large for a slab: so much or more. */
  alone(length: number): Uint8Array {
    const spare = this.#spare;
    const rounded = Math.ceil(length / ROOM_BYTES) * ROOM_BYTES;
    for (let i = spare.length - 1; i >= 0; i -= 1) {
      const room = spare[i];
      if (room?.length !== rounded) continue;
      spare.splice(i, 1);
      this.#spareBytes -= rounded;
      return room;
    }
    return this.#memory.allocate(rounded);
  }

  /** Takes back a room that {@link alone} gave, and that nobody else sees any more. */
  takeBack(room: Uint8Array): void {
    this.#spare.push(room);
    this.#spareBytes += room.length;
    while (this.#spareBytes > SPARE_MAX_BYTES) this.#spareBytes -= this.#spare.shift()?.length ?? 0;
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

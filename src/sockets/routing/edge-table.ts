/**
 * The edges of all nodes of a radix tree. A node's edges are a block: octets in ascending order, and beside each the
 * child that begins with it. A block's capacity is the power of two its count rounds up to, so that the count alone
 * tells it.
 *
 *      octets     | a c f · | x | 0 1 2 … |             block at 0: three edges, capacity four
 *      children   | 6 9 3 · | 5 | 7 8 4 … |             block at 4: one edge
 *
 * Octets stand apart from the children because a search then stays within one to four cache lines. Binary search, not
 * hashing: remote peers choose the octets, and there is nothing here they could choose badly.
 */
import { NONE } from './record-pool.ts';

const FIRST_CAPACITY = 16;
const CLASSES = 9; // capacities 1, 2, 4 … 256

/** Blocks of edges. A block is named by where it starts, NONE when it has no edge; its owner keeps the count. */
export class EdgeTable {
  #octets: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  #children: Int32Array = new Int32Array(FIRST_CAPACITY);
  #end = 0;
  readonly #free: Int32Array = new Int32Array(CLASSES).fill(NONE); // a chain through the children, by capacity

  /** Memory taken, free blocks included. */
  get sizeBytes(): number {
    return this.#octets.byteLength + this.#children.byteLength;
  }

  /** The child that begins with `octet`, or NONE. */
  find(block: number, count: number, octet: number): number {
    if (count === 0) return NONE;
    const place = this.#search(block, count, octet);
    return place < block + count && this.#octets[place] === octet ? this.#child(place) : NONE;
  }

  /** The child of a block that has but one. */
  only(block: number): number {
    return this.#child(block);
  }

  /** Puts another child in the place of the one that begins with `octet`, which must be there. */
  replace(block: number, count: number, octet: number, child: number): void {
    this.#children[this.#search(block, count, octet)] = child;
  }

  /** Adds an edge that is not there yet; returns where the block is now. */
  insert(block: number, count: number, octet: number, child: number): number {
    const gap = count === 0 ? 0 : this.#search(block, count, octet) - block;
    const stays = count !== 0 && classOf(count) === classOf(count + 1);
    const home = stays ? block : this.#take(classOf(count + 1));
    if (!stays) for (let i = 0; i < gap; i += 1) this.#move(block + i, home + i);
    for (let i = count; i > gap; i -= 1) this.#move(block + i - 1, home + i);
    this.#octets[home + gap] = octet;
    this.#children[home + gap] = child;
    if (!stays && count !== 0) this.#give(block, classOf(count));
    return home;
  }

  /** Takes out an edge, which must be there; returns where the block is now, NONE when that was its last edge. */
  remove(block: number, count: number, octet: number): number {
    if (count === 1) {
      this.#give(block, 0);
      return NONE;
    }
    const gap = this.#search(block, count, octet) - block;
    const stays = classOf(count) === classOf(count - 1);
    const home = stays ? block : this.#take(classOf(count - 1));
    if (!stays) for (let i = 0; i < gap; i += 1) this.#move(block + i, home + i);
    for (let i = gap + 1; i < count; i += 1) this.#move(block + i, home + i - 1);
    if (!stays) this.#give(block, classOf(count));
    return home;
  }

  /** Forgets all blocks and their memory. */
  clear(): void {
    this.#end = 0;
    this.#free.fill(NONE);
    if (this.#octets.length > FIRST_CAPACITY) this.#resize(FIRST_CAPACITY);
  }

  /** The first place of the block whose octet is not below `octet`. */
  #search(block: number, count: number, octet: number): number {
    const octets = this.#octets;
    let low = block;
    let high = block + count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((octets[middle] ?? 0) < octet) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #child(place: number): number {
    return this.#children[place] ?? NONE;
  }

  #move(from: number, to: number): void {
    this.#octets[to] = this.#octets[from] ?? 0;
    this.#children[to] = this.#child(from);
  }

  #take(sizeClass: number): number {
    const freed = this.#free[sizeClass] ?? NONE;
    if (freed !== NONE) {
      this.#free[sizeClass] = this.#child(freed);
      return freed;
    }
    const block = this.#end;
    this.#end += 1 << sizeClass;
    if (this.#end > this.#octets.length) this.#resize(this.#end + (this.#end >>> 1));
    return block;
  }

  #give(block: number, sizeClass: number): void {
    this.#children[block] = this.#free[sizeClass] ?? NONE;
    this.#free[sizeClass] = block;
  }

  #resize(capacity: number): void {
    const octets = new Uint8Array(capacity);
    const children = new Int32Array(capacity);
    if (this.#end > 0) {
      octets.set(this.#octets);
      children.set(this.#children);
    }
    this.#octets = octets;
    this.#children = children;
  }
}

/** The power of two that holds `count` edges, as its exponent. */
function classOf(count: number): number {
  return 32 - Math.clz32(count - 1);
}

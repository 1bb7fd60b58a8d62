/**
 * The subscribing side of SUB and XSUB: which topics has the application asked for, and does a message belong to one?
 * Subscriptions are counted: n of a topic need n cancels (RFC 29, libzmq's trie).
 *
 *      RadixTree: topic ──▶ how often it was added
 */
import { RadixTree, ROOT } from './radix-tree.ts';
import { NONE } from './record-pool.ts';

/** A counted set of topics. */
export class TopicSet {
  readonly #topics = new RadixTree();

  /** Distinct topics. */
  get size(): number {
    return this.#topics.size;
  }

  /** Memory taken. */
  get sizeBytes(): number {
    return this.#topics.sizeBytes;
  }

  /** Counts a topic once more; its octets are copied. True when it is new. */
  add(topic: Uint8Array): boolean {
    const node = this.#topics.insert(topic, 0);
    const count = this.#topics.value(node) + 1;
    this.#topics.setValue(node, count);
    return count === 1;
  }

  /** Counts a topic once less: `last` when it is gone now, `counted` when it stays, `absent` when it was unknown. */
  remove(topic: Uint8Array): 'last' | 'counted' | 'absent' {
    const node = this.#topics.find(topic);
    if (node === NONE) return 'absent';
    const count = this.#topics.value(node) - 1;
    if (count === 0) this.#topics.remove(node);
    else this.#topics.setValue(node, count);
    return count === 0 ? 'last' : 'counted';
  }

  /** Whether any topic is a prefix of `octets`. */
  matches(octets: Uint8Array): boolean {
    if (this.#topics.size === 0) return false;
    for (let node = ROOT; node !== NONE; node = this.#topics.step(node, octets)) {
      if (this.#topics.value(node) !== NONE) return true;
    }
    return false;
  }

  /** The place of a topic, a number that it keeps while it is there; NONE of one that is not. */
  place(topic: Uint8Array): number {
    return this.#topics.find(topic);
  }

  /** The place of the topic that comes next behind `place`, which may be empty by now; of the first behind NONE. */
  next(place: number): number {
    return this.#topics.next(place);
  }

  /** The topic at its place, a copy. */
  at(place: number): Uint8Array {
    return this.#topics.key(place);
  }

  /** Each distinct topic once, each a copy, in no order to rely on. */
  *topics(): IterableIterator<Uint8Array> {
    for (const node of this.#topics.nodes()) yield this.#topics.key(node);
  }
}

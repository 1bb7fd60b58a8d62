/**
 * Octet strings in a radix tree: what keys have in common is kept and compared once.
 *
 *      keys ab, abcd, abx          nodes: a record each                 labels: one arena
 *
 *           (root)                         LABEL  DEPTH  PARENT  …          0 1 2 3 4
 *              │ ab                 ab         0      2  root               a b c d x
 *             ab                    abcd       2      4  ab                 ─┬─ ─┬─ ┬
 *         cd ┌─┴─┐ x                abx        4      3  ab                 ab  cd  x
 *         abcd   abx
 *
 * - DEPTH is the length of the key that ends in a node; the label of a node is as long as its depth is beyond its
 *   parent's. Neither a split nor a join changes the depth of a node that stays, and none renames it: a key's node is
 *   its handle until the key is removed.
 * - A split copies no octet: the two halves share the run. A join is free when the halves still lie side by side.
 * - Every node but the root has a value or an edge. One with no value and a single edge has been left standing because a
 *   join would have copied far more than the key that was removed is long (see JOIN_BYTES).
 * - Everything is a loop, so a topic of a megabyte needs no deep stack.
 */
import { ByteArena } from './byte-arena.ts';
import { EdgeTable } from './edge-table.ts';
import { NONE, RecordPool } from './record-pool.ts';

/** The node of the empty key. It is always there, with or without a value. */
export const ROOT = 0;

// The columns of a node.
const LABEL = 0; // where the label starts in the arena
const DEPTH = 1; // octets from the root to the end of the label
const PARENT = 2; // NONE: the root, or a free record
const VALUE = 3; // NONE: no key ends here
const EDGES = 4; // the block of edges, NONE without
const EDGE_COUNT = 5;
const WIDTH = 6;

// Cancelling "a" above a lone topic of a megabyte must not copy the megabyte: a peer could ask for that again and again
// with a few octets each. Two nodes are joined at once when the lower label is not longer than the upper key plus this;
// else they stay apart, which costs a record for more than this many octets of topic.
const JOIN_BYTES = 64;

/** A map from octet strings of any length to integers from 0 to 2^31 - 1. */
export class RadixTree {
  readonly #nodes = new RecordPool(WIDTH);
  readonly #edges = new EdgeTable();
  #labels = new ByteArena();
  #size = 0;

  constructor() {
    this.#makeRoot();
  }

  /** Keys. */
  get size(): number {
    return this.#size;
  }

  /** Nodes, the root included. */
  get nodeCount(): number {
    return this.#nodes.size;
  }

  /** Memory taken. What is freed is used again; it is given back when the last key goes. */
  get sizeBytes(): number {
    return this.#nodes.sizeBytes + this.#edges.sizeBytes + this.#labels.sizeBytes;
  }

  /** The value of a node, NONE when no key ends there. */
  value(node: number): number {
    return this.#nodes.get(node, VALUE);
  }

  /** Changes the value of a node that has one. */
  setValue(node: number, value: number): void {
    this.#nodes.set(node, VALUE, value);
  }

  /** The node of a key, NONE when it is not in the tree. */
  find(key: Uint8Array): number {
    let node = ROOT;
    while (node !== NONE && this.#depth(node) < key.length) node = this.step(node, key);
    return node !== NONE && this.value(node) !== NONE ? node : NONE;
  }

  /**
   * One step from `node`, which lies on the way of `key`, to the next; NONE at the end. From {@link ROOT} on this passes
   * every key that is a prefix of `key`, the shortest first.
   */
  step(node: number, key: Uint8Array): number {
    const depth = this.#depth(node);
    const octet = key[depth];
    if (octet === undefined) return NONE;
    const child = this.#child(node, octet);
    if (child === NONE) return NONE;
    const end = this.#depth(child);
    if (end > key.length) return NONE;
    return this.#labels.mismatch(this.#nodes.get(child, LABEL), key, depth, end) === end ? child : NONE;
  }

  /** Gives the node of a key. A new key gets `value`, one that is there already keeps its own. The octets are copied. */
  insert(key: Uint8Array, value: number): number {
    let node = ROOT;
    for (let octet = key[0]; octet !== undefined; octet = key[this.#depth(node)]) {
      const child = this.#child(node, octet);
      if (child === NONE) {
        node = this.#addLeaf(node, octet, key);
        break;
      }
      const end = this.#depth(child);
      const label = this.#nodes.get(child, LABEL);
      const same = this.#labels.mismatch(label, key, this.#depth(node), Math.min(end, key.length));
      node = same === end ? child : this.#split(child, same);
    }
    if (this.value(node) === NONE) {
      this.setValue(node, value);
      this.#size += 1;
    }
    return node;
  }

  /** Removes the key that ends in `node`, which must have a value. The node's name is free for another key then. */
  remove(node: number): void {
    this.setValue(node, NONE);
    this.#size -= 1;
    if (this.#size === 0) this.#clear();
    else this.#prune(node);
  }

  /** The key of a node, a copy. */
  key(node: number): Uint8Array {
    const key = new Uint8Array(this.#depth(node));
    const { bytes } = this.#labels;
    for (let at = node; at !== ROOT; at = this.#parent(at)) {
      const label = this.#nodes.get(at, LABEL);
      key.set(bytes.subarray(label, label + this.#labelLength(at)), this.#depth(this.#parent(at)));
    }
    return key;
  }

  /** The nodes of all keys, in no order to rely on. Keys that come or go meanwhile may be among them or not. */
  *nodes(): IterableIterator<number> {
    for (let node = this.next(NONE); node !== NONE; node = this.next(node)) yield node;
  }

  /**
   * The node of a key that comes next behind `node` in the order of {@link nodes}, from NONE on the first; NONE behind the
   * last. A key keeps its place in this order while it is there.
   */
  next(node: number): number {
    const { end } = this.#nodes;
    let at = node === NONE ? ROOT : node + WIDTH;
    while (at < end && this.value(at) === NONE) at += WIDTH;
    return at < end ? at : NONE;
  }

  #depth(node: number): number {
    return this.#nodes.get(node, DEPTH);
  }

  #parent(node: number): number {
    return this.#nodes.get(node, PARENT);
  }

  #labelLength(node: number): number {
    return this.#depth(node) - this.#depth(this.#parent(node));
  }

  #edgeCount(node: number): number {
    return this.#nodes.get(node, EDGE_COUNT);
  }

  #child(node: number, octet: number): number {
    return this.#edges.find(this.#nodes.get(node, EDGES), this.#edgeCount(node), octet);
  }

  #makeRoot(): void {
    this.#makeNode(0, 0, NONE);
  }

  /** A node without value and edges, not yet among those of its parent. */
  #makeNode(label: number, depth: number, parent: number): number {
    const nodes = this.#nodes;
    const node = nodes.take();
    nodes.set(node, LABEL, label);
    nodes.set(node, DEPTH, depth);
    nodes.set(node, PARENT, parent);
    nodes.set(node, VALUE, NONE);
    nodes.set(node, EDGES, NONE);
    nodes.set(node, EDGE_COUNT, 0);
    return node;
  }

  #addEdge(node: number, octet: number, child: number): void {
    const count = this.#edgeCount(node);
    this.#nodes.set(node, EDGES, this.#edges.insert(this.#nodes.get(node, EDGES), count, octet, child));
    this.#nodes.set(node, EDGE_COUNT, count + 1);
  }

  #addLeaf(parent: number, octet: number, key: Uint8Array): number {
    const label = this.#labels.append(key, this.#depth(parent), key.length);
    const leaf = this.#makeNode(label, key.length, parent);
    this.#addEdge(parent, octet, leaf);
    return leaf;
  }

  /** Puts a node at `depth` on the edge that leads to `child`. */
  #split(child: number, depth: number): number {
    const parent = this.#parent(child);
    const label = this.#nodes.get(child, LABEL);
    const cut = label + depth - this.#depth(parent);
    const middle = this.#makeNode(label, depth, parent);
    this.#replaceChild(parent, label, middle);
    this.#addEdge(middle, this.#octet(cut), child);
    this.#nodes.set(child, LABEL, cut);
    this.#nodes.set(child, PARENT, middle);
    return middle;
  }

  /** Takes away what a removed key leaves without purpose. */
  #prune(node: number): void {
    let at = node;
    while (at !== ROOT && this.value(at) === NONE && this.#edgeCount(at) === 0) at = this.#removeLeaf(at);
    if (at !== ROOT) {
      const above = this.#parent(at);
      this.#join(at);
      this.#join(above);
    }
    this.#compact();
  }

  /** @returns the parent */
  #removeLeaf(leaf: number): number {
    const parent = this.#parent(leaf);
    const count = this.#edgeCount(parent);
    const octet = this.#octet(this.#nodes.get(leaf, LABEL));
    this.#nodes.set(parent, EDGES, this.#edges.remove(this.#nodes.get(parent, EDGES), count, octet));
    this.#nodes.set(parent, EDGE_COUNT, count - 1);
    this.#labels.release(this.#labelLength(leaf));
    this.#freeNode(leaf);
    return parent;
  }

  /** Lets the only child of a node without value take its place, if that is cheap. */
  #join(node: number): void {
    if (node === ROOT || this.value(node) !== NONE || this.#edgeCount(node) !== 1) return;
    const child = this.#edges.only(this.#nodes.get(node, EDGES));
    const upper = this.#labelLength(node);
    const lower = this.#labelLength(child);
    const label = this.#nodes.get(node, LABEL);
    const childLabel = this.#nodes.get(child, LABEL);
    let joined = label;
    if (label + upper !== childLabel) {
      if (lower > this.#depth(node) + JOIN_BYTES) return;
      joined = this.#labels.append(this.#labels.bytes, label, label + upper);
      this.#labels.append(this.#labels.bytes, childLabel, childLabel + lower);
      this.#labels.release(upper + lower);
    }
    const parent = this.#parent(node);
    this.#replaceChild(parent, label, child);
    this.#nodes.set(child, LABEL, joined);
    this.#nodes.set(child, PARENT, parent);
    this.#edges.remove(this.#nodes.get(node, EDGES), 1, this.#octet(childLabel));
    this.#freeNode(node);
  }

  /** @param label - of the child that is there now */
  #replaceChild(parent: number, label: number, child: number): void {
    this.#edges.replace(this.#nodes.get(parent, EDGES), this.#edgeCount(parent), this.#octet(label), child);
  }

  #freeNode(node: number): void {
    this.#nodes.set(node, PARENT, NONE);
    this.#nodes.give(node);
  }

  #octet(at: number): number {
    return this.#labels.bytes[at] ?? 0;
  }

  /**
   * Copies the labels to a fresh arena once there is more garbage than labels and records. Every record is looked at, and
   * for each an octet has been released since the last time: so no removal pays for more than its own octets.
   */
  #compact(): void {
    const old = this.#labels;
    if (old.garbage <= old.live + this.#nodes.end / WIDTH) return;
    const fresh = new ByteArena(old.live + (old.live >>> 2));
    for (let node = ROOT; node < this.#nodes.end; node += WIDTH) {
      if (this.#parent(node) === NONE) continue;
      const label = this.#nodes.get(node, LABEL);
      this.#nodes.set(node, LABEL, fresh.append(old.bytes, label, label + this.#labelLength(node)));
    }
    this.#labels = fresh;
  }

  #clear(): void {
    this.#nodes.clear();
    this.#edges.clear();
    this.#labels = new ByteArena();
    this.#makeRoot();
  }
}

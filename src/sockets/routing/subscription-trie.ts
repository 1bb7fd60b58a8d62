/**
 * The publishing side of PUB and XPUB: which subscribers want a message? Those who have subscribed to any prefix of its
 * first frame (RFC 29, libzmq's generic_mtrie).
 *
 *      RadixTree            SubscriptionTable                 entries
 *      topic ──▶ node ──▶ ring of (topic, subscriber) ──▶ { subscriber, stamp … }
 *                         ring of (topic, subscriber) ◀──
 *
 * - A subscriber has a topic or has it not: a second subscription changes nothing, one cancel ends it.
 * - match() first gathers, with no foreign code in between, and then visits: what a visit changes cannot derail it. A
 *   stamp on each entry says in which match it was gathered last, so nobody is visited twice.
 */
import { RadixTree, ROOT } from './radix-tree.ts';
import { NONE } from './record-pool.ts';
import { SubscriptionTable } from './subscription-table.ts';

const REFERENCE_BYTES = 8;

interface Entry<S> {
  readonly subscriber: S;
  /** What the table calls it: the index in #entriesById, used again when the last record is gone. */
  readonly id: number;
  /** How many topics it has; at 0 the entry is dropped. Also 0 when it has been retired. */
  topics: number;
  /** Its oldest record. */
  ring: number;
  /** The last match that gathered it. */
  stamp: number;
}

/** What a subscriber that was retired has left behind. Its fields are the trie's. */
export interface Remains {
  readonly id: number;
  ring: number;
}

/** Topics and who has subscribed to them. */
export class SubscriptionTrie<S extends object> {
  readonly #topics = new RadixTree(); // the value of a topic: its oldest record
  readonly #table = new SubscriptionTable();
  readonly #entries = new Map<S, Entry<S>>();
  readonly #entriesById: (Entry<S> | undefined)[] = [];
  readonly #freeIds: number[] = [];
  #remains = 0; // of retired subscribers, not swept yet
  readonly #gathered: (Entry<S> | undefined)[] = []; // a stack: a visit may start a match of its own
  #gatheredTop = 0;
  #stamp = 0;

  /** Distinct topics. */
  get size(): number {
    return this.#topics.size;
  }

  /** Memory taken, about: without the entry of each subscriber and the index of topics that many have. */
  get sizeBytes(): number {
    const references = this.#entriesById.length + this.#freeIds.length + this.#gathered.length;
    return this.#topics.sizeBytes + this.#table.sizeBytes + references * REFERENCE_BYTES;
  }

  /** Whether anybody has exactly this topic. */
  has(topic: Uint8Array): boolean {
    return this.#topics.find(topic) !== NONE;
  }

  /** How many topics a subscriber has. */
  count(subscriber: S): number {
    return this.#entries.get(subscriber)?.topics ?? 0;
  }

  /**
   * Subscribes. The topic's octets are copied.
   * @returns `first` when nobody had the topic, `present` when this subscriber had
   */
  add(topic: Uint8Array, subscriber: S): 'first' | 'added' | 'present' {
    const entry = this.#entries.get(subscriber) ?? this.#enter(subscriber);
    const record = this.#table.reserve(entry.id);
    const node = this.#topics.insert(topic, record);
    const oldest = this.#topics.value(node);
    const isFirst = oldest === record;
    if (!isFirst && this.#table.find(node, oldest, entry.id) !== NONE) {
      this.#table.discard(record);
      return 'present';
    }
    this.#table.link(record, node, isFirst ? NONE : oldest, entry.ring);
    if (entry.ring === NONE) entry.ring = record;
    entry.topics += 1;
    return isFirst ? 'first' : 'added';
  }

  /**
   * Ends a subscription.
   * @returns `last` when nobody has the topic any more, `absent` when this subscriber had not
   */
  remove(topic: Uint8Array, subscriber: S): 'last' | 'removed' | 'absent' {
    const entry = this.#entries.get(subscriber);
    if (entry === undefined) return 'absent';
    const node = this.#topics.find(topic);
    if (node === NONE) return 'absent';
    const record = this.#table.find(node, this.#topics.value(node), entry.id);
    if (record === NONE) return 'absent';
    const last = this.#drop(entry, record);
    entry.topics -= 1;
    if (entry.topics === 0) this.#forget(entry);
    return last ? 'last' : 'removed';
  }

  /**
   * Ends all subscriptions of a subscriber as far as {@link match}, {@link count} and {@link remove} can tell, at once. It
   * may subscribe again, as if it were another one. What it leaves behind must be swept.
   */
  retire(subscriber: S): Remains | undefined {
    const entry = this.#entries.get(subscriber);
    if (entry === undefined) return undefined;
    this.#entries.delete(subscriber);
    this.#entriesById[entry.id] = undefined;
    entry.topics = 0; // a match that has gathered it already must not visit it
    this.#remains += 1;
    return entry;
  }

  /**
   * Takes away topics of a retired subscriber, the oldest first; returns how many. Less than `most`: those were the last.
   * @param topicGone - told each topic, and whether nobody has it any more. It may use the trie, but for these remains.
   */
  sweep(remains: Remains, most: number, topicGone?: (topic: Uint8Array, last: boolean) => void): number {
    let swept = 0;
    while (swept < most && remains.ring !== NONE) {
      const topic = topicGone && this.#topics.key(this.#table.topic(remains.ring));
      const last = this.#drop(remains, remains.ring);
      swept += 1;
      if (topic !== undefined) topicGone?.(topic, last);
    }
    if (swept < most) this.#bury(remains);
    return swept;
  }

  /**
   * Visits each subscriber of any prefix of `topic` once. A visit may change the trie: who has no topic left when its
   * turn comes is passed over, who is new is not visited.
   */
  match(topic: Uint8Array, visit: (subscriber: S) => void): void {
    if (this.#topics.size > 0) this.#visit(this.#gather(topic), visit);
  }

  /** As {@link match}, but only who has exactly this topic. */
  matchExactly(topic: Uint8Array, visit: (subscriber: S) => void): void {
    const node = this.#topics.find(topic);
    if (node === NONE) return;
    this.#stamp += 1;
    this.#visit(this.#gatherRing(this.#topics.value(node), this.#gatheredTop), visit);
  }

  /** @param to - the top of the stack, with those who have been gathered */
  #visit(to: number, visit: (subscriber: S) => void): void {
    const from = this.#gatheredTop;
    if (from === to) return;
    this.#gatheredTop = to;
    try {
      for (let i = from; i < to; i += 1) {
        const entry = this.#gathered[i];
        if (entry !== undefined && entry.topics > 0) visit(entry.subscriber);
      }
    } finally {
      for (let i = from; i < to; i += 1) this.#gathered[i] = undefined; // hold nobody who is gone
      this.#gatheredTop = from;
    }
  }

  /** @returns the new top of the stack */
  #gather(topic: Uint8Array): number {
    this.#stamp += 1;
    let top = this.#gatheredTop;
    for (let node = ROOT; node !== NONE; node = this.#topics.step(node, topic)) {
      const oldest = this.#topics.value(node);
      if (oldest !== NONE) top = this.#gatherRing(oldest, top);
    }
    return top;
  }

  /** Those of one topic, whose oldest record is given. */
  #gatherRing(oldest: number, top: number): number {
    let record = oldest;
    do {
      const entry = this.#entriesById[this.#table.subscriber(record)];
      if (entry !== undefined && entry.stamp !== this.#stamp) {
        entry.stamp = this.#stamp;
        this.#gathered[top] = entry;
        top += 1;
      }
      record = this.#table.nextOfTopic(record);
    } while (record !== oldest);
    return top;
  }

  #enter(subscriber: S): Entry<S> {
    const id = this.#freeIds.pop() ?? this.#entriesById.length;
    const entry: Entry<S> = { subscriber, id, topics: 0, ring: NONE, stamp: 0 };
    this.#entriesById[id] = entry;
    this.#entries.set(subscriber, entry);
    return entry;
  }

  /** @returns whether it was the topic's last record */
  #drop(owner: Remains, record: number): boolean {
    const node = this.#table.topic(record);
    const next = this.#table.nextOfTopic(record);
    const nextOwn = this.#table.nextOfSubscriber(record);
    const last = next === record;
    if (last) this.#topics.remove(node);
    else if (this.#topics.value(node) === record) this.#topics.setValue(node, next);
    if (nextOwn === record) owner.ring = NONE;
    else if (owner.ring === record) owner.ring = nextOwn;
    this.#table.unlink(record);
    return last;
  }

  #forget(entry: Entry<S>): void {
    this.#entries.delete(entry.subscriber);
    this.#entriesById[entry.id] = undefined;
    this.#free(entry.id);
  }

  #bury({ id }: Remains): void {
    this.#remains -= 1;
    this.#free(id);
  }

  #free(id: number): void {
    this.#freeIds.push(id);
    if (this.#entries.size === 0 && this.#remains === 0) this.#clear();
  }

  #clear(): void {
    this.#table.clear();
    this.#entriesById.length = 0;
    this.#freeIds.length = 0;
  }
}

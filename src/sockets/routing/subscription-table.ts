/**
 * Who has subscribed to what: one record for each pair of a topic and a subscriber. It stands on two rings, that of its
 * topic and that of its subscriber, so either side finds its records without looking at anybody else's, and a record
 * leaves both in a few writes.
 *
 *                      subscriber 0        subscriber 1
 *                           ║                   ║
 *      topic "a"  ════ record (a,0) ══════ record (a,1) ════╗      a ring is named by its oldest record;
 *                           ║                   ║     ╚═════╝      new ones go to the end
 *      topic "b"  ════ record (b,0) ═╗          ║
 *                           ║    ╚═══╝          ║
 *
 * A topic of many subscribers has an index beside its ring. Topics and subscribers are plain numbers here.
 */
import { NONE, RecordPool } from './record-pool.ts';

// The columns of a record.
const TOPIC = 0;
const SUBSCRIBER = 1;
const TOPIC_NEXT = 2;
const TOPIC_PREVIOUS = 3;
const OWN_NEXT = 4;
const OWN_PREVIOUS = 5;
const WIDTH = 6;

/** One more subscriber and the topic gets an index: walking a longer ring costs more than a look into a Map. */
const CROWD = 16;

/** Records of subscriptions. The caller keeps where each ring begins, NONE while it is empty. */
export class SubscriptionTable {
  readonly #records = new RecordPool(WIDTH);
  readonly #crowds = new Map<number, Map<number, number>>(); // topic → subscriber → record

  /** Memory taken by the records. */
  get sizeBytes(): number {
    return this.#records.sizeBytes;
  }

  /** A record that stands on no ring yet: either {@link link} it or {@link discard} it. */
  reserve(subscriber: number): number {
    const record = this.#records.take();
    this.#records.set(record, SUBSCRIBER, subscriber);
    return record;
  }

  /** Gives a reserved record back. */
  discard(record: number): void {
    this.#records.give(record);
  }

  /** Puts a reserved record on the ring of `topic` and on that of its subscriber, at the end of each. */
  link(record: number, topic: number, topicRing: number, ownRing: number): void {
    this.#records.set(record, TOPIC, topic);
    this.#append(record, topicRing, TOPIC_NEXT, TOPIC_PREVIOUS);
    this.#append(record, ownRing, OWN_NEXT, OWN_PREVIOUS);
    this.#index(record, topic, topicRing);
  }

  /** The subscriber's record on the ring of a topic, or NONE. */
  find(topic: number, topicRing: number, subscriber: number): number {
    const crowd = this.#crowds.get(topic);
    if (crowd !== undefined) return crowd.get(subscriber) ?? NONE;
    let record = topicRing;
    do {
      if (this.subscriber(record) === subscriber) return record;
      record = this.nextOfTopic(record);
    } while (record !== topicRing);
    return NONE;
  }

  /** The record's topic. */
  topic(record: number): number {
    return this.#records.get(record, TOPIC);
  }

  /** The record's subscriber. */
  subscriber(record: number): number {
    return this.#records.get(record, SUBSCRIBER);
  }

  /** The next record of the same topic; after the last the first. */
  nextOfTopic(record: number): number {
    return this.#records.get(record, TOPIC_NEXT);
  }

  /** The next record of the same subscriber; after the last the first. */
  nextOfSubscriber(record: number): number {
    return this.#records.get(record, OWN_NEXT);
  }

  /** Takes a record off both rings, which the caller has made begin elsewhere, and gives it back. */
  unlink(record: number): void {
    const topic = this.topic(record);
    const crowd = this.#crowds.get(topic);
    crowd?.delete(this.subscriber(record));
    if (crowd !== undefined && crowd.size <= CROWD / 2) this.#crowds.delete(topic);
    this.#leave(record, TOPIC_NEXT, TOPIC_PREVIOUS);
    this.#leave(record, OWN_NEXT, OWN_PREVIOUS);
    this.#records.give(record);
  }

  /** Forgets everything. */
  clear(): void {
    this.#records.clear();
    this.#crowds.clear();
  }

  #append(record: number, ring: number, next: number, previous: number): void {
    const records = this.#records;
    const first = ring === NONE ? record : ring;
    const last = ring === NONE ? record : records.get(ring, previous);
    records.set(record, next, first);
    records.set(record, previous, last);
    records.set(last, next, record);
    records.set(first, previous, record);
  }

  #leave(record: number, next: number, previous: number): void {
    const records = this.#records;
    records.set(records.get(record, previous), next, records.get(record, next));
    records.set(records.get(record, next), previous, records.get(record, previous));
  }

  #index(record: number, topic: number, ring: number): void {
    if (ring === NONE) return;
    const crowd = this.#crowds.get(topic);
    if (crowd !== undefined) crowd.set(this.subscriber(record), record);
    else if (this.#isCrowd(ring)) this.#crowds.set(topic, this.#indexOf(ring));
  }

  #isCrowd(ring: number): boolean {
    let record = ring;
    for (let i = 0; i < CROWD; i += 1) {
      record = this.nextOfTopic(record);
      if (record === ring) return false;
    }
    return true;
  }

  /** Its keys are small and dense numbers that we hand out: no peer can make them collide. */
  #indexOf(ring: number): Map<number, number> {
    const crowd = new Map<number, number>();
    let record = ring;
    do {
      crowd.set(this.subscriber(record), record);
      record = this.nextOfTopic(record);
    } while (record !== ring);
    return crowd;
  }
}

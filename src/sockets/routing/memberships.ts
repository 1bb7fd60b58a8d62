/**
 * Which peers have joined which group. Groups are compared as a whole and octet by octet. As in libzmq they are counted
 * (RFC 48 does not say): who has joined twice must leave twice, and gets each message once.
 *
 *      Subscriptions      (group, peer), once however often it was joined
 *      repeats            peer ──▶ groups it has joined again, and how often; nearly always none
 */
import type { Peer } from '../../pipe.ts';
import type { Interests } from './fan-out.ts';
import { refuseMore, Subscriptions, SUBSCRIPTIONS_MAX } from './subscriptions.ts';
import { TopicSet } from './topic-set.ts';

interface Repeats {
  readonly groups: TopicSet;
  /** All of them together. */
  count: number;
}

/** Peers by group. */
export class Memberships implements Interests {
  readonly #groups = new Subscriptions();
  readonly #repeats = new Map<Peer, Repeats>();
  readonly #unfiltered = new Set<Peer>();

  /** Distinct groups. */
  get topicsCount(): number {
    return this.#groups.topicsCount;
  }

  /** How many groups a peer is in; one, if it is in all. */
  count(peer: Peer): number {
    return this.#unfiltered.has(peer) ? 1 : this.#groups.count(peer);
  }

  /** Visits each peer that is in the group once. */
  match(group: Uint8Array, visit: (peer: Peer) => void): void {
    this.#groups.matchExactly(group, visit);
    if (this.#unfiltered.size > 0) for (const peer of this.#unfiltered) visit(peer);
  }

  /** A peer is in all groups, and need not say so. */
  subscribeToAll(peer: Peer): void {
    this.#unfiltered.add(peer);
  }

  /** Joins; a peer that asks for too much, repetitions included, is refused. */
  subscribe(group: Uint8Array, peer: Peer): ReturnType<Subscriptions['subscribe']> {
    const result = this.#groups.subscribe(group, peer);
    if (result === 'present') this.#repeat(group, peer);
    return result;
  }

  /** Leaves; harmless where the peer is no member. */
  cancel(group: Uint8Array, peer: Peer): ReturnType<Subscriptions['cancel']> {
    const repeats = this.#repeats.get(peer);
    if (repeats === undefined || repeats.groups.remove(group) === 'absent') return this.#groups.cancel(group, peer);
    repeats.count -= 1;
    if (repeats.count === 0) this.#repeats.delete(peer);
    return 'removed';
  }

  /** All memberships of a peer end; {@link sweep} does the work. */
  forget(peer: Peer): void {
    this.#unfiltered.delete(peer);
    this.#repeats.delete(peer);
    this.#groups.forget(peer);
  }

  /** See {@link Subscriptions.sweep}. */
  sweep(most: number): number {
    return this.#groups.sweep(most);
  }

  #repeat(group: Uint8Array, peer: Peer): void {
    let repeats = this.#repeats.get(peer);
    if (repeats === undefined) {
      repeats = { groups: new TopicSet(), count: 0 };
      this.#repeats.set(peer, repeats);
    }
    repeats.groups.add(group);
    repeats.count += 1;
    if (repeats.count + this.#groups.count(peer) > SUBSCRIPTIONS_MAX) refuseMore(peer);
  }
}

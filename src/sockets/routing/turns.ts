/**
 * Peers that take turns, in rounds: in each round everybody is served once. Who joins, or comes back, waits for the next
 * round, so however often somebody leaves and returns, nobody is passed over for it.
 *
 *      served ◀── round [ ─ ─ C D E ]     next [ A B F ]
 *                         current ▲        A, B stay; F has come meanwhile
 */
import type { Peer } from '../../pipe.ts';

/** A ring of peers, each of them in it once. */
export class Turns {
  #round: Peer[] = [];
  #at = 0; // less than the round's length, unless nobody is there
  #next: Peer[] = [];

  /** Whose turn it is; undefined when nobody is there. */
  get current(): Peer | undefined {
    return this.#round[this.#at];
  }

  /** Whether nobody else is there. */
  get alone(): boolean {
    return this.#next.length === 0 && this.#at === this.#round.length - 1;
  }

  /** Joins at the end; somebody who is there already must not. */
  add(peer: Peer): void {
    this.#next.push(peer);
    if (this.#round.length === 0) this.#begin();
  }

  /** The current peer has been served and stays. */
  advance(): void {
    const peer = this.#round[this.#at];
    if (peer === undefined) return;
    if (this.alone) return;
    this.#next.push(peer);
    this.leave();
  }

  /** The current peer leaves, served or not. */
  leave(): void {
    this.#at += 1;
    if (this.#at >= this.#round.length) this.#begin();
  }

  /** A peer leaves, whosever turn it is. */
  remove(peer: Peer): void {
    if (this.current === peer) {
      this.leave();
      return;
    }
    this.#next = this.#next.filter(other => other !== peer);
    this.#round = this.#round.filter((other, i) => i < this.#at || other !== peer);
  }

  #begin(): void {
    const done = this.#round;
    while (done.length > 0) done.pop(); // who has gone is not kept; for one or two far quicker than `length = 0`
    this.#round = this.#next;
    this.#next = done;
    this.#at = 0;
  }
}

/**
 * What subscribers send, and what those who have gone leave behind. Either may be a hundred thousand topics at once, so
 * both are dealt with for a short while only; the rest waits until the event loop has gone round, and meanwhile the peers'
 * pipes hold them back.
 *
 *      | sweep | take from A | take from B |     others' turn     | sweep | take from B | …
 *       ───────── one stretch ───────────                          ───────── the next
 */
import type { Clock } from '../../engine/clock.ts';
import type { Message } from '../../message.ts';
import type { Peer } from '../../pipe.ts';
import { Stretch } from './stretch.ts';

/** Long messages count more. */
const OCTETS_PER_UNIT = 64;
/** Where no high-water mark holds a peer back, what it sends must not pile up: beyond this it is taken at once. */
const BACKLOG_MAX = 10_000;

/** Who does the work. */
export interface Taker {
  /** Whether anything may be dealt with now; if not, {@link Intake.resume} is to be called when it may. */
  readonly ready: boolean;
  /** A message of a peer, connected or just gone. */
  take(message: Message, peer: Peer): void;
  /** Forgets topics of peers that have gone; returns how many. Less than `most`: nothing is left. */
  sweep(most: number): number;
}

/** Deals out the work. */
export class Intake {
  readonly #stretch: Stretch;
  readonly #taker: Taker;
  readonly #speaking = new Set<Peer>(); // those whose pipe may hold something
  #sweeping = false; // there may be something to be swept
  #running = false;

  constructor(clock: Pick<Clock, 'yield'>, taker: Taker) {
    this.#stretch = new Stretch(clock, () => {
      this.resume();
    });
    this.#taker = taker;
  }

  /** Begins to take what a peer sends. */
  add(peer: Peer): void {
    peer.inbound.onReadable = () => {
      this.#speaking.add(peer);
      this.resume();
    };
  }

  /** A peer has gone, and must be known as such: what it has sent is taken at once, what it had is swept. */
  remove(peer: Peer): void {
    for (let message = peer.inbound.read(); message !== undefined; message = peer.inbound.read()) {
      this.#taker.take(message, peer);
    }
    this.#speaking.delete(peer);
    this.#sweeping = true;
    this.resume();
  }

  /** Does what there is to do, for as long as it may. */
  resume(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      this.#sweep(this.#stretch.left >>> 1); // at least as fast as others take their place
      for (const peer of this.#speaking) if (this.#mayTakeFrom(peer)) this.#takeFrom(peer);
      this.#sweep(this.#stretch.left);
    } finally {
      this.#running = false;
    }
  }

  #mayTakeFrom({ inbound }: Peer): boolean {
    return this.#taker.ready && (this.#stretch.left > 0 || inbound.size > BACKLOG_MAX);
  }

  #takeFrom(peer: Peer): void {
    while (this.#mayTakeFrom(peer)) {
      const message = peer.inbound.read();
      if (message === undefined) {
        this.#speaking.delete(peer);
        return;
      }
      for (const part of message) this.#stretch.spend(1 + Math.floor(part.length / OCTETS_PER_UNIT));
      this.#taker.take(message, peer);
    }
    this.#speaking.delete(peer);
    this.#speaking.add(peer); // others first, the next time
  }

  #sweep(most: number): void {
    if (!this.#sweeping || most <= 0 || !this.#taker.ready) return;
    const swept = this.#taker.sweep(most);
    this.#sweeping = swept === most;
    this.#stretch.spend(swept);
  }
}

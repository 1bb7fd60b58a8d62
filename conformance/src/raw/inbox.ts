/** What several peers are sent, in the order it comes. From then on nobody else may read from them. */
import { Bell } from './bell.ts';
import type { RawPeer } from './raw-peer.ts';

export interface Arrival {
  /** Which of the peers, from 0. */
  readonly peer: number;
  readonly parts: readonly Uint8Array[];
}

/** Longer than any case: an inbox listens until its peers are gone. */
const EVER_MS = 3_600_000;

export class Inbox {
  readonly #arrived: Arrival[] = [];
  readonly #bell: Bell = new Bell();

  constructor(...peers: readonly RawPeer[]) {
    for (const [index, peer] of peers.entries()) void this.#listen(peer, index);
  }

  /** The next message to any of them, or undefined when none comes in time. */
  next(withinMs: number): Promise<Arrival | undefined> {
    return this.#bell.until(() => this.#arrived.shift(), withinMs);
  }

  async #listen(peer: RawPeer, index: number): Promise<void> {
    for (;;) {
      const message = await peer.message(EVER_MS);
      if (typeof message === 'string') return;
      this.#arrived.push({ peer: index, parts: message });
      this.#bell.ring();
    }
  }
}

/** What went over a connection, for people: each piece with its time, its octets and what it is. */
import { toHex } from './octets.ts';

/** Octets of a piece that are kept; the size tells of the rest. */
const SHOWN = 96;
/** Pieces of a run that are kept: the last ones. */
const KEPT = 60;

export interface WireLine {
  /** Milliseconds since the run began. */
  readonly t: number;
  /** As the target has it: `in` is what it was sent. */
  readonly dir: 'in' | 'out' | '-';
  /** Which of the run's connections. */
  readonly peer: number;
  readonly hex: string;
  readonly size: number;
  readonly note: string;
}

export class WireLog {
  readonly #began = performance.now();
  readonly #lines: WireLine[] = [];
  #peers = 0;

  nextPeer(): number {
    this.#peers += 1;
    return this.#peers;
  }

  add(peer: number, dir: WireLine['dir'], octets: Uint8Array, note: string): void {
    const t = Math.round((performance.now() - this.#began) * 10) / 10;
    const hex = toHex(octets.subarray(0, SHOWN));
    this.#lines.push({ t, dir, peer, hex, size: octets.length, note });
    if (this.#lines.length > KEPT) this.#lines.shift();
  }

  lines(): readonly WireLine[] {
    return [...this.#lines];
  }
}

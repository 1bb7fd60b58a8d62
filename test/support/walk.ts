/**
 * A random walk through a world: at each step one of the things that may happen at that moment happens. Everything, down
 * to the sizes in which octets arrive, follows from one number, so a walk that failed can be taken again.
 */
import { suite } from 'uvu';
import type { Link } from './virtual-network.ts';
import { seeded, World } from './world.ts';

/** What may happen, and how likely it is beside the others. */
export interface Step {
  readonly weight: number;
  readonly take: () => unknown;
}

const FAST = { bufferBytes: 64 * 1024, chunkBytes: 64 * 1024, latencyMs: 0, bytesPerMs: Infinity };

/** One walk. */
export class Walk {
  readonly world: World;
  /** Nothing is cut and nothing given up: whatever is sent has to arrive. */
  readonly calm: boolean;
  readonly #random: () => number;

  constructor(seed: number) {
    this.world = new World(seed);
    this.#random = seeded(seed * 7919 + 17);
    this.calm = this.chance(0.5);
    this.#shapeLinks();
    this.world.network.onLink = () => this.#shapeLinks(); // those that come next are of another kind
  }

  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.int(0, list.length - 1)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  times<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.int(least, most) }, (_, index) => make(index));
  }

  /** Takes so many steps, those of the play and those of the network. */
  async go(count: number, steps: readonly Step[]): Promise<void> {
    const all = [...steps, ...this.#ofTheNetwork()];
    const sum = all.reduce((weights, { weight }) => weights + weight, 0);
    for (let i = 0; i < count; i += 1) {
      let at = this.#random() * sum;
      const step = all.find(({ weight }) => (at -= weight) < 0);
      await step?.take();
    }
  }

  /** From now on the network does what it can, and time passes until all has arrived that can. */
  async calmDown(): Promise<void> {
    const { network } = this.world;
    network.onLink = () => undefined;
    for (const nature of [network.nature, ...network.links.map(link => link.nature)]) Object.assign(nature, FAST);
    for (const { forth, back } of network.links) {
      for (const lane of [forth, back]) {
        lane.cutAfter(Infinity);
        lane.release();
      }
    }
    await this.world.advance(20_000); // what is under way, any delay before a reconnect, and a handshake after it
  }

  #ofTheNetwork(): Step[] {
    const { world } = this;
    const onLink = (weight: number, take: (link: Link) => void): Step => ({
      weight,
      take: () => {
        if (world.network.links.length > 0) take(this.pick(world.network.links));
      },
    });
    const gentle = [
      { weight: 4, take: () => world.settle() },
      { weight: 3, take: () => world.advance(this.int(1, 100)) },
      onLink(1, link => this.pick([link.forth, link.back]).hold()),
      onLink(1, link => this.pick([link.forth, link.back]).freeze()),
      onLink(1, link => this.pick([link.forth, link.back]).release(this.int(0, 500))),
      onLink(3, link => {
        link.forth.release();
        link.back.release();
      }),
    ];
    if (this.calm) return gentle;
    return [
      ...gentle,
      onLink(0.5, link => link.cut()),
      onLink(0.5, link => {
        const lane = this.pick([link.forth, link.back]);
        lane.cutAfter(lane.arrivedBytes + this.int(1, 300));
      }),
      onLink(0.2, link => link.connecting.destroy()),
      onLink(0.2, link => link.accepting.end()),
    ];
  }

  #shapeLinks(): void {
    const slow = this.chance(0.3);
    Object.assign(this.world.network.nature, {
      bufferBytes: this.pick([100, 1000, 64 * 1024]),
      congestedBytes: this.pick([1, 200, 64 * 1024]),
      chunkBytes: this.pick([1, 7, 50, 100, 1000, 64 * 1024]),
      latencyMs: slow ? this.int(1, 50) : 0,
      bytesPerMs: slow ? this.int(10, 1000) : Infinity,
      acceptsLate: this.chance(0.2),
    });
  }
}

/** Takes many walks; `WALKS` says how many, `WALK` which one alone. A failure tells its number. */
export function takeWalks(tests: ReturnType<typeof suite>, name: string, play: (walk: Walk) => Promise<void>): void {
  const { WALKS = '300', WALK } = process.env;
  const first = WALK === undefined ? 1 : Number(WALK);
  const count = WALK === undefined ? Number(WALKS) : 1;
  tests(`${name}, ${count} walks from ${first} on`, async () => {
    for (let seed = first; seed < first + count; seed += 1) {
      try {
        const walk = new Walk(seed);
        await play(walk);
        await walk.world.end();
      } catch (error) {
        throw new Error(
          `WALK=${seed} (${new Walk(seed).calm ? 'calm' : 'stormy'}): ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
    }
  });
}

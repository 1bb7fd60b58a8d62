import type { Bench } from '../bench.ts';
import { contestantNames } from '../contestants/contestant.ts';
import { measureFlow } from './flow.ts';

const COUNTS = [1, 10, 1000];
const SIZE = 64; // octets

/** Does a PULL take as much from many PUSH as from one? All send at once. */
export async function peers(bench: Bench): Promise<void> {
  for (const count of COUNTS) {
    await bench.compare({
      name: `peers/${count}`,
      contestants: contestantNames,
      figure: 'messagesPerSecond',
      targets: [],
      measure: contestant => measureFlow(bench, contestant, { size: SIZE, peers: count }),
    });
  }
}

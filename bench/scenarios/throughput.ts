import type { Bench, Target } from '../bench.ts';
import { contestantNames } from '../contestants/contestant.ts';
import { measureFlow } from './flow.ts';

const KIB = 1024;
const SIZES = [1, 64, 256, KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB * KIB]; // octets

const LEAST_RATIO_TO_ZEROMQ = new Map([
  [64, 10],
  [256, 7],
  [KIB, 4],
  [16 * KIB, 1.8],
  [256 * KIB, 1],
  [KIB * KIB, 1],
]);
const LEAST_RATIO_OF_FAST_LANE = new Map([[64, 25]]);

/** How many messages does one PUSH bring to one PULL? */
export async function throughput(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    await bench.compare({
      name: `throughput/${size}`,
      contestants: contestantNames,
      figure: 'messagesPerSecond',
      targets: targetsFor(size),
      measure: contestant => measureFlow(bench, contestant, { size, peers: 1 }),
    });
  }
}

function targetsFor(size: number): readonly Target[] {
  const plain = LEAST_RATIO_TO_ZEROMQ.get(size);
  const fast = LEAST_RATIO_OF_FAST_LANE.get(size);
  const targets: Target[] = [];
  if (plain !== undefined) targets.push({ contestant: 'zmtp', against: 'zeromq', atLeast: plain });
  if (fast !== undefined) targets.push({ contestant: 'zmtp-fast', against: 'zeromq', atLeast: fast });
  return targets;
}

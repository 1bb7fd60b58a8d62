import type { Bench, Target } from '../bench.ts';
import { contestantNames, type FlowKind } from '../contestants/contestant.ts';
import { measureFlow } from './flow.ts';

const KIB = 1024;
const SIZES = [1, 64, 256, KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB * KIB]; // octets
const FEWER_SIZES = [64, KIB, 16 * KIB];

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
export function throughput(bench: Bench): Promise<void> {
  return compareFlows(bench, 'throughput', 'push', SIZES);
}

/** How many messages does one SCATTER bring to one GATHER? */
export function scatter(bench: Bench): Promise<void> {
  return compareFlows(bench, 'scatter', 'scatter', FEWER_SIZES);
}

/** How many messages does one CLIENT bring to one SERVER, which answers none? */
export function client(bench: Bench): Promise<void> {
  return compareFlows(bench, 'client', 'client', FEWER_SIZES);
}

async function compareFlows(bench: Bench, name: string, flowKind: FlowKind, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    await bench.compare({
      name: `${name}/${size}`,
      contestants: contestantNames,
      figure: 'messagesPerSecond',
      targets: targetsFor(size),
      measure: contestant => measureFlow(bench, contestant, { size, peers: 1, flowKind }),
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

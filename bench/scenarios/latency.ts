import type { Bench } from '../bench.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { cpuMicroseconds } from './flow.ts';

const SIZES = [1, 64]; // octets

/** How long does a REQ wait for the answer of a REP that has it ready? */
export async function latency(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    await bench.compare({
      name: `latency/${size}`,
      contestants: ['zmtp', 'zeromq', 'net'],
      figure: 'p50Microseconds',
      targets: [
        { contestant: 'zmtp', against: 'net', atMost: 1.25 },
        { contestant: 'zmtp', against: 'zeromq', atMost: 0.8 },
      ],
      measure: contestant => measureRoundTrips(bench, contestant, size),
    });
  }
}

function measureRoundTrips(bench: Bench, contestant: ContestantName, size: number): Promise<Figures> {
  const settings = { size, ...bench.timing };
  return bench.withChildren(async start => {
    const replier = start({ role: 'reply', contestant, settings });
    const { endpoint } = await replier.hear('bound');
    const requester = start({ role: 'request', contestant, settings: { ...settings, endpoint } });
    await requester.hear('flowing');
    requester.tell({ kind: 'go' });
    replier.tell({ kind: 'go' });
    const [laps, answering] = await Promise.all([requester.hear('laps'), replier.hear('window')]);
    return {
      p50Microseconds: laps.p50Microseconds,
      p99Microseconds: laps.p99Microseconds,
      roundTrips: laps.messages,
      cpuMicrosecondsPerMessage: cpuMicroseconds([laps, answering], laps.messages / laps.seconds),
    };
  });
}

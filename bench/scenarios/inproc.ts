import type { Bench } from '../bench.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { cpuMicroseconds } from './flow.ts';

const KIB = 1024;
const SIZES = [1, 64, KIB, 64 * KIB]; // octets

/** How many messages does one PUSH hand to one PULL of the same process? */
export async function inproc(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    await bench.compare({
      name: `inproc/${size}`,
      contestants: ['zmtp', 'zmtp-fast', 'zeromq'],
      figure: 'messagesPerSecond',
      targets: [{ contestant: 'zmtp', against: 'zeromq', atLeast: 10 }],
      measure: contestant => measureWithin(bench, contestant, size),
    });
  }
}

function measureWithin(bench: Bench, contestant: ContestantName, size: number): Promise<Figures> {
  const settings = { size, peers: 1, ...bench.timing };
  return bench.withChildren(async start => {
    const window = await start({ role: 'inproc', contestant, settings }).hear('window');
    const messagesPerSecond = window.messages / window.seconds;
    return { messagesPerSecond, cpuMicrosecondsPerMessage: cpuMicroseconds([window], messagesPerSecond) };
  });
}

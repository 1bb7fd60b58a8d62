import type { Bench } from '../bench.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { cpuMicroseconds } from './flow.ts';

const SIZES = [64, 1024]; // octets
const ENDS: ContestantName = 'zmtp-fast'; // whoever is in the middle: it is the middle that is measured

/** How many messages go through a proxy that has a process of its own, and what does each cost there? */
export async function proxy(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    await bench.compare({
      name: `proxy/${size}`,
      contestants: ['zmtp', 'zeromq', 'net'],
      figure: 'messagesPerSecond',
      targets: [],
      measure: contestant => measureProxy(bench, contestant, size),
    });
  }
}

function measureProxy(bench: Bench, contestant: ContestantName, size: number): Promise<Figures> {
  const settings = { size, peers: 1, ...bench.timing };
  return bench.withChildren(async start => {
    const receiver = start({ role: 'pull', contestant: ENDS, settings });
    const { endpoint } = await receiver.hear('bound');
    const middle = start({ role: 'proxy', contestant, settings: { ...settings, endpoint } });
    const { endpoint: front } = await middle.hear('bound');
    start({ role: 'push', contestant: ENDS, settings: { ...settings, endpoint: front } });
    await receiver.hear('flowing');
    middle.tell({ kind: 'go' });
    const [received, passed] = await Promise.all([receiver.hear('window'), middle.hear('window')]);
    const messagesPerSecond = received.messages / received.seconds;
    return {
      messagesPerSecond,
      megabytesPerSecond: received.octets / received.seconds / 1e6,
      cpuMicrosecondsPerMessage: cpuMicroseconds([passed], messagesPerSecond),
    };
  });
}

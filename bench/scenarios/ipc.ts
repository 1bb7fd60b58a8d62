import type { Bench } from '../bench.ts';
import { measureFlow } from './flow.ts';

const KIB = 1024;
const SIZES = [64, KIB, 64 * KIB, KIB * KIB]; // octets

/** How many messages does one PUSH bring to one PULL over ipc, where tcp brings so many? */
export async function ipc(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    await bench.compare({
      name: `ipc/${size}`,
      contestants: ['zmtp', 'zmtp-ipc', 'net', 'net-ipc'],
      figure: 'messagesPerSecond',
      targets: [{ contestant: 'zmtp-ipc', against: 'zmtp', atLeast: 0.7 }],
      measure: contestant => measureFlow(bench, contestant, { size, peers: 1 }),
    });
  }
}

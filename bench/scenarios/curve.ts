import type { Bench } from '../bench.ts';
import { NO_SECURITY } from '../contestants/security.ts';
import { measureFlow } from './flow.ts';
import { curveSecurity } from './keys.ts';

const KIB = 1024;
const SIZES = [64, 256, KIB, 16 * KIB, 256 * KIB, KIB * KIB]; // octets

const LEAST_RATIO_TO_ZEROMQ = new Map([
  [64, 3],
  [KIB, 2],
  [16 * KIB, 0.9],
  [256 * KIB, 0.6],
]);

/** How many messages does one PUSH bring to one PULL when each is sealed, and what would it be without? */
export async function curve(bench: Bench): Promise<void> {
  for (const size of SIZES) {
    const atLeast = LEAST_RATIO_TO_ZEROMQ.get(size);
    await bench.compare({
      name: `curve/${size}`,
      contestants: ['zmtp', 'zmtp-fast', 'zmtp-null', 'zeromq'],
      figure: 'messagesPerSecond',
      targets: atLeast === undefined ? [] : [{ contestant: 'zmtp', against: 'zeromq', atLeast }],
      measure: contestant => {
        const security = contestant === 'zmtp-null' ? NO_SECURITY : curveSecurity();
        return measureFlow(bench, contestant, { size, peers: 1, security });
      },
    });
  }
}

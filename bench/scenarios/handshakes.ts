import type { Bench } from '../bench.ts';
import { NO_SECURITY, type Security } from '../contestants/security.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { curveSecurity } from './keys.ts';

const CASES: readonly { readonly name: string; readonly security: () => Security; readonly atLeast?: number }[] = [
  { name: 'null', security: () => NO_SECURITY },
  { name: 'plain', security: () => ({ mechanism: 'PLAIN', username: 'bench', password: 'not a secret' }) },
  { name: 'curve', security: curveSecurity, atLeast: 1200 },
];

/**
 * Longer than the others': a handshake runs through a lot of code once, so that V8 takes some thousands of them to
 * compile what a message path has compiled in an instant. What is asked for is a server that has been up for a while.
 */
const WARM_UP_SECONDS = 3;

/** How many clients does a server let in with a second of its processor time? */
export async function handshakes(bench: Bench): Promise<void> {
  for (const { name, security, atLeast } of CASES) {
    await bench.compare({
      name: `handshakes/${name}`,
      contestants: ['zmtp', 'zeromq'],
      figure: 'handshakesPerCpuSecond',
      targets: atLeast === undefined ? [] : [{ contestant: 'zmtp', against: 'itself', atLeast }],
      measure: contestant => measureVisits(bench, contestant, security()),
    });
  }
}

/** The clients count, the server's processor time is what is divided by: what a client costs is in neither. */
function measureVisits(bench: Bench, contestant: ContestantName, security: Security): Promise<Figures> {
  const settings = { security, ...bench.timing, warmUpSeconds: WARM_UP_SECONDS };
  return bench.withChildren(async start => {
    const server = start({ role: 'hold', contestant, settings });
    const { endpoint } = await server.hear('bound');
    const visitors = start({ role: 'visit', contestant: 'net', settings: { ...settings, endpoint } });
    visitors.tell({ kind: 'go' });
    server.tell({ kind: 'go' });
    const [visits, serving] = await Promise.all([visitors.hear('window'), server.hear('window')]);
    const handshakesPerSecond = visits.messages / visits.seconds;
    const serverCpuShare = serving.cpuSeconds / serving.seconds;
    return {
      handshakesPerCpuSecond: handshakesPerSecond / serverCpuShare,
      handshakesPerSecond,
      serverCpuPercent: serverCpuShare * 100,
    };
  });
}

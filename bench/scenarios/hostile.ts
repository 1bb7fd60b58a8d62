import type { Bench } from '../bench.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { curveSecurity } from './keys.ts';

const SIZE = 64; // octets
const HOSTILES_PER_SECOND = 1000;

/** How long does a REQ of CURVE wait for its REP while strangers throw false HELLOs at that REP, and while nobody does? */
export async function hostile(bench: Bench): Promise<void> {
  await bench.compare({
    name: `hostile/${HOSTILES_PER_SECOND}`,
    contestants: ['zmtp', 'zeromq'],
    figure: 'p99Microseconds',
    targets: [],
    measure: contestant => measureInStorm(bench, contestant),
  });
}

/** The same pair twice, one window after the other. */
function measureInStorm(bench: Bench, contestant: ContestantName): Promise<Figures> {
  const settings = { size: SIZE, security: curveSecurity(), ...bench.timing };
  return bench.withChildren(async start => {
    const replier = start({ role: 'reply', contestant, settings });
    const { endpoint } = await replier.hear('bound');
    const requester = start({ role: 'request', contestant, settings: { ...settings, endpoint } });
    await requester.hear('flowing');
    requester.tell({ kind: 'go' });
    const calm = await requester.hear('laps');

    const toStorm = { ...settings, endpoint, hostilesPerSecond: HOSTILES_PER_SECOND };
    const storm = start({ role: 'storm', contestant: 'net', settings: toStorm });
    await storm.hear('flowing');
    for (const child of [requester, storm]) child.tell({ kind: 'go' });
    const [laps, thrown] = await Promise.all([requester.hear('laps'), storm.hear('window')]);
    return {
      p50Microseconds: laps.p50Microseconds,
      p99Microseconds: laps.p99Microseconds,
      roundTrips: laps.messages,
      calmP50Microseconds: calm.p50Microseconds,
      calmP99Microseconds: calm.p99Microseconds,
      p50ToCalm: laps.p50Microseconds / calm.p50Microseconds,
      p99ToCalm: laps.p99Microseconds / calm.p99Microseconds,
      hostilesPerSecond: thrown.messages / thrown.seconds,
    };
  });
}

import type { Bench, Row } from '../bench.ts';
import type { ContestantName, FanOutKind } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { cpuMicroseconds } from './flow.ts';

const SUBSCRIBERS = 10;
const SIZE = 64; // octets

/** How many messages does one PUB bring to ten SUB, when it waits for the slowest, and when it does not? */
export function fanOut(bench: Bench): Promise<void> {
  return compareFanOuts(bench, 'fan-out', 'publish');
}

/** How many messages does one RADIO bring to ten DISH that have all joined the one group there is? */
export function radio(bench: Bench): Promise<void> {
  return compareFanOuts(bench, 'radio', 'radio');
}

async function compareFanOuts(bench: Bench, name: string, fanOutKind: FanOutKind): Promise<void> {
  const common: Pick<Row, 'figure' | 'targets'> = {
    figure: 'deliveriesPerSecond',
    targets: [{ contestant: 'zmtp', against: 'zeromq', atLeast: 5 }],
  };
  await bench.compare({
    ...common,
    name: `${name}/paced`,
    contestants: ['zmtp', 'zmtp-fast', 'zeromq', 'net'],
    measure: contestant => measureDeliveries(bench, contestant, { fanOutKind, paced: true }),
  });
  await bench.compare({
    ...common,
    name: `${name}/full-speed`,
    contestants: ['zmtp', 'zeromq'], // the others have no full speed: they would never let go of the processor, or wait
    measure: contestant => measureDeliveries(bench, contestant, { fanOutKind, paced: false }),
  });
}

/** What is sent to many, and whether the sender waits for the slowest. */
interface FanOut {
  readonly fanOutKind: FanOutKind;
  readonly paced: boolean;
}

function measureDeliveries(bench: Bench, contestant: ContestantName, fanOut: FanOut): Promise<Figures> {
  const settings = { size: SIZE, peers: SUBSCRIBERS, ...fanOut, ...bench.timing };
  return bench.withChildren(async start => {
    const publisher = start({ role: 'publish', contestant, settings });
    const { endpoint, pacePort = 0 } = await publisher.hear('bound');
    const subscribers = start({ role: 'subscribe', contestant, settings: { ...settings, endpoint, pacePort } });
    await subscribers.hear('flowing'); // all ten subscriptions have arrived
    publisher.tell({ kind: 'go' });
    await publisher.hear('ready');
    subscribers.tell({ kind: 'go' });
    await subscribers.hear('ready');
    publisher.tell({ kind: 'go' });
    const [received, sent] = await Promise.all([subscribers.hear('window'), publisher.hear('window')]);
    const deliveriesPerSecond = received.messages / received.seconds;
    const owedPerSecond = (sent.messages * SUBSCRIBERS) / sent.seconds;
    return {
      deliveriesPerSecond,
      megabytesPerSecond: received.octets / received.seconds / 1e6,
      cpuMicrosecondsPerMessage: cpuMicroseconds([received, sent], deliveriesPerSecond),
      ...(fanOut.paced ? {} : { droppedPercent: Math.max(0, 1 - deliveriesPerSecond / owedPerSecond) * 100 }),
    };
  });
}

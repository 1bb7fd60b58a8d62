import type { Bench, Row } from '../bench.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import { cpuMicroseconds } from './flow.ts';

const SUBSCRIBERS = 10;
const SIZE = 64; // octets

/** How many messages does one PUB bring to ten SUB, when it waits for the slowest, and when it does not? */
export async function fanOut(bench: Bench): Promise<void> {
  const common: Pick<Row, 'figure' | 'targets'> = {
    figure: 'deliveriesPerSecond',
    targets: [{ contestant: 'zmtp', against: 'zeromq', atLeast: 5 }],
  };
  await bench.compare({
    ...common,
    name: 'fan-out/paced',
    contestants: ['zmtp', 'zmtp-fast', 'zeromq', 'net'],
    measure: contestant => measureDeliveries(bench, contestant, true),
  });
  await bench.compare({
    ...common,
    name: 'fan-out/full-speed',
    contestants: ['zmtp', 'zeromq'], // the others have no full speed: they would never let go of the processor, or wait
    measure: contestant => measureDeliveries(bench, contestant, false),
  });
}

function measureDeliveries(bench: Bench, contestant: ContestantName, paced: boolean): Promise<Figures> {
  const settings = { size: SIZE, peers: SUBSCRIBERS, paced, ...bench.timing };
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
      ...(paced ? {} : { droppedPercent: Math.max(0, 1 - deliveriesPerSecond / owedPerSecond) * 100 }),
    };
  });
}

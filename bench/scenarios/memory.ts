import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Child } from '../child.ts';
import type { ContestantName } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import type { Sample } from '../orders.ts';

const CONNECTIONS = 5000;
const FIRST_CONNECTIONS = 100; // made before the first look: what is allocated once is not a connection's
const OTHER_DESCRIPTORS = 300;

const SIZE = 1024; // octets of a body
const WARM_UP_MESSAGES = 500_000;
const MESSAGES = 1_000_000;
const GROWTH_MAX_MEGABYTES = 16; // what collections that come sooner or later make of it
/** V8 enlarges its young generation in a few steps, for any program that allocates. All get it whole from the start. */
const NODE_OPTIONS = ['--min-semi-space-size=16'];
const FROZEN_SECONDS = 2;
const SAMPLE_INTERVAL_MS = 25;
const MOST_SAMPLES = 1600; // 40 seconds

/** What does a connection cost that says nothing? Does memory grow with what flows, or with what cannot? */
export async function memory(bench: Bench): Promise<void> {
  await bench.compare({
    name: 'memory/idle',
    contestants: ['zmtp', 'zeromq', 'net'],
    figure: 'rssBytesPerConnection',
    targets: [{ contestant: 'zmtp', against: 'itself', atMost: 15_000 }],
    measure: contestant => measureIdle(bench, contestant),
  });
  await bench.compare({
    name: 'memory/flow',
    contestants: ['zmtp', 'zmtp-fast', 'zeromq'],
    figure: 'growthMegabytes',
    targets: [
      { contestant: 'zmtp', against: 'itself', atMost: GROWTH_MAX_MEGABYTES },
      { contestant: 'zmtp-fast', against: 'itself', atMost: GROWTH_MAX_MEGABYTES },
    ],
    measure: contestant => measureWhileFlowing(bench, contestant),
  });
  await bench.compare({
    name: 'memory/frozen',
    contestants: ['zmtp', 'zmtp-fast', 'zeromq'],
    figure: 'growthMegabytes',
    targets: [],
    measure: contestant => measureWhileFrozen(bench, contestant),
  });
}

/** The server's resident memory before and after thousands of connections have shaken hands and fallen silent. */
function measureIdle(bench: Bench, contestant: ContestantName): Promise<Figures> {
  const connections = Math.min(CONNECTIONS, descriptorLimit() - FIRST_CONNECTIONS - OTHER_DESCRIPTORS);
  if (connections < 1000) throw new Error('ulimit -n allows too few connections');
  return bench.withChildren(async start => {
    const server = start({ role: 'hold', contestant, settings: {}, nodeOptions: ['--expose-gc'] });
    const { endpoint } = await server.hear('bound');
    const crowd = start({ role: 'crowd', contestant: 'net', settings: { endpoint, handshake: contestant !== 'net' } });
    crowd.tell({ kind: 'open', connections: FIRST_CONNECTIONS });
    await crowd.hear('opened');
    const before = await sample(server);
    crowd.tell({ kind: 'open', connections });
    await crowd.hear('opened');
    const after = await sample(server);
    return {
      rssBytesPerConnection: (after.rssBytes - before.rssBytes) / connections,
      heapBytesPerConnection: (after.heapBytes - before.heapBytes) / connections,
      connections,
    };
  });
}

/** Both ends while a million messages pass, after half a million have passed. */
function measureWhileFlowing(bench: Bench, contestant: ContestantName): Promise<Figures> {
  return withFlow(bench, contestant, async (receiver, sender) => {
    const seen: { readonly sender: Sample; readonly receiver: Sample }[] = [];
    for (let i = 0; i < MOST_SAMPLES; i += 1) {
      const [atSender, atReceiver] = await Promise.all([sample(sender), sample(receiver)]);
      if (atReceiver.messages >= WARM_UP_MESSAGES) seen.push({ sender: atSender, receiver: atReceiver });
      if (atReceiver.messages >= WARM_UP_MESSAGES + MESSAGES) {
        return flatness(
          seen.map(both => both.sender),
          seen.map(both => both.receiver),
        );
      }
      await sleep(SAMPLE_INTERVAL_MS);
    }
    throw new Error('a million messages took too long');
  });
}

/** The sender from the moment its peer is stopped. */
function measureWhileFrozen(bench: Bench, contestant: ContestantName): Promise<Figures> {
  return withFlow(bench, contestant, async (receiver, sender) => {
    while ((await sample(receiver)).messages < WARM_UP_MESSAGES / 5) await sleep(SAMPLE_INTERVAL_MS);
    const seen = [await sample(sender)];
    receiver.freeze();
    for (const end = performance.now() + FROZEN_SECONDS * 1000; performance.now() < end;) {
      seen.push(await sample(sender));
      await sleep(SAMPLE_INTERVAL_MS);
    }
    const acceptedMessages = (seen.at(-1)?.messages ?? 0) - (seen[0]?.messages ?? 0);
    return { ...flatness(seen, []), acceptedMessages };
  });
}

function withFlow(
  bench: Bench,
  contestant: ContestantName,
  use: (receiver: Child, sender: Child) => Promise<Figures>,
): Promise<Figures> {
  const settings = { size: SIZE, peers: 1, ...bench.timing };
  return bench.withChildren(async start => {
    const receiver = start({ role: 'pull', contestant, settings, nodeOptions: NODE_OPTIONS });
    const { endpoint } = await receiver.hear('bound');
    const toPush = { ...settings, endpoint };
    const sender = start({ role: 'push', contestant, settings: toPush, nodeOptions: NODE_OPTIONS });
    await receiver.hear('flowing');
    return use(receiver, sender);
  });
}

function flatness(sender: readonly Sample[], receiver: readonly Sample[]): Figures {
  const megabytes = (samples: readonly Sample[]): number[] => samples.map(({ rssBytes }) => rssBytes / 1e6);
  const [sent, received] = [megabytes(sender), megabytes(receiver)];
  const growth = (values: readonly number[]): number => Math.max(...values) - (values[0] ?? NaN);
  return {
    growthMegabytes: Math.max(growth(sent), received.length > 0 ? growth(received) : 0),
    senderStartMegabytes: sent[0] ?? NaN,
    senderMaxMegabytes: Math.max(...sent),
    senderEndMegabytes: sent.at(-1) ?? NaN,
    ...(received.length > 0 && {
      receiverStartMegabytes: received[0] ?? NaN,
      receiverMaxMegabytes: Math.max(...received),
      receiverEndMegabytes: received.at(-1) ?? NaN,
    }),
  };
}

function sample(child: Child): Promise<Sample> {
  child.tell({ kind: 'sample' });
  return child.hear('sample');
}

/** Node raises its soft limit to the hard one when it starts, so the hard one is what its children have. */
function descriptorLimit(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Infinity : Number(limit);
}

/**
 * What does a subscription cost the publishing side? Two kinds of topics:
 *
 *      random         20 octets from nearly all 256: wide nodes at the top, long labels below
 *      hierarchical   "plant7.line3.machine21.": much in common, subscriptions to every level
 *
 * A hit is the first frame of a message: a subscribed topic with more behind it. In a miss one of the first six octets of a
 * topic has been replaced by one that no topic has there.
 */
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SubscriptionTrie } from '../src/sockets/routing/subscription-trie.ts';

const SEED = 20;
const SUBSCRIBERS = 100;
const MATCHES = 400_000; // over all rounds
const WARM_UP = 10_000;

interface Variety {
  readonly name: string;
  /** Distinct for distinct numbers, the same for the same. */
  topic(index: number): Uint8Array;
  /** Not among the first six octets of any topic. */
  readonly strangeOctet: number;
}

interface Subscriber {
  readonly id: number;
}

interface Workload {
  readonly topics: readonly Uint8Array[];
  readonly subscribers: readonly Subscriber[];
  readonly hits: readonly Uint8Array[];
  readonly misses: readonly Uint8Array[];
}

/** What one round has measured, by the names that are printed. */
type Figures = Record<string, number>;

const varieties: readonly Variety[] = [
  { name: 'random', topic: randomTopic, strangeOctet: 0xff },
  { name: 'hierarchical', topic: hierarchicalTopic, strangeOctet: 0x7a },
];

/** Measures every variety and size, small ones in several rounds, and prints a line of medians for each. */
export async function run(print: (line: object) => void): Promise<void> {
  for (const variety of varieties) {
    time(makeWorkload(variety, WARM_UP, WARM_UP));
    for (const [subscriptions, rounds] of [
      [10_000, 21],
      [1_000_000, 1],
    ] as const) {
      const workload = makeWorkload(variety, subscriptions, Math.ceil(MATCHES / rounds));
      const figures: Figures[] = [];
      for (let i = 0; i < rounds; i += 1) figures.push(time(workload));
      const bytesPerSubscription = await weigh(workload); // last: a forced collection also throws away compiled code
      print({ bench: 'matching', topics: variety.name, subscriptions, bytesPerSubscription, ...medians(figures) });
    }
  }
}

function makeWorkload(variety: Variety, subscriptions: number, matches: number): Workload {
  const random = generator(SEED);
  // Shuffled before they are made: in memory they lie in the order they come, as if fresh from the wire.
  const topics = shuffledNumbers(subscriptions, random).map(index => variety.topic(index));
  const anyTopic = (): Uint8Array => topics[random() % subscriptions] ?? new Uint8Array(0);
  return {
    topics,
    subscribers: Array.from({ length: SUBSCRIBERS }, (_, id) => ({ id })),
    hits: Array.from({ length: matches }, () => Uint8Array.of(...anyTopic(), 0x31, 0x37)),
    misses: Array.from({ length: matches }, () => anyTopic().with(random() % 6, variety.strangeOctet)),
  };
}

function time({ topics, subscribers, hits, misses }: Workload): Figures {
  const trie = new SubscriptionTrie<Subscriber>();
  const owner = (index: number): Subscriber => subscribers[index % SUBSCRIBERS] as Subscriber;
  let visits = 0;
  const match = (topic: Uint8Array): void => trie.match(topic, () => (visits += 1));

  const nsPerAdd = nanosecondsEach(topics, (topic, index) => trie.add(topic, owner(index)));
  const nsPerHit = nanosecondsEach(hits, match);
  const visitsByHits = visits;
  const nsPerMiss = nanosecondsEach(misses, match);
  if (visits !== visitsByHits) throw new Error('a miss was a hit');
  const nsPerRemove = nanosecondsEach(topics, (topic, index) => trie.remove(topic, owner(index)));
  const visitsPerHit = visitsByHits / hits.length;
  return { nsPerAdd, nsPerHit, visitsPerHit, nsPerMiss, nsPerRemove };
}

/** Octets that the process holds for each subscription. */
async function weigh({ topics, subscribers }: Workload): Promise<number> {
  const before = await memoryBytes();
  const trie = new SubscriptionTrie<Subscriber>();
  for (const [index, topic] of topics.entries()) trie.add(topic, subscribers[index % SUBSCRIBERS] as Subscriber);
  const after = await memoryBytes();
  if (trie.size !== topics.length) throw new Error('topics were not distinct'); // and the trie is alive until here
  return Math.round(((after - before) / topics.length) * 10) / 10;
}

function randomTopic(index: number): Uint8Array {
  const random = generator(index);
  const topic = Uint8Array.from({ length: 20 }, () => random() % 255);
  new DataView(topic.buffer).setUint32(16, index); // distinct, whatever chance says
  return topic;
}

/** Of a thousand topics one is a plant, 31 are lines, the rest machines. */
function hierarchicalTopic(index: number): Uint8Array {
  const plant = `plant${Math.floor(index / 1000)}.`;
  const line = `line${Math.floor((index % 1000) / 32)}.`;
  const machine = `machine${index % 1000}.`;
  if (index % 1000 === 0) return new TextEncoder().encode(plant);
  if ((index % 1000) % 32 === 0) return new TextEncoder().encode(plant + line);
  return new TextEncoder().encode(plant + line + machine);
}

function nanosecondsEach(items: readonly Uint8Array[], act: (item: Uint8Array, index: number) => void): number {
  const start = process.hrtime.bigint();
  items.forEach(act);
  return Number(process.hrtime.bigint() - start) / items.length;
}

/** Twice, with a turn between: freed array buffers are swept in the background. */
async function memoryBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 2; i += 1) {
    collect();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map(name => [name, median(rounds.map(figures => figures[name] ?? NaN))]));
}

function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[values.length >>> 1] ?? NaN;
  return Math.round(middle * 10) / 10;
}

function shuffledNumbers(count: number, random: () => number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = random() % (i + 1);
    [numbers[i], numbers[j]] = [numbers[j] as number, numbers[i] as number];
  }
  return numbers;
}

/** Mulberry32: small, seeded, good enough to scatter keys. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await run(line => console.log(JSON.stringify(line)));
}

/** A hundred thousand topics: whatever is done with them, the event loop goes round in between. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { command } from '../support/raw-zmtp.ts';
import { turn } from '../support/virtual-clock.ts';
import { drain, inWorld, type World } from '../support/world.ts';

const many = suite('a hundred thousand topics');

const TOPICS = 100_000;
const topics = Array.from({ length: TOPICS }, (_, i) => `topic ${i};`);

/** Lets the event loop go round until `count` has reached `target`; returns by how much it changed in one turn at most. */
async function largestStep(count: () => number, target: number): Promise<number> {
  let largest = 0;
  let last = count();
  while (last !== target) {
    await turn();
    largest = Math.max(largest, Math.abs(count() - last));
    last = count();
  }
  return largest;
}

function withTopics(world: World): Subscriber {
  const sub = world.open(Subscriber, { reconnectInterval: 10 });
  sub.subscribe(...topics);
  return sub;
}

/** Some milliseconds' worth. */
const STEP_MAX = 2500;

const OPEN: Record<string, (world: World) => Publisher | XPublisher> = {
  PUB: world => world.open(Publisher),
  XPUB: world => world.open(XPublisher),
};

for (const [type, open] of Object.entries(OPEN)) {
  inWorld(many, `${type}: subscribed before the connection, they come and go piece by piece`, async world => {
    const [pub, sub] = [open(world), withTopics(world)];
    await pub.bind('mem://news');
    sub.connect('mem://news');
    const taking = await largestStep(() => pub.topicsCount, TOPICS);
    assert.ok(taking <= STEP_MAX, `${taking} taken in one turn`);
    const closing = sub.close();
    const forgetting = await largestStep(() => pub.topicsCount, 0);
    assert.ok(forgetting <= STEP_MAX, `${forgetting} forgotten in one turn`);
    await world.until(closing);
  });
}

inWorld(many, 'subscribed after it, they are there before what is published next', async world => {
  const [pub, sub] = [world.open(Publisher), world.open(Subscriber)];
  await world.join(pub, sub);
  sub.subscribe(...topics);
  const taking = await largestStep(() => pub.topicsCount, TOPICS);
  assert.ok(taking <= STEP_MAX, `${taking} taken in one turn`);
  sub.unsubscribe(...topics.slice(1));
  const cancelling = await largestStep(() => pub.topicsCount, 1);
  assert.ok(cancelling <= STEP_MAX, `${cancelling} cancelled in one turn`);
});

inWorld(many, 'told again after a reconnect, they let others have their turn', async world => {
  const sub = withTopics(world);
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(sub, 'mem://news');
  peers[0]?.shakeHands('PUB');
  await turn();
  peers[0]?.destroy();
  await world.advance(100);
  const { forth } = world.network.link;
  peers[1]?.shakeHands('PUB');
  await turn();
  sub.unsubscribe('topic 99999;');
  sub.subscribe('late');
  let turns = 0;
  for (; (peers[1]?.frames.length ?? 0) < 1 + TOPICS; turns += 1) await turn();
  assert.ok(turns > 50, `${turns} turns`);
  assert.is(forth.waitingBytes, 0);
  const told = new Set(peers[1]?.commands);
  assert.equal([told.size, told.has('SUBSCRIBE late'), told.has('SUBSCRIBE topic 99999;')], [TOPICS, true, false]);
});

inWorld(many, 'a second subscriber is not kept waiting by one with very many', async world => {
  const pub = world.open(Publisher);
  await pub.bind('mem://news');
  const flood = Buffer.concat(topics.map(topic => command('SUBSCRIBE', topic)));
  (await world.dialRaw('mem://news')).shakeHands('SUB').write(flood);
  const quick = (await world.dialRaw('mem://news')).shakeHands('SUB').write(command('SUBSCRIBE', 'quick'));
  let turns = 0;
  for (; quick.messages.length === 0; turns += 1) {
    pub.trySend('quick');
    await turn();
  }
  assert.ok(pub.topicsCount < TOPICS / 2, `only ${pub.topicsCount} are there`);
  assert.ok(turns < 20, `${turns} turns`);
});

inWorld(many, 'who leaves gets nothing from that moment on, and others share its topics undisturbed', async world => {
  const pub = world.open(XPublisher, { verbosity: null });
  await pub.bind('mem://news');
  const flood = Buffer.concat(topics.map(topic => command('SUBSCRIBE', topic)));
  const leaving = (await world.dialRaw('mem://news')).shakeHands('SUB').write(flood);
  await world.settle();
  assert.is(drain(pub).length, TOPICS);
  const staying = (await world.dialRaw('mem://news')).shakeHands('SUB');
  await world.settle();
  const [first = '', last = ''] = [topics[0], topics.at(-1)];
  leaving.destroy();
  staying.write(command('SUBSCRIBE', last));
  for (let i = 0; i < 10; i += 1) await turn();
  assert.ok(pub.topicsCount > TOPICS / 2 && pub.topicsCount < TOPICS, 'it is being forgotten');
  await pub.send(first);
  await pub.send(last);
  await world.settle();
  assert.equal([leaving.messages, staying.messages], [[], [[last]]]);
  assert.is(pub.topicsCount, 1);
  const ended = drain(pub).flat();
  assert.is(ended.length, TOPICS - 1, 'the one that another has is still wanted, and no other');
  assert.not.ok(ended.includes(`\x01${last}`) || ended.includes(`\x00${last}`));
});

inWorld(many, 'a subscriber that leaves while its topics are taken in leaves none behind', async world => {
  const pub = world.open(XPublisher);
  await pub.bind('mem://news');
  const flood = Buffer.concat(topics.map(topic => command('SUBSCRIBE', topic)));
  const leaving = (await world.dialRaw('mem://news')).shakeHands('SUB').write(flood);
  while (pub.topicsCount === 0) await turn();
  leaving.destroy();
  await world.settle();
  assert.is(pub.topicsCount, 0);
  const seen = new Map<string, number>();
  for (const [notice = ''] of drain(pub)) {
    seen.set(notice.slice(1), (seen.get(notice.slice(1)) ?? 0) + (notice.startsWith('\x01') ? 1 : -1));
  }
  assert.ok(
    [...seen.values()].every(balance => balance === 0),
    'each that was shown has ended',
  );
});

many.run();

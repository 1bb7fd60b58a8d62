import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PublisherOptions, SendOptions } from '../../src/sockets/options.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { command, message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, fateOf, fill, inWorld, type World } from '../support/world.ts';

const options = suite('options of PUB and XPUB');

type Either = Publisher | XPublisher;
type Open = (given?: SendOptions & PublisherOptions) => Either;

/** A test for either type. */
function forBoth(name: string, test: (world: World, open: Open) => Promise<void>): void {
  inWorld(options, `PUB: ${name}`, world => test(world, given => world.open(Publisher, given)));
  inWorld(options, `XPUB: ${name}`, world => test(world, given => world.open(XPublisher, given)));
}

/** A subscriber to everything, with a mark of its own. */
async function subscribed(world: World, receiveHighWaterMark = 0, topic = ''): Promise<Subscriber> {
  const sub = world.open(Subscriber, { receiveHighWaterMark });
  sub.subscribe(topic);
  await world.connect(sub, 'mem://news');
  return sub;
}

/** Sends until there is no room left anywhere. */
async function fillUp(world: World, pub: Either, message: string): Promise<void> {
  while (fill(pub, () => message) > 0) await world.settle();
}

forBoth('without noDrop what has no room is dropped, exactly what is beyond the mark', async (world, open) => {
  for (const mark of [1000, 100]) {
    const pub = open();
    await pub.bind('mem://news');
    const sub = await subscribed(world, 1);
    pub.options.sendHighWaterMark = mark; // of a peer that is there already
    for (let i = 0; i < mark + 500; i += 1) assert.ok(pub.trySend(`n${i}`));
    await world.settle();
    const got: string[] = [];
    for (let quiet = 0; quiet < 3; quiet += 1) {
      const more = drain(sub).flat();
      if (more.length > 0) quiet = 0;
      got.push(...more);
      await world.settle();
    }
    assert.equal(
      got,
      Array.from({ length: mark }, (_, i) => `n${i}`),
    );
    await world.close(pub);
    await world.close(sub);
  }
});

forBoth('noDrop: 6,000 messages all arrive, however small the marks', async (world, open) => {
  const pub = open({ noDrop: true, sendHighWaterMark: 100 });
  await pub.bind('mem://news');
  const sub = await subscribed(world, 10);
  let sent = 0;
  let refused = 0;
  const got: string[] = [];
  while (got.length < 6000) {
    while (sent < 6000 && pub.trySend(`n${sent}`)) sent += 1;
    if (sent < 6000) refused += 1;
    await world.settle();
    const more = drain(sub).flat();
    assert.ok(more.length > 0, 'it goes on');
    got.push(...more);
  }
  assert.ok(refused > 0);
  assert.ok(got.every((text, i) => text === `n${i}`));
});

forBoth('noDrop: a mark of 11,024 lets 9,999 pass at once and 1,100 more after they were read', async (world, open) => {
  const pub = open({ sendHighWaterMark: 11_024 });
  await pub.bind('mem://news');
  const sub = await subscribed(world, 11_024);
  for (const count of [9999, 1100]) {
    for (let i = 0; i < count; i += 1) assert.ok(pub.trySend(`n${i}`));
    await world.settle();
    assert.is(drain(sub).length, count);
  }
});

forBoth(
  'noDrop: one frozen subscriber makes all wait, and senders are served in order when it goes on',
  async (world, open) => {
    const pub = open({ noDrop: true, sendHighWaterMark: 10 });
    await pub.bind('mem://news');
    const frozen = (await world.dialRaw('mem://news')).shakeHands('SUB').write(command('SUBSCRIBE', 'n'));
    await world.settle();
    const { back } = world.network.link;
    const free = await subscribed(world, 0, 'n');
    back.freeze();
    const big = 'x'.repeat(10_000);
    let sent = 0;
    while (pub.trySend(['n', `${sent}`, big])) {
      sent += 1;
      await world.settle();
    }
    assert.not.ok(pub.writable);
    const fates = ['a', 'b', 'c'].map(name => fateOf(pub.send(['n', name, big])));
    assert.ok(!pub.trySend('other'), 'who comes later waits behind them, whatever the topic');
    await world.settle();
    const before = drain(free).map(([, name]) => name);
    assert.equal(
      before,
      Array.from({ length: sent }, (_, i) => `${i}`),
      'nobody has got what somebody could not',
    );
    assert.equal(
      fates.map(({ now }) => now),
      ['pending', 'pending', 'pending'],
    );
    back.release();
    await world.settle();
    assert.equal(
      fates.map(({ now }) => now),
      ['fulfilled', 'fulfilled', 'fulfilled'],
    );
    assert.ok(pub.writable);
    const all = [...before, 'a', 'b', 'c'];
    assert.equal([...before, ...drain(free).map(([, name]) => name)], all);
    assert.equal(
      frozen.messages.map(([, name]) => name),
      all,
    );
  },
);

forBoth(
  'noDrop: who waits is woken when the slow one goes, or when waiting is over by an option',
  async (world, open) => {
    const ways: ((pub: Either) => unknown)[] = [
      () => world.network.links[0]?.cut(),
      pub => (pub.options.noDrop = false),
      pub => (pub.options.sendHighWaterMark = 0),
      pub => pub.unbind('mem://news'),
    ];
    for (const [i, way] of ways.entries()) {
      const pub = open({ noDrop: true, sendHighWaterMark: 5 });
      await pub.bind('mem://news');
      (await world.dialRaw('mem://news')).shakeHands('SUB').write(command('SUBSCRIBE', ''));
      await world.settle();
      world.network.link.back.freeze();
      await fillUp(world, pub, '');
      const fate = fateOf(pub.send('waits'));
      await world.settle();
      assert.is(fate.now, 'pending', `way ${i}`);
      await way(pub);
      await world.settle();
      assert.is(fate.now, 'fulfilled', `way ${i}`);
      for (const link of [...world.network.links]) link.cut();
      await world.close(pub, 0);
    }
  },
);

forBoth('noDrop: sends wait no longer than sendTimeout', async (world, open) => {
  const pub = open({ noDrop: true, sendHighWaterMark: 1, sendTimeout: 0 });
  await pub.bind('mem://news');
  await subscribed(world);
  await pub.send('1');
  assert.is(await codeOfCall(() => pub.send('2')), 'EAGAIN');
  pub.options.sendTimeout = 50;
  await world.settle();
  await pub.send('3');
});

forBoth('noDrop: a peer that wants nothing of it holds nobody up', async (world, open) => {
  const pub = open({ noDrop: true, sendHighWaterMark: 1 });
  await pub.bind('mem://news');
  (await world.dialRaw('mem://news')).shakeHands('SUB').write(command('SUBSCRIBE', 'slow'));
  await world.settle();
  world.network.link.back.freeze();
  await fillUp(world, pub, 'slow');
  assert.not.ok(pub.trySend('slow'));
  assert.ok(pub.trySend('other'));
  assert.not.ok(pub.writable, 'not whatever the message is');
});

forBoth('invertMatching: who does not match receives, who does not', async (world, open) => {
  const pub = open({ invertMatching: true });
  await pub.bind('mem://news');
  const subs: Subscriber[] = [];
  for (const topic of ['A', 'B']) {
    const sub = world.open(Subscriber, { invertMatching: true });
    sub.subscribe(topic);
    await world.connect(sub, 'mem://news');
    subs.push(sub);
  }
  const raw = (await world.dialRaw('mem://news')).shakeHands('SUB');
  await world.settle();
  for (const text of ['A1', 'B1', 'C1']) await pub.send(text);
  await world.settle();
  assert.equal(subs.map(drain), [
    [['B1'], ['C1']],
    [['A1'], ['C1']],
  ]);
  assert.equal(raw.messages, [['A1'], ['B1'], ['C1']], 'who has subscribed to nothing matches nothing');
  pub.options.invertMatching = false;
  for (const sub of subs) sub.options.invertMatching = false;
  await pub.send('A2');
  await world.settle();
  assert.equal(subs.map(drain), [[['A2']], []]);
});

forBoth('onlyFirstSubscribe: later parts of a message are no subscriptions', async (world, open) => {
  const pub = open({ onlyFirstSubscribe: true });
  await pub.bind('mem://news');
  const raw = (await world.dialRaw('mem://news')).shakeHands('SUB');
  raw.write(message('data', '\x01A'), message('\x01B', '\x01C'));
  await world.settle();
  assert.is(pub.topicsCount, 2);
  pub.options.onlyFirstSubscribe = false;
  raw.write(message('data', '\x01A'));
  await world.settle();
  assert.is(pub.topicsCount, 3);
});

forBoth('topicsCount: distinct topics of all subscribers, nested ones too', async (world, open) => {
  const pub = open();
  await pub.bind('mem://news');
  assert.is(pub.topicsCount, 0);
  const [one, two] = [await subscribed(world, 0, 'ABC'), await subscribed(world, 0, 'ABC')];
  assert.is(pub.topicsCount, 1);
  one.subscribe('A', 'AB', '');
  await world.settle();
  assert.equal([pub.topicsCount, one.topicsCount, two.topicsCount], [4, 4, 1]);
  one.unsubscribe('AB');
  await world.settle();
  assert.equal([pub.topicsCount, one.topicsCount], [3, 3]);
  await world.close(one);
  assert.is(pub.topicsCount, 1);
  await world.close(two);
  assert.is(pub.topicsCount, 0);
});

options.run();

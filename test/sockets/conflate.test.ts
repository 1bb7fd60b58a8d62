/** Sockets that keep only the newest message of each queue. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { message } from '../support/raw-zmtp.ts';
import { drain, inWorld, texts } from '../support/world.ts';

const conflate = suite('conflate');

inWorld(conflate, 'leaves of twenty messages the last, where they are received', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull, { conflate: true })];
  await world.join(pull, push);
  for (let i = 0; i < 20; i += 1) {
    await push.send(`${i}`);
    if (i % 7 === 0) await world.settle();
  }
  await world.settle();
  assert.equal(drain(pull), [['19']]);
});

inWorld(conflate, 'leaves the last where they are sent, also before there is a connection', async world => {
  const push = world.open(Push, { conflate: true, sendHighWaterMark: 1 });
  push.connect('mem://late');
  for (let i = 0; i < 20; i += 1) assert.ok(push.trySend(`${i}`));
  const pull = world.open(Pull);
  await pull.bind('mem://late');
  await world.advance(1000);
  assert.equal(drain(pull), [['19']]);
});

inWorld(conflate, 'never makes a sender wait for a peer that does not read', async world => {
  const [push, pull] = [world.open(Push, { conflate: true, sendHighWaterMark: 3 }), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  for (let i = 0; i < 1000; i += 1) {
    assert.ok(push.trySend([`${i}`, 'x'.repeat(1000)]));
    if (i % 100 === 0) await world.settle();
  }
  link.back.release();
  await world.settle();
  const received = drain(pull).map(([number]) => number);
  assert.ok(received.length < 100, `${received.length} were received`);
  assert.is(received.at(-1), '999');
});

inWorld(conflate, 'still waits where there is no peer at all', async world => {
  const push = world.open(Push, { conflate: true });
  assert.not.ok(push.trySend('x'));
});

inWorld(conflate, 'keeps messages of several parts whole', async world => {
  const [left, right] = [world.open(Dealer, { conflate: true }), world.open(Dealer, { conflate: true })];
  await world.join(left, right);
  for (let i = 0; i < 5; i += 1) {
    await left.send([`${i}`, '', 'end']);
    await right.send(['', `${i}`]);
    await world.settle();
  }
  assert.equal([drain(left), drain(right)], [[['', '4']], [['4', '', 'end']]]);
});

inWorld(conflate, 'is for each queue by itself: one of several peers replaces nothing of another', async world => {
  const pull = world.open(Pull, { conflate: true });
  await pull.bind('mem://sink');
  const raws = [await world.dialRaw('mem://sink'), await world.dialRaw('mem://sink')];
  for (const [i, raw] of raws.entries()) raw.shakeHands('PUSH').write(message(`${i} old`), message(`${i} new`));
  await world.settle();
  assert.equal(drain(pull).sort(), [['0 new'], ['1 new']]);
  const push = world.open(Push, { conflate: true });
  for (const name of ['a', 'b']) push.connect(`mem://${name}`);
  for (let i = 0; i < 6; i += 1) await push.send(`${i}`);
  const pulls = [world.open(Pull), world.open(Pull)];
  for (const [i, name] of ['a', 'b'].entries()) await pulls[i]?.bind(`mem://${name}`);
  await world.advance(1000);
  assert.equal(
    pulls.map(pull => drain(pull)),
    [[['4']], [['5']]],
  );
});

for (const [where, there] of [
  ['publisher', [{ conflate: true }, {}]],
  ['subscribers', [{}, { conflate: true }]],
] as const) {
  inWorld(conflate, `serves every subscriber, and loses no subscription, on the side of the ${where}`, async world => {
    const publisher = world.open(Publisher, there[0]);
    await publisher.bind('mem://news');
    const subscribers = [world.open(Subscriber, there[1]), world.open(Subscriber, there[1])];
    for (const subscriber of subscribers) {
      subscriber.connect('mem://news');
      subscriber.subscribe('a', 'b', 'c');
    }
    await world.settle();
    for (const topic of ['a', 'b', 'c']) {
      for (const number of ['1', '2']) await publisher.send([topic, number]);
      await world.settle();
      for (const subscriber of subscribers) assert.equal(drain(subscriber), [[topic, '2']]);
    }
  });
}

inWorld(conflate, 'is for both queues of a DEALER', async world => {
  const dealer = world.open(Dealer, { conflate: true });
  await dealer.bind('mem://here');
  const raw = (await world.dialRaw('mem://here')).shakeHands('DEALER').write(message('1'), message('2'));
  await world.settle();
  for (let i = 0; i < 3; i += 1) await dealer.send(`${i}`);
  await world.settle();
  assert.equal([drain(dealer), raw.messages], [[['2']], [['2']]]);
});

inWorld(conflate, 'says how many messages a close has cost: at most one per peer', async world => {
  const push = world.open(Push, { conflate: true });
  push.connect('mem://nobody');
  for (let i = 0; i < 5; i += 1) await push.send(`${i}`);
  assert.equal(await world.close(push, 0), { dropped: 1 });
});

inWorld(conflate, 'gives receivers that wait, and batches, each message once', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull, { conflate: true })];
  await world.join(pull, push);
  const waiting = pull.receive();
  await push.send('1');
  assert.equal(texts(await waiting), ['1']);
  for (let i = 2; i < 5; i += 1) await push.send(`${i}`);
  await world.settle();
  assert.equal((await pull.receiveBatch()).map(texts), [['4']]);
  assert.is(pull.tryReceive(), undefined);
});

conflate.run();

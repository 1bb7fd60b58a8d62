import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { command, frame, message } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { drain, inWorld, type World } from '../support/world.ts';

const publisher = suite('PUB');

/** A PUB with a subscriber by hand. */
async function published(world: World, ...octets: Buffer[]): Promise<{ pub: Publisher; raw: RawPeer }> {
  const pub = world.open(Publisher);
  await pub.bind('mem://news');
  const raw = await world.dialRaw('mem://news');
  raw.shakeHands('SUB').write(...octets);
  await world.settle();
  return { pub, raw };
}

async function publish(world: World, pub: Publisher, ...messages: (string | string[] | Buffer)[]): Promise<void> {
  for (const one of messages) await pub.send(one);
  await world.settle();
}

const subscribe = (topic: string | Uint8Array): Buffer => command('SUBSCRIBE', topic);
const cancel = (topic: string | Uint8Array): Buffer => command('CANCEL', topic);

inWorld(publisher, 'sends nothing to a peer that has not subscribed', async world => {
  const { pub, raw } = await published(world);
  await publish(world, pub, 'a', '');
  assert.equal(raw.messages, []);
});

inWorld(publisher, 'matches octets at the beginning of the first part only', async world => {
  const { pub, raw } = await published(world, subscribe('A'), subscribe(Buffer.of(0, 255)));
  await publish(world, pub, 'A', 'A1', 'B1', 'a', ['A', 'B'], ['x', 'A'], '', Buffer.of(0, 255, 7), Buffer.of(0, 254));
  assert.equal(raw.frames.length, 6, 'READY, A, A1, A and B, 00 FF 07');
  assert.equal(raw.messages.slice(0, 3), [['A'], ['A1'], ['A', 'B']]);
});

inWorld(publisher, 'matches everything with an empty subscription, empty messages too', async world => {
  const { pub, raw } = await published(world, subscribe(''));
  await publish(world, pub, 'a', '', ['', 'b']);
  assert.equal(raw.messages, [['a'], [''], ['', 'b']]);
});

inWorld(publisher, 'sends one copy however many topics match', async world => {
  const { pub, raw } = await published(world, subscribe('A'), subscribe('AB'), subscribe(''), subscribe('AB'));
  await publish(world, pub, 'ABC');
  assert.equal(raw.messages, [['ABC']]);
});

inWorld(publisher, 'ends the subscription that is cancelled, and no other', async world => {
  const { pub, raw } = await published(world, subscribe('A'), subscribe(''), cancel(''), cancel('B'), cancel('AB'));
  await publish(world, pub, 'A1', 'B1');
  assert.equal(raw.messages, [['A1']]);
  raw.write(cancel('A'));
  await world.settle();
  await publish(world, pub, 'A2');
  assert.equal(raw.messages, [['A1']]);
});

inWorld(publisher, "keeps a set of each peer's topics: one cancel takes back two subscriptions", async world => {
  const { pub, raw } = await published(world, subscribe('A'), subscribe('A'), cancel('A'));
  await publish(world, pub, 'A');
  assert.equal(raw.messages, []);
});

inWorld(publisher, 'takes subscriptions as messages too, from any part of one', async world => {
  const { pub, raw } = await published(world, frame(0, '\x01A'), message('xx', '\x01mp'));
  await publish(world, pub, 'A', 'mp', 'xx');
  raw.write(frame(0, '\x00A'));
  await world.settle();
  await publish(world, pub, 'A');
  assert.equal(raw.messages, [['A'], ['mp']]);
});

inWorld(publisher, 'takes topics of any length', async world => {
  const lengths = [1, 245, 246, 254, 255, 256, 300, 70_000];
  const topics = lengths.map(length => 't'.repeat(length - 1) + 'x');
  const { pub, raw } = await published(world, ...topics.map(subscribe));
  await publish(world, pub, ...topics);
  assert.equal(
    raw.messages.map(([text]) => text?.length),
    lengths,
  );
  raw.write(...topics.map(cancel));
  await world.settle();
  await publish(world, pub, ...topics);
  assert.is(raw.messages.length, lengths.length);
});

inWorld(publisher, 'lets everything else that a subscriber sends vanish', async world => {
  const { pub, raw } = await published(world, message('hello'), message(''), message('', 'x'), subscribe('A'));
  for (let i = 0; i < 5000; i += 1) raw.write(message('rubbish'));
  await publish(world, pub, 'A');
  assert.equal(raw.messages, [['A']]);
  assert.is(world.network.link.forth.waitingBytes, 0, 'all of it was read');
});

inWorld(publisher, 'forgets the subscriptions of a connection with the connection', async world => {
  const { pub, raw } = await published(world, subscribe('A'));
  raw.destroy();
  await world.settle();
  const again = await world.dialRaw('mem://news');
  again.shakeHands('SUB');
  await world.settle();
  await publish(world, pub, 'A');
  assert.equal(again.messages, []);
});

inWorld(publisher, 'never waits: a frozen subscriber loses whole messages while others get all', async world => {
  const pub = world.open(Publisher, { sendHighWaterMark: 10 });
  await pub.bind('mem://news');
  const frozen = (await world.dialRaw('mem://news')).shakeHands('SUB').write(subscribe('n'));
  await world.settle();
  const { back } = world.network.link;
  const readers = Array.from({ length: 9 }, () => world.open(Subscriber, { receiveHighWaterMark: 0 }));
  for (const reader of readers) {
    reader.subscribe('n');
    await world.connect(reader, 'mem://news');
  }
  back.freeze();
  for (let i = 0; i < 1000; i += 1) {
    assert.ok(pub.trySend(['n', `${i}`, 'last']));
    if (i % 5 === 4) await world.settle();
  }
  await world.settle();
  for (const reader of readers) {
    const got = drain(reader).map(([, number]) => Number(number));
    assert.is(got.length, 1000);
    assert.ok(got.every((number, i) => number === i));
  }
  back.release();
  await world.settle();
  const late = frozen.messages;
  assert.ok(late.length >= 10 && late.length < 40, `${late.length} messages had room`);
  for (const [i, parts] of late.entries()) assert.equal(parts, ['n', `${i}`, 'last'], 'whole, the first that came');
  await publish(world, pub, ['n', 'after', 'last']);
  assert.equal(frozen.messages.at(-1), ['n', 'after', 'last'], 'and it is served again');
});

inWorld(publisher, 'gives all its subscribers the same octets, which nobody changes', async world => {
  const { pub, raw } = await published(world, subscribe(''));
  const other = (await world.dialRaw('mem://news')).shakeHands('SUB').write(subscribe(''));
  await world.settle();
  const part = Buffer.alloc(100_000, 'n');
  await publish(world, pub, part);
  assert.equal([raw.messages[0]?.[0]?.length, other.messages[0]?.[0]?.length], [100_000, 100_000]);
  assert.ok(part.every(octet => octet === 0x6e));
});

inWorld(publisher, 'keeps its subscribers apart when one leaves', async world => {
  const { pub, raw } = await published(world, subscribe('A'));
  const other = (await world.dialRaw('mem://news')).shakeHands('SUB').write(subscribe('A'), subscribe('B'));
  await world.settle();
  raw.destroy();
  await world.settle();
  await publish(world, pub, 'A', 'B');
  assert.equal(other.messages, [['A'], ['B']]);
});

inWorld(publisher, 'has room for subscriptions whatever the high-water marks', async world => {
  const pub = world.open(Publisher, { sendHighWaterMark: 1 });
  await pub.bind('mem://news');
  const topics = Array.from({ length: 5000 }, (_, i) => `t${i};`);
  const raw = (await world.dialRaw('mem://news')).shakeHands('SUB').write(...topics.map(subscribe));
  await world.settle();
  await publish(world, pub, 't0;', 't4999;');
  assert.equal(raw.messages.flat(), ['t0;'], 'two at once are one too many for a mark of 1');
  await publish(world, pub, 't4999;');
  assert.equal(raw.messages.at(-1), ['t4999;']);
});

inWorld(publisher, 'is always writable and never readable', async world => {
  const pub = world.open(Publisher);
  assert.equal([pub.writable, pub.readable], [true, false]);
  await pub.send('for nobody');
  assert.ok(pub.trySend('for nobody'));
  assert.not.ok('receive' in pub);
});

publisher.run();

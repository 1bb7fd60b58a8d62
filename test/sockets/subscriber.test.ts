import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { message } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { drain, inWorld, texts, type World } from '../support/world.ts';

const subscriber = suite('SUB');

/** A SUB that connects to a publisher by hand. */
async function subscribed(
  world: World,
  ...topics: string[]
): Promise<{ sub: Subscriber; raw: RawPeer; peers: RawPeer[]; stop: () => Promise<void> }> {
  const sub = world.open(Subscriber);
  const { peers, stop } = await world.listenRaw('mem://news');
  for (const topic of topics) sub.subscribe(topic);
  await world.connect(sub, 'mem://news');
  const [raw] = peers;
  if (raw === undefined) throw new Error('nobody came');
  raw.shakeHands('PUB');
  await world.settle();
  return { sub, raw, peers, stop };
}

inWorld(subscriber, 'tells a publisher of its topics when it connects, and of changes at once', async world => {
  const { sub, raw } = await subscribed(world, 'A', 'B');
  assert.equal([...raw.commands].sort(), ['SUBSCRIBE A', 'SUBSCRIBE B']);
  sub.subscribe('C');
  sub.unsubscribe('A');
  await world.settle();
  assert.equal(raw.commands.slice(2), ['SUBSCRIBE C', 'CANCEL A']);
  assert.equal(raw.messages, []);
});

inWorld(subscriber, 'tells a peer of ZMTP 3.0 with messages', async world => {
  const sub = world.open(Subscriber);
  const { peers } = await world.listenRaw('mem://news');
  sub.subscribe('A');
  await world.connect(sub, 'mem://news');
  peers[0]?.shakeHands('PUB', { minor: 0 });
  await world.settle();
  sub.unsubscribe('A');
  await world.settle();
  assert.equal(peers[0]?.messages, [['\x01A'], ['\x00A']]);
  assert.equal(peers[0]?.commands, []);
});

inWorld(subscriber, 'counts: what is subscribed twice must be taken back twice', async world => {
  const { sub, raw } = await subscribed(world, 'A', 'A');
  assert.equal(raw.commands, ['SUBSCRIBE A'], 'a publisher that comes is told each topic once');
  sub.unsubscribe('A');
  await world.settle();
  assert.equal(raw.commands, ['SUBSCRIBE A']);
  raw.write(message('A1'));
  assert.equal(texts(await sub.receive()), ['A1']);
  sub.unsubscribe('A');
  await world.settle();
  assert.equal(raw.commands, ['SUBSCRIBE A', 'CANCEL A']);
  sub.unsubscribe('A');
  sub.unsubscribe('never');
  await world.settle();
  assert.equal(raw.commands, ['SUBSCRIBE A', 'CANCEL A'], 'what was never subscribed is ignored');
});

inWorld(subscriber, 'means everything when it names nothing', async world => {
  const { sub, raw } = await subscribed(world);
  sub.subscribe();
  await world.settle();
  assert.equal(raw.commands, ['SUBSCRIBE ']);
  raw.write(message('any'), message(''));
  assert.equal([texts(await sub.receive()), texts(await sub.receive())], [['any'], ['']]);
  sub.unsubscribe();
  await world.settle();
  assert.equal(raw.commands, ['SUBSCRIBE ', 'CANCEL ']);
});

inWorld(subscriber, 'filters again what a publisher sends', async world => {
  const { sub, raw } = await subscribed(world, 'B');
  raw.write(message('zz'), message('Bx'), message('q', 'B'), message(''), message('B', 'whole', ''), message('B2'));
  await world.settle();
  assert.equal(drain(sub), [['Bx'], ['B', 'whole', ''], ['B2']]);
  raw.write(message('B3'));
  await world.settle();
  sub.unsubscribe('B');
  assert.equal(drain(sub), [], 'also what had come already');
});

inWorld(subscriber, 'hears from all its publishers, fairly', async world => {
  const sub = world.open(Subscriber);
  sub.subscribe('');
  const [loud, quiet] = [world.open(Publisher), world.open(Publisher)];
  await loud.bind('mem://loud');
  await quiet.bind('mem://quiet');
  await world.connect(sub, 'mem://loud');
  await world.connect(sub, 'mem://quiet');
  for (let i = 0; i < 500; i += 1) await loud.send('loud');
  for (let i = 0; i < 3; i += 1) await quiet.send('quiet');
  await world.settle();
  const heard = drain(sub).flat();
  assert.is(heard.length, 503);
  assert.is(heard.slice(0, 6).filter(text => text === 'quiet').length, 3);
});

inWorld(subscriber, 'subscribes at publishers that connect to it', async world => {
  const sub = world.open(Subscriber);
  sub.subscribe('A');
  await sub.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('XPUB');
  await world.settle();
  sub.subscribe('B');
  await world.settle();
  assert.equal(raw.commands, ['SUBSCRIBE A', 'SUBSCRIBE B']);
});

inWorld(subscriber, 'keeps its topics for others when it disconnects from one', async world => {
  const [sub, one, two] = [world.open(Subscriber), world.open(Publisher), world.open(Publisher)];
  await one.bind('mem://one');
  await two.bind('mem://two');
  sub.subscribe('A');
  await world.connect(sub, 'mem://one');
  sub.disconnect('mem://one');
  await world.connect(sub, 'mem://two');
  await one.send('A1');
  await two.send('A2');
  await world.settle();
  assert.equal(drain(sub), [['A2']]);
});

inWorld(subscriber, 'gets 50,000 topics through however low the marks, and each of them counts', async world => {
  const options = { sendHighWaterMark: 10, receiveHighWaterMark: 10 };
  const xpub = world.open(XPublisher, options);
  const sub = world.open(Subscriber, { receiveHighWaterMark: 10 });
  for (let i = 0; i < 25_000; i += 1) sub.subscribe(`before ${i};`);
  await world.join(xpub, sub);
  for (let i = 0; i < 25_000; i += 1) sub.subscribe(`after ${i};`);
  await world.settle();
  assert.is(drain(xpub).length, 50_000);
  for (const topic of ['before 0;', 'before 24999;', 'after 0;', 'after 24999;']) await xpub.send(topic);
  await world.settle();
  assert.is(drain(sub).length, 4);
});

inWorld(subscriber, 'has all its topics again after a reconnect, wherever the first stream broke', async world => {
  const topics = Array.from({ length: 30 }, (_, i) => `topic ${i};`);
  const pub = world.open(Publisher);
  await pub.bind('mem://news');
  const handshakeBytes = 64 + 2 + 6 + 16 + 30; // about
  for (let cut = 0; cut < handshakeBytes + 30 * 22; cut += 3) {
    const sub = world.open(Subscriber, { reconnectInterval: 10 });
    for (const topic of topics) sub.subscribe(topic);
    let first = true;
    world.network.onLink = link => {
      if (first) link.forth.cutAfter(cut);
      first = false;
    };
    sub.connect('mem://news');
    await world.advance(5); // the first stream has broken, the second has not been tried
    const late = `late ${cut};`;
    sub.subscribe(late);
    sub.unsubscribe('topic 0;');
    await world.advance(1000);
    for (const topic of [...topics, late]) await pub.send(topic);
    await world.settle();
    assert.equal(drain(sub).flat(), [...topics.slice(1), late], `cut after ${cut} octets`);
    await world.close(sub);
  }
});

inWorld(subscriber, 'tells each topic once after a reconnect', async world => {
  const { sub, raw, peers } = await subscribed(world, 'A', 'B');
  sub.subscribe('C');
  await world.settle();
  raw.destroy();
  await world.settle();
  sub.subscribe('D');
  sub.unsubscribe('A');
  await world.advance(1000);
  peers[1]?.shakeHands('PUB');
  await world.settle();
  assert.equal([...(peers[1]?.commands ?? [])].sort(), ['SUBSCRIBE B', 'SUBSCRIBE C', 'SUBSCRIBE D']);
});

inWorld(subscriber, 'drops nothing that waits for the application when the publisher comes back', async world => {
  const { sub, raw, peers } = await subscribed(world, 'A');
  raw.write(message('A1'), message('A2'));
  await world.settle();
  raw.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('PUB').write(message('A3'));
  await world.settle();
  assert.equal(drain(sub).flat(), ['A1', 'A2', 'A3']);
});

inWorld(
  subscriber,
  'connects and disconnects: the publisher sees one subscription and its end, and is heard in between',
  async world => {
    const [xpub, sub] = [world.open(XPublisher), world.open(Subscriber)];
    sub.subscribe('A');
    await xpub.bind('mem://news');
    await xpub.send('A before');
    await world.connect(sub, 'mem://news');
    assert.equal(drain(xpub), [['\x01A']]);
    for (const text of ['A1', 'A2', 'A3']) await xpub.send(text);
    await world.settle();
    assert.equal(drain(sub).flat(), ['A1', 'A2', 'A3']);
    sub.disconnect('mem://news');
    await world.settle();
    assert.equal(drain(xpub), [['\x00A']]);
    await xpub.send('A after');
    await world.settle();
    assert.equal(drain(sub), []);
    assert.is(sub.topicsCount, 1, 'what it wants is its own');
  },
);

inWorld(subscriber, 'unbinds: its publishers are gone, and those elsewhere stay', async world => {
  const [sub, one, two] = [world.open(Subscriber), world.open(XPublisher), world.open(XPublisher)];
  sub.subscribe('A');
  await sub.bind('mem://one');
  await sub.bind('mem://two');
  await world.connect(one, 'mem://one');
  await world.connect(two, 'mem://two');
  await sub.unbind('mem://one');
  await world.settle();
  sub.subscribe('B');
  await world.settle();
  assert.equal(
    [drain(one).flat(), drain(two).flat()],
    [
      ['\x01A', '\x00A'],
      ['\x01A', '\x01B'],
    ],
  );
  await one.send('A1');
  await two.send('A2');
  await world.settle();
  assert.equal(drain(sub), [['A2']]);
});

inWorld(subscriber, 'receives what it has not subscribed to with invertMatching', async world => {
  const { sub, raw } = await subscribed(world, 'A');
  sub.options.invertMatching = true;
  raw.write(message('A1'), message('B1'), message(''), message('B', 'A'));
  await world.settle();
  assert.is(sub.readable, true);
  assert.equal(drain(sub), [['B1'], [''], ['B', 'A']]);
  sub.options.invertMatching = false;
  raw.write(message('A2'), message('B2'), message('A3'), message('B3'));
  await world.settle();
  assert.equal((await sub.receiveBatch()).map(texts), [['A2'], ['A3']]);
});

inWorld(subscriber, 'counts its topics, each once', async world => {
  const sub = world.open(Subscriber);
  sub.subscribe('', 'A', 'AB', 'A');
  assert.is(sub.topicsCount, 3);
  sub.unsubscribe('A', 'AB');
  assert.is(sub.topicsCount, 2, 'A was subscribed twice');
});

inWorld(subscriber, 'is never writable', async world => {
  const sub = world.open(Subscriber);
  assert.not.ok(sub.writable);
  assert.not.ok('send' in sub);
});

subscriber.run();

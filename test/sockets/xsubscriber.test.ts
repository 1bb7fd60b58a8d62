import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Publisher } from '../../src/sockets/publisher.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { message } from '../support/raw-zmtp.ts';
import { drain, fateOf, inWorld, texts } from '../support/world.ts';

const xsubscriber = suite('XSUB');

inWorld(xsubscriber, 'subscribes and cancels by messages, which travel as commands', async world => {
  const xsub = world.open(XSubscriber);
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(xsub, 'mem://news');
  peers[0]?.shakeHands('XPUB');
  await world.settle();
  await xsub.send('\x01A');
  await xsub.send('\x00A');
  await xsub.send('\x00unknown');
  await xsub.send(['\x01B', '\x01C']);
  await world.settle();
  assert.equal(peers[0]?.commands, ['SUBSCRIBE A', 'CANCEL A', 'SUBSCRIBE B', 'SUBSCRIBE C']);
  assert.equal(peers[0]?.messages, []);
});

inWorld(xsubscriber, 'sends everything else to all publishers', async world => {
  const xsub = world.open(XSubscriber);
  const pubs = [world.open(XPublisher), world.open(XPublisher)];
  for (const [i, pub] of pubs.entries()) {
    await pub.bind(`mem://news${i}`);
    await world.connect(xsub, `mem://news${i}`);
  }
  await xsub.send(['user', 'message']);
  await xsub.send(['\x01mixed', 'rest', '\x00mixed']);
  await world.settle();
  for (const pub of pubs) assert.equal(drain(pub), [['user', 'message'], ['\x01mixed'], ['\x00mixed'], ['rest']]);
});

inWorld(xsubscriber, 'filters nothing', async world => {
  const xsub = world.open(XSubscriber);
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(xsub, 'mem://news');
  peers[0]?.shakeHands('PUB').write(message('not', 'asked', 'for'), message(''));
  assert.equal(texts(await xsub.receive()), ['not', 'asked', 'for']);
  assert.equal(texts(await xsub.receive()), ['']);
});

inWorld(xsubscriber, 'tells all topics again after a reconnect, but not what else was sent', async world => {
  const xsub = world.open(XSubscriber);
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(xsub, 'mem://news');
  peers[0]?.shakeHands('XPUB');
  await xsub.send('\x01A');
  await xsub.send('user');
  await world.settle();
  peers[0]?.destroy();
  await world.settle();
  await xsub.send('into the void');
  await xsub.send('\x01B');
  await world.advance(1000);
  peers[1]?.shakeHands('XPUB');
  await world.settle();
  assert.equal([...(peers[1]?.commands ?? [])].sort(), ['SUBSCRIBE A', 'SUBSCRIBE B']);
  assert.equal(peers[1]?.messages, []);
});

inWorld(xsubscriber, 'sends nothing to the next connection that still waited for the last', async world => {
  const xsub = world.open(XSubscriber);
  const { peers } = await world.listenRaw('mem://news');
  const link = await world.connect(xsub, 'mem://news');
  peers[0]?.shakeHands('XPUB');
  await world.settle();
  link.forth.freeze();
  await xsub.send('on its way');
  await world.settle();
  for (const message of ['\x01A', 'user', '\x01B', '\x00A']) await xsub.send(message);
  link.cut();
  await world.advance(1000);
  peers[1]?.shakeHands('XPUB');
  await world.settle();
  assert.equal([peers[1]?.commands, peers[1]?.messages], [['SUBSCRIBE B'], []]);
});

inWorld(xsubscriber, 'never waits: a frozen publisher misses what it cannot take, but no subscription', async world => {
  const xsub = world.open(XSubscriber, { sendHighWaterMark: 5 });
  const xpub = world.open(XPublisher);
  const link = await world.join(xpub, xsub);
  link.forth.freeze();
  await xsub.send('first');
  await world.settle();
  for (let i = 0; i < 100; i += 1) await xsub.send(`user ${i}`);
  for (let i = 0; i < 100; i += 1) await xsub.send(`\x01topic ${i}`);
  await world.settle();
  link.forth.release();
  await world.settle();
  const got = drain(xpub).flat();
  assert.equal(got.slice(0, 6), ['first', 'user 0', 'user 1', 'user 2', 'user 3', 'user 4']);
  assert.is(got.filter(text => text.startsWith('\x01')).length, 100);
  assert.is(got.length, 106);
});

inWorld(xsubscriber, 'sends nothing to nobody, and does not wait for somebody', async world => {
  const xsub = world.open(XSubscriber);
  const fate = fateOf(xsub.send('user'));
  await world.settle();
  assert.is(fate.now, 'fulfilled');
  assert.ok(xsub.writable);
});

inWorld(xsubscriber, 'makes a proxy: subscriptions travel up, messages down', async world => {
  const [pub, front, back, end] = [
    world.open(Publisher),
    world.open(XSubscriber),
    world.open(XPublisher),
    world.open(XSubscriber),
  ];
  await pub.bind('mem://source');
  await back.bind('mem://proxy');
  await world.connect(front, 'mem://source');
  await world.connect(end, 'mem://proxy');
  void (async () => {
    for await (const down of front) await back.send(down);
  })();
  void (async () => {
    for await (const up of back) await front.send(up);
  })();
  await end.send('\x01A');
  await world.settle();
  await pub.send(['A', '1']);
  await pub.send(['B', '2']);
  await world.settle();
  assert.equal(drain(end), [['A', '1']]);
  await end.send('\x00A');
  await world.settle();
  await pub.send(['A', '3']);
  await world.settle();
  assert.equal(drain(end), []);
});

inWorld(xsubscriber, 'passes on every cancel with verboseUnsubscribe, also an unknown one', async world => {
  const xsub = world.open(XSubscriber, { verboseUnsubscribe: true });
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(xsub, 'mem://news');
  peers[0]?.shakeHands('XPUB');
  await world.settle();
  for (const message of ['\x01A', '\x01A', '\x00A', '\x00A', '\x00unknown']) await xsub.send(message);
  await world.settle();
  const all = ['SUBSCRIBE A', 'SUBSCRIBE A', 'CANCEL A', 'CANCEL A', 'CANCEL unknown'];
  assert.equal(peers[0]?.commands, all);
  xsub.options.verboseUnsubscribe = false;
  for (const message of ['\x01B', '\x01B', '\x00B', '\x00unknown']) await xsub.send(message);
  await world.settle();
  assert.equal(peers[0]?.commands, [...all, 'SUBSCRIBE B', 'SUBSCRIBE B'], 'it counts at once');
});

inWorld(xsubscriber, 'looks at later parts only behind a subscription with onlyFirstSubscribe', async world => {
  const xsub = world.open(XSubscriber, { onlyFirstSubscribe: true });
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(xsub, 'mem://news');
  peers[0]?.shakeHands('XPUB');
  await world.settle();
  await xsub.send(['data', '\x01no', '\x00no']);
  await xsub.send(['\x01A', '\x01B']);
  await xsub.send(['', '\x01no']);
  await world.settle();
  assert.equal(peers[0]?.messages, [
    ['data', '\x01no', '\x00no'],
    ['', '\x01no'],
  ]);
  assert.equal(peers[0]?.commands, ['SUBSCRIBE A', 'SUBSCRIBE B']);
  xsub.options.onlyFirstSubscribe = false;
  await xsub.send(['data', '\x01yes']);
  await world.settle();
  assert.is(peers[0]?.commands.at(-1), 'SUBSCRIBE yes');
});

inWorld(xsubscriber, 'counts its topics', async world => {
  const xsub = world.open(XSubscriber);
  for (const message of ['\x01', '\x01A', '\x01AB', '\x01A', 'other', '\x00AB']) await xsub.send(message);
  assert.is(xsub.topicsCount, 2);
});

xsubscriber.run();

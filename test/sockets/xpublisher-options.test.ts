import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { command, message } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { codeOfCall, drain, inWorld, texts, type World } from '../support/world.ts';

const options = suite('options of XPUB');

/** An XPUB, and subscribers by hand that do as they are told. */
async function withPeers(
  world: World,
  given: NonNullable<ConstructorParameters<typeof XPublisher>[0]>,
  count = 2,
): Promise<{ xpub: XPublisher; raw: RawPeer[]; say: (who: number, ...octets: Buffer[]) => Promise<void> }> {
  const xpub = world.open(XPublisher, given);
  await xpub.bind('mem://news');
  const raw: RawPeer[] = [];
  for (let i = 0; i < count; i += 1) raw.push((await world.dialRaw('mem://news')).shakeHands('SUB'));
  await world.settle();
  const say = async (who: number, ...octets: Buffer[]): Promise<void> => {
    raw[who]?.write(...octets);
    await world.settle();
  };
  return { xpub, raw, say };
}

/** What the application is shown, as `+topic` and `-topic`. */
function shown(xpub: XPublisher): string {
  return drain(xpub)
    .map(parts => parts.join('|').replace('\x01', '+').replace('\x00', '-'))
    .join(' ');
}

const subscribe = (topic: string): Buffer => command('SUBSCRIBE', topic);
const cancel = (topic: string): Buffer => command('CANCEL', topic);

inWorld(options, 'shows subscriptions as Buffers', async world => {
  const { xpub, raw, say } = await withPeers(world, {}, 1);
  await say(0, subscribe('topic'), subscribe(''));
  raw[0]?.destroy();
  await world.settle();
  const parts = [await xpub.receive(), await xpub.receive(), await xpub.receive(), await xpub.receive()].flat();
  assert.ok(parts.every(part => Buffer.isBuffer(part)));
  assert.equal(parts.map(String).sort(), ['\x00', '\x00topic', '\x01', '\x01topic']);
});

// verbosity

inWorld(options, 'verbosity allSubs: shows each subscription, and the end of the last', async world => {
  const { xpub, raw, say } = await withPeers(world, { verbosity: 'allSubs' });
  await say(0, subscribe('A'), subscribe('A'));
  await say(1, subscribe('A'));
  assert.is(shown(xpub), '+A +A +A');
  await say(0, cancel('A'));
  assert.is(shown(xpub), '');
  await say(1, cancel('A'));
  assert.is(shown(xpub), '-A');
  await say(0, subscribe('B'));
  await say(1, subscribe('B'));
  assert.is(shown(xpub), '+B +B');
  raw[0]?.destroy();
  await world.settle();
  assert.is(shown(xpub), '');
  raw[1]?.destroy();
  await world.settle();
  assert.is(shown(xpub), '-B');
});

inWorld(options, 'verbosity allSubsUnsubs: shows each subscription and each end, also of those who go', async world => {
  const { xpub, raw, say } = await withPeers(world, { verbosity: 'allSubsUnsubs' });
  await say(0, subscribe('A'), subscribe('A'));
  await say(1, subscribe('A'), cancel('B'));
  assert.is(shown(xpub), '+A +A +A -B');
  await say(0, cancel('A'));
  assert.is(shown(xpub), '-A');
  await say(0, cancel('A'), subscribe('A'));
  assert.is(shown(xpub), '-A +A');
  for (const peer of raw) peer.destroy();
  await world.settle();
  assert.is(shown(xpub), '-A -A');
});

inWorld(options, 'verbosity counts at once, and null is the quiet way', async world => {
  const { xpub, say } = await withPeers(world, { verbosity: 'allSubsUnsubs' });
  await say(0, subscribe('A'));
  xpub.options.verbosity = null;
  await say(1, subscribe('A'), cancel('A'));
  assert.is(shown(xpub), '+A');
  xpub.options.verbosity = 'allSubs';
  await say(1, subscribe('A'), cancel('A'));
  assert.is(shown(xpub), '+A');
});

inWorld(options, 'a subscriber counts by itself: its repetitions show, its first cancels do not', async world => {
  const xpub = world.open(XPublisher, { verbosity: 'allSubsUnsubs' });
  const sub = world.open(Subscriber);
  await world.join(xpub, sub);
  sub.subscribe('A');
  sub.subscribe('A');
  sub.unsubscribe('A');
  await world.settle();
  assert.is(shown(xpub), '+A +A');
  sub.unsubscribe('A');
  await world.settle();
  assert.is(shown(xpub), '-A');
});

inWorld(options, 'does not show that a stranger cancels what others have', async world => {
  const { xpub, say } = await withPeers(world, {});
  await say(0, subscribe('A'));
  await say(1, cancel('A'), cancel('never'));
  assert.is(shown(xpub), '+A -never');
});

// manual

inWorld(options, 'manual: a subscription is only asked for', async world => {
  const { xpub, raw, say } = await withPeers(world, { manual: true }, 1);
  await say(0, subscribe('A'), subscribe('A'), cancel('A'), cancel('A'));
  assert.is(xpub.topicsCount, 0);
  assert.is(shown(xpub), '+A +A -A -A', 'each is shown');
  await say(0, subscribe('A'));
  await xpub.send('A1');
  await world.settle();
  assert.equal(raw[0]?.messages, []);
});

inWorld(
  options,
  'manual: gives the peer of the last subscription received another topic, and takes it back',
  async world => {
    const { xpub, raw, say } = await withPeers(world, { manual: true });
    await say(0, subscribe('A'));
    await say(1, subscribe('B'));
    assert.equal(texts(await xpub.receive()), ['\x01A']);
    xpub.subscribe('XA');
    assert.equal(texts(await xpub.receive()), ['\x01B']);
    xpub.subscribe('XB');
    assert.is(xpub.topicsCount, 2);
    for (const topic of ['A', 'XA', 'B', 'XB']) await xpub.send(topic);
    await world.settle();
    assert.equal([raw[0]?.messages, raw[1]?.messages], [[['XA']], [['XB']]]);
    await say(0, cancel('A'));
    assert.equal(texts(await xpub.receive()), ['\x00A']);
    xpub.unsubscribe(Buffer.from('XA'));
    for (const topic of ['A', 'XA', 'XB']) await xpub.send(topic);
    await world.settle();
    assert.equal([raw[0]?.messages, raw[1]?.messages], [[['XA']], [['XB'], ['XB']]]);
  },
);

inWorld(
  options,
  'manual: knows whose subscription it is when somebody waits for it, and whatever comes between',
  async world => {
    const { xpub, raw, say } = await withPeers(world, { manual: true });
    const receiving = xpub.receive();
    await say(1, subscribe('A'));
    await receiving;
    await say(0, message('hello'));
    assert.equal(texts(await xpub.receive()), ['hello']);
    xpub.subscribe('A');
    await xpub.send('A1');
    await world.settle();
    assert.equal([raw[0]?.messages, raw[1]?.messages], [[], [['A1']]], 'a message of another one changes nothing');
  },
);

inWorld(options, 'manual: tells what a peer had asked for when it goes, and ends what it was given', async world => {
  const { xpub, raw, say } = await withPeers(world, { manual: true });
  await say(0, subscribe('A'));
  xpub.tryReceive();
  xpub.subscribe('X');
  await say(1, subscribe('A'));
  xpub.tryReceive();
  raw[0]?.destroy();
  await world.settle();
  assert.is(xpub.topicsCount, 0);
  assert.is(shown(xpub), '-A', 'though the other one has asked for it too');
  xpub.subscribe('late');
  xpub.unsubscribe('late');
  assert.is(xpub.topicsCount, 0, 'the last message is of nobody who is there');
});

inWorld(options, 'manual: does nothing for a peer that has gone before its subscription was received', async world => {
  const { xpub, raw, say } = await withPeers(world, { manual: true });
  await say(0, subscribe('A'));
  raw[0]?.destroy();
  await world.settle();
  assert.equal(texts(await xpub.receive()), ['\x01A']);
  xpub.subscribe('A');
  assert.is(xpub.topicsCount, 0);
  assert.is(shown(xpub), '-A');
});

inWorld(
  options,
  'manual: two who ask the same are told apart by a proxy that takes over what they ask',
  async world => {
    const [pub, xsub] = [world.open(Publisher), world.open(XSubscriber)];
    const xpub = world.open(XPublisher, { manual: true });
    await world.join(pub, xsub, 'mem://source');
    await xpub.bind('mem://proxy');
    const subs = [world.open(Subscriber), world.open(Subscriber)];
    for (const [i, sub] of subs.entries()) {
      sub.subscribe(`A${i}`);
      await world.connect(sub, 'mem://proxy');
    }
    for (const [i] of subs.entries()) {
      const [notice] = await xpub.receive();
      assert.is(String(notice), `\x01A${i}`);
      xpub.subscribe(`A${i}`);
      await xsub.send(notice ?? null);
    }
    await world.settle();
    await pub.send(['A0', 'a']);
    await pub.send(['A1', 'b']);
    await world.settle();
    for (const [topic, content] of drain(xsub)) await xpub.send([topic ?? '', content ?? '']);
    await world.settle();
    assert.equal(subs.map(drain), [[['A0', 'a']], [['A1', 'b']]]);
  },
);

inWorld(options, 'manual: subscribe() is for that mode, and for topics', async world => {
  const xpub = world.open(XPublisher);
  assert.is(await codeOfCall(() => xpub.subscribe('A')), 'EINVAL');
  assert.is(await codeOfCall(() => xpub.unsubscribe('A')), 'EINVAL');
  xpub.options.manual = true;
  xpub.subscribe('A'); // for nobody
  assert.is(await codeOfCall(() => xpub.subscribe(undefined as never)), 'EINVAL');
});

inWorld(options, 'manual: when it is switched off, subscriptions count as they come, and end as such', async world => {
  const { xpub, raw, say } = await withPeers(world, { manual: true });
  await say(0, subscribe('A'));
  xpub.options.manual = false;
  await say(0, subscribe('B'));
  await xpub.send('A');
  await xpub.send('B');
  await world.settle();
  assert.equal(raw[0]?.messages, [['B']]);
  assert.is(shown(xpub), '+A +B');
  raw[0]?.destroy();
  await world.settle();
  assert.is(shown(xpub), '-B');
});

// manualLastValue

inWorld(options, 'manualLastValue: the next message is for the newest subscriber only', async world => {
  const { xpub, raw, say } = await withPeers(world, { manualLastValue: true });
  const got = (): unknown[] => raw.map(({ messages }) => messages.flat());
  await say(0, subscribe('A'));
  xpub.tryReceive();
  xpub.subscribe('A');
  await xpub.send('A cached');
  await say(1, subscribe('A'));
  xpub.tryReceive();
  xpub.subscribe('A');
  await xpub.send('A cached');
  await xpub.send('A new');
  await world.settle();
  assert.equal(got(), [
    ['A cached', 'A new'],
    ['A cached', 'A new'],
  ]);
});

inWorld(
  options,
  'manualLastValue: the next message is for nobody when the newest subscriber does not match',
  async world => {
    const { xpub, raw, say } = await withPeers(world, { manualLastValue: true });
    await say(0, subscribe('A'));
    xpub.tryReceive();
    xpub.subscribe('A');
    await say(1, subscribe('B'));
    xpub.tryReceive();
    await xpub.send('A1');
    await xpub.send('A2');
    await world.settle();
    assert.equal(raw[0]?.messages, [['A2']]);
  },
);

inWorld(options, 'manualLastValue: back to everybody when the newest subscriber has gone', async world => {
  const { xpub, raw, say } = await withPeers(world, { manualLastValue: true });
  await say(0, subscribe('A'));
  xpub.tryReceive();
  xpub.subscribe('A');
  await xpub.send('A1');
  await say(1, subscribe('A'));
  xpub.tryReceive();
  raw[1]?.destroy();
  await world.settle();
  await xpub.send('A2');
  await world.settle();
  assert.equal(raw[0]?.messages, [['A1'], ['A2']]);
});

inWorld(
  options,
  'manualLastValue with noDrop: a message that has to wait is still for the newest only',
  async world => {
    const { xpub, raw, say } = await withPeers(world, { manualLastValue: true, noDrop: true, sendHighWaterMark: 1 });
    await say(0, subscribe('A'));
    xpub.tryReceive();
    xpub.subscribe('A');
    xpub.trySend('A0');
    assert.not.ok(xpub.trySend('A1'), 'the mark is 1, and nothing has left in this turn');
    await say(1, subscribe('A'));
    xpub.tryReceive();
    xpub.subscribe('A');
    assert.ok(xpub.trySend('A1'));
    assert.not.ok(xpub.trySend('A2'));
    await world.settle();
    assert.ok(xpub.trySend('A2'));
    await world.settle();
    assert.equal(
      [raw[0]?.messages.flat(), raw[1]?.messages.flat()],
      [
        ['A0', 'A2'],
        ['A1', 'A2'],
      ],
    );
  },
);

// welcomeMessage

inWorld(
  options,
  'welcomeMessage: each subscriber is sent it first, and keeps it if it has subscribed to it',
  async world => {
    const { xpub, raw } = await withPeers(world, { welcomeMessage: 'W' }, 1);
    assert.equal(raw[0]?.messages, [['W']]);
    const [one, other] = [world.open(Subscriber), world.open(Subscriber)];
    one.subscribe('W');
    other.subscribe('A');
    await world.connect(one, 'mem://news');
    await world.connect(other, 'mem://news');
    await xpub.send('A1');
    await world.settle();
    assert.equal([drain(one), drain(other)], [[['W']], [['A1']]]);
  },
);

inWorld(options, 'welcomeMessage counts at once, may be empty, and null is none', async world => {
  const { xpub } = await withPeers(world, { welcomeMessage: Buffer.from('W') }, 0);
  const come = async (): Promise<unknown> => {
    const peer = (await world.dialRaw('mem://news')).shakeHands('SUB');
    await world.settle();
    return peer.messages;
  };
  assert.equal(await come(), [['W']]);
  xpub.options.welcomeMessage = '' as never; // what is set may be text, what is read is octets
  assert.equal(await come(), [['']]);
  xpub.options.welcomeMessage = null;
  assert.equal(await come(), []);
});

inWorld(options, 'welcomeMessage: who comes back is welcomed again, on either side of the connection', async world => {
  const xpub = world.open(XPublisher, { welcomeMessage: 'W', reconnectInterval: 10 });
  const { peers } = await world.listenRaw('mem://sink');
  await world.connect(xpub, 'mem://sink');
  peers[0]?.shakeHands('SUB');
  await world.settle();
  peers[0]?.destroy();
  await world.advance(100);
  peers[1]?.shakeHands('SUB');
  await world.settle();
  assert.equal([peers[0]?.messages, peers[1]?.messages], [[['W']], [['W']]]);
});

// onlyFirstSubscribe

inWorld(
  options,
  'onlyFirstSubscribe: later parts of a message are data, unless the first is a subscription',
  async world => {
    const { xpub, say } = await withPeers(world, { onlyFirstSubscribe: true }, 1);
    await say(0, message('data', '\x01A', '\x00A'), message('\x01B', '\x01C', 'rest', '\x01D'), message('', '\x01A'));
    assert.equal(drain(xpub), [['data', '\x01A', '\x00A'], ['\x01B'], ['\x01C'], ['\x01D'], ['rest'], ['', '\x01A']]);
    assert.is(xpub.topicsCount, 3);
    xpub.options.onlyFirstSubscribe = false;
    await say(0, message('data', '\x01A'));
    assert.equal(drain(xpub), [['\x01A'], ['data']]);
  },
);

inWorld(options, 'topics of 245 and 246 octets come and go, at the border of a long frame', async world => {
  const [xpub, sub] = [world.open(XPublisher), world.open(Subscriber)];
  await world.join(xpub, sub);
  const topics = [245, 246, 247].map(length => 'x'.repeat(length - 1) + String(length % 10));
  sub.subscribe(...topics);
  await world.settle();
  assert.equal(
    drain(xpub).flat(),
    topics.map(topic => `\x01${topic}`),
  );
  assert.is(xpub.topicsCount, 3);
  sub.unsubscribe(...topics);
  await world.settle();
  assert.equal(
    drain(xpub).flat(),
    topics.map(topic => `\x00${topic}`),
  );
  assert.is(xpub.topicsCount, 0);
});

options.run();

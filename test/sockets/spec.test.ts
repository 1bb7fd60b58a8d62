/** What libzmq's own tests ask of the types that ask, answer, route and distribute (its names are in brackets). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import type { Socket } from '../../src/sockets/socket.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { frame, message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, fill, inWorld, texts, type World } from '../support/world.ts';

const fresh = suite('a socket without peers');

/** What it does when it is told to send and to receive at once, and whether it says that it could. */
const FRESH = [
  [Pair, 'EAGAIN', 'EAGAIN', ''],
  [Publisher, 'ok', 'ENOTSUP', 'out'],
  [Subscriber, 'ENOTSUP', 'EAGAIN', ''],
  [Request, 'EAGAIN', 'EFSM', ''],
  [Reply, 'EFSM', 'EAGAIN', ''],
  [Dealer, 'EAGAIN', 'EAGAIN', ''],
  [Router, 'ok', 'EAGAIN', 'out'],
  [Pull, 'ENOTSUP', 'EAGAIN', ''],
  [Push, 'EAGAIN', 'ENOTSUP', ''],
  [XPublisher, 'ok', 'EAGAIN', 'out'],
  [XSubscriber, 'ok', 'EAGAIN', 'out'],
] as const;

interface Calls {
  send?(message: string[], options: { timeout: number }): Promise<void>;
  receive?(options: { timeout: number }): Promise<unknown>;
}

for (const [Type, send, receive, events] of FRESH) {
  inWorld(fresh, `${Type.name}: send ${send}, receive ${receive}, events ${events || 'none'}`, async world => {
    const socket = world.open<Socket & Calls, object>(Type);
    assert.is((socket.writable ? 'out' : '') + (socket.readable ? 'in' : ''), events);
    const now = { timeout: 0 };
    // a type that never does it has no such method
    const sent = socket.send === undefined ? 'ENOTSUP' : await resultOf(() => socket.send?.(['id', 'x'], now));
    const received = socket.receive === undefined ? 'ENOTSUP' : await resultOf(() => socket.receive?.(now));
    assert.equal([sent, received], [send, receive]);
  });
}

function resultOf(call: () => Promise<unknown> | undefined): Promise<string> {
  return codeOfCall(async () => {
    await call();
    throw Object.assign(new Error('nothing went wrong'), { code: 'ok' });
  });
}

const pushPull = suite('PUSH and PULL [spec_pushpull]');

inWorld(pushPull, 'never give the rest of a message to anybody but who had its beginning', async world => {
  const push = world.open(Push);
  await push.bind('mem://source');
  const [first, second] = [world.open(Pull, { reconnectInterval: 0 }), world.open(Pull)];
  const link = await world.connect(first, 'mem://source');
  link.back.cutAfter(link.back.arrivedBytes + 30); // in the midst of the second message
  for (let i = 0; i < 3; i += 1) await push.send(['head', `body ${i}`, 'tail']);
  await world.settle();
  await world.connect(second, 'mem://source');
  for (let i = 3; i < 6; i += 1) await push.send(['head', `body ${i}`, 'tail']);
  await world.settle();
  const bodies = [first, second].map(pull =>
    drain(pull).map(([head, body, ...tail]) => {
      assert.equal([head, ...tail], ['head', 'tail']);
      return body;
    }),
  );
  assert.equal(bodies, [['body 0'], ['body 3', 'body 4', 'body 5']]);
});

inWorld(pushPull, 'drop a message that breaks off, and take the next sender as it is', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  const cut = (await world.dialRaw('mem://sink')).shakeHands('PUSH').write(message('whole'), frame(1, 'half'));
  await world.settle();
  cut.destroy();
  (await world.dialRaw('mem://sink')).shakeHands('PUSH').write(message('a', 'b'));
  await world.settle();
  assert.equal(drain(pull), [['whole'], ['a', 'b']]);
});

const request = suite('REQ [spec_req]');

inWorld(request, 'asks its peers round robin, and takes the reply of whom it has asked from among all', async world => {
  const requester = world.open(Request);
  await requester.bind('mem://service');
  const raws: RawPeer[] = [];
  for (let i = 0; i < 4; i += 1) {
    raws.push((await world.dialRaw('mem://service')).shakeHands('REP'));
    await world.settle();
  }
  for (let i = 0; i < 8; i += 1) {
    await requester.send(`${i}`);
    await world.settle();
    assert.equal(raws[i % 4]?.messages.at(-1), ['', `${i}`]);
    for (const [j, raw] of raws.entries()) raw.write(message('', `answer of ${j}`));
    await world.settle();
    assert.equal(texts(await requester.receive()), [`answer of ${i % 4}`]);
  }
});

inWorld(request, 'gets the reply that follows one which its ROUTER could not send [invalid_rep]', async world => {
  const [requester, router] = [world.open(Request), world.open(Router)];
  await world.join(router, requester);
  await requester.send('question');
  const [id = Buffer.of(), delimiter = Buffer.from('none')] = await router.receive();
  assert.is(delimiter.length, 0);
  assert.is(await codeOfCall(() => router.send([id])), 'EINVAL');
  await router.send([id, delimiter, 'answer']);
  assert.equal(texts(await requester.receive()), ['answer']);
});

const reply = suite('REP [spec_rep]');

inWorld(reply, 'hears its askers in turn, and puts their envelopes back', async world => {
  const replier = world.open(Reply);
  await replier.bind('mem://service');
  const raws: RawPeer[] = [];
  for (let i = 0; i < 3; i += 1) {
    const raw = (await world.dialRaw('mem://service')).shakeHands('DEALER');
    raw.write(message('X', `Y${i}`, '', 'A', ''), message('', 'B'));
    raws.push(raw);
    await world.settle();
  }
  const heard: string[][] = [];
  for (let i = 0; i < 6; i += 1) {
    const question = await replier.receive();
    heard.push(texts(question));
    await replier.send(question);
  }
  await world.settle();
  assert.equal(heard, [...Array<string[]>(3).fill(['A', '']), ...Array<string[]>(3).fill(['B'])]);
  for (const [i, raw] of raws.entries()) {
    assert.equal(raw.messages, [
      ['X', `Y${i}`, '', 'A', ''],
      ['', 'B'],
    ]);
  }
});

const router = suite('ROUTER [router_mandatory_hwm]');

inWorld(
  router,
  'takes for a peer that does not read what its pipe holds, and some more when it has read',
  async world => {
    const hub = world.open(Router, { mandatory: true, sendHighWaterMark: 10 });
    const dealer = world.open(Dealer, { routingId: 'slow', receiveHighWaterMark: 1 });
    const link = await world.join(hub, dealer);
    link.back.freeze();
    const toSlow = { trySend: (text: string) => hub.trySend(['slow', text]) };
    assert.is(fill(toSlow), 10);
    assert.is(await codeOfCall(() => hub.send(['slow', 'x'], { timeout: 0 })), 'EAGAIN');
    link.back.release();
    await world.settle();
    const more = fill(toSlow);
    assert.ok(more > 0 && more <= 10, `${more} more`);
    assert.is(await codeOfCall(() => hub.send(['nobody', 'x'])), 'EHOSTUNREACH');
  },
);

const marks = suite('high-water marks [sockopt_hwm]');

/** A sender and a peer that takes nothing. */
async function stuck(world: World, mark: number): Promise<{ push: Push; pull: Pull; release: () => void }> {
  const [push, pull] = [world.open(Push, { sendHighWaterMark: mark }), world.open(Pull)];
  const link = await world.join(pull, push);
  link.forth.freeze();
  return { push, pull, release: () => link.forth.release() };
}

inWorld(marks, 'that are lowered while the pipe is fuller keep all that is queued', async world => {
  const { push, pull, release } = await stuck(world, 100);
  assert.is(fill(push), 100);
  push.options.sendHighWaterMark = 10;
  assert.is(fill(push), 0);
  release();
  await world.settle();
  assert.equal(
    drain(pull).flat(),
    Array.from({ length: 100 }, (_, i) => `${i}`),
  );
});

inWorld(marks, 'count from the moment they are set, before and after connecting', async world => {
  for (const before of [true, false]) {
    const push = world.open(Push);
    if (before) push.options.sendHighWaterMark = 5;
    push.connect('mem://nobody');
    if (!before) push.options.sendHighWaterMark = 5;
    assert.is(fill(push), 5);
    push.options.sendHighWaterMark = 7;
    assert.is(fill(push), 2);
    push.options.sendHighWaterMark = 0;
    assert.is(fill({ trySend: text => Number(text) < 5000 && push.trySend(text) }), 5000);
  }
});

inWorld(marks, 'of a receiver count for connections that are there', async world => {
  world.network.nature.chunkBytes = 3;
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH');
  await world.settle();
  pull.options.receiveHighWaterMark = 2;
  const { forth } = world.network.link;
  const before = forth.arrivedBytes;
  for (let i = 0; i < 50; i += 1) raw.write(message('x'));
  await world.settle();
  assert.ok(forth.arrivedBytes - before < 50, `${forth.arrivedBytes - before} octets were taken`);
  pull.options.receiveHighWaterMark = 0;
  await world.settle();
  assert.is(forth.arrivedBytes - before, 150);
  assert.is(drain(pull).length, 50);
});

fresh.run();
pushPull.run();
request.run();
reply.run();
router.run();
marks.run();

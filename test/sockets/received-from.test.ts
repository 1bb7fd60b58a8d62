/** What a received message tells of its sender, and what a socket tells of itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Received } from '../../src/sockets/receive-line.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { commandsOf, greeting, message, ready } from '../support/raw-zmtp.ts';
import { codeOfCall, errorOf, eventsOf, fateOf, inWorld, texts, type World } from '../support/world.ts';

const from = suite('receiveFrom()');

/** A message and the sender's own name for itself, which tests put into its metadata. */
function told(received: Received | undefined): [text: string, name: string | undefined] | undefined {
  return received && [texts(received.message).join('|'), received.peer?.metadata.get('X-Name')];
}

const named = (name: string): object => ({ metadata: { 'X-Name': name } });

/** For each type that receives: somebody who speaks to it, and the type it says it is. */
const SPEAKERS: Record<string, (world: World) => Promise<Received>> = {
  PUSH: async world => {
    const [pull, push] = [world.open(Pull), world.open(Push, named('it'))];
    await world.join(pull, push);
    await push.send('x');
    return pull.receiveFrom();
  },
  PAIR: async world => {
    const [left, right] = [world.open(Pair), world.open(Pair, named('it'))];
    await world.join(left, right);
    await right.send('x');
    return left.receiveFrom();
  },
  DEALER: async world => {
    const [left, right] = [world.open(Dealer), world.open(Dealer, named('it'))];
    await world.join(left, right);
    await right.send('x');
    return left.receiveFrom();
  },
  ROUTER: async world => {
    const [dealer, router] = [world.open(Dealer, { routingId: 'me' }), world.open(Router, named('it'))];
    await world.join(router, dealer);
    await router.send(['me', 'x']);
    return dealer.receiveFrom();
  },
  REQ: async world => {
    const [reply, request] = [world.open(Reply), world.open(Request, named('it'))];
    await world.join(reply, request);
    await request.send('x');
    return reply.receiveFrom();
  },
  REP: async world => {
    const [request, reply] = [world.open(Request), world.open(Reply, named('it'))];
    await world.join(reply, request);
    await request.send('question');
    await reply.receive();
    await reply.send('x');
    return request.receiveFrom();
  },
  PUB: async world => {
    const [publisher, subscriber] = [world.open(Publisher, named('it')), world.open(Subscriber)];
    subscriber.subscribe('x');
    await world.join(publisher, subscriber);
    await publisher.send('x');
    return subscriber.receiveFrom();
  },
  XPUB: async world => {
    const [publisher, subscriber] = [world.open(XPublisher, named('it')), world.open(XSubscriber)];
    await subscriber.send('\x01x');
    await world.join(publisher, subscriber);
    await publisher.send('x');
    return subscriber.receiveFrom();
  },
};

for (const [type, speak] of Object.entries(SPEAKERS)) {
  inWorld(from, `names a ${type}, by its address, its type and its metadata`, async world => {
    const { message: parts, peer } = await speak(world);
    assert.is(texts(parts).at(-1), 'x');
    assert.equal([peer?.socketType, peer?.version, peer?.metadata.get('x-NAME')], [type, '3.1', 'it']);
    assert.match(peer?.remoteAddress ?? '', /^mem:\/\//);
  });
}

inWorld(from, 'gives the routing id that the peer announced, and the connection that events name', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer, { routingId: 'me' })];
  const events = eventsOf(router);
  await world.join(router, dealer);
  await dealer.send('x');
  const { message: parts, peer } = await router.receiveFrom();
  assert.equal(texts(parts), ['me', 'x']);
  assert.is(Buffer.from(peer?.routingId ?? []).toString(), 'me');
  const handshake = events.find(event => event.type === 'handshake');
  assert.equal([peer?.connectionId, peer?.remoteAddress], [handshake?.connectionId, handshake?.remoteAddress]);
});

inWorld(from, 'tells senders apart whoever waits first, and lets others wait in the same line', async world => {
  const pull = world.open(Pull);
  const waiting = [pull.receiveFrom(), pull.receive(), pull.receiveFrom(), pull.receiveFrom()] as const;
  await pull.bind('mem://sink');
  const [a, b] = [world.open(Push, named('a')), world.open(Push, named('b'))];
  await world.connect(a, 'mem://sink');
  await world.connect(b, 'mem://sink');
  await Promise.all([a.send('a1'), b.send('b1'), a.send('a2'), b.send('b2')]);
  await world.settle();
  const [first, second, third, fourth] = await Promise.all(waiting);
  const all = [told(first), texts(second).join(), told(third), told(fourth)];
  for (const one of all) if (Array.isArray(one)) assert.is(one[0][0], one[1]);
  assert.equal(all.map(one => (Array.isArray(one) ? one[0] : one)).sort(), ['a1', 'a2', 'b1', 'b2']);
  assert.is(pull.tryReceiveFrom(), undefined);
});

inWorld(from, 'still knows a sender that has gone', async world => {
  const [pull, push] = [world.open(Pull), world.open(Push, named('gone'))];
  await world.join(pull, push);
  await push.send('x');
  await world.close(push);
  await world.settle();
  assert.equal(pull.peers(), []);
  assert.equal(told(pull.tryReceiveFrom()), ['x', 'gone']);
});

inWorld(from, 'tells those apart who were behind one endpoint one after the other', async world => {
  const pull = world.open(Pull);
  const { peers } = await world.listenRaw('mem://many');
  await world.connect(pull, 'mem://many');
  const say = async (i: number, ...words: string[]): Promise<void> => {
    peers[i]?.write(greeting(), ready('PUSH', undefined, [['X-Name', `${i}`]]), ...words.map(word => message(word)));
    await world.settle();
    peers[i]?.end();
    await world.advance(250);
  };
  await say(0, 'a', 'b');
  assert.equal(told(pull.tryReceiveFrom()), ['a', '0']);
  await say(1);
  await say(2, 'c', 'd', 'e');
  assert.equal(told(pull.tryReceiveFrom()), ['b', '0']);
  assert.equal(told(pull.tryReceiveFrom()), ['c', '2']);
  await say(3, 'f');
  assert.equal(
    [0, 0, 0, 0].map(() => told(pull.tryReceiveFrom())),
    [['d', '2'], ['e', '2'], ['f', '3'], undefined],
  );
  await say(4, 'g');
  assert.equal(told(pull.tryReceiveFrom()), ['g', '4']);
});

inWorld(from, 'gives up in time, by signal and out of turn as receive() does', async world => {
  const [pull, request] = [world.open(Pull, { receiveTimeout: 100 }), world.open(Request)];
  const controller = new AbortController();
  const [late, aborted] = [
    fateOf(pull.receiveFrom()),
    errorOf(() => pull.receiveFrom({ signal: controller.signal, timeout: -1 })),
  ];
  controller.abort('enough');
  assert.is(await aborted, 'enough');
  await world.advance(100);
  assert.is(late.now, 'EAGAIN');
  assert.throws(() => request.receiveFrom(), /send a request/);
  assert.is(await codeOfCall(() => pull.receiveFrom({ timeout: -2 })), 'EINVAL');
  const closed = fateOf(pull.receiveFrom({ timeout: -1 }));
  await world.close(pull);
  assert.is(closed.now, 'EBADF');
  assert.is(await codeOfCall(() => pull.receiveFrom()), 'EBADF');
  const next = world.open(Pull);
  const push = world.open(Push);
  await world.join(next, push);
  await push.send('x');
  assert.equal(texts(await next.receive()), ['x'], 'nobody is asked about who waits in vain');
});

const metadata = suite('metadata');

inWorld(metadata, 'goes out behind type and identity, sorted by name', async world => {
  const { peers } = await world.listenRaw('mem://raw');
  const dealer = world.open(Dealer, { routingId: 'me', metadata: { 'X-b': '2', 'X-a': 'ä', 'X-B': '3' } });
  await world.connect(dealer, 'mem://raw');
  peers[0]?.write(greeting());
  await world.settle();
  const [sent] = commandsOf(peers[0]?.frames ?? []);
  const property = (name: string, value: string): Buffer => {
    const length = Buffer.byteLength(value);
    return Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(0, 0, 0, length), Buffer.from(value)]);
  };
  const expected = [
    property('Socket-Type', 'DEALER'),
    property('Identity', 'me'),
    property('X-B', '3'),
    property('X-a', 'ä'),
    property('X-b', '2'),
  ];
  assert.equal(sent?.data.toString('latin1'), Buffer.concat(expected).toString('latin1'));
});

inWorld(
  metadata,
  'of a peer is a map that knows names in any case, with what its application said only',
  async world => {
    const pull = world.open(Pull);
    await pull.bind('mem://sink');
    const more = [
      ['X-Role', 'worker'],
      ['User-Id', 'root'],
      ['x-role', 'second'],
      ['Resource', 'r'],
      ['x-Empty', ''],
      ['X-Octets', Buffer.of(0xff)],
    ] as const;
    (await world.dialRaw('mem://sink')).write(greeting(), ready('PUSH', undefined, more), message('x'));
    await world.settle();
    const map = pull.tryReceiveFrom()?.peer?.metadata;
    const all: [string, string][] = [
      ['X-Role', 'worker'],
      ['x-Empty', ''],
      ['X-Octets', '\ufffd'],
    ];
    assert.equal([...(map ?? [])], all);
    assert.equal([...(map?.entries() ?? [])], all);
    assert.equal([...(map?.keys() ?? [])], ['X-Role', 'x-Empty', 'X-Octets']);
    assert.equal([...(map?.values() ?? [])], ['worker', '', '\ufffd']);
    const seen: unknown[] = [];
    map?.forEach((value, name, self) => seen.push([name, value, self === map]));
    assert.equal(
      seen,
      all.map(([name, value]) => [name, value, true]),
    );
    assert.equal([map?.size, map?.get('x-ROLE'), map?.has('X-ROLE')], [3, 'worker', true]);
    assert.equal([map?.get('User-Id'), map?.has('resource')], [undefined, false]);
  },
);

from.run();
metadata.run();

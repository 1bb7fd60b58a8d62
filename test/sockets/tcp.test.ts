/** Sockets over real TCP: what libzmq's own tests ask of endpoints, sources, late binds, reconnecting and events. */
import { networkInterfaces } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
} from '../../src/index.ts';
import { frame } from '../support/raw-zmtp.ts';
import { inTcpWorld, type TcpWorld, until } from '../support/tcp-world.ts';
import { codeOfCall, eventsOf, texts, typesOf } from '../support/world.ts';

const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? []);
const hasIPv6 = addresses.some(({ address }) => address === '::1');
const loopbackName = Object.entries(networkInterfaces()).find(([, each]) => each?.some(each => each.internal))?.[0];

function portOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf(':') + 1);
}

/** An endpoint on which nobody listens: one that somebody has just given back. */
async function freeEndpoint(world: TcpWorld): Promise<string> {
  const holder = world.open(Pull);
  const endpoint = await world.bind(holder);
  await holder.close();
  return endpoint;
}

/** Until the events of a socket are of these types, in this order, and then some if there is a rest. */
async function untilTypes(events: readonly MonitorEvent[], types: string): Promise<void> {
  await until(() => typesOf(events).length >= types.length, `"${types}", but "${typesOf(events)}"`);
  assert.is(typesOf(events).slice(0, types.length), types);
}

// endpoints

const endpoints = suite('tcp endpoints');

for (const [endpoint, code] of [
  ['tcp://', 'EINVAL'],
  ['tcp://in val id:1234', 'EINVAL'],
  ['tcp://localhost:invalid', 'EINVAL'],
  ['tcp://192.168.0.200:*', 'EINVAL'],
  ['tcp://*:5555', 'EINVAL'],
  ['tcp://127.0.0.1:0', 'EINVAL'],
  ['tcp://127.0.0.1', 'EINVAL'],
  ['tcp://127.0.0.1:65536', 'EINVAL'],
  ['invalid://localhost:1234', 'EPROTONOSUPPORT'],
  ['TCP://127.0.0.1:1234', 'EPROTONOSUPPORT'],
] as const) {
  inTcpWorld(endpoints, `are refused by the call, without an event: ${endpoint}`, async world => {
    const dealer = world.open(Dealer);
    const events = eventsOf(dealer);
    assert.throws(
      () => dealer.connect(endpoint),
      (error: unknown) => error instanceof UsageError && error.code === code,
    );
    assert.is(dealer.lastEndpoint, null);
    await dealer.close();
    await untilTypes(events, 'end');
  });
}

inTcpWorld(endpoints, 'may be names, sources and interfaces, whoever is there', async world => {
  const dealer = world.open(Dealer, { reconnectInterval: 0 });
  for (const endpoint of [
    'tcp://localhost:1',
    'tcp://[::1]:1',
    'tcp://127.0.0.1:0;localhost:1',
    'tcp://localhost:5555;localhost:1',
    `tcp://${loopbackName ?? 'lo'}:5555;localhost:1`,
    'tcp://*:*;127.0.0.1:1',
  ]) {
    dealer.connect(endpoint);
    assert.is(dealer.lastEndpoint, endpoint);
  }
});

inTcpWorld(endpoints, 'are told as they really are, after each bind', async world => {
  const pull = world.open(Pull);
  await pull.bind('tcp://127.0.0.1:*');
  const first = pull.lastEndpoint ?? '';
  assert.match(first, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  await pull.bind('tcp://*:0');
  const second = pull.lastEndpoint ?? '';
  assert.match(second, /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/);
  assert.is.not(portOf(first), portOf(second));
  await pull.bind('tcp://localhost:*');
  assert.match(pull.lastEndpoint ?? '', /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.is(await codeOfCall(() => pull.bind(first)), 'EADDRINUSE');
  assert.match(pull.lastEndpoint ?? '', /^tcp:/, 'the last that worked');
  for (const endpoint of [first, second.replace('0.0.0.0', '127.0.0.1')]) {
    const push = world.open(Push);
    push.connect(endpoint);
    await push.send(endpoint);
    assert.equal(texts(await pull.receive()), [endpoint]);
  }
});

inTcpWorld(endpoints, 'are free at once after unbind, a hundred times, while a peer is connected', async world => {
  const [pull, push] = [world.open(Pull), world.open(Push, { reconnectInterval: 1 })];
  const told = eventsOf(pull);
  const met = world.event(pull, 'handshake');
  const endpoint = await world.bind(pull);
  push.connect(endpoint);
  await met;
  for (let i = 0; i < 100; i += 1) {
    await pull.unbind(endpoint);
    await pull.bind(endpoint);
    assert.is(pull.lastEndpoint, endpoint);
  }
  const receiving = pull.receive();
  let heard = false;
  void receiving.then(() => (heard = true));
  await until(() => {
    push.trySend('still there'); // lost while it has not noticed the end of the last connection
    return heard;
  }, 'a message after all that');
  assert.is(told.filter(({ type }) => type === 'bind').length, 101);
  assert.is(told.filter(({ type }) => type === 'close').length, 100);
});

inTcpWorld(endpoints, 'are free at once after close, a hundred times', async world => {
  let endpoint = 'tcp://127.0.0.1:*';
  for (let i = 0; i < 100; i += 1) {
    const reply = world.open(Reply);
    await reply.bind(endpoint);
    endpoint = reply.lastEndpoint ?? '';
    await reply.close();
  }
});

inTcpWorld(endpoints, 'that were bound are unbound by what they became, and by nothing else', async world => {
  const pull = world.open(Pull);
  const endpoint = await world.bind(pull);
  for (const other of [`tcp://localhost:${portOf(endpoint)}`, `${endpoint}0`, 'tcp://127.0.0.1:1', 'nonsense']) {
    assert.is(await codeOfCall(() => pull.unbind(other)), 'ENOENT', other);
  }
  assert.is(await codeOfCall(() => pull.disconnect(endpoint)), 'ENOENT');
  await pull.unbind(endpoint);
  assert.is(await codeOfCall(() => pull.unbind(endpoint)), 'ENOENT');
});

endpoints.run();

// sources

const sources = suite('tcp sources');

inTcpWorld(sources, 'tell several connections to one port apart', async world => {
  const [request, reply] = [world.open(Request), world.open(Reply)];
  const endpoint = await world.bind(reply);
  const events = eventsOf(reply);
  const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const connects = hosts.map(host => `tcp://${host}:0;${endpoint.slice('tcp://'.length)}`);
  for (const connect of connects) request.connect(connect);
  const handshakes = (): MonitorEvent[] => events.filter(({ type }) => type === 'handshake');
  await until(() => handshakes().length === 3, 'three handshakes');
  const remotes = events.flatMap(event => (event.type === 'accept' ? [event.remoteAddress] : []));
  assert.equal(
    remotes.map(each => each.replace(/:\d+$/, '')).sort(),
    hosts.map(host => `tcp://${host}`),
  );
  const talk = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await request.send(`${i}`);
      assert.equal(texts(await reply.receive()), [`${i}`]);
      await reply.send(`re ${i}`);
      assert.equal(texts(await request.receive()), [`re ${i}`]);
    }
  };
  await talk(6);
  const gone = world.event(reply, 'disconnect');
  request.disconnect(connects[1] ?? '');
  assert.match((await gone).remoteAddress, /^tcp:\/\/127\.0\.0\.2:/);
  await talk(6);
  assert.is(await codeOfCall(() => request.disconnect(connects[1] ?? '')), 'ENOENT');
});

inTcpWorld(sources, 'of an interface lead to a peer as its address does', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const endpoint = await world.bind(pull);
  push.connect(`tcp://${loopbackName ?? 'lo'}:0;${endpoint.slice('tcp://'.length)}`);
  await push.send('x');
  assert.equal(texts(await pull.receive()), ['x']);
});

sources.run();

// talk

const talk = suite('tcp talk');

for (const host of ['127.0.0.1', 'localhost', ...(hasIPv6 ? ['[::1]'] : [])]) {
  inTcpWorld(talk, `of two PAIRs by ${host}`, async world => {
    const ipv6 = host === '[::1]';
    const [left, right] = [world.open(Pair, { ipv6 }), world.open(Pair, { ipv6 })];
    await left.bind(`tcp://${host}:*`);
    right.connect(`tcp://${host}:${portOf(left.lastEndpoint ?? '')}`);
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      await from.send(['one', '', 'three']);
      assert.equal(texts(await to.receive()), ['one', '', 'three']);
    }
  });
}

inTcpWorld(talk, 'of a REQ with several endpoints asks them in turn', async world => {
  const request = world.open(Request);
  const replies = [world.open(Reply), world.open(Reply), world.open(Reply)];
  for (const reply of replies) {
    const handshake = world.event(reply, 'handshake');
    request.connect(await world.bind(reply));
    await handshake;
  }
  for (let round = 0; round < 3; round += 1) {
    for (const [i, reply] of replies.entries()) {
      await request.send(`${round}`);
      assert.equal(texts(await reply.receive()), [`${round}`]);
      await reply.send(`${i}`);
      assert.equal(texts(await request.receive()), [`${i}`]);
    }
  }
});

inTcpWorld(talk, 'before the bind arrives after it, in order', async world => {
  const endpoint = await freeEndpoint(world);
  const [push, pull] = [world.open(Push, { reconnectInterval: 5 }), world.open(Pull)];
  const refused = world.event(push, 'connect:retry');
  push.connect(endpoint);
  for (let i = 0; i < 10; i += 1) await push.send(`${i}`);
  assert.is((await refused).error.code, 'ECONNREFUSED');
  await pull.bind(endpoint);
  for (let i = 0; i < 10; i += 1) assert.equal(texts(await pull.receive()), [`${i}`]);
});

inTcpWorld(talk, 'with no peer left must wait, after unbind and after disconnect', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const endpoint = await world.bind(pull);
  push.connect(endpoint);
  await push.send('one');
  assert.equal(texts(await pull.receive()), ['one']);
  push.disconnect(endpoint);
  assert.not.ok(push.trySend('nobody'));
  assert.is(await codeOfCall(() => push.send('nobody', { timeout: 0 })), 'EAGAIN');

  const [bound, connecting] = [world.open(Push), world.open(Pull)];
  const met = world.event(bound, 'handshake');
  connecting.connect(await world.bind(bound));
  await met;
  await bound.send('two');
  assert.equal(texts(await connecting.receive()), ['two']);
  await bound.unbind(bound.lastEndpoint ?? '');
  assert.not.ok(bound.trySend('nobody'));
});

inTcpWorld(talk, 'of a publisher ends for subscribers with the endpoint, and goes on at another', async world => {
  const publisher = world.open(XPublisher);
  const first = await world.bind(publisher);
  const second = await world.bind(publisher);
  const [one, two] = [world.open(Subscriber, { reconnectInterval: 0 }), world.open(Subscriber)];
  one.subscribe('a');
  one.connect(first);
  assert.equal(texts(await publisher.receive()), ['\x01a']);
  two.subscribe('b');
  two.connect(second);
  assert.equal(texts(await publisher.receive()), ['\x01b']);
  const lost = world.event(one, 'disconnect');
  await publisher.unbind(first);
  assert.equal(texts(await publisher.receive()), ['\x00a'], 'nobody wants it any more');
  await lost;
  await publisher.send('a1');
  await publisher.send('b1');
  assert.equal(texts(await two.receive()), ['b1']);
  assert.is(one.tryReceive(), undefined);
  two.disconnect(second);
  assert.equal(texts(await publisher.receive()), ['\x00b']);
  two.connect(second);
  assert.equal(texts(await publisher.receive()), ['\x01b'], 'what is subscribed stays so');
  await publisher.send('b2');
  assert.equal(texts(await two.receive()), ['b2']);
});

inTcpWorld(talk, 'of a subscriber that unbinds is told to its publishers', async world => {
  const [subscriber, publisher] = [world.open(Subscriber), world.open(Publisher, { reconnectInterval: 0 })];
  subscriber.subscribe('');
  const endpoint = await world.bind(subscriber);
  publisher.connect(endpoint);
  const events = eventsOf(subscriber);
  await until(() => typesOf(events).includes('handshake'), 'a handshake');
  const receiving = subscriber.receive();
  let heard = false;
  void receiving.then(() => (heard = true));
  await until(() => {
    void publisher.send('x'); // dropped until the subscription has come
    return heard;
  }, 'a message');
  const lost = world.event(publisher, 'disconnect');
  await subscriber.unbind(endpoint);
  await lost;
  assert.is(subscriber.tryReceive(), undefined, 'what had come by it is gone with it');
});

talk.run();

// reconnecting

const reconnecting = suite('tcp reconnecting');

for (const [host, ipv6] of [['127.0.0.1', false] as const, ...(hasIPv6 ? [['[::1]', true] as const] : [])]) {
  inTcpWorld(reconnecting, `is not done with an interval of -1, at ${host}, until connect() is called`, async world => {
    const [push, pull] = [world.open(Push, { reconnectInterval: -1, ipv6 }), world.open(Pull, { ipv6 })];
    const events = eventsOf(push);
    await pull.bind(`tcp://${host}:*`);
    const endpoint = pull.lastEndpoint ?? '';
    push.connect(endpoint);
    await push.send('one');
    assert.equal(texts(await pull.receive()), ['one']);
    const before = 'connect:delay connect handshake';
    await pull.unbind(endpoint);
    await untilTypes(events, `${before} disconnect connect:stop`);
    await pull.bind(endpoint);
    assert.not.ok(push.trySend('nobody'));
    push.connect(endpoint);
    await push.send('two');
    assert.equal(texts(await pull.receive()), ['two']);
    assert.is(typesOf(events), `${before} disconnect connect:stop ${before}`);
  });
}

reconnecting.run();

// events

const events = suite('tcp events');

/** Endpoint, events of who connects, events of who is bound, who connects. */
interface Met {
  readonly endpoint: string;
  readonly bound: Router;
  readonly connecting: Dealer;
  readonly boundEvents: MonitorEvent[];
  readonly connectingEvents: MonitorEvent[];
}

const MEETING = 'connect:delay connect handshake';

async function met(world: TcpWorld, options: object = {}): Promise<Met> {
  const bound = world.open(Router);
  const connecting = world.open(Dealer, { reconnectInterval: 1, ...options });
  const [boundEvents, connectingEvents] = [eventsOf(bound), eventsOf(connecting)];
  const endpoint = await world.bind(bound);
  connecting.connect(endpoint);
  await untilTypes(boundEvents, 'bind accept handshake');
  await untilTypes(connectingEvents, MEETING);
  return { endpoint, bound, connecting, boundEvents, connectingEvents };
}

inTcpWorld(events, 'of a meeting and an end', async world => {
  const { bound, connecting, boundEvents, connectingEvents } = await met(world);
  await connecting.close();
  await untilTypes(connectingEvents, `${MEETING} end`);
  await untilTypes(boundEvents, 'bind accept handshake disconnect');
  await bound.close();
  await untilTypes(boundEvents, 'bind accept handshake disconnect close end');
});

inTcpWorld(events, 'of nobody there: an attempt, its end, another', async world => {
  const endpoint = await freeEndpoint(world);
  const push = world.open(Push, { reconnectInterval: 1 });
  const told = eventsOf(push);
  push.connect(endpoint);
  await untilTypes(told, 'connect:delay close connect:retry connect:delay close connect:retry connect:delay');
});

inTcpWorld(events, 'of a peer that goes: an end, and another attempt', async world => {
  const { bound, connectingEvents, boundEvents } = await met(world);
  await bound.close();
  await untilTypes(connectingEvents, `${MEETING} disconnect connect:retry connect:delay`);
  await untilTypes(boundEvents, 'bind accept handshake close end');
});

inTcpWorld(events, 'of a disconnect(): nothing here, an end there', async world => {
  const { connecting, endpoint, connectingEvents, boundEvents } = await met(world);
  connecting.disconnect(endpoint);
  await untilTypes(boundEvents, 'bind accept handshake disconnect');
  await connecting.close();
  await untilTypes(connectingEvents, `${MEETING} end`);
});

inTcpWorld(events, 'of an unbind: the listener closes here, an end and another attempt there', async world => {
  const { bound, endpoint, connectingEvents, boundEvents } = await met(world);
  await bound.unbind(endpoint);
  await untilTypes(connectingEvents, `${MEETING} disconnect connect:retry connect:delay`);
  await bound.close();
  await untilTypes(boundEvents, 'bind accept handshake close end');
});

inTcpWorld(events, 'of a bind that fails', async world => {
  const [first, second] = [world.open(Pull), world.open(Pull)];
  const told = eventsOf(second);
  const endpoint = await world.bind(first);
  assert.is(await codeOfCall(() => second.bind(endpoint)), 'EADDRINUSE');
  await untilTypes(told, 'bind:error');
});

const FAILING = 'connect:delay connect handshake:error:protocol disconnect';

inTcpWorld(events, 'of a handshake that fails, on both sides', async world => {
  const [pull, router] = [world.open(Pull, { reconnectInterval: 1 }), world.open(Router)];
  const [connecting, bound] = [eventsOf(pull), eventsOf(router)];
  pull.connect(await world.bind(router));
  await untilTypes(bound, 'bind accept handshake:error:protocol disconnect');
  await until(() => typesOf(connecting).includes('disconnect'), 'an end');
  assert.match(typesOf(connecting), new RegExp(`^${FAILING.replace('protocol', '(protocol|other|auth)')}`));
});

inTcpWorld(
  events,
  'with reconnectStop for those who refuse: an attempt, its end, a stop, nothing more',
  async world => {
    const endpoint = await freeEndpoint(world);
    const push = world.open(Push, { reconnectInterval: 1, reconnectStop: ['refused'] });
    const told = eventsOf(push);
    push.connect(endpoint);
    await untilTypes(told, 'connect:delay close connect:stop');
    const pull = world.open(Pull);
    await pull.bind(endpoint);
    assert.not.ok(push.trySend('nobody'));
    push.connect(endpoint);
    await push.send('x');
    assert.equal(texts(await pull.receive()), ['x']);
    assert.is(typesOf(told), `connect:delay close connect:stop ${MEETING}`);
  },
);

inTcpWorld(events, 'with reconnectStop for those who refuse, of a peer that goes: a try, and the stop', async world => {
  const { bound, connectingEvents } = await met(world, { reconnectStop: ['refused'] });
  await bound.close();
  const after = 'disconnect connect:retry connect:delay close connect:stop';
  await untilTypes(connectingEvents, `${MEETING} ${after}`);
});

inTcpWorld(events, 'with reconnectStop for failed handshakes: an end, a stop, nothing more', async world => {
  const router = world.open(Router);
  const pull = world.open(Pull, { reconnectInterval: 1, reconnectStop: ['handshakeFailed'] });
  const told = eventsOf(pull);
  const accepts = eventsOf(router);
  pull.connect(await world.bind(router));
  await until(() => typesOf(told).includes('connect:stop'), 'a stop');
  assert.match(typesOf(told), /^connect:delay connect handshake:error:\S+ disconnect connect:stop$/);
  await pull.close();
  await until(() => typesOf(told).endsWith('end'), 'the end');
  assert.is(accepts.filter(({ type }) => type === 'accept').length, 1);
});

inTcpWorld(events, 'of somebody who says nothing that is ZMTP', async world => {
  const pull = world.open(Pull);
  const told = eventsOf(pull);
  const raw = await world.dial(await world.bind(pull));
  raw.write(frame(0, 'x'.repeat(100)));
  await until(() => typesOf(told).includes('disconnect'), 'an end');
  assert.is(typesOf(told), 'bind accept handshake:error:protocol disconnect');
});

events.run();

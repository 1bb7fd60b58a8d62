/** What sockets leave behind when they are gone: nothing. On the real loopback. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Channel,
  Client,
  Dealer,
  Dish,
  Gather,
  Pair,
  Peer,
  Publisher,
  Pull,
  Push,
  Radio,
  Reply,
  Request,
  Router,
  Scatter,
  Server,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  type AnySocket,
  type Message,
  type Socket,
} from '../../src/index.ts';
import { inTcpWorld, systemSockets, TcpWorld, until } from '../support/tcp-world.ts';
import { turn } from '../support/virtual-clock.ts';
import { fateOf, texts } from '../support/world.ts';

const leaks = suite('leaks');

interface Speaker extends Socket {
  send(message: string | string[]): Promise<void>;
}
interface Hearer extends Socket {
  receive(): Promise<Message>;
}

/** Who binds, who connects, and one message that passes. */
const CONVERSATIONS: Record<string, (world: TcpWorld) => Promise<void>> = {
  'PUSH and PULL': world => pass(world, world.open(Push), world.open(Pull)),
  'PAIR and PAIR': world => pass(world, world.open(Pair), world.open(Pair)),
  'DEALER and DEALER': world => pass(world, world.open(Dealer), world.open(Dealer)),
  'REQ and REP': async world => {
    const [request, reply] = [world.open(Request), world.open(Reply)];
    await pass(world, request, reply);
    await reply.send('answer');
    assert.equal(texts(await request.receive()), ['answer']);
  },
  'DEALER and ROUTER': async world => {
    const [dealer, router] = [world.open(Dealer), world.open(Router)];
    await meet(world, router, dealer);
    await dealer.send('x');
    await router.send(await router.receive());
    assert.equal(texts(await dealer.receive()), ['x']);
  },
  'SCATTER and GATHER': world => pass(world, world.open(Scatter), world.open(Gather)),
  'CHANNEL and CHANNEL': world => pass(world, world.open(Channel), world.open(Channel)),
  'CLIENT and SERVER': async world => {
    const [client, server] = [world.open(Client), world.open(Server)];
    await meet(world, server, client);
    await client.send('question');
    const [, from] = await server.receive();
    await server.send('answer', from);
    assert.equal(texts(await client.receive()), ['answer']);
    server.disconnectPeer(from.routingId);
  },
  'PEER and PEER': async world => {
    const [connecting, bound] = [world.open(Peer), world.open(Peer)];
    const routingId = connecting.connectPeer(await world.bind(bound));
    await connecting.send('hello', { routingId });
    const [body, from] = await bound.receive();
    await bound.send(body, from);
    assert.is((await connecting.receive())[1].routingId, routingId);
    connecting.disconnectPeer(routingId);
  },
  'PUB and SUB': async world => {
    const [pub, sub] = [world.open(XPublisher), world.open(Subscriber)];
    sub.subscribe('x');
    await meet(world, pub, sub);
    await pub.receive();
    await pub.send('x');
    assert.equal(texts(await sub.receive()), ['x']);
    sub.unsubscribe('x');
    await pub.receive();
  },
  'PUB and XSUB': async world => {
    const [pub, xsub] = [world.open(Publisher), world.open(XSubscriber)];
    await xsub.send('\x01x');
    await meet(world, pub, xsub);
    const heard = fateOf(xsub.receive());
    while (heard.now === 'pending') {
      await pub.send('x');
      await turn();
    }
  },
  'RADIO and DISH': async world => {
    const [radio, dish] = [world.open(Radio), world.open(Dish)];
    dish.join('x', 'y');
    await meet(world, radio, dish);
    const heard = fateOf(dish.receive());
    while (heard.now === 'pending') {
      await radio.send('x', { group: 'x' });
      await turn();
    }
    dish.leave('x');
  },
};

async function meet(world: TcpWorld, bound: AnySocket, connecting: AnySocket): Promise<void> {
  connecting.connect(await world.bind(bound));
}

async function pass(world: TcpWorld, from: Speaker, to: Hearer): Promise<void> {
  await meet(world, to, from);
  await from.send('x');
  assert.equal(texts(await to.receive()), ['x']);
}

/** What the process holds, as Node tells it, without the test's own deadline. */
function resources(): string {
  return process.getActiveResourcesInfo().sort().join(' ');
}

for (const [name, talk] of Object.entries(CONVERSATIONS)) {
  inTcpWorld(leaks, `${name} leave nothing when they have talked and closed, twenty times`, async world => {
    const before = { resources: resources(), sockets: systemSockets() };
    for (let i = 0; i < 20; i += 1) {
      const inner = new TcpWorld();
      await talk(inner);
      await inner.end();
    }
    await until(() => systemSockets() === before.sockets, 'that the system has let go of all sockets');
    assert.is(resources(), before.resources);
    assert.is(world.clock.holds, 0);
  });
}

inTcpWorld(leaks, 'a thousand messages and a reconnect later nothing is left either', async world => {
  const before = { resources: resources(), sockets: systemSockets() };
  const inner = new TcpWorld();
  const [push, pull] = [inner.open(Push, { reconnectInterval: 1 }), inner.open(Pull)];
  let handshakes = 0;
  push.events.on('handshake', () => (handshakes += 1));
  const endpoint = await inner.bind(pull);
  push.connect(endpoint);
  for (let round = 1; round <= 5; round += 1) {
    await until(() => handshakes === round, 'a connection');
    for (let i = 0; i < 1000; i += 1) await push.send(`${i}`);
    for (let i = 0; i < 1000; i += 1) assert.equal(texts(await pull.receive()), [`${i}`]);
    await pull.unbind(endpoint);
    await pull.bind(endpoint);
  }
  await inner.end();
  await until(() => systemSockets() === before.sockets, 'that the system has let go of all sockets');
  assert.is(resources(), before.resources);
  assert.is(world.clock.holds, 0);
});

inTcpWorld(leaks, 'a thousand sockets that came, said something and were closed leave no handle', async world => {
  const pull = world.open(Pull);
  const endpoint = await world.bind(pull);
  const before = { resources: resources(), sockets: systemSockets() };
  for (let i = 0; i < 1000; i += 1) {
    const push = new Push({ context: world.context });
    push.connect(endpoint);
    await push.send(`${i}`);
    assert.equal(await push.close(), { dropped: 0 });
  }
  for (let i = 0; i < 1000; i += 1) await pull.receive();
  await until(() => systemSockets() === before.sockets, 'that the system has let go of all sockets');
  await until(() => pull.peers().length === 0, 'that all have gone');
  const { connections, messagesReceived, handshakeFailures, queued } = pull.stats();
  assert.equal([connections, messagesReceived, handshakeFailures, queued.receive], [1000, 1000, {}, 0]);
  assert.is(resources(), before.resources);
});

inTcpWorld(leaks, 'a socket that connects and disconnects a thousand times has no handle left', async world => {
  const [pull, push] = [world.open(Pull), world.open(Push, { linger: -1 })];
  const endpoint = await world.bind(pull);
  const before = { resources: resources(), sockets: systemSockets() };
  for (let i = 0; i < 1000; i += 1) {
    push.connect(endpoint);
    await push.send(`${i}`);
    push.disconnect(endpoint);
    if (i % 50 === 49) for (let n = 0; n < 50; n += 1) await pull.receive();
  }
  await until(() => push.peers().length === 0 && pull.peers().length === 0, 'that all connections have ended');
  await until(() => systemSockets() === before.sockets, 'that the system has let go of all sockets');
  assert.equal([push.stats().messagesSent, push.stats().dropped.linger], [1000, 0]);
  assert.is(resources(), before.resources);
});

inTcpWorld(leaks, 'who binds after the other has connected is found, and gets all in order', async world => {
  const [probe, push] = [world.open(Pull), world.open(Push, { reconnectInterval: 1 })];
  const endpoint = await world.bind(probe);
  await probe.unbind(endpoint);
  push.connect(endpoint);
  for (let i = 0; i < 100; i += 1) await push.send(`${i}`);
  const late = world.open(Pull);
  await late.bind(endpoint);
  for (let i = 0; i < 100; i += 1) assert.equal(texts(await late.receive()), [`${i}`]);
});

inTcpWorld(leaks, 'a socket tells the last of its endpoints as it came out', async world => {
  const pull = world.open(Pull);
  const first = await world.bind(pull);
  const second = await world.bind(pull);
  assert.match(first, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.is.not(first, second);
  pull.connect(first);
  assert.is(pull.lastEndpoint, first);
  await pull.unbind(second);
  await pull.bind(second);
  assert.is(pull.lastEndpoint, second);
});

inTcpWorld(leaks, 'with an interval of -1 a socket comes back when it is told to, and only then', async world => {
  const [pull, push] = [world.open(Pull), world.open(Push, { reconnectInterval: -1 })];
  const endpoint = await world.bind(pull);
  const stopped = world.event(push, 'connect:stop');
  push.connect(endpoint);
  await push.send('x');
  await pull.receive();
  await pull.unbind(endpoint);
  await stopped;
  await pull.bind(endpoint);
  assert.not.ok(push.trySend('nobody hears'));
  push.connect(endpoint);
  await push.send('y');
  assert.equal(texts(await pull.receive()), ['y']);
  assert.is(push.stats().connections, 2);
});

inTcpWorld(leaks, 'connecting in vain keeps nothing, and nothing is left of it', async world => {
  const before = systemSockets();
  const free = world.open(Pull);
  const endpoint = await world.bind(free);
  await free.unbind(endpoint);
  const push = world.open(Push, { reconnectInterval: 1 });
  let tries = 0;
  push.events.on('connect:retry', () => (tries += 1));
  push.connect(endpoint);
  await until(() => tries >= 50, 'fifty attempts');
  assert.is(world.clock.holds, 0);
  assert.ok(world.clock.timers <= 1, `${world.clock.timers} timers`);
  await push.close();
  await until(() => systemSockets() === before, 'that the system has let go of all sockets');
});

inTcpWorld(leaks, 'sockets that were made and never used need not be closed', async () => {
  const before = { resources: resources(), sockets: systemSockets() };
  for (const Type of [
    Dealer,
    Dish,
    Pair,
    Publisher,
    Pull,
    Push,
    Radio,
    Reply,
    Request,
    Router,
    Stream,
    Subscriber,
    XPublisher,
    XSubscriber,
  ]) {
    for (let i = 0; i < 100; i += 1) new Type();
  }
  assert.equal({ resources: resources(), sockets: systemSockets() }, before);
});

leaks.run();

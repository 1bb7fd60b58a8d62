/** What libzmq's own tests ask of endpoints on the real tcp and ipc, and of names in a process (its names are in brackets). */
import { networkInterfaces } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer, Pair, Publisher, Pull, Push, Router, Subscriber } from '../../src/index.ts';
import { inTcpWorld, type TcpWorld, until } from '../support/tcp-world.ts';
import { Scratch } from '../support/unix-files.ts';
import { codeOfCall, drain, eventsOf, fateOf, inWorld, texts, typesOf } from '../support/world.ts';

const scratch = new Scratch();
const fresh = (): string => `ipc://${scratch.path()}`;
const hasIPv6 = Object.values(networkInterfaces()).some(each => each?.some(({ address }) => address === '::1'));

// reconnecting

const reconnecting = suite('reconnecting over ipc');

const MEETING = 'connect:delay connect handshake';

inTcpWorld(
  reconnecting,
  'is not done with an interval of -1, until connect() is called [reconnect_ivl]',
  async world => {
    const [connecting, bound] = [world.open(Pair, { reconnectInterval: -1 }), world.open(Pair)];
    const events = eventsOf(connecting);
    const endpoint = fresh();
    const echo = async (): Promise<void> => {
      await connecting.send('x');
      assert.equal(texts(await bound.receive()), ['x']);
      await bound.send('y');
      assert.equal(texts(await connecting.receive()), ['y']);
    };
    await bound.bind(endpoint);
    connecting.connect(endpoint);
    await echo();
    await bound.unbind(endpoint);
    const before = `${MEETING} disconnect connect:stop`;
    await until(() => typesOf(events) === before, before);
    await bound.bind(endpoint);
    assert.is(await codeOfCall(() => connecting.send('nobody', { timeout: 0 })), 'EAGAIN');
    connecting.connect(endpoint);
    await echo();
    assert.is(typesOf(events), `${before} ${MEETING}`);
  },
);

inTcpWorld(
  reconnecting,
  'is not done after a disconnect(), of which nothing is told here [reconnect_options]',
  async world => {
    const [publisher, subscriber] = [world.open(Publisher), world.open(Subscriber, { reconnectInterval: 1 })];
    const [here, there] = [eventsOf(subscriber), eventsOf(publisher)];
    const endpoint = fresh();
    await publisher.bind(endpoint);
    subscriber.connect(endpoint);
    await until(() => typesOf(here) === MEETING && typesOf(there).endsWith('handshake'), 'a handshake on both sides');
    subscriber.disconnect(endpoint);
    await until(() => typesOf(there).endsWith('disconnect'), 'the end of the connection');
    await publisher.unbind(endpoint);
    await publisher.bind(endpoint);
    const probe = world.open(Subscriber); // a whole meeting takes longer than an attempt after 1 ms
    probe.connect(endpoint);
    await world.event(probe, 'handshake');
    assert.is(typesOf(here), MEETING);
    assert.is(there.filter(({ type }) => type === 'accept').length, 2);
  },
);

// wildcards

const wildcards = suite('tcp wildcards');

for (const host of ['*', '127.0.0.1']) {
  for (const ipv6 of [false, ...(hasIPv6 ? [true] : [])]) {
    inTcpWorld(
      wildcards,
      `tcp://${host}:* with ipv6 ${ipv6} is unbound by what it became, and bound again [unbind_wildcard]`,
      async world => {
        const [bound, connecting] = [world.open(Router, { ipv6 }), world.open(Dealer, { ipv6, reconnectInterval: 0 })];
        await bound.bind(`tcp://${host}:*`);
        const endpoint = bound.lastEndpoint ?? '';
        assert.match(endpoint, /^tcp:\/\/.+:[1-9]\d*$/);
        const reachable = `tcp://127.0.0.1:${endpoint.slice(endpoint.lastIndexOf(':') + 1)}`;
        connecting.connect(reachable);
        await connecting.send('x');
        assert.is(texts(await bound.receive())[1], 'x');
        const lost = world.event(connecting, 'connect:stop');
        await bound.unbind(endpoint);
        await lost;
        assert.is(await codeOfCall(() => bound.unbind(endpoint)), 'ENOENT');
        assert.is(await codeOfCall(() => connecting.send('nobody', { timeout: 0 })), 'EAGAIN');
        await bound.bind(endpoint);
        assert.is(bound.lastEndpoint, endpoint);
        connecting.connect(reachable);
        await connecting.send('y');
        assert.is(texts(await bound.receive())[1], 'y');
      },
    );
  }
}

// filters

const filters = suite('tcpAcceptFilter of sockets');

/** What becomes of a connection to a socket whose filter was set to these, one after the other. */
async function admitted(world: TcpWorld, ...settings: string[][]): Promise<boolean> {
  const [bound, connecting] = [world.open(Pull), world.open(Push, { reconnectInterval: 0 })];
  for (const setting of settings) bound.options.tcpAcceptFilter = setting;
  const fate = Promise.race([
    world.event(connecting, 'handshake').then(() => true),
    world.event(connecting, 'connect:stop').then(() => false),
  ]);
  connecting.connect(await world.bind(bound));
  return fate;
}

inTcpWorld(filters, 'let in whom one of them names, and all when they are cleared [tcp_accept_filter]', async world => {
  assert.is(await admitted(world, ['127.0.0.1']), true);
  assert.is(await admitted(world, ['10.0.0.0/8', '127.0.0.0/8']), true);
  assert.is(await admitted(world, ['10.0.0.0/8', '192.168.1.1']), false);
  assert.is(await admitted(world, ['10.0.0.0/8'], []), true);
});

inTcpWorld(filters, 'that mean nothing are refused [tcp_accept_filter]', async world => {
  const pull = world.open(Pull);
  for (const filter of [
    '',
    ' ',
    '*',
    '1.2.3',
    '127.0.0.1/33',
    '127.0.0.1/-1',
    '127.0.0.1/',
    '127.0.0.1/8/8',
    'x'.repeat(256),
  ]) {
    const code = await codeOfCall(() => (pull.options.tcpAcceptFilter = [filter]));
    assert.is(code, 'EINVAL', filter);
  }
});

// a process

const names = suite('names of a process');

inWorld(names, 'that nobody has bound do not hold the end of their context [inproc_connect]', async world => {
  const [idle, full] = [world.open(Pair), world.open(Push, { linger: 0 })];
  for (const socket of [idle, full]) socket.connect('inproc://name');
  full.trySend('x');
  const waiting = fateOf(idle.receive());
  await world.until(world.context.close(), 0);
  await world.settle();
  assert.is(waiting.now, 'ETERM');
});

// notices

const notices = suite('notices of a ROUTER');

inWorld(notices, 'come alone when a message that is too large is broken off [router_notify]', async world => {
  const router = world.open(Router, { notifyConnect: true, notifyDisconnect: true, maxMessageSize: 64 });
  const dealer = world.open(Dealer, { routingId: 'X', reconnectInterval: 0 });
  await world.join(router, dealer);
  assert.equal(drain(router), [['X', '']]);
  await dealer.send(['Hello', 'x'.repeat(80)]);
  await world.settle();
  assert.equal(drain(router), [['X', '']]);
});

reconnecting.run();
wildcards.run();
filters.run();
names.run();
notices.run();

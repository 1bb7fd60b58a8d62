/** Sockets over `ipc://`, on the real system: endpoints, rebinding, reconnecting, and that nothing is left. */
import { readdirSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Pair,
  Peer,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Subscriber,
  TransportError,
  UsageError,
} from '../../src/index.ts';
import type { Socket } from '../../src/sockets/socket.ts';
import { rejection, thrown } from '../support/test-net.ts';
import { inTcpWorld, systemSockets, until } from '../support/tcp-world.ts';
import { exists, leaveDeadSocket, Scratch } from '../support/unix-files.ts';

const ipc = suite('sockets over ipc');
const scratch = new Scratch();

const fresh = (): string => `ipc://${scratch.path()}`;
const pathOf = (endpoint: string | null): string => endpoint?.slice('ipc://'.length) ?? '';

/** What sockets can bind on this system, besides a place of their own. */
const ENDPOINTS: Readonly<Record<string, () => string>> = {
  path: fresh,
  ...(process.platform === 'linux' ? { 'abstract name': () => `ipc://${scratch.name()}` } : {}),
};

async function passes(from: Push, to: Pull, text = 'x'): Promise<void> {
  await from.send(text);
  assert.is(String((await to.receive())[0]), text);
}

for (const [what, endpointOf] of Object.entries(ENDPOINTS)) {
  inTcpWorld(ipc, `${what}: a request and its reply cross, and it is the last endpoint of both`, async world => {
    const [reply, request] = [world.open(Reply), world.open(Request)];
    const endpoint = endpointOf();
    await reply.bind(endpoint);
    request.connect(endpoint);
    assert.equal([reply.lastEndpoint, request.lastEndpoint], [endpoint, endpoint]);
    await request.send('question');
    assert.is(String((await reply.receive())[0]), 'question');
    await reply.send('answer');
    assert.is(String((await request.receive())[0]), 'answer');
  });

  inTcpWorld(ipc, `${what}: a connect may come before the bind, and what is sent waits for it`, async world => {
    const [push, pull] = [world.open(Push, { reconnectInterval: 1 }), world.open(Pull)];
    const endpoint = endpointOf();
    const retry = world.event(push, 'connect:retry');
    push.connect(endpoint);
    const { error } = await retry;
    assert.instance(error, TransportError);
    assert.ok(['ENOENT', 'ECONNREFUSED'].includes(error.code), error.code);
    await push.send('early');
    await pull.bind(endpoint);
    assert.is(String((await pull.receive())[0]), 'early');
  });

  inTcpWorld(ipc, `${what}: a PEER knows at once whom it connects to, and is answered`, async world => {
    const [connecting, bound] = [world.open(Peer, { reconnectInterval: 1 }), world.open(Peer)];
    const endpoint = endpointOf();
    const routingId = connecting.connectPeer(endpoint);
    await connecting.send('early', { routingId });
    await bound.bind(endpoint);
    const [body, from] = await bound.receive();
    assert.is(String(body), 'early');
    await bound.send('answer', from);
    const [answer, answerer] = await connecting.receive();
    assert.equal([String(answer), answerer.routingId], ['answer', routingId]);
  });

  inTcpWorld(ipc, `${what}: it can be bound again at once, a hundred times, with peers and without`, async world => {
    const [push, pull] = [world.open(Push, { reconnectInterval: 1 }), world.open(Pull)];
    const endpoint = endpointOf();
    push.connect(endpoint);
    for (let round = 0; round < 100; round += 1) {
      const met = world.event(pull, 'handshake');
      await pull.bind(endpoint);
      if (round % 10 === 0) {
        await met; // before that the peer may still write to the connection that has just ended
        await passes(push, pull, `round ${round}`);
      }
      const unbound = pull.unbind(endpoint);
      if (round % 2 === 0) await unbound;
    }
    const met = world.event(pull, 'handshake');
    await pull.bind(endpoint);
    await met;
    await passes(push, pull);
  });

  inTcpWorld(ipc, `${what}: it passes from socket to socket a hundred times`, async world => {
    const endpoint = endpointOf();
    for (let round = 0; round < 100; round += 1) {
      const pull = world.open(Pull);
      await pull.bind(endpoint);
      void pull.close();
    }
    const [push, pull] = [world.open(Push), world.open(Pull)];
    await pull.bind(endpoint);
    push.connect(endpoint);
    await passes(push, pull);
  });

  inTcpWorld(ipc, `${what}: a thousand connections come and go, and leave nothing`, async world => {
    const pull = world.open(Pull);
    const endpoint = endpointOf();
    await pull.bind(endpoint);
    const before = systemSockets();
    for (let each = 0; each < 1000; each += 1) {
      const push = new Push({ context: world.context });
      push.connect(endpoint);
      if (each % 2 === 0) await passes(push, pull, `${each}`);
      await push.close({ linger: 0 });
    }
    await until(() => systemSockets() === before, 'that the system has let go of all sockets');
  });

  inTcpWorld(ipc, `${what}: a second bind is EADDRINUSE, and the first goes on`, async world => {
    const [push, pull, second] = [world.open(Push), world.open(Pull), world.open(Pull)];
    const endpoint = endpointOf();
    await pull.bind(endpoint);
    push.connect(endpoint);
    await passes(push, pull);
    for (const socket of [second, pull]) {
      const error = await rejection(socket.bind(endpoint));
      assert.instance(error, TransportError);
      assert.is((error as TransportError).code, 'EADDRINUSE');
    }
    await passes(push, pull);
    const newcomer = world.open(Push);
    newcomer.connect(endpoint);
    await passes(newcomer, pull);
  });
}

inTcpWorld(ipc, 'ipc://* is told by lastEndpoint, unbound by either name, and leaves nothing', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const names: (string | null)[] = [];
  for (const unbindByGiven of [true, false]) {
    await pull.bind('ipc://*');
    const { lastEndpoint } = pull;
    names.push(lastEndpoint);
    assert.match(lastEndpoint ?? '', /^ipc:\/\/.+\/socket$/);
    push.connect(lastEndpoint ?? '');
    await passes(push, pull);
    push.disconnect(lastEndpoint ?? '');
    await pull.unbind(unbindByGiven ? 'ipc://*' : (lastEndpoint ?? ''));
    assert.not(exists(pathOf(lastEndpoint).replace(/\/socket$/, '')));
  }
  assert.is(new Set(names).size, 2);
});

inTcpWorld(ipc, 'a socket that closes removes the files of all it has bound', async world => {
  const pull = world.open(Pull);
  const paths: string[] = [];
  for (const endpoint of [fresh(), 'ipc://*', fresh(), 'ipc://*']) {
    await pull.bind(endpoint);
    paths.push(pathOf(pull.lastEndpoint));
  }
  assert.ok(paths.every(exists));
  await pull.close();
  assert.not(paths.some(exists));
});

inTcpWorld(ipc, 'a socket that is closed while it binds leaves no file', async world => {
  for (const endpoint of [fresh(), 'ipc://*']) {
    const pull = world.open(Pull);
    const [temporary, mine] = [new Set(directoriesOfOurs()), readdirSync(scratch.directory)];
    const binding = rejection(pull.bind(endpoint));
    await pull.close();
    assert.instance(await binding, Error);
    assert.equal(readdirSync(scratch.directory), mine);
    assert.not(directoriesOfOurs().some(each => !temporary.has(each)));
  }
});

function directoriesOfOurs(): string[] {
  return readdirSync(process.env['TMPDIR'] ?? '/tmp').filter(name => name.startsWith('zmtp-'));
}

inTcpWorld(ipc, 'a peer that comes back finds the one who has taken the dead one’s place', async world => {
  const path = scratch.path();
  await leaveDeadSocket(path);
  const push = world.open(Push, { reconnectInterval: 1 });
  const retry = world.event(push, 'connect:retry');
  push.connect(`ipc://${path}`);
  const { error } = await retry;
  assert.is(error.code, 'ECONNREFUSED');
  const pull = world.open(Pull);
  await pull.bind(`ipc://${path}`);
  await passes(push, pull);
});

inTcpWorld(ipc, 'who comes while the backlog is full comes again', async world => {
  const pull = world.open(Pull, { backlog: 1 });
  const endpoint = fresh();
  await pull.bind(endpoint);
  const refusals = new Set<string>();
  const names = Array.from({ length: 50 }, (_, each) => `peer ${each}`);
  for (const name of names) {
    const push = world.open(Push, { reconnectInterval: 1 });
    push.events.on('connect:retry', ({ error }) => refusals.add(error.code));
    push.connect(endpoint);
    void push.send(name);
  }
  const heard: string[] = [];
  while (heard.length < names.length) heard.push(String((await pull.receive())[0]));
  assert.equal(heard.sort(), names.sort());
  if (process.platform === 'linux') assert.equal([...refusals], ['EAGAIN']);
});

inTcpWorld(ipc, 'events name the endpoint on both sides', async world => {
  const [bound, connecting] = [world.open(Pair), world.open(Pair)];
  const endpoint = fresh();
  const told = [
    world.event(bound, 'bind'),
    world.event(bound, 'accept'),
    world.event(bound, 'handshake'),
    world.event(connecting, 'connect'),
    world.event(connecting, 'handshake'),
    world.event(bound, 'close'),
  ];
  await bound.bind(endpoint);
  connecting.connect(endpoint);
  await Promise.all(told.slice(0, -1));
  await bound.unbind(endpoint);
  for (const event of await Promise.all(told)) {
    assert.is(event.address, endpoint);
    if ('remoteAddress' in event) assert.is(event.remoteAddress, endpoint);
  }
});

inTcpWorld(ipc, 'a subscriber is served over ipc and tcp at once', async world => {
  const [publisher, near, far] = [world.open(Publisher), world.open(Subscriber), world.open(Subscriber)];
  const endpoint = fresh();
  await publisher.bind(endpoint);
  const heard = [near, far].map(async subscriber => String((await subscriber.receive())[0]));
  for (const subscriber of [near, far]) subscriber.subscribe('');
  near.connect(endpoint);
  far.connect(await world.bind(publisher));
  const state = { done: false };
  const all = Promise.all(heard).finally(() => (state.done = true));
  while (!state.done) {
    await publisher.send('news');
    await new Promise(resolve => setImmediate(resolve));
  }
  assert.equal(await all, ['news', 'news']);
});

/** What is wrong with an endpoint is told by the call itself: a connect throws, a bind rejects. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['ipc://@', 'EINVAL'],
  ['ipc://', 'EINVAL'],
  ['ipc://a\0b', 'EINVAL'],
  [`ipc:///${'x'.repeat(300)}`, 'ENAMETOOLONG'],
  [
    process.platform === 'linux' ? `ipc://@${'x'.repeat(107)}` : 'ipc://@name',
    process.platform === 'linux' ? 'ENAMETOOLONG' : 'ENOTSUP',
  ],
];

for (const [endpoint, code] of REFUSED) {
  inTcpWorld(ipc, `${JSON.stringify(endpoint.slice(0, 20))} is ${code}`, async world => {
    const socket: Socket = world.open(Pair);
    for (const error of [await rejection(socket.bind(endpoint)), thrown(() => socket.connect(endpoint))]) {
      assert.instance(error, UsageError);
      assert.is((error as UsageError).code, code);
    }
    assert.is(socket.lastEndpoint, null);
  });
}

inTcpWorld(ipc, 'a bind that fails tells of it, and the socket can be bound elsewhere', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const path = scratch.path();
  writeFileSync(path, '');
  const told = world.event(pull, 'bind:error');
  await rejection(pull.bind(`ipc://${path}`));
  const { address, error } = await told;
  assert.equal([address, error.code], [`ipc://${path}`, 'EADDRINUSE']);
  const endpoint = fresh();
  await pull.bind(endpoint);
  push.connect(endpoint);
  await passes(push, pull);
});

ipc.run();

// @deadline 120
/** Endpoints that come and go between ours and either libzmq: late binds, sources, unbind, disconnect, no return. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer, Pull, Push, Request, Router } from '../../src/index.ts';
import type { PeerSocket } from '../support/peers/peer-socket.ts';
import { type Peer, startPeer } from '../support/peers/peer.ts';
import { inTcpWorld, type TcpWorld, until } from '../support/tcp-world.ts';
import { eventsOf, texts, typesOf } from '../support/world.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);

const endpoints = suite(`endpoints between ours and ${peers.map(({ name }) => name).join(' and ')}`);

const TEN = Array.from({ length: 10 }, (_, i) => `${i}`);

/** A test with a libzmq whose sockets are closed with it. */
function withEach(name: string, test: (world: TcpWorld, open: Peer['open']) => Promise<void>): void {
  for (const peer of peers) {
    inTcpWorld(endpoints, `${peer.name}: ${name}`, async world => {
      const opened: PeerSocket[] = [];
      try {
        await test(world, async (type, options) => {
          const socket = await peer.open(type, options);
          opened.push(socket);
          return socket;
        });
      } finally {
        await Promise.all(opened.map(socket => socket.close()));
      }
    });
  }
}

/** An endpoint on which nobody listens: one that somebody has just given back. */
async function freeEndpoint(world: TcpWorld): Promise<string> {
  const holder = world.open(Pull);
  const endpoint = await world.bind(holder);
  await holder.close();
  return endpoint;
}

withEach('what ours sends before libzmq binds arrives after it, in order', async (world, open) => {
  const endpoint = await freeEndpoint(world);
  const push = world.open(Push, { reconnectInterval: 5 });
  const refused = world.event(push, 'connect:retry');
  push.connect(endpoint);
  for (const each of TEN) await push.send(each);
  await refused;
  const pull = await open('PULL');
  await pull.bind(endpoint);
  assert.equal((await pull.receiveAll(10)).flatMap(texts), TEN);
});

withEach('what libzmq sends before ours binds arrives after it, in order', async (world, open) => {
  const endpoint = await freeEndpoint(world);
  const push = await open('PUSH', { reconnectInterval: 5 });
  await push.connect(endpoint);
  await push.untilEvent('connect:retry');
  await push.sendAll(TEN.map(each => [each]));
  const pull = world.open(Pull);
  await pull.bind(endpoint);
  const received: string[] = [];
  for (const _ of TEN) received.push(...texts(await pull.receive()));
  assert.equal(received, TEN);
});

withEach('ours connects to one port of libzmq from several sources', async (world, open) => {
  const reply = await open('REP');
  const target = (await reply.bind()).slice('tcp://'.length);
  const request = world.open(Request);
  for (const host of ['127.0.0.1', '127.0.0.2']) request.connect(`tcp://${host}:0;${target}`);
  await reply.untilEvent('handshake', 2);
  for (let i = 0; i < 4; i += 1) {
    await request.send(`${i}`);
    await reply.echo(1);
    assert.equal(texts(await request.receive()), [`${i}`]);
  }
  request.disconnect(`tcp://127.0.0.2:0;${target}`);
  await reply.untilEvent('disconnect');
  await request.send('still');
  await reply.echo(1);
  assert.equal(texts(await request.receive()), ['still']);
});

withEach('libzmq connects to ours from sources of its own', async (world, open) => {
  const router = world.open(Router);
  const events = eventsOf(router);
  const target = (await world.bind(router)).slice('tcp://'.length);
  const dealer = await open('DEALER', { routingId: 'd' });
  await dealer.connect(`tcp://127.0.0.2:0;${target}`);
  await dealer.send(['x']);
  assert.equal(texts(await router.receive()), ['d', 'x']);
  const remotes = events.flatMap(event => (event.type === 'accept' ? [event.remoteAddress] : []));
  assert.equal(
    remotes.map(each => each.replace(/:\d+$/, '')),
    ['tcp://127.0.0.2'],
  );
});

withEach('ours unbinds: libzmq is cut off, and comes back when ours is bound again at once', async (world, open) => {
  const pull = world.open(Pull);
  const events = eventsOf(pull);
  const endpoint = await world.bind(pull);
  const push = await open('PUSH', { reconnectInterval: 5 });
  await push.connect(endpoint);
  await push.send(['before']);
  assert.equal(texts(await pull.receive()), ['before']);
  for (let i = 0; i < 20; i += 1) {
    await pull.unbind(endpoint);
    await pull.bind(endpoint);
  }
  await push.untilEvent('disconnect');
  const last = (): boolean => typesOf(events).endsWith('bind accept handshake');
  await until(last, 'libzmq is back');
  await push.send(['after']);
  assert.equal(texts(await pull.receive()), ['after']);
});

withEach('libzmq unbinds: ours is cut off, and comes back', async (world, open) => {
  const pull = await open('PULL');
  const endpoint = await pull.bind();
  const push = world.open(Push, { reconnectInterval: 5 });
  const events = eventsOf(push);
  push.connect(endpoint);
  await push.send('before');
  assert.equal(texts(await pull.receive()), ['before']);
  await pull.unbind(endpoint);
  await until(() => typesOf(events).startsWith('connect:delay connect handshake disconnect connect:retry'), 'the end');
  await push.send('after'); // waits for the next connection
  await pull.bind(endpoint);
  assert.equal(texts(await pull.receive()), ['after']);
});

withEach('ours with an interval of -1 does not come back until connect() is called', async (world, open) => {
  const pull = await open('PULL');
  const endpoint = await pull.bind();
  const push = world.open(Push, { reconnectInterval: -1 });
  const events = eventsOf(push);
  push.connect(endpoint);
  await push.send('before');
  assert.equal(texts(await pull.receive()), ['before']);
  await pull.unbind(endpoint);
  const once = 'connect:delay connect handshake disconnect connect:stop';
  await until(() => typesOf(events) === once, once);
  await pull.bind(endpoint);
  assert.not.ok(push.trySend('nobody'));
  push.connect(endpoint);
  await push.send('after');
  assert.equal(texts(await pull.receive()), ['after']);
});

withEach(
  'ours disconnects: libzmq hears of it, nothing is told here, and connect() begins anew',
  async (world, open) => {
    const dealer = world.open(Dealer);
    const router = await open('ROUTER');
    const events = eventsOf(dealer);
    const endpoint = await router.bind();
    for (let i = 1; i <= 3; i += 1) {
      dealer.connect(endpoint);
      await dealer.send(`${i}`);
      assert.is((await router.receive()).map(String)[1], `${i}`);
      dealer.disconnect(endpoint);
      await router.untilEvent('disconnect', i);
    }
    assert.is(typesOf(events), Array<string>(3).fill('connect:delay connect handshake').join(' '));
  },
);

withEach('libzmq disconnects: ours hears of it', async (world, open) => {
  const pull = world.open(Pull);
  const events = eventsOf(pull);
  const endpoint = await world.bind(pull);
  const push = await open('PUSH');
  await push.connect(endpoint);
  await push.send(['x']);
  assert.equal(texts(await pull.receive()), ['x']);
  await push.disconnect(endpoint);
  await until(() => typesOf(events) === 'bind accept handshake disconnect', 'an end');
});

withEach(
  'with reconnectStop, ours goes away from a libzmq that is of the wrong type, for good',
  async (world, open) => {
    const rep = await open('REP');
    const pull = world.open(Pull, { reconnectInterval: 1, reconnectStop: ['handshakeFailed'] });
    const events = eventsOf(pull);
    pull.connect(await rep.bind());
    await until(() => typesOf(events).includes('connect:stop'), 'a stop');
    assert.match(typesOf(events), /^connect:delay connect handshake:error:\S+ disconnect connect:stop$/);
  },
);

endpoints.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
endpoints.run();

/** All socket types with peers of ZMTP 1.0 and 2.0, who connect and are connected to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEventOf } from '../../src/engine/monitor.ts';
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
import { begin, greeting, message, messageOn, ready, type Beginning } from '../support/raw-zmtp.ts';
import { drain, eventsOf, inWorld, texts, typesOf, type World } from '../support/world.ts';
import { hex, joined, toHex } from '../support/zmtp-hex.ts';

const legacy = suite('older peers');

const WIRES: readonly Beginning[] = ['1.0', '1.0 behind a signature', '2.0'];
const ROLES = ['connects', 'is connected to'] as const;
const NUMBERS = { PAIR: 0, PUB: 1, SUB: 2, REQ: 3, REP: 4, DEALER: 5, ROUTER: 6, PULL: 7, PUSH: 8, XPUB: 9, XSUB: 10 };

interface Case {
  readonly wire: Beginning;
  /** A raw peer that has begun, on a link to the socket. */
  meet(world: World, socket: Socket, identity?: string): Promise<RawPeer>;
  /** Octets behind our greeting and identity, or what there is instead of them. */
  heard(peer: RawPeer, routingId?: string): string;
}

/** The same test for each wire and each role of the older peer. */
function forAll(name: string, test: (world: World, given: Case) => Promise<void>): void {
  for (const wire of WIRES) {
    for (const role of ROLES) {
      inWorld(legacy, `a peer of ${wire} that ${role} ${name}`, world => {
        const meet = async (_: World, socket: Socket, identity = ''): Promise<RawPeer> => {
          const peer = await (role === 'connects' ? dialed(world, socket) : listening(world, socket));
          peer.write(begin(wire, { identity, type: NUMBERS.PAIR }));
          await world.settle();
          return peer;
        };
        return test(world, { wire, meet, heard: (peer, routingId = '') => behindBeginning(wire, peer, routingId) });
      });
    }
  }
}

async function dialed(world: World, socket: Socket): Promise<RawPeer> {
  if (socket.lastEndpoint === null) await socket.bind('mem://*');
  return world.dialRaw(socket.lastEndpoint ?? '');
}

let listeners = 0;

async function listening(world: World, socket: Socket): Promise<RawPeer> {
  const endpoint = `mem://older-${(listeners += 1)}`;
  const { peers } = await world.listenRaw(endpoint);
  socket.connect(endpoint);
  await world.settle();
  const [peer] = peers;
  if (peer === undefined) throw new Error('nobody has connected');
  return peer;
}

function behindBeginning(wire: Beginning, { octets }: RawPeer, routingId: string): string {
  const identity = messageOn(wire, routingId);
  const length = wire === '1.0' ? 10 + routingId.length : 12 + identity.length;
  return toHex(octets.subarray(length));
}

function on(wire: Beginning, ...messages: readonly (readonly (string | Uint8Array)[])[]): string {
  return toHex(joined(messages.map(parts => messageOn(wire, ...parts))));
}

forAll('asks a REP, and is answered', async (world, { wire, meet, heard }) => {
  const reply = world.open(Reply);
  const peer = await meet(world, reply);
  peer.write(messageOn(wire, '', 'question'));
  assert.equal(texts(await world.until(reply.receive())), ['question']);
  await reply.send('answer');
  await world.settle();
  assert.is(heard(peer), on(wire, ['', 'answer']));
});

forAll('is asked by a REQ, and answers', async (world, { wire, meet, heard }) => {
  const request = world.open(Request, { routingId: 'asker' });
  const peer = await meet(world, request);
  await request.send(['question', 'more']);
  await world.settle();
  assert.is(heard(peer, 'asker'), on(wire, ['', 'question', 'more']));
  peer.write(messageOn(wire, '', 'answer'));
  assert.equal(texts(await world.until(request.receive())), ['answer']);
});

forAll('is routed by its identity at a ROUTER', async (world, { wire, meet, heard }) => {
  const router = world.open(Router, { mandatory: true });
  const peer = await meet(world, router, 'me');
  peer.write(messageOn(wire, 'a', ''));
  assert.equal(texts(await world.until(router.receive())), ['me', 'a', '']);
  await router.send(['me', 'b']);
  await world.settle();
  assert.is(heard(peer), on(wire, ['b']));
});

forAll('without an identity gets an id of five octets at a ROUTER', async (world, { wire, meet, heard }) => {
  const router = world.open(Router, { mandatory: true });
  const peer = await meet(world, router);
  peer.write(messageOn(wire, 'a'));
  const [id = Buffer.of()] = await world.until(router.receive());
  assert.equal([id.length, id[0]], [5, 0]);
  await router.send([id, 'b']);
  await world.settle();
  assert.is(heard(peer), on(wire, ['b']));
});

forAll('is told the routing id of a DEALER', async (world, { wire, meet }) => {
  const dealer = world.open(Dealer, { routingId: 'abc' });
  const peer = await meet(world, dealer);
  const typeOctet = wire === '1.0' ? '' : '03 05';
  const identity = { '1.0': "'abc'", '1.0 behind a signature': "04 00 'abc'", '2.0': "00 03 'abc'" }[wire];
  assert.is(toHex(peer.octets), toHex(hex(`FF 0000000000000004 7F ${typeOctet} ${identity}`)));
});

forAll('is fed by a PUSH', async (world, { wire, meet, heard }) => {
  const push = world.open(Push);
  const peer = await meet(world, push);
  const large = 'x'.repeat(20_000);
  for (const parts of [['a'], ['b', 'c'], [large]]) await push.send(parts);
  await world.settle();
  assert.is(heard(peer), on(wire, ['a'], ['b', 'c'], [large]));
});

forAll('feeds a PULL as far as there is room', async (world, { wire, meet }) => {
  const pull = world.open(Pull, { receiveHighWaterMark: 2 });
  const peer = await meet(world, pull);
  peer.write(...Array.from({ length: 50 }, (_, i) => messageOn(wire, `${i}`)));
  await world.settle();
  for (let i = 0; i < 50; i += 1) assert.equal(texts(await world.until(pull.receive())), [`${i}`]);
});

forAll('talks to a PAIR and to a DEALER', async (world, { wire, meet, heard }) => {
  for (const Type of [Pair, Dealer]) {
    const socket = world.open<Pair | Dealer, object>(Type);
    const peer = await meet(world, socket);
    peer.write(messageOn(wire, 'a', 'b'));
    assert.equal(texts(await world.until(socket.receive())), ['a', 'b']);
    await socket.send('c');
    await world.settle();
    assert.is(heard(peer), on(wire, ['c']));
  }
});

forAll('gets from a PUB all it wants, or all if it cannot say', async (world, { wire, meet, heard }) => {
  for (const Type of [Publisher, XPublisher]) {
    const publisher = world.open<Publisher | XPublisher, object>(Type);
    const peer = await meet(world, publisher);
    await publisher.send('a1');
    await world.settle();
    if (wire === '1.0') {
      assert.is(heard(peer), on(wire, ['a1']));
      continue;
    }
    assert.is(heard(peer), '');
    peer.write(messageOn(wire, '\x01a'));
    await world.settle();
    await publisher.send('a2');
    await publisher.send('b');
    peer.write(messageOn(wire, '\0a'));
    await world.settle();
    await publisher.send('a3');
    await world.settle();
    assert.is(heard(peer), on(wire, ['a2']));
  }
});

forAll('is asked by a SUB for what it subscribes to, in messages', async (world, { wire, meet, heard }) => {
  const subscriber = world.open(Subscriber);
  subscriber.subscribe('a');
  const peer = await meet(world, subscriber);
  subscriber.subscribe('b');
  subscriber.unsubscribe('a');
  await world.settle();
  assert.is(heard(peer), on(wire, ['\x01a'], ['\x01b'], ['\0a']));
  peer.write(messageOn(wire, 'a1'), messageOn(wire, 'b1'), messageOn(wire, 'c1')); // an old PUB sends all
  await world.settle();
  assert.equal(drain(subscriber), [['b1']]);
});

forAll('is asked by an XSUB for what it subscribes to, in messages', async (world, { wire, meet, heard }) => {
  const subscriber = world.open(XSubscriber);
  await subscriber.send('\x01a');
  const peer = await meet(world, subscriber);
  await subscriber.send('other');
  await world.settle();
  assert.is(heard(peer), on(wire, ['\x01a'], ['other']));
});

forAll('is not asked for signs of life', async (world, { wire, meet, heard }) => {
  const dealer = world.open(Dealer, { heartbeatInterval: 10, heartbeatTimeout: 20, handshakeInterval: 100 });
  const peer = await meet(world, dealer);
  await world.advance(10_000);
  assert.is(heard(peer), '');
  peer.write(messageOn(wire, 'still here'));
  assert.equal(texts(await world.until(dealer.receive())), ['still here']);
});

forAll('is in the event of its handshake', async (world, { wire, meet }) => {
  const router = world.open(Router);
  const events = eventsOf(router);
  await meet(world, router, 'me');
  await world.settle();
  const [handshake] = events.filter((event): event is MonitorEventOf<'handshake'> => event.type === 'handshake');
  assert.is(handshake?.peer.version, wire === '2.0' ? '2.0' : '1.0');
  assert.is(handshake?.peer.socketType, wire === '1.0' ? undefined : 'PAIR');
  assert.is(Buffer.from(handshake?.peer.routingId ?? []).toString(), 'me');
});

inWorld(legacy, 'show an XPUB the subscription that is made for them, the first time and the last', async world => {
  const publisher = world.open(XPublisher);
  await publisher.bind('mem://news');
  const [one, two] = [await world.dialRaw('mem://news'), await world.dialRaw('mem://news')];
  one.write(begin('1.0'));
  two.write(begin('1.0'));
  await world.settle();
  assert.equal(drain(publisher), [['\x01']]);
  one.end();
  await world.settle();
  assert.equal(drain(publisher), []);
  two.end();
  await world.settle();
  assert.equal(drain(publisher), [['\0']]);
});

inWorld(legacy, 'with an id that is taken are refused, with an event', async world => {
  const router = world.open(Router);
  const events = eventsOf(router);
  await router.bind('mem://hub');
  for (const wire of WIRES) {
    (await world.dialRaw('mem://hub')).write(begin(wire, { identity: 'me' }));
    await world.settle();
  }
  const ends = events.filter((event): event is MonitorEventOf<'disconnect'> => event.type === 'disconnect');
  assert.equal(
    ends.map(({ error }) => error?.code),
    ['ERR_ZMTP_ROUTING_ID_TAKEN', 'ERR_ZMTP_ROUTING_ID_TAKEN'],
  );
});

inWorld(legacy, 'may be followed by newer ones at the same endpoint', async world => {
  const push = world.open(Push, { reconnectInterval: 10 });
  const events = eventsOf(push);
  const { peers } = await world.listenRaw('mem://sink');
  push.connect('mem://sink');
  await world.settle();
  peers[0]?.write(begin('1.0')).end();
  await world.advance(50);
  peers[1]?.write(greeting(), ready('PULL'));
  await push.send('new');
  await world.settle();
  assert.equal(peers[1]?.messages, [['new']]);
  peers[1]?.end();
  await world.advance(50);
  peers[2]?.write(begin('2.0', { type: NUMBERS.PULL }));
  await push.send('old');
  await world.settle();
  assert.is(toHex(peers[2]?.octets ?? hex('')), toHex(joined([hex('FF 00*7 01 7F 03 08 00 00'), message('old')])));
  assert.is(
    typesOf(events)
      .split(' ')
      .filter(type => type === 'handshake').length,
    3,
  );
});

legacy.run();

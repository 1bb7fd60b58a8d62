/** What a socket tells of itself: its numbers, and what is known of each peer. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PeerState } from '../../src/engine/peer-state.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import type { Pattern } from '../../src/sockets/pattern.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import type { Socket } from '../../src/sockets/socket.ts';
import { Statistics } from '../../src/sockets/statistics.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { FakePeer, text } from '../support/fake-peer.ts';
import { commandsOf, greeting, message, ready } from '../support/raw-zmtp.ts';
import { drain, fill, inWorld, seeded, World } from '../support/world.ts';
import { Heap } from '../support/zmtp-heap.ts';

const stats = suite('stats()');

/** What is not nothing. */
function dropped(socket: Socket): object {
  return Object.fromEntries(Object.entries(socket.stats().dropped).filter(([, messages]) => messages > 0));
}

inWorld(stats, 'count messages and octets on both ends', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  await world.join(pull, push);
  for (let i = 0; i < 10; i += 1) await push.send([`${i}`, 'x'.repeat(300)]);
  await world.settle();
  const [out, back] = [push.stats(), pull.stats()];
  const handshake = (type: string): number => greeting().length + ready(type).length;
  assert.equal([out.messagesSent, out.messagesReceived], [10, 0]);
  assert.equal([back.messagesSent, back.messagesReceived], [0, 10]);
  assert.equal([out.bytesSent, out.bytesReceived], [handshake('PUSH') + 10 * (3 + 309), handshake('PULL')]);
  assert.equal([back.bytesSent, back.bytesReceived], [out.bytesReceived, out.bytesSent]);
  assert.equal(
    [out.queued, back.queued],
    [
      { send: 0, receive: 0 },
      { send: 0, receive: 10 },
    ],
  );
  assert.equal(
    [push.peers(), pull.peers()].map(([peer]) => [peer?.bytesSent, peer?.bytesReceived]),
    [
      [out.bytesSent, out.bytesReceived],
      [back.bytesSent, back.bytesReceived],
    ],
  );
  await world.close(push);
  assert.is(push.stats().messagesSent, 10, 'also when it is closed');
});

inWorld(stats, 'count what waits, for peers that are not there yet and from peers that have gone', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  push.connect('mem://sink');
  for (let i = 0; i < 7; i += 1) await push.send('x');
  assert.equal(push.stats().queued, { send: 7, receive: 0 });
  await pull.bind('mem://sink');
  await world.advance(250);
  assert.equal([push.stats().queued.send, pull.stats().queued.receive], [0, 7]);
  await world.close(push);
  await world.settle();
  assert.equal([pull.peers().length, pull.stats().queued.receive], [0, 7]);
  pull.tryReceive();
  assert.equal([pull.stats().queued.receive, dropped(pull)], [6, {}]);
  await world.close(pull);
  assert.equal([pull.stats().queued.receive, dropped(pull)], [0, { unread: 6 }]);
});

inWorld(stats, 'forget those who have gone and left nothing, however many there are', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  for (let i = 0; i < 100; i += 1) {
    const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH').write(message('x'));
    await world.settle();
    raw.destroy();
    await world.settle();
    if (i % 10 !== 0) pull.tryReceive();
  }
  assert.is(pull.stats().queued.receive, 10);
  assert.equal([drain(pull).length, pull.stats().queued.receive], [10, 0]);
});

inWorld(stats, 'count connections, those that were not the first, and handshakes that failed', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(pull, push, 'mem://sink');
  link.cut();
  await world.advance(250);
  (await world.dialRaw('mem://sink')).write(Buffer.from('GET / HTTP/1.1\r\n\r\n')).end();
  (await world.dialRaw('mem://sink')).end();
  (await world.dialRaw('mem://sink')).write(greeting(), ready('SUB')).end();
  (await world.dialRaw('mem://sink')).end();
  await world.advance(2000);
  const { connections, reconnects, handshakeFailures } = pull.stats();
  assert.equal([connections, reconnects], [2, 0], 'who comes again is somebody new');
  assert.equal(handshakeFailures, {
    ERR_ZMTP_NOT_ZMTP: 1,
    ERR_ZMTP_HANDSHAKE_CLOSED: 2,
    ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE: 1,
  });
  assert.equal([push.stats().connections, push.stats().reconnects, push.stats().handshakeFailures], [2, 1, {}]);
});

/** For each reason: what brings it about, and how often. */
const DROPS: Record<string, (world: World) => Promise<[socket: Socket, expected: object]>> = {
  'a subscriber that is mute': async world => {
    const [publisher, subscriber] = [world.open(Publisher, { sendHighWaterMark: 3 }), world.open(Subscriber)];
    subscriber.subscribe('');
    const link = await world.join(publisher, subscriber);
    link.back.freeze();
    await publisher.send('taken by the network');
    await world.settle();
    for (let i = 0; i < 10; i += 1) await publisher.send('x');
    assert.is(publisher.peers()[0]?.dropped, 7);
    link.cut();
    await world.settle();
    return [publisher, { highWaterMark: 7, disconnected: 4 }];
  },
  'a publisher that is mute': async world => {
    const [publisher, subscriber] = [world.open(XPublisher), world.open(XSubscriber, { sendHighWaterMark: 2 })];
    const link = await world.join(publisher, subscriber);
    link.forth.freeze();
    await subscriber.send('taken by the network');
    await world.settle();
    for (let i = 0; i < 5; i += 1) await subscriber.send('x');
    return [subscriber, { highWaterMark: 3 }];
  },
  'a route that is mute, and one that is not there': async world => {
    const router = world.open(Router, { sendHighWaterMark: 2 });
    const link = await world.join(router, world.open(Dealer, { routingId: 'me' }));
    link.back.freeze();
    await router.send(['me', 'taken by the network']);
    await world.settle();
    for (let i = 0; i < 5; i += 1) await router.send(['me', 'x']);
    await router.send(['you', 'x']);
    await router.send(['you', 'y']);
    return [router, { highWaterMark: 3, noRoute: 2 }];
  },
  'another peer in the place of the one that was meant': async world => {
    const router = world.open(Router);
    const { peers } = await world.listenRaw('mem://many');
    await world.connect(router, 'mem://many');
    peers[0]?.shakeHands('DEALER', { identity: 'a' });
    await world.settle();
    peers[0]?.destroy();
    await world.settle();
    await router.send(['a', 'x']);
    await world.advance(250);
    peers[1]?.shakeHands('DEALER', { identity: 'b' });
    await world.settle();
    return [router, { disconnected: 1 }];
  },
  'an asker that has gone, and one without an envelope': async world => {
    const reply = world.open(Reply);
    await reply.bind('mem://hub');
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER').write(message('no envelope'), message('', 'x'));
    await world.settle();
    await reply.receive();
    raw.destroy();
    await world.settle();
    await reply.send('too late');
    return [reply, { disconnected: 1, unexpected: 1 }];
  },
  'an asker that does not read': async world => {
    const reply = world.open(Reply, { sendHighWaterMark: 1 });
    await reply.bind('mem://hub');
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
    await world.settle();
    world.network.link.back.freeze();
    for (let i = 0; i < 3; i += 1) {
      raw.write(message('', 'x'));
      await reply.receive();
      await reply.send('answer');
      if (i === 0) await world.settle();
    }
    return [reply, { highWaterMark: 1 }];
  },
  'replies that nobody has asked for': async world => {
    const request = world.open(Request);
    const { peers } = await world.listenRaw('mem://odd');
    await world.connect(request, 'mem://odd');
    peers[0]?.shakeHands('REP').write(message('', 'unasked'));
    await world.settle();
    await request.send('question');
    peers[0]?.write(message('1234', '', "to somebody else's"), message('', 'answer'));
    await request.receive();
    return [request, { unexpected: 2 }];
  },
  'what was not subscribed to': async world => {
    const subscriber = world.open(Subscriber);
    const { peers } = await world.listenRaw('mem://odd');
    subscriber.subscribe('a');
    await world.connect(subscriber, 'mem://odd');
    const words = ['b', 'a', 'c', 'd', 'a'].map(word => message(word));
    peers[0]?.shakeHands('PUB').write(...words);
    await world.settle();
    assert.equal(drain(subscriber), [['a'], ['a']]);
    peers[0]?.write(...words);
    await world.settle();
    assert.is((await subscriber.receiveBatch()).length, 2);
    return [subscriber, { filtered: 6 }];
  },
  'what subscribers say besides': async world => {
    const publisher = world.open(Publisher);
    await publisher.bind('mem://hub');
    (await world.dialRaw('mem://hub')).shakeHands('SUB').write(message('\x01a'), message('b'));
    await world.settle();
    return [publisher, { unexpected: 1 }];
  },
  'what was queued for one that has gone': async world => {
    const push = world.open(Push);
    const link = await world.join(push, world.open(Pull, { reconnectInterval: 0 }));
    link.back.freeze();
    await push.send('on its way');
    await world.settle();
    const waiting = fill(push);
    link.cut();
    await world.settle();
    return [push, { disconnected: waiting + 1 }];
  },
  'what was on its way to one that comes back': async world => {
    const [push, pull] = [world.open(Push), world.open(Pull)];
    const link = await world.join(pull, push);
    link.forth.freeze();
    await push.send('on its way');
    await world.settle();
    await push.send('waits');
    link.cut();
    await world.advance(250);
    assert.equal(drain(pull), [['waits']]);
    return [push, { disconnected: 1 }];
  },
  'what had come and was not received': async world => {
    for (const bound of [true, false]) {
      const [push, pull] = [world.open(Push, { reconnectInterval: 0 }), world.open(Pull)];
      await (bound ? world.join(pull, push, 'mem://sink') : world.join(push, pull, 'mem://sink'));
      for (let i = 0; i < 4; i += 1) await push.send('x');
      await world.settle();
      pull.tryReceive();
      if (bound) await pull.unbind('mem://sink');
      else pull.disconnect('mem://sink');
      if (!bound) return [pull, { unread: 3 }];
      assert.equal(dropped(pull), { unread: 3 });
    }
    throw new Error('not reached');
  },
};

for (const [name, bringAbout] of Object.entries(DROPS)) {
  inWorld(stats, `count as dropped: ${name}`, async world => {
    const [socket, expected] = await bringAbout(world);
    assert.equal(dropped(socket), expected);
  });
}

inWorld(stats, 'count as dropped what close() says was dropped', async world => {
  for (const boundSends of [true, false]) {
    const [push, pull] = [world.open(Push), world.open(Pull)];
    const link = await (boundSends ? world.join(push, pull) : world.join(pull, push));
    (boundSends ? link.back : link.forth).freeze();
    await push.send('on its way');
    await world.settle();
    fill(push);
    push.connect('mem://nobody');
    fill(push);
    const report = await world.close(push, 0);
    assert.ok(report.dropped > 1000);
    assert.equal(dropped(push), { linger: report.dropped });
    await world.close(pull);
  }
});

inWorld(stats, 'count the last octets too, which say why', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).write(greeting(), ready('SUB'));
  await world.settle();
  assert.equal(
    commandsOf(raw.frames).map(({ name }) => name),
    ['READY', 'ERROR'],
  );
  assert.is(pull.stats().bytesSent, raw.octets.length);
});

inWorld(stats, 'count what comes from a peer that was let go during the handshake', async world => {
  const dealer = world.open(Dealer);
  const { peers } = await world.listenRaw('mem://raw');
  await world.connect(dealer, 'mem://raw');
  await dealer.send('for you');
  dealer.disconnect('mem://raw');
  peers[0]?.write(Buffer.concat([greeting(), ready('DEALER'), message('too late'), message('later still')]));
  await world.advance(2000);
  const { messagesReceived } = dealer.stats();
  assert.ok(messagesReceived > 0);
  assert.equal([dropped(dealer), dealer.stats().queued.receive], [{ unread: messagesReceived }, 0]);
});

stats('hold no peer that has gone and left nothing', async () => {
  const heap = new Heap();
  const nothing = (): void => {};
  const pattern: Pattern = {
    ...{ attach: nothing, connected: nothing, disconnected: nothing, detach: nothing },
    ...{ trySend: () => false, tryReceive: () => undefined, writable: false, readable: false },
  };
  const numbers = new Statistics(pattern);
  const kept = new FakePeer(0);
  const come = (peer: FakePeer): void => {
    numbers.attach(peer);
    peer.inbound.write(text('x'));
    numbers.detach(peer);
  };
  come(kept);
  for (let i = 1; i <= 1000; i += 1) {
    const peer = heap.watch(new FakePeer(i));
    come(peer);
    peer.inbound.read();
  }
  assert.ok((await heap.survivors()) < 50);
  assert.equal(numbers.read().queued, { send: 0, receive: 1 });
});

type Step = 'send' | 'receive' | 'settle' | 'cut' | 'wait' | 'rebind';
const steps = fc.array(fc.constantFrom<Step>('send', 'send', 'send', 'receive', 'settle', 'cut', 'wait', 'rebind'), {
  maxLength: 60,
});

stats('add up whatever happens to the connection', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer(), async (script, seed) => {
      const world = new World(seed);
      world.network.nature.bufferBytes = 40;
      const random = seeded(seed);
      const push = world.open(Push, { sendHighWaterMark: 5 });
      const pull = world.open(Pull, { receiveHighWaterMark: 3 });
      await pull.bind('mem://sink');
      push.connect('mem://sink');
      let [accepted, received] = [0, 0];
      for (const step of script) {
        if (step === 'send') accepted += push.trySend('x'.repeat(Math.floor(random() * 30))) ? 1 : 0;
        else if (step === 'receive') received += pull.tryReceive() === undefined ? 0 : 1;
        else if (step === 'settle') await world.settle();
        else if (step === 'wait') await world.advance(250);
        else if (step === 'cut') world.network.links.at(-1)?.cut();
        else {
          await world.until(pull.unbind('mem://sink'));
          await pull.bind('mem://sink');
        }
        const [out, back] = [push.stats(), pull.stats()];
        assert.is(out.messagesSent + out.queued.send, accepted, 'sent');
        assert.is(received + back.queued.receive + back.dropped.unread, back.messagesReceived, 'received');
        assert.ok(back.messagesReceived <= out.messagesSent);
        const sums = push.peers().reduce((sum, peer) => sum + peer.messagesSent, 0);
        assert.is(sums, out.messagesSent, 'the peer has it all');
      }
      await world.end();
    }),
    { numRuns: 60 },
  );
});

const peers = suite('peers()');

function only(socket: Socket): PeerState {
  const [peer, ...more] = socket.peers();
  if (peer === undefined || more.length > 0) throw new Error(`${more.length + 1} peers`);
  return peer;
}

inWorld(peers, 'are none before there is an endpoint', async world => {
  const pull = world.open(Pull);
  assert.equal(pull.peers(), []);
  await pull.bind('mem://sink');
  assert.equal(pull.peers(), []);
});

inWorld(peers, 'that this side connects to are known in each phase', async world => {
  const push = world.open(Push);
  world.network.swallow('sink');
  push.connect('mem://sink');
  const before = only(push);
  assert.equal(
    [before.state, before.address, before.direction, before.connectionId, before.remoteAddress],
    ['connecting', 'mem://sink', 'connected', undefined, undefined],
  );
  assert.equal(
    [before.version, before.socketType, before.metadata.size, before.connections],
    [undefined, undefined, 0, 0],
  );
  push.disconnect('mem://sink');
  world.network.answer('sink');
  push.connect('mem://sink');
  await world.settle();
  assert.is(only(push).state, 'waiting');
  const raws = await world.listenRaw('mem://sink');
  await world.advance(250);
  const during = only(push);
  assert.is(during.state, 'handshake');
  assert.match(during.remoteAddress ?? '', /^mem:/);
  await push.send('queued');
  raws.peers[0]?.write(greeting(), ready('PULL', undefined, [['X-Name', 'it']]));
  await world.settle();
  const connected = only(push);
  assert.equal(
    [connected.state, connected.version, connected.socketType, connected.metadata.get('x-name'), connected.connections],
    ['connected', '3.1', 'PULL', 'it', 1],
  );
  assert.equal([connected.id, connected.connectionId], [during.id, during.connectionId]);
  assert.is(during.state, 'handshake', 'what was told does not change');
  raws.peers[0]?.destroy();
  await world.settle();
  const lost = only(push);
  assert.equal([lost.state, lost.id, lost.connectionId, lost.socketType], ['waiting', connected.id, undefined, 'PULL']);
  await push.send('waits');
  assert.equal(only(push).queued, { send: 1, receive: 0 });
  const closed = push.close({ linger: -1 });
  assert.is(only(push).state, 'closing');
  await world.advance(250);
  raws.peers[1]?.shakeHands('PULL');
  await world.until(closed);
  assert.equal(push.peers(), []);
});

inWorld(peers, 'that have been given up are told of until they are let go', async world => {
  const push = world.open(Push, { reconnectInterval: 0 });
  push.connect('mem://nobody');
  await world.settle();
  assert.is(only(push).state, 'stopped');
  push.disconnect('mem://nobody');
  await world.settle();
  assert.equal(push.peers(), []);
});

inWorld(peers, 'that connect are known from the first octet to the last', async world => {
  const router = world.open(Router);
  await router.bind('mem://hub');
  const raw = await world.dialRaw('mem://hub');
  await world.settle();
  const before = only(router);
  assert.equal([before.state, before.direction, before.address], ['handshake', 'bound', 'mem://hub']);
  assert.ok(before.bytesSent > 0);
  raw.shakeHands('DEALER', { identity: 'me' });
  await world.settle();
  const after = only(router);
  assert.equal([after.state, after.id, after.connectionId], ['connected', before.id, before.connectionId]);
  assert.is(Buffer.from(after.routingId).toString(), 'me');
  assert.ok(after.bytesSent > before.bytesSent);
  raw.destroy();
  await world.settle();
  assert.equal(router.peers(), []);
});

inWorld(peers, 'whose last words wait for room are still there', async world => {
  const pull = world.open(Pull, { receiveHighWaterMark: 2 });
  await pull.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH');
  raw.write(Buffer.concat([0, 1, 2, 3, 4].map(i => message(`${i}`))));
  await world.settle();
  assert.equal([only(pull).state, only(pull).queued.receive], ['connected', 2]);
  world.network.link.cut();
  await world.settle();
  assert.equal([only(pull).state, only(pull).queued.receive], ['closing', 2]);
  assert.is(drain(pull).length, 2);
  await world.settle();
  assert.is(drain(pull).length, 2);
  await world.settle();
  assert.equal([drain(pull).length, pull.peers()], [1, []]);
});

stats.run();
peers.run();

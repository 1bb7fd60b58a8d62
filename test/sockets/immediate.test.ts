/** Sockets that queue only for peers that are connected. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, eventsOf, fateOf, fill, inWorld, texts } from '../support/world.ts';

const immediate = suite('immediate');

for (const on of [false, true]) {
  inWorld(
    immediate,
    `that is ${on ? 'on gives a dead endpoint nothing' : 'off gives a dead endpoint its share'}`,
    async world => {
      const push = world.open(Push, { immediate: on });
      const pull = world.open(Pull);
      await pull.bind('mem://live');
      push.connect('mem://live');
      push.connect('mem://dead');
      await world.settle();
      for (let i = 0; i < 10; i += 1) await push.send(`${i}`);
      await world.settle();
      assert.is(drain(pull).length, on ? 10 : 5);
    },
  );
}

for (const Type of [Push, Dealer, Request, Pair]) {
  inWorld(immediate, `makes a ${Type.name} wait for its first connection, and for the next one`, async world => {
    const socket = world.open<Push | Dealer | Request | Pair, object>(Type, { immediate: true });
    const peerType = { PUSH: 'PULL', DEALER: 'DEALER', REQ: 'REP', PAIR: 'PAIR' }[socket.type as 'PUSH'];
    socket.connect('mem://there');
    await world.settle();
    assert.not.ok(socket.writable);
    assert.not.ok(socket.trySend('too early'));
    assert.is(await codeOfCall(() => socket.send('too early', { timeout: 0 })), 'EAGAIN');
    const { peers } = await world.listenRaw('mem://there');
    await world.advance(1000);
    assert.not.ok(socket.trySend('before the handshake'));
    const sending = fateOf(socket.send('1'));
    assert.is(sending.now, 'pending');
    peers[0]?.shakeHands(peerType);
    await world.settle();
    assert.is(sending.now, 'fulfilled');
    assert.is(peers[0]?.messages[0]?.at(-1), '1');
    if (socket instanceof Request) {
      peers[0]?.write(message('', 'reply'));
      await socket.receive();
    }
    peers[0]?.destroy();
    await world.settle();
    assert.not.ok(socket.trySend('too late'));
    await world.advance(1000);
    peers[1]?.shakeHands(peerType);
    await world.settle();
    assert.ok(socket.trySend('2'));
    await world.settle();
    assert.equal(
      peers[1]?.messages.map(parts => parts.at(-1)),
      ['2'],
    );
  });
}

inWorld(immediate, 'loses what is queued when the connection is lost', async world => {
  const dealer = world.open(Dealer, { immediate: true, sendHighWaterMark: 10 });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.shakeHands('DEALER');
  await world.settle();
  world.network.link.forth.freeze();
  fill(dealer);
  await world.settle();
  fill(dealer);
  peers[0]?.destroy();
  await world.settle();
  assert.not.ok(dealer.writable);
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER');
  await world.settle();
  assert.equal(peers[1]?.messages, []);
  assert.is(fill(dealer), 10);
});

inWorld(immediate, 'keeps what has come, although whom it came from has gone', async world => {
  const dealer = world.open(Dealer, { immediate: true, receiveHighWaterMark: 3, hiccupMessage: 'hiccup' });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  for (let i = 0; i < 2; i += 1) {
    peers[i]?.shakeHands('DEALER').write(message(`${i} a`), message(`${i} b`));
    await world.settle();
    peers[i]?.destroy();
    await world.advance(1000);
  }
  assert.equal(drain(dealer).flat().sort(), ['0 a', '0 b', '1 a', '1 b', 'hiccup', 'hiccup']);
});

inWorld(immediate, 'tells a publisher all topics with each connection', async world => {
  const subscriber = world.open(Subscriber, { immediate: true });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(subscriber, 'mem://there');
  subscriber.subscribe('a');
  for (let i = 0; i < 2; i += 1) {
    peers[i]?.shakeHands('PUB').write(message(`a${i}`));
    await world.settle();
    assert.equal(peers[i]?.commands, ['SUBSCRIBE a']);
    assert.equal(texts(await subscriber.receive()), [`a${i}`]);
    peers[i]?.destroy();
    await world.advance(1000);
  }
});

inWorld(immediate, 'has a ROUTER forget a peer with its connection, also one that it has named', async world => {
  const hub = world.open(Router, { immediate: true, mandatory: true });
  const { peers } = await world.listenRaw('mem://there');
  hub.connect('mem://there', { routingId: 'named' });
  await world.settle();
  assert.is(await codeOfCall(() => hub.send(['named', 'x'])), 'EHOSTUNREACH');
  for (let i = 0; i < 2; i += 1) {
    peers[i]?.shakeHands('DEALER', { identity: `${i}` });
    await world.settle();
    await hub.send(['named', `${i}`]);
    await world.settle();
    assert.equal(peers[i]?.messages, [[`${i}`]]);
    peers[i]?.destroy();
    await world.settle();
    assert.is(await codeOfCall(() => hub.send(['named', 'x'])), 'EHOSTUNREACH');
    await world.advance(1000);
  }
});

inWorld(immediate, 'has a REQ take the reply from anybody when the asked peer has gone', async world => {
  const requester = world.open(Request, { immediate: true });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(requester, 'mem://there');
  peers[0]?.shakeHands('REP');
  await requester.send('question');
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('REP').write(message('', 'late'));
  await world.settle();
  assert.equal(texts(await requester.receive()), ['late']);
});

inWorld(
  immediate,
  'counts as dropped what a connection takes with it that is lost while the socket closes',
  async world => {
    const push = world.open(Push, { immediate: true, linger: -1 });
    const { peers } = await world.listenRaw('mem://there');
    await world.connect(push, 'mem://there');
    peers[0]?.shakeHands('PULL');
    await world.settle();
    world.network.link.forth.freeze();
    for (let i = 0; i < 20; i += 1) await push.send('x'.repeat(100_000));
    const closing = push.close();
    await world.settle();
    peers[0]?.destroy();
    const { dropped } = await world.until(closing);
    assert.ok(dropped >= 15 && dropped <= 20, `${dropped} were dropped`);
    assert.is(world.network.attempts, 1);
  },
);

inWorld(immediate, 'keeps to new high-water marks, also of peers that come later', async world => {
  const push = world.open(Push, { immediate: true });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(push, 'mem://there');
  for (let i = 0; i < 2; i += 1) {
    peers[i]?.shakeHands('PULL');
    await world.settle();
    world.network.link.forth.freeze();
    push.options.sendHighWaterMark = 3 + i;
    assert.is(fill(push), 3 + i);
    peers[i]?.destroy();
    await world.advance(1000);
  }
});

inWorld(immediate, 'tries on as ever, and gives up as ever', async world => {
  const push = world.open(Push, { immediate: true, reconnectInterval: 0 });
  const events = eventsOf(push);
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(push, 'mem://there');
  peers[0]?.shakeHands('PULL');
  await world.settle();
  assert.ok(push.writable);
  peers[0]?.destroy();
  await world.advance(1000);
  assert.not.ok(push.writable);
  assert.is(events.at(-1)?.type, 'connect:stop');
  await world.connect(push, 'mem://there');
  peers[1]?.shakeHands('PULL');
  await world.settle();
  assert.ok(push.trySend('x'));
});

immediate.run();

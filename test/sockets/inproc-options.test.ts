/** What options do on inproc, where no handshake and no engine stand between two sockets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Router } from '../../src/sockets/router.ts';
import { Stream } from '../../src/sockets/stream.ts';
import { codeOfCall, drain, eventsOf, inWorld, typesOf } from '../support/world.ts';

const inproc = suite('options on inproc');
const NAME = 'inproc://name';

for (const first of ['bind', 'connect'] as const) {
  for (const who of ['sender', 'receiver', 'both'] as const) {
    inWorld(inproc, `conflate of the ${who} keeps the newest message, ${first} first`, async world => {
      const push = world.open(Push, { conflate: who !== 'receiver', sendHighWaterMark: 2 });
      const pull = world.open(Pull, { conflate: who !== 'sender', receiveHighWaterMark: 2 });
      if (first === 'bind') await pull.bind(NAME);
      push.connect(NAME);
      for (let i = 0; i < 2; i += 1) assert.ok(push.trySend(`early ${i}`));
      if (first === 'connect') await pull.bind(NAME);
      for (let i = 0; i < 20; i += 1) assert.ok(push.trySend(['part', `${i}`]));
      assert.equal(drain(pull), [['part', '19']]);
      push.trySend('last');
      assert.equal(drain(pull), [['last']]);
    });
  }

  inWorld(inproc, `hellos and probes come first on either side, ${first} first`, async world => {
    const router = world.open(Router, { helloMessage: 'hello' });
    const dealer = world.open(Dealer, { routingId: 'd', probeRouter: true, helloMessage: 'hi' });
    if (first === 'bind') await router.bind(NAME);
    dealer.connect(NAME);
    dealer.trySend('work');
    if (first === 'connect') await router.bind(NAME);
    assert.equal(drain(router), [
      ['d', 'hi'],
      ['d', ''],
      ['d', 'work'],
    ]);
    assert.equal(drain(dealer), [['hello']]);
  });

  inWorld(inproc, `a ROUTER hears of those who come and go, ${first} first`, async world => {
    const router = world.open(Router, { notifyConnect: true, notifyDisconnect: true, disconnectMessage: 'bye' });
    const dealer = world.open(Dealer, { routingId: 'd' });
    if (first === 'bind') await router.bind(NAME);
    dealer.connect(NAME);
    dealer.trySend('work');
    if (first === 'connect') await router.bind(NAME);
    dealer.disconnect(NAME);
    await world.settle();
    assert.equal(drain(router), [
      ['d', ''],
      ['d', 'work'],
      ['d', ''],
      ['d', 'bye'],
    ]);
  });
}

inWorld(inproc, 'a DEALER hears of the loss of what it had connected to', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer, { hiccupMessage: 'lost' })];
  await router.bind(NAME);
  dealer.connect(NAME);
  await router.close();
  assert.equal(drain(dealer), [['lost']]);
});

inWorld(inproc, 'an id that is taken brings no notice', async world => {
  const router = world.open(Router, { notifyConnect: true, notifyDisconnect: true });
  await router.bind(NAME);
  for (let i = 0; i < 2; i += 1) world.open(Dealer, { routingId: 'same' }).connect(NAME);
  await world.settle();
  assert.equal(drain(router), [['same', '']]);
});

inWorld(inproc, 'with immediate nothing is queued for a name that nobody has', async world => {
  const [push, pull] = [world.open(Push, { immediate: true }), world.open(Pull)];
  push.connect(NAME);
  assert.not.ok(push.trySend('x'));
  await pull.bind(NAME);
  assert.ok(push.trySend('y'));
  assert.equal(drain(pull), [['y']]);
  assert.equal((await world.close(push)).dropped, 0);
});

inWorld(inproc, 'a STREAM is refused', async world => {
  const stream = world.open(Stream);
  assert.is(await codeOfCall(() => stream.bind(NAME)), 'ENOCOMPATPROTO');
  assert.is(await codeOfCall(() => stream.connect(NAME)), 'ENOCOMPATPROTO');
});

inWorld(inproc, 'peers are known, and what passes is counted', async world => {
  const push = world.open(Push, { metadata: { 'X-Name': 'me' } });
  const pull = world.open(Pull);
  push.connect(NAME);
  push.trySend('early');
  assert.is(push.peers()[0]?.state, 'waiting');
  await pull.bind(NAME);
  push.trySend('late');
  const { message, peer } = await pull.receiveFrom();
  assert.is(Buffer.concat(message).toString(), 'early');
  assert.equal(
    [peer?.socketType, peer?.version, peer?.remoteAddress, peer?.metadata.get('x-name')],
    ['PUSH', '3.1', NAME, 'me'],
  );
  const [sender, receiver] = [push.peers()[0], pull.peers()[0]];
  assert.equal([sender?.state, sender?.direction, sender?.socketType], ['connected', 'connected', 'PULL']);
  assert.equal([receiver?.state, receiver?.direction, receiver?.socketType], ['connected', 'bound', 'PUSH']);
  assert.equal([sender?.messagesSent, receiver?.messagesReceived], [2, 2]);
  assert.equal([push.stats().messagesSent, pull.stats().messagesReceived], [2, 2]);
  assert.is(pull.stats().connections, 1);
  await world.close(pull);
  assert.is(pull.stats().dropped.unread, 1);
});

inWorld(inproc, 'messages for a name that nobody binds are counted when they are given up', async world => {
  const push = world.open(Push);
  push.connect(NAME);
  for (let i = 0; i < 3; i += 1) push.trySend('x');
  assert.is((await world.close(push, 10)).dropped, 3);
  assert.is(push.stats().dropped.linger, 3);
});

inWorld(inproc, 'events name what has ended, and why', async world => {
  const [a, b] = [world.open(Push), world.open(Push)];
  const pull = world.open(Dealer);
  const events = eventsOf(a);
  a.connect(NAME);
  await pull.bind(NAME);
  await world.settle();
  assert.is(typesOf(events), 'connect:delay connect:stop');
  const stop = events[1];
  assert.is(stop?.type === 'connect:stop' && stop.error.code, 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
  assert.is(stop?.type === 'connect:stop' ? stop.connectionId : 0, undefined);
  assert.is(await codeOfCall(() => b.connect(NAME)), 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
});

inproc.run();

/** RADIO and DISH over datagrams, on an invented network: what is told, counted, dropped and waited for. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../src/index.ts';
import { Datagram, Dish, Push, Pull, Radio, type Socket } from '../../src/index.ts';
import { codeOfCall, errorOf, eventsOf, fateOf, inWorld, typesOf, World } from '../support/world.ts';

const udp = suite('sockets on udp://');

const HERE = { host: '10.0.0.2', port: 5600 };
const PLACE = 'udp://10.0.0.2:5600';

/** A RADIO that is connected to a DISH, which has joined `g`. */
async function pair(world: World, options: object = {}): Promise<[Radio, Dish]> {
  const [radio, dish] = [world.open(Radio, options), world.open(Dish, options)];
  dish.join('g');
  await dish.bind(PLACE);
  radio.connect(PLACE);
  await world.settle();
  return [radio, dish];
}

function heardBy(dish: Dish): string[] {
  const all: string[] = [];
  for (let each = dish.tryReceive(); each !== undefined; each = dish.tryReceive()) {
    all.push(`${String(each[1].group)}:${Buffer.from(each[0]).toString()}`);
  }
  return all;
}

const datagram = (group: string, body: string): Buffer =>
  Buffer.concat([Buffer.of(Buffer.byteLength(group)), Buffer.from(group), Buffer.from(body)]);

// who may

const WAYS: Readonly<Record<string, readonly string[]>> = { Radio: ['connect'], Dish: ['bind'], Datagram: ['bind'] };

for (const [name, Type] of Object.entries(library as Readonly<Record<string, unknown>>)) {
  if (typeof Type !== 'function' || !(Type.prototype instanceof library.Socket) || name.endsWith('Socket')) continue;
  inWorld(udp, `${name}: what it may do with udp, and nothing else`, async world => {
    for (const use of ['bind', 'connect'] as const) {
      const ways = WAYS[name] ?? [];
      const socket = world.open(Type as new (options: object) => Socket);
      const code = await codeOfCall(async () => {
        await socket[use](PLACE);
        throw new Error('taken');
      });
      assert.is(code, ways.includes(use) ? 'Error: taken' : 'ENOCOMPATPROTO', use);
      await world.settle();
      await world.close(socket);
    }
  });
}

inWorld(udp, 'a DGRAM has no other transports', async world => {
  const socket = world.open(Datagram);
  for (const endpoint of ['mem://x', 'inproc://x']) {
    assert.is(await codeOfCall(() => socket.bind(endpoint)), 'ENOCOMPATPROTO', endpoint);
    assert.is(await codeOfCall(() => socket.connect(endpoint)), 'ENOCOMPATPROTO', endpoint);
  }
  assert.is(await codeOfCall(() => socket.bind('nothing://x')), 'EPROTONOSUPPORT');
  assert.is(await codeOfCall(() => socket.bind('udp://')), 'EINVAL');
  assert.is(await codeOfCall(() => socket.bind('udp://nowhere')), 'EINVAL');
});

inWorld(udp, 'options that ask for security are not ignored', async world => {
  for (const options of [{ plainServer: true }, { plainUsername: 'x' }, { zapDomain: 'x' }, { curveServer: true }]) {
    const dish = world.open(Dish, options);
    const error = await errorOf(() => dish.bind(PLACE));
    assert.match(String(error), 'UsageError: udp://10.0.0.2:5600: datagrams have no security');
    const radio = world.open(Radio, options);
    assert.is(await codeOfCall(() => radio.connect(PLACE)), 'EINVAL');
  }
});

inWorld(udp, 'the options of groups get to the transport', async world => {
  const options = { multicastHops: 7, multicastLoop: false, ipv6: true };
  await pair(world, options);
  const expected = { multicastHops: 7, multicastLoop: false, ipv6: true };
  assert.equal(world.datagrams.opened, [
    { use: 'bind', options: expected },
    { use: 'connect', options: expected },
  ]);
});

inWorld(udp, 'an unknown transport is told with those there are', async world => {
  assert.match(String(await errorOf(() => world.open(Push).connect('nope://x'))), 'only mem, udp, inproc');
});

// what goes where

inWorld(udp, 'a group and a body are one datagram, and only joined groups are received', async world => {
  const [radio, dish] = await pair(world);
  for (const [group, body] of [
    ['g', 'one'],
    ['G', 'x'],
    ['gg', 'x'],
    ['', 'x'],
    ['g', ''],
  ] as const) {
    await radio.send(body, { group });
  }
  await world.settle();
  assert.equal(heardBy(dish), ['g:one', 'g:']);
  assert.equal(
    world.datagrams.taken.map(({ octets }) => Buffer.from(octets).toString('latin1')),
    ['\u0001gone', '\u0001Gx', '\u0002ggx', '\0x', '\u0001g'],
  );
  assert.is(dish.stats().dropped.filtered, 3);
});

inWorld(udp, 'a DISH says nothing, whatever it joins and leaves', async world => {
  const [, dish] = await pair(world);
  dish.join('h');
  dish.leave('h');
  await world.settle();
  assert.equal(world.datagrams.taken, []);
});

inWorld(udp, 'what is sent right after connect() waits for the port', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish)];
  dish.join('g');
  await dish.bind(PLACE);
  world.datagrams.slowToOpen = true;
  radio.connect(PLACE);
  await radio.send('early', { group: 'g' });
  await world.settle();
  assert.equal([radio.stats().queued.send, radio.peers()[0]?.state], [1, 'connecting']);
  world.datagrams.openAll();
  await world.settle();
  assert.equal(heardBy(dish), ['g:early']);
  assert.equal([radio.stats().queued.send, radio.peers()[0]?.state], [0, 'connected']);
});

inWorld(udp, 'with immediate, what is sent before the port is open is for nobody', async world => {
  const [radio, dish] = [world.open(Radio, { immediate: true }), world.open(Dish)];
  dish.join('g');
  await dish.bind(PLACE);
  radio.connect(PLACE);
  await radio.send('early', { group: 'g' });
  await world.settle();
  await radio.send('late', { group: 'g' });
  await world.settle();
  assert.equal(heardBy(dish), ['g:late']);
});

inWorld(udp, 'a RADIO speaks to every endpoint, of whatever transport', async world => {
  const [radio, one, two, three] = [world.open(Radio), world.open(Dish), world.open(Dish), world.open(Dish)];
  for (const dish of [one, two, three]) dish.join('g');
  await one.bind('udp://10.0.0.3:1');
  await two.bind('udp://10.0.0.4:1');
  await three.bind('mem://*');
  radio.connect('udp://10.0.0.3:1');
  radio.connect('udp://10.0.0.4:1');
  await world.connect(radio, three.lastEndpoint ?? '');
  await radio.send('x', { group: 'g' });
  await radio.send('y', { group: 'h' }); // which the third has not joined
  await world.settle();
  for (const dish of [one, two, three]) assert.equal(heardBy(dish), ['g:x']);
  assert.equal(
    [one, two, three].map(dish => dish.stats().messagesReceived),
    [2, 2, 1],
  );
  radio.disconnect('udp://10.0.0.3:1');
  await radio.send('z', { group: 'g' });
  await world.settle();
  assert.equal([one, two].map(heardBy), [[], ['g:z']]);
});

inWorld(udp, 'a message that no datagram holds is EMSGSIZE, and nobody gets it', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish)];
  dish.join('g');
  await dish.bind('mem://*');
  await world.connect(radio, dish.lastEndpoint ?? '');
  radio.trySend('x'.repeat(9000), { group: 'g' }); // for connections there is no such limit
  radio.connect(PLACE);
  await world.settle();
  assert.is(heardBy(dish).length, 1);
  for (const call of [
    () => radio.send('x'.repeat(8191), { group: 'g' }),
    async () => radio.trySend('x'.repeat(8191), { group: 'g' }),
    () => radio.send('x', { group: 'g'.repeat(128) }),
  ]) {
    assert.is(await codeOfCall(call), 'EMSGSIZE');
  }
  await radio.send('x'.repeat(8190), { group: 'g' });
  await world.settle();
  assert.equal([heardBy(dish).length, world.datagrams.taken.map(({ octets }) => octets.length)], [1, [8192]]);
  radio.disconnect(PLACE);
  await radio.send('x'.repeat(9000), { group: 'g' });
  await world.settle();
  assert.is(heardBy(dish).length, 1);
});

// what is counted

inWorld(udp, 'messages and octets are counted on both sides', async world => {
  const [radio, dish] = await pair(world);
  await radio.send('abc', { group: 'g' });
  await radio.send('', { group: 'g' });
  await world.settle();
  const { messagesSent, bytesSent } = radio.stats();
  const { messagesReceived, bytesReceived, queued } = dish.stats();
  assert.equal({ messagesSent, bytesSent }, { messagesSent: 2, bytesSent: 7 });
  assert.equal(
    { messagesReceived, bytesReceived, queued },
    { messagesReceived: 2, bytesReceived: 7, queued: { send: 0, receive: 2 } },
  );
  assert.is(radio.peers()[0]?.messagesSent, 2);
  assert.is(dish.peers()[0]?.messagesReceived, 2);
});

inWorld(udp, 'datagrams that are no message are counted and forgotten', async world => {
  const [, dish] = await pair(world);
  for (const octets of [[], [1], [255, 1], [128, 1, 2]]) world.datagrams.inject(Uint8Array.from(octets), HERE);
  world.datagrams.inject(datagram('g', 'good'), HERE);
  await world.settle();
  assert.equal(heardBy(dish), ['g:good']);
  const { dropped, messagesReceived, bytesReceived } = dish.stats();
  assert.equal([dropped.unexpected, messagesReceived, bytesReceived], [4, 1, 0 + 1 + 2 + 3 + 6]);
});

udp('any datagrams from anybody: whole messages are received, the rest is counted, nothing is thrown', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }), async all => {
      const world = new World();
      const [radio, dish] = await pair(world);
      for (const octets of all) world.datagrams.inject(octets, HERE);
      await world.settle();
      const { dropped, messagesReceived } = dish.stats();
      assert.is(dropped.unexpected + messagesReceived, all.length);
      assert.is(messagesReceived, all.filter(octets => octets.length > (octets[0] ?? 255)).length);
      const expected = all.filter(octets => octets[0] === 1 && octets[1] === 'g'.charCodeAt(0));
      assert.equal(
        heardBy(dish),
        expected.map(octets => `g:${Buffer.from(octets.subarray(2)).toString()}`),
      );
      await radio.send('after', { group: 'g' });
      await world.settle();
      assert.equal(heardBy(dish), ['g:after']);
      await world.end();
    }),
    { numRuns: 50 },
  ),
);

inWorld(udp, 'a RADIO drops and counts what anybody sends to it', async world => {
  const [radio] = await pair(world);
  await radio.send('x', { group: 'g' });
  await world.settle();
  const from = world.datagrams.taken[0]?.from;
  assert.ok(from);
  world.datagrams.inject(datagram('g', 'back'), from);
  await world.settle();
  assert.is(radio.stats().dropped.unexpected, 1);
});

inWorld(
  udp,
  'what comes while as many wait as may is dropped and counted; there is room again as they are received',
  async world => {
    const [radio, dish] = await pair(world);
    dish.options.receiveHighWaterMark = 4; // live
    for (let i = 0; i < 6; i += 1) await radio.send(String(i), { group: 'g' });
    await world.settle();
    assert.equal([dish.stats().dropped.highWaterMark, dish.stats().queued.receive], [2, 4]);
    assert.equal(heardBy(dish), ['g:0', 'g:1', 'g:2', 'g:3']);
    await radio.send('again', { group: 'g' });
    await world.settle();
    assert.equal(heardBy(dish), ['g:again']);
  },
);

inWorld(
  udp,
  'while the system is slow messages wait, up to the high-water mark, and are dropped beyond',
  async world => {
    const [radio, dish] = await pair(world, {});
    radio.options.sendHighWaterMark = 3;
    world.datagrams.congest();
    await radio.send('taken', { group: 'g' });
    await world.settle();
    for (let i = 0; i < 5; i += 1) await radio.send(String(i), { group: 'g' });
    await world.settle();
    assert.equal([radio.stats().queued.send, radio.stats().dropped.highWaterMark], [3, 2]);
    assert.is(world.clock.holds, 1, 'unsent messages keep the process');
    world.datagrams.flow();
    await world.settle();
    assert.equal(heardBy(dish), ['g:taken', 'g:0', 'g:1', 'g:2']);
    assert.is(world.clock.holds, 0);
  },
);

inWorld(udp, 'with noDrop a RADIO waits for the system', async world => {
  const [radio, dish] = await pair(world, {});
  radio.options.noDrop = true;
  radio.options.sendHighWaterMark = 1;
  world.datagrams.congest();
  await radio.send('taken', { group: 'g' });
  await world.settle();
  await radio.send('waits in the pipe', { group: 'g' });
  const fate = fateOf(radio.send('waits outside', { group: 'g' }));
  await world.settle();
  assert.is(fate.now, 'pending');
  world.datagrams.flow();
  await world.settle();
  assert.equal([fate.now, heardBy(dish).length], ['fulfilled', 3]);
});

inWorld(udp, 'what the system refuses to send is counted', async world => {
  const [radio, dish] = await pair(world);
  world.datagrams.nature.mtu = 100;
  await radio.send('x'.repeat(99), { group: 'g' });
  await radio.send('x'.repeat(98), { group: 'g' });
  await world.settle();
  assert.equal([radio.stats().dropped.noRoute, heardBy(dish).length], [1, 1]);
});

inWorld(udp, 'a message larger than maxMessageSize is dropped and counted', async world => {
  const [radio, dish] = await pair(world, { maxMessageSize: 5 });
  await radio.send('12345', { group: 'g' });
  await radio.send('123', { group: 'g' });
  await world.settle();
  assert.equal([heardBy(dish), dish.stats().dropped.unexpected], [['g:123'], 1]);
});

inWorld(udp, 'a thousand messages leave in turns, so that others get theirs', async world => {
  const [radio] = await pair(world, {});
  radio.options.sendHighWaterMark = 0;
  const body = 'x'.repeat(8000);
  for (let i = 0; i < 1000; i += 1) radio.trySend(body, { group: 'h' });
  await Promise.resolve();
  await new Promise<void>(resolve => process.nextTick(resolve));
  const atOnce = world.datagrams.taken.length;
  assert.ok(atOnce > 10 && atOnce < 200, String(atOnce));
  await world.settle();
  assert.is(world.datagrams.taken.length, 1000);
});

// events and endpoints

inWorld(udp, 'events tell of ports: bind, close, connect', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish)];
  const [ofRadio, ofDish] = [eventsOf(radio), eventsOf(dish)];
  await dish.bind('udp://10.0.0.2:*');
  assert.match(dish.lastEndpoint ?? '', /^udp:\/\/10\.0\.0\.2:[0-9]+$/);
  radio.connect(dish.lastEndpoint ?? '');
  await world.settle();
  radio.disconnect(dish.lastEndpoint ?? '');
  await dish.unbind(dish.lastEndpoint ?? '');
  await world.settle();
  assert.is(typesOf(ofDish), 'bind close');
  assert.is(typesOf(ofRadio), 'connect:delay connect');
  const { lastEndpoint: address } = dish;
  assert.equal(
    ofDish.map(event => 'address' in event && event.address),
    [address, address],
  );
  assert.equal(ofRadio[1], {
    type: 'connect',
    address,
    connectionId: ofRadio[1] && 'connectionId' in ofRadio[1] && ofRadio[1].connectionId,
    remoteAddress: address,
  });
});

inWorld(udp, 'peers() shows what is known: where, whether it is open, how much has passed', async world => {
  const [radio, dish] = await pair(world);
  const [one] = radio.peers();
  const [two] = dish.peers();
  assert.equal(
    [one?.direction, one?.state, one?.remoteAddress, one?.address],
    ['connected', 'connected', PLACE, PLACE],
  );
  assert.equal(
    [two?.direction, two?.state, two?.remoteAddress, two?.address],
    ['bound', 'connected', undefined, PLACE],
  );
  assert.equal([one?.socketType, one?.connections, one?.connectionId], [undefined, 0, one?.id]);
});

inWorld(udp, 'a name that has no address yet is looked up again; what was sent meanwhile leaves then', async world => {
  const [radio, dish] = [world.open(Radio, { reconnectInterval: 50 }), world.open(Dish)];
  const events = eventsOf(radio);
  dish.join('g');
  await dish.bind(PLACE);
  radio.connect('udp://later:5600');
  await radio.send('patience', { group: 'g' });
  await world.settle();
  assert.is(typesOf(events), 'connect:delay close connect:retry');
  assert.is(radio.peers()[0]?.state, 'waiting');
  await world.advance(100);
  assert.is(typesOf(events), 'connect:delay close connect:retry connect:delay close connect:retry');
  world.datagrams.later = '10.0.0.2';
  await world.advance(100);
  assert.equal(heardBy(dish), ['g:patience']);
});

inWorld(udp, 'without an interval there is one attempt, and connect() begins anew', async world => {
  const radio = world.open(Radio, { reconnectInterval: 0 });
  const events = eventsOf(radio);
  radio.connect('udp://later:5600');
  await world.settle();
  assert.is(typesOf(events), 'connect:delay close connect:stop');
  assert.is(radio.peers()[0]?.state, 'stopped');
  world.datagrams.later = '10.0.0.2';
  radio.connect('udp://later:5600');
  await world.settle();
  assert.equal(
    radio.peers().map(({ state }) => state),
    ['connected'],
  );
});

inWorld(udp, 'what can never be is not tried again', async world => {
  const radio = world.open(Radio);
  const events = eventsOf(radio);
  radio.connect('udp://never:5600');
  await world.settle();
  assert.is(typesOf(events), 'connect:delay close connect:stop');
});

inWorld(udp, 'an address that is taken rejects, with an event', async world => {
  const [one, other] = [world.open(Dish), world.open(Dish)];
  const events = eventsOf(other);
  await one.bind(PLACE);
  assert.is(await codeOfCall(() => other.bind(PLACE)), 'EADDRINUSE');
  assert.is(typesOf(events), 'bind:error');
  await one.unbind(PLACE);
  await other.bind(PLACE);
});

inWorld(udp, 'what the system could not receive is an event, and no end', async world => {
  const [radio, dish] = await pair(world);
  const events = eventsOf(dish);
  world.datagrams.failAll(new Error('no memory'));
  await radio.send('x', { group: 'g' });
  await world.settle();
  assert.is(typesOf(events), 'accept:error');
  assert.equal(heardBy(dish), ['g:x']);
});

// the end

inWorld(udp, 'close() sends what waits for the system, for as long as linger says', async world => {
  const [radio, dish] = await pair(world);
  world.datagrams.congest();
  for (const body of ['a', 'b', 'c']) await radio.send(body, { group: 'g' });
  await world.settle();
  const closed = radio.close({ linger: 500 });
  await world.advance(400);
  world.datagrams.flow();
  assert.equal(await world.until(closed), { dropped: 0 });
  await world.settle();
  assert.equal(heardBy(dish), ['g:a', 'g:b', 'g:c']);
});

inWorld(udp, 'what has not left when linger is over is dropped, and told', async world => {
  const [radio] = await pair(world);
  world.datagrams.congest();
  for (const body of ['a', 'b', 'c']) await radio.send(body, { group: 'g' });
  await world.settle();
  assert.equal(await world.until(radio.close({ linger: 500 })), { dropped: 3 });
  assert.is(radio.stats().dropped.linger, 3);
});

inWorld(udp, 'close() waits for the port as long as linger says, if something is to be sent', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish)];
  dish.join('g');
  await dish.bind(PLACE);
  radio.connect('udp://later:5600');
  await radio.send('x', { group: 'g' });
  await world.settle();
  const closed = radio.close({ linger: 1000 });
  world.datagrams.later = '10.0.0.2';
  assert.equal(await world.until(closed), { dropped: 0 });
  await world.settle();
  assert.equal(heardBy(dish), ['g:x']);

  const other = world.open(Radio);
  world.datagrams.later = undefined;
  other.connect('udp://later:5600');
  await other.send('x', { group: 'g' });
  await world.settle();
  assert.equal(await world.until(other.close({ linger: 300 })), { dropped: 1 });
});

inWorld(udp, 'a port that opens when nobody wants it any more is closed', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish)];
  world.datagrams.slowToOpen = true;
  radio.connect(PLACE);
  const binding = codeOfCall(() => dish.bind(PLACE));
  const closed = Promise.all([radio.close(), dish.close()]);
  await world.settle();
  world.datagrams.openAll();
  await world.until(closed);
  assert.is(await binding, 'EBADF');
  assert.is(world.datagrams.ports, 0);
});

inWorld(udp, 'an attempt that fails when nobody wants it any more is the last', async world => {
  const radio = world.open(Radio, { reconnectInterval: 10 });
  const events = eventsOf(radio);
  radio.connect('udp://later:5600');
  await world.close(radio);
  await world.advance(100);
  assert.is(typesOf(events), 'connect:delay end');
});

inWorld(udp, 'what was not received before the end is counted', async world => {
  const [radio, dish] = await pair(world);
  await radio.send('x', { group: 'g' });
  await world.settle();
  await dish.unbind(PLACE);
  await radio.send('y', { group: 'g' });
  await world.settle();
  assert.equal([heardBy(dish), dish.stats().dropped.unread], [[], 1]);
});

inWorld(udp, 'receiveFrom() knows nobody: a datagram names no sender whom anything is known of', async world => {
  const [radio, dish] = await pair(world);
  await radio.send('x', { group: 'g' });
  await world.settle();
  const { message, peer } = await dish.receiveFrom();
  assert.equal([String(message[0]), peer], ['x', undefined]);
});

inWorld(udp, 'nothing of the kind concerns other sockets', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  await world.join(push, pull);
  await push.send('x'.repeat(10_000));
  await world.settle();
  assert.is(pull.tryReceive()?.[0]?.length, 10_000);
});

udp.run();

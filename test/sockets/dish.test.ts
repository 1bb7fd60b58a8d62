import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Dish, DishPattern } from '../../src/sockets/dish.ts';
import { Radio } from '../../src/sockets/radio.ts';
import { FakePeer } from '../support/fake-peer.ts';
import { heard, spoken } from '../support/groups.ts';
import { command, frame, message, ping } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { codeOfCall, eventsOf, fateOf, inWorld, type World } from '../support/world.ts';

const dishes = suite('DISH');

const AIR = 'mem://air';

/** A DISH that connects to a radio by hand. */
async function tuned(world: World, ...groups: string[]): Promise<{ dish: Dish; raw: RawPeer; peers: RawPeer[] }> {
  const dish = world.open(Dish, { reconnectInterval: 10 });
  const { peers } = await world.listenRaw(AIR);
  dish.join(...groups);
  await world.connect(dish, AIR);
  const [raw] = peers;
  if (raw === undefined) throw new Error('nobody came');
  raw.shakeHands('RADIO');
  await world.settle();
  return { dish, raw, peers };
}

function refusal(call: () => void): string {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

inWorld(dishes, 'tells a radio of its groups when it connects, and of changes at once', async world => {
  const { dish, raw } = await tuned(world, 'A', 'B');
  assert.equal(raw.commands.toSorted(), ['JOIN A', 'JOIN B']);
  dish.join('C', '');
  dish.leave('A');
  await world.settle();
  assert.equal(raw.commands.slice(2), ['JOIN C', 'JOIN ', 'LEAVE A']);
  assert.equal(raw.messages, []);
});

inWorld(dishes, 'joins groups of any octets but 0, none to 255 of them', async world => {
  const { dish, raw } = await tuned(world);
  const groups = [Buffer.alloc(0), Buffer.of(255, 1), Buffer.alloc(255, 0x78), Buffer.from('é')];
  dish.join(...groups);
  await world.settle();
  assert.equal(
    raw.commands,
    groups.map(group => `JOIN ${group.toString('latin1')}`),
  );
  raw.write(...groups.map(group => message(group, 'body')));
  await world.settle();
  for (const group of groups) assert.equal(dish.tryReceive()?.[1].group, group);
});

inWorld(dishes, 'refuses to join twice, to leave what it has not joined, and what is no group', async world => {
  const { dish, raw } = await tuned(world, 'A');
  assert.is(
    refusal(() => dish.join('A')),
    'EINVAL group "A" was joined already',
  );
  assert.is(
    refusal(() => dish.join(Buffer.from('A'))),
    'EINVAL group "A" was joined already',
  );
  assert.is(
    refusal(() => dish.leave('B')),
    'EINVAL group "B" was not joined',
  );
  assert.is(
    refusal(() => dish.leave('')),
    'EINVAL group "" was not joined',
  );
  for (const call of [dish.join.bind(dish), dish.leave.bind(dish)]) {
    assert.is(
      refusal(() => call('x'.repeat(256))),
      'EINVAL group of 256 octets, limit 255',
    );
    assert.match(
      refusal(() => call('A\0')),
      /^EINVAL/,
    );
    assert.match(
      refusal(() => call(5 as never)),
      /^EINVAL/,
    );
  }
  dish.leave('A');
  assert.match(
    refusal(() => dish.leave('A')),
    /^EINVAL/,
  );
  dish.join('A');
  await world.settle();
  assert.equal(raw.commands, ['JOIN A', 'LEAVE A', 'JOIN A']);
});

inWorld(dishes, 'joins and leaves all groups of a call or none', async world => {
  const { dish, raw } = await tuned(world, 'A');
  for (const groups of [
    ['B', 'A'],
    ['B', 'C', 'B'],
    ['B', 'x'.repeat(256)],
  ]) {
    assert.match(
      refusal(() => dish.join(...groups)),
      /^EINVAL/,
    );
  }
  assert.is(
    refusal(() => dish.join('B', 'B')),
    'EINVAL group "B" twice, expected once',
  );
  for (const groups of [
    ['A', 'B'],
    ['A', 'A'],
    ['A', '\0'],
  ]) {
    assert.match(
      refusal(() => dish.leave(...groups)),
      /^EINVAL/,
    );
  }
  dish.join();
  dish.leave();
  await world.settle();
  assert.equal(raw.commands, ['JOIN A']);
  dish.join('x', 'y', 'z');
  dish.leave('x', 'z');
  await world.settle();
  assert.equal(raw.commands.slice(1), ['JOIN x', 'JOIN y', 'JOIN z', 'LEAVE x', 'LEAVE z']);
  raw.write(message('B', '1'), message('A', '2'));
  await world.settle();
  assert.equal(heard(dish), ['A:2']);
});

inWorld(dishes, 'copies the octets of a group that it joins', async world => {
  const { dish, raw, peers } = await tuned(world);
  const group = Buffer.from('abc');
  dish.join(group);
  group.fill(0x78);
  raw.write(message('abc', '1'), message('xxx', '2'));
  raw.end();
  await world.advance(1000);
  peers[1]?.shakeHands('RADIO');
  await world.settle();
  assert.equal([heard(dish), peers[1]?.commands], [['abc:1'], ['JOIN abc']]);
});

inWorld(dishes, 'gives each message with its group, both as Buffers', async world => {
  const { dish, raw } = await tuned(world, 'A', '');
  raw.write(message('A', 'one'), message('', ''), message('A', Buffer.alloc(70_000, 'x')));
  const [body, { group }] = await dish.receive();
  assert.ok(Buffer.isBuffer(body) && Buffer.isBuffer(group));
  assert.equal([body.toString(), group.toString()], ['one', 'A']);
  assert.is(spoken(await dish.receive()), ':');
  assert.is((await dish.receive())[0].length, 70_000);
});

inWorld(dishes, 'filters again what a radio sends, and counts it', async world => {
  const { dish, raw } = await tuned(world, 'B');
  raw.write(message('A', '1'), message('B', '2'), message('Bx', '3'), message('', '4'), message('b', '5'));
  raw.write(message('B', '6'));
  await world.settle();
  assert.equal(heard(dish), ['B:2', 'B:6']);
  assert.is(dish.stats().dropped.filtered, 4);
  raw.write(message('B', '7'), message('C', '8'));
  await world.settle();
  dish.leave('B');
  dish.join('C');
  assert.ok(dish.readable);
  assert.equal(heard(dish), ['C:8'], 'what counts is what is joined when it is received');
  assert.is(dish.stats().dropped.filtered, 5);
});

inWorld(dishes, 'filters batches too, and waits for one that holds something', async world => {
  const { dish, raw } = await tuned(world, 'B');
  raw.write(message('A', '1'), message('B', '2'), message('A', '3'), message('B', '4'));
  await world.settle();
  assert.equal((await dish.receiveBatch()).map(spoken), ['B:2', 'B:4']);
  const batch = dish.receiveBatch();
  const fate = fateOf(batch);
  for (let i = 0; i < 1500; i += 1) raw.write(message('A', `${i}`));
  await world.settle();
  assert.is(fate.now, 'pending');
  raw.write(message('B', 'last'));
  assert.equal((await batch).map(spoken), ['B:last']);
  assert.is(dish.stats().dropped.filtered, 1502);
  for (let i = 0; i < 10; i += 1) raw.write(message('B', `${i}`));
  await world.settle();
  assert.equal((await dish.receiveBatch({ max: 3 })).map(spoken), ['B:0', 'B:1', 'B:2']);
  assert.is(heard(dish).length, 7);
});

inWorld(dishes, 'batches of nothing but strangers in front are passed over at once', async world => {
  const { dish, raw } = await tuned(world, 'B');
  for (let i = 0; i < 10; i += 1) raw.write(message('A', `${i}`));
  raw.write(message('B', '1'));
  await world.settle();
  assert.equal((await dish.receiveBatch({ max: 4, timeout: 0 })).map(spoken), ['B:1']);
});

inWorld(dishes, 'is read in a loop, with timeouts, and with what is known of the sender', async world => {
  const { dish, raw } = await tuned(world, 'A');
  raw.write(message('A', '1'), message('B', 'x'), message('A', '2'), message('A', '3'));
  await world.settle();
  const seen: string[] = [];
  for await (const each of dish) {
    seen.push(spoken(each));
    if (seen.length === 2) break;
  }
  assert.equal(seen, ['A:1', 'A:2']);
  const from = dish.tryReceiveFrom();
  assert.equal([from && spoken(from.message), from?.peer?.socketType], ['A:3', 'RADIO']);
  assert.is(await codeOfCall(() => world.until(dish.receive({ timeout: 10 }))), 'EAGAIN');
  const asking = dish.receiveFrom();
  raw.write(message('B', 'x'), message('A', '4'));
  const { message: body, peer } = await asking;
  assert.equal([spoken(body), peer?.socketType], ['A:4', 'RADIO']);
});

inWorld(dishes, 'hears from all its radios, fairly', async world => {
  const dish = world.open(Dish);
  dish.join('A');
  const [loud, quiet] = [world.open(Radio), world.open(Radio)];
  await loud.bind('mem://loud');
  await quiet.bind('mem://quiet');
  await world.connect(dish, 'mem://loud');
  await world.connect(dish, 'mem://quiet');
  for (let i = 0; i < 500; i += 1) await loud.send('loud', { group: 'A' });
  for (let i = 0; i < 3; i += 1) await quiet.send('quiet', { group: 'A' });
  await world.settle();
  const all = heard(dish);
  assert.is(all.length, 503);
  assert.is(all.slice(0, 6).filter(text => text === 'A:quiet').length, 3);
});

inWorld(dishes, 'joins at radios that connect to it', async world => {
  const dish = world.open(Dish);
  dish.join('A');
  await dish.bind(AIR);
  const raw = (await world.dialRaw(AIR)).shakeHands('RADIO');
  await world.settle();
  dish.join('B');
  await world.settle();
  assert.equal(raw.commands, ['JOIN A', 'JOIN B']);
});

inWorld(dishes, 'tells nothing to a peer that does not listen, and hears it', async world => {
  const { options, context } = world.open(Dish);
  const pattern = new DishPattern({ readable: () => undefined, writable: () => undefined }, options, context);
  const peer = Object.assign(new FakePeer(1), { unfiltered: true });
  pattern.join([Buffer.from('a')]);
  pattern.attach(peer);
  pattern.connected(peer);
  pattern.join([Buffer.from('b')]);
  assert.is(peer.outbound.size, 0);
  for (const group of ['a', 'c', 'b']) peer.inbound.write([Buffer.from(group), Buffer.from('body')]);
  assert.equal(pattern.tryReceiveMany(9).map(spoken), ['a:body', 'b:body']);
  assert.is(pattern.lastPeer, peer);
  pattern.disconnected(peer);
  pattern.detach(peer);
  await world.settle();
});

inWorld(dishes, 'keeps its groups for others when it disconnects from one', async world => {
  const [dish, one, two] = [world.open(Dish), world.open(Radio), world.open(Radio)];
  await one.bind('mem://one');
  await two.bind('mem://two');
  dish.join('A');
  await world.connect(dish, 'mem://one');
  dish.disconnect('mem://one');
  await world.connect(dish, 'mem://two');
  await one.send('1', { group: 'A' });
  await two.send('2', { group: 'A' });
  await world.settle();
  assert.equal(heard(dish), ['A:2']);
  assert.equal([one.peers().length, two.peers().length], [0, 1]);
});

inWorld(dishes, 'tells each group once after a reconnect, and keeps what waits to be received', async world => {
  const { dish, raw, peers } = await tuned(world, 'A', 'B');
  dish.join('C');
  raw.write(message('B', '1'), message('A', '2'));
  await world.settle();
  raw.destroy();
  await world.settle();
  dish.join('D');
  dish.leave('A');
  await world.advance(1000);
  peers[1]?.shakeHands('RADIO').write(message('B', '3'));
  await world.settle();
  assert.equal(peers[1]?.commands.toSorted(), ['JOIN B', 'JOIN C', 'JOIN D']);
  assert.equal(heard(dish), ['B:1', 'B:3']);
});

inWorld(dishes, 'queues nothing for a radio that is not there, however much changes meanwhile', async world => {
  const { dish, raw, peers } = await tuned(world, 'A');
  raw.destroy();
  await world.settle();
  for (let i = 0; i < 1000; i += 1) {
    dish.join('B');
    dish.leave('B');
  }
  assert.is(dish.stats().queued.send, 0);
  await world.advance(1000);
  peers[1]?.shakeHands('RADIO');
  await world.settle();
  assert.equal(peers[1]?.commands, ['JOIN A']);
});

inWorld(dishes, 'has all its groups again after a reconnect, wherever the first stream broke', async world => {
  const groups = Array.from({ length: 30 }, (_, i) => `group ${i}`);
  const radio = world.open(Radio);
  await radio.bind(AIR);
  const handshakeBytes = 64 + 2 + 6 + 16 + 30; // about
  for (let cut = 0; cut < handshakeBytes + 30 * 16; cut += 3) {
    const dish = world.open(Dish, { reconnectInterval: 10 });
    dish.join(...groups);
    let first = true;
    world.network.onLink = link => {
      if (first) link.forth.cutAfter(cut);
      first = false;
    };
    dish.connect(AIR);
    await world.advance(5); // the first stream has broken, the second has not been tried
    dish.join('late');
    dish.leave('group 0');
    await world.advance(1000);
    for (const group of [...groups, 'late']) await radio.send('', { group });
    await world.settle();
    assert.equal(
      heard(dish),
      [...groups.slice(1), 'late'].map(group => `${group}:`),
      `cut after ${cut} octets`,
    );
    await world.close(dish);
  }
});

inWorld(dishes, 'gets 50,000 groups through however low the marks, and again after a reconnect', async world => {
  const marks = { sendHighWaterMark: 10 };
  const radio = world.open(Radio, marks);
  const dish = world.open(Dish, { receiveHighWaterMark: 10, reconnectInterval: 10 });
  const before = Array.from({ length: 25_000 }, (_, i) => `before ${i}`);
  const after = Array.from({ length: 25_000 }, (_, i) => `after ${i}`);
  dish.join(...before);
  const link = await world.join(radio, dish, AIR);
  dish.join(...after);
  await world.settle();
  const probe = async (): Promise<string[]> => {
    const all: string[] = [];
    for (const list of [before, after]) {
      for (let i = 0; i < list.length; i += 499) {
        await radio.send('', { group: list[i] ?? '' });
        await world.settle();
        all.push(...heard(dish));
      }
    }
    return all;
  };
  const expected = [...before.filter((_, i) => i % 499 === 0), ...after.filter((_, i) => i % 499 === 0)];
  const spokenOf = expected.map(group => `${group}:`);
  assert.equal(await probe(), spokenOf);
  link.cut();
  await world.advance(1000);
  assert.equal(await probe(), spokenOf, 'all came back');
  assert.is(dish.stats().reconnects, 1);
  assert.is(dish.stats().dropped.highWaterMark, 0);
});

inWorld(dishes, 'never drops a membership, however long a radio does not read', async world => {
  const { dish, raw } = await tuned(world, 'A');
  raw.pause();
  const { forth } = world.network.link;
  forth.freeze();
  for (let i = 0; i < 3000; i += 1) {
    dish.join(`g${i}`);
    if (i % 2 === 0) dish.leave(`g${i}`);
  }
  await world.settle();
  forth.release();
  raw.resume();
  await world.settle();
  assert.is(raw.commands.length, 1 + 3000 + 1500);
  assert.equal(raw.commands.slice(-3), ['JOIN g2998', 'LEAVE g2998', 'JOIN g2999']);
});

const MALFORMED = {
  'one frame': frame(0, 'A'),
  'three frames': message('A', 'b', 'c'),
  'a group of 256 octets': message('x'.repeat(256), 'b'),
};

for (const [what, octets] of Object.entries(MALFORMED)) {
  inWorld(dishes, `${what} ends the connection, and what came before is kept`, async world => {
    const { dish, raw, peers } = await tuned(world, 'A');
    const events = eventsOf(dish);
    raw.write(message('A', '1'), octets, message('A', '2'));
    await world.settle();
    assert.equal(heard(dish), ['A:1']);
    const end = events.find(({ type }) => type === 'disconnect');
    assert.is(end !== undefined && 'error' in end ? end.error?.code : undefined, 'ERR_ZMTP_MALFORMED_GROUP');
    await world.advance(5000);
    peers[1]?.shakeHands('RADIO').write(message('A', '3'));
    await world.settle();
    assert.equal(heard(dish), ['A:3'], 'it comes back');
  });
}

inWorld(
  dishes,
  'answers PING, also between a group and its body, and ignores commands that mean nothing',
  async world => {
    const { dish, raw } = await tuned(world, 'A');
    raw.write(ping(0, 'one'), frame(1, 'A'), ping(0, 'two'), frame(0, 'body'));
    raw.write(command('JOIN', 'A'), command('SUBSCRIBE', 'x'), command('XYZZY'), message('A', 'more'));
    await world.settle();
    assert.equal(raw.commands.slice(1), ['PONG one', 'PONG two']);
    assert.equal(heard(dish), ['A:body', 'A:more']);
  },
);

inWorld(dishes, 'holds a radio back when nobody receives', async world => {
  const radio = world.open(Radio, { noDrop: true, sendHighWaterMark: 10 });
  const dish = world.open(Dish, { receiveHighWaterMark: 10 });
  dish.join('A');
  await world.join(radio, dish, AIR);
  let sent = 0;
  for (let quiet = 0; quiet < 3; quiet += 1) {
    while (radio.trySend('x'.repeat(50_000), { group: 'A' })) {
      sent += 1;
      quiet = 0;
    }
    await world.settle();
  }
  assert.ok(sent < 60, `${sent} messages wait`);
  const received: string[] = [];
  for (let more = heard(dish); more.length > 0; more = heard(dish)) {
    received.push(...more);
    await world.settle();
  }
  assert.is(received.length, sent);
});

inWorld(dishes, 'is never writable, and who waits is told when it closes', async world => {
  const { dish } = await tuned(world, 'A');
  assert.equal([dish.writable, dish.type, dish.options.linger, 'send' in dish], [false, 'DISH', 0, false]);
  const fate = fateOf(dish.receive());
  await world.close(dish);
  assert.is(fate.now, 'EBADF');
  assert.is(await codeOfCall(() => dish.receive()), 'EBADF');
});

dishes.run();

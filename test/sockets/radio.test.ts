import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Dish } from '../../src/sockets/dish.ts';
import type { RadioOnlyOptions, SendOptions } from '../../src/sockets/options.ts';
import { Radio, RadioPattern } from '../../src/sockets/radio.ts';
import { FakePeer } from '../support/fake-peer.ts';
import { command, frame, message } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { codeOfCall, errorOf, eventsOf, fateOf, inWorld, type World } from '../support/world.ts';
import { heard } from '../support/groups.ts';

const radios = suite('RADIO');

const AIR = 'mem://air';

const join = (group: string | Uint8Array): Buffer => command('JOIN', group);
const leave = (group: string | Uint8Array): Buffer => command('LEAVE', group);

/** A DISH by hand. */
async function dial(world: World, ...octets: Buffer[]): Promise<RawPeer> {
  const raw = await world.dialRaw(AIR);
  raw.shakeHands('DISH').write(...octets);
  await world.settle();
  return raw;
}

/** A RADIO with a DISH by hand. */
async function onAir(world: World, ...octets: Buffer[]): Promise<{ radio: Radio; raw: RawPeer }> {
  const radio = world.open(Radio);
  await radio.bind(AIR);
  return { radio, raw: await dial(world, ...octets) };
}

/** A DISH that has joined a group, and a mark of its own. */
async function listening(world: World, group: string, receiveHighWaterMark = 0): Promise<Dish> {
  const dish = world.open(Dish, { receiveHighWaterMark });
  dish.join(group);
  await world.connect(dish, AIR);
  return dish;
}

/** Sends one message to each group; each says where it was sent. */
async function send(world: World, radio: Radio, ...groups: (string | Uint8Array)[]): Promise<void> {
  for (const group of groups) await radio.send('body', { group });
  await world.settle();
}

const groupsOf = (raw: RawPeer): (string | undefined)[] => raw.messages.map(([group]) => group);

inWorld(radios, 'sends a group with MORE and a body, and nothing to who has not joined', async world => {
  const { radio, raw } = await onAir(world, join('A'));
  const other = await dial(world);
  await radio.send('hello', { group: 'A' });
  await world.settle();
  assert.equal(
    raw.frames.slice(1).map(({ flags, body }) => [flags, body.toString()]),
    [
      [1, 'A'],
      [0, 'hello'],
    ],
  );
  assert.equal(other.messages, []);
});

inWorld(radios, 'matches groups as a whole, octet by octet', async world => {
  const { radio, raw } = await onAir(world, join('A'));
  await send(world, radio, 'A', 'AB', 'a', '', 'B', 'A');
  assert.equal(groupsOf(raw), ['A', 'A']);
});

inWorld(radios, 'takes any octets for a group, none at all and 255', async world => {
  const groups = [
    Buffer.alloc(0),
    Buffer.of(255, 1),
    Buffer.alloc(255, 0x78),
    Buffer.alloc(254, 0x78),
    Buffer.from('é'),
  ];
  const { radio, raw } = await onAir(world, ...groups.map(join));
  for (const group of [...groups, Buffer.of(255)]) await radio.send('', { group });
  await world.settle();
  const sent = raw.frames.slice(1).filter((_, i) => i % 2 === 0);
  assert.equal(
    sent.map(({ body }) => body.toString('hex')),
    groups.map(group => group.toString('hex')),
  );
});

inWorld(
  radios,
  'a group with an octet 0, which only a peer can join, is another one than what stands before it',
  async world => {
    const { radio, raw } = await onAir(world, join('n\0x'));
    await send(world, radio, 'n');
    assert.equal(raw.messages, []);
  },
);

inWorld(radios, 'counts: joined twice and left once is joined, and each message comes once', async world => {
  const { radio, raw } = await onAir(world, join('A'), join('A'));
  await send(world, radio, 'A');
  assert.is(raw.messages.length, 1);
  raw.write(leave('A'));
  await world.settle();
  await send(world, radio, 'A');
  assert.is(raw.messages.length, 2);
  raw.write(leave('A'));
  await world.settle();
  await send(world, radio, 'A');
  assert.is(raw.messages.length, 2);
});

inWorld(radios, 'leaving what was never joined is harmless', async world => {
  const { radio, raw } = await onAir(world, leave('ZZ'), join('A'), leave('ZZ'), leave(''));
  const other = await dial(world, leave('A'));
  await send(world, radio, 'A');
  assert.equal([raw.messages.length, other.messages.length], [1, 0]);
  raw.write(leave('A'), leave('A'), join('A'));
  await world.settle();
  await send(world, radio, 'A');
  assert.is(raw.messages.length, 2, 'left too often is not owed');
});

inWorld(radios, 'takes a text as UTF-8', async world => {
  const { radio, raw } = await onAir(world, join(Buffer.from('größe')));
  await send(world, radio, 'größe');
  assert.equal(groupsOf(raw), ['größe']);
});

inWorld(radios, 'discards what a DISH sends besides, counts it, and goes on', async world => {
  const { radio, raw } = await onAir(world, message('\x01B'), message('A', 'body'), frame(0, ''), join('A'));
  raw.write(command('SUBSCRIBE', 'B'), command('SOMETHING', 'B'));
  for (let i = 0; i < 3000; i += 1) raw.write(message('rubbish'));
  await world.settle();
  await send(world, radio, 'B', 'A');
  assert.equal(groupsOf(raw), ['A']);
  assert.is(radio.stats().dropped.unexpected, 3003);
  assert.is(world.network.link.forth.waitingBytes, 0, 'all of it was read');
});

inWorld(radios, 'ends the connection of a peer that joins a group of 256 octets, and no other', async world => {
  const { radio, raw } = await onAir(world, join('A'));
  const events = eventsOf(radio);
  const rude = await dial(world, join('A'), join('x'.repeat(256)));
  await world.advance(2000);
  assert.ok(rude.closedWith !== undefined);
  const end = events.find(({ type }) => type === 'disconnect');
  assert.is(end !== undefined && 'error' in end ? end.error?.code : undefined, 'ERR_ZMTP_MALFORMED_GROUP');
  await send(world, radio, 'A');
  assert.is(raw.messages.length, 1);
});

inWorld(radios, 'forgets the groups of a connection with the connection', async world => {
  const { radio, raw } = await onAir(world, join('A'), join('A'));
  raw.destroy();
  await world.settle();
  const again = await dial(world);
  await send(world, radio, 'A');
  assert.equal(again.messages, []);
  again.write(join('A'), leave('A'));
  await world.settle();
  await send(world, radio, 'A');
  assert.equal(again.messages, [], 'that it had joined twice before is forgotten too');
});

inWorld(radios, 'keeps its peers apart when one leaves', async world => {
  const { radio, raw } = await onAir(world, join('A'));
  const other = await dial(world, join('A'), join('B'));
  raw.destroy();
  await world.settle();
  await send(world, radio, 'A', 'B');
  assert.equal(groupsOf(other), ['A', 'B']);
});

inWorld(radios, 'sends what it is given: to members of the moment, and to nobody who comes later', async world => {
  const { radio, raw } = await onAir(world);
  await send(world, radio, 'A');
  raw.write(join('A'));
  await world.settle();
  const late = await dial(world, join('A'));
  await send(world, radio, 'A');
  assert.equal([raw.messages.length, late.messages.length], [1, 1]);
});

inWorld(radios, 'connects too, and hears of memberships with each connection', async world => {
  const radio = world.open(Radio, { reconnectInterval: 10 });
  const { peers } = await world.listenRaw(AIR);
  await world.connect(radio, AIR);
  await send(world, radio, 'A');
  const [first] = peers;
  first?.shakeHands('DISH').write(join('A'));
  await world.settle();
  await send(world, radio, 'A');
  assert.is(first?.messages.length, 1, 'what was sent before it had joined is for nobody');
  first?.destroy();
  await world.advance(100);
  const second = peers[1]?.shakeHands('DISH');
  await world.settle();
  await send(world, radio, 'A');
  assert.equal(second?.messages, []);
  second?.write(join('A'));
  await world.settle();
  await send(world, radio, 'A');
  assert.is(second?.messages.length, 1);
});

inWorld(radios, 'never waits: a frozen member loses whole messages while nine others get all', async world => {
  const radio = world.open(Radio, { sendHighWaterMark: 10 });
  await radio.bind(AIR);
  const frozen = await dial(world, join('n'));
  const { back } = world.network.link;
  const live = [];
  for (let i = 0; i < 9; i += 1) live.push(await listening(world, 'n'));
  back.freeze();
  for (let i = 0; i < 1000; i += 1) {
    assert.ok(radio.trySend(`${i}`, { group: 'n' }));
    if (i % 5 === 4) await world.settle();
  }
  await world.settle();
  for (const dish of live) {
    assert.equal(
      heard(dish),
      Array.from({ length: 1000 }, (_, i) => `n:${i}`),
    );
  }
  back.release();
  await world.settle();
  const late = frozen.messages;
  assert.ok(late.length >= 10 && late.length < 40, `${late.length} messages had room`);
  for (const [i, parts] of late.entries()) assert.equal(parts, ['n', `${i}`], 'whole, the first that came');
  assert.is(radio.stats().dropped.highWaterMark, 1000 - late.length);
  await radio.send('after', { group: 'n' });
  await world.settle();
  assert.equal(frozen.messages.at(-1), ['n', 'after'], 'and it is served again');
});

/** Sends until there is no room left anywhere, and says how many messages that took. */
async function fillUp(world: World, radio: Radio, group: string, body = 'x'): Promise<number> {
  let sent = 0;
  for (let before = -1; before < sent;) {
    before = sent;
    while (radio.trySend(body, { group })) sent += 1;
    await world.settle();
  }
  return sent;
}

async function withMark(world: World, options: SendOptions & RadioOnlyOptions): Promise<Radio> {
  const radio = world.open(Radio, options);
  await radio.bind(AIR);
  return radio;
}

inWorld(radios, 'the mark counts messages, not frames, and what is beyond it is dropped', async world => {
  const radio = await withMark(world, { sendHighWaterMark: 7 });
  const dish = await listening(world, 'A');
  for (let i = 0; i < 10; i += 1) assert.ok(radio.trySend(`${i}`, { group: 'A' }));
  await world.settle();
  assert.equal(
    heard(dish),
    Array.from({ length: 7 }, (_, i) => `A:${i}`),
  );
  assert.is(radio.stats().dropped.highWaterMark, 3);
});

inWorld(radios, 'noDrop: all arrives, in order, however small the marks', async world => {
  const radio = await withMark(world, { noDrop: true, sendHighWaterMark: 3 });
  const dishes = [await listening(world, 'A', 2), await listening(world, 'A', 50)];
  const got: string[][] = [[], []];
  const sending = (async () => {
    for (let i = 0; i < 2000; i += 1) await radio.send(`${i}`, { group: 'A' });
  })();
  while (got.some(({ length }) => length < 2000)) {
    await world.settle();
    const before = got.flat().length;
    dishes.forEach((dish, i) => got[i]?.push(...heard(dish)));
    assert.ok(got.flat().length > before, 'it goes on');
  }
  await sending;
  for (const list of got) assert.ok(list.every((text, i) => text === `A:${i}`));
});

inWorld(radios, 'noDrop: waits for all members of the group, whom nobody else holds up', async world => {
  const radio = await withMark(world, { noDrop: true, sendHighWaterMark: 5 });
  const slow = await dial(world, join('A'));
  const { back } = world.network.link;
  const quick = await listening(world, 'A');
  const elsewhere = await listening(world, 'B');
  back.freeze();
  const sent = await fillUp(world, radio, 'A', 'x'.repeat(10_000));
  assert.is(heard(quick).length, sent, 'nobody has got what somebody could not');
  assert.not.ok(radio.writable);
  assert.ok(radio.trySend('body', { group: 'B' }), 'none of its members is full');
  await world.settle();
  assert.equal(heard(elsewhere), ['B:body']);
  const waiting = ['1', '2'].map(body => fateOf(radio.send(body, { group: 'A' })));
  assert.not.ok(radio.trySend('body', { group: 'B' }), 'behind those who wait');
  await world.settle();
  assert.equal([waiting.map(({ now }) => now), heard(quick)], [['pending', 'pending'], []]);
  back.release();
  await world.settle();
  assert.equal(
    [waiting.map(({ now }) => now), heard(quick)],
    [
      ['fulfilled', 'fulfilled'],
      ['A:1', 'A:2'],
    ],
  );
  assert.equal(slow.messages.slice(-2), [
    ['A', '1'],
    ['A', '2'],
  ]);
});

inWorld(radios, 'noDrop: who waits goes on when the full member leaves the group, or goes', async world => {
  for (const how of ['leave', 'go'] as const) {
    const radio = await withMark(world, { noDrop: true, sendHighWaterMark: 2 });
    const slow = await dial(world, join('A'), join('A'));
    const { back } = world.network.link;
    const quick = await listening(world, 'A');
    back.freeze();
    const sent = await fillUp(world, radio, 'A', 'x'.repeat(10_000));
    const fate = fateOf(radio.send('last', { group: 'A' }));
    if (how === 'go') slow.destroy();
    else slow.write(leave('A'));
    await world.settle();
    if (how === 'leave') {
      assert.is(fate.now, 'pending', 'it had joined twice');
      slow.write(leave('A'));
      await world.settle();
    }
    assert.is(fate.now, 'fulfilled', how);
    assert.equal([heard(quick).length, heard(quick)], [sent + 1, []]);
    await world.close(quick);
    await world.close(radio, 0);
  }
});

inWorld(radios, 'noDrop: gives up after sendTimeout, or when the option is taken away', async world => {
  const radio = await withMark(world, { noDrop: true, sendHighWaterMark: 2, sendTimeout: 50 });
  await dial(world, join('A'));
  world.network.link.back.freeze();
  await fillUp(world, radio, 'A', 'x'.repeat(10_000));
  assert.is(await codeOfCall(() => world.until(radio.send('late', { group: 'A' }))), 'EAGAIN');
  assert.is(await codeOfCall(() => radio.send('late', { group: 'A', timeout: 0 })), 'EAGAIN');
  const fate = fateOf(radio.send('late', { group: 'A', timeout: -1 }));
  radio.options.noDrop = false;
  await world.settle();
  assert.is(fate.now, 'fulfilled');
});

inWorld(radios, 'gives every message, once, to a peer that cannot say what it wants', async world => {
  const { options, context } = world.open(Radio);
  const pattern = new RadioPattern({ readable: () => undefined, writable: () => undefined }, options, context);
  const [all, some] = [Object.assign(new FakePeer(1, { highWaterMark: 3 }), { unfiltered: true }), new FakePeer(2)];
  for (const peer of [all, some]) {
    pattern.attach(peer);
    pattern.connected(peer);
  }
  some.inbound.write([Buffer.from('\x01a')]);
  const sent = ['a', 'b', ''].map(group => [Buffer.from(group), Buffer.from('body')]);
  for (const each of sent) assert.ok(pattern.trySend(each));
  assert.equal([all.outbound.size, some.outbound.size], [3, 1]);
  assert.is(all.outbound.read(), sent[0]);
  pattern.disconnected(all);
  pattern.detach(all);
  pattern.trySend(sent[0] ?? []);
  assert.equal([all.outbound.size, some.outbound.size], [2, 2]);
  await world.settle();
});

inWorld(radios, 'keeps nothing of a peer that goes while its groups are taken in', async world => {
  const { options, context } = world.open(Radio);
  const pattern = new RadioPattern({ readable: () => undefined, writable: () => undefined }, options, context);
  const peer = new FakePeer(1);
  pattern.attach(peer);
  pattern.connected(peer);
  peer.inbound.writeAll(Array.from({ length: 3000 }, (_, i) => [Buffer.from(`\x01${i}`)]));
  pattern.trySend([Buffer.from('0'), Buffer.from('body')]);
  pattern.trySend([Buffer.from('2999'), Buffer.from('body')]);
  assert.is(peer.outbound.size, 1, 'they are not all there yet');
  pattern.disconnected(peer);
  await world.settle();
  for (const group of ['0', '2999']) pattern.trySend([Buffer.from(group), Buffer.from('body')]);
  assert.equal([peer.outbound.size, peer.inbound.size, pattern.sweep(1)], [1, 0, 0]);
});

inWorld(radios, 'gives all its members the same octets, which nobody changes', async world => {
  const { radio, raw } = await onAir(world, join('A'));
  const other = await dial(world, join('A'));
  const inside = world.open(Dish);
  inside.join('A');
  await radio.bind('inproc://air');
  inside.connect('inproc://air');
  const body = Buffer.alloc(100_000, 'n');
  await radio.send(body, { group: 'A' });
  await world.settle();
  assert.equal([raw.messages[0]?.[1]?.length, other.messages[0]?.[1]?.length], [100_000, 100_000]);
  assert.is(inside.tryReceive()?.[0].buffer, body.buffer);
  assert.ok(body.every(octet => octet === 0x6e));
});

inWorld(radios, 'has room for memberships whatever the marks', async world => {
  const radio = await withMark(world, { sendHighWaterMark: 1 });
  const groups = Array.from({ length: 5000 }, (_, i) => `g${i}`);
  const raw = await dial(world, ...groups.map(join));
  await send(world, radio, 'g0');
  await send(world, radio, 'g4999');
  assert.equal(groupsOf(raw), ['g0', 'g4999']);
});

inWorld(radios, 'is always writable and never readable', async world => {
  const radio = world.open(Radio);
  assert.equal([radio.writable, radio.readable, radio.type], [true, false, 'RADIO']);
  await radio.send('for nobody', { group: 'A' });
  assert.ok(radio.trySend('for nobody', { group: 'A' }));
  assert.not.ok('receive' in radio);
});

inWorld(radios, 'refuses what is no message of one part, or has no group, at once', async world => {
  const radio = world.open(Radio);
  const A = { group: 'A' };
  const calls: [string, (...given: never[]) => unknown][] = [
    ['send', radio.send.bind(radio)],
    ['trySend', radio.trySend.bind(radio)],
  ];
  for (const [name, call] of calls) {
    const codeOf = (...given: readonly unknown[]): string => {
      try {
        call(...(given as never[])); // what no TypeScript would let pass
      } catch (error) {
        if (error instanceof UsageError) return error.code;
        throw error;
      }
      return 'none';
    };
    for (const body of [['a', 'b'], [], ['', ''], undefined, {}]) assert.is(codeOf(body, A), 'EINVAL', name);
    for (const options of [undefined, {}, { group: undefined }, { group: null }, { group: 5 }, null, 'A']) {
      assert.is(codeOf('a', options), 'EINVAL', `${name} ${JSON.stringify(options)}`);
    }
    for (const group of ['x'.repeat(256), 'a\0', Buffer.alloc(256, 1), Buffer.of(0)]) {
      assert.is(codeOf('a', { group }), 'EINVAL', name);
    }
    for (const body of ['a', ['a'], Buffer.of(0), 5, null]) assert.is(codeOf(body, A), 'none', name);
  }
  const error = await errorOf(() => radio.send('a', { group: 'é'.repeat(128) }));
  assert.match(error instanceof Error ? error.message : '', 'group of 256 octets, limit 255');
});

inWorld(radios, 'does not send when it is closed, nor take what a signal has ended', async world => {
  const radio = world.open(Radio);
  const reason = new Error('enough');
  assert.is(await errorOf(() => radio.send('a', { group: 'A', signal: AbortSignal.abort(reason) })), reason);
  await world.close(radio);
  assert.is(await codeOfCall(() => radio.send('a', { group: 'A' })), 'EBADF');
});

radios.run();

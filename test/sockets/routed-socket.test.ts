/** What SERVER and PEER have in common: their peers have numbers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NoRouteError, UsageError } from '../../src/errors.ts';
import { Client } from '../../src/sockets/client.ts';
import { Peer } from '../../src/sockets/peer.ts';
import type { RoutedMessage, RoutedSocket } from '../../src/sockets/routed-socket.ts';
import { Server } from '../../src/sockets/server.ts';
import { message } from '../support/raw-zmtp.ts';
import { codeOfCall, errorOf, eventsOf, fateOf, fill, inWorld, type World } from '../support/world.ts';

/** A message, and the number of its sender. */
function told([body, from]: RoutedMessage): string {
  return `${Buffer.from(body).toString()} of ${from.routingId}`;
}

function heard(socket: RoutedSocket): string[] {
  const all: string[] = [];
  for (let message = socket.tryReceive(); message !== undefined; message = socket.tryReceive()) all.push(told(message));
  return all;
}

/** Whether one number comes directly behind another. */
function follows(id: number, before: number): boolean {
  return id === (before === 0xffff_ffff ? 1 : before + 1);
}

type Settings = ConstructorParameters<typeof Server>[0];

for (const [type, Type, other] of [
  ['SERVER', Server, 'CLIENT'],
  ['PEER', Peer, 'PEER'],
] as const) {
  const routed = suite(type);

  const open = (world: World, options: Settings = {}): RoutedSocket =>
    Type === Server ? world.open(Server, options) : world.open(Peer, options);

  /** Somebody who shakes hands and says a word, by hand. */
  const arrive = async (world: World, word: string, identity?: string) => {
    const raw = (await world.dialRaw('mem://hub')).shakeHands(other, identity === undefined ? {} : { identity });
    raw.write(message(word));
    await world.settle();
    return raw;
  };

  /** And the number that it has been given. */
  const meet = async (world: World, hub: RoutedSocket, word = 'hello') => {
    const raw = await arrive(world, word);
    const [, from] = hub.tryReceive() ?? [];
    if (from === undefined) throw new Error('it was not heard');
    return { raw, id: from.routingId };
  };

  const bound = async (world: World, options: Settings = {}): Promise<RoutedSocket> => {
    const hub = open(world, options);
    await hub.bind('mem://hub');
    return hub;
  };

  inWorld(
    routed,
    'gives each peer a number that is never zero, one after the other, whatever it calls itself',
    async world => {
      const hub = await bound(world);
      for (const word of ['a', 'b', 'c']) await arrive(world, word, 'same');
      const messages = [hub.tryReceive(), hub.tryReceive(), hub.tryReceive()];
      const ids = messages.map(each => each?.[1].routingId ?? 0);
      assert.ok(follows(ids[1] ?? 0, ids[0] ?? 0) && follows(ids[2] ?? 0, ids[1] ?? 0), String(ids));
      assert.not.ok(ids.includes(0));
    },
  );

  inWorld(routed, 'begins to count anywhere', async world => {
    const hub = await bound(world);
    const { id } = await meet(world, hub);
    const another = open(world);
    await another.bind('mem://another');
    const raw = (await world.dialRaw('mem://another')).shakeHands(other).write(message('x'));
    await world.settle();
    const next = another.tryReceive()?.[1].routingId ?? 0;
    assert.ok(Math.abs(next - id) > 1000, `${id} and ${next}`);
    assert.is(raw.closedWith, undefined);
  });

  inWorld(routed, 'sends to the peer of a number, and nothing of the number', async world => {
    const hub = await bound(world);
    const [a, b] = [await meet(world, hub), await meet(world, hub)];
    await hub.send('for b', { routingId: b.id });
    assert.ok(hub.trySend('for a', { routingId: a.id }));
    await world.settle();
    assert.equal([a.raw.messages, b.raw.messages], [[['for a']], [['for b']]]);
  });

  inWorld(routed, 'takes the second half of what it received for an address', async world => {
    const hub = await bound(world);
    const raw = await arrive(world, 'echo');
    const [body, from] = await hub.receive();
    await hub.send(body, from);
    await world.settle();
    assert.equal(raw.messages, [['echo']]);
    assert.ok(Object.isFrozen(from));
  });

  inWorld(routed, 'fails to send to a number that is nobody’s', async world => {
    const hub = await bound(world);
    for (const routingId of [0, 12345, 0xffff_ffff]) {
      for (const call of [() => hub.send('x', { routingId }), () => hub.trySend('x', { routingId })]) {
        const error = await errorOf(call);
        assert.ok(error instanceof NoRouteError);
        assert.is(error.code, 'EHOSTUNREACH');
        assert.match(error.message, String(routingId));
      }
      assert.is(await codeOfCall(() => hub.disconnectPeer(routingId)), 'EHOSTUNREACH');
    }
  });

  inWorld(routed, 'refuses what is no number of 32 bits, and no number at all', async world => {
    const hub = await bound(world);
    const { id } = await meet(world, hub);
    const wrong = [-1, 2 ** 32, id + 0.5, NaN, Infinity, String(id), null, undefined, {}, Buffer.from([1])] as number[];
    for (const routingId of wrong) {
      assert.is(await codeOfCall(() => hub.send('x', { routingId })), 'EINVAL', String(routingId));
      assert.is(await codeOfCall(() => hub.trySend('x', { routingId })), 'EINVAL', String(routingId));
      assert.is(await codeOfCall(() => hub.disconnectPeer(routingId)), 'EINVAL', String(routingId));
    }
    for (const options of [undefined, null, {}, 5, id, 'x'] as unknown as { routingId: number }[]) {
      const error = await errorOf(() => hub.send('x', options));
      assert.ok(error instanceof UsageError);
      assert.is(error.code, 'EINVAL');
      assert.match(error.message, 'routingId');
      assert.is(await codeOfCall(() => hub.trySend('x', options)), 'EINVAL');
    }
  });

  inWorld(routed, 'sends messages of one part, and says at once how many another has', async world => {
    const hub = await bound(world, { sendHighWaterMark: 1 });
    const { raw, id } = await meet(world, hub);
    await hub.send(['in a list'], { routingId: id });
    await world.settle();
    for (const parts of [[], ['a', 'b'], ['a', '', 'c']]) {
      const error = await errorOf(() => hub.send(parts, { routingId: id }));
      assert.ok(error instanceof UsageError);
      assert.is(error.code, 'EINVAL');
      assert.match(error.message, `message of ${parts.length} parts, a ${type}`);
      assert.is(await codeOfCall(() => hub.trySend(parts, { routingId: id })), 'EINVAL');
    }
    assert.equal(raw.messages, [['in a list']]);
  });

  inWorld(routed, 'discards messages of several parts, and counts them', async world => {
    const hub = await bound(world);
    const { raw, id } = await meet(world, hub);
    raw.write(message('a', 'b'), message('single'), message('c', 'd', 'e'), message('last'));
    await world.settle();
    assert.equal(heard(hub), [`single of ${id}`, `last of ${id}`]);
    assert.is(hub.stats().dropped.unexpected, 2);
  });

  inWorld(
    routed,
    'hears its peers fairly, and tells whose each message is, one by one and many at once',
    async world => {
      const hub = await bound(world);
      const peers = [await meet(world, hub), await meet(world, hub), await meet(world, hub)];
      const [a = 0, b = 0, c = 0] = peers.map(({ id }) => id);
      const speak = async (): Promise<void> => {
        peers[0]?.raw.write(message('a1'), message('a2'), message('a3'), message('a4'));
        await world.settle();
        peers[1]?.raw.write(message('b1'), message('b2'));
        peers[2]?.raw.write(message('c1'));
        await world.settle();
      };
      const fairly = [`a1 of ${a}`, `b1 of ${b}`, `c1 of ${c}`, `a2 of ${a}`, `b2 of ${b}`, `a3 of ${a}`, `a4 of ${a}`];
      await speak();
      // whoever speaks first has the first word
      assert.equal(heard(hub), fairly);
      await speak();
      assert.equal((await hub.receiveBatch()).map(told), fairly);
      await speak();
      assert.equal((await hub.receiveBatch({ max: 4 })).map(told), fairly.slice(0, 4));
      assert.equal((await hub.receiveBatch({ max: 2 })).map(told), fairly.slice(4, 6));
      assert.equal((await hub.receiveBatch({ max: 9 })).map(told), fairly.slice(6));
    },
  );

  inWorld(routed, 'gives a batch of one peer, who talks alone, its number too', async world => {
    const hub = await bound(world);
    const { raw, id } = await meet(world, hub);
    raw.write(...Array.from({ length: 10 }, (_, i) => message(`${i}`)));
    await world.settle();
    const batch = await hub.receiveBatch({ max: 7 });
    assert.equal(
      batch.map(told),
      Array.from({ length: 7 }, (_, i) => `${i} of ${id}`),
    );
    assert.is(new Set(batch.map(([, from]) => from)).size, 1, 'one object for all of them');
    assert.equal(
      heard(hub),
      [7, 8, 9].map(i => `${i} of ${id}`),
    );
  });

  inWorld(routed, 'serves who waits: by call, by batch, in a loop', async world => {
    const hub = await bound(world);
    const [one, two] = [hub.receive(), hub.receive()];
    const batch = hub.receiveBatch();
    const { raw } = { raw: (await world.dialRaw('mem://hub')).shakeHands(other) };
    raw.write(message('1'), message('2'), message('3'), message('4'));
    await world.settle();
    const [[first, from], [second]] = [await one, await two];
    assert.equal([first, second].map(String), ['1', '2']);
    assert.equal((await batch).map(told), [`3 of ${from.routingId}`, `4 of ${from.routingId}`]);
    const looped: string[] = [];
    const loop = (async () => {
      for await (const each of hub) looped.push(told(each));
    })();
    raw.write(message('5'));
    await world.settle();
    await world.close(hub);
    await loop;
    assert.equal(looped, [`5 of ${from.routingId}`]);
  });

  inWorld(routed, 'tells what a handshake has told of a sender, also for who waits', async world => {
    const hub = await bound(world);
    await arrive(world, 'a');
    const received = hub.tryReceiveFrom();
    assert.is(String(received?.message[0]), 'a');
    assert.is(received?.peer?.socketType, other);
    const waiting = hub.receiveFrom();
    await arrive(world, 'b');
    const { message: routedMessage, peer } = await waiting;
    assert.is(String(routedMessage[0]), 'b');
    assert.ok(follows(routedMessage[1].routingId, received?.message[1].routingId ?? 0));
    assert.not.equal(peer?.connectionId, received?.peer?.connectionId);
    assert.is(hub.tryReceiveFrom(), undefined);
  });

  inWorld(routed, 'is always writable, for whom is not said', async world => {
    const hub = open(world, { sendHighWaterMark: 1 });
    assert.ok(hub.writable);
    assert.not.ok(hub.readable);
    await hub.bind('mem://hub');
    const { id } = await meet(world, hub);
    world.network.link.back.freeze();
    fill({ trySend: text => hub.trySend(text, { routingId: id }) });
    assert.ok(hub.writable);
    await world.close(hub);
    assert.not.ok(hub.writable);
  });

  /** A peer that reads nothing, so that all its room is taken. */
  const meetFull = async (world: World, hub: RoutedSocket) => {
    const met = await meet(world, hub);
    const { link } = world.network;
    const lane = link.back;
    lane.freeze();
    const to = { trySend: (text: string) => hub.trySend(text, { routingId: met.id }) };
    let sent = 0;
    for (let more = fill(to); more > 0; more = fill(to, i => `${sent + i}`)) {
      sent += more;
      await world.settle();
    }
    return { ...met, link, lane, sent };
  };

  inWorld(routed, 'waits for room at a full peer, loses nothing, and keeps the order', async world => {
    const hub = await bound(world, { sendHighWaterMark: 3 });
    world.network.nature.bufferBytes = 100;
    const { raw, id, lane, sent } = await meetFull(world, hub);
    assert.not.ok(hub.trySend('no', { routingId: id }));
    const sending = hub.send('at last', { routingId: id });
    const fate = fateOf(sending);
    await world.settle();
    assert.is(fate.now, 'pending');
    lane.release();
    await world.settle();
    assert.is(fate.now, 'fulfilled');
    assert.is(raw.messages.length, sent + 1);
    assert.equal(raw.messages.at(-1), ['at last']);
    assert.is(hub.stats().dropped.highWaterMark, 0);
  });

  inWorld(
    routed,
    'holds up those behind who waits, whomever they are for, but for no longer than that',
    async world => {
      const hub = await bound(world, { sendHighWaterMark: 1 });
      const quick = await meet(world, hub);
      const full = await meetFull(world, hub);
      const first = fateOf(hub.send('for the full', { routingId: full.id, timeout: 100 }));
      const second = fateOf(hub.send('for the quick', { routingId: quick.id }));
      assert.not.ok(hub.trySend('not past them', { routingId: quick.id }));
      await world.settle();
      assert.equal([first.now, second.now], ['pending', 'pending']);
      await world.advance(100);
      hub.trySend('wakes nobody', { routingId: quick.id });
      await world.settle();
      assert.is(first.now, 'EAGAIN');
      assert.is(second.now, 'fulfilled');
      assert.equal(quick.raw.messages[0], ['for the quick']);
    },
  );

  inWorld(routed, 'lets who waits for a full peer leave: by time, by signal', async world => {
    const hub = await bound(world, { sendHighWaterMark: 1, sendTimeout: 70 });
    const { id, raw, lane } = await meetFull(world, hub);
    const abort = new AbortController();
    const own = fateOf(hub.send('a', { routingId: id, timeout: 50 }));
    const usual = fateOf(hub.send('b', { routingId: id }));
    const aborted = fateOf(hub.send('c', { routingId: id, timeout: -1, signal: abort.signal }));
    const now = fateOf(hub.send('d', { routingId: id, timeout: 0 }));
    await world.settle();
    assert.equal([own.now, usual.now, aborted.now, now.now], ['pending', 'pending', 'pending', 'EAGAIN']);
    await world.advance(50);
    assert.equal([own.now, usual.now], ['EAGAIN', 'pending']);
    await world.advance(20);
    assert.is(usual.now, 'EAGAIN');
    abort.abort(new Error('enough'));
    await world.settle();
    assert.match(aborted.now, 'enough');
    assert.is(await codeOfCall(() => hub.send('e', { routingId: id, timeout: -2 })), 'EINVAL');
    lane.release();
    await world.settle();
    for (const text of 'abcde') assert.not.ok(raw.messages.flat().includes(text), 'nothing of it was sent');
  });

  inWorld(routed, 'turns away who waits for a full peer that goes', async world => {
    const hub = await bound(world, { sendHighWaterMark: 1 });
    const quick = await meet(world, hub);
    const { id, link } = await meetFull(world, hub);
    const fates = ['a', 'b'].map(text => fateOf(hub.send(text, { routingId: id })));
    const behind = fateOf(hub.send('behind them', { routingId: quick.id }));
    await world.settle();
    link.cut();
    await world.settle();
    assert.equal(
      fates.map(({ now }) => now),
      ['EHOSTUNREACH', 'EHOSTUNREACH'],
    );
    assert.is(behind.now, 'fulfilled');
    assert.is(await codeOfCall(() => hub.send('late', { routingId: id })), 'EHOSTUNREACH');
  });

  inWorld(routed, 'turns away who waits when it is closed', async world => {
    const hub = await bound(world, { sendHighWaterMark: 1 });
    const { id } = await meetFull(world, hub);
    const [sending, receiving] = [fateOf(hub.send('x', { routingId: id })), fateOf(hub.receive())];
    void hub.close({ linger: 0 });
    await world.settle();
    assert.equal([sending.now, receiving.now], ['EBADF', 'EBADF']);
    for (const call of [
      () => hub.send('x', { routingId: id }),
      () => hub.trySend('x', { routingId: id }),
      () => hub.tryReceive(),
      () => hub.receiveBatch(),
      () => hub.disconnectPeer(id),
    ]) {
      assert.is(await codeOfCall(call), 'EBADF');
    }
  });

  inWorld(routed, 'still tells whose a message is when the peer has gone, and sends to it no more', async world => {
    const hub = await bound(world);
    const { raw, id } = await meet(world, hub);
    raw.write(message('1'), message('2'));
    await world.settle();
    raw.destroy();
    await world.settle();
    assert.is(await codeOfCall(() => hub.send('x', { routingId: id })), 'EHOSTUNREACH');
    const { id: next } = await meet(world, hub, 'next').catch(() => ({ id: 0 }));
    assert.is(next, id, 'what it had sent comes first');
    assert.equal(
      heard(hub)
        .map(text => text.split(' ')[0])
        .sort(),
      ['2', 'next'],
    );
  });

  inWorld(routed, 'gives a peer that comes again a number of its own', async world => {
    const hub = await bound(world);
    const before = await meet(world, hub);
    before.raw.destroy();
    await world.settle();
    const after = await meet(world, hub);
    assert.ok(follows(after.id, before.id));
    await hub.send('x', { routingId: after.id });
    await world.settle();
    assert.equal(after.raw.messages, [['x']]);
  });

  inWorld(
    routed,
    'keeps the number of an endpoint that it connects to, through losses, and what waits for it',
    async world => {
      const socket = open(world);
      const { peers } = await world.listenRaw('mem://there');
      await world.connect(socket, 'mem://there');
      peers[0]?.shakeHands(other).write(message('one'));
      await world.settle();
      const id = socket.tryReceive()?.[1].routingId ?? 0;
      peers[0]?.destroy();
      await world.settle();
      await socket.send('meanwhile', { routingId: id });
      await world.advance(1000);
      peers[1]?.shakeHands(other).write(message('two'));
      await world.settle();
      assert.equal(heard(socket), [`two of ${id}`]);
      assert.equal(peers[1]?.messages, [['meanwhile']]);
      socket.disconnect('mem://there');
      assert.is(await codeOfCall(() => socket.send('x', { routingId: id })), 'EHOSTUNREACH');
    },
  );

  inWorld(routed, 'that is immediate gives each connection a number of its own', async world => {
    const socket = open(world, { immediate: true });
    const { peers } = await world.listenRaw('mem://there');
    await world.connect(socket, 'mem://there');
    const ids: number[] = [];
    for (let i = 0; i < 2; i += 1) {
      peers[i]?.shakeHands(other).write(message('x'));
      await world.settle();
      ids.push(socket.tryReceive()?.[1].routingId ?? 0);
      peers[i]?.destroy();
      await world.advance(1000);
    }
    assert.ok(follows(ids[1] ?? 0, ids[0] ?? 0), String(ids));
    assert.is(await codeOfCall(() => socket.send('x', { routingId: ids[0] ?? 0 })), 'EHOSTUNREACH');
  });

  // disconnectPeer

  inWorld(
    routed,
    'disconnects a peer: what waits for it still leaves, what has come from it is dropped',
    async world => {
      const hub = await bound(world);
      const [gone, stays] = [await meet(world, hub), await meet(world, hub)];
      gone.raw.write(message('unread'), message('too'));
      await world.settle();
      for (let i = 0; i < 100; i += 1) await hub.send(`${i}`, { routingId: gone.id });
      hub.disconnectPeer(gone.id);
      gone.raw.write(message('too late'));
      stays.raw.write(message('of the other'));
      assert.is(await codeOfCall(() => hub.send('x', { routingId: gone.id })), 'EHOSTUNREACH');
      assert.is(await codeOfCall(() => hub.disconnectPeer(gone.id)), 'EHOSTUNREACH');
      await world.settle();
      assert.is(gone.raw.messages.length, 100);
      assert.is(gone.raw.closedWith, 'end');
      assert.equal(heard(hub), [`of the other of ${stays.id}`]);
      assert.is(hub.stats().dropped.unread, 2);
      assert.equal(hub.stats().queued, { send: 0, receive: 0 });
      assert.is(hub.peers().length, 1);
    },
  );

  inWorld(routed, 'disconnects a peer that holds back its messages, and takes nothing of them', async world => {
    const hub = await bound(world, { receiveHighWaterMark: 2 });
    const { raw, id } = await meet(world, hub);
    raw.write(...Array.from({ length: 50 }, (_, i) => message(`${i}`)));
    await world.settle();
    hub.disconnectPeer(id);
    assert.not.ok(hub.readable);
    assert.equal(heard(hub), [], 'at once');
    await world.settle();
    assert.equal(heard(hub), []);
    assert.equal(hub.stats().queued, { send: 0, receive: 0 });
    assert.is(raw.closedWith, 'end');
  });

  inWorld(routed, 'turns away who waits for a peer that it disconnects, and serves who is behind', async world => {
    const hub = await bound(world, { sendHighWaterMark: 1 });
    const quick = await meet(world, hub);
    const { id, lane } = await meetFull(world, hub);
    const fate = fateOf(hub.send('x', { routingId: id }));
    const behind = fateOf(hub.send('y', { routingId: quick.id }));
    hub.disconnectPeer(id);
    await world.settle();
    assert.equal([fate.now, behind.now], ['EHOSTUNREACH', 'fulfilled']);
    lane.release();
    await world.settle();
  });

  inWorld(routed, 'disconnects for good what it had connected to', async world => {
    const socket = open(world);
    const { peers } = await world.listenRaw('mem://there');
    await world.connect(socket, 'mem://there');
    peers[0]?.shakeHands(other).write(message('x'));
    await world.settle();
    const id = socket.tryReceive()?.[1].routingId ?? 0;
    await socket.send('good-bye', { routingId: id });
    socket.disconnectPeer(id);
    await world.advance(10_000);
    assert.equal(peers[0]?.messages, [['good-bye']]);
    assert.is(peers[0]?.closedWith, 'end');
    assert.is(peers.length, 1, 'nobody comes back');
    assert.equal(socket.peers(), []);
    assert.is(await codeOfCall(() => socket.disconnect('mem://there')), 'ENOENT');
  });

  // notices

  inWorld(routed, 'hears of a peer that goes, as if from it, unless it has sent it away itself', async world => {
    const hub = await bound(world, { disconnectMessage: 'gone' });
    const [a, b] = [await meet(world, hub), await meet(world, hub)];
    a.raw.write(message('last words'));
    a.raw.end();
    await world.settle();
    assert.equal(heard(hub), [`last words of ${a.id}`, `gone of ${a.id}`]);
    hub.disconnectPeer(b.id);
    await world.settle();
    assert.is(b.raw.closedWith, 'end');
    assert.equal(heard(hub), []);
    assert.equal(hub.stats().queued, { send: 0, receive: 0 });
  });

  inWorld(routed, 'says hello on each connection, first of all', async world => {
    const hub = await bound(world, { helloMessage: 'welcome' });
    const { raw, id } = await meet(world, hub);
    await hub.send('then this', { routingId: id });
    await world.settle();
    assert.equal(raw.messages, [['welcome'], ['then this']]);
  });

  inWorld(routed, 'refuses peers that are made for something else', async world => {
    const hub = await bound(world);
    const events = eventsOf(hub);
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER').write(message('x'));
    await world.settle();
    assert.is(events.find(event => event.type === 'disconnect')?.error?.code, 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
    assert.ok(raw.closedWith !== undefined);
    assert.equal(heard(hub), []);
  });

  inWorld(routed, 'on inproc it numbers, answers and lets go as anywhere', async world => {
    const hub = open(world, { disconnectMessage: 'gone' });
    await hub.bind('inproc://hub');
    const [near, far] = Type === Server ? [world.open(Client), world.open(Client)] : [undefined, undefined];
    const [left, right] = [near ?? world.open(Peer), far ?? world.open(Peer)];
    const ids = [left, right].map(socket => (socket instanceof Peer ? socket.connectPeer('inproc://hub') : 0));
    if (left instanceof Client) for (const each of [left, right]) each.connect('inproc://hub');
    const say = (socket: Client | Peer, text: string, routingId = 0): boolean =>
      socket instanceof Client ? socket.trySend(text) : socket.trySend(text, { routingId });
    say(left, 'l', ids[0]);
    say(right, 'r', ids[1]);
    const [one, two] = [await hub.receive(), await hub.receive()];
    assert.equal(
      [one, two].map(([body]) => body.toString()),
      ['l', 'r'],
    );
    assert.ok(follows(two[1].routingId, one[1].routingId));
    await hub.send('for r', two[1]);
    await hub.send('for l', one[1]);
    const first = (socket: Client | Peer): string => String(socket.tryReceive()?.[0]);
    assert.equal([first(left), first(right)], ['for l', 'for r']);
    await hub.send('last words', one[1]);
    say(left, 'unheard', ids[0]);
    hub.disconnectPeer(one[1].routingId);
    assert.is(await codeOfCall(() => hub.send('x', one[1])), 'EHOSTUNREACH');
    assert.is(first(left), 'last words');
    assert.equal(heard(hub), []);
    await world.close(right);
    assert.equal(heard(hub), [`gone of ${two[1].routingId}`]);
    assert.is(await codeOfCall(() => hub.send('x', two[1])), 'EHOSTUNREACH');
  });

  inWorld(routed, 'closes with its linger: what waits for a peer leaves, or is counted', async world => {
    const hub = await bound(world, { sendHighWaterMark: 0 });
    const { raw, id } = await meet(world, hub);
    const { link } = world.network;
    link.back.freeze();
    for (let i = 0; i < 10; i += 1) await hub.send(Buffer.alloc(100_000), { routingId: id });
    const closing = hub.close({ linger: 5000 });
    await world.advance(100);
    link.back.release();
    assert.equal(await world.until(closing), { dropped: 0 });
    assert.is(raw.messages.length, 10);
  });

  routed.run();
}

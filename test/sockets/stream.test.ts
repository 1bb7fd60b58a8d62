import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Stream } from '../../src/sockets/stream.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { framesOf, greeting, message, messagesOf, ready } from '../support/raw-zmtp.ts';
import {
  codeOfCall,
  drain,
  errorOf,
  eventsOf,
  fateOf,
  fill,
  inWorld,
  texts,
  typesOf,
  World,
} from '../support/world.ts';

/** What it has received, without the ids. */
function heard(stream: Stream): string[] {
  return drain(stream).map(([, octets = '']) => octets);
}

async function accepted(world: World, stream: Stream, endpoint: string): Promise<{ raw: RawPeer; id: Uint8Array }> {
  const raw = await world.dialRaw(endpoint);
  await world.settle();
  const [id = Buffer.of(), octets] = stream.tryReceive() ?? [];
  assert.is(octets?.length, 0);
  return { raw, id };
}

const notices = suite('STREAM notices');

inWorld(notices, 'tell when a connection has begun and ended, with its octets between', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const raw = await world.dialRaw('mem://here');
  await world.settle();
  raw.write(Buffer.from('one'));
  await world.settle();
  raw.write(Buffer.from('two'));
  raw.end();
  await world.settle();
  const messages = drain(stream);
  assert.equal(
    messages.map(([, octets]) => octets),
    ['', 'one', 'two', ''],
  );
  assert.is(new Set(messages.map(([id]) => id)).size, 1);
});

inWorld(notices, 'come with ids of five octets, each connection its own', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const ids = new Set<string>();
  for (let i = 0; i < 5; i += 1) {
    const { id } = await accepted(world, stream, 'mem://here');
    assert.equal([id.length, id[0]], [5, 0]);
    ids.add(Buffer.from(id).toString('hex'));
  }
  assert.is(ids.size, 5);
});

inWorld(notices, 'tell of each connection that this side makes, under one id', async world => {
  const listening = await world.listenRaw('mem://there');
  const stream = world.open(Stream);
  await world.connect(stream, 'mem://there');
  const [id = Buffer.of(), octets] = stream.tryReceive() ?? [];
  assert.is(octets?.length, 0);
  listening.peers[0]?.write(Buffer.from('first'));
  await world.settle();
  listening.peers[0]?.end();
  await world.settle();
  assert.equal(heard(stream), ['first', '']);
  await stream.send([id, 'meanwhile']);
  await world.advance(1000);
  assert.is(listening.peers[1]?.octets.toString(), 'meanwhile');
  listening.peers[1]?.write(Buffer.from('second'));
  await world.settle();
  const messages = drain(stream);
  assert.equal(
    messages.map(([, part]) => part),
    ['', 'second'],
  );
  assert.ok(messages.every(([name]) => name === Buffer.from(id).toString()));
});

inWorld(notices, 'are not given when they are switched off, and then only for peers that come later', async world => {
  const [silent, late] = [world.open(Stream, { notify: false }), world.open(Stream)];
  await silent.bind('mem://silent');
  await late.bind('mem://late');
  const [a, b] = [await world.dialRaw('mem://silent'), await world.dialRaw('mem://late')];
  await world.settle();
  silent.options.notify = true;
  late.options.notify = false;
  for (const raw of [a, b]) raw.write(Buffer.from('x')).end();
  await world.settle();
  assert.equal([heard(silent), heard(late)], [['x'], ['', 'x', '']]);
});

inWorld(notices, 'of an end are given even when no attempt follows', async world => {
  const listening = await world.listenRaw('mem://there');
  const stream = world.open(Stream, { reconnectInterval: 0 });
  stream.connect('mem://there', { routingId: 'it' });
  await world.settle();
  listening.peers[0]?.end();
  await world.settle();
  assert.equal(drain(stream), [
    ['it', ''],
    ['it', ''],
  ]);
  assert.is(await codeOfCall(() => stream.trySend(['it', 'x'])), 'EHOSTUNREACH');
});

inWorld(notices, 'are not given for ends of our own', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  await accepted(world, stream, 'mem://here');
  const listening = await world.listenRaw('mem://there');
  stream.connect('mem://there');
  await world.settle();
  assert.equal(heard(stream), ['']);
  await stream.unbind('mem://here');
  stream.disconnect('mem://there');
  await world.advance(5000);
  assert.equal(heard(stream), []);
  assert.is(listening.peers[0]?.closedWith, 'end');
});

inWorld(notices, 'of an end come after octets that a lowered mark has kept out', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const raw = await world.dialRaw('mem://here');
  raw.write(Buffer.from('one'));
  await world.settle();
  stream.options.receiveHighWaterMark = 1;
  raw.write(Buffer.from('two'));
  await world.settle();
  world.network.link.cut();
  await world.settle();
  const received: string[] = [];
  while (stream.readable) {
    received.push(...heard(stream));
    await world.settle();
  }
  assert.equal(received, ['', 'one', 'two', '']);
});

notices('come first and last, once each, and all octets between, however slowly they are received', async () => {
  const script = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 }),
    chunkBytes: fc.integer({ min: 1, max: 300 }),
    receiveHighWaterMark: fc.integer({ min: 0, max: 4 }),
    cut: fc.boolean(),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(script, async ({ sizes, chunkBytes, receiveHighWaterMark, cut, seed }) => {
      const world = new World(seed);
      world.network.nature.chunkBytes = chunkBytes;
      const stream = world.open(Stream, { receiveHighWaterMark });
      await stream.bind('mem://here');
      const raw = await world.dialRaw('mem://here');
      const received: string[] = [];
      const sent = sizes.map((size, i) => String.fromCharCode(97 + i).repeat(size));
      for (const text of sent) {
        raw.write(Buffer.from(text));
        await world.settle();
        const next = world.random() < 0.3 ? stream.tryReceive() : undefined;
        if (next !== undefined) received.push(texts(next)[1] ?? '?');
      }
      if (cut) world.network.link.cut();
      else raw.end();
      await world.settle();
      for (;;) {
        const next = stream.tryReceive();
        await world.settle();
        if (next !== undefined) received.push(texts(next)[1] ?? '?');
        else if (!stream.readable) break;
      }
      const [first, ...rest] = received;
      assert.equal([first, rest.pop()], ['', '']);
      assert.ok(rest.every(text => text !== ''));
      const all = sent.join('');
      if (cut) assert.ok(all.startsWith(rest.join('')));
      else assert.is(rest.join(''), all);
      await world.end();
    }),
    { numRuns: 150 },
  );
});

const sending = suite('STREAM sending');

inWorld(sending, 'puts octets on the wire as they are, in order', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  const parts = ['a', 'b'.repeat(8192), 'c'.repeat(8193), 'd', 'e'.repeat(100_000), 'f'];
  for (const part of parts) await stream.send([id, part]);
  await world.settle();
  assert.is(raw.octets.toString(), parts.join(''));
});

inWorld(sending, 'takes an id and octets, neither more nor less', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  for (const parts of [[id], [id, 'x', 'y'], [id, 'x', '']]) {
    const error = await errorOf(() => stream.send(parts));
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal([error.name, error.code], ['UsageError', 'EINVAL']);
    assert.match(error.message, new RegExp(`^message of ${parts.length} part`));
  }
  await stream.send([id, 'z']);
  await world.settle();
  assert.is(raw.octets.toString(), 'z');
});

inWorld(sending, 'fails at once for a connection that is not there, or no longer', async world => {
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  const error = await errorOf(() => stream.send(['nobody', 'x']));
  assert.ok(error instanceof Error && 'code' in error && 'errno' in error);
  assert.equal([error.name, error.code, error.errno], ['NoRouteError', 'EHOSTUNREACH', 113]);
  assert.ok(stream.trySend([id, 'x']));
  raw.end();
  await world.settle();
  assert.is(await codeOfCall(() => stream.trySend([id, 'x'])), 'EHOSTUNREACH');
  assert.equal(heard(stream), ['']);
});

inWorld(sending, 'waits for the one that is full, not for others', async world => {
  world.network.nature.bufferBytes = 1000;
  const stream = world.open(Stream, { sendHighWaterMark: 3 });
  await stream.bind('mem://here');
  const slow = await accepted(world, stream, 'mem://here');
  world.network.link.back.freeze();
  const quick = await accepted(world, stream, 'mem://here');
  for (let round = 0; round < 3; round += 1) {
    fill({ trySend: text => stream.trySend([slow.id, text.padEnd(50_000)]) });
    await world.settle();
  }
  assert.not.ok(stream.trySend([slow.id, 'x']));
  assert.ok(stream.writable);
  assert.ok(stream.trySend([quick.id, 'y']));
  const fate = fateOf(stream.send([slow.id, 'last']));
  await world.settle();
  assert.is(fate.now, 'pending');
  assert.is(quick.raw.octets.toString(), 'y');
  world.network.links[0]?.back.release();
  await world.settle();
  assert.is(fate.now, 'fulfilled');
  assert.ok(slow.raw.octets.toString().endsWith('last'));
});

inWorld(sending, 'that waits fails when the connection is lost', async world => {
  const stream = world.open(Stream, { sendHighWaterMark: 1 });
  await stream.bind('mem://here');
  const { id } = await accepted(world, stream, 'mem://here');
  world.network.link.back.freeze();
  for (let round = 0; round < 3; round += 1) {
    fill({ trySend: text => stream.trySend([id, text.padEnd(100_000)]) });
    await world.settle();
  }
  const fate = fateOf(stream.send([id, 'x']));
  await world.settle();
  assert.is(fate.now, 'pending');
  world.network.link.cut();
  await world.settle();
  assert.is(fate.now, 'EHOSTUNREACH');
});

inWorld(sending, 'that waits fails when we disconnect', async world => {
  const stream = world.open(Stream, { sendHighWaterMark: 1 });
  stream.connect('mem://nobody', { routingId: 'it' });
  assert.ok(stream.trySend(['it', 'x']));
  const fate = fateOf(stream.send(['it', 'y']));
  stream.disconnect('mem://nobody');
  await world.settle();
  assert.is(fate.now, 'EHOSTUNREACH');
});

const closing = suite('STREAM closing a connection');

inWorld(closing, 'lets all leave that was sent before, and takes no more', async world => {
  world.network.nature.bufferBytes = 1000;
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  const { back } = world.network.link;
  back.hold();
  for (let i = 0; i < 20; i += 1) await stream.send([id, String(i % 10).repeat(50_000)]);
  await stream.send([id, '']);
  assert.is(await codeOfCall(() => stream.trySend([id, 'x'])), 'EHOSTUNREACH');
  await world.advance(60_000); // no linger: a slow peer may take its time
  assert.is(raw.closedWith, undefined);
  back.release();
  await world.settle();
  assert.is(raw.octets.length, 1_000_000);
  assert.is(raw.closedWith, 'end');
  await world.settle();
  assert.equal(heard(stream), []);
});

inWorld(closing, 'forgets what was not received, and what still comes', async world => {
  const stream = world.open(Stream, { receiveHighWaterMark: 2 });
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  for (let i = 0; i < 5; i += 1) {
    raw.write(Buffer.from('unread'));
    await world.settle();
  }
  await stream.send([id, null]);
  assert.not.ok(stream.readable);
  raw.write(Buffer.from('late'));
  await world.settle();
  assert.equal(heard(stream), []);
  assert.is(raw.closedWith, 'end');
});

inWorld(closing, 'keeps its place behind sends that wait', async world => {
  const stream = world.open(Stream, { sendHighWaterMark: 1 });
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  world.network.link.back.freeze();
  const parts = Array.from({ length: 10 }, (_, i) => String(i).repeat(30_000));
  const fates = [...parts, ''].map(part => fateOf(stream.send([id, part])));
  await world.settle();
  assert.is(fates.at(-1)?.now, 'pending');
  world.network.link.back.release();
  await world.settle();
  assert.ok(fates.every(fate => fate.now === 'fulfilled'));
  assert.ok(raw.octets.toString() === parts.join(''));
  assert.is(raw.closedWith, 'end');
});

inWorld(closing, 'keeps its place where this side had connected, too', async world => {
  const listening = await world.listenRaw('mem://there');
  const stream = world.open(Stream, { sendHighWaterMark: 1 });
  stream.connect('mem://there', { routingId: 'it' });
  await world.settle();
  world.network.link.forth.freeze();
  const parts = Array.from({ length: 10 }, (_, i) => String(i).repeat(30_000));
  const fates = [...parts, ''].map(part => fateOf(stream.send(['it', part])));
  await world.settle();
  assert.is(fates.at(-1)?.now, 'pending');
  world.network.link.forth.release();
  await world.settle();
  assert.ok(listening.peers[0]?.octets.toString() === parts.join(''));
  assert.is(listening.peers[0].closedWith, 'end');
});

inWorld(closing, 'goes on while the peer is slow, and ends with the socket', async world => {
  const listening = await world.listenRaw('mem://there');
  const stream = world.open(Stream);
  stream.connect('mem://there', { routingId: 'it' });
  await world.settle();
  world.network.link.forth.freeze();
  for (const part of ['x'.repeat(100_000), 'y'.repeat(100_000), '']) await stream.send(['it', part]);
  await world.advance(60_000);
  assert.is(listening.peers[0]?.closedWith, undefined);
  const { link } = world.network;
  assert.equal(await world.close(stream, 10), { dropped: 2 });
  link.forth.release();
  await world.settle();
  assert.is(listening.peers[0]?.closedWith, 'end');
});

inWorld(closing, 'that this side had made, it does not make it again', async world => {
  const listening = await world.listenRaw('mem://there');
  const stream = world.open(Stream);
  stream.connect('mem://there', { routingId: 'it' });
  await world.settle();
  await stream.send(['it', 'bye']);
  await stream.send(['it', '']);
  await world.advance(60_000);
  assert.is(listening.peers.length, 1);
  assert.equal([listening.peers[0]?.octets.toString(), listening.peers[0]?.closedWith], ['bye', 'end']);
  assert.is(await codeOfCall(() => stream.disconnect('mem://there')), 'ENOENT');
  assert.equal(heard(stream), []); // the notice had not been received yet
});

inWorld(
  closing,
  'before it is there: what was sent leaves when it is, and nothing waits for it otherwise',
  async world => {
    const stream = world.open(Stream);
    stream.connect('mem://nobody', { routingId: 'idle' });
    stream.connect('mem://later', { routingId: 'busy' });
    await stream.send(['busy', 'hello']);
    for (const id of ['idle', 'busy']) await stream.send([id, '']);
    await world.advance(1000);
    const listening = await world.listenRaw('mem://later');
    const { attempts } = world.network;
    await world.advance(60_000);
    assert.is(world.network.attempts, attempts + 1);
    assert.equal(
      listening.peers.map(peer => peer.octets.toString()),
      ['hello'],
    );
  },
);

inWorld(closing, 'does no harm when the socket is closed at the same time', async world => {
  const listening = await world.listenRaw('mem://there');
  const stream = world.open(Stream);
  await stream.bind('mem://here');
  const { raw, id } = await accepted(world, stream, 'mem://here');
  stream.connect('mem://there', { routingId: 'it' });
  await world.settle();
  for (const name of [id, 'it']) {
    await stream.send([name, 'bye']);
    await stream.send([name, '']);
  }
  assert.equal(await world.close(stream), { dropped: 0 });
  assert.equal([raw.octets.toString(), listening.peers[0]?.octets.toString()], ['bye', 'bye']);
});

const names = suite('STREAM ids');

inWorld(names, 'that are chosen can be sent to before there is a connection', async world => {
  const stream = world.open(Stream);
  stream.connect('mem://there', { routingId: 'it' });
  stream.connect('mem://there', { routingId: Buffer.of(1, 0, 255) });
  assert.ok(stream.trySend(['it', 'early']));
  assert.ok(stream.trySend([Buffer.of(1, 0, 255), 'too']));
  const { peers } = await world.listenRaw('mem://there');
  await world.advance(1000);
  assert.equal(peers.map(peer => peer.octets.toString()).sort(), ['early', 'too']);
  for (const peer of peers) peer.write(peer.octets);
  await world.settle();
  const messages = drain(stream).filter(([, octets]) => octets !== '');
  assert.equal(messages.sort(), [
    [Buffer.of(1, 0, 255).toString(), 'too'],
    ['it', 'early'],
  ]);
});

inWorld(names, 'are refused when they are taken, and nothing has been connected then', async world => {
  const stream = world.open(Stream);
  stream.connect('mem://a', { routingId: 'it' });
  await world.settle();
  const before = world.network.attempts;
  for (const endpoint of ['mem://a', 'mem://b']) {
    assert.is(
      await codeOfCall(() => stream.connect(endpoint, { routingId: Buffer.from('it') })),
      'ERR_ZMTP_ROUTING_ID_TAKEN',
    );
  }
  assert.is(stream.lastEndpoint, 'mem://a');
  assert.is(world.network.attempts, before);
  stream.disconnect('mem://a');
  stream.connect('mem://b', { routingId: 'it' });
  await stream.send(['it', '']);
  stream.connect('mem://b', { routingId: 'it' });
});

inWorld(names, 'that cannot be are refused', async world => {
  const stream = world.open(Stream);
  for (const routingId of ['', Buffer.of(), Buffer.of(0, 1), Buffer.alloc(256, 1)]) {
    assert.is(await codeOfCall(() => stream.connect('mem://a', { routingId })), 'EINVAL');
  }
  for (const options of [null, 'it', 5, { routingId: 5 }, { routingId: null }, { routingID: 'it' }]) {
    // what TypeScript would not let pass
    assert.is(await codeOfCall(() => stream.connect('mem://a', options as object)), 'EINVAL');
  }
  assert.is(stream.lastEndpoint, null);
  stream.connect('mem://a', { routingId: Buffer.alloc(255, 1) });
  await world.close(stream);
  assert.is(await codeOfCall(() => stream.connect('mem://a', { routingId: 'it' })), 'EBADF');
});

inWorld(names, 'do not change with the octets they were made of', async world => {
  await world.listenRaw('mem://there');
  const stream = world.open(Stream);
  const routingId = Buffer.from('it');
  stream.connect('mem://there', { routingId });
  routingId.fill('x');
  assert.ok(stream.trySend(['it', 'y']));
  await world.settle();
  assert.is(String(stream.tryReceive()?.[0]), 'it'); // a Buffer, as other parts are
});

const stream = suite('STREAM');

inWorld(stream, 'is writable from the start, and readable when something has come', async world => {
  const one = world.open(Stream);
  assert.equal([one.type, one.writable, one.readable, one.tryReceive()], ['STREAM', true, false, undefined]);
  await one.bind('mem://here');
  await world.dialRaw('mem://here');
  await world.settle();
  assert.ok(one.readable);
  await world.close(one);
  assert.equal([one.writable, one.readable], [false, false]);
});

inWorld(stream, 'says nothing by itself, shakes no hands and waits for none', async world => {
  const one = world.open(Stream, { handshakeInterval: 1000, heartbeatInterval: 100 });
  const events = eventsOf(one);
  await one.bind('mem://here');
  const { raw } = await accepted(world, one, 'mem://here');
  assert.is(world.clock.timers, 0);
  await world.advance(60_000);
  assert.equal([raw.octets.length, raw.closedWith], [0, undefined]);
  raw.end();
  await world.settle();
  assert.is(typesOf(events), 'bind accept disconnect');
});

inWorld(stream, 'tells of its attempts and connections as others do', async world => {
  const listening = await world.listenRaw('mem://there');
  const one = world.open(Stream);
  const events = eventsOf(one);
  await world.connect(one, 'mem://there');
  listening.peers[0]?.end();
  await listening.stop();
  await world.advance(250);
  assert.ok(
    typesOf(events).startsWith('connect:delay connect disconnect connect:retry connect:delay close connect:retry'),
    typesOf(events),
  );
});

inWorld(stream, 'hears its peers in turn', async world => {
  const one = world.open(Stream, { notify: false });
  await one.bind('mem://here');
  const [a, b] = [await world.dialRaw('mem://here'), await world.dialRaw('mem://here')];
  for (let i = 0; i < 3; i += 1) {
    for (const [raw, name] of [[a, 'a'] as const, [b, 'b'] as const]) {
      raw.write(Buffer.from(name));
      await world.settle();
    }
  }
  assert.is(heard(one).join(''), 'ababab');
});

inWorld(stream, 'reads no more than there is room for', async world => {
  world.network.nature.chunkBytes = 100;
  const one = world.open(Stream, { receiveHighWaterMark: 5 });
  await one.bind('mem://here');
  const { raw } = await accepted(world, one, 'mem://here');
  raw.write(Buffer.alloc(10_000, 'x'));
  await world.settle();
  const { forth } = world.network.link;
  assert.ok(forth.arrivedBytes <= 700, `${forth.arrivedBytes} octets for 5 messages of 100`);
  let octets = 0;
  while (octets < 10_000) octets += (await one.receive())[1]?.length ?? 0;
});

inWorld(stream, 'sends what is queued before it closes, and says what it could not', async world => {
  const listening = await world.listenRaw('mem://there');
  const one = world.open(Stream, { linger: 500 });
  one.connect('mem://there', { routingId: 'there' });
  one.connect('mem://nobody', { routingId: 'nobody' });
  for (const id of ['there', 'nobody', 'nobody']) await one.send([id, 'x']);
  assert.equal(await world.close(one), { dropped: 2 });
  assert.is(listening.peers[0]?.octets.toString(), 'x');
});

inWorld(stream, 'talks to another of its kind', async world => {
  const [left, right] = [world.open(Stream), world.open(Stream)];
  await left.bind('mem://left');
  right.connect('mem://left', { routingId: 'left' });
  await right.send(['left', 'hello']);
  const [id = '', began] = await left.receive();
  assert.is(began?.length, 0);
  assert.is(texts(await left.receive())[1], 'hello');
  await left.send([id, 'bye']);
  await left.send([id, '']);
  await world.settle();
  assert.equal(heard(right), ['', 'bye', '']);
  await world.advance(1000);
  assert.equal([heard(left), heard(right)], [[''], ['']]); // it has come again
});

inWorld(stream, 'can play a DEALER by hand', async world => {
  const dealer = world.open(Dealer);
  await dealer.bind('mem://dealer');
  const one = world.open(Stream, { notify: false });
  one.connect('mem://dealer', { routingId: 'dealer' });
  await one.send(['dealer', greeting()]);
  await one.send(['dealer', ready('DEALER', '')]);
  await one.send(['dealer', message('question', '')]);
  assert.equal(texts(await dealer.receive()), ['question', '']);
  await dealer.send(['answer', 'x']);
  await world.settle();
  const octets: Uint8Array[] = [];
  for (let next = one.tryReceive(); next !== undefined; next = one.tryReceive()) octets.push(next[1] ?? Buffer.of());
  assert.equal(messagesOf(framesOf(Buffer.concat(octets))), [['answer', 'x']]);
});

notices.run();
sending.run();
closing.run();
names.run();
stream.run();

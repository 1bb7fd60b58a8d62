/** What a socket's type has no use for: counted where octets come in, and never in anybody's way. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RECEIVING } from '../../src/sockets/option-table.ts';
import type { ReceiveOptions } from '../../src/sockets/options.ts';
import { PullPattern } from '../../src/sockets/pull.ts';
import { ReceivingSocket } from '../../src/sockets/receiving-socket.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { command, frame, message } from '../support/raw-zmtp.ts';
import { drain, eventsOf, inWorld, type World } from '../support/world.ts';
import { PARTNERS } from '../support/zmtp-side.ts';

const discarded = suite('what is discarded');

/** A socket that shows whatever its connections let through, of any type. */
function receiverOf(type: SocketType): new (options?: ReceiveOptions) => ReceivingSocket<PullPattern> {
  return class extends ReceivingSocket<PullPattern> {
    constructor(options: ReceiveOptions = {}) {
      super({ type, ownOptions: RECEIVING, pattern: events => new PullPattern(events) }, options);
    }
  };
}

/** A bound socket of that type. */
async function bound(
  world: World,
  type: SocketType,
  options: ReceiveOptions = {},
): Promise<ReceivingSocket<PullPattern>> {
  const socket = world.open(receiverOf(type), options);
  await socket.bind('mem://sink');
  return socket;
}

/** One of its peers, by hand. */
async function peer(world: World, type: SocketType): Promise<Awaited<ReturnType<World['dialRaw']>>> {
  const raw = (await world.dialRaw('mem://sink')).shakeHands(PARTNERS[type]);
  await world.settle();
  return raw;
}

for (const type of ['CLIENT', 'SERVER', 'PEER', 'GATHER', 'CHANNEL'] as const) {
  inWorld(discarded, `of a ${type} is counted as unexpected, and not as received`, async world => {
    const socket = await bound(world, type);
    const raw = await peer(world, type);
    raw.write(message('a'), message('b', 'c'), message('d'), message('', '', ''));
    await world.settle();
    assert.equal(drain(socket), [['a'], ['d']]);
    const { messagesReceived, dropped, queued } = socket.stats();
    assert.equal([messagesReceived, dropped.unexpected, queued.receive], [2, 2, 0]);
    raw.write(message('e', 'f'), message('g'));
    await world.settle();
    assert.equal(drain(socket), [['g']]);
    assert.is(socket.stats().dropped.unexpected, 3);
    assert.is(raw.closedWith, undefined);
  });
}

inWorld(discarded, 'of a RADIO is all that is no membership', async world => {
  const socket = await bound(world, 'RADIO');
  const raw = await peer(world, 'RADIO');
  raw.write(message('a'), command('JOIN', 'g'), message('b', 'c'), message('\x01g'), command('LEAVE', 'g'));
  await world.settle();
  assert.equal(drain(socket), [['\x01g'], ['\x00g']]);
  assert.equal([socket.stats().messagesReceived, socket.stats().dropped.unexpected], [2, 3]);
});

inWorld(discarded, 'is counted of each connection, of those that have gone too', async world => {
  const socket = await bound(world, 'SERVER');
  for (let i = 1; i <= 3; i += 1) {
    const raw = await peer(world, 'SERVER');
    raw.write(message('a', 'b'), message(`${i}`));
    await world.settle();
    raw.destroy();
    await world.settle();
    assert.is(socket.stats().dropped.unexpected, i);
  }
  assert.equal(drain(socket), [['1'], ['2'], ['3']]);
});

inWorld(discarded, 'is no half message that ends with its connection', async world => {
  const socket = await bound(world, 'SERVER');
  const [lost, other] = [await peer(world, 'SERVER'), await peer(world, 'SERVER')];
  lost.write(message('a'), frame(1, 'half'));
  await world.settle();
  other.write(message('b'), frame(1, 'half of another'));
  await world.settle();
  lost.destroy();
  await world.settle();
  other.write(frame(0, 'its end'), message('c'));
  await world.settle();
  assert.equal(drain(socket), [['a'], ['b'], ['c']]);
  assert.is(socket.stats().dropped.unexpected, 1);
});

inWorld(discarded, 'needs no room in the pipe, and takes none', async world => {
  const socket = await bound(world, 'GATHER', { receiveHighWaterMark: 2 });
  const raw = await peer(world, 'GATHER');
  raw.write(...Array.from({ length: 100 }, () => message('x', 'y')), message('a'), message('b'));
  await world.settle();
  assert.equal([socket.stats().queued.receive, socket.stats().dropped.unexpected], [2, 100]);
  raw.write(message('c'), message('x', 'y'), message('d'));
  await world.settle();
  assert.is(socket.stats().dropped.unexpected, 100, 'what stands behind a full pipe is not read yet');
  assert.equal(drain(socket), [['a'], ['b']]);
  await world.settle();
  assert.equal(drain(socket), [['c'], ['d']]);
  assert.is(socket.stats().dropped.unexpected, 101);
});

inWorld(discarded, 'is counted before the end that follows it in the same octets', async world => {
  const socket = await bound(world, 'SERVER');
  const raw = await peer(world, 'SERVER');
  raw.write(Buffer.concat([message('a', 'b'), frame(4, '')]));
  await world.advance(2000);
  assert.ok(raw.closedWith);
  assert.is(socket.stats().dropped.unexpected, 1);
});

const MALFORMED = {
  'a message of one frame to a DISH': ['DISH', message('b')],
  'a message of three frames to a DISH': ['DISH', message('g', 'b', 'c')],
  'a group of 256 octets to a DISH': ['DISH', message(Buffer.alloc(256), 'b')],
  'a group of 256 octets to a RADIO': ['RADIO', command('JOIN', Buffer.alloc(256))],
} as const satisfies Record<string, readonly [SocketType, Buffer]>;

const GOOD = { DISH: [message('g', 'b'), ['g', 'b']], RADIO: [command('JOIN', 'g'), ['\x01g']] } as const;

const malformed = suite('a malformed group');

for (const [what, [type, octets]] of Object.entries(MALFORMED)) {
  inWorld(malformed, `in ${what} ends that connection with an event, and no other`, async world => {
    const socket = await bound(world, type);
    const events = eventsOf(socket);
    const [bad, good] = [await peer(world, type), await peer(world, type)];
    const [sound, parts] = GOOD[type];
    bad.write(sound, octets, sound);
    await world.advance(2000);
    assert.ok(bad.closedWith);
    const ends = events.filter(event => event.type === 'disconnect');
    assert.equal(
      ends.map(({ error }) => error?.code),
      ['ERR_ZMTP_MALFORMED_GROUP'],
    );
    good.write(sound);
    await world.settle();
    assert.equal(drain(socket), [[...parts], [...parts]]);
    assert.is(good.closedWith, undefined);
  });
}

discarded.run();
malformed.run();

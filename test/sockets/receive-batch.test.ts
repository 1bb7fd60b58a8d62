/** `receiveBatch()` against many peers, other receivers, marks, filters, signals, time and the end of the socket. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../src/message.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { frame, message, ping } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, eventsOf, fateOf, inWorld, texts, World } from '../support/world.ts';

const batch = suite('receiveBatch()');

/** Peers by hand of a bound socket. */
async function peersOf(world: World, count: number, type = 'PUSH'): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let i = 0; i < count; i += 1) peers.push((await world.dialRaw('mem://hub')).shakeHands(type));
  await world.settle();
  return peers;
}

/** Messages `a0`, `a1` … in one chunk. */
function chunk(name: string, count: number, from = 0): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, i) => message(`${name}${from + i}`)));
}

function words(messages: readonly Message[]): string[] {
  return messages.map(each => texts(each).join('|'));
}

for (const Type of [Pull, Dealer] as const) {
  inWorld(batch, `takes from all peers of a ${Type.name} in turn`, async world => {
    const socket = world.open<Pull | Dealer, object>(Type);
    await socket.bind('mem://hub');
    const peers = await peersOf(world, 3, Type === Pull ? 'PUSH' : 'DEALER');
    for (const [i, name] of ['a', 'b', 'c'].entries()) peers[i]?.write(chunk(name, 100));
    await world.settle();
    const seen: Record<string, number> = {};
    while (socket.readable) {
      const taken = words(await socket.receiveBatch({ max: 7 }));
      assert.is(taken.length, Math.min(7, 300 - Object.values(seen).reduce((sum, each) => sum + each, 0)));
      for (const word of taken) {
        const name = word.charAt(0);
        assert.is(word, `${name}${seen[name] ?? 0}`, 'each peer in its own order');
        seen[name] = (seen[name] ?? 0) + 1;
      }
      const counts = ['a', 'b', 'c'].map(name => seen[name] ?? 0);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
    }
    assert.equal(seen, { a: 100, b: 100, c: 100 });
  });
}

inWorld(batch, 'lets nobody wait behind a flood for longer than a turn', async world => {
  const pull = world.open(Pull, { receiveHighWaterMark: 50 });
  await pull.bind('mem://hub');
  const [flood, quiet] = await peersOf(world, 2);
  flood?.write(chunk('f', 1000));
  await world.settle();
  await pull.receiveBatch({ max: 10 });
  quiet?.write(message('q'));
  await world.settle();
  assert.ok(words(await pull.receiveBatch({ max: 2 })).includes('q'));
});

for (const mark of [1, 2, 3, 10]) {
  inWorld(batch, `never finds more than the mark of ${mark}, however large the chunk`, async world => {
    const pull = world.open(Pull, { receiveHighWaterMark: mark });
    await pull.bind('mem://hub');
    const [peer] = await peersOf(world, 1);
    peer?.write(chunk('', 500), ping(0), chunk('', 500, 500));
    const received: string[] = [];
    while (received.length < 1000) {
      await world.settle();
      // tryReceive() takes all there is before the engine can decode more
      const taken = received.length % 2 === 0 ? words(await pull.receiveBatch()) : drain(pull).flat();
      assert.ok(taken.length >= 1 && taken.length <= mark, `${taken.length} messages`);
      received.push(...taken);
    }
    assert.equal(
      received,
      Array.from({ length: 1000 }, (_, i) => `${i}`),
    );
  });
}

inWorld(batch, 'keeps to a mark that was lowered while more than that waited', async world => {
  const pull = world.open(Pull, { receiveHighWaterMark: 100 });
  await pull.bind('mem://hub');
  const [peer] = await peersOf(world, 1);
  peer?.write(chunk('', 300));
  await world.settle();
  pull.options.receiveHighWaterMark = 10;
  assert.is((await pull.receiveBatch()).length, 100, 'what had come stays');
  let received = 100;
  while (received < 300) {
    await world.settle();
    const taken = await pull.receiveBatch();
    assert.ok(taken.length <= 10, `${taken.length}`);
    received += taken.length;
  }
});

inWorld(batch, 'has one message for each who waits, and the rest for who asked for a batch', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://hub');
  const [peer] = await peersOf(world, 1);
  const calls = [pull.receive(), pull.receiveBatch({ max: 3 }), pull.receive(), pull.receiveBatch()];
  peer?.write(chunk('', 8));
  await world.settle();
  const [first, some, second, rest] = await Promise.all(calls);
  assert.equal(
    [first, second].map(each => texts(each as Message)),
    [['0'], ['2']],
  );
  assert.equal(
    [words(some as Message[]), words(rest as Message[])],
    [
      ['1', '4', '5'],
      ['3', '6', '7'],
    ],
  );
});

inWorld(batch, 'skips what a SUB does not want, and never gives a batch of nothing', async world => {
  const sub = world.open(Subscriber);
  sub.subscribe('a');
  await sub.bind('mem://hub');
  const [peer] = await peersOf(world, 1, 'PUB');
  peer?.write(chunk('x', 10));
  await world.settle();
  const waiting = sub.receiveBatch({ max: 2 });
  const fate = fateOf(waiting);
  peer?.write(chunk('y', 10));
  await world.settle();
  assert.is(fate.now, 'pending');
  peer?.write(chunk('z', 10), chunk('a', 3), chunk('z', 10));
  await world.settle();
  assert.equal(words(await waiting), ['a0', 'a1']);
  assert.equal(words(await sub.receiveBatch()), ['a2']);
  assert.is(await codeOfCall(() => sub.receiveBatch({ timeout: 0 })), 'EAGAIN');
});

inWorld(batch, 'of an XSUB is given to one call, in order', async world => {
  const xsub = world.open(XSubscriber);
  await xsub.bind('mem://hub');
  await xsub.send(Buffer.of(1));
  const [peer] = await peersOf(world, 1, 'PUB');
  peer?.write(chunk('', 20));
  await world.settle();
  assert.is((await xsub.receiveBatch({ max: 15 })).length, 15);
  assert.is((await xsub.receiveBatch({ max: 15 })).length, 5);
});

inWorld(batch, 'is a single message where a reply is due, or a request', async world => {
  const [reply, first, second] = [world.open(Reply), world.open(Request), world.open(Request)];
  await reply.bind('mem://hub');
  first.connect('mem://hub');
  second.connect('mem://hub');
  await Promise.all([first.send('1'), second.send('2')]);
  await world.settle();
  assert.equal(words(await reply.receiveBatch()), ['1']);
  await reply.send('one');
  const waiting = first.receiveBatch();
  await world.settle();
  assert.equal(words(await waiting), ['one']);
  assert.equal(words(await reply.receiveBatch({ max: 5 })), ['2']);
});

inWorld(batch, 'of a ROUTER has who sent each message in front of it', async world => {
  const router = world.open(Router);
  await router.bind('mem://hub');
  const peers = [];
  for (const identity of ['A', 'B']) peers.push((await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity }));
  await world.settle();
  for (const peer of peers) peer.write(chunk('', 2));
  await world.settle();
  assert.equal(words(await router.receiveBatch()).sort(), ['A|0', 'A|1', 'B|0', 'B|1']);
});

inWorld(batch, 'whose signal ends it takes nothing; one that ends too late has it all', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://hub');
  const [peer] = await peersOf(world, 1);
  const before = new AbortController();
  const ended = fateOf(pull.receiveBatch({ signal: before.signal }));
  before.abort('enough');
  await world.settle();
  assert.is(ended.now, 'enough');
  peer?.write(chunk('', 3));
  await world.settle();
  assert.is(await pull.receiveBatch({ signal: before.signal }).catch((reason: unknown) => reason), 'enough');
  const late = new AbortController();
  const got = pull.receiveBatch({ signal: late.signal });
  late.abort('too late');
  assert.equal(words(await got), ['0', '1', '2']);
});

inWorld(batch, 'that is served in the turn in which it is aborted or its time is up is served', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://hub');
  const [peer] = await peersOf(world, 1);
  const control = new AbortController();
  const stop = pull.watch(() => {
    control.abort('in the midst of it');
  });
  const got = pull.receiveBatch({ signal: control.signal, timeout: 100 });
  peer?.write(chunk('', 3));
  await world.settle();
  stop();
  assert.ok(control.signal.aborted);
  assert.equal(words(await got), ['0', '1', '2']);
  await world.advance(200);
});

inWorld(
  batch,
  'that waits when the socket is closed is turned away; one that was served has its message',
  async world => {
    const pull = world.open(Pull);
    await pull.bind('mem://hub');
    const [peer] = await peersOf(world, 1);
    const served = pull.receiveBatch();
    const stop = pull.watch(() => {
      void pull.close();
    });
    const turnedAway = fateOf(pull.receiveBatch());
    peer?.write(message('0'));
    await world.settle();
    stop();
    assert.equal(words(await served), ['0']);
    assert.is(turnedAway.now, 'EBADF');
    assert.is(await codeOfCall(() => pull.receiveBatch()), 'EBADF');
  },
);

inWorld(batch, 'has the good messages of a peer that is then cut off, and others go on', async world => {
  const pull = world.open(Pull, { maxMessageSize: 10, receiveHighWaterMark: 4 });
  const events = eventsOf(pull);
  await pull.bind('mem://hub');
  const [bad, good] = await peersOf(world, 2);
  bad?.write(Buffer.concat([chunk('b', 9), frame(0, 'far too long'), message('late')]));
  good?.write(chunk('g', 3));
  const received: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    await world.settle();
    if (pull.readable) received.push(...words(await pull.receiveBatch()));
  }
  assert.equal(
    received.filter(word => word.startsWith('b')),
    Array.from({ length: 9 }, (_, i) => `b${i}`),
  );
  assert.equal(
    received.filter(word => word.startsWith('g')),
    ['g0', 'g1', 'g2'],
  );
  const ends = events.filter(event => event.type === 'disconnect').map(({ error }) => error?.code);
  assert.equal(ends, ['ERR_ZMTP_FRAME_TOO_LARGE']);
  good?.write(message('still'));
  await world.settle();
  assert.equal(words(await pull.receiveBatch()), ['still']);
});

/** What may happen to a socket that several callers receive from. */
interface Act {
  readonly kind: 'send' | 'receive' | 'batch' | 'try' | 'abort' | 'advance' | 'settle';
  readonly n: number;
}

batch('whatever callers do, and give up: every message is received once, in order of its peer', async () => {
  const kinds = ['send', 'send', 'receive', 'batch', 'batch', 'try', 'abort', 'advance', 'settle'] as const;
  const anyAct = fc.record<Act>({ kind: fc.constantFrom(...kinds), n: fc.integer({ min: 1, max: 12 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(anyAct, { maxLength: 40 }), fc.constantFrom(0, 1, 2, 5, 1000), async (acts, mark) => {
      const world = new World();
      const pull = world.open(Pull, { receiveHighWaterMark: mark });
      await pull.bind('mem://hub');
      const peers = await peersOf(world, 2);
      const received: string[] = [];
      const sent = [0, 0];
      const aborts: AbortController[] = [];
      const take = (messages: Promise<readonly Message[]>): void => {
        messages.then(
          each => void received.push(...words(each)),
          () => undefined, // given up
        );
      };
      for (const { kind, n } of acts) {
        const control = new AbortController();
        // a third waits for ever, a third for a time, a third until it is aborted
        const wait = [{}, { timeout: n * 10 }, { signal: control.signal }][n % 3];
        const who = n % 2;
        switch (kind) {
          case 'send':
            peers[who]?.write(chunk(`${who}:`, n, sent[who]));
            sent[who] = (sent[who] ?? 0) + n;
            break;
          case 'receive':
            take(pull.receive(wait).then(each => [each]));
            aborts.push(control);
            break;
          case 'batch':
            take(pull.receiveBatch({ max: n, ...wait }));
            aborts.push(control);
            break;
          case 'try':
            received.push(...drain({ tryReceive: () => pull.tryReceive() }).flat());
            break;
          case 'abort':
            aborts.splice(0, n).forEach(each => each.abort('enough'));
            break;
          case 'advance':
            await world.advance(n * 5);
            break;
          case 'settle':
            await world.settle();
        }
      }
      const total = (sent[0] ?? 0) + (sent[1] ?? 0);
      for (let i = 0; i <= total; i += 1) {
        await world.settle();
        received.push(...drain(pull).flat());
      }
      const last = fateOf(pull.receive({ timeout: 1 }).then(each => received.push(...words([each]))));
      await world.advance(1000);
      assert.is.not(last.now, 'pending');
      await world.end();
      const expected = sent.flatMap((count, who) => Array.from({ length: count }, (_, i) => `${who}:${i}`));
      assert.equal([...received].sort(), [...expected].sort());
    }),
    { numRuns: 150 },
  );
});

batch.run();

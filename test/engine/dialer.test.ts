import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { error, greeting, message, ready } from '../support/raw-zmtp.ts';
import { drain, eventsOf, fateOf, inWorld, seeded, texts, typesOf, World } from '../support/world.ts';

const reconnecting = suite('reconnecting');

function retries(events: readonly MonitorEvent[]): number[] {
  return events.flatMap(event => (event.type === 'connect:retry' ? [event.interval] : []));
}

inWorld(reconnecting, 'tries again after exactly the delay that it tells', async world => {
  const push = world.open(Push, { reconnectInterval: 100 });
  const events = eventsOf(push);
  const random = seeded(1);
  push.connect('mem://nobody');
  await world.settle();
  for (let i = 1; i <= 10; i += 1) {
    const [interval = 0] = retries(events).slice(-1);
    assert.is(interval, Math.round(100 + random() * 100));
    assert.is(world.network.attempts, i);
    await world.advance(interval - 1);
    assert.is(world.network.attempts, i);
    await world.advance(1);
    assert.is(world.network.attempts, i + 1);
  }
});

inWorld(reconnecting, 'waits longer each time, up to a maximum and its random part', async world => {
  const push = world.open(Push, { reconnectInterval: 100, reconnectMaxInterval: 1000 });
  const events = eventsOf(push);
  const random = seeded(1);
  push.connect('mem://nobody');
  await world.advance(10_000);
  const expected = [100, 200, 400, 800, 1000, 1000].map(delay => Math.round(delay + random() * 100));
  assert.equal(retries(events).slice(0, 6), expected);
});

inWorld(reconnecting, 'differs from socket to socket', async world => {
  const all = Array.from({ length: 20 }, () => world.open(Push));
  const events = all.map(eventsOf);
  for (const push of all) push.connect('mem://nobody');
  await world.settle();
  const first = events.map(retries).flat();
  assert.is(first.length, 20);
  assert.ok(new Set(first).size > 15, first.join(' '));
});

for (const reconnectInterval of [0, -1]) {
  inWorld(
    reconnecting,
    `with an interval of ${reconnectInterval} never happens, and can be asked for again`,
    async world => {
      const push = world.open(Push, { reconnectInterval });
      const pull = world.open(Pull);
      const events = eventsOf(push);
      push.connect('mem://sink');
      await world.advance(1e6);
      assert.is(typesOf(events), 'connect:delay close connect:stop');
      assert.is(world.network.attempts, 1);
      assert.not.ok(push.trySend('nobody is there'));
      await pull.bind('mem://sink');
      await world.connect(push, 'mem://sink');
      await push.send('x');
      assert.equal(texts(await pull.receive()), ['x']);
      world.network.link.cut();
      await world.advance(1e6);
      assert.is(typesOf(events.slice(3)), 'connect:delay connect handshake disconnect connect:stop');
      assert.not.ok(push.trySend('nobody is there'));
    },
  );
}

inWorld(reconnecting, 'begins with the first delay after a success', async world => {
  const push = world.open(Push, { reconnectInterval: 100, reconnectMaxInterval: 10_000 });
  const pull = world.open(Pull);
  const events = eventsOf(push);
  push.connect('mem://sink');
  await world.advance(3000);
  assert.ok((retries(events).at(-1) ?? 0) >= 800);
  await pull.bind('mem://sink');
  await world.advance(20_000);
  assert.is(events.at(-1)?.type, 'handshake');
  world.network.link.cut();
  await world.settle();
  const [interval = 0] = retries(events).slice(-1);
  assert.ok(interval >= 100 && interval < 200, `${interval}`);
});

inWorld(reconnecting, 'is not reset by a peer that can be reached but not talked to', async world => {
  const push = world.open(Push, { reconnectInterval: 100 });
  const events = eventsOf(push);
  const { peers } = await world.listenRaw('mem://web');
  push.connect('mem://web');
  await world.settle();
  for (let i = 0; i < 8; i += 1) {
    peers.at(-1)?.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')).end();
    await world.settle();
    await world.advance(retries(events).at(-1) ?? 0);
  }
  const intervals = retries(events);
  const floors = [100, 200, 400, 800, 1600, 3200, 6400, 12_800];
  assert.is(intervals.length, 8);
  for (const [i, interval] of intervals.entries()) {
    assert.ok(interval >= (floors[i] ?? 0) && interval <= (floors[i] ?? 0) + 100, `${i}: ${interval}`);
  }
});

for (const reason of ['Incompatible socket type', '400', '500', '']) {
  inWorld(reconnecting, `stops when the peer refuses with ERROR "${reason}"`, async world => {
    const push = world.open(Push);
    const events = eventsOf(push);
    const { peers } = await world.listenRaw('mem://door');
    push.connect('mem://door');
    await world.settle();
    peers[0]?.write(greeting(), error(reason)).end();
    await world.advance(1e6);
    assert.is(typesOf(events), 'connect:delay connect handshake:error:auth disconnect connect:stop');
    const stop = events.at(-1);
    assert.is(stop?.type === 'connect:stop' && stop.error.code, 'ERR_ZMTP_REFUSED_BY_PEER');
    assert.is(world.network.attempts, 1);
    assert.not.ok(push.trySend('nobody is there'));
  });
}

inWorld(reconnecting, 'goes on when the peer refuses for now, with ERROR "300"', async world => {
  const push = world.open(Push);
  const events = eventsOf(push);
  const { peers } = await world.listenRaw('mem://door');
  push.connect('mem://door');
  await world.settle();
  peers[0]?.write(greeting(), error('300')).end();
  await world.advance(10_000);
  assert.match(typesOf(events), /handshake:error:auth disconnect connect:retry connect:delay/);
});

for (const [name, octets] of Object.entries({
  'before the greeting': [],
  'inside the greeting': [greeting().subarray(0, 20)],
  'after the greeting': [greeting()],
  'inside READY': [greeting(), ready('PULL').subarray(0, 12)],
  'after the handshake': [greeting(), ready('PULL')],
})) {
  inWorld(reconnecting, `follows a stream that ended ${name}`, async world => {
    const push = world.open(Push);
    const { peers } = await world.listenRaw('mem://sink');
    push.connect('mem://sink');
    await world.settle();
    peers[0]?.write(...octets).end();
    await world.advance(2000);
    assert.ok(peers.length > 1);
    peers.at(-1)?.shakeHands('PULL');
    await push.send('x');
    await world.settle();
    assert.equal(peers.at(-1)?.messages, [['x']]);
  });
}

inWorld(reconnecting, 'follows a handshake that takes too long', async world => {
  const push = world.open(Push, { handshakeInterval: 500 });
  const events = eventsOf(push);
  const { peers } = await world.listenRaw('mem://sink');
  push.connect('mem://sink');
  await world.advance(499);
  assert.is(typesOf(events), 'connect:delay connect');
  peers[0]?.write(greeting().subarray(0, 10)); // life, but no handshake
  await world.advance(1);
  const failed = events.find(event => event.type === 'handshake:error:other');
  assert.is(failed?.error.code, 'ERR_ZMTP_HANDSHAKE_TIMEOUT');
  await world.advance(5000);
  assert.ok(peers.length > 1);
});

inWorld(reconnecting, 'ends where nobody listens, when told so', async world => {
  const pull = world.open(Pull, { reconnectStop: ['refused'] });
  const events = eventsOf(pull);
  pull.connect('mem://nobody');
  await world.advance(10_000);
  assert.is(typesOf(events), 'connect:delay close connect:stop');
});

inWorld(reconnecting, 'goes on where nobody listens, when told to end after failed handshakes', async world => {
  const pull = world.open(Pull, { reconnectStop: ['handshakeFailed'] });
  const events = eventsOf(pull);
  pull.connect('mem://nobody');
  await world.advance(250);
  assert.match(typesOf(events), /^connect:delay close connect:retry connect:delay close connect:retry/);
});

inWorld(reconnecting, 'ends after a failed handshake, when told so', async world => {
  const pull = world.open(Pull, { reconnectStop: ['handshakeFailed'] });
  const events = eventsOf(pull);
  const { peers } = await world.listenRaw('mem://source');
  pull.connect('mem://source');
  await world.settle();
  peers[0]?.end();
  await world.advance(10_000);
  assert.is(typesOf(events), 'connect:delay connect handshake:error:other disconnect connect:stop');
});

inWorld(reconnecting, 'goes on after a connection that had worked, whatever else ends it', async world => {
  const pull = world.open(Pull, { reconnectStop: ['handshakeFailed', 'refused'] });
  const { peers } = await world.listenRaw('mem://source');
  pull.connect('mem://source');
  await world.settle();
  peers[0]?.shakeHands('PUSH').end();
  await world.advance(500);
  assert.is(peers.length, 2);
});

inWorld(reconnecting, 'begins once, although the last words are read at the very end', async world => {
  const pull = world.open(Pull, { receiveHighWaterMark: 1 });
  const { peers } = await world.listenRaw('mem://source');
  const link = await world.connect(pull, 'mem://source');
  peers[0]?.shakeHands('PUSH').write(...Array.from({ length: 5 }, (_, i) => message(`${i}`)));
  await world.settle();
  link.cut();
  await world.settle();
  const seen: string[] = [];
  void (async () => {
    for await (const words of pull) seen.push(...texts(words));
  })();
  await world.advance(500);
  assert.equal([seen.join(''), peers.length, world.network.links.length], ['01234', 2, 1]);
});

inWorld(reconnecting, 'does not begin while what the last peer had said is still unread', async world => {
  const [sender, receiver] = [world.open(Push), world.open(Pull, { receiveHighWaterMark: 10 })];
  const link = await world.join(sender, receiver);
  for (let i = 0; i < 1000; i += 1) await sender.send(`${i}`);
  await world.settle();
  assert.is(link.back.waitingBytes, 0, 'all of it is here');
  link.cut();
  await world.advance(5000);
  const seen: string[] = [];
  for (let i = 0; i < 1000; i += 1) {
    const message = receiver.tryReceive();
    if (message !== undefined) seen.push(...texts(message));
    await world.settle();
  }
  assert.equal(
    seen,
    seen.map((_, i) => `${i}`),
    'in order, without a gap',
  );
  assert.is(seen.length, 1000);
  await world.advance(5000);
  await sender.send('with the next connection');
  assert.equal(texts(await receiver.receive()), ['with the next connection']);
});

inWorld(reconnecting, 'can be asked for again on types that make one connection to an endpoint', async world => {
  const [dealer, other] = [world.open(Dealer, { reconnectInterval: 0 }), world.open(Dealer)];
  dealer.connect('mem://hub');
  await world.settle();
  await other.bind('mem://hub');
  await world.connect(dealer, 'mem://hub');
  await dealer.send('x');
  assert.equal(texts(await other.receive()), ['x']);
  dealer.connect('mem://hub');
  await world.settle();
  assert.is(world.network.links.length, 1, 'while it is connected there is no second one');
});

const queueing = suite('what is sent while nobody is there');

inWorld(queueing, 'arrives once, in order, before and between connections', async world => {
  const push = world.open(Push);
  let pull = world.open(Pull);
  push.connect('mem://sink');
  for (let i = 0; i < 5; i += 1) await push.send(`${i}`);
  await world.advance(1000);
  await pull.bind('mem://sink');
  await world.advance(1000);
  assert.equal(drain(pull).flat().join(''), '01234');
  await world.close(pull);
  for (let i = 5; i < 9; i += 1) await push.send(`${i}`);
  await world.advance(1000);
  pull = world.open(Pull);
  await pull.bind('mem://sink');
  await world.advance(1000);
  assert.equal(drain(pull).flat().join(''), '5678');
});

inWorld(queueing, 'for a peer that had connected to us dies with that peer', async world => {
  const dealer = world.open(Dealer);
  await dealer.bind('mem://hub');
  const gone = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  await world.settle();
  world.network.link.back.freeze();
  for (let i = 0; i < 5; i += 1) await dealer.send(`${i}`);
  gone.destroy();
  await world.settle();
  const next = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  await world.settle();
  await dealer.send('for the next');
  await world.settle();
  assert.equal(next.messages, [['for the next']]);
});

/** Streams break after any number of octets, any number of times; the receiver sees an increasing series of whole messages. */
queueing(
  'arrives at most once and whole, wherever streams break, and everything that was still queued arrives',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 5 }),
        fc.boolean(),
        async (cuts, dialled) => {
          const world = new World();
          const [push, pull] = [world.open(Push), world.open(Pull)];
          const left = [...cuts];
          world.network.onLink = link => {
            const cut = left.shift();
            if (cut !== undefined) (dialled ? link.forth : link.back).cutAfter(cut);
          };
          if (dialled) {
            await pull.bind('mem://sink');
            push.connect('mem://sink');
          } else {
            await push.bind('mem://sink');
            pull.connect('mem://sink');
          }
          // read as it comes: two connections of one peer are two peers for a fair queue, and would be mixed
          const got: string[][] = [];
          for (let i = 0; i < 60; i += 1) {
            await world.until(push.send([`${i}`, 'x'.repeat(i % 7), `${i}`]));
            await world.settle();
            got.push(...drain(pull));
          }
          await world.advance(60_000);
          got.push(...drain(pull));
          let last = -1;
          for (const [first = '', middle, end] of got) {
            assert.is(end, first, 'whole');
            assert.is(middle?.length, Number(first) % 7);
            assert.ok(Number(first) > last, 'in order, and once');
            last = Number(first);
          }
          for (const { forth, back } of world.network.links) for (const lane of [forth, back]) lane.cutAfter(Infinity);
          await push.send('the end');
          await world.settle();
          assert.equal(drain(pull).at(-1), ['the end']);
          if (cuts.length === 0) assert.is(got.length, 60);
          await world.end();
        },
      ),
      { numRuns: 60, includeErrorInReport: true },
    );
  },
);

inWorld(queueing, 'loses nothing but what had been handed to the system', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(pull, push, 'mem://sink');
  link.forth.freeze();
  await push.send('handed over');
  await world.settle();
  for (let i = 0; i < 100; i += 1) await push.send(`${i}`);
  await world.settle();
  link.cut();
  await world.advance(1000);
  assert.equal(
    drain(pull).flat(),
    Array.from({ length: 100 }, (_, i) => `${i}`),
  );
});

inWorld(queueing, 'is not begun with the half of a message that a dead peer had sent', async world => {
  const pull = world.open(Pull);
  const { peers } = await world.listenRaw('mem://source');
  await world.connect(pull, 'mem://source');
  const half = message('first', 'second', 'third');
  peers[0]?.shakeHands('PUSH').write(message('whole'), half.subarray(0, half.length - 3));
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('PUSH').write(message('other'));
  await world.settle();
  assert.equal(drain(pull), [['whole'], ['other']]);
});

const failing = suite('connecting in vain');

inWorld(failing, 'a thousand times leaves nothing', async world => {
  const push = world.open(Push);
  push.connect('mem://nobody');
  for (let i = 0; i < 10; i += 1) push.trySend('waits');
  await world.advance(160_000);
  assert.ok(world.network.attempts > 1000);
  const { clock, network } = world;
  assert.equal([clock.timers, clock.holds, network.links.length], [1, 0, 0]);
});

inWorld(failing, 'to somebody who hangs up at once, a thousand times, leaves nothing', async world => {
  const push = world.open(Push, { reconnectMaxInterval: 100 });
  const { peers } = await world.listenRaw('mem://rude');
  world.network.onLink = () => setImmediate(() => peers.pop()?.destroy());
  push.connect('mem://rude');
  await push.send('waits');
  await world.advance(160_000);
  assert.ok(world.network.attempts > 1000);
  const { clock, network } = world;
  assert.equal([clock.timers, clock.holds, network.links.length], [1, 0, 0]);
});

inWorld(failing, 'ends with the socket, also in the middle of an attempt', async world => {
  const push = world.open(Push);
  world.network.swallow('void');
  push.connect('mem://void');
  await world.advance(1000);
  await world.close(push, 0);
  world.network.answer('void');
  await world.advance(1000);
  assert.is(world.network.attempts, 1);
});

const process = suite('the process');

inWorld(process, 'stays for what waits for a handshake, and for nothing that waits for nobody', async world => {
  const push = world.open(Push);
  const { peers } = await world.listenRaw('mem://sink');
  const { clock } = world;
  push.connect('mem://sink');
  await world.settle();
  assert.is(clock.holds, 0, 'there is nothing to be sent');
  await push.send('during the handshake');
  assert.is(clock.holds, 1);
  peers[0]?.destroy();
  await world.settle();
  assert.is(clock.holds, 0, 'nobody is there');
  await push.send('while nobody is there');
  assert.is(clock.holds, 0);
  await world.advance(1000);
  assert.is(clock.holds, 1, 'before the second handshake');
  peers[1]?.shakeHands('PULL');
  await world.settle();
  assert.equal([peers[1]?.messages.length, clock.holds], [2, 0]);
});

inWorld(process, 'stays for what a live peer has not taken', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  assert.is(world.clock.holds, 0);
  await push.send('x');
  await world.settle();
  assert.is(world.clock.holds, 1);
  link.back.release();
  await world.settle();
  assert.is(world.clock.holds, 0);
  link.back.freeze();
  await push.send('x');
  await world.settle();
  assert.is(world.clock.holds, 1, 'again');
  link.cut();
  await world.settle();
  assert.is(world.clock.holds, 0, 'the peer is no longer alive');
});

inWorld(process, 'stays for a call that waits, until it is served or gives up', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const { clock } = world;
  const calls = [push.send('x', { timeout: 10 }), pull.receive({ timeout: 20 }), pull.receive()].map(fateOf);
  assert.is(clock.holds, 2, 'one for each line');
  await world.advance(10);
  assert.equal([calls[0]?.now, clock.holds], ['EAGAIN', 1]);
  await world.advance(10);
  assert.equal([calls[1]?.now, clock.holds], ['EAGAIN', 1]);
  await world.join(push, pull);
  await push.send('y');
  await world.settle();
  assert.equal([calls[2]?.now, clock.holds], ['fulfilled', 0]);
});

inWorld(process, 'stays for a socket that is being closed', async world => {
  const push = world.open(Push);
  push.connect('mem://nobody');
  await push.send('x');
  assert.is(world.clock.holds, 0);
  const closed = push.close({ linger: 100 });
  await world.settle();
  assert.is(world.clock.holds, 1);
  await world.until(closed);
  assert.is(world.clock.holds, 0);
});

reconnecting.run();
queueing.run();
failing.run();
process.run();

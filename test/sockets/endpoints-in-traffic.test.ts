/** Endpoints that come and go while messages flow. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { drain, fill, inWorld, texts, World } from '../support/world.ts';

const traffic = suite('in the midst of traffic');

inWorld(traffic, 'a disconnect loses nothing that was queued', async world => {
  world.network.nature.bufferBytes = 200;
  const [push, pull] = [world.open(Push, { linger: -1 }), world.open(Pull, { receiveHighWaterMark: 10 })];
  await world.join(pull, push, 'mem://sink');
  const sent = fill(push);
  push.disconnect('mem://sink');
  assert.not.ok(push.writable);
  for (let i = 0; i < sent; i += 1) assert.equal(texts(await pull.receive()), [`${i}`]);
  await world.settle();
  assert.equal([push.peers(), pull.peers()], [[], []]);
});

for (const end of ['unbinds', 'disconnects'] as const) {
  inWorld(traffic, `a receiver that ${end} takes what it has not received with it, and no other's`, async world => {
    const push = world.open(Push, { reconnectInterval: 0 });
    const [leaver, stayer] = [world.open(Pull), world.open(Pull)];
    await (end === 'unbinds' ? world.join(leaver, push, 'mem://a') : world.join(push, leaver, 'mem://a'));
    await world.join(stayer, push, 'mem://b');
    for (let i = 0; i < 100; i += 1) await push.send(`${i}`);
    await world.settle();
    for (let i = 0; i < 20; i += 1) leaver.tryReceive();
    if (end === 'unbinds') await leaver.unbind('mem://a');
    else leaver.disconnect('mem://a');
    await world.settle();
    for (let i = 100; i < 150; i += 1) await push.send(`${i}`);
    await world.settle();
    assert.equal([drain(leaver), leaver.stats().dropped.unread], [[], 30]);
    assert.is(drain(stayer).length, 100);
    assert.equal(push.stats().dropped.disconnected, 0);
  });
}

inWorld(traffic, 'an endpoint bound again at once is found again, and nothing queued is lost', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  await world.join(pull, push, 'mem://sink');
  for (let round = 0; round < 20; round += 1) {
    await world.until(pull.unbind('mem://sink'));
    await pull.bind('mem://sink');
    for (let i = 0; i < 10; i += 1) await push.send(`${round} ${i}`);
    await world.advance(250);
    assert.equal(
      drain(pull).flat(),
      Array.from({ length: 10 }, (_, i) => `${round} ${i}`),
    );
  }
  assert.equal([push.stats().reconnects, push.stats().connections, pull.stats().connections], [20, 21, 21]);
});

inWorld(traffic, 'the end of a scope closes a socket with its own linger', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://late');
  let socket: Push | undefined;
  const scope = async (): Promise<void> => {
    await using push = world.open(Push, { linger: -1 });
    socket = push;
    push.connect('mem://late');
    await push.send('x');
  };
  await world.until(scope());
  assert.ok(socket?.closed);
  assert.equal(drain(pull), [['x']]);
  const late = async (): Promise<void> => {
    await using push = world.open(Push, { linger: 0 });
    push.connect('mem://nobody');
    await push.send('x');
    throw new Error('from the scope');
  };
  await late().then(
    () => assert.unreachable(),
    (error: unknown) => {
      assert.match(String(error), 'from the scope');
    },
  );
});

const ENDPOINTS = ['mem://a', 'mem://b', 'mem://c'];
const step = fc.record({
  who: fc.nat({ max: 2 }),
  what: fc.constantFrom('bind', 'unbind', 'connect', 'disconnect', 'send', 'receive', 'cut', 'settle', 'wait'),
  where: fc.constantFrom(...ENDPOINTS),
});

traffic('whatever comes and goes, who is left can talk, and nothing is left of the rest', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      const world = new World();
      world.network.nature.bufferBytes = 60;
      const options = { linger: 300, sendHighWaterMark: 4, receiveHighWaterMark: 4 };
      const dealers = [0, 1, 2].map(() => world.open(Dealer, options));
      const accepted = [0, 0, 0];
      const received = [0, 0, 0];
      const act = async (dealer: Dealer, who: number, what: string, where: string): Promise<void> => {
        if (what === 'bind') await dealer.bind(where);
        else if (what === 'unbind') await dealer.unbind(where);
        else if (what === 'connect') dealer.connect(where);
        else if (what === 'disconnect') dealer.disconnect(where);
        else if (what === 'send') accepted[who] = (accepted[who] ?? 0) + Number(dealer.trySend('x'.repeat(20)));
        else if (what === 'receive') received[who] = (received[who] ?? 0) + Number(dealer.tryReceive() !== undefined);
        else if (what === 'cut') world.network.links.at(-1)?.cut();
        else if (what === 'settle') await world.settle();
        else await world.advance(150);
      };
      for (const { who, what, where } of steps) {
        const [dealer] = dealers.slice(who);
        if (dealer === undefined) continue;
        // a program may ask for what is not there, or is taken
        await act(dealer, who, what, where).catch((error: unknown) => {
          const code = error instanceof Error && 'code' in error ? error.code : error;
          assert.ok(code === 'ENOENT' || code === 'EADDRINUSE', String(code));
        });
        for (const [i, one] of dealers.entries()) {
          const { queued, dropped, messagesReceived, messagesSent } = one.stats();
          assert.is((received[i] ?? 0) + queued.receive + dropped.unread, messagesReceived, 'received');
          const out = messagesSent + queued.send;
          assert.ok(out <= (accepted[i] ?? 0), 'nothing is sent that was not given');
          assert.ok(out + dropped.linger + dropped.disconnected >= (accepted[i] ?? 0), 'nothing vanishes untold');
        }
      }
      for (const [i, dealer] of dealers.entries()) {
        await world.close(dealer, 0);
        const { queued, dropped, messagesReceived } = dealer.stats();
        assert.equal(queued, { send: 0, receive: 0 });
        assert.is((received[i] ?? 0) + dropped.unread, messagesReceived, 'in the end');
      }
      const [one, two] = [world.open(Dealer), world.open(Dealer)];
      await world.join(one, two);
      await two.send('done');
      assert.equal(texts(await one.receive()), ['done']);
      await world.end();
    }),
    { numRuns: 60 },
  );
});

traffic.run();

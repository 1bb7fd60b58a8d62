import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ZmtpError } from '../../src/errors.ts';
import { Context } from '../../src/sockets/context.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, errorOf, eventsOf, fateOf, fill, inWorld, texts, typesOf } from '../support/world.ts';

const endpoints = suite('endpoints');

inWorld(endpoints, 'tell where they are', async world => {
  const pull = world.open(Pull);
  assert.is(pull.lastEndpoint, null);
  await pull.bind('mem://*');
  assert.match(pull.lastEndpoint ?? '', /^mem:\/\/any\d+$/);
  pull.connect('mem://elsewhere');
  assert.is(pull.lastEndpoint, 'mem://elsewhere');
});

for (const bad of ['', 'mem', 'mem:', 'mem://', '://x', 'mem:x', 'mem//x', ' ']) {
  inWorld(endpoints, `are refused when they are malformed: "${bad}"`, async world => {
    const pull = world.open(Pull);
    const bind = await errorOf(() => pull.bind(bad));
    const connect = await errorOf(() => pull.connect(bad));
    for (const error of [bind, connect]) {
      assert.ok(error instanceof ZmtpError);
      assert.equal([error.name, error.code, error.errno], ['UsageError', 'EINVAL', 22]);
      assert.match(error.message, JSON.stringify(bad));
    }
    assert.is(pull.lastEndpoint, null);
  });
}

inWorld(endpoints, 'are refused when they are no text', async world => {
  const pull = world.open(Pull);
  for (const wrong of [undefined, null, 5, {}, ['mem://x']] as unknown[]) {
    const bad = wrong as string;
    const what = typeof wrong;
    assert.is(await codeOfCall(() => pull.bind(bad)), 'EINVAL', what);
    assert.throws(
      () => pull.connect(bad),
      (error: unknown) => error instanceof ZmtpError,
    );
    assert.is(await codeOfCall(() => pull.unbind(bad)), 'EINVAL', what);
    assert.is(await codeOfCall(() => pull.disconnect(bad)), 'EINVAL', what);
  }
});

inWorld(endpoints, 'of an unknown transport are refused, with those that are known', async world => {
  const pull = world.open(Pull);
  for (const call of [() => pull.bind('pgm://x'), () => pull.connect('MEM://x')]) {
    const error = await errorOf(call);
    assert.ok(error instanceof ZmtpError);
    assert.equal([error.name, error.code, error.errno], ['UsageError', 'EPROTONOSUPPORT', 93]);
    assert.match(error.message, /pgm|MEM/);
    assert.match(error.message, 'mem');
  }
});

inWorld(endpoints, 'are refused by their transport before anything happens', async world => {
  const pull = world.open(Pull);
  assert.throws(() => pull.connect('mem://not allowed'));
  assert.is(await codeOfCall(() => pull.bind('mem://not allowed')), 'EINVAL');
  assert.equal([world.network.attempts, pull.lastEndpoint], [0, null]);
});

inWorld(endpoints, 'that are in use cannot be bound, which leaves nothing behind', async world => {
  const [one, two] = [world.open(Pull), world.open(Pull)];
  const events = eventsOf(two);
  await one.bind('mem://taken');
  const error = await errorOf(() => two.bind('mem://taken'));
  assert.ok(error instanceof ZmtpError);
  assert.equal(
    [error.name, error.code, error.errno, error.address],
    ['TransportError', 'EADDRINUSE', 98, 'mem://taken'],
  );
  assert.ok(error.cause instanceof Error);
  await world.settle();
  assert.is(typesOf(events), 'bind:error');
  assert.is(await codeOfCall(() => two.unbind('mem://taken')), 'ENOENT');
  await one.unbind('mem://taken');
  await two.bind('mem://taken');
});

inWorld(endpoints, 'that were never bound or connected cannot be unbound or disconnected', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://bound');
  pull.connect('mem://connected');
  for (const call of [() => pull.unbind('mem://connected'), () => pull.disconnect('mem://bound')]) {
    const error = await errorOf(call);
    assert.ok(error instanceof ZmtpError);
    assert.equal([error.name, error.code, error.errno], ['UsageError', 'ENOENT', 2]);
  }
  await pull.unbind('mem://bound');
  assert.is(await codeOfCall(() => pull.unbind('mem://bound')), 'ENOENT');
  pull.disconnect('mem://connected');
  assert.is(await codeOfCall(() => pull.disconnect('mem://connected')), 'ENOENT');
});

inWorld(endpoints, 'can be unbound as they were given and as they came out', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://*');
  await pull.unbind('mem://*');
  await pull.bind('mem://*');
  await pull.unbind(pull.lastEndpoint ?? '');
  assert.is(world.network.listeners, 0);
});

inWorld(endpoints, 'can be bound again at once after they were freed, many times', async world => {
  const pull = world.open(Pull);
  for (let i = 0; i < 50; i += 1) {
    await pull.bind('mem://again');
    await pull.unbind('mem://again');
  }
});

inWorld(endpoints, 'may be several, bound and connected', async world => {
  const pull = world.open(Pull);
  const pushes = Array.from({ length: 4 }, () => world.open(Push));
  await pull.bind('mem://a');
  await pull.bind('mem://b');
  await pushes[2]?.bind('mem://c');
  await pushes[3]?.bind('mem://d');
  pushes[0]?.connect('mem://a');
  pushes[1]?.connect('mem://b');
  pull.connect('mem://c');
  pull.connect('mem://d');
  await world.settle();
  for (const [i, push] of pushes.entries()) await push.send(`${i}`);
  await world.settle();
  assert.equal(drain(pull).flat().sort(), ['0', '1', '2', '3']);
});

inWorld(endpoints, 'that are unbound take their connections with them, and leave the others', async world => {
  const push = world.open(Push);
  const [a, b] = [world.open(Pull), world.open(Pull)];
  await push.bind('mem://a');
  await push.bind('mem://b');
  await world.connect(a, 'mem://a');
  await world.connect(b, 'mem://b');
  for (let i = 0; i < 4; i += 1) await push.send(`${i}`);
  await push.unbind('mem://a');
  for (let i = 4; i < 8; i += 1) await push.send(`${i}`);
  await world.settle();
  assert.equal([drain(a).flat().join(''), drain(b).flat().join('')], ['02', '134567']);
});

inWorld(endpoints, 'that are unbound while traffic flows lose nothing that was queued', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull, { receiveHighWaterMark: 10 })];
  world.network.nature.bufferBytes = 200;
  await push.bind('mem://a');
  await world.connect(pull, 'mem://a');
  const sent = fill(push);
  await push.unbind('mem://a');
  let received = 0;
  while (received < sent) {
    assert.equal(texts(await pull.receive()), [`${received}`]);
    received += 1;
  }
  assert.not.ok(push.writable);
});

inWorld(endpoints, 'that are disconnected send what was queued, and give nothing more', async world => {
  const [left, right] = [world.open(Dealer), world.open(Dealer)];
  await world.join(left, right);
  await left.send('unread');
  await world.settle();
  for (let i = 0; i < 5; i += 1) await right.send(`${i}`);
  right.disconnect(left.lastEndpoint ?? '');
  assert.not.ok(right.trySend('nobody there'));
  await world.settle();
  assert.equal(drain(left).flat().join(''), '01234');
  assert.equal(drain(right), [], 'what had come from there is dropped');
  await left.send('too late', { timeout: 0 }).catch(() => undefined);
  await world.advance(60_000);
  assert.equal(drain(right), []);
  assert.is(world.network.links.length, 0);
});

inWorld(endpoints, 'that were connected to several times are disconnected at once', async world => {
  const [push, pull, other] = [world.open(Push), world.open(Pull), world.open(Pull)];
  await pull.bind('mem://sink');
  await other.bind('mem://other');
  const events = eventsOf(pull);
  for (const endpoint of ['mem://sink', 'mem://other', 'mem://sink', 'mem://sink']) push.connect(endpoint);
  await world.settle();
  assert.is(events.filter(({ type }) => type === 'handshake').length, 3);
  push.disconnect('mem://sink');
  await world.settle();
  assert.is(events.filter(({ type }) => type === 'disconnect').length, 3);
  assert.is(await codeOfCall(() => push.disconnect('mem://sink')), 'ENOENT');
  await push.send('for the other');
  await world.settle();
  assert.equal(drain(other), [['for the other']]);
});

inWorld(endpoints, 'that are disconnected before anybody was there are not tried again', async world => {
  const push = world.open(Push, { linger: 0 });
  push.connect('mem://nobody');
  await world.advance(1000);
  assert.ok(world.network.attempts > 3);
  const { attempts } = world.network;
  push.disconnect('mem://nobody');
  await world.advance(100_000);
  assert.is(world.network.attempts, attempts);
  assert.is(world.clock.timers, 0);
});

for (const queued of [0, 1]) {
  inWorld(
    endpoints,
    `that are disconnected during the handshake deliver nothing, with ${queued} queued`,
    async world => {
      const dealer = world.open(Dealer);
      const { peers } = await world.listenRaw('mem://raw');
      await world.connect(dealer, 'mem://raw');
      for (let i = 0; i < queued; i += 1) await dealer.send('for you');
      dealer.disconnect('mem://raw');
      peers[0]?.shakeHands('DEALER').write(message('too late'));
      await world.advance(2000);
      assert.equal(drain(dealer), []);
      assert.ok(peers[0]?.closedWith);
      assert.is(peers[0].messages.length, queued);
    },
  );
}

const closing = suite('close()');

inWorld(closing, 'is done when nothing is left, and done twice is done once', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://a');
  pull.connect('mem://nobody');
  assert.not.ok(pull.closed);
  const [first, second] = [pull.close(), pull.close({ linger: 5 })];
  assert.ok(pull.closed);
  assert.is(first, second);
  assert.equal(await world.until(first), { dropped: 0 });
  assert.equal([world.network.listeners, world.clock.timers, world.clock.holds], [0, 0, 0]);
  await pull[Symbol.asyncDispose]();
});

inWorld(closing, 'takes no time when there is nothing to be sent', async world => {
  const linger = { linger: 10_000 };
  const [bound, connected, waiting] = [world.open(Pair, linger), world.open(Pair, linger), world.open(Pair, linger)];
  const between = world.open(Pair, linger);
  await world.join(bound, connected);
  waiting.connect('mem://nobody');
  between.connect('mem://nobody');
  await world.advance(50);
  world.network.swallow('void');
  waiting.connect('mem://void');
  for (const socket of [bound, connected, waiting, between]) {
    const fate = fateOf(socket.close());
    await world.settle();
    assert.is(fate.now, 'fulfilled');
  }
});

inWorld(closing, 'says goodbye in good order to a peer that was held back', async world => {
  world.network.nature.chunkBytes = 50;
  const pull = world.open(Pull, { receiveHighWaterMark: 2 });
  await pull.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH');
  for (let i = 0; i < 100; i += 1) raw.write(message(`${i}`));
  await world.settle();
  const fate = fateOf(pull.close());
  await world.settle();
  assert.equal([raw.closedWith, fate.now], ['end', 'fulfilled']);
});

inWorld(closing, 'works on a socket that was never used', async world => {
  assert.equal(await world.close(world.open(Pair)), { dropped: 0 });
});

inWorld(closing, 'leaves no call to be made', async world => {
  const pair = world.open(Pair);
  await pair.bind('mem://a');
  await world.close(pair);
  const calls = [
    () => pair.bind('mem://b'),
    () => pair.unbind('mem://a'),
    () => pair.connect('mem://b'),
    () => pair.disconnect('mem://b'),
    () => pair.send('x'),
    () => pair.trySend('x'),
    () => pair.receive(),
    () => pair.tryReceive(),
    () => pair.receiveBatch(),
  ];
  for (const call of calls) {
    const error = await errorOf(call);
    assert.ok(error instanceof ZmtpError, String(call));
    assert.equal([error.name, error.code, error.errno], ['ClosedError', 'EBADF', 9], String(call));
  }
  assert.equal([pair.readable, pair.writable], [false, false]);
});

inWorld(closing, 'refuses a linger that cannot be, and closes nothing then', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  await world.join(push, pull);
  for (const linger of [-2, 0.5, NaN, Infinity, '0' as unknown as number]) {
    const error = await errorOf(() => push.close({ linger }));
    assert.ok(error instanceof ZmtpError && error.code === 'EINVAL', String(linger));
    assert.match(error.message, String(linger));
    assert.not.ok(push.closed);
  }
  await push.send('still alive');
  assert.equal(texts(await pull.receive()), ['still alive']);
});

inWorld(closing, 'waits for a bind that is under way', async world => {
  const pull = world.open(Pull);
  const told: string[] = [];
  for (const type of ['bind', 'close', 'end'] as const) pull.events.on(type, () => told.push(type));
  const binding = codeOfCall(() => pull.bind('mem://slow'));
  await world.until(pull.close());
  assert.is(world.network.listeners, 0);
  assert.is(await binding, 'EBADF');
  await world.settle();
  assert.equal(told, ['bind', 'close', 'end'], 'nothing comes after the end');
});

inWorld(closing, 'gives no octet to a peer that comes too late', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://a');
  const dialling = world.dialRaw('mem://a');
  const closed = pull.close();
  const fate = fateOf(dialling);
  await world.until(closed);
  await world.settle();
  assert.is(fate.now, 'ECONNREFUSED');
});

const linger = suite('linger');

inWorld(linger, 'sends all that is queued to a peer that reads slowly', async world => {
  world.network.nature.bufferBytes = 1000;
  const [push, pull] = [world.open(Push), world.open(Pull, { receiveHighWaterMark: 5 })];
  await world.join(push, pull);
  const sent = fill(push, i => `${i}`.padEnd(100));
  const closed = push.close({ linger: -1 });
  const fate = fateOf(closed);
  await world.advance(3_600_000);
  assert.is(fate.now, 'pending');
  for (let i = 0; i < sent; i += 1) assert.is(texts(await pull.receive())[0]?.trim(), `${i}`);
  assert.equal(await world.until(closed), { dropped: 0 });
});

inWorld(linger, 'waits for a peer that comes late', async world => {
  const [push, pull] = [world.open(Push, { linger: -1 }), world.open(Pull)];
  push.connect('mem://late');
  for (let i = 0; i < 5; i += 1) await push.send(`${i}`);
  const closed = push.close();
  await world.advance(60_000);
  await pull.bind('mem://late');
  assert.equal(await world.until(closed), { dropped: 0 });
  assert.equal(drain(pull).flat().join(''), '01234');
});

inWorld(linger, 'gives up on a peer that never comes, and says what was dropped', async world => {
  const push = world.open(Push, { linger: 5000 });
  push.connect('mem://nobody');
  for (let i = 0; i < 7; i += 1) await push.send(`${i}`);
  const closed = push.close();
  const fate = fateOf(closed);
  await world.advance(4999);
  assert.is(fate.now, 'pending');
  await world.advance(1);
  assert.is(fate.now, 'fulfilled');
  assert.equal(await closed, { dropped: 7 });
});

inWorld(linger, 'of 0 drops everything at once', async world => {
  const push = world.open(Push);
  push.connect('mem://nobody');
  for (let i = 0; i < 7; i += 1) await push.send(`${i}`);
  assert.equal(await push.close({ linger: 0 }), { dropped: 7 });
});

inWorld(linger, 'of 0 drops what a frozen peer has not taken, on either side', async world => {
  for (const boundSends of [true, false]) {
    const [push, pull] = [world.open(Push), world.open(Pull)];
    const link = boundSends ? await world.join(push, pull) : await world.join(pull, push);
    (boundSends ? link.back : link.forth).freeze();
    const sent = fill(push);
    await world.settle();
    const more = fill(push);
    const closed = push.close({ linger: 0 });
    await world.settle();
    assert.equal(await closed, { dropped: sent + more }, boundSends ? 'bound' : 'connecting');
    await world.close(pull);
  }
});

inWorld(linger, 'counts as dropped what the system has not taken, also when that is little', async world => {
  world.network.nature.congestedBytes = 64 * 1024;
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  await push.send('x');
  await world.settle();
  assert.equal(await push.close({ linger: 0 }), { dropped: 1 });
});

inWorld(linger, 'ends for a peer that heartbeats find silent, and says what was dropped', async world => {
  const [push, pull] = [world.open(Push, { heartbeatInterval: 100 }), world.open(Pull)];
  const link = await world.join(push, pull);
  link.forth.hold();
  link.back.freeze();
  await push.send('on its way');
  await world.settle();
  await push.send('in the queue');
  assert.equal(await world.until(push.close({ linger: -1 }), 1000), { dropped: 2 });
});

inWorld(linger, 'counts nothing as dropped that the system has taken', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  await push.send('taken late');
  await world.settle();
  link.back.release();
  await world.settle();
  link.back.freeze();
  await push.send('not taken');
  await world.settle();
  assert.equal(await push.close({ linger: 0 }), { dropped: 1 });
});

inWorld(linger, 'waits as long as it may for a frozen peer, and says what was dropped', async world => {
  const [push, pull] = [world.open(Push, { sendHighWaterMark: 10 }), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  await push.send('on its way');
  await world.settle();
  const waiting = fill(push);
  const closed = push.close({ linger: 2500 });
  const fate = fateOf(closed);
  await world.advance(2499);
  assert.is(fate.now, 'pending');
  await world.advance(1);
  assert.equal(await closed, { dropped: waiting + 1 });
});

inWorld(linger, 'says what was dropped when the peer goes meanwhile', async world => {
  for (const boundSends of [true, false]) {
    const [push, pull] = [world.open(Push, { reconnectInterval: 0 }), world.open(Pull, { reconnectInterval: 0 })];
    const link = boundSends ? await world.join(push, pull) : await world.join(pull, push);
    (boundSends ? link.back : link.forth).freeze();
    await push.send('on its way');
    await world.settle();
    const waiting = fill(push);
    const closed = push.close({ linger: -1 });
    await world.advance(100);
    link.cut();
    assert.equal(await world.until(closed), { dropped: waiting + 1 }, boundSends ? 'bound' : 'connecting');
    await world.close(pull);
  }
});

inWorld(linger, 'reconnects to send what is queued', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(pull, push, 'mem://sink');
  link.forth.freeze();
  await push.send('lost on its way');
  await world.settle();
  for (let i = 0; i < 5; i += 1) await push.send(`${i}`);
  const closed = push.close({ linger: -1 });
  link.cut();
  assert.equal(await world.until(closed), { dropped: 1 });
  assert.equal(drain(pull).flat().join(''), '01234');
});

inWorld(linger, 'sends what was queued while the handshake was under way', async world => {
  const push = world.open(Push);
  const { peers } = await world.listenRaw('mem://raw');
  await world.connect(push, 'mem://raw');
  await push.send('x');
  const closed = push.close({ linger: -1 });
  await world.advance(1000);
  peers[0]?.shakeHands('PULL');
  assert.equal(await world.until(closed), { dropped: 0 });
  assert.equal(peers[0]?.messages, [['x']]);
});

inWorld(linger, 'does not wait for a peer that has everything and does not say goodbye', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://a');
  (await world.dialRaw('mem://a')).shakeHands('PUSH').pause();
  await world.settle();
  const closed = pull.close({ linger: -1 });
  await world.until(closed, 5000);
});

inWorld(
  linger,
  'does not wait for ever for one who takes his time, then has everything and does not say goodbye',
  async world => {
    world.network.nature.congestedBytes = 64 * 1024; // as on tcp: nobody is told when less than this has left
    const push = world.open(Push);
    await push.bind('mem://a');
    const raw = await world.dialRaw('mem://a');
    raw.shakeHands('PULL');
    await world.settle();
    const { back, forth } = world.network.link;
    back.freeze();
    await push.send('x'.repeat(1000));
    const closed = push.close({ linger: -1 });
    await world.advance(10_000);
    forth.hold(); // its goodbye gets lost
    back.release();
    await world.settle();
    assert.is(raw.messages.length, 1);
    assert.equal(await world.until(closed, 5000), { dropped: 0 });
  },
);

inWorld(linger, 'of a disconnect or an unbind is ended by that of the close', async world => {
  const push = world.open(Push, { linger: -1 });
  push.connect('mem://nobody');
  await push.send('x');
  push.disconnect('mem://nobody');
  await world.advance(10_000);
  assert.ok(world.clock.timers > 0, 'still trying');
  assert.equal(await world.until(push.close({ linger: 100 })), { dropped: 1 });
});

const context = suite('context');

inWorld(context, 'is shared by sockets that name none', async world => {
  assert.is(new Push().context, new Pull().context);
  assert.is(world.open(Push).context, world.context);
});

inWorld(context, 'may be named as undefined, which is not to name it', async () => {
  assert.is(new Push({ context: undefined } as unknown as object).context, new Pull().context);
});

inWorld(context, 'gives each connection and peer a number of its own', async () => {
  const { nextId } = new Context();
  assert.equal([nextId(), nextId(), nextId()], [1, 2, 3]);
  assert.is(
    await codeOfCall(() => new Push({ context: new Context({ transports: [] }) }).bind('tcp://127.0.0.1:*')),
    'EPROTONOSUPPORT',
  );
});

endpoints.run();
closing.run();
linger.run();
context.run();

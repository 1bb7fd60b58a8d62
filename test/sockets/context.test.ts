import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ZmtpError } from '../../src/errors.ts';
import { Context } from '../../src/sockets/context.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { until } from '../support/tcp-world.ts';
import { codeOfCall, drain, errorOf, eventsOf, fateOf, inWorld, texts, typesOf, World } from '../support/world.ts';
import { Heap } from '../support/zmtp-heap.ts';

const options = suite('options');

options('have defaults', () => {
  const { ipv6, blocky, maxSockets, authenticator, closed } = new Context();
  assert.equal(
    { ipv6, blocky, maxSockets, authenticator, closed },
    { ipv6: false, blocky: true, maxSockets: Infinity, authenticator: null, closed: false },
  );
});

options('are defaults of the sockets made afterwards, which they may override', () => {
  const context = new Context({ ipv6: true, blocky: false });
  assert.equal([new Push({ context }).options.ipv6, new Push({ context }).options.linger], [true, 0]);
  assert.equal(
    [new Push({ context, ipv6: false }).options.ipv6, new Push({ context, linger: 5 }).options.linger],
    [false, 5],
  );
  const before = new Push({ context });
  context.ipv6 = false;
  context.blocky = true;
  const after = new Push({ context });
  assert.equal([before.options.ipv6, before.options.linger], [true, 0]);
  assert.equal([after.options.ipv6, after.options.linger], [false, 1000]);
  assert.is(new Subscriber({ context }).options.linger, 0, 'the type has its own');
});

options('are checked', () => {
  for (const wrong of [
    { ipv6: 1 },
    { blocky: 'no' },
    { maxSockets: 0 },
    { maxSockets: 1.5 },
    { maxSockets: NaN },
    { authenticator: 'me' },
    { authenticator: {} },
    { authenticator: true },
    { x: 1 },
  ]) {
    const [name, value] = Object.entries<unknown>(wrong)[0] ?? ['', undefined];
    assert.throws(
      () => new Context(wrong as object),
      (error: unknown) => error instanceof ZmtpError && error.code === 'EINVAL' && error.message.includes(name),
      name,
    );
    if (name === 'x') continue;
    assert.throws(() => Object.assign(new Context(), { [name]: value }), /expected/);
  }
  assert.is(new Context({ maxSockets: Infinity }).maxSockets, Infinity);
});

options('that only native code has are refused', () => {
  for (const name of ['ioThreads', 'threadPriority', 'threadSchedulingPolicy', 'threadNamePrefix', 'maxMessageSize']) {
    assert.throws(
      () => new Context({ [name]: 1 }),
      (error: unknown) => error instanceof ZmtpError && error.code === 'ENOTSUP' && error.message.includes(name),
    );
  }
});

inWorld(options, 'limit how many sockets are open at a time', async world => {
  world.context.maxSockets = 2;
  const [first] = [world.open(Push), world.open(Push)];
  const error = await errorOf(() => world.open(Push));
  assert.ok(error instanceof ZmtpError);
  assert.equal([error.name, error.code, error.errno], ['UsageError', 'EMFILE', 24]);
  assert.match(error.message, /2 sockets, limit 2/);
  assert.is(await codeOfCall(() => new Push({ context: world.context, linger: -5 })), 'EINVAL');
  first.connect('mem://nobody');
  await first.send('x');
  const closed = first.close({ linger: 50 });
  assert.is(await codeOfCall(() => world.open(Push)), 'EMFILE', 'one that lingers counts');
  await world.until(closed);
  world.open(Push);
  world.context.maxSockets = 3;
  world.open(Push);
});

const closing = suite('close()');

inWorld(closing, 'ends what waits, in the middle of anything, with ETERM', async world => {
  const [push, pull, dealer] = [world.open(Push), world.open(Pull), world.open(Dealer)];
  await pull.bind('mem://sink');
  const loop = (async () => {
    for await (const message of dealer) assert.unreachable(texts(message).join());
  })();
  const fates = [
    fateOf(push.send('nobody is there')),
    fateOf(pull.receive()),
    fateOf(pull.receiveBatch()),
    fateOf(pull.receiveFrom()),
    fateOf(dealer.send('nobody is there')),
    fateOf(pull.bind('mem://slow')),
  ];
  const events = eventsOf(pull);
  assert.equal(await world.until(world.context.close()), { dropped: 0 });
  await world.settle();
  assert.equal(
    fates.map(({ now }) => now),
    fates.map(() => 'ETERM'),
  );
  await loop;
  assert.is(typesOf(events).split(' ').at(-1), 'end');
  assert.equal([push.closed, pull.closed, world.context.closed, world.network.listeners], [true, true, true, 0]);
});

inWorld(closing, 'leaves no call to be made, and no socket', async world => {
  const [pair, closed] = [world.open(Pair), world.open(Pair)];
  await pair.bind('mem://a');
  await world.close(closed);
  await world.until(world.context.close());
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
    () => pair.receiveFrom(),
    () => new Pair({ context: world.context }),
  ];
  for (const call of calls) {
    const error = await errorOf(call);
    assert.ok(error instanceof ZmtpError, String(call));
    assert.equal([error.name, error.code, error.errno], ['ClosedError', 'ETERM', 156384765], String(call));
  }
  assert.is(await codeOfCall(() => closed.send('x')), 'EBADF', 'who was closed before is closed as before');
  assert.equal(await pair.close(), { dropped: 0 });
});

inWorld(closing, 'waits until each socket has lingered, also one that was closed before', async world => {
  const [one, two, three] = [
    world.open(Push, { linger: 300 }),
    world.open(Push, { linger: 500 }),
    world.open(Push, { linger: 0 }),
  ];
  for (const push of [one, two, three]) {
    push.connect('mem://nobody');
    await push.send('x');
  }
  void two.close();
  const closed = world.context.close();
  assert.is(world.context.close({ linger: 0 }), closed, 'twice is once');
  const fate = fateOf(closed);
  await world.advance(499);
  assert.is(fate.now, 'pending');
  await world.advance(1);
  assert.equal(await closed, { dropped: 3 });
  assert.equal([await codeOfCall(() => one.send('x')), await codeOfCall(() => two.send('x'))], ['ETERM', 'EBADF']);
});

inWorld(closing, 'sends what is queued to a peer of another context', async world => {
  const push = world.open(Push, { linger: -1 });
  const other = new Context({
    clock: world.clock,
    random: world.random,
    transports: [world.network.transport('mem')],
  });
  const pull = new Pull({ context: other });
  push.connect('mem://late');
  for (let i = 0; i < 5; i += 1) await push.send(`${i}`);
  const closed = world.context.close();
  await world.advance(1000);
  await pull.bind('mem://late');
  assert.equal(await world.until(closed), { dropped: 0 });
  assert.equal(drain(pull).flat().join(''), '01234');
  assert.is(await codeOfCall(() => other.close({ linger: -2 })), 'EINVAL');
  assert.not.ok(other.closed);
  await world.until(other.close());
});

inWorld(closing, 'may be told how long to linger', async world => {
  const push = world.open(Push, { linger: -1 });
  push.connect('mem://nobody');
  await push.send('x');
  const fate = fateOf(world.context.close({ linger: 0 }));
  await world.settle();
  assert.is(fate.now, 'fulfilled');
});

inWorld(closing, 'is what the end of a scope does', async world => {
  const push = world.open(Push);
  await world.until(world.context[Symbol.asyncDispose]());
  assert.ok(push.closed);
});

const life = suite('what a context holds');

life('is no socket that was forgotten before it had an endpoint', async () => {
  const heap = new Heap();
  const context = new Context({ maxSockets: 100 });
  const make = (): void => {
    for (let i = 0; i < 100; i += 1) heap.watch(new Dealer({ context }));
  };
  make();
  assert.is(await codeOfCall(() => new Dealer({ context })), 'EMFILE');
  assert.is(await heap.survivors(), 0);
  let made = 0;
  await until(() => {
    if (made === 0) {
      try {
        make();
        made = 100;
      } catch (error) {
        assert.ok(error instanceof ZmtpError && error.code === 'EMFILE');
      }
    }
    return made === 100;
  }, 'that the places of those who are gone are free');
});

life('is no socket that was closed', async () => {
  const heap = new Heap();
  const world = new World();
  await (async () => {
    for (let i = 0; i < 10; i += 1) {
      const [push, pull] = [
        heap.watch(new Push({ context: world.context })),
        heap.watch(new Pull({ context: world.context })),
      ];
      await world.join(pull, push);
      await push.send('x');
      await world.close(push);
      await world.close(pull);
    }
  })();
  assert.is(await heap.survivors(), 0);
  await world.end();
});

life('goes with it', async () => {
  const heap = new Heap();
  (() => {
    const context = heap.watch(new Context());
    heap.watch(new Push({ context }));
  })();
  assert.is(await heap.survivors(), 0);
});

options.run();
closing.run();
life.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../src/message.ts';
import type { Pattern } from '../../src/sockets/pattern.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { ReceiveLine } from '../../src/sockets/receive-line.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { silent } from '../support/silent-pattern.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { codeOfCall, drain, errorOf, fateOf, inWorld, texts, type World } from '../support/world.ts';

const receiveLine = suite('receive()');

async function joined(world: World, options = {}): Promise<{ push: Push; pull: Pull }> {
  const [push, pull] = [world.open(Push), world.open(Pull, options)];
  await world.join(push, pull);
  return { push, pull };
}

inWorld(receiveLine, 'serves those who wait in the order in which they came', async world => {
  const { push, pull } = await joined(world);
  const receiving = Array.from({ length: 5 }, () => pull.receive());
  for (let i = 0; i < 7; i += 1) await push.send(`${i}`);
  assert.equal((await Promise.all(receiving)).flatMap(texts), ['0', '1', '2', '3', '4']);
  assert.equal([texts(await pull.receive()), texts(await pull.receive())], [['5'], ['6']]);
});

inWorld(receiveLine, 'lets nobody pass those who wait', async world => {
  const { push, pull } = await joined(world);
  const receiving = pull.receive();
  assert.is(pull.tryReceive(), undefined);
  await push.send('first');
  assert.equal(texts(await receiving), ['first']);
});

inWorld(receiveLine, 'gives up after the time it was given, and not before', async world => {
  const { push, pull } = await joined(world, { receiveTimeout: 300 });
  const own = fateOf(pull.receive());
  const shorter = fateOf(pull.receive({ timeout: 100 }));
  const never = pull.receive({ timeout: -1 });
  const fate = fateOf(never);
  await world.advance(100);
  assert.equal([own.now, shorter.now, fate.now], ['pending', 'EAGAIN', 'pending']);
  await world.advance(199);
  assert.is(own.now, 'pending');
  await world.advance(1);
  assert.equal([own.now, fate.now], ['EAGAIN', 'pending']);
  await push.send('for who is still there');
  assert.equal(texts(await never), ['for who is still there']);
});

inWorld(receiveLine, 'takes a timeout of undefined for none that was given', async world => {
  const { pull } = await joined(world, { receiveTimeout: 100 });
  const nothing = { timeout: undefined } as unknown as { timeout: number }; // what TypeScript would not let pass
  const fates = [fateOf(pull.receive(nothing)), fateOf(pull.receiveBatch(nothing))];
  await world.advance(99);
  assert.equal(
    fates.map(({ now }) => now),
    ['pending', 'pending'],
  );
  await world.advance(1);
  assert.equal(
    fates.map(({ now }) => now),
    ['EAGAIN', 'EAGAIN'],
  );
});

inWorld(receiveLine, 'does not wait at all with a timeout of 0, but takes what is there', async world => {
  const { push, pull } = await joined(world);
  assert.is(await codeOfCall(() => pull.receive({ timeout: 0 })), 'EAGAIN');
  await push.send('x');
  await world.settle();
  assert.equal(texts(await pull.receive({ timeout: 0 })), ['x']);
});

inWorld(receiveLine, 'ends by a signal: before, during, and too late', async world => {
  const { push, pull } = await joined(world);
  const reason = { any: 'value' };
  assert.is(await errorOf(() => pull.receive({ signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const aborted = errorOf(() => pull.receive({ signal: controller.signal }));
  const other = pull.receive();
  controller.abort(reason);
  assert.is(await aborted, reason);
  await push.send('kept');
  assert.equal(texts(await other), ['kept']);
  const late = new AbortController();
  const served = pull.receive({ signal: late.signal });
  await push.send('served');
  await world.settle();
  late.abort(reason);
  assert.equal(texts(await served), ['served']);
});

inWorld(receiveLine, 'takes no message when it was aborted before it began', async world => {
  const { push, pull } = await joined(world);
  await push.send('x');
  await world.settle();
  await errorOf(() => pull.receive({ signal: AbortSignal.abort() }));
  assert.equal(drain(pull), [['x']]);
});

inWorld(receiveLine, 'rejects waiting calls when the socket is closed', async world => {
  const pull = world.open(Pull);
  const waiting = [pull.receive(), pull.receiveBatch(), pull.receive({ timeout: 1000 })].map(fateOf);
  await world.close(pull);
  await world.settle();
  assert.equal(
    waiting.map(({ now }) => now),
    ['EBADF', 'EBADF', 'EBADF'],
  );
  assert.is(await codeOfCall(() => pull.receive()), 'EBADF');
  assert.is(await codeOfCall(() => pull.tryReceive()), 'EBADF');
  assert.is(await codeOfCall(() => pull.receiveBatch()), 'EBADF');
  assert.not.ok(pull.readable);
});

inWorld(receiveLine, 'gives in a batch what is there, up to a maximum', async world => {
  const { push, pull } = await joined(world);
  for (let i = 0; i < 10; i += 1) await push.send(`${i}`);
  await world.settle();
  assert.equal((await pull.receiveBatch({ max: 4 })).flatMap(texts), ['0', '1', '2', '3']);
  assert.equal((await pull.receiveBatch({ max: 1 })).flatMap(texts), ['4']);
  assert.equal((await pull.receiveBatch()).flatMap(texts), ['5', '6', '7', '8', '9']);
});

inWorld(receiveLine, 'waits for the first of a batch, and no longer', async world => {
  const { push, pull } = await joined(world);
  const batch = pull.receiveBatch();
  const fate = fateOf(batch);
  await world.settle();
  assert.is(fate.now, 'pending');
  await push.send('x');
  assert.equal((await batch).flatMap(texts), ['x']);
  assert.is(await codeOfCall(() => pull.receiveBatch({ timeout: 0 })), 'EAGAIN');
});

inWorld(receiveLine, 'leaves in a batch what others wait for', async world => {
  const { push, pull } = await joined(world);
  const [batch, single] = [pull.receiveBatch(), pull.receive()];
  for (let i = 0; i < 3; i += 1) await push.send(`${i}`);
  assert.equal((await batch).flatMap(texts)[0], '0');
  assert.equal(texts(await single), ['1']);
});

inWorld(receiveLine, 'refuses a batch of nothing, and a wait that cannot be', async world => {
  const { pull } = await joined(world);
  for (const max of [0, -1, 1.5, NaN, '3' as unknown as number]) {
    assert.is(await codeOfCall(() => pull.receiveBatch({ max })), 'EINVAL', String(max));
  }
  for (const timeout of [-2, 0.5, NaN]) {
    assert.is(await codeOfCall(() => pull.receive({ timeout })), 'EINVAL', String(timeout));
  }
});

const iteration = suite('iteration');

inWorld(iteration, 'gives all messages, and leaves the socket open when it is left', async world => {
  const { push, pull } = await joined(world);
  for (let i = 0; i < 5; i += 1) await push.send(`${i}`);
  const seen: string[] = [];
  for await (const message of pull) {
    seen.push(...texts(message));
    if (seen.length === 2) break;
  }
  assert.not.ok(pull.closed);
  for await (const message of pull) {
    seen.push(...texts(message));
    if (seen.length === 5) break;
  }
  assert.is(seen.join(''), '01234');
});

inWorld(iteration, 'ends when the socket is closed', async world => {
  const { push, pull } = await joined(world);
  const seen: string[] = [];
  const loop = (async () => {
    for await (const message of pull) seen.push(...texts(message));
  })();
  await push.send('x');
  await world.settle();
  await world.close(pull);
  await loop;
  assert.equal(seen, ['x']);
  assert.equal(await pull[Symbol.asyncIterator]().next(), { value: undefined, done: true }, 'nor does one begin');
});

inWorld(iteration, 'shares messages among iterators', async world => {
  const { push, pull } = await joined(world);
  const [left, right]: [string[], string[]] = [[], []];
  const loops = [left, right].map(async seen => {
    for await (const message of pull) seen.push(...texts(message));
  });
  for (let i = 0; i < 10; i += 1) {
    await push.send(`${i}`);
    await world.settle();
  }
  await world.close(pull);
  await Promise.all(loops);
  assert.equal(
    [...left, ...right].sort(),
    Array.from({ length: 10 }, (_, i) => `${i}`),
  );
  assert.ok(left.length > 0 && right.length > 0, `${left.length} and ${right.length}`);
});

inWorld(iteration, 'takes no message for a step that was given up', async world => {
  const { push, pull } = await joined(world);
  const iterator = pull[Symbol.asyncIterator]();
  const step = iterator.next();
  await iterator.return?.();
  await push.send('for the next');
  assert.equal(texts(await pull.receive({ timeout: 100 })), ['for the next']);
  assert.equal(await step, { value: undefined, done: true });
  assert.equal(await iterator.next(), { value: undefined, done: true });
});

inWorld(iteration, 'throws when nothing comes within receiveTimeout, and can be begun again', async world => {
  const { push, pull } = await joined(world, { receiveTimeout: 50 });
  const step = fateOf(pull[Symbol.asyncIterator]().next());
  await world.advance(50);
  assert.is(step.now, 'EAGAIN');
  await push.send('x');
  const next: IteratorResult<Message, undefined> = await pull[Symbol.asyncIterator]().next();
  assert.equal(texts(next.value ?? []), ['x']);
});

inWorld(iteration, 'works on a SUB that throws most of it away', async world => {
  const sub = world.open(Subscriber);
  sub.subscribe('n');
  const { peers } = await world.listenRaw('mem://news');
  await world.connect(sub, 'mem://news');
  const { message } = await import('../support/raw-zmtp.ts');
  peers[0]?.shakeHands('PUB');
  const step = sub[Symbol.asyncIterator]().next();
  for (let i = 0; i < 3000; i += 1) peers[0]?.write(message('other'));
  peers[0]?.write(message('news'));
  assert.equal(texts((await step).value ?? []), ['news']);
});

receiveLine('keeps the order when a pattern tells of messages while it gives one', async () => {
  const messages: string[] = [];
  const pattern: Pattern = {
    ...silent,
    tryReceive: () => {
      const message = messages.shift();
      line.wake();
      return message === undefined ? undefined : [Buffer.from(message)];
    },
  };
  const line: ReceiveLine = new ReceiveLine(pattern, new VirtualClock(), { receiveTimeout: -1 });
  const receiving = [line.receive(undefined), line.receive(undefined)];
  messages.push('first', 'second');
  line.wake();
  assert.equal((await Promise.all(receiving)).flatMap(texts), ['first', 'second']);
});

receiveLine.run();
iteration.run();

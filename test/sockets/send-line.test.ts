import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import type { Pattern } from '../../src/sockets/pattern.ts';
import { SendLine } from '../../src/sockets/send-line.ts';
import { silent } from '../support/silent-pattern.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { codeOfCall, drain, errorOf, fateOf, fill, inWorld, texts } from '../support/world.ts';

const sendLine = suite('send()');

inWorld(sendLine, 'keeps the order of calls, those that wait and those that need not', async world => {
  const [push, pull] = [world.open(Push, { sendHighWaterMark: 2 }), world.open(Pull)];
  const sending = Array.from({ length: 20 }, (_, i) => push.send(`${i}`));
  await world.join(push, pull);
  sending.push(push.send('20'));
  await Promise.all(sending);
  await world.settle();
  assert.equal(
    drain(pull).flat(),
    Array.from({ length: 21 }, (_, i) => `${i}`),
  );
});

inWorld(sendLine, 'lets nobody pass those who wait', async world => {
  const [push, pull] = [world.open(Push, { sendHighWaterMark: 2 }), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  fill(push, () => 'filling');
  await world.settle();
  fill(push, () => 'filling');
  const first = push.send('first');
  assert.not.ok(push.trySend('sneaky'));
  const second = push.send('second');
  link.back.release();
  await Promise.all([first, second]);
  await world.settle();
  assert.equal(drain(pull).slice(-2), [['first'], ['second']]);
  assert.ok(push.trySend('now it may'));
});

inWorld(sendLine, 'gives up after the time it was given, and not before', async world => {
  const push = world.open(Push, { sendTimeout: 300 });
  const own = fateOf(push.send('as the option says'));
  const shorter = fateOf(push.send('as the call says', { timeout: 100 }));
  const never = fateOf(push.send('for ever', { timeout: -1 }));
  await world.advance(99);
  assert.equal([own.now, shorter.now, never.now], ['pending', 'pending', 'pending']);
  await world.advance(1);
  assert.equal([own.now, shorter.now, never.now], ['pending', 'EAGAIN', 'pending']);
  await world.advance(199);
  assert.is(own.now, 'pending');
  await world.advance(1);
  assert.equal([own.now, never.now], ['EAGAIN', 'pending']);
  await world.advance(1e9);
  assert.is(never.now, 'pending');
  const pull = world.open(Pull);
  await world.join(push, pull);
  assert.equal(drain(pull), [['for ever']], 'who gave up left nothing behind');
});

for (const way of ['by time', 'by signal'] as const) {
  sendLine(`lets those move up who are behind somebody who leaves the line ${way}`, async () => {
    const clock = new VirtualClock();
    const sent: string[] = [];
    const pattern: Pattern = {
      ...silent,
      trySend: ([whom]) => {
        const has = String(whom) !== 'full';
        if (has) sent.push(String(whom));
        return has;
      },
    };
    const line = new SendLine(pattern, clock, { sendTimeout: -1 });
    const abort = new AbortController();
    const leaving = way === 'by time' ? { timeout: 10 } : { signal: abort.signal };
    const first = fateOf(line.send([Buffer.from('full')], leaving));
    const second = fateOf(line.send([Buffer.from('quick')], undefined));
    const third = fateOf(line.send([Buffer.from('full')], undefined));
    await clock.advance(9);
    assert.equal([first.now, second.now], ['pending', 'pending']);
    if (way === 'by signal') abort.abort('enough');
    await clock.advance(1);
    assert.equal([first.now, second.now, third.now], [way === 'by time' ? 'EAGAIN' : 'enough', 'fulfilled', 'pending']);
    assert.equal(sent, ['quick']);
    line.close(new Error('over'));
  });
}

inWorld(sendLine, 'takes a timeout of undefined for none that was given', async world => {
  const push = world.open(Push, { sendTimeout: 100 });
  const nothing = { timeout: undefined } as unknown as { timeout: number }; // what TypeScript would not let pass
  const fate = fateOf(push.send('x', nothing));
  await world.advance(99);
  assert.is(fate.now, 'pending');
  await world.advance(1);
  assert.is(fate.now, 'EAGAIN');
});

inWorld(sendLine, 'does not wait at all with a timeout of 0, but sends what can be sent', async world => {
  const [push, pull] = [world.open(Push, { sendTimeout: 0 }), world.open(Pull)];
  const error = await errorOf(() => push.send('x'));
  assert.ok(error instanceof Error && 'code' in error && 'errno' in error);
  assert.equal([error.name, error.code, error.errno], ['TimeoutError', 'EAGAIN', 11]);
  await world.join(push, pull);
  await push.send('y');
  assert.equal(texts(await pull.receive()), ['y']);
});

inWorld(sendLine, 'ends by a signal: before, during, and too late', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const reason = new Error('changed my mind');
  assert.is(await errorOf(() => push.send('before', { signal: AbortSignal.abort(reason) })), reason);
  const during = new AbortController();
  const sending = errorOf(() => push.send('during', { signal: during.signal }));
  const other = push.send('other');
  during.abort(reason);
  assert.is(await sending, reason);
  await world.join(push, pull);
  await other;
  const late = new AbortController();
  await push.send('late', { signal: late.signal });
  late.abort(reason);
  await world.settle();
  assert.equal(drain(pull), [['other'], ['late']]);
});

inWorld(sendLine, 'listens to a signal no longer than it waits', async world => {
  const [push, pull] = [world.open(Push, { sendTimeout: 10 }), world.open(Pull)];
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners += 1;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners -= 1;
    removeEventListener.apply(signal, args);
  };
  const timedOut = fateOf(push.send('x', { signal }));
  const served = push.send('y', { signal, timeout: 1000 });
  assert.is(listeners, 2);
  await world.advance(10);
  assert.equal([timedOut.now, listeners], ['EAGAIN', 1]);
  await world.join(push, pull);
  await served;
  assert.is(listeners, 0);
});

inWorld(sendLine, 'rejects waiting calls when the socket is closed', async world => {
  const push = world.open(Push);
  const waiting = [fateOf(push.send('1')), fateOf(push.send('2', { timeout: 1000 }))];
  await world.close(push);
  await world.settle();
  assert.equal(
    waiting.map(({ now }) => now),
    ['EBADF', 'EBADF'],
  );
  assert.is(await codeOfCall(() => push.send('x')), 'EBADF');
  assert.is(await codeOfCall(() => push.trySend('x')), 'EBADF');
});

inWorld(sendLine, 'refuses what cannot be a message, and a wait that cannot be', async world => {
  const dealer = world.open(Dealer);
  await world.join(dealer, world.open(Dealer));
  for (const wrong of [undefined, {}, true, [], [undefined], ['a', {}], 1n, () => 'x', Symbol('x')]) {
    assert.is(await codeOfCall(() => dealer.send(wrong as string)), 'EINVAL', typeof wrong);
    assert.is(await codeOfCall(() => dealer.trySend(wrong as string)), 'EINVAL', typeof wrong);
  }
  for (const timeout of [-2, 1.5, NaN, Infinity, '5' as unknown as number]) {
    assert.is(await codeOfCall(() => dealer.send('x', { timeout })), 'EINVAL', String(timeout));
  }
});

inWorld(sendLine, 'sends text, numbers, null and octets of every kind', async world => {
  const [left, right] = [world.open(Dealer), world.open(Dealer)];
  await world.join(left, right);
  const { buffer } = Uint8Array.of(9, 9, 1, 2, 9);
  const shared = new SharedArrayBuffer(2);
  new Uint8Array(shared).set([3, 4]);
  await left.send(['é', 12.5, null, new Uint8Array(buffer, 2, 2), new DataView(buffer, 2, 2), buffer, shared]);
  const parts = (await right.receive()).map(part => Buffer.from(part).toString('hex'));
  assert.equal(parts, ['c3a9', '31322e35', '', '0102', '0102', '0909010209', '0304']);
  await left.send(null);
  assert.equal(texts(await right.receive()), ['']);
  await left.send(0);
  assert.equal(texts(await right.receive()), ['0']);
  await left.send(new Uint16Array([0x6161]));
  assert.equal(texts(await right.receive()), ['aa']);
});

inWorld(sendLine, 'takes a list as it is at the moment of the call', async world => {
  const [left, right] = [world.open(Dealer), world.open(Dealer)];
  const list = ['a', 'b'].map(part => Buffer.from(part));
  const sending = left.send(list);
  list.push(Buffer.from('too late'));
  await world.join(left, right);
  await sending;
  assert.equal(texts(await right.receive()), ['a', 'b']);
});

inWorld(sendLine, 'lets the event loop go round in a loop that never has to wait', async world => {
  const [push, pull] = [world.open(Push, { sendHighWaterMark: 0 }), world.open(Pull)];
  await world.join(push, pull);
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const part = Buffer.alloc(10_000);
  for (let i = 0; i < 2000; i += 1) await push.send(part);
  over = true;
  assert.ok(turns >= 10, `${turns} turns for 20 MB`);
  while (drain(pull).length > 0) await world.settle();
});

sendLine('sends once when a pattern tells of room while it takes a message', async () => {
  const sent: string[] = [];
  const room = { left: 0 };
  const pattern: Pattern = {
    ...silent,
    trySend: message => {
      if (room.left === 0) return false;
      room.left -= 1;
      sent.push(...texts(message));
      line.wake();
      return true;
    },
  };
  const line: SendLine = new SendLine(pattern, new VirtualClock(), { sendTimeout: -1 });
  const sending = ['first', 'second'].map(word => line.send([Buffer.from(word)], undefined));
  room.left = 5;
  line.wake();
  await Promise.all(sending);
  assert.equal(sent, ['first', 'second']);
});

sendLine.run();

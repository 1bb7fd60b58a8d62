import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import { Observer } from '../../src/sockets/observer.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { codeOfCall, errorOf, fateOf } from '../support/world.ts';

const observer = suite('observer');

const bind = (address: string): MonitorEvent => ({ type: 'bind', address });
const END: MonitorEvent = { type: 'end' };

observer('gives events one by one, in order, also those that came before anybody asked', async () => {
  const events = new Observer(new VirtualClock());
  events.tell(bind('a'));
  events.tell(bind('b'));
  assert.equal([await events.receive(), await events.receive()], [bind('a'), bind('b')]);
  const waiting = events.receive();
  events.tell(bind('c'));
  assert.equal(await waiting, bind('c'));
});

observer('calls those who listen for a type, in turn, until they leave', async () => {
  const clock = new VirtualClock();
  const events = new Observer(clock);
  const heard: string[] = [];
  const one = ({ address }: { address: string }): void => void heard.push(`one ${address}`);
  events.on('bind', one).on('close', ({ address }) => heard.push(`close ${address}`));
  events.on('bind', ({ address }) => heard.push(`two ${address}`));
  events.tell(bind('a'));
  assert.equal(heard, [], 'not from within');
  await clock.settle();
  events.off('bind', one);
  events.off('connect:stop', () => undefined);
  events.tell(bind('b'));
  await clock.settle();
  assert.equal(heard, ['one a', 'two a', 'two b']);
});

observer('gives listeners and readers the same events', async () => {
  const clock = new VirtualClock();
  const events = new Observer(clock);
  const heard: MonitorEvent[] = [];
  events.on('bind', event => heard.push(event));
  events.tell(bind('a'));
  await clock.settle();
  assert.equal([heard, await events.receive()], [[bind('a')], bind('a')]);
});

observer('keeps the latest for a reader who is slow', async () => {
  const events = new Observer(new VirtualClock());
  for (let i = 0; i < 5000; i += 1) events.tell(bind(`${i}`));
  const kept: string[] = [];
  for (let event = await events.receive(); ; event = await events.receive()) {
    kept.push('address' in event ? event.address : '');
    if (kept.at(-1) === '4999') break;
  }
  assert.ok(kept.length >= 500 && kept.length <= 1000, `${kept.length} kept`);
  assert.equal(
    kept,
    Array.from({ length: kept.length }, (_, i) => `${5000 - kept.length + i}`),
  );
});

observer('ends after the last event', async () => {
  const events = new Observer(new VirtualClock());
  const [last, never] = [events.receive(), fateOf(events.receive())];
  const seen: string[] = [];
  events.tell(END);
  assert.equal(await last, END);
  assert.is(never.now, 'EBADF');
  assert.is(await codeOfCall(() => events.receive()), 'EBADF');
  for await (const event of events) seen.push(event.type);
  assert.equal(seen, []);
});

observer('is a loop that ends after the last event', async () => {
  const events = new Observer(new VirtualClock());
  events.tell(bind('a'));
  const seen: string[] = [];
  const loop = (async () => {
    for await (const event of events) seen.push(event.type);
  })();
  events.tell(bind('b'));
  events.tell(END);
  await loop;
  assert.equal(seen, ['bind', 'bind', 'end']);
});

observer('takes no event for a step of a loop that was left', async () => {
  const events = new Observer(new VirtualClock());
  const iterator = events[Symbol.asyncIterator]();
  const step = iterator.next();
  await iterator.return?.();
  events.tell(bind('a'));
  assert.equal(await events.receive(), bind('a'));
  assert.equal(await step, { value: undefined, done: true });
});

observer('lets a reader give up, by time or by signal', async () => {
  const clock = new VirtualClock();
  const events = new Observer(clock);
  const late = fateOf(events.receive({ timeout: 100 }));
  await clock.advance(100);
  assert.is(late.now, 'EAGAIN');
  const controller = new AbortController();
  const aborted = errorOf(() => events.receive({ signal: controller.signal }));
  controller.abort('enough');
  assert.is(await aborted, 'enough');
  events.tell(bind('a'));
  assert.is(await errorOf(() => events.receive({ signal: AbortSignal.abort('before') })), 'before');
  assert.is(await codeOfCall(() => events.receive({ timeout: -2 })), 'EINVAL');
  assert.equal(await events.receive(), bind('a'));
  assert.equal([clock.timers, clock.holds], [0, 0]);
});

observer.run();

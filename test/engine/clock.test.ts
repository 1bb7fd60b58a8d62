import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SystemClock } from '../../src/engine/clock.ts';

const clock = suite('system clock');

/** Timers that keep the process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
}

/** Until a timer of the clock has fired: the process must be kept alive for it. */
async function alive<T>(subject: SystemClock, task: Promise<T>): Promise<T> {
  const release = subject.keepAlive();
  try {
    return await task;
  } finally {
    release();
  }
}

clock('only ever goes forward', async () => {
  const subject = new SystemClock();
  let last = subject.now();
  for (let i = 0; i < 1000; i += 1) {
    const now = subject.now();
    assert.ok(now >= last);
    last = now;
  }
});

clock('calls back once, and not before the time has come', async () => {
  const subject = new SystemClock();
  const start = subject.now();
  let calls = 0;
  await alive(
    subject,
    new Promise<void>(resolve => {
      subject.setTimer(20, () => {
        calls += 1;
        resolve();
      });
    }),
  );
  assert.ok(subject.now() - start >= 19, `${subject.now() - start} ms`);
  assert.is(calls, 1);
});

clock('forgets a timer that is cancelled, in time or too late', async () => {
  const subject = new SystemClock();
  let calls = 0;
  subject.setTimer(1, () => (calls += 1)).cancel();
  await alive(
    subject,
    new Promise<void>(resolve => {
      const timer = subject.setTimer(5, () => {
        timer.cancel();
        resolve();
      });
    }),
  );
  assert.is(calls, 0);
});

clock('takes delays that are longer than a timer of Node can be', async () => {
  const subject = new SystemClock();
  let calls = 0;
  const timers = [2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER].map(delay => subject.setTimer(delay, () => (calls += 1)));
  await alive(subject, new Promise<void>(resolve => subject.setTimer(10, resolve)));
  for (const timer of timers) timer.cancel();
  assert.is(calls, 0);
});

clock('does not keep the process for a timer, but for whoever holds it', () => {
  const subject = new SystemClock();
  const before = timers();
  const timer = subject.setTimer(100_000, () => undefined);
  assert.is(timers(), before);
  const [one, two] = [subject.keepAlive(), subject.keepAlive()];
  assert.is(timers(), before + 1);
  one();
  one();
  assert.is(timers(), before + 1, 'released twice is released once');
  two();
  assert.is(timers(), before);
  const again = subject.keepAlive();
  assert.is(timers(), before + 1);
  again();
  timer.cancel();
  assert.is(timers(), before);
});

clock('defers behind the code and the promises of now, yields behind the event loop', async () => {
  const subject = new SystemClock();
  const order: string[] = [];
  await new Promise<void>(resolve => {
    subject.yield(() => {
      order.push('yielded');
      resolve();
    });
    subject.defer(() => order.push('deferred'));
    void Promise.resolve().then(() => order.push('promise'));
    order.push('now');
  });
  assert.is(order[0], 'now');
  assert.is(order.at(-1), 'yielded');
  assert.is(order.length, 4);
});

clock.run();

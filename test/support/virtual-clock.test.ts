import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualClock } from './virtual-clock.ts';

const clock = suite('virtual clock');

clock('fires what is due in order, each at its own moment, with what follows from it', async () => {
  const subject = new VirtualClock();
  const start = subject.now();
  const log: string[] = [];
  const note = (name: string): void => void log.push(`${name} at ${subject.now() - start}`);
  subject.setTimer(20, () => note('b'));
  subject.setTimer(10, () => {
    note('a');
    void Promise.resolve().then(() => {
      note('promise of a');
      subject.setTimer(5, () => note('timer of a'));
    });
    subject.defer(() => note('deferred by a'));
    subject.yield(() => note('yielded by a'));
  });
  subject.setTimer(20, () => note('c'));
  subject.setTimer(31, () => note('too late'));
  await subject.advance(30);
  assert.equal(log, [
    'a at 10',
    'promise of a at 10',
    'deferred by a at 10',
    'yielded by a at 10',
    'timer of a at 15',
    'b at 20',
    'c at 20',
  ]);
  assert.equal([subject.now() - start, subject.timers], [30, 1]);
});

clock('counts holds and timers', () => {
  const subject = new VirtualClock();
  const release = subject.keepAlive();
  subject.keepAlive();
  release();
  release();
  assert.is(subject.holds, 1);
  const timer = subject.setTimer(1, () => undefined);
  assert.is(subject.timers, 1);
  timer.cancel();
  assert.is(subject.timers, 0);
});

clock('passes time until a promise settles, and no more', async () => {
  const subject = new VirtualClock();
  const start = subject.now();
  subject.setTimer(100, () => assert.unreachable());
  const promise = new Promise<string>(resolve => subject.setTimer(40, () => resolve('done')));
  assert.is(await subject.until(promise), 'done');
  assert.is(subject.now() - start, 40);
  const never = subject.until(new Promise(() => undefined), 10);
  assert.match(await never.then(String, String), 'still pending after 10 ms');
});

clock.run();

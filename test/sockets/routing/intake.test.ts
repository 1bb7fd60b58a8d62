import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Intake, type Taker } from '../../../src/sockets/routing/intake.ts';
import { FakePeer, text } from '../../support/fake-peer.ts';
import { Turns } from '../../support/turns.ts';

const intakes = suite('intake');

/** Takes everything, and notes from whom. */
class Counter implements Taker {
  ready = true;
  readonly taken: number[] = [];
  toSweep = 0;

  take(_message: unknown, peer: FakePeer): void {
    this.taken.push(peer.id);
  }

  sweep(most: number): number {
    const swept = Math.min(most, this.toSweep);
    this.toSweep -= swept;
    return swept;
  }
}

function intakeOf(...peers: FakePeer[]): { intake: Intake; taker: Counter; turns: Turns } {
  const [taker, turns] = [new Counter(), new Turns()];
  const intake = new Intake(turns, taker);
  for (const peer of peers) intake.add(peer);
  return { intake, taker, turns };
}

const manyOf = (count: number): ReturnType<typeof text>[] => Array.from({ length: count }, () => text('\x01t'));

intakes('takes what comes at once, as long as it is little', () => {
  const peer = new FakePeer(1);
  const { taker } = intakeOf(peer);
  for (let i = 0; i < 900; i += 1) peer.inbound.write(text('x'));
  assert.is(taker.taken.length, 900);
});

intakes('takes no more than a thousand in a turn, and goes on by itself', () => {
  const peer = new FakePeer(1);
  const { taker, turns } = intakeOf(peer);
  peer.inbound.writeAll(manyOf(3500));
  const counts = [taker.taken.length];
  while (turns.next()) counts.push(taker.taken.length);
  assert.equal(counts, [1000, 2000, 3000, 3500]);
  peer.inbound.write(text('x'));
  assert.is(taker.taken.length, 3501);
});

intakes('counts long messages for more', () => {
  const peer = new FakePeer(1);
  const { taker } = intakeOf(peer);
  peer.inbound.writeAll(Array.from({ length: 100 }, () => text('x'.repeat(6400))));
  assert.is(taker.taken.length, 10);
});

intakes('counts each part', () => {
  const peer = new FakePeer(1);
  const { taker } = intakeOf(peer);
  peer.inbound.writeAll(Array.from({ length: 100 }, () => manyOf(200).flat()));
  assert.is(taker.taken.length, 5);
});

intakes('lets others speak before it goes on with one who has very much to say', () => {
  const [loud, quiet] = [new FakePeer(1), new FakePeer(2)];
  const { taker, turns } = intakeOf(loud, quiet);
  loud.inbound.writeAll(manyOf(10_000));
  quiet.inbound.write(text('x'));
  for (let i = 0; i < 2; i += 1) turns.next();
  assert.ok(taker.taken.includes(2));
  assert.ok(loud.inbound.size >= 7000);
});

intakes('does not let pile up what no mark holds back', () => {
  const [one, other] = [new FakePeer(1), new FakePeer(2)];
  const { taker, turns } = intakeOf(one, other);
  one.inbound.writeAll(manyOf(50_000));
  assert.is(taker.taken.length, 40_000);
  other.inbound.writeAll(manyOf(50_000));
  assert.is(taker.taken.length, 80_000);
  while (turns.next());
  assert.is(taker.taken.length, 100_000);
});

intakes('waits while it is told to, and goes on when it is resumed', () => {
  const peer = new FakePeer(1);
  const { intake, taker, turns } = intakeOf(peer);
  taker.ready = false;
  taker.toSweep = 10;
  peer.inbound.writeAll(manyOf(10));
  intake.remove(new FakePeer(2));
  assert.not.ok(turns.next());
  assert.equal([taker.taken.length, taker.toSweep], [0, 10]);
  taker.ready = true;
  intake.resume();
  assert.equal([taker.taken.length, taker.toSweep], [10, 0]);
});

intakes('shares a turn between what comes and what is left behind', () => {
  const peer = new FakePeer(1);
  const { intake, taker, turns } = intakeOf(peer);
  taker.toSweep = 10_000;
  intake.remove(new FakePeer(2));
  assert.is(taker.toSweep, 9000);
  peer.inbound.writeAll(manyOf(10_000));
  turns.next();
  assert.equal([taker.toSweep, taker.taken.length], [8500, 500]);
  while (turns.next());
  assert.equal([taker.toSweep, taker.taken.length], [0, 10_000]);
});

intakes('takes at once what one who has gone had sent', () => {
  const peer = new FakePeer(1);
  const { intake, taker, turns } = intakeOf(peer);
  peer.inbound.writeAll(manyOf(3000));
  intake.remove(peer);
  assert.is(taker.taken.length, 3000);
  peer.inbound.write(text('x'));
  while (turns.next());
  assert.is(taker.taken.length, 3001, 'and what is only found out now');
});

intakes.run();

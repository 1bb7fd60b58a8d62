import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ByteQueue } from '../../src/zmtp/byte-queue.ts';
import { Heap } from '../support/zmtp-heap.ts';
import { pattern, toHex } from '../support/zmtp-hex.ts';

const byteQueue = suite('zmtp/byte-queue');

/** All octets in one array, which moves up with each octet taken. */
class NaiveQueue {
  octets: number[] = [];
}

type Step = fc.Command<NaiveQueue, ByteQueue>;

const push = fc.uint8Array({ maxLength: 12 }).map<Step>(chunk => ({
  check: () => true,
  run(model, queue) {
    model.octets.push(...chunk);
    queue.push(Uint8Array.from(chunk));
  },
  toString: () => `push ${toHex(chunk)}`,
}));

const takeInto = fc.record({ length: fc.nat(20), offset: fc.nat(6) }).map<Step>(({ length, offset }) => ({
  check: () => true,
  run(model, queue) {
    const expected = Array<number>(offset + length).fill(0xee);
    const taken = model.octets.splice(0, length);
    expected.splice(offset, taken.length, ...taken);
    const into = new Uint8Array(offset + length).fill(0xee);
    assert.is(queue.takeInto(into, offset), taken.length);
    assert.equal([...into], expected);
  },
  toString: () => `takeInto ${length} at ${offset}`,
}));

const peek = fc.nat(20).map<Step>(length => ({
  check: () => true,
  run(model, queue) {
    const into = new Uint8Array(length);
    const there = queue.peek(into);
    assert.equal([...into.subarray(0, there)], model.octets.slice(0, length));
  },
  toString: () => `peek ${length}`,
}));

const skip = fc.nat(20).map<Step>(count => ({
  check: model => model.octets.length >= count,
  run(model, queue) {
    model.octets.splice(0, count);
    queue.skip(count);
  },
  toString: () => `skip ${count}`,
}));

/** What the reader's tight loop does: move on within the chunk. */
const moveOn = fc.nat(20).map<Step>(count => ({
  check: () => true,
  run(model, queue) {
    assert.is(queue.advance(), model.octets.length > 0);
    const step = Math.min(count, queue.chunk.length - queue.position);
    const octets = queue.chunk.subarray(queue.position, queue.position + step);
    assert.equal([...octets], model.octets.splice(0, step));
    queue.position += step;
  },
  toString: () => `move on ${count}`,
}));

const clear = fc.constant<Step>({
  check: () => true,
  run(model, queue) {
    model.octets = [];
    queue.clear();
  },
  toString: () => 'clear',
});

/** Looks after every step. */
function watched(step: Step): Step {
  return {
    check: model => step.check(model),
    run(model, queue) {
      step.run(model, queue);
      assert.is(queue.size, model.octets.length);
    },
    toString: () => step.toString(),
  };
}

byteQueue('gives octets in order, whatever is pushed, taken, peeked at and skipped', () => {
  const steps = [push, push, push, takeInto, peek, skip, moveOn, clear].map(kind => kind.map(watched));
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 60, size: 'max' }), commands => {
      fc.modelRun(() => ({ model: new NaiveQueue(), real: new ByteQueue() }), commands);
    }),
    { numRuns: 300 },
  );
});

byteQueue('says nothing of empty chunks', () => {
  const queue = new ByteQueue();
  queue.push(new Uint8Array(0));
  assert.is(queue.advance(), false);
  queue.push(pattern(1));
  queue.push(new Uint8Array(0));
  queue.push(pattern(1));
  queue.skip(2);
  assert.is(queue.advance(), false);
});

byteQueue('hands on a chunk itself, not a copy', () => {
  const queue = new ByteQueue();
  const [first, second] = [pattern(3), pattern(5)];
  queue.push(first);
  queue.push(second);
  assert.is(queue.chunk, first);
  queue.skip(3);
  assert.ok(queue.advance());
  assert.is(queue.chunk, second);
});

byteQueue('counts the chunks that are not used up', () => {
  const queue = new ByteQueue();
  const counts = [queue.chunks];
  for (const length of [3, 0, 2, 1]) {
    queue.push(pattern(length));
    counts.push(queue.chunks);
  }
  for (let i = 0; i < 6; i += 1) {
    queue.skip(1);
    counts.push(queue.chunks);
  }
  assert.equal(counts, [0, 1, 1, 2, 3, 3, 3, 2, 2, 1, 0]);
});

byteQueue('takes no longer for a chunk when many wait behind it', () => {
  const queue = new ByteQueue();
  const chunk = pattern(2);
  for (let i = 0; i < 200_000; i += 1) queue.push(chunk);
  const into = new Uint8Array(2);
  let taken = 0;
  while (queue.size > 0) taken += queue.takeInto(into, 0);
  assert.is(taken, 400_000);
});

byteQueue('lets go of what was taken, also when it never runs empty', async () => {
  const queue = new ByteQueue();
  const heap = new Heap();
  for (let i = 0; i < 100; i += 1) {
    queue.push(heap.watch(pattern(16)));
    if (i >= 4) queue.skip(16);
  }
  const kept = await heap.survivors();
  assert.ok(kept <= 16, `${kept} of 100 chunks are kept, 4 wait`);
  assert.is(queue.size, 64);
});

byteQueue.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../src/message.ts';
import { ConflatingPipe, Pipe } from '../src/pipe.ts';
import { Heap } from './support/zmtp-heap.ts';

const pipe = suite('pipe');

/** A message that can be told from others. */
function numbered(number: number): Message {
  return [Uint8Array.of(number >>> 16, number >>> 8, number)];
}

/** How many messages the pipe takes before it refuses one. */
function fill(full: Pipe, atMost = 10_000): number {
  let taken = 0;
  while (taken < atMost && full.tryWrite(numbered(taken))) taken += 1;
  return taken;
}

for (const mark of [1, 2, 3, 4, 5, 8, 9, 100, 1000]) {
  pipe(`with a mark of ${mark} takes ${mark} messages, then none until half of them were read`, () => {
    const full = new Pipe(mark);
    assert.is(fill(full), mark);
    assert.is(full.size, mark);
    for (let read = 1; read < Math.ceil(mark / 2); read += 1) {
      full.read();
      assert.not(full.hasRoom, `after ${read} were read`);
      assert.not(full.tryWrite(numbered(0)));
    }
    full.read();
    assert.ok(full.hasRoom);
    assert.is(fill(full), Math.ceil(mark / 2));
  });
}

pipe('with a mark of 0 takes any number', () => {
  const endless = new Pipe(0);
  assert.is(fill(endless, 50_000), 50_000);
  assert.ok(endless.hasRoom);
  for (let i = 0; i < 50_000; i += 1) assert.equal(endless.read(), numbered(i));
  assert.is(endless.read(), undefined);
});

pipe('hands on the message itself', () => {
  const one = new Pipe(1);
  const message = numbered(1);
  one.write(message);
  assert.is(one.read(), message);
});

pipe('is empty when all was read or dropped', () => {
  const finished = new Pipe(10);
  fill(finished);
  while (finished.read() !== undefined);
  assert.is(finished.size, 0);
  fill(finished);
  assert.is(finished.clear(), 10);
  assert.is(finished.read(), undefined);
  assert.is(finished.clear(), 0);
});

pipe('holds no message that was read or dropped', async () => {
  const heap = new Heap();
  const finished = new Pipe(0);
  for (let i = 0; i < 20; i += 1) finished.write(heap.watch(numbered(i)));
  for (let i = 0; i < 12; i += 1) finished.read();
  assert.is(await heap.survivors(), 8);
  finished.clear();
  assert.is(await heap.survivors(), 0);
  assert.is(finished.size, 0); // it is still there itself
});

pipe('lets its ends be used from within what they are told', () => {
  const busy = new Pipe(2);
  const read: (Message | undefined)[] = [];
  let next = 0;
  busy.onReadable = () => read.push(busy.read());
  busy.onRoom = () => busy.tryWrite(numbered((next += 1)));
  busy.write(numbered(100));
  assert.equal(read, [numbered(100)]);
  busy.onReadable = () => {};
  fill(busy);
  busy.read();
  assert.is(next, 1);
  assert.is(busy.size, 2);
  assert.not(busy.hasRoom);
});

pipe('reads and writes for ever without growing slow', () => {
  const long = new Pipe(0);
  fill(long, 100_000);
  for (let i = 0; i < 300_000; i += 1) {
    const message = long.read();
    if (message !== undefined) long.write(message);
  }
  assert.is(long.size, 100_000);
});

// against a model that counts

class NaivePipe {
  waiting: Message[] = [];
  mark: number;
  mute = false;
  written = 0;
  /** What each end should have been told. */
  readable = 0;
  reopened = 0;

  constructor(mark: number) {
    this.mark = mark;
  }

  get room(): number {
    if (this.mute) return 0;
    return this.mark === 0 ? Infinity : this.mark - this.waiting.length;
  }

  write(): Message {
    const message = numbered((this.written += 1));
    this.waiting.push(message);
    if (this.waiting.length === 1) this.readable += 1;
    if (this.mark > 0 && this.waiting.length >= this.mark) this.mute = true;
    return message;
  }

  reopen(): void {
    if (this.mute) this.reopened += 1;
    this.mute = false;
  }
}

/** A pipe that counts what it tells. */
class ToldPipe extends Pipe {
  readable = 0;
  reopened = 0;

  constructor(mark: number) {
    super(mark);
    this.onReadable = () => (this.readable += 1);
    this.onRoom = () => (this.reopened += 1);
  }
}

type Step = fc.Command<NaivePipe, ToldPipe>;

/** A step after which everything that can be seen is compared. */
function step(name: string, run: (model: NaivePipe, real: ToldPipe) => void): Step {
  return {
    check: () => true,
    run(model, real) {
      run(model, real);
      assert.is(real.size, model.waiting.length, 'size');
      assert.is(real.hasRoom, !model.mute, 'hasRoom');
      assert.is(real.readable, model.readable, 'onReadable');
      assert.is(real.reopened, model.reopened, 'onRoom');
      assert.is(real.room, model.room, 'room');
    },
    toString: () => name,
  };
}

/** Several at once, or the interesting states would hardly be reached. */
const anyCount = fc.oneof(fc.constant(1), fc.nat(12));

const steps = [
  anyCount.map(count =>
    step(`tryWrite ${count} times`, (model, real) => {
      for (let i = 0; i < count; i += 1) {
        if (model.mute) assert.not(real.tryWrite(numbered(0)));
        else assert.ok(real.tryWrite(model.write()));
      }
    }),
  ),
  anyCount.map(count =>
    step(`write ${count} times`, (model, real) => {
      for (let i = 0; i < count; i += 1) real.write(model.write());
    }),
  ),
  fc.integer({ min: 1, max: 12 }).map(count =>
    step(`write ${count} at once`, (model, real) => {
      const before = model.readable;
      const messages = Array.from({ length: count }, () => model.write());
      real.writeAll([...messages]);
      assert.ok(model.readable - before <= 1);
    }),
  ),
  fc.integer({ min: 1, max: 12 }).map(most =>
    step(`read ${most} at once`, (model, real) => {
      const messages = real.readMany(most);
      assert.ok(messages.length <= most);
      if (model.waiting.length > 0) assert.ok(messages.length > 0);
      for (const message of messages) assert.is(message, model.waiting.shift());
      if (messages.length > 0 && model.waiting.length <= Math.floor(model.mark / 2)) model.reopen();
    }),
  ),
  anyCount.map(count =>
    step(`read ${count} times`, (model, real) => {
      for (let i = 0; i < count; i += 1) {
        assert.is(real.read(), model.waiting.shift());
        if (model.waiting.length <= Math.floor(model.mark / 2)) model.reopen();
      }
    }),
  ),
  fc.constant(
    step('clear', (model, real) => {
      assert.is(real.clear(), model.waiting.length);
      model.waiting = [];
      model.reopen();
    }),
  ),
  fc.nat(10).map(mark =>
    step(`mark ${mark}`, (model, real) => {
      real.highWaterMark = model.mark = mark;
      if (mark > 0 && model.waiting.length >= mark) model.mute = true;
      else model.reopen();
    }),
  ),
];

pipe('does what a list and two counters would do, and tells both ends exactly when it is due', () => {
  fc.assert(
    fc.property(fc.nat(8), fc.commands(steps, { maxCommands: 60, size: 'max' }), (mark, commands) => {
      fc.modelRun(() => ({ model: new NaivePipe(mark), real: new ToldPipe(mark) }), commands);
    }),
    { numRuns: 1000 },
  );
});

pipe('keeps order through every size it grows to and shrinks from', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { maxLength: 6 }), rounds => {
      const real = new Pipe(0);
      let [written, read] = [0, 0];
      for (const [writes, reads] of rounds) {
        for (let i = 0; i < writes; i += 1) real.write(numbered((written += 1)));
        for (let i = 0; i < reads && read < written; i += 1) assert.equal(real.read(), numbered((read += 1)));
      }
      assert.is(real.size, written - read);
    }),
    { numRuns: 50 },
  );
});

const conflating = suite('conflating pipe');

conflating('keeps the newest message, is never mute, and tells when one comes into an empty pipe', () => {
  const step = fc.oneof(
    fc.constant('write' as const),
    fc.nat(3).map(count => ({ writeAll: count })),
    fc.constantFrom('read' as const, 'clear' as const),
    fc.nat(2).map(most => ({ readMany: most })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), steps => {
      const kept = new ConflatingPipe();
      let [told, expectedlyTold, number] = [0, 0, 0];
      let newest: Message | undefined;
      kept.onReadable = () => (told += 1);
      kept.onRoom = () => assert.unreachable('it always had room');
      const come = (message: Message): void => {
        if (newest === undefined) expectedlyTold += 1;
        newest = message;
      };
      const take = (): Message | undefined => {
        const message = newest;
        newest = undefined;
        return message;
      };
      for (const step of steps) {
        kept.highWaterMark = 1;
        if (step === 'write') {
          const message = numbered((number += 1));
          assert.ok(kept.tryWrite(message));
          come(message);
        } else if (step === 'read') {
          assert.is(kept.read(), take());
        } else if (step === 'clear') {
          assert.is(kept.clear(), take() === undefined ? 0 : 1);
        } else if ('writeAll' in step) {
          const messages = Array.from({ length: step.writeAll }, () => numbered((number += 1)));
          const last = messages.at(-1);
          kept.writeAll(messages);
          if (last !== undefined) come(last);
        } else {
          const expected = step.readMany === 0 ? undefined : take();
          assert.equal(kept.readMany(step.readMany), expected === undefined ? [] : [expected]);
        }
        assert.equal([kept.size, told], [newest === undefined ? 0 : 1, expectedlyTold]);
        assert.equal([kept.hasRoom, kept.room], [true, Infinity]);
      }
    }),
  );
});

conflating('holds no message that another has replaced, or that was read or dropped', async () => {
  const heap = new Heap();
  const kept = new ConflatingPipe();
  for (let i = 0; i < 5; i += 1) kept.write(heap.watch(numbered(i)));
  assert.is(await heap.survivors(), 1);
  kept.read();
  kept.write(heap.watch(numbered(6)));
  kept.clear();
  assert.is(await heap.survivors(), 0);
  assert.is(kept.size, 0); // it is still there itself
});

pipe('tells when it has been read empty, and takes what is written then', () => {
  const pipe = new Pipe(0);
  let told = 0;
  pipe.onEmpty = () => {
    told += 1;
    if (told < 3) pipe.write([Buffer.from(`more ${told}`)]);
  };
  pipe.write([Buffer.from('first')]);
  pipe.write([Buffer.from('second')]);
  assert.is(String(pipe.read()), 'first');
  assert.is(told, 0);
  assert.is(String(pipe.read()), 'second');
  assert.equal([told, pipe.size], [1, 1]);
  assert.equal(pipe.readMany(9).map(String), ['more 1']);
  assert.equal([told, pipe.size], [2, 1]);
  assert.is(String(pipe.read()), 'more 2');
  assert.equal([told, pipe.size], [3, 0]);
  pipe.read();
  pipe.readMany(9);
  pipe.clear();
  assert.is(told, 3, 'nothing was there');
});

pipe.run();
conflating.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InprocPipe } from '../../src/engine/inproc-pipe.ts';
import type { Message } from '../../src/message.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const inprocPipe = suite('inproc pipe');

const MESSAGE: Message = [Buffer.from('x')];
const TURN_MESSAGES = 10_000;

function make(highWaterMark: number): {
  pipe: InprocPipe;
  clock: VirtualClock;
  seen: { readable: number; room: number };
} {
  const clock = new VirtualClock();
  const pipe = new InprocPipe(highWaterMark, clock, part => part);
  const seen = { readable: 0, room: 0 };
  pipe.onReadable = () => (seen.readable += 1);
  pipe.onRoom = () => (seen.room += 1);
  return { pipe, clock, seen };
}

/** What the pipe holds, as the reader sees it. */
function read(pipe: InprocPipe): string {
  let text = '';
  for (let message = pipe.read(); message !== undefined; message = pipe.read()) text += message.map(String).join();
  return text;
}

function say(pipe: InprocPipe, words: string): void {
  for (const word of words) pipe.write([Buffer.from(word)]);
}

inprocPipe('hides what was written before and what is written meanwhile, and shows it in order', () => {
  const { pipe, seen } = make(0);
  say(pipe, 'abc');
  pipe.read();
  say(pipe, 'd');
  pipe.hide();
  assert.equal([pipe.size, pipe.read(), pipe.readMany(5)], [0, undefined, []]);
  say(pipe, 'ef');
  assert.equal([pipe.size, seen.readable], [0, 1]);
  pipe.show([]);
  assert.is(seen.readable, 2);
  assert.is(read(pipe), 'bcdef');
  pipe.hide();
  pipe.show([]);
  assert.is(seen.readable, 2, 'nothing was hidden');
  say(pipe, 'g');
  assert.is(read(pipe), 'g');
});

inprocPipe('tells the writer nothing of hiding and showing', () => {
  const { pipe, seen } = make(2);
  say(pipe, 'ab');
  pipe.hide();
  pipe.show([]);
  assert.equal([pipe.hasRoom, seen.room], [false, 0]);
  pipe.read();
  assert.equal([pipe.hasRoom, seen.room], [true, 1]);
});

inprocPipe('lets the event loop go round before it tells of room, after many messages', async () => {
  const { pipe, clock, seen } = make(2);
  for (let i = 0; i < TURN_MESSAGES / 2; i += 1) {
    assert.is(seen.room, i);
    assert.ok(pipe.tryWrite(MESSAGE) && pipe.tryWrite(MESSAGE));
    pipe.readMany(2);
  }
  const before = seen.room;
  assert.is(before, TURN_MESSAGES / 2 - 1);
  await Promise.resolve();
  assert.is(seen.room, before, 'promises are no turn');
  say(pipe, 'xx');
  read(pipe);
  await clock.settle();
  assert.is(seen.room, before + 1, 'once, however often there was room');
  say(pipe, 'xx');
  read(pipe);
  assert.is(seen.room, before + 2, 'and then at once again');
});

inprocPipe('does not tell of room that is gone when the turn comes', async () => {
  const { pipe, clock, seen } = make(2);
  for (let i = 0; i < TURN_MESSAGES; i += 1) pipe.write(MESSAGE);
  read(pipe);
  say(pipe, 'xx');
  await clock.settle();
  assert.is(seen.room, 0);
  read(pipe);
  assert.is(seen.room, 1);
});

inprocPipe('shows parts in the receiver’s form, and leaves messages that have it alone', () => {
  const clock = new VirtualClock();
  const pipe = new InprocPipe(0, clock, part => (part instanceof Buffer ? part : Buffer.from(part)));
  const [buffers, plain] = [MESSAGE, [Uint8Array.of(112)]];
  pipe.write(buffers);
  pipe.write(plain);
  pipe.write([...buffers, ...plain]);
  assert.is(pipe.read(), buffers);
  assert.equal([pipe.read(), pipe.read()], [[Buffer.from('p')], [Buffer.from('x'), Buffer.from('p')]]);
  assert.not.ok(plain[0] instanceof Buffer, 'the writer’s own list is as it was');
});

inprocPipe.run();

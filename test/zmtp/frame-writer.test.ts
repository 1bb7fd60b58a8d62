import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../src/message.ts';
import { FrameWriter } from '../../src/zmtp/frame-writer.ts';
import { COMMAND, MORE } from '../../src/zmtp/frame.ts';
import { Slab } from '../../src/zmtp/slab.ts';
import { frame } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { CountingMemory } from '../support/zmtp-side.ts';

const writer = suite('zmtp/frame-writer');

const KIB = 1024;
const COPY_MAX = 8 * KIB; // larger bodies go by reference
const SLAB_BYTES = 64 * KIB;

/** Sizes around everything that makes a difference. */
const anySize = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40) },
  { weight: 3, arbitrary: fc.constantFrom(23, 24, 25, 254, 255, 256, 257, 5000) },
  { weight: 3, arbitrary: fc.constantFrom(COPY_MAX - 1, COPY_MAX, COPY_MAX + 1, SLAB_BYTES + 1) },
);
const anyFlags = fc.constantFrom(0, MORE, COMMAND);

for (const [size, head] of [
  [0, '00 00'],
  [1, '00 01'],
  [255, '00 FF'],
  [256, '02 0000000000000100'],
  [65_537, '02 0000000000010001'],
] as const) {
  writer(`writes a body of ${size} octets behind ${head}`, () => {
    const frames = new FrameWriter(new Slab(plainMemory));
    frames.write(0, pattern(size));
    assert.is(frames.size, hex(head).length + size);
    assert.is(toHex(joined(frames.take())), toHex(hex(head)) + toHex(pattern(size)));
    assert.is(frames.size, 0);
    assert.equal(frames.take(), []);
  });
}

writer('gives exactly the frames one behind the other, for any sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyFlags, anySize), { maxLength: 30 }), frames => {
      const expected = joined(frames.map(([flags, size], i) => frame(flags, pattern(size, i))));
      const frameWriter = new FrameWriter(new Slab(plainMemory));
      frames.forEach(([flags, size], i) => {
        frameWriter.write(flags, pattern(size, i));
      });
      assert.is(frameWriter.size, expected.length);
      const chunks = frameWriter.take();
      assert.ok(chunks.every(chunk => chunk.length > 0));
      assert.is(toHex(joined(chunks)), toHex(expected));
    }),
    { numRuns: 150 },
  );
});

writer('fills a slab to its last octet and goes on in the next', () => {
  for (const spare of [0, 1, 2, 8, 9, 10]) {
    const frameWriter = new FrameWriter(new Slab(plainMemory));
    const expected: Uint8Array[] = [];
    const write = (size: number): void => {
      frameWriter.write(0, pattern(size, expected.length));
      expected.push(frame(0, pattern(size, expected.length)));
    };
    for (let i = 0; i < 8; i += 1) write(COPY_MAX - 9 - (i === 7 ? spare : 0));
    for (const size of [0, 1, 250, 256, COPY_MAX + 1, 3]) write(size);
    assert.is(toHex(joined(frameWriter.take())), toHex(joined(expected)), `${spare} octets to spare`);
  }
});

writer('gives room for a body that is written later, among others', () => {
  const CLAIM_MAX = 16 * KIB; // with its head; more gets memory of its own
  const anyClaim = fc.oneof(anySize, fc.constantFrom(CLAIM_MAX - 10, CLAIM_MAX - 9, CLAIM_MAX - 8));
  const anyStep = fc.tuple(fc.constantFrom('write', 'claim', 'raw', 'take'), anyFlags, anyClaim);
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), steps => {
      const memory = new CountingMemory();
      const frameWriter = new FrameWriter(new Slab(memory));
      const expected: Uint8Array[] = [];
      const chunks: Uint8Array[] = [];
      steps.forEach(([kind, flags, size], i) => {
        const body = pattern(size, i);
        if (kind === 'take') {
          chunks.push(...frameWriter.take());
          assert.is(frameWriter.room.length, 0); // or an idle connection would hold a slab
          return;
        }
        if (kind === 'raw') frameWriter.writeRaw(body);
        else if (kind === 'write') frameWriter.write(flags, body);
        else {
          const at = frameWriter.claim(flags, size);
          frameWriter.room.set(body, at);
        }
        expected.push(kind === 'raw' ? body : frame(flags, body));
      });
      chunks.push(...frameWriter.take());
      assert.ok(chunks.every(chunk => chunk.length > 0));
      assert.is(toHex(joined(chunks)), toHex(joined(expected)));
    }),
    { numRuns: 200 },
  );
});

writer('claims room in the slab up to 16 KiB, and beyond whole rooms of 32 KiB', () => {
  for (const [size, alone] of [
    [10, false],
    [16 * KIB - 9, false],
    [16 * KIB - 8, true],
    [200 * KIB, true],
  ] as const) {
    const memory = new CountingMemory();
    const frameWriter = new FrameWriter(new Slab(memory));
    assert.is(frameWriter.claim(0, size), size > 255 ? 9 : 2);
    assert.is(memory.allocated, alone ? Math.ceil((size + 9) / (32 * KIB)) * 32 * KIB : SLAB_BYTES);
    assert.is(frameWriter.size, size + (size > 255 ? 9 : 2));
  }
});

// memory that is used again

/** Claims room and fills it. */
function claimed(frameWriter: FrameWriter, size: number, seed = 0): Uint8Array {
  const at = frameWriter.claim(0, size);
  frameWriter.room.set(pattern(size, seed), at);
  return frameWriter.room;
}

writer('claims again what has been written, and nothing that has not', () => {
  const memory = new CountingMemory();
  const frameWriter = new FrameWriter(new Slab(memory));
  const first = claimed(frameWriter, 100 * KIB);
  frameWriter.reuse(); // it has not been taken yet
  const second = claimed(frameWriter, 100 * KIB);
  assert.is.not(second, first);
  frameWriter.take();
  const third = claimed(frameWriter, 100 * KIB); // they have been taken, not written
  assert.not([first, second].includes(third));
  frameWriter.reuse(); // the first two: the third is still here
  const allocated = memory.allocated;
  const again = [claimed(frameWriter, 100 * KIB), claimed(frameWriter, 97 * KIB)]; // as many rooms
  assert.equal(new Set(again), new Set([first, second]));
  assert.is(memory.allocated, allocated);
  assert.is.not(claimed(frameWriter, 100 * KIB), third);
  frameWriter.take();
  frameWriter.reuse();
  frameWriter.reuse();
  const later = Array.from({ length: 5 }, () => claimed(frameWriter, 100 * KIB));
  assert.is(new Set(later).size, 5, 'nothing is given twice');
});

writer('lets other writers claim what one has written', () => {
  const slab = new Slab(plainMemory);
  const [one, other] = [new FrameWriter(slab), new FrameWriter(slab)];
  const room = claimed(one, 20 * KIB);
  one.take();
  other.reuse();
  assert.is.not(claimed(other, 20 * KIB), room);
  one.reuse();
  assert.is(claimed(other, 20 * KIB), room);
});

writer('keeps no more than 2 MiB to be claimed again, the newest', () => {
  const memory = new CountingMemory();
  const frameWriter = new FrameWriter(new Slab(memory));
  const rooms = Array.from({ length: 100 }, () => claimed(frameWriter, 40 * KIB));
  frameWriter.take();
  frameWriter.reuse();
  const { allocated } = memory;
  const again = Array.from({ length: 32 }, () => claimed(frameWriter, 40 * KIB));
  assert.is(memory.allocated, allocated);
  assert.equal(new Set(again), new Set(rooms.slice(-32)));
  claimed(frameWriter, 40 * KIB);
  assert.is(memory.allocated, allocated + 64 * KIB);

  const large = new FrameWriter(new Slab(memory));
  claimed(large, 3 * 1024 * KIB);
  large.take();
  large.reuse();
  const before = memory.allocated;
  claimed(large, 3 * 1024 * KIB);
  assert.ok(memory.allocated > before, 'what is larger than all that may be kept is not');
});

writer('writes what was claimed, whenever its memory comes back', () => {
  const anyStep = fc.tuple(fc.constantFrom('claim', 'claim', 'write', 'take', 'written'), fc.nat(100 * KIB), fc.nat(2));
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), steps => {
      const slab = new Slab(plainMemory);
      const writers = [0, 1, 2].map(() => ({
        frames: new FrameWriter(slab),
        expected: new Array<Uint8Array>(),
        taken: new Array<Uint8Array>(),
        written: new Array<Uint8Array>(),
      }));
      const flush = (its: (typeof writers)[number]): void => {
        its.written.push(joined(its.taken.splice(0))); // the system copies
        its.frames.reuse();
      };
      steps.forEach(([kind, size, who], i) => {
        const its = writers[who];
        if (its === undefined) return;
        if (kind === 'take') its.taken.push(...its.frames.take());
        else if (kind === 'written') flush(its);
        else {
          if (kind === 'claim') claimed(its.frames, size, i);
          else its.frames.write(0, pattern(size, i));
          its.expected.push(frame(0, pattern(size, i)));
        }
      });
      for (const its of writers) {
        its.taken.push(...its.frames.take());
        flush(its);
        assert.ok(Buffer.compare(joined(its.written), joined(its.expected)) === 0);
      }
    }),
    { numRuns: 100 },
  );
});

// one slab, many writers

interface Write {
  readonly kind: 'write';
  readonly flags: number;
  readonly size: number;
  readonly writer: number;
}
interface Take {
  readonly kind: 'take';
  readonly writer: number;
}

const anySteps = fc.array(
  fc.oneof<fc.Arbitrary<Write | Take>[]>(
    fc.record({
      kind: fc.constant('write'),
      flags: anyFlags,
      size: anySize,
      writer: fc.nat(2),
    }),
    fc.record({ kind: fc.constant('take'), writer: fc.nat(2) }),
  ),
  { minLength: 2, maxLength: 80, size: 'max' },
);

writer('shares a slab without mixing octets, and never changes what was taken', () => {
  fc.assert(
    fc.property(anySteps, steps => {
      const slab = new Slab(plainMemory);
      const writers = [0, 1, 2].map(() => ({
        frames: new FrameWriter(slab),
        expected: new Array<Uint8Array>(),
        taken: new Array<Uint8Array>(),
      }));
      steps.forEach((step, i) => {
        const its = writers[step.writer];
        if (its === undefined) return;
        if (step.kind === 'take') its.taken.push(...its.frames.take());
        else {
          its.frames.write(step.flags, pattern(step.size, i));
          its.expected.push(frame(step.flags, pattern(step.size, i)));
        }
      });
      // compared at the end only, so that what was taken first has had the time to be spoilt
      for (const { frames, expected, taken } of writers) {
        assert.is(toHex(joined([...taken, ...frames.take()])), toHex(joined(expected)));
      }
    }),
    { numRuns: 300 },
  );
});

writer('lets writers that take turns share one slab', () => {
  const memory = new CountingMemory();
  const slab = new Slab(memory);
  const writers = Array.from({ length: 100 }, () => new FrameWriter(slab));
  for (const frameWriter of writers) {
    frameWriter.write(0, pattern(100));
    frameWriter.take();
  }
  assert.is(memory.allocated, SLAB_BYTES);
});

writer('holds no slab when nothing was written', () => {
  const memory = new CountingMemory();
  const slab = new Slab(memory);
  for (let i = 0; i < 100; i += 1) new FrameWriter(slab).writeRaw(new Uint8Array(0));
  assert.is(memory.allocated, 0);
});

writer('copies bodies up to 8 KiB, and hands on larger ones themselves', () => {
  for (const [size, byReference] of [
    [1, false],
    [COPY_MAX, false],
    [COPY_MAX + 1, true],
    [SLAB_BYTES * 4, true],
  ] as const) {
    const body = pattern(size);
    const frameWriter = new FrameWriter(new Slab(plainMemory));
    frameWriter.write(0, body);
    assert.is(frameWriter.take().includes(body), byReference, `${size} octets`);
  }
});

writer('gathers many small frames into few chunks', () => {
  const frameWriter = new FrameWriter(new Slab(plainMemory));
  for (let i = 0; i < 10_000; i += 1) frameWriter.write(0, pattern(10));
  assert.is(frameWriter.take().length, Math.ceil((10_000 * 12) / SLAB_BYTES));
});

writer('writes unframed octets as they are, between frames too', () => {
  const frameWriter = new FrameWriter(new Slab(plainMemory));
  frameWriter.writeRaw(hex("'raw'"));
  frameWriter.write(0, hex("'x'"));
  frameWriter.writeRaw(hex('FF'));
  assert.is(frameWriter.size, 7);
  assert.is(toHex(joined(frameWriter.take())), toHex(hex("'raw' 00 01 'x' FF")));
});

writer.run();

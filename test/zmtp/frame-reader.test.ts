import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import { plainMemory, type Memory } from '../../src/message.ts';
import { BODY_MAX, FrameReader } from '../../src/zmtp/frame-reader.ts';
import { COMMAND, LONG, MORE } from '../../src/zmtp/frame.ts';
import { frame, longHead } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { codeThrown, CountingMemory, cut } from '../support/zmtp-side.ts';

const reader = suite('zmtp/frame-reader');

const KIB = 1024;
const FIRST_PIECE = 64 * KIB; // what a claimed size may cost before octets have come

interface Frame {
  readonly flags: number;
  readonly body: string;
}

/** All frames there are, flags without the bit that tells the form of the head. */
function framesOf(frameReader: FrameReader): Frame[] {
  const frames: Frame[] = [];
  while (frameReader.next()) frames.push({ flags: frameReader.flags & ~LONG, body: toHex(frameReader.body) });
  return frames;
}

/** Frames, or frames and the code of the error that ends them. */
function read(chunks: readonly Uint8Array[], { limit = BODY_MAX, memory = plainMemory } = {}): (Frame | string)[] {
  const frameReader = new FrameReader(memory);
  frameReader.limit = frameReader.commandLimit = limit;
  const frames: (Frame | string)[] = [];
  try {
    for (const chunk of chunks) {
      frameReader.push(chunk);
      while (frameReader.next()) frames.push({ flags: frameReader.flags & ~LONG, body: toHex(frameReader.body) });
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    frames.push(error.code);
  }
  return frames;
}

/** A frame with its octets, in the short form where it fits and `long` does not ask for the other. */
const anyFrame = fc
  .record({
    flags: fc.constantFrom(0, MORE, COMMAND, COMMAND | MORE, 0xf8),
    body: fc.oneof(
      { weight: 8, arbitrary: fc.uint8Array({ maxLength: 12 }) },
      { weight: 2, arbitrary: fc.constantFrom(0, 1, 254, 255, 256, 257, 1000).map(length => pattern(length)) },
    ),
    long: fc.boolean(),
  })
  .map(({ flags, body, long }) => ({
    frame: { flags, body: toHex(body) },
    octets: long ? joined([longHead(flags, BigInt(body.length)), body]) : frame(flags, body),
  }));

const anyCut = fc.array(fc.oneof(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 400 })), { minLength: 1 });

for (const [octets, flags, body] of [
  ['00 00', 0, ''],
  ['00 01 61', 0, "'a'"],
  ['01 01 61', MORE, "'a'"],
  ['04 05 04 "PING"'.replaceAll('"', "'"), COMMAND, "04 'PING'"],
  ['00 FF 55*255', 0, '55*255'],
  ['02 0000000000000100 55*256', 0, '55*256'],
  ['02 0000000000010001 55*65537', 0, '55*65537'],
  // RFC 37 lets a small body have a long head, and names no reaction to the bits it reserves
  ['02 0000000000000000', 0, ''],
  ['02 0000000000000001 61', 0, "'a'"],
  ['F8 01 61', 0xf8, "'a'"],
] as const) {
  reader(`reads ${octets}`, () => {
    for (const cuts of [[Infinity], [1], [2], [9], [10], [3, 1]]) {
      assert.equal(read(cut(hex(octets), cuts)), [{ flags, body: toHex(hex(body)) }], `cut ${cuts.join()}`);
    }
  });
}

reader('reads the same frames however the octets are cut', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), anyCut, (frames, lengths) => {
      const octets = joined(frames.map(each => each.octets));
      assert.equal(
        read(cut(octets, lengths)),
        frames.map(each => each.frame),
      );
    }),
    { numRuns: 500 },
  );
});

reader('reads the same frames when they are asked for late', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), anyCut, fc.nat(6), (frames, lengths, every) => {
      const frameReader = new FrameReader(plainMemory);
      const found: Frame[] = [];
      cut(joined(frames.map(each => each.octets)), lengths).forEach((chunk, i) => {
        frameReader.push(chunk);
        if (i % (every + 1) === every) found.push(...framesOf(frameReader));
      });
      found.push(...framesOf(frameReader));
      assert.equal(
        found,
        frames.map(each => each.frame),
      );
      assert.is(frameReader.pending, 0);
    }),
    { numRuns: 300 },
  );
});

reader('tells where a body lies instead of handing it out, turn and turn about, however the octets are cut', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 12 }),
      anyCut,
      fc.array(fc.boolean(), { minLength: 1 }),
      (frames, lengths, turns) => {
        const frameReader = new FrameReader(plainMemory);
        const seen: Frame[] = [];
        let turn = 0;
        const more = (): boolean => {
          turn += 1;
          if (turns[turn % turns.length] === true) {
            if (!frameReader.next()) return false;
            seen.push({ flags: frameReader.flags & ~LONG, body: toHex(frameReader.body) });
            return true;
          }
          if (!frameReader.locate()) {
            assert.is(frameReader.octets.length, 0); // it keeps nothing
            return false;
          }
          const { octets, start, length } = frameReader;
          seen.push({ flags: frameReader.flags & ~LONG, body: toHex(octets.subarray(start, start + length)) });
          return true;
        };
        for (const chunk of cut(joined(frames.map(each => each.octets)), lengths)) {
          frameReader.push(chunk);
          for (let found = more(); found; found = more());
        }
        assert.equal(
          seen,
          frames.map(each => each.frame),
        );
        assert.is(frameReader.pending, 0);
      },
    ),
  );
});

reader('tells where a body lies in the chunk that was pushed, and makes no view', () => {
  const memory: Memory = {
    view: () => {
      throw new Error('a view');
    },
    allocate: length => new Uint8Array(length),
  };
  const frameReader = new FrameReader(memory);
  const chunk = joined([frame(0, 'abc'), frame(MORE, pattern(300))]);
  frameReader.push(chunk);
  assert.ok(frameReader.locate());
  assert.is(frameReader.octets, chunk);
  assert.equal([frameReader.start, frameReader.length], [2, 3]);
  assert.ok(frameReader.locate());
  assert.equal([frameReader.start, frameReader.length], [5 + 9, 300]);
});

reader('holds what it locates to the limits', () => {
  for (const [octets, code] of [
    [frame(0, pattern(11)), 'ERR_ZMTP_FRAME_TOO_LARGE'],
    [longHead(0, 11n), 'ERR_ZMTP_FRAME_TOO_LARGE'],
    [longHead(COMMAND, 21n), 'ERR_ZMTP_FRAME_TOO_LARGE'],
  ] as const) {
    const frameReader = new FrameReader(plainMemory);
    frameReader.limit = 10;
    frameReader.commandLimit = 20;
    frameReader.push(octets);
    assert.is(
      codeThrown(() => frameReader.locate()),
      code,
    );
  }
});

reader('reads frames or one ProtocolError out of any octets, the same however they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), anyCut, fc.nat(300), (octets, lengths, limit) => {
      assert.equal(read(cut(octets, lengths), { limit }), read([octets], { limit }));
    }),
    { numRuns: 500 },
  );
});

reader('does not change a body that it has handed out', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), anyCut, (frames, lengths) => {
      const frameReader = new FrameReader(plainMemory);
      const bodies: Uint8Array[] = [];
      for (const chunk of cut(joined(frames.map(each => each.octets)), lengths)) {
        frameReader.push(chunk.slice());
        while (frameReader.next()) bodies.push(frameReader.body);
      }
      assert.equal(
        bodies.map(toHex),
        frames.map(each => each.frame.body),
      );
    }),
  );
});

reader('says at every octet how many wait, but for a head that has been read', () => {
  const octets = joined([frame(0, pattern(3)), frame(0, pattern(256))]);
  const frameReader = new FrameReader(plainMemory);
  const waiting: number[] = [];
  for (let i = 0; i < octets.length; i += 1) {
    frameReader.push(octets.slice(i, i + 1));
    framesOf(frameReader);
    waiting.push(frameReader.pending);
  }
  const body = Array.from({ length: 256 }, (_, i) => i);
  assert.equal(waiting, [1, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, ...body, 0]);
});

reader('hands out a body that lies in one chunk as a view of it', () => {
  const frameReader = new FrameReader(plainMemory);
  const chunk = joined([frame(0, pattern(3)), frame(0, pattern(300))]);
  frameReader.push(chunk);
  const places: number[] = [];
  while (frameReader.next()) {
    assert.is(frameReader.body.buffer, chunk.buffer);
    places.push(frameReader.body.byteOffset - chunk.byteOffset);
  }
  assert.equal(places, [2, 5 + 9]);
});

reader('gives a body that spans chunks memory of its own', () => {
  const frameReader = new FrameReader(plainMemory);
  const chunks = cut(frame(0, pattern(300)), [200]).map(chunk => chunk.slice());
  for (const chunk of chunks) frameReader.push(chunk);
  assert.ok(frameReader.next());
  for (const chunk of chunks) assert.is.not(frameReader.body.buffer, chunk.buffer);
  assert.is(frameReader.body.buffer.byteLength, 300);
});

reader('hands out octets of its memory only, empty bodies too', () => {
  class Own extends Uint8Array<ArrayBufferLike> {}
  const memory: Memory = {
    view: (buffer, offset, length) => new Own(buffer, offset, length),
    allocate: length => new Own(new ArrayBuffer(length)),
  };
  const octets = joined([frame(MORE, ''), frame(MORE, 'a'), frame(COMMAND, ''), frame(0, pattern(300))]);
  for (const lengths of [[Infinity], [1], [2], [3], [200]]) {
    const frameReader = new FrameReader(memory);
    for (const chunk of cut(octets, lengths)) {
      frameReader.push(chunk.slice());
      while (frameReader.next()) assert.instance(frameReader.body, Own, `cut ${lengths.join()}`);
    }
  }
});

reader('takes octets that are not framed, and frames what follows', () => {
  const octets = joined([pattern(64), frame(0, 'abc'), frame(0, '')]);
  for (const lengths of [[1], [63], [64], [65], [Infinity]]) {
    const frameReader = new FrameReader(plainMemory);
    const raw = new Uint8Array(64);
    let filled = 0;
    const found: Frame[] = [];
    for (const chunk of cut(octets, lengths)) {
      frameReader.push(chunk);
      filled += frameReader.takeRaw(raw, filled);
      if (filled === 64) found.push(...framesOf(frameReader));
    }
    assert.is(toHex(raw), toHex(pattern(64)));
    assert.equal(found, [
      { flags: 0, body: '616263' },
      { flags: 0, body: '' },
    ]);
  }
});

// limits

for (const size of [2n ** 31n, 2n ** 32n + 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
  reader(`refuses a frame of ${size} octets before it takes memory`, () => {
    for (const flags of [0, MORE, COMMAND]) {
      for (const lengths of [[Infinity], [1], [8]]) {
        const memory = new CountingMemory();
        assert.equal(read(cut(longHead(flags, size), lengths), { memory }), ['ERR_ZMTP_FRAME_TOO_LARGE']);
        assert.is(memory.allocated, 0);
      }
    }
  });
}

reader('takes a body of exactly the limit and refuses one octet more, in both forms of the head', () => {
  for (const limit of [0, 1, 100, 255, 256, 300]) {
    for (const lengths of [[Infinity], [1]]) {
      const exact = pattern(limit);
      const long = joined([longHead(0, BigInt(limit)), exact]);
      const fits = [{ flags: 0, body: toHex(exact) }];
      assert.equal(read(cut(frame(0, exact), lengths), { limit }), fits);
      assert.equal(read(cut(long, lengths), { limit }), fits);
      assert.equal(read(cut(frame(0, pattern(limit + 1)), lengths), { limit }), ['ERR_ZMTP_FRAME_TOO_LARGE']);
      assert.equal(read(cut(longHead(0, BigInt(limit + 1)), lengths), { limit }), ['ERR_ZMTP_FRAME_TOO_LARGE']);
    }
  }
});

reader('refuses by the head alone, before any octet of the body has come', () => {
  assert.equal(read([hex('00 0B')], { limit: 10 }), ['ERR_ZMTP_FRAME_TOO_LARGE']);
});

reader('names size and limit when it refuses', () => {
  const frameReader = new FrameReader(plainMemory);
  frameReader.limit = 65_536;
  frameReader.push(longHead(0, 70_000n));
  assert.throws(
    () => frameReader.next(),
    (error: unknown) => error instanceof ProtocolError && error.message === 'frame of 70000 octets, limit 65536',
  );
});

reader('holds commands and messages to a limit each', () => {
  for (const lengths of [[Infinity], [1]]) {
    const outcome = (limit: number, commandLimit: number, octets: Uint8Array): string => {
      const frameReader = new FrameReader(plainMemory);
      frameReader.limit = limit;
      frameReader.commandLimit = commandLimit;
      for (const chunk of cut(octets, lengths)) {
        frameReader.push(chunk);
        try {
          if (frameReader.next()) return 'frame';
        } catch {
          return 'refused';
        }
      }
      return 'nothing';
    };
    assert.is(outcome(2, 9, frame(COMMAND, pattern(9))), 'frame');
    assert.is(outcome(2, 9, frame(0, pattern(9))), 'refused');
    assert.is(outcome(9, 2, frame(COMMAND, pattern(9))), 'refused');
    assert.is(outcome(9, 2, frame(0, pattern(9))), 'frame');
  }
});

reader('holds all frames of one message to its limit, and begins anew with the next', () => {
  const frameReader = new FrameReader(plainMemory);
  frameReader.limit = 10;
  const take = (length: number): void => {
    frameReader.push(frame(MORE, pattern(length)));
    assert.ok(frameReader.next());
  };
  take(4);
  frameReader.spendLimit();
  take(6);
  frameReader.spendLimit();
  take(0);
  frameReader.restoreLimit();
  take(10);
  frameReader.spendLimit();
  frameReader.push(frame(0, pattern(1)));
  assert.is(
    codeThrown(() => frameReader.next()),
    'ERR_ZMTP_MESSAGE_TOO_LARGE',
  );
});

// memory

reader('takes no more than a first piece for a body that is only claimed', () => {
  for (const lengths of [[Infinity], [1], [9]]) {
    const memory = new CountingMemory();
    const head = longHead(0, BigInt(BODY_MAX));
    assert.equal(read(cut(head, lengths), { memory }), []);
    assert.ok(memory.allocated <= FIRST_PIECE, `${memory.allocated} octets for a head`);
    assert.equal(read(cut(joined([head, pattern(10)]), lengths), { memory }), []);
    assert.ok(memory.allocated <= 2 * FIRST_PIECE, `${memory.allocated} octets for 10`);
  }
});

reader('takes memory in proportion to what has arrived of a large body', () => {
  const memory = new CountingMemory();
  const frameReader = new FrameReader(memory);
  frameReader.push(longHead(0, BigInt(BODY_MAX)));
  const chunk = pattern(16 * KIB);
  for (let arrived = chunk.length; arrived <= 4 * KIB * KIB; arrived += chunk.length) {
    frameReader.push(chunk.slice());
    assert.not(frameReader.next());
    assert.ok(memory.largest <= Math.max(FIRST_PIECE, 16 * arrived), `${memory.largest} octets for ${arrived}`);
    assert.is(frameReader.pending, arrived);
  }
});

reader('waits for a few chunks of a large body, so as to take its memory once', () => {
  for (const chunks of [1, 2, 3, 4]) {
    const size = chunks * 16 * 64 * KIB;
    const memory = new CountingMemory();
    const body = pattern(size);
    assert.equal(read(cut(frame(0, body), [9, ...Array<number>(100).fill(64 * KIB)]), { memory }), [
      { flags: 0, body: toHex(body) },
    ]);
    assert.is(memory.allocated, size);
  }
});

reader('waits for few chunks only, since tiny ones must not pile up', () => {
  const memory = new CountingMemory();
  const frameReader = new FrameReader(memory);
  frameReader.push(longHead(0, 1_000_000_000n));
  for (let i = 1; i <= 3; i += 1) {
    frameReader.push(pattern(1));
    assert.not(frameReader.next());
    assert.is(memory.allocated, 0, `after ${i}`);
  }
  frameReader.push(pattern(1));
  assert.not(frameReader.next());
  assert.is(memory.allocated, FIRST_PIECE);
});

reader('takes no more for a body than it needs, and copies it few times while it grows', () => {
  const size = 3 * KIB * KIB + 5;
  const memory = new CountingMemory();
  const body = pattern(size);
  const frames = read(cut(frame(0, body), [16 * KIB]), { memory });
  assert.equal(frames, [{ flags: 0, body: toHex(body) }]);
  assert.is(memory.largest, size);
  assert.ok(memory.allocated <= 2 * size, `${memory.allocated} octets for a body of ${size}`);
});

reader('forgets everything when it is cleared', () => {
  const frameReader = new FrameReader(plainMemory);
  for (const half of [hex('00'), hex('00 05 61'), longHead(0, 1000n), hex('00 01 61 00 01 62')]) {
    frameReader.push(half);
    frameReader.next();
    frameReader.clear();
    assert.is(frameReader.pending, 0);
    assert.not(frameReader.next());
    frameReader.push(frame(0, 'x'));
    assert.equal(framesOf(frameReader), [{ flags: 0, body: '78' }]);
  }
});

reader('reads 100,000 empty frames without recursion, in one chunk and octet by octet', () => {
  const many = hex('0100*100000');
  assert.is(read([many]).length, 100_000);
  assert.is(read(cut(many, [1])).length, 100_000);
});

reader.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import { plainMemory, type Memory } from '../../src/message.ts';
import { FrameReaderV1 } from '../../src/zmtp/frame-reader-v1.ts';
import { BODY_MAX } from '../../src/zmtp/frame-reader.ts';
import { frameV1, longHeadV1 } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { CountingMemory, cut } from '../support/zmtp-side.ts';

const reader = suite('zmtp/frame-reader-v1');

const KIB = 1024;
const FIRST_PIECE = 64 * KIB;

/** Frames as `flags body`, and the code of the error that ends them. */
function read(
  chunks: readonly Uint8Array[],
  { limit = BODY_MAX, memory = plainMemory }: { limit?: number; memory?: Memory } = {},
): string[] {
  const frameReader = new FrameReaderV1(memory);
  frameReader.limit = limit;
  const frames: string[] = [];
  try {
    for (const chunk of chunks) {
      frameReader.push(chunk);
      while (frameReader.next()) frames.push(`${frameReader.flags} ${toHex(frameReader.body)}`);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    frames.push(error.code);
  }
  return frames;
}

for (const [what, octets, frames] of [
  ['an empty frame', '01 00', ['0 ']],
  ['a short frame', "04 00 'abc'", ['0 616263']],
  ['a frame with more to come', "02 01 'a' 02 00 'b'", ['1 61', '0 62']],
  ['a short body in the long form', "FF 0000000000000003 01 'ab'", ['1 6162']],
  ['an empty body in the long form', 'FF 0000000000000001 00', ['0 ']],
  ['reserved bits, which are ignored', "02 FE 'a' 02 FF 'b' 02 04 'c'", ['0 61', '1 62', '0 63']],
  ['nothing', '', []],
  ['half a head', '04', []],
  ['a head alone', '04 00', []],
  ['half a long head', 'FF 0000000000000003', []],
  ['a size of 0', '01 00 00', ['0 ', 'ERR_ZMTP_MALFORMED_FRAME']],
  ['a size of 0 with an octet behind', '01 00 00 00', ['0 ', 'ERR_ZMTP_MALFORMED_FRAME']],
  ['a long size of 0', 'FF 0000000000000000 00', ['ERR_ZMTP_MALFORMED_FRAME']],
  ['a long size of 2^63', 'FF 8000000000000000 00', ['ERR_ZMTP_FRAME_TOO_LARGE']],
  ['a long size of 2^64 - 1', 'FF FFFFFFFFFFFFFFFF 00', ['ERR_ZMTP_FRAME_TOO_LARGE']],
] as const) {
  reader(`reads ${what}, in one chunk and octet by octet`, () => {
    assert.equal(read([hex(octets)]), frames);
    assert.equal(read(cut(hex(octets), [1])), frames);
  });
}

const anyFrame = fc
  .record({
    more: fc.nat(1),
    body: fc.oneof(
      { weight: 5, arbitrary: fc.uint8Array({ maxLength: 12 }) },
      fc.constantFrom(0, 252, 253, 254, 255, 256, 1000).map(length => pattern(length)),
    ),
    long: fc.boolean(),
  })
  .map(({ more, body, long }) => ({ told: `${more} ${toHex(body)}`, octets: frameV1(more, body, long) }));

reader('reads the same frames however they are cut', () => {
  const lengths = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 9 }), lengths, (frames, steps) => {
      const octets = joined(frames.map(frame => frame.octets));
      const told = frames.map(frame => frame.told);
      assert.equal(read([octets]), told);
      assert.equal(read(cut(octets, steps)), told);
    }),
    { numRuns: 300 },
  );
});

reader('reads any octets as frames and at most one error, the same however they are cut', () => {
  const anyOctets = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.bigInt(0n, 2n ** 64n - 1n).map(size => longHeadV1(0, size)),
      anyFrame.map(({ octets }) => octets),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(anyOctets, pieces => {
      const octets = joined(pieces);
      const whole = read([octets], { limit: 500 });
      assert.equal(read(cut(octets, [1]), { limit: 500 }), whole);
      assert.equal(read(cut(octets, [3, 7]), { limit: 500 }), whole);
      assert.ok(whole.slice(0, -1).every(frame => !frame.startsWith('ERR')));
    }),
    { numRuns: 500 },
  );
});

for (const [size, limit, code] of [
  [100, 100, undefined],
  [101, 100, 'ERR_ZMTP_FRAME_TOO_LARGE'],
  [254, 253, 'ERR_ZMTP_FRAME_TOO_LARGE'],
  [0, 0, undefined],
  [1, 0, 'ERR_ZMTP_FRAME_TOO_LARGE'],
] as const) {
  reader(
    `${code === undefined ? 'takes' : 'refuses'} a body of ${size} octets, limit ${limit}: flags do not count`,
    () => {
      const body = pattern(size);
      assert.equal(read([frameV1(0, body)], { limit }), [code ?? `0 ${toHex(body)}`]);
      if (code !== undefined)
        assert.equal(read([frameV1(0, body).subarray(0, size > 253 ? 10 : 2)], { limit }), [code]);
    },
  );
}

reader('counts all the frames of a message against one limit', () => {
  const frameReader = new FrameReaderV1(plainMemory);
  frameReader.limit = 10;
  frameReader.push(joined([frameV1(1, pattern(6)), frameV1(0, pattern(5))]));
  assert.ok(frameReader.next());
  frameReader.spendLimit();
  assert.is(frameReader.limit, 4);
  assert.throws(() => frameReader.next(), /message of 11 octets so far, limit 10/);
  frameReader.restoreLimit();
  assert.is(frameReader.limit, 10);
});

reader('gives a view of a chunk that holds the whole body', () => {
  const chunk = joined([hex('AA'), frameV1(0, 'body')]).subarray(1);
  const frameReader = new FrameReaderV1(plainMemory);
  frameReader.push(chunk);
  assert.ok(frameReader.next());
  assert.is(frameReader.body.buffer, chunk.buffer);
});

reader('takes memory for what has arrived, not for what is claimed', () => {
  const memory = new CountingMemory();
  assert.equal(read([joined([longHeadV1(0, 2n ** 30n), pattern(10)])], { memory }), []);
  assert.ok(memory.allocated <= FIRST_PIECE, `${memory.allocated} octets`);
});

reader('tells what is pending, and lets go of it', () => {
  const frameReader = new FrameReaderV1(plainMemory);
  frameReader.push(frameV1(0, 'body').subarray(0, 4));
  assert.is(frameReader.pending, 4);
  assert.not(frameReader.next());
  assert.is(frameReader.pending, 2); // all but the head
  frameReader.clear();
  assert.is(frameReader.pending, 0);
  frameReader.push(frameV1(0, 'next'));
  assert.ok(frameReader.next());
  assert.is(toHex(frameReader.body), toHex(hex("'next'")));
});

reader('gives an inserted frame first, whatever the limit, and goes on where it was', () => {
  const frameReader = new FrameReaderV1(plainMemory);
  frameReader.push(joined([frameV1(1, 'a'), frameV1(0, 'b')]));
  assert.ok(frameReader.next());
  frameReader.limit = 1;
  frameReader.insert(pattern(5));
  assert.ok(frameReader.next());
  assert.equal([frameReader.flags, toHex(frameReader.body)], [0, toHex(pattern(5))]);
  assert.ok(frameReader.next());
  assert.is(toHex(frameReader.body), '62');
  frameReader.insert(pattern(5));
  frameReader.clear();
  assert.not(frameReader.next());
});

reader.run();

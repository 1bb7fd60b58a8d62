import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../src/message.ts';
import { FrameWriterV1 } from '../../src/zmtp/frame-writer-v1.ts';
import { FrameWriter } from '../../src/zmtp/frame-writer.ts';
import { Slab } from '../../src/zmtp/slab.ts';
import { frameV1 } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';

const writer = suite('zmtp/frame-writer-v1');

const KIB = 1024;

function newWriter(): FrameWriterV1 {
  return new FrameWriterV1(new FrameWriter(new Slab(plainMemory)));
}

writer('writes frames of any size in order, behind what had been written', () => {
  const anyBody = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.constantFrom(253, 254, 255, 8 * KIB, 8 * KIB + 1, 70 * KIB).map(length => pattern(length)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1), anyBody), { maxLength: 9 }), frames => {
      const own = newWriter();
      own.writeRaw(hex('AA BB'));
      for (const [flags, body] of frames) own.write(flags, body);
      const expected = joined([hex('AA BB'), ...frames.map(([flags, body]) => frameV1(flags, body))]);
      assert.is(own.size, expected.length);
      assert.is(toHex(joined(own.take())), toHex(expected));
      assert.is(own.size, 0);
      assert.equal(own.take(), []);
    }),
  );
});

writer('copies small bodies into one chunk, and hands on large ones by reference', () => {
  const own = newWriter();
  const large = pattern(8 * KIB + 1);
  own.write(1, pattern(8 * KIB));
  own.write(1, large);
  own.write(0, pattern(3));
  const chunks = own.take();
  assert.is(chunks.length, 3);
  assert.is(chunks[1], large);
});

writer.run();

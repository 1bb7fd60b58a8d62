/** Messages of two frames, many at once: what comes of it is what comes of each frame on its own. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory, type Message } from '../../src/message.ts';
import { FrameReader } from '../../src/zmtp/frame-reader.ts';
import { frame, longHead, message } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { cut } from '../support/zmtp-side.ts';

const pairs = suite('zmtp/frame-reader: pairs');

const MORE = 1;

function readerOf(...octets: readonly Uint8Array[]): FrameReader {
  const reader = new FrameReader(plainMemory);
  for (const chunk of octets) reader.push(Uint8Array.from(chunk));
  return reader;
}

/** The pairs that a reader takes at once. */
function taken(reader: FrameReader, most = 1000): string[] {
  const messages: Message[] = [];
  reader.takePairs(messages, most);
  return messages.map(inWords);
}

function inWords(parts: Message): string {
  return parts.map(toHex).join(' ');
}

pairs('are taken from one chunk, in order, with bodies of any size', () => {
  const octets = [message('g', 'a'), message('', ''), message(pattern(255), pattern(300)), message('g', pattern(255))];
  const expected = ['67 61', ' ', `${toHex(pattern(255))} ${toHex(pattern(300))}`, `67 ${toHex(pattern(255))}`];
  assert.equal(taken(readerOf(joined(octets))), expected);
});

pairs('are taken whatever stands before them in the memory of their chunk', () => {
  const larger = joined([pattern(10), message('g', 'a'), message('h', 'b'), pattern(10)]);
  const reader = new FrameReader(plainMemory);
  reader.push(larger.subarray(10, larger.length - 10));
  assert.equal(taken(reader), ['67 61', '68 62']);
});

pairs('are no more than were asked for', () => {
  const reader = readerOf(joined([message('a', '1'), message('b', '2'), message('c', '3')]));
  assert.equal(taken(reader, 0), []);
  assert.equal(taken(reader, 2), ['61 31', '62 32']);
  assert.equal(taken(reader, 2), ['63 33']);
  const messages: Message[] = [[]];
  readerOf(message('a', '1')).takePairs(messages, 1);
  assert.is(messages.length, 1, 'those that were there count');
});

for (const [what, octets] of [
  ['a single frame', message('a')],
  ['three frames', message('a', 'b', 'c')],
  ['a command', frame(4, '\x01X')],
  ['a command with MORE', frame(5, '\x01X')],
  ['a command behind the first frame', joined([frame(MORE, 'g'), frame(4, '\x01X'), frame(0, 'b')])],
  ['a first frame with a long head', joined([longHead(MORE, 1n), hex("'g'"), frame(0, 'b')])],
  ['reserved bits on the first frame', joined([frame(MORE | 0x80, 'g'), frame(0, 'b')])],
  ['reserved bits on the second frame', joined([frame(MORE, 'g'), frame(0x80, 'b')])],
  ['a body that claims too much', joined([frame(MORE, 'g'), longHead(0, 2n ** 63n)])],
] as const) {
  pairs(`are left alone from ${what} on, which next() looks at`, () => {
    const reader = readerOf(joined([message('g', 'a'), octets, message('g', 'late')]));
    const before = readerOf(joined([octets, message('g', 'late')]));
    assert.equal(taken(reader), ['67 61']);
    assert.is(reader.pending, before.pending);
  });
}

for (const [what, octets] of [
  ['half a head', hex('01')],
  ['half a group', hex("01 02 'g'")],
  ['a group without its body', frame(MORE, 'g')],
  ['half a head of the body', joined([frame(MORE, 'g'), hex('00')])],
  ['half a long head of the body', joined([frame(MORE, 'g'), hex('02 00000000')])],
  ['half a body', joined([frame(MORE, 'g'), hex("00 02 'b'")])],
] as const) {
  pairs(`are left alone from ${what} on, while the rest has not come`, () => {
    const reader = readerOf(joined([message('g', 'a'), octets]));
    assert.equal(taken(reader), ['67 61']);
    assert.is(reader.pending, octets.length);
  });
}

pairs('are left alone while a body is on its way, though it may look like one', () => {
  const reader = readerOf(hex("00 08 'bo'"));
  assert.not(reader.next());
  reader.push(joined([message('g', 'a'), message('h', 'b')]));
  assert.equal(taken(reader), []);
  assert.ok(reader.next());
  assert.is(toHex(reader.body), toHex(joined([hex("'bo'"), message('g', 'a')])));
  assert.equal(taken(reader), ['68 62']);
});

pairs('have as many octets as the limit allows, both together', () => {
  for (const [limit, first, second, count] of [
    [10, 4, 6, 1],
    [10, 4, 7, 0],
    [10, 10, 0, 1],
    [10, 11, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 1, 0],
    [400, 100, 300, 1],
    [399, 100, 300, 0],
  ] as const) {
    const reader = readerOf(message(pattern(first), pattern(second)));
    reader.limit = limit;
    assert.is(taken(reader).length, count, `${first} and ${second} octets of ${limit}`);
    assert.is(reader.limit, limit);
  }
});

pairs('are views of their chunk, and no memory is taken for them', () => {
  const chunk = Uint8Array.from(joined([message('g', pattern(300)), message('h', 'b')]));
  const reader = new FrameReader(plainMemory);
  reader.push(chunk);
  const messages: Message[] = [];
  reader.takePairs(messages, 10);
  assert.is(messages.length, 2);
  for (const part of messages.flat()) assert.is(part.buffer, chunk.buffer);
});

pairs('and what next() gives are together what next() alone gives, however the octets are cut', () => {
  const anyBody = fc.oneof(
    { weight: 6, arbitrary: fc.uint8Array({ maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(255, 256, 300).map(length => pattern(length)) },
  );
  const anyFrame = fc
    .tuple(fc.constantFrom(0, MORE, 4, 5, 0x80, 0x81), anyBody, fc.boolean())
    .map(([flags, body, long]) => (long ? joined([longHead(flags, BigInt(body.length)), body]) : frame(flags, body)));
  const anyPiece = fc.oneof(
    { weight: 2, arbitrary: anyFrame },
    { weight: 3, arbitrary: fc.tuple(anyBody, anyBody).map(([first, second]) => message(first, second)) },
  );
  const anyLengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(anyPiece, { maxLength: 20 }), anyLengths, fc.nat(3), (pieces, lengths, most) => {
      const [quick, slow] = [readerOf(), readerOf()];
      const [given, expected] = [new Array<string>(), new Array<string>()];
      for (const chunk of cut(joined(pieces), lengths)) {
        quick.push(Uint8Array.from(chunk));
        slow.push(Uint8Array.from(chunk));
        for (;;) {
          const messages: Message[] = [];
          quick.takePairs(messages, most);
          for (const [group, body] of messages) {
            given.push(`1 ${toHex(group ?? hex('EE'))}`, `0 ${toHex(body ?? hex('EE'))}`);
          }
          if (!quick.next()) break;
          given.push(`${quick.flags & 5} ${toHex(quick.body)}`);
        }
        while (slow.next()) expected.push(`${slow.flags & 5} ${toHex(slow.body)}`);
      }
      assert.equal(given, expected);
      assert.is(quick.pending, slow.pending);
    }),
    { numRuns: 500 },
  );
});

pairs.run();

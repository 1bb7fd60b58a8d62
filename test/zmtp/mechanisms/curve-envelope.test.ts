import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../../src/errors.ts';
import { plainMemory, type Message } from '../../../src/message.ts';
import { nobleBoxCipher } from '../../../src/zmtp/crypto/noble-box.ts';
import { FrameReader } from '../../../src/zmtp/frame-reader.ts';
import { FrameWriter } from '../../../src/zmtp/frame-writer.ts';
import { COMMAND, LONG, MORE } from '../../../src/zmtp/frame.ts';
import type { FrameSink, FrameSource } from '../../../src/zmtp/framing.ts';
import { CurveEnvelope } from '../../../src/zmtp/mechanisms/curve-envelope.ts';
import { NonceCounter, readHalf } from '../../../src/zmtp/mechanisms/curve-nonce.ts';
import { Slab } from '../../../src/zmtp/slab.ts';
import { contentOf, counter, KEY, message } from '../../support/curve-by-hand.ts';
import { frame, longHead } from '../../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../../support/zmtp-hex.ts';
import { anyCut } from '../../support/zmtp-session.ts';
import { codeThrown, CountingMemory, cut } from '../../support/zmtp-side.ts';

const envelopes = suite('zmtp/mechanisms/curve-envelope');

const PAYLOAD_AT = 33; // octets of a MESSAGE before its payload
const KIB = 1024;
const LAST = 2n ** 64n - 1n;

function counterAt(number: bigint): NonceCounter {
  const octets = counter(number);
  return new NonceCounter(readHalf(octets, 0), readHalf(octets, 4));
}

function envelope(asServer: boolean, { sent = new NonceCounter(), heard = new NonceCounter() } = {}): CurveEnvelope {
  return new CurveEnvelope({ cipher: nobleBoxCipher, key: KEY.short, asServer, sent, heard });
}

/** Opens what a client sends. */
function opener(memory = plainMemory, heard = new NonceCounter()): FrameSource {
  return envelope(true, { heard }).source(new FrameReader(memory), memory);
}

function sealer(asServer = false, sent = new NonceCounter(), memory = plainMemory): FrameSink {
  return envelope(asServer, { sent }).sink(new FrameWriter(new Slab(memory)));
}

function pushed(source: FrameSource, ...chunks: readonly Uint8Array[]): FrameSource {
  for (const chunk of chunks) source.push(new Uint8Array(chunk));
  return source;
}

/** Frames in words, as far as they come, and the code that ends them. */
function read(source: FrameSource): string[] {
  const seen: string[] = [];
  try {
    while (source.next()) seen.push(`${source.flags} ${toHex(source.body)}`);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    seen.push(error.code);
  }
  return seen;
}

/** The same, through whichever of the two ways is chosen. */
function readBoth(source: FrameSource, most: readonly number[]): string[] {
  const seen: string[] = [];
  for (let i = 0, idle = 0; idle < most.length; i += 1) {
    const singles: Message[] = [];
    source.takeSingles(singles, most[i % most.length] ?? 1);
    seen.push(...singles.map(([part]) => `0 ${toHex(part ?? hex('FF'))}`));
    assert.ok(singles.length <= (most[i % most.length] ?? 1));
    const next = source.next();
    if (next) seen.push(`${source.flags} ${toHex(source.body)}`);
    idle = next || singles.length > 0 ? 0 : idle + 1;
  }
  return seen;
}

const anySize = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40) },
  { weight: 2, arbitrary: fc.constantFrom(222, 223, 255, 256, 5000) },
  { weight: 1, arbitrary: fc.constantFrom(16 * KIB - 43, 16 * KIB - 42, 16 * KIB - 41, 70_000) },
);
const anyFrame = fc.tuple(fc.constantFrom(0, 0, 0, MORE, COMMAND), anySize);

envelopes('gives every frame as it was put in, however the octets are cut and whichever way they are taken', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 12 }),
      anyCut,
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
      (frames, cuts, most) => {
        const sink = sealer();
        frames.forEach(([flags, size], i) => {
          sink.write(flags, pattern(size, i));
        });
        const size = sink.size;
        const octets = joined(sink.take());
        assert.is(octets.length, size);
        const expected = frames.map(([flags, size], i) => `${flags} ${toHex(pattern(size, i))}`);
        assert.equal(readBoth(pushed(opener(), octets), most), expected);
        const large = cuts.map(length => length * (octets.length > 10_000 ? 1000 : 1));
        const source = opener();
        const seen = cut(octets, large).flatMap(chunk => readBoth(pushed(source, chunk), most));
        assert.equal(seen, expected);
        assert.is(source.pending, 0);
      },
    ),
    { numRuns: 100 },
  );
});

envelopes('seals what others can open, with nonces that count up', () => {
  for (const asServer of [false, true]) {
    const sink = sealer(asServer, new NonceCounter(0, 41));
    sink.write(MORE, hex('AA'));
    sink.write(0, pattern(20 * KIB));
    sink.write(COMMAND, hex('BB'));
    const reader = new FrameReader(plainMemory);
    reader.push(joined(sink.take()));
    const expected = [`01aa`, `00${toHex(pattern(20 * KIB))}`, `02bb`];
    expected.forEach((content, i) => {
      assert.ok(reader.next());
      assert.is(reader.flags & ~LONG, 0);
      assert.is(toHex(contentOf(asServer ? 'S' : 'C', reader.body)), content);
      assert.is(reader.body[15], 42 + i);
    });
  }
});

envelopes('opens where the octets came to lie, and hands out views', () => {
  const octets = joined([frame(0, message('C', 1n, 'AB*100')), frame(0, message('C', 2n, 'CD*5', { flags: '01' }))]);
  const memory = new CountingMemory();
  const source = opener(memory);
  source.push(octets);
  const singles: Message[] = [];
  source.takeSingles(singles, 10);
  assert.ok(source.next());
  assert.is(singles[0]?.[0]?.buffer, octets.buffer);
  assert.is(source.body.buffer, octets.buffer);
  assert.is(toHex(source.body), 'cd'.repeat(5));
  assert.is(memory.allocated, 0);
});

envelopes('makes parts of the memory it is given', () => {
  const parts: Uint8Array[] = [];
  const memory = {
    view: (buffer: ArrayBufferLike, offset: number, length: number): Uint8Array => {
      const part = new Uint8Array(buffer, offset, length);
      parts.push(part);
      return part;
    },
    allocate: (length: number): Uint8Array => new Uint8Array(length),
  };
  for (const cuts of [1000, 20]) {
    const source = pushed(opener(memory), ...cut(frame(0, message('C', 1n, 'AB*40')), [cuts]));
    assert.ok(source.next());
    assert.ok(parts.includes(source.body));
  }
});

// what is no MESSAGE, or not of its turn

const CLEAR = 'ERR_ZMTP_UNEXPECTED_COMMAND';
const MALFORMED = 'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE';

for (const [what, octets, code] of [
  ['a message in the clear', frame(0, 'hello'), CLEAR],
  ['an empty message in the clear', frame(0, ''), CLEAR],
  ['a PING in the clear', frame(COMMAND, hex("04 'PING' 0000")), CLEAR],
  ['a READY in the clear', frame(COMMAND, hex("05 'READY'")), CLEAR],
  ['an ERROR in the clear', frame(COMMAND, hex("05 'ERROR' 00")), CLEAR],
  ['a SUBSCRIBE in the clear', frame(COMMAND, hex("09 'SUBSCRIBE'")), CLEAR],
  ['an unknown command', frame(COMMAND, hex("07 'MESSAGF'")), CLEAR],
  ['a name that is cut', frame(0, hex("07 'MESSAG'")), CLEAR],
  ['a name of another length', frame(0, joined([hex('06'), message('C', 8n, '').subarray(1)])), CLEAR],
  ['MESSAGE alone', frame(0, hex("07 'MESSAGE'")), MALFORMED],
  ['16 octets', frame(0, message('C', 8n, '').subarray(0, 16)), MALFORMED],
  ['32 octets', frame(0, message('C', 8n, '').subarray(0, 32)), MALFORMED],
  ['the nonce of INITIATE', frame(0, message('C', 7n, '')), 'ERR_ZMTP_INVALID_SEQUENCE'],
  ['a smaller nonce', frame(0, message('C', 6n, '')), 'ERR_ZMTP_INVALID_SEQUENCE'],
  ['the nonce after the next', frame(0, message('C', 9n, '')), 'ERR_ZMTP_INVALID_SEQUENCE'],
  ['the nonce 0', frame(0, message('C', 0n, '')), 'ERR_ZMTP_INVALID_SEQUENCE'],
  ['its own kind of MESSAGE', frame(0, message('S', 8n, '')), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ["a MESSAGE of the grammar's kind", frame(0, message('-', 8n, '')), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['a reserved flag, the lowest', frame(0, message('C', 8n, 'AA', { flags: '04' })), MALFORMED],
  ['a reserved flag, the highest, beside MORE', frame(0, message('C', 8n, 'AA', { flags: '81' })), MALFORMED],
  ['a reserved flag on a command', frame(0, message('C', 8n, "04 'PING' 0000", { flags: '42' })), MALFORMED],
  ['a MESSAGE of another connection', frame(0, message('C', 8n, '', { key: KEY.hello })), 'ERR_ZMTP_CRYPTOGRAPHIC'],
] as const) {
  envelopes(`ends with ${code} at ${what}, and gives what came before`, () => {
    const heard = (): NonceCounter => new NonceCounter(0, 7);
    assert.equal(read(pushed(opener(plainMemory, heard()), octets)), [code]);
    const source = pushed(opener(plainMemory, heard()), octets);
    const none: Message[] = [];
    assert.is(
      codeThrown(() => source.takeSingles(none, 5)),
      code,
    );
    assert.equal(none, []);

    const before = pushed(
      opener(plainMemory, new NonceCounter(0, 6)),
      ...[frame(0, message('C', 7n, 'AA')), octets, frame(0, message('C', 8n, 'BB'))],
    );
    const singles: Message[] = [];
    assert.is(
      codeThrown(() => before.takeSingles(singles, 5)),
      code,
    );
    assert.equal(
      singles.map(([part]) => toHex(part ?? hex(''))),
      ['aa'],
    );
  });
}

envelopes('takes 33 octets for an empty payload', () => {
  const body = message('C', 1n, '');
  assert.is(body.length, PAYLOAD_AT);
  assert.equal(read(pushed(opener(), frame(0, body))), ['0 ']);
});

envelopes('counts nonces one by one, over the carry and up to the last there is', () => {
  for (const last of [0n, 2n ** 32n - 3n, 2n ** 53n - 2n, 2n ** 64n - 4n]) {
    const octets = [1n, 2n, 3n].map(more => frame(0, message('C', last + more, 'AA')));
    const source = pushed(opener(plainMemory, counterAt(last)), ...octets);
    assert.equal(read(source), ['0 aa', '0 aa', '0 aa']);
  }
});

envelopes('goes not round when nonces are used up', () => {
  for (const again of [0n, 1n, 2n ** 32n, LAST - (2n ** 32n - 1n), LAST]) {
    const heard = counterAt(LAST);
    assert.equal(read(pushed(opener(plainMemory, heard), frame(0, message('C', again, 'BB')))), [
      'ERR_ZMTP_INVALID_SEQUENCE',
    ]);
    assert.is(toHex(heard.encode()), toHex(counter(LAST)));
  }
});

for (const [first, others] of [
  [30n, [30n, 29n, 10n, 1n, 0n]],
  [30n, [32n, 33n, 127n, 31n + 2n ** 32n, 2n ** 32n, 2n ** 32n + 30n, LAST]],
  [2n ** 32n - 2n, [2n ** 32n, 2n ** 32n + 1n]],
  [2n ** 32n - 1n, [0n, 2n ** 32n + 1n, 2n ** 33n, 2n ** 33n - 1n]],
  [LAST - 1n, [0n, 2n ** 32n - 1n]],
] as const) {
  for (const other of others) {
    envelopes(`ends at nonce ${other} behind ${first}, and the counter stays`, () => {
      const heard = counterAt(first - 1n);
      const octets = [frame(0, message('C', first, 'AA')), frame(0, message('C', other, 'BB'))];
      const after = frame(0, message('C', first + 1n, 'CC'));
      const source = pushed(opener(plainMemory, heard), ...octets, after);
      const singles: Message[] = [];
      assert.is(
        codeThrown(() => source.takeSingles(singles, 5)),
        'ERR_ZMTP_INVALID_SEQUENCE',
      );
      assert.equal(singles, [[new Uint8Array([0xaa])]]);
      assert.is(toHex(heard.encode()), toHex(counter(first)));
    });
  }
}

envelopes('believes no nonce before its box has opened', () => {
  const forged = message('C', 3n, 'AA');
  forged[20] = (forged[20] ?? 0) ^ 1;
  const heard = new NonceCounter(0, 2);
  assert.equal(read(pushed(opener(plainMemory, heard), frame(0, forged))), ['ERR_ZMTP_CRYPTOGRAPHIC']);
  assert.equal([heard.high, heard.low], [0, 2]);
});

// nonces that are used up

envelopes('sends the last nonce there is, and nothing after it', () => {
  const frames = new FrameWriter(new Slab(plainMemory));
  const sink = envelope(false, { sent: new NonceCounter(0xffff_ffff, 0xffff_fffd) }).sink(frames);
  sink.write(0, hex('AA'));
  sink.write(0, hex('BB'));
  const { size } = sink;
  for (const body of [hex('CC'), hex(''), pattern(20 * KIB)]) {
    assert.is(
      codeThrown(() => sink.write(0, body)),
      'ERR_ZMTP_NONCES_EXHAUSTED',
    );
  }
  assert.is(sink.size, size);
  const heard = new NonceCounter(0xffff_ffff, 0xffff_fffd);
  assert.equal(read(pushed(opener(plainMemory, heard), joined(sink.take()))), ['0 aa', '0 bb']);
});

// limits

envelopes('counts payloads, not the octets around them', () => {
  for (const [flags, limits] of [
    ['00', { limit: 10, commandLimit: 20 }],
    ['01', { limit: 10, commandLimit: 20 }],
    ['02', { limit: 20, commandLimit: 10 }],
  ] as const) {
    for (const size of [9, 10, 11]) {
      const source = Object.assign(opener(), limits);
      const outcome = read(pushed(source, frame(0, message('C', 1n, pattern(size), { flags }))));
      const inWords = { '00': 0, '01': MORE, '02': COMMAND }[flags];
      assert.equal(outcome, [size > 10 ? 'ERR_ZMTP_FRAME_TOO_LARGE' : `${inWords} ${toHex(pattern(size))}`]);
    }
  }
});

envelopes('holds to its limits in whatever order they were set', () => {
  for (const limits of [
    { limit: 1000, commandLimit: 10 },
    { commandLimit: 10, limit: 1000 },
  ]) {
    const source = Object.assign(opener(), limits);
    assert.equal(read(pushed(source, frame(0, message('C', 1n, '2A*1000')))), [`0 ${'2a'.repeat(1000)}`]);
    assert.equal(read(pushed(source, longHead(0, BigInt(PAYLOAD_AT + 1001)))), ['ERR_ZMTP_FRAME_TOO_LARGE']);
  }
});

envelopes('refuses what no limit allows before it has come', () => {
  for (const flags of [0, COMMAND, MORE]) {
    const memory = new CountingMemory();
    const source = Object.assign(opener(memory), { limit: 1000, commandLimit: 2000 });
    assert.equal(read(pushed(source, longHead(flags, BigInt(PAYLOAD_AT + 2001)))), ['ERR_ZMTP_FRAME_TOO_LARGE']);
    const fitting = Object.assign(opener(memory), { limit: 1000, commandLimit: 2000 });
    assert.equal(read(pushed(fitting, longHead(flags, BigInt(PAYLOAD_AT + 2000)))), []);
    assert.is(memory.allocated, 0);
  }
});

envelopes('has no more room than one allocation, whatever the limits', () => {
  const most = 2 ** 31 - 1;
  const source = Object.assign(opener(), { limit: most, commandLimit: most });
  assert.equal(read(pushed(source, longHead(0, BigInt(most)))), []);
  const over = Object.assign(opener(), { limit: most, commandLimit: most });
  assert.equal(read(pushed(over, longHead(0, BigInt(most) + 1n))), ['ERR_ZMTP_FRAME_TOO_LARGE']);
});

envelopes('counts all parts of a message against one limit', () => {
  const parts = [6, 4, 10, 1].map((size, i) =>
    frame(0, message('C', BigInt(i + 1), pattern(size), { flags: i === 1 ? '00' : '01' })),
  );
  const source = Object.assign(opener(), { limit: 10, commandLimit: 10 });
  pushed(source, ...parts);
  assert.ok(source.next());
  source.spendLimit();
  assert.is(source.limit, 4);
  assert.ok(source.next());
  source.restoreLimit();
  assert.is(source.limit, 10);
  assert.ok(source.next());
  source.spendLimit();
  let thrown: unknown;
  try {
    source.next();
  } catch (error) {
    thrown = error;
  }
  assert.is(thrown instanceof ProtocolError && thrown.code, 'ERR_ZMTP_MESSAGE_TOO_LARGE');
  assert.is(thrown instanceof ProtocolError && thrown.message, 'message of 11 octets so far, limit 10');
});

envelopes('looks at a body again whose head came under another limit', () => {
  const body = message('C', 1n, pattern(500));
  const octets = frame(0, body);
  const reader = new FrameReader(plainMemory);
  reader.limit = reader.commandLimit = 64 * KIB;
  reader.push(octets.subarray(0, 200));
  assert.is(reader.next(), false);
  const source = Object.assign(envelope(true).source(reader, plainMemory), { limit: 400, commandLimit: 400 });
  assert.equal(read(pushed(source, octets.subarray(200))), ['ERR_ZMTP_FRAME_TOO_LARGE']);
});

// what waits

envelopes('tells how much waits, a frame that is open but not given yet with it', () => {
  const single = frame(0, message('C', 1n, 'AA'));
  const command = frame(0, message('C', 2n, "04 'PING' 0000", { flags: '02' }));
  const source = pushed(opener(), single, command, hex('00'));
  assert.is(source.pending, single.length + command.length + 1);
  const singles: Message[] = [];
  source.takeSingles(singles, 9);
  assert.is(singles.length, 1);
  assert.is(source.pending, command.length - 2 + 1); // a head that has been read
  source.takeSingles(singles, 9);
  assert.is(singles.length, 1);
  assert.ok(source.next());
  assert.is(source.pending, 1);
  assert.is(source.next(), false);
  source.clear();
  assert.is(source.pending, 0);
});

envelopes('goes no further than a frame that is not given yet', () => {
  const source = pushed(opener(), frame(0, message('C', 1n, 'AA', { flags: '01' })), frame(0, message('C', 2n, 'BB')));
  const singles: Message[] = [];
  source.takeSingles(singles, 9);
  source.takeSingles(singles, 9);
  assert.equal(singles, []);
  assert.equal(read(source), [`${MORE} aa`, '0 bb']);
});

envelopes('forgets what it holds when it is cleared', () => {
  const source = pushed(opener(), frame(0, message('C', 1n, 'AA', { flags: '01' })));
  source.takeSingles([], 9);
  source.clear();
  assert.is(source.pending, 0);
  assert.is(source.next(), false);
  assert.is(source.body.length, 0);
});

envelopes('keeps no chunk when all of it is taken', () => {
  const source = pushed(opener(), frame(0, message('C', 1n, 'AA', { flags: '02' })));
  assert.ok(source.next());
  assert.is(source.next(), false);
  assert.is(source.body.length, 0);
});

envelopes('is of no use when it is wiped', () => {
  const wiped = envelope(false);
  const sink = wiped.sink(new FrameWriter(new Slab(plainMemory)));
  wiped.wipe();
  sink.write(0, hex('AA'));
  assert.equal(read(pushed(opener(), joined(sink.take()))), ['ERR_ZMTP_CRYPTOGRAPHIC']);
});

envelopes.run();

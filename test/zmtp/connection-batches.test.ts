/** Messages that are decoded together: what stands between, before and behind them counts as if each had come alone. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../src/message.ts';
import { BODY_MAX } from '../../src/zmtp/frame-reader.ts';
import { Slab } from '../../src/zmtp/slab.ts';
import { command, frame, longHead, message, ping } from '../support/raw-zmtp.ts';
import { hex, joined, pattern } from '../support/zmtp-hex.ts';
import { CountingMemory, cut, drain, drainEvents, feed, messageOf, readySide, taken } from '../support/zmtp-side.ts';

const batches = suite('zmtp/connection: batches');

const numbered = (i: number): string => messageOf(`'${i}'`);

/** What ends a connection, each where a message could begin. */
const ENDS: readonly (readonly [string, Uint8Array, string])[] = [
  ['a frame over the limit', frame(0, pattern(101)), 'ERR_ZMTP_FRAME_TOO_LARGE'],
  ['a long frame over the limit', longHead(0, 101n), 'ERR_ZMTP_FRAME_TOO_LARGE'],
  ['a claim of more than memory', longHead(0, 2n ** 63n), 'ERR_ZMTP_FRAME_TOO_LARGE'],
  [
    'a second part over the limit',
    Buffer.concat([frame(1, pattern(60)), frame(0, pattern(41))]),
    'ERR_ZMTP_MESSAGE_TOO_LARGE',
  ],
  ['a command over its limit', longHead(4, 65_537n), 'ERR_ZMTP_FRAME_TOO_LARGE'],
  ['a command of no octets', frame(4, ''), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['a PING cut short', command('PING', 'x'), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
];

for (const [what, end, code] of ENDS) {
  batches(`tell of ${what} after the good messages before it, and of nothing after it`, () => {
    for (const good of [0, 1, 2, 3, 10]) {
      for (const most of [1, 2, 3, 1000]) {
        const expected = [...Array.from({ length: good }, (_, i) => numbered(i)), `over ${code}`];
        const octets = [...Array.from({ length: good }, (_, i) => message(`${i}`)), end, message('late')];
        const pull = readySide('PULL', { maxMessageBytes: 100 });
        assert.equal(feed(pull, [joined(octets)], 0, most), expected);
        assert.equal(feed(pull, [message('later still')]), []);
      }
    }
  });
}

batches('take no memory for what only claims to be large, behind messages that are whole', () => {
  const memory = new CountingMemory();
  const pull = readySide('PULL', { memory, slab: new Slab(plainMemory), maxMessageBytes: 100 });
  const whole = Array.from({ length: 50 }, (_, i) => message(`${i}`));
  assert.is(feed(pull, [joined([...whole, longHead(0, 2n ** 40n)])]).at(-1), 'over ERR_ZMTP_FRAME_TOO_LARGE');
  assert.is(memory.allocated, 0);
  const patient = readySide('PULL', { memory, slab: new Slab(plainMemory) });
  assert.is(feed(patient, [joined([...whole, longHead(0, BigInt(BODY_MAX)), pattern(10)])]).length, 50);
  assert.ok(memory.allocated <= 64 * 1024, `${memory.allocated} octets`);
});

batches('hold each message to the limit on its own, whatever is before it', () => {
  const pull = readySide('PULL', { maxMessageBytes: 100 });
  const exact = [
    message(pattern(100)),
    message(pattern(50), pattern(50)),
    message(pattern(100)),
    message('', pattern(100)),
  ];
  const octets = joined([...exact, ...exact, frame(0, pattern(101))]);
  const told = feed(pull, [octets]);
  assert.is(told.filter(event => event.startsWith('message')).length, 8);
  assert.is(told.at(-1), 'over ERR_ZMTP_FRAME_TOO_LARGE');
});

batches('keep a message of several parts whole among single ones', () => {
  const octets = joined([message('1'), message('2', '3'), message('4'), frame(1, '5')]);
  for (const most of [1, 2, 3, 1000]) {
    const pull = readySide('PULL');
    const expected = [messageOf("'1'"), messageOf("'2'", "'3'"), messageOf("'4'")];
    assert.equal(feed(pull, [octets], 0, most), expected);
    assert.equal(feed(pull, [joined([ping(0, 'p'), frame(0, '6'), message('7')])], 0, most), [
      messageOf("'5'", "'6'"),
      messageOf("'7'"),
    ]);
  }
});

batches('answer PINGs among them in order, none twice', () => {
  for (const most of [1, 2, 1000]) {
    const pull = readySide('PULL');
    const octets = joined([message('1'), ping(0, 'a'), message('2'), ping(0, 'b'), ping(0, 'c'), message('3')]);
    assert.equal(feed(pull, [octets], 0, most), [1, 2, 3].map(numbered));
    const pongs = joined([command('PONG', 'a'), command('PONG', 'b'), command('PONG', 'c')]);
    assert.equal(taken(pull), pongs);
  }
});

batches('keep subscriptions in their place, in either form', () => {
  for (const most of [1, 2, 1000]) {
    const pub = readySide('XPUB');
    const octets = joined([message('x'), command('SUBSCRIBE', 'a'), message(hex("01 'b'")), command('CANCEL', 'a')]);
    const expected = ["'x'", "01 'a'", "01 'b'", "00 'a'"].map(each => messageOf(each));
    assert.equal(feed(pub, [octets], 0, most), expected);
  }
});

batches('never hold more than was asked for, and lose nothing to it', () => {
  const anyFrame = fc.oneof(
    { weight: 4, arbitrary: fc.nat(300).map(size => ({ octets: message(pattern(size)), messages: 1 })) },
    fc.constant({ octets: message('a', '', 'b'), messages: 1 }),
    fc.constant({ octets: ping(0), messages: 0 }),
    fc.constant({ octets: command('XYZZY'), messages: 0 }),
  );
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      (frames, lengths, mosts) => {
        const pull = readySide('PULL');
        let [asked, given] = [0, 0];
        for (const chunk of cut(joined(frames.map(({ octets }) => octets)), lengths)) {
          pull.receive(new Uint8Array(chunk), 0);
          for (;;) {
            const most = mosts[(asked += 1) % mosts.length] ?? 1;
            const event = pull.nextEvent(most);
            if (event === undefined) break;
            if (event.kind !== 'messages') throw new Error(event.kind);
            assert.ok(event.messages.length >= 1 && event.messages.length <= most);
            given += event.messages.length;
          }
        }
        assert.is(
          given,
          frames.reduce((sum, { messages }) => sum + messages, 0),
        );
      },
    ),
    { numRuns: 300 },
  );
});

batches('give lists that belong to who asked', () => {
  const pull = readySide('PULL');
  pull.receive(joined([message('1'), message('2'), message('3')]), 0);
  const [event] = drainEvents(pull, 2);
  assert.ok(event?.kind === 'messages');
  event.messages.length = 0;
  assert.equal(feed(pull, [message('4')]), [numbered(4)]);
});

batches('that end in an error wait for no moment until it is told', () => {
  const heartbeat = { intervalMs: 100, timeoutMs: 100, ttlDeciseconds: 0 };
  const pull = readySide('PULL', { heartbeat });
  assert.is(pull.deadline(), 100);
  pull.receive(joined([message('1'), frame(4, '')]), 0);
  assert.is(pull.nextEvent(1000)?.kind, 'messages');
  assert.is(pull.deadline(), undefined);
  pull.tick(1000);
  assert.is(pull.deadline(), undefined, 'or it would be woken for ever');
  assert.equal(drain(pull), ['over ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED']);
});

batches.run();

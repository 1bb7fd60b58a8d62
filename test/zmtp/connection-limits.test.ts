import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../src/message.ts';
import { encodeCommand } from '../../src/zmtp/command.ts';
import { BODY_MAX } from '../../src/zmtp/frame-reader.ts';
import type { Mechanism, MechanismStep } from '../../src/zmtp/mechanism.ts';
import { Metadata } from '../../src/zmtp/metadata.ts';
import { Slab } from '../../src/zmtp/slab.ts';
import { command, frame, greeting, longHead, message, ping, ready } from '../support/raw-zmtp.ts';
import { Heap } from '../support/zmtp-heap.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { CountingMemory, cut, drainEvents, failureOf, feed, messageOf, readySide, side } from '../support/zmtp-side.ts';

const connection = suite('zmtp/connection: limits');

const KIB = 1024;
const HANDSHAKE_MAX = 64 * KIB;
const PARTS_MAX = 100_000;
const SIZES = [2n ** 31n, 2n ** 32n + 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

// declared sizes

for (const size of SIZES) {
  connection(`ends at a claim of ${size} octets before it takes memory, at any moment and cut`, () => {
    for (const flags of [0, 1, 4]) {
      for (const lengths of [[Infinity], [1]]) {
        const memory = new CountingMemory();
        const slab = new Slab(plainMemory);
        const claim = cut(longHead(flags, size), lengths);
        const over = ['over ERR_ZMTP_FRAME_TOO_LARGE'];
        assert.equal(feed(readySide('PULL', { memory, slab }), claim), over);
        assert.equal(feed(side('PULL', { memory, slab }), [greeting(), ...claim]), over);
        const half = readySide('PULL', { memory, slab });
        assert.match(feed(half, [frame(1, 'a'), ...claim]).join(), /^over ERR_ZMTP_(FRAME|MESSAGE)_TOO_LARGE$/);
        assert.is(memory.allocated, 0);
      }
    }
  });
}

connection('takes no more than a first piece for a body that is only claimed', () => {
  const memory = new CountingMemory();
  const pull = readySide('PULL', { memory, slab: new Slab(plainMemory) });
  assert.equal(feed(pull, [longHead(0, BigInt(BODY_MAX))]), []);
  assert.equal(feed(pull, [pattern(100)]), []);
  assert.ok(memory.allocated <= 64 * KIB, `${memory.allocated} octets`);
});

connection('takes no more than a first piece for a READY that is only claimed', () => {
  const memory = new CountingMemory();
  const own = side('PULL', { memory, slab: new Slab(plainMemory) });
  assert.equal(feed(own, [greeting(), longHead(4, BigInt(HANDSHAKE_MAX)), pattern(10)]), []);
  assert.ok(memory.allocated <= 64 * KIB, `${memory.allocated} octets`);
});

connection('lets go of everything a peer has sent, and will send, once it is over', async () => {
  const heap = new Heap();
  const pull = readySide('PULL');
  const give = (octets: Uint8Array): void => {
    const chunk = new Uint8Array(octets); // the test's own frame must not hold it
    heap.watch(chunk.buffer);
    pull.receive(chunk, 0);
    pull.nextEvent();
  };
  [frame(1, pattern(100)), frame(1, pattern(100)), frame(4, '')].forEach(give); // parts, and what ends it all
  for (let i = 0; i < 10; i += 1) give(pattern(1000));
  assert.is(pull.phase, 'over');
  assert.is(await heap.survivors(), 0);
  assert.equal(feed(pull, [message('late')]), []); // it is still there itself
});

// the limit of a message

for (const limit of [0, 1, 100, 255, 256, 70_000]) {
  connection(`with a limit of ${limit} takes exactly as many octets, in one frame or several`, () => {
    const body = pattern(limit);
    const exact = (): ReturnType<typeof readySide> => readySide('PULL', { maxMessageBytes: limit });
    for (const lengths of [[Infinity], [1000, 1]]) {
      assert.equal(feed(exact(), cut(message(body), lengths)), [`message ${toHex(body)}`]);
      assert.equal(feed(exact(), cut(frame(0, pattern(limit + 1)), lengths)), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
      const [half, rest] = [body.subarray(0, limit >> 1), body.subarray(limit >> 1)];
      const parts = `message ${toHex(half)} ${toHex(rest)}`;
      assert.equal(feed(exact(), cut(message(half, rest), lengths)), [parts]);
      const empty = message(half, '', rest, '');
      assert.equal(feed(exact(), cut(empty, lengths)), [`message ${toHex(half)}  ${toHex(rest)} `]);
    }
  });
}

connection('ends with the frame that takes a message over its limit, at its head', () => {
  const pull = readySide('PULL', { maxMessageBytes: 100 });
  assert.equal(feed(pull, [frame(1, pattern(60)), frame(1, pattern(40)), frame(1, '')]), []);
  assert.equal(feed(pull, [hex('00 01')]), ['over ERR_ZMTP_MESSAGE_TOO_LARGE']);
});

connection('names what has come and the limit', () => {
  const pull = readySide('PULL', { maxMessageBytes: 100 });
  pull.receive(joined([frame(1, pattern(60)), frame(1, pattern(30)), hex('00 0B')]), 0);
  assert.is(failureOf(drainEvents(pull)).message, 'message of 101 octets so far, limit 100');
});

connection('begins to count anew with each message', () => {
  const pull = readySide('PULL', { maxMessageBytes: 10 });
  const octets = joined([message('12345', '67890'), message('1234567890'), message('1', '234567890'), message('')]);
  assert.is(feed(pull, [octets]).filter(event => event.startsWith('message')).length, 4);
});

connection('has no limit of its own with -1, but that of one allocation', () => {
  const pull = readySide('PULL', { maxMessageBytes: -1 });
  assert.equal(feed(pull, [longHead(0, BigInt(BODY_MAX))]), []);
  assert.equal(feed(readySide('PULL'), [longHead(0, BigInt(BODY_MAX) + 1n)]), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
  const parts = [frame(1, 'a'), longHead(0, BigInt(BODY_MAX))];
  assert.equal(feed(readySide('PULL'), parts), ['over ERR_ZMTP_MESSAGE_TOO_LARGE']);
});

connection('lets a small limit stand in the way neither of the handshake nor of commands', () => {
  const own = side('ROUTER', { maxMessageBytes: 0 });
  assert.equal(feed(own, [greeting(), ready('DEALER', pattern(255, 1))]), ['handshake']);
  assert.equal(feed(own, [ping(10, pattern(16)), command('XYZZY', pattern(60_000)), message('')]), ['message ']);
  const pub = readySide('PUB', { maxMessageBytes: 1 });
  assert.equal(feed(pub, [command('SUBSCRIBE', 'topic')]), [messageOf("01 'topic'")]);
});

connection('keeps commands out of the count of the message around them', () => {
  const pull = readySide('PULL', { maxMessageBytes: 10 });
  const octets = [frame(1, pattern(5)), command('XYZZY', pattern(500)), ping(0), frame(0, pattern(5))];
  assert.equal(feed(pull, octets), [`message ${toHex(pattern(5))} ${toHex(pattern(5))}`]);
});

connection('takes a command of 64 KiB under a small limit, and none larger', () => {
  for (const lengths of [[Infinity], [1000]]) {
    const own = (): ReturnType<typeof readySide> => readySide('PULL', { maxMessageBytes: 10 });
    const body = joined([hex("05 'XYZZY'"), pattern(64 * KIB - 6)]);
    assert.equal(feed(own(), cut(joined([frame(4, body), message('a')]), lengths)), [messageOf("'a'")]);
    const larger = joined([body, hex('00')]);
    assert.equal(feed(own(), cut(frame(4, larger), lengths)), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
  }
});

connection('lets commands be as large as messages may be', () => {
  const own = readySide('PULL', { maxMessageBytes: 200_000 });
  assert.equal(feed(own, [frame(4, joined([hex("01 'X'"), pattern(199_998)])), message('a')]), [messageOf("'a'")]);
  assert.equal(feed(own, [longHead(4, 200_001n)]), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
});

// parts

connection('takes a message of 100,000 parts, however they are cut, and none with more', () => {
  const exact = joined([hex(`0100*${PARTS_MAX - 1}`), hex('0000')]);
  for (const lengths of [[Infinity], [1], [64 * KIB]]) {
    assert.equal(feed(readySide('PULL'), cut(exact, lengths)), [`message ${' '.repeat(PARTS_MAX - 1)}`]);
    const more = hex(`0100*${PARTS_MAX}`);
    assert.equal(feed(readySide('PULL'), cut(more, lengths)), ['over ERR_ZMTP_TOO_MANY_PARTS']);
  }
});

connection('sends and takes a message of 100,000 parts', () => {
  const [push, pull] = [readySide('PUSH'), readySide('PULL')];
  const part = hex("'x'");
  push.send(Array.from({ length: PARTS_MAX }, () => part));
  for (const chunk of push.takeOutput()) pull.receive(chunk, 0);
  const event = pull.nextEvent();
  assert.is(event?.kind === 'messages' && event.messages[0]?.length, PARTS_MAX);
});

connection('counts the parts of each message on their own, and no commands', () => {
  const pull = readySide('PULL');
  const half = hex(`0100*${PARTS_MAX / 2}`);
  const octets = joined([half, command('XYZZY'), hex('0000'), half, hex('0000'), half, hex('0000')]);
  assert.is(feed(pull, [octets]).length, 3);
});

// the handshake

connection('takes a READY of 64 KiB, and none larger', () => {
  const type = hex("05 'READY' | 0B 'Socket-Type' 00000004 'PUSH' | 01 'X'");
  for (const [length, event] of [
    [HANDSHAKE_MAX, 'handshake'],
    [HANDSHAKE_MAX + 1, 'over ERR_ZMTP_FRAME_TOO_LARGE'],
  ] as const) {
    const size = length - type.length - 4;
    const body = joined([type, hex(size.toString(16).padStart(8, '0')), pattern(size)]);
    assert.is(body.length, length);
    for (const lengths of [[Infinity], [999]]) {
      const events = feed(side('PULL'), [greeting(), ...cut(frame(4, body), lengths)]);
      assert.equal(events, [event]);
    }
  }
});

connection('refuses a message of more than 64 KiB in place of READY by its head', () => {
  const events = feed(side('PULL'), [greeting(), longHead(0, BigInt(HANDSHAKE_MAX) + 1n)]);
  assert.equal(events, ['over ERR_ZMTP_FRAME_TOO_LARGE']);
});

/** Takes any command, answers each, and is never done before READY. */
class TalkativeMechanism implements Mechanism {
  readonly name = 'NULL';
  readonly asServer = false;

  start(): MechanismStep {
    return { commands: [], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    const done = body[0] === 5;
    return { commands: [encodeCommand('PONG', hex(''))], peer: done ? new Metadata([]) : undefined };
  }

  admit(): MechanismStep {
    throw new Error('nobody was asked');
  }

  wipe(): void {
    // there are no secrets
  }
}

connection('lets a mechanism take as many commands as it wants, but only so many octets', () => {
  const own = (): ReturnType<typeof side> => side('PULL', { mechanism: new TalkativeMechanism() });
  const step = frame(4, joined([hex('01'), pattern(1023)]));
  const steps = Array.from({ length: 63 }, () => step);
  const last = frame(4, joined([hex("05 'READY'"), pattern(1018)]));
  assert.equal(feed(own(), [greeting(), ...steps, last]), ['handshake']);
  assert.equal(feed(own(), [greeting(), ...steps, step, last]), ['over ERR_ZMTP_HANDSHAKE_TOO_LARGE']);
  assert.equal(feed(own(), [joined([greeting(), ...steps, step, last])]), ['over ERR_ZMTP_HANDSHAKE_TOO_LARGE']);
});

connection('sends what a mechanism answers, in order, also with its last step', () => {
  const own = side('PULL', { mechanism: new TalkativeMechanism() });
  feed(own, [greeting()]);
  own.takeOutput();
  feed(own, [joined([frame(4, hex('01 61')), frame(4, hex("05 'READY'"))])]);
  assert.is(toHex(joined(own.takeOutput())), toHex(hex("04 05 04 'PONG' 04 05 04 'PONG'")));
});

connection.run();

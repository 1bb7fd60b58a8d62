/**
 * Messages of one part where there are no others, what is discarded, and all draft types however their octets are cut; in the
 * clear and sealed. Those of groups: `connection-groups.test.ts`.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DRAFT_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import { command, frame } from '../support/raw-zmtp.ts';
import { Heap } from '../support/zmtp-heap.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { anyCut } from '../support/zmtp-session.ts';
import { cut, discardedLast, drainEvents, failureOf, feed, messageOf, readySide, taken } from '../support/zmtp-side.ts';
import { isDiscarded, SINGLE_TYPES } from '../support/zmtp-types.ts';
import { BOTH_WIRES, COMMAND, MORE, PING, PONG, told, UNKNOWN, type Frame } from '../support/zmtp-wires.ts';

const connection = suite('zmtp/connection: draft types');

const PARTS_MAX = 100_000;
const MALFORMED = 'over ERR_ZMTP_MALFORMED_GROUP';

connection('all of one part send it as the only frame there is', () => {
  for (const type of SINGLE_TYPES) {
    for (const body of ["'a'", '', "01 'a'", '41*255', '42*256']) {
      const own = readySide(type);
      own.send([hex(body)]);
      assert.is(toHex(taken(own)), toHex(frame(0, hex(body))), type);
    }
  }
});

for (const wire of BOTH_WIRES) {
  const where = `, ${wire.name}`;

  // messages of one part

  for (const type of SINGLE_TYPES) {
    connection(`a ${type} discards messages of several parts, and the rest flows${where}`, () => {
      const frames: Frame[] = [
        [0, "'a'"],
        [MORE, "'b'"],
        [0, "'c'"],
        [0, ''],
        [MORE, ''],
        [MORE, ''],
        [0, ''],
        [0, "'d'"],
      ];
      const expected = [messageOf("'a'"), 'discarded', messageOf(''), 'discarded', messageOf("'d'")];
      assert.equal(told(wire, type, frames), expected);
      for (const most of [1, 2, 1000]) {
        const { own, octetsOf } = wire.meet(type);
        const whole = joined(octetsOf(...frames));
        const words = feed(own, cut(whole, [50]), 0, most);
        assert.equal(discardedLast(words), discardedLast(expected));
      }
    });

    connection(`a ${type} answers PING within what it discards${where}`, () => {
      const { own, octetsOf, sent } = wire.meet(type);
      const frames: Frame[] = [[MORE, "'a'"], PING, UNKNOWN, [0, "'b'"], PING, [0, "'c'"]];
      assert.equal(feed(own, octetsOf(...frames)), ['discarded', messageOf("'c'")]);
      assert.equal(sent(), [PONG, PONG]);
    });
  }

  connection(`half a message is neither shown nor counted when the connection ends${where}`, () => {
    for (const type of ['SERVER', 'GATHER', 'RADIO', 'DISH'] as const) {
      const { own, octetsOf } = wire.meet(type);
      assert.equal(feed(own, octetsOf([MORE, "'a'"])), []);
      own.close();
      assert.equal(feed(own, octetsOf([0, "'b'"])), []);
      const half = told(wire, type, [
        [MORE, "'a'"],
        [COMMAND, ''],
        [0, "'b'"],
      ]);
      assert.equal(half, ['over ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED']);
    }
  });

  connection(`tells of what was discarded before it ends, in an event of its own if need be${where}`, () => {
    const { own, octetsOf } = wire.meet('SERVER');
    const frames: Frame[] = [
      [MORE, "'a'"],
      [0, "'b'"],
      [COMMAND, ''],
    ];
    own.receive(joined(octetsOf(...frames)), 0);
    const [first, ...rest] = drainEvents(own, 1000);
    assert.equal(first, { kind: 'messages', messages: [], discarded: 1 });
    assert.is(failureOf(rest).code, 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED');
    assert.is(rest.length, 1);
  });

  connection(`says nothing of discarding where there is nothing to say${where}`, () => {
    const { own, octetsOf } = wire.meet('SERVER');
    own.receive(joined(octetsOf([MORE, "'a'"], [0, "'b'"])), 0);
    drainEvents(own);
    own.receive(joined(octetsOf([0, "'c'"], [0, "'d'"])), 0);
    assert.equal(drainEvents(own, 1000), [{ kind: 'messages', messages: [[bytes("'c'")], [bytes("'d'")]] }]);
    assert.equal(feed(own, octetsOf(UNKNOWN)), []);
  });

  connection(`counts what is discarded for nothing of the messages that were asked for${where}`, () => {
    const { own, octetsOf } = wire.meet('GATHER');
    const multipart: Frame[] = [
      [MORE, "'x'"],
      [0, "'y'"],
    ];
    const frames: Frame[] = [...multipart, [0, "'a'"], ...multipart, ...multipart, [0, "'b'"], ...multipart];
    own.receive(joined(octetsOf(...frames)), 0);
    assert.equal(own.nextEvent(1), { kind: 'messages', messages: [[bytes("'a'")]], discarded: 1 });
    assert.equal(own.nextEvent(1), { kind: 'messages', messages: [[bytes("'b'")]], discarded: 2 });
    assert.equal(own.nextEvent(1), { kind: 'messages', messages: [], discarded: 1 });
    assert.is(own.nextEvent(1), undefined);
  });

  // limits

  connection(`holds what it discards to the limits of a message${where}`, () => {
    const options = { maxMessageBytes: 10 };
    for (const type of ['CLIENT', 'CHANNEL', 'RADIO'] as const) {
      const exact: Frame[] = [
        [MORE, '41*4'],
        [MORE, '42*4'],
        [0, '43*2'],
      ];
      assert.equal(told(wire, type, [...exact, ...exact], options), ['discarded', 'discarded']);
      const over: Frame[] = [
        [MORE, '41*4'],
        [MORE, '42*4'],
        [0, '43*3'],
      ];
      assert.equal(told(wire, type, [...exact, ...over], options), ['discarded', 'over ERR_ZMTP_MESSAGE_TOO_LARGE']);
      assert.equal(told(wire, type, [[MORE, '41*11']], options), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
      const { own, octetsOf } = wire.meet(type, options);
      assert.equal(feed(own, octetsOf([MORE, pattern(10)], [0, ''])), ['discarded']);
    }
  });

  connection(`keeps no octet of what it will discard${where}`, async () => {
    for (const type of ['SERVER', 'GATHER', 'RADIO'] as const) {
      const heap = new Heap();
      const { own, octetsOf } = wire.meet(type);
      const give = (frame: Frame): void => {
        const chunk = Uint8Array.from(joined(octetsOf(frame)));
        heap.watch(chunk.buffer);
        own.receive(chunk, 0);
        assert.is(own.nextEvent(1000), undefined);
      };
      for (let i = 0; i < 20; i += 1) give([MORE, pattern(5000)]);
      give(UNKNOWN); // the reader may hold the last body
      const left = await heap.survivors();
      assert.ok(left <= 1, `${left} chunks are left`);
      assert.equal(feed(own, octetsOf([0, ''])), ['discarded']);
    }
  });

  // however it comes

  connection(`tells the same of any frames however they are cut, of each type what it has a use for${where}`, () => {
    const anyBody = fc.oneof(
      { weight: 6, arbitrary: fc.uint8Array({ maxLength: 4 }) },
      { weight: 1, arbitrary: fc.constantFrom(255, 256, 300).map(length => pattern(length)) },
    );
    const anyFrame = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant(0), anyBody) },
      { weight: 4, arbitrary: fc.tuple(fc.constant(MORE), anyBody) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('JOIN', 'LEAVE', 'SUBSCRIBE', 'XYZZY'), anyBody)
          .map(([name, data]) => [COMMAND, bodyOf(command(name, data))] as const),
      },
      { weight: 1, arbitrary: fc.constant([COMMAND, hex("04 'PING' 0000 'x'")] as const) },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...DRAFT_TYPES),
        fc.array(anyFrame, { maxLength: 20 }),
        anyCut,
        fc.constantFrom(1, 2, 1000),
        (type, frames, lengths, most) => {
          const { own, octetsOf, sent } = wire.meet(type);
          const octets = joined(octetsOf(...frames));
          const { words, pongs } = expectedOf(type, frames);
          assert.equal(discardedLast(feed(own, cut(octets, lengths), 0, most)), discardedLast(words));
          assert.equal(sent(), new Array<string>(pongs).fill(PONG));
        },
      ),
      { numRuns: wire.name === 'sealed' ? 150 : 600 },
    );
  });
}

connection('discards a message of 100,000 parts, and ends at one of more', () => {
  for (const type of ['SERVER', 'RADIO'] as const) {
    for (const lengths of [[Infinity], [7777]]) {
      const exact = hex(`0100*${PARTS_MAX - 1} 0000`);
      assert.equal(feed(readySide(type), cut(exact, lengths)), ['discarded']);
      const more = hex(`0100*${PARTS_MAX}`);
      assert.equal(feed(readySide(type), cut(more, lengths)), ['over ERR_ZMTP_TOO_MANY_PARTS']);
    }
  }
});

/** As a connection gives it: `assert.equal` tells a Buffer from a Uint8Array. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(hex(text));
}

/** What is behind the head of a frame. */
function bodyOf(octets: Uint8Array): Uint8Array {
  return octets.subarray(((octets[0] ?? 0) & 2) === 0 ? 2 : 9);
}

/** The slow, obvious way: whole messages first, then what the type makes of them. */
function expectedOf(
  type: SocketType,
  frames: readonly (readonly [flags: number, body: Uint8Array])[],
): { readonly words: string[]; readonly pongs: number } {
  const words: string[] = [];
  let [parts, pongs]: [Uint8Array[], number] = [[], 0];
  for (const [flags, body] of frames) {
    if (flags === COMMAND) {
      const [name, group] = [
        Buffer.from(body.subarray(1, 1 + (body[0] ?? 0))).toString(),
        body.subarray(1 + (body[0] ?? 0)),
      ];
      if (name === 'PING') pongs += 1;
      if (type !== 'RADIO' || (name !== 'JOIN' && name !== 'LEAVE')) continue;
      if (group.length > 255) return { words: [...words, MALFORMED], pongs };
      words.push(`message ${name === 'JOIN' ? '01' : '00'}${toHex(group)}`);
      continue;
    }
    parts.push(body);
    const group = parts[0] ?? body;
    if (type === 'DISH' && (group.length > 255 || (flags === MORE) !== (parts.length === 1))) {
      return { words: [...words, MALFORMED], pongs };
    }
    if (flags === MORE) continue;
    words.push(isDiscarded(type, parts.length) ? 'discarded' : `message ${parts.map(toHex).join(' ')}`);
    parts = [];
  }
  return { words, pongs };
}

connection.run();

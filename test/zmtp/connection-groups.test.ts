/** RADIO and DISH: memberships and messages of groups, octet by octet, in the clear and sealed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import { longHead } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { cut, drainEvents, failureOf, feed, messageOf, readySide, taken } from '../support/zmtp-side.ts';
import { BOTH_WIRES, COMMAND, MORE, PING, PONG, told, UNKNOWN, type Frame } from '../support/zmtp-wires.ts';

const connection = suite('zmtp/connection: groups');

const MALFORMED = 'over ERR_ZMTP_MALFORMED_GROUP';
const MINORS = [0, 1] as const;

const JOIN = (group: string): Frame => [COMMAND, `04 'JOIN' ${group}`];
const LEAVE = (group: string): Frame => [COMMAND, `05 'LEAVE' ${group}`];

// on the wire, octet by octet

for (const [what, sent, wire] of [
  ['joins a group', "01 'abc'", "04 08 04 'JOIN' 'abc'"],
  ['leaves a group', "00 'abc'", "04 09 05 'LEAVE' 'abc'"],
  ['joins the group without a name', '01', "04 05 04 'JOIN'"],
  ['leaves the group without a name', '00', "04 06 05 'LEAVE'"],
  ['joins a group with a NUL', "01 'a' 00 'b'", "04 08 04 'JOIN' 'a' 00 'b'"],
  ['joins a group of 250 octets', '01 41*250', "04 FF 04 'JOIN' 41*250"],
  ['joins a group of 255 octets', '01 41*255', "06 0000000000000104 04 'JOIN' 41*255"],
  ['leaves a group of 255 octets', '00 41*255', "06 0000000000000105 05 'LEAVE' 41*255"],
] as const) {
  connection(`a DISH ${what} with ${wire}, which a RADIO understands`, () => {
    for (const minor of MINORS) {
      const dish = readySide('DISH', {}, minor);
      dish.send([hex(sent)]);
      const octets = taken(dish);
      assert.is(toHex(octets), toHex(hex(wire)));
      assert.equal(feed(readySide('RADIO', {}, minor), cut(octets, [1])), [messageOf(sent)]);
    }
  });
}

for (const [what, parts, wire] of [
  ['a group and a body', ["'g'", "'body'"], "01 01 'g' | 00 04 'body'"],
  ['neither group nor body', ['', ''], '01 00 | 00 00'],
  ['a group with a NUL', ["'a' 00 'b'", "'c'"], "01 03 'a' 00 'b' | 00 01 'c'"],
  ['a group of 255 octets', ['41*255', '42*256'], '01 FF 41*255 | 02 0000000000000100 42*256'],
] as const) {
  connection(`a RADIO sends ${what} as ${wire}, which a DISH understands`, () => {
    for (const minor of MINORS) {
      const radio = readySide('RADIO', {}, minor);
      radio.send(parts.map(hex));
      const octets = taken(radio);
      assert.is(toHex(octets), toHex(hex(wire)));
      assert.equal(feed(readySide('DISH', {}, minor), cut(octets, [1])), [messageOf(...parts)]);
    }
  });
}

connection('a DISH takes a group in a long frame, which nobody needs for it', () => {
  assert.equal(feed(readySide('DISH'), [hex("03 0000000000000001 'g' | 00 01 'b'")]), [messageOf("'g'", "'b'")]);
});

connection('a DISH does not wait for the body of a group that is too long', () => {
  const dish = readySide('DISH');
  assert.equal(feed(dish, [longHead(MORE, 256n), pattern(255)]), []);
  assert.equal(feed(dish, [pattern(1)]), [MALFORMED]);
});

for (const wire of BOTH_WIRES) {
  const where = `, ${wire.name}`;

  // memberships

  connection(`a DISH sends memberships as commands, and answers in between${where}`, () => {
    for (const minor of MINORS) {
      const { own, octetsOf, sent } = wire.meet('DISH', {}, minor);
      own.send([hex("01 'a'")]);
      feed(own, [...octetsOf(PING)]);
      own.send([hex("00 'a'")]);
      own.send([hex('01')]);
      const expected = ["04 'JOIN' 'a'", "04 'PONG' 'x'", "05 'LEAVE' 'a'", "04 'JOIN'"];
      assert.equal(
        sent(),
        expected.map(body => `4 ${toHex(hex(body))}`),
      );
    }
  });

  connection(`a RADIO is shown memberships as messages, each as often as it comes${where}`, () => {
    for (const minor of MINORS) {
      for (const group of ["'abc'", '', "'a' 00 'b'", '00', '41*255']) {
        assert.equal(told(wire, 'RADIO', [JOIN(group), JOIN(group), LEAVE(group)], {}, minor), [
          messageOf(`01 ${group}`),
          messageOf(`01 ${group}`),
          messageOf(`00 ${group}`),
        ]);
      }
    }
  });

  connection(`a RADIO ends the connection at a group of 256 octets, and what came before counts${where}`, () => {
    for (const bad of [JOIN('41*256'), LEAVE('41*256'), JOIN('41*60000')]) {
      const { own, octetsOf } = wire.meet('RADIO');
      own.receive(joined(octetsOf(JOIN("'a'"), bad, JOIN("'b'"))), 0);
      const events = drainEvents(own, 1000);
      assert.equal(
        events.map(({ kind }) => kind),
        ['messages', 'over'],
      );
      assert.is(failureOf(events).code, 'ERR_ZMTP_MALFORMED_GROUP');
      assert.instance(failureOf(events), ProtocolError);
      assert.match(failureOf(events).message, /^group of (256|60000) octets, limit 255$/);
      assert.is(own.outputBytes, 0, 'the peer is told nothing');
    }
  });

  connection(`memberships are news to nobody but a RADIO, however long their groups${where}`, () => {
    for (const type of ['DISH', 'PUB', 'XPUB', 'SUB', 'ROUTER', 'CLIENT', 'SERVER', 'PEER'] as const) {
      assert.equal(told(wire, type, [JOIN("'a'"), LEAVE('41*300')]), []);
    }
  });

  connection(`what a DISH sends besides is discarded, and counted${where}`, () => {
    const { own, octetsOf } = wire.meet('RADIO');
    const frames: Frame[] = [[0, "'a'"], [MORE, "01 'b'"], JOIN("'g'"), [0, "'c'"], [0, "01 'h'"], [0, '']];
    own.receive(joined(octetsOf(...frames)), 0);
    assert.equal(drainEvents(own, 1000), [
      { kind: 'messages', messages: [[Uint8Array.from(hex("01 'g'"))]], discarded: 4 },
    ]);
  });

  // messages of a RADIO

  connection(`a DISH takes messages with commands in between${where}`, () => {
    const { own, octetsOf, sent } = wire.meet('DISH');
    const frames: Frame[] = [PING, [MORE, "'g'"], PING, UNKNOWN, JOIN("'x'"), [0, "'b'"], UNKNOWN, [MORE, ''], [0, '']];
    assert.equal(feed(own, octetsOf(...frames)), [messageOf("'g'", "'b'"), messageOf('', '')]);
    assert.equal(sent(), [PONG, PONG]);
    assert.is(own.phase, 'traffic');
  });

  for (const [what, bad] of [
    ['one frame', [[0, "'b'"]]],
    ['one empty frame', [[0, '']]],
    ['three frames, at the second', [[MORE, "'g'"] as const, [MORE, "'b'"]]],
    ['a group of 256 octets, before its body', [[MORE, '41*256']]],
  ] as const satisfies readonly (readonly [string, readonly Frame[]])[]) {
    connection(`a DISH ends the connection at a message of ${what}${where}`, () => {
      const good: Frame[] = [
        [MORE, "'g'"],
        [0, "'b'"],
      ];
      assert.equal(told(wire, 'DISH', [...good, ...bad]), [messageOf("'g'", "'b'"), MALFORMED]);
      const { own, octetsOf } = wire.meet('DISH');
      own.receive(joined(octetsOf(...good, ...bad, ...good)), 0);
      assert.is(drainEvents(own, 1000).length, 2);
      assert.is(own.outputBytes, 0, 'the peer is told nothing');
    });
  }

  // limits

  connection(`holds the group and the body of a message to its limit together${where}`, () => {
    const options = { maxMessageBytes: 10 };
    const exact: Frame[] = [
      [MORE, '41*4'],
      [0, '42*6'],
    ];
    const over: Frame[] = [
      [MORE, '41*4'],
      [0, '42*7'],
    ];
    assert.equal(told(wire, 'DISH', [...exact, ...exact, ...over], options), [
      messageOf('41*4', '42*6'),
      messageOf('41*4', '42*6'),
      'over ERR_ZMTP_MESSAGE_TOO_LARGE',
    ]);
    assert.equal(told(wire, 'DISH', [JOIN('41*20')], options), []);
    assert.equal(told(wire, 'RADIO', [JOIN('41*20')], options), [messageOf('01 41*20')]);
  });
}

connection.run();

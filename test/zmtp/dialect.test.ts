import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command, CommandName } from '../../src/zmtp/command.ts';
import { dialectOf } from '../../src/zmtp/dialect.ts';
import { SOCKET_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';
import { SINGLE_TYPES } from '../support/zmtp-types.ts';

const dialect = suite('zmtp/dialect');

const MORE = 1;
const RESERVED = 0xf8;
const NOTHING = hex('');

/** The types for which a question is answered with yes. */
function those(question: (type: SocketType) => boolean): string {
  return SOCKET_TYPES.filter(question).join(' ');
}

/** The body of the command that a message of that type leaves as, or undefined. */
function commandFor(type: SocketType, parts: readonly string[], minor: 0 | 1 = 1): string | undefined {
  const body = dialectOf(type).commandFor?.(parts.map(hex), { major: 3, minor });
  return body === undefined ? undefined : toHex(body);
}

/** The message that a command is to that type, or undefined. */
function messageFor(type: SocketType, name: Command['name'], data: Uint8Array): string[] | undefined {
  return dialectOf(type).messageFor?.({ name, data })?.map(toHex);
}

function wants(type: SocketType, index: number, flags: number, body = NOTHING): boolean | undefined {
  return dialectOf(type).wants?.(index, flags, body);
}

dialect('is plain for all that send and take whatever there is', () => {
  const isPlain = (type: SocketType): boolean => {
    const { commandFor: out, messageFor: into, wants: taken, welcome } = dialectOf(type);
    return out === undefined && into === undefined && taken === undefined && welcome === 'singles';
  };
  assert.is(those(isPlain), 'PAIR REQ REP DEALER ROUTER PULL PUSH');
});

dialect('looks at no message of one frame, unless it is malformed or never wanted, and at no short group', () => {
  const welcoming = (what: 'singles' | 'pairs' | undefined): string => those(type => dialectOf(type).welcome === what);
  assert.is(welcoming('pairs'), 'DISH');
  assert.is(welcoming(undefined), 'RADIO');
});

// out

for (const [types, minor, sent, body] of [
  [['SUB', 'XSUB'], 1, "01 'a'", "09 'SUBSCRIBE' 'a'"],
  [['SUB', 'XSUB'], 1, "00 'a'", "06 'CANCEL' 'a'"],
  [['SUB', 'XSUB'], 0, "01 'a'", undefined],
  [['SUB', 'XSUB'], 1, "02 'a'", undefined],
  [['DISH'], 1, "01 'a'", "04 'JOIN' 'a'"],
  [['DISH'], 1, "00 'a'", "05 'LEAVE' 'a'"],
  [['DISH'], 0, "01 'a'", "04 'JOIN' 'a'"],
  [['DISH'], 0, '00', "05 'LEAVE'"],
  [['DISH'], 1, "02 'a'", undefined],
] as const) {
  dialect(`of ${types.join(' and ')} makes of ${sent}, for 3.${minor}, ${body ?? 'nothing else'}`, () => {
    for (const type of types) {
      assert.is(commandFor(type, [sent], minor), body === undefined ? undefined : toHex(hex(body)));
    }
  });
}

dialect('has commands for nobody else, and for no message of several parts', () => {
  assert.is(
    those(type => commandFor(type, ["01 'a'"]) !== undefined),
    'SUB XSUB DISH',
  );
  assert.is(
    those(type => commandFor(type, ["01 'a'", '']) !== undefined || commandFor(type, ['', "01 'a'"]) !== undefined),
    '',
  );
});

// commands that come

const OTHER_COMMANDS = ['READY', 'ERROR', 'PONG', 'HELLO', 'MESSAGE', 'other'] as const;

for (const [types, join, leave] of [
  ['PUB XPUB', 'SUBSCRIBE', 'CANCEL'],
  ['RADIO', 'JOIN', 'LEAVE'],
] as const) {
  dialect(`shows ${join} and ${leave} to ${types}, and to nobody else`, () => {
    for (const [name, first] of [
      [join, '01'],
      [leave, '00'],
    ] as const satisfies readonly (readonly [CommandName, string])[]) {
      assert.is(
        those(type => messageFor(type, name, hex("'abc'")) !== undefined),
        types,
      );
      for (const type of SOCKET_TYPES.filter(each => types.split(' ').includes(each))) {
        for (const data of ["'abc'", '', "'a' 00 'b'", '00']) {
          assert.equal(messageFor(type, name, hex(data)), [toHex(hex(`${first} ${data}`))]);
        }
      }
    }
  });
}

dialect('shows no other command to anybody', () => {
  for (const name of OTHER_COMMANDS) {
    assert.is(
      those(type => messageFor(type, name, hex("'abc'")) !== undefined),
      '',
    );
  }
});

dialect('of a RADIO knows groups of at most 255 octets, others do not look', () => {
  for (const name of ['JOIN', 'LEAVE'] as const) {
    assert.equal(messageFor('RADIO', name, pattern(255))?.[0]?.length, 512);
    assert.is(
      codeThrown(() => messageFor('RADIO', name, pattern(256))),
      'ERR_ZMTP_MALFORMED_GROUP',
    );
    assert.is(messageFor('DISH', name, pattern(256)), undefined);
  }
});

// messages that come

for (const type of SINGLE_TYPES) {
  dialect(`of a ${type} wants the one frame of a message that has no other`, () => {
    for (const spare of [0, RESERVED]) {
      assert.is(wants(type, 0, spare), true);
      assert.is(wants(type, 0, spare | MORE), false);
      assert.is(wants(type, 1, spare), false);
      assert.is(wants(type, 1, spare | MORE), false);
      assert.is(wants(type, 99_999, spare), false);
    }
  });
}

dialect('of a RADIO wants no message', () => {
  for (const index of [0, 1, 2]) for (const flags of [0, MORE]) assert.is(wants('RADIO', index, flags), false);
});

dialect('of a DISH wants a group and a body', () => {
  for (const spare of [0, RESERVED]) {
    assert.is(wants('DISH', 0, spare | MORE, pattern(255)), true);
    assert.is(wants('DISH', 0, spare | MORE), true);
    assert.is(wants('DISH', 1, spare, pattern(300)), true);
  }
});

for (const [what, index, flags, body, message] of [
  ['a group without a body', 0, 0, "'g'", 'message of one frame, expected a group and a body'],
  ['a third frame to come', 1, MORE, "'b'", 'message of more than two frames, expected a group and a body'],
  ['a group of 256 octets', 0, MORE, '41*256', 'group of 256 octets, limit 255'],
] as const) {
  dialect(`of a DISH refuses ${what}`, () => {
    const refused = (): unknown => wants('DISH', index, flags, hex(body));
    assert.is(codeThrown(refused), 'ERR_ZMTP_MALFORMED_GROUP');
    assert.throws(refused, (thrown: Error) => thrown.message === message);
  });
}

dialect.run();

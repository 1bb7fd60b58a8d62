import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import {
  decodeCommand,
  decodeError,
  decodePing,
  encodeCommand,
  encodeError,
  encodePing,
  type CommandName,
} from '../../src/zmtp/command.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';

const command = suite('zmtp/command');

const NAMES: readonly CommandName[] = [
  'READY',
  'ERROR',
  'SUBSCRIBE',
  'CANCEL',
  'JOIN',
  'LEAVE',
  'PING',
  'PONG',
  'HELLO',
  'WELCOME',
  'INITIATE',
  'MESSAGE',
];
const EMPTY = new Uint8Array(0);

// RFC 37 "Commands": name length, name, data

for (const [name, data, body] of [
  ['READY', '', "05 'READY'"],
  ['ERROR', "03 '400'", "05 'ERROR' | 03 '400'"],
  ['SUBSCRIBE', "'topic'", "09 'SUBSCRIBE' | 'topic'"],
  ['SUBSCRIBE', '', "09 'SUBSCRIBE'"],
  ['CANCEL', "'topic'", "06 'CANCEL' | 'topic'"],
  ['JOIN', "'group'", "04 'JOIN' | 'group'"],
  ['JOIN', '', "04 'JOIN'"],
  ['LEAVE', "'group'", "05 'LEAVE' | 'group'"],
  ['LEAVE', '', "05 'LEAVE'"],
  ['PING', '000A', "04 'PING' | 000A"],
  ['PONG', '01FF', "04 'PONG' | 01FF"],
] as const) {
  command(`is ${body} for ${name}`, () => {
    assert.is(toHex(encodeCommand(name, hex(data))), toHex(hex(body)));
    const decoded = decodeCommand(hex(body));
    assert.is(decoded.name, name);
    assert.is(toHex(decoded.data), toHex(hex(data)));
  });
}

command('comes back as it went in', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.uint8Array(), (name, data) => {
      const decoded = decodeCommand(encodeCommand(name, data));
      assert.is(decoded.name, name);
      assert.is(toHex(decoded.data), toHex(data));
    }),
  );
});

for (const body of [
  "04 'ping' 0000",
  "09 'subscribe'",
  "05 'ready'",
  "06 'READYX'",
  "04 'READ'",
  "05 'XYZZY' 'data'",
  "04 'JOIM' 'group'",
  "04 'join' 'group'",
  "05 'LEAVF'",
  "05 'JOINS'",
  "07 'MESSAGX' 00",
  "09 'SUBSCRIBF'",
  "06 'CANCEK'",
  "06 'ERRORS'",
  "05 'PINGX'",
  'FF 41*255',
  '01 00',
]) {
  command(`is another one's in ${body}`, () => {
    const octets = hex(body);
    const { name, data } = decodeCommand(octets);
    assert.is(name, 'other');
    assert.is(data.length, octets.length - 1 - (octets[0] ?? 0));
  });
}

for (const body of ['', '00', "00 'READY'", '01', "05 'READ'", "FF 'READY'", "09 'SUBSCRIB'"]) {
  command(`is malformed as "${body}"`, () => {
    assert.is(
      codeThrown(() => decodeCommand(hex(body))),
      'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
    );
  });
}

// ERROR

command('tells of an error with the length of its reason', () => {
  assert.is(toHex(encodeError('400')), toHex(hex("05 'ERROR' | 03 '400'")));
  assert.is(toHex(encodeError('')), toHex(hex("05 'ERROR' | 00")));
});

command('cuts a reason that is too long for the octet of its length', () => {
  assert.is(toHex(encodeError('x'.repeat(300))), toHex(hex("05 'ERROR' | FF | 78*255")));
});

command('gives back any reason of ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 255 }), reason => {
      assert.is(decodeError(decodeCommand(encodeError(reason)).data), reason);
    }),
  );
});

for (const data of ['', '01', "09 'ab'", "02 'abc'", '00 00', 'FF']) {
  command(`refuses an ERROR with "${data}"`, () => {
    assert.is(
      codeThrown(() => decodeError(hex(data))),
      'ERR_ZMTP_MALFORMED_COMMAND_ERROR',
    );
  });
}

// PING

command('is the PING that libzmq sends', () => {
  assert.is(toHex(encodePing({ ttlDeciseconds: 10, context: EMPTY })), toHex(hex("04 'PING' | 000A")));
});

command('gives back TTL and context of a PING', () => {
  fc.assert(
    fc.property(fc.nat(65_535), fc.uint8Array({ maxLength: 16 }), (ttlDeciseconds, context) => {
      const ping = decodePing(decodeCommand(encodePing({ ttlDeciseconds, context })).data);
      assert.is(ping.ttlDeciseconds, ttlDeciseconds);
      assert.is(toHex(ping.context), toHex(context));
    }),
  );
});

command('cuts the context of a PING to 16 octets', () => {
  for (const length of [15, 16, 17, 18, 300]) {
    const { context } = decodePing(Uint8Array.of(0, 0, ...pattern(length)));
    assert.is(toHex(context), toHex(pattern(Math.min(16, length))));
  }
});

for (const data of ['', '00', 'FF']) {
  command(`refuses a PING with "${data}", too short for a TTL`, () => {
    assert.is(
      codeThrown(() => decodePing(hex(data))),
      'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
    );
  });
}

command('is read, or refused with a ProtocolError, out of any octets', () => {
  const nearly = fc
    .tuple(fc.nat(12), fc.constantFrom(...NAMES), fc.uint8Array({ maxLength: 20 }))
    .map(([length, name, data]) => Uint8Array.of(length, ...hex(`'${name}'`), ...data));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 30 }), nearly), body => {
      try {
        const { data } = decodeCommand(body);
        assert.is(toHex(data), toHex(body.subarray(1 + (body[0] ?? 0))));
        decodePing(data);
        decodeError(data);
      } catch (error) {
        assert.instance(error, ProtocolError);
      }
    }),
    { numRuns: 500 },
  );
});

command.run();

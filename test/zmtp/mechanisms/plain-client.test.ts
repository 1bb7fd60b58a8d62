/** RFC 24, the client's side: its octets, and what it takes from a server. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthenticationError, ProtocolError } from '../../../src/errors.ts';
import { PlainClient } from '../../../src/zmtp/mechanisms/plain-client.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';
import { codeThrown } from '../../support/zmtp-side.ts';

const plainClient = suite('zmtp/mechanisms/plain-client');

const PROPERTIES = [
  { name: 'Socket-Type', value: hex("'DEALER'") },
  { name: 'Identity', value: new Uint8Array(0) },
];
const WELCOME = "07 'WELCOME'";
const READY = "05 'READY' | 0B 'Socket-Type' 00000006 'ROUTER'";

function client(username = "'admin'", password = "'secret'"): PlainClient {
  return new PlainClient({ username: hex(username), password: hex(password), properties: PROPERTIES });
}

/** A client that waits for this command. */
function waitingFor(expected: 'WELCOME' | 'READY'): PlainClient {
  const own = client();
  own.start();
  if (expected === 'READY') own.receive(hex(WELCOME));
  return own;
}

plainClient('is PLAIN, and no server', () => {
  assert.equal([client().name, client().asServer], ['PLAIN', false]);
});

for (const [username, password, hello] of [
  ["'admin'", "'secret'", "05 'HELLO' | 05 'admin' | 06 'secret'"],
  ['', '', "05 'HELLO' | 00 | 00"],
  ["'u'", '', "05 'HELLO' | 01 'u' | 00"],
  ['', "'p'", "05 'HELLO' | 00 | 01 'p'"],
  ['000AFF', '80', "05 'HELLO' | 03 000AFF | 01 80"],
  ['75*255', '70*255', "05 'HELLO' | FF 75*255 | FF 70*255"],
] as const) {
  plainClient(`begins with ${hello}`, () => {
    const { commands, peer, credentials } = client(username, password).start();
    assert.equal(commands.map(toHex), [toHex(hex(hello))]);
    assert.equal([peer, credentials], [undefined, undefined]);
  });
}

plainClient('answers WELCOME with INITIATE and its properties', () => {
  const { commands, peer } = waitingFor('WELCOME').receive(hex(WELCOME));
  const initiate = "08 'INITIATE' | 0B 'Socket-Type' 00000006 'DEALER' | 08 'Identity' 00000000";
  assert.equal(commands.map(toHex), [toHex(hex(initiate))]);
  assert.is(peer, undefined);
});

plainClient('is done with READY, and answers nothing', () => {
  const { commands, peer } = waitingFor('READY').receive(hex(READY));
  assert.equal([commands, toHex(peer?.get('Socket-Type') ?? hex(''))], [[], toHex(hex("'ROUTER'"))]);
});

for (const [expected, body, code] of [
  ['WELCOME', READY, 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['WELCOME', "05 'READY'", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['WELCOME', "08 'INITIATE'", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['WELCOME', "05 'HELLO' 00 00", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['WELCOME', "07 'welcome'", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['WELCOME', "08 'WELCOME '", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['WELCOME', "'WELCOME '", 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['WELCOME', "07 'WELCOME' 00", 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'],
  ['WELCOME', "07 'WELCOME' | 0B 'Socket-Type' 00000006 'ROUTER'", 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'],
  ['WELCOME', "07 'WELCOM'", 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['WELCOME', '', 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['WELCOME', "04 'PING' 0000", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY', WELCOME, 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY', "08 'INITIATE'", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY', "05 'HELLO' 00 00", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY', "04 'PING' 0000", 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY', "05 'READY' 01", 'ERR_ZMTP_INVALID_METADATA'],
  ['READY', "05 'READY' | 00 00000000", 'ERR_ZMTP_INVALID_METADATA'],
  ['READY', "05 'READY' | 01 'a' FFFFFFFF 'b'", 'ERR_ZMTP_INVALID_METADATA'],
] as const) {
  plainClient(`that waits for ${expected} ends with ${code} at ${body}`, () => {
    const own = waitingFor(expected);
    assert.is(
      codeThrown(() => own.receive(hex(body))),
      code,
    );
  });
}

for (const expected of ['WELCOME', 'READY'] as const) {
  for (const [spelling, prefix] of [
    ['of the RFC', "05 'ERROR'"],
    ['of libzmq', "5E 'RROR'"],
  ] as const) {
    for (const [reason, status] of [
      ['400', 400],
      ['500', 500],
      ['300', 300],
      ['nobody', undefined],
      ['', undefined],
    ] as const) {
      plainClient(`that waits for ${expected} is refused with "${reason}" in the spelling ${spelling}`, () => {
        const length = reason.length.toString(16).padStart(2, '0');
        try {
          waitingFor(expected).receive(hex(`${prefix} ${length} '${reason}'`));
        } catch (error) {
          assert.instance(error, AuthenticationError);
          if (!(error instanceof AuthenticationError)) return;
          assert.equal([error.code, error.status], ['ERR_ZMTP_REFUSED_BY_PEER', status]);
          return;
        }
        assert.unreachable('it was not refused');
      });
    }

    for (const data of ['', "04 '400'", "02 '400'", 'FF']) {
      plainClient(`that waits for ${expected} cannot read an ERROR ${spelling} with "${data}"`, () => {
        const own = waitingFor(expected);
        assert.is(
          codeThrown(() => own.receive(hex(`${prefix} ${data}`))),
          'ERR_ZMTP_MALFORMED_COMMAND_ERROR',
        );
      });
    }
  }
}

plainClient('gets in by no octets but WELCOME, then READY', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.constantFrom('HELLO', 'WELCOME', 'INITIATE', 'READY', 'ERROR', 'PING'), fc.uint8Array({ maxLength: 8 }))
      .map(([name, data]) => new Uint8Array([name.length, ...Buffer.from(name), ...data])),
  );
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 4 }), bodies => {
      const own = client();
      own.start();
      let steps = 0;
      try {
        for (const body of bodies) {
          const { peer } = own.receive(body);
          steps += 1;
          const expected = steps === 1 ? WELCOME : "05 'READY'";
          assert.ok(toHex(body).startsWith(toHex(hex(expected))));
          assert.is(peer !== undefined, steps === 2);
          if (peer !== undefined) return;
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

plainClient('forgets the password when it is told to', () => {
  const own = client();
  const [hello = new Uint8Array(0)] = own.start().commands;
  own.wipe();
  assert.not.match(Buffer.from(hello).toString('latin1'), 'secret');
  assert.not.match(Buffer.from(hello).toString('latin1'), 'admin');
});

plainClient.run();

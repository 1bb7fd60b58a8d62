import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthenticationError, ProtocolError } from '../../../src/errors.ts';
import { NullMechanism } from '../../../src/zmtp/mechanisms/null.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';
import { codeThrown } from '../../support/zmtp-side.ts';

const nullMechanism = suite('zmtp/mechanisms/null');

function dealer(): NullMechanism {
  return new NullMechanism([
    { name: 'Socket-Type', value: hex("'DEALER'") },
    { name: 'Identity', value: new Uint8Array(0) },
  ]);
}

/** What a peer's command makes it throw. */
function thrownAt(body: string): unknown {
  try {
    dealer().receive(hex(body));
  } catch (error) {
    return error;
  }
  return undefined;
}

nullMechanism('has no roles', () => {
  assert.is(dealer().name, 'NULL');
  assert.is(dealer().asServer, false);
});

nullMechanism('begins with READY and its properties, as libzmq does', () => {
  const { commands, peer } = dealer().start();
  const ready = "05 'READY' | 0B 'Socket-Type' 00000006 'DEALER' | 08 'Identity' 00000000";
  assert.equal(commands.map(toHex), [toHex(hex(ready))]);
  assert.is(peer, undefined);
});

nullMechanism("is done with the peer's READY, and answers nothing", () => {
  const { commands, peer } = dealer().receive(hex("05 'READY' | 0B 'Socket-Type' 00000003 'REP'"));
  assert.equal(commands, []);
  assert.is(toHex(peer?.get('Socket-Type') ?? hex('')), toHex(hex("'REP'")));
});

nullMechanism('takes a READY without properties', () => {
  assert.equal(dealer().receive(hex("05 'READY'")).peer?.properties, []);
});

for (const body of ["04 'PING' 0000", "04 'PONG'", "05 'HELLO'", "06 'READYX'", "05 'ready'", "09 'SUBSCRIBE'"]) {
  nullMechanism(`refuses ${body} in place of READY`, () => {
    assert.is(
      codeThrown(() => dealer().receive(hex(body))),
      'ERR_ZMTP_UNEXPECTED_COMMAND',
    );
  });
}

for (const [body, code] of [
  ['', 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['00', 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ["06 'READY'", 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ["05 'READY' 01", 'ERR_ZMTP_INVALID_METADATA'],
  ["05 'READY' | 00 00000000", 'ERR_ZMTP_INVALID_METADATA'],
  ["05 'ERROR'", 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
  ["05 'ERROR' 09 'ab'", 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
  ["05 'ERROR' 00", 'ERR_ZMTP_REFUSED_BY_PEER'],
  ["05 'ERROR' 04 'nope'", 'ERR_ZMTP_REFUSED_BY_PEER'],
] as const) {
  nullMechanism(`ends with ${code} at "${body}"`, () => {
    assert.is(
      codeThrown(() => dealer().receive(hex(body))),
      code,
    );
  });
}

for (const [reason, status] of [
  ['300', 300],
  ['400', 400],
  ['500', 500],
  ['40', undefined],
  ['4000', undefined],
  ['900', undefined],
  [' 400', undefined],
  ['Incompatible socket type', undefined],
] as const) {
  nullMechanism(`takes a refusal with "${reason}" for status ${status ?? 'none'}`, () => {
    const error = thrownAt(`05 'ERROR' ${reason.length.toString(16).padStart(2, '0')} '${reason}'`);
    assert.instance(error, AuthenticationError);
    assert.is(error instanceof AuthenticationError ? error.status : undefined, status);
    assert.ok(error instanceof Error && error.message.includes(`"${reason}"`));
  });
}

nullMechanism('repeats what the peer says in printable words only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 255, size: 'max' }), octets => {
      const body = toHex(octets);
      const length = octets.length.toString(16).padStart(2, '0');
      for (const error of [
        thrownAt(`05 'ERROR' ${length} ${body}`),
        octets.length > 0 && thrownAt(`${length} ${body}`),
      ]) {
        if (error instanceof ProtocolError) assert.match(error.message, /^[\x20-\x7e…]*$/);
      }
    }),
  );
});

nullMechanism.run();

/** RFC 24, the server's side: its octets, what it asks, and what it refuses. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../../src/errors.ts';
import { PlainClient } from '../../../src/zmtp/mechanisms/plain-client.ts';
import { decodeHello, PlainServer } from '../../../src/zmtp/mechanisms/plain-server.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';
import { codeThrown } from '../../support/zmtp-side.ts';

const plainServer = suite('zmtp/mechanisms/plain-server');

const HELLO = "05 'HELLO' | 05 'admin' | 06 'secret'";
const INITIATE = "08 'INITIATE' | 0B 'Socket-Type' 00000006 'DEALER'";

function server(): PlainServer {
  return new PlainServer([{ name: 'Socket-Type', value: hex("'ROUTER'") }]);
}

type Moment = 'at first' | 'while it asks' | 'when the client may come in';

function serverIn(moment: Moment): PlainServer {
  const own = server();
  own.start();
  if (moment === 'at first') return own;
  own.receive(hex(HELLO));
  if (moment === 'while it asks') return own;
  own.admit();
  return own;
}

plainServer('is PLAIN, and the server, and waits', () => {
  assert.equal([server().name, server().asServer], ['PLAIN', true]);
  assert.equal(server().start(), { commands: [], peer: undefined });
});

plainServer('says nothing to HELLO and asks', () => {
  const { commands, peer, credentials, holds } = server().receive(hex(HELLO));
  assert.equal([commands, peer, holds, credentials?.mechanism], [[], undefined, undefined, 'PLAIN']);
  assert.equal(credentials?.frames.map(toHex), [toHex(hex("'admin'")), toHex(hex("'secret'"))]);
});

plainServer('says WELCOME, in eight octets, to whom it may let in', () => {
  const own = serverIn('while it asks');
  const { commands, peer } = own.admit();
  assert.equal([commands.map(toHex), peer], [[toHex(hex("07 'WELCOME'"))], undefined]);
});

plainServer('answers INITIATE with READY and its properties', () => {
  const { commands, peer } = serverIn('when the client may come in').receive(hex(INITIATE));
  assert.equal(commands.map(toHex), [toHex(hex("05 'READY' | 0B 'Socket-Type' 00000006 'ROUTER'"))]);
  assert.is(toHex(peer?.get('Socket-Type') ?? hex('')), toHex(hex("'DEALER'")));
});

for (const [data, username, password] of [
  ['00 00', '', ''],
  ["01 'u' 00", "'u'", ''],
  ["00 01 'p'", '', "'p'"],
  ['FF 75*255 FF 70*255', '75*255', '70*255'],
  ['03 000AFF 02 8000', '000AFF', '8000'],
] as const) {
  plainServer(`reads name and password in HELLO ${data}`, () => {
    const { frames } = server().receive(hex(`05 'HELLO' ${data}`)).credentials ?? { frames: [] };
    assert.equal(frames.map(toHex), [toHex(hex(username)), toHex(hex(password))]);
  });
}

for (const [what, data] of [
  ['no data', ''],
  ['no password', "05 'admin'"],
  ['no password and no name', '00'],
  ['a name beyond the end', "06 'admin'"],
  ['a name of 255 that is not there', 'FF'],
  ['a password beyond the end', "05 'admin' 07 'secret'"],
  ['a password of 255 that is not there', "05 'admin' FF"],
  ['one octet behind', "05 'admin' 06 'secret' 00"],
  ['a name and password padded to what they may have', "05 'admin' 06 'secret' 00*500"],
] as const) {
  plainServer(`refuses HELLO with ${what}`, () => {
    assert.is(
      codeThrown(() => server().receive(hex(`05 'HELLO' ${data}`))),
      'ERR_ZMTP_MALFORMED_COMMAND_HELLO',
    );
  });
}

const WHOLE = ["05 'HELLO' 00 00", "07 'WELCOME'", INITIATE, "05 'READY'", "05 'ERROR' 03 '400'", "04 'PING' 0000"];
for (const [moment, next] of [
  ['at first', "05 'HELLO' 00 00"],
  ['while it asks', undefined],
  ['when the client may come in', INITIATE],
] as const) {
  for (const body of WHOLE.filter(each => each !== next)) {
    plainServer(`refuses ${body} ${moment}`, () => {
      const own = serverIn(moment);
      assert.is(
        codeThrown(() => own.receive(hex(body))),
        'ERR_ZMTP_UNEXPECTED_COMMAND',
      );
    });
  }

  for (const body of ["'HELLO   ' 00 00", "'HELLO' 00", '', '00', "06 'HELLO'"]) {
    plainServer(`refuses ${body === '' ? 'an empty command' : body}, names without their length, ${moment}`, () => {
      const own = serverIn(moment);
      assert.match(
        codeThrown(() => own.receive(hex(body))),
        /^ERR_ZMTP_(MALFORMED_COMMAND_UNSPECIFIED|UNEXPECTED_COMMAND)$/,
      );
    });
  }
}

for (const data of ['01', "0B 'Socket-Type'", "0B 'Socket-Type' 00000007 'DEALER'", '00 00000000', "01 'a' FFFFFFFF"]) {
  plainServer(`refuses INITIATE with ${data}`, () => {
    const own = serverIn('when the client may come in');
    assert.is(
      codeThrown(() => own.receive(hex(`08 'INITIATE' ${data}`))),
      'ERR_ZMTP_INVALID_METADATA',
    );
  });
}

plainServer('never says more of a HELLO it cannot read than how long it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), data => {
      try {
        const { username, password } = decodeHello(data);
        assert.is(username.length + password.length + 2, data.length);
        assert.is(toHex(data), toHex(Uint8Array.from([username.length, ...username, password.length, ...password])));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        assert.match(error.message, /^HELLO with \d+ octets of data, which are no name and password$/);
      }
    }),
  );
});

plainServer('agrees with the client about every name and password', () => {
  const octets = fc.uint8Array({ maxLength: 255, size: 'max' });
  fc.assert(
    fc.property(octets, octets, (username, password) => {
      const own = server();
      const client = new PlainClient({ username, password, properties: [] });
      const [hello = new Uint8Array(0)] = client.start().commands;
      const { frames } = own.receive(hello).credentials ?? { frames: [] };
      assert.equal(frames.map(toHex), [toHex(username), toHex(password)]);
      const [welcome = new Uint8Array(0)] = own.admit().commands;
      const [initiate = new Uint8Array(0)] = client.receive(welcome).commands;
      const { commands, peer } = own.receive(initiate);
      assert.ok(peer);
      assert.ok(client.receive(commands[0] ?? new Uint8Array(0)).peer);
    }),
  );
});

plainServer('lets nobody in by any order of commands without an answer', () => {
  const bodies = [...WHOLE, HELLO].map(hex);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...bodies), { maxLength: 6 }), commands => {
      const own = server();
      own.start();
      let asked = 0;
      try {
        for (const body of commands) {
          const step = own.receive(body);
          assert.equal([step.peer, step.commands], [undefined, []]);
          if (step.credentials !== undefined) asked += 1;
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
      assert.ok(asked <= 1);
    }),
  );
});

plainServer('has a password of its own, and forgets it when it is told to', () => {
  const own = server();
  const hello = hex(HELLO);
  const { frames } = own.receive(hello).credentials ?? { frames: [] };
  hello.fill(0);
  assert.is(Buffer.from(frames[1] ?? []).toString(), 'secret');
  own.wipe();
  assert.is(toHex(frames[1] ?? hello), '00'.repeat(6));
});

plainServer.run();

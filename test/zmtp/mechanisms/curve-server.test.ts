import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CurveServer } from '../../../src/zmtp/mechanisms/curve-server.ts';
import { NonceCounter } from '../../../src/zmtp/mechanisms/curve-nonce.ts';
import {
  boxKey,
  cookie,
  hello,
  initiate,
  message,
  PUBLIC,
  publicOf,
  RANDOM,
  SeededExchange,
  SECRET,
  vouch,
} from '../../support/curve-by-hand.ts';
import { curveServer, serverScript } from '../../support/curve-sides.ts';
import { hex, joined, toHex } from '../../support/zmtp-hex.ts';
import { codeThrown } from '../../support/zmtp-side.ts';

const curveServers = suite('zmtp/mechanisms/curve-server');

function welcomed(): CurveServer {
  const server = curveServer();
  server.receive(hello());
  return server;
}

function asking(): CurveServer {
  const server = welcomed();
  server.receive(initiate());
  return server;
}

curveServers('is the server of CURVE, and waits', () => {
  const server = curveServer();
  assert.is(server.name, 'CURVE');
  assert.is(server.asServer, true);
  assert.equal(server.start(), { commands: [], peer: undefined });
});

/** HSalsa20 of an agreement on zeros: what a careless server would take for a key. */
const ZERO_KEY = hex('351F86FAA3B988468A850122B65B0ACECE9C4826806AEEE63DE9C0DA2BD7F91E');

// HELLO

const ANY = hex('D0*32');
const anyKey = boxKey(SECRET.shortClient, publicOf(ANY));

for (const [what, body, code] of [
  ['nothing', hex(''), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['a name that is cut', hex("05 'HELL'"), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['HELLO alone', hex("05 'HELLO'"), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['199 octets', hello().subarray(0, 199), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['201 octets', joined([hello(), hex('00')]), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['version 2.0', hello({ version: '02 00' }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['version 1.1', hello({ version: '01 01' }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['version 0.0', hello({ version: '00 00' }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['padding that begins with another octet', hello({ padding: '01 00*71' }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['padding that ends with another octet', hello({ padding: '00*71 80' }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['padding of AA', hello({ padding: 'AA*72' }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['a box over other octets', hello({ content: hex('00*63 01') }), 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'],
  ['a box for another server', hello({ key: anyKey }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ["another C' than the box's", hello({ publicKey: PUBLIC.other }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ["C' of zeros", hello({ publicKey: hex('00*32'), key: hex('00*32') }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ["C' of small order", hello({ publicKey: hex('01 00*31') }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['INITIATE', initiate(), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['MESSAGE', message('C', 1n, ''), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['ERROR', hex("05 'ERROR' 03 '400'"), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY', hex("05 'READY'"), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
] as const) {
  curveServers(`refuses ${what} for a HELLO: ${code}`, () => {
    assert.is(
      codeThrown(() => curveServer().receive(body)),
      code,
    );
  });
}

curveServers('refuses a box that everybody could have made, since a key of zeros agrees with every other', () => {
  for (const key of [hex('00*32'), ZERO_KEY]) {
    assert.is(
      codeThrown(() => curveServer().receive(hello({ publicKey: hex('00*32'), key }))),
      'ERR_ZMTP_CRYPTOGRAPHIC',
    );
  }
});

// WELCOME

curveServers('answers two HELLOs alike with other keys and cookies', () => {
  const [first, second] = [1, 2].map(seed => {
    const [body] = curveServer({ exchange: new SeededExchange(seed) }).receive(hello()).commands;
    return toHex(body ?? hex(''));
  });
  assert.is.not(first, second);
  assert.is(first?.length, 2 * 168);
});

// INITIATE

const badVouch = boxKey(SECRET.other, PUBLIC.shortServer);

for (const [what, body, code] of [
  ['HELLO again', hello(), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['MESSAGE', message('C', 3n, ''), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['ERROR', hex("05 'ERROR' 03 '400'"), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['a name that is cut', hex("08 'INITIAT'"), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['256 octets', initiate({ metadata: hex('') }).subarray(0, 256), 'ERR_ZMTP_MALFORMED_COMMAND_INITIATE'],
  ['a nonce that repeats that of HELLO', initiate({ count: 1n }), 'ERR_ZMTP_INVALID_SEQUENCE'],
  ['a nonce that is smaller', initiate({ count: 0n }), 'ERR_ZMTP_INVALID_SEQUENCE'],
  ['octets behind its end', joined([initiate(), hex('0000')]), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['a cookie of another key', initiate({ kept: cookie({ key: hex('A9*32') }) }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['a cookie of zeros', initiate({ kept: hex('00*96') }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  [
    'a box under the key of HELLO',
    initiate({ key: boxKey(SECRET.shortClient, PUBLIC.server) }),
    'ERR_ZMTP_CRYPTOGRAPHIC',
  ],
  ['a vouch of another key', initiate({ word: vouch({ key: badVouch }) }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['another C than the one that vouches', initiate({ publicKey: PUBLIC.other }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['a vouch of noise', initiate({ word: hex('5A*96') }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['C of zeros', initiate({ publicKey: hex('00*32'), word: vouch({ key: ZERO_KEY }) }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ["a vouch for another C'", initiate({ word: vouch({ clientKey: PUBLIC.other }) }), 'ERR_ZMTP_KEY_EXCHANGE'],
  ['a vouch for another S', initiate({ word: vouch({ serverKey: PUBLIC.other }) }), 'ERR_ZMTP_KEY_EXCHANGE'],
  [
    "a vouch for S' in place of S",
    initiate({ word: vouch({ serverKey: PUBLIC.shortServer }) }),
    'ERR_ZMTP_KEY_EXCHANGE',
  ],
  [
    'metadata cut short',
    initiate({ metadata: hex("0B 'Socket-Type' 00000007 'DEALER'") }),
    'ERR_ZMTP_INVALID_METADATA',
  ],
] as const) {
  curveServers(`refuses ${what} for an INITIATE: ${code}`, () => {
    assert.is(
      codeThrown(() => welcomed().receive(body)),
      code,
    );
  });
}

curveServers('takes an INITIATE of 257 octets, which has no metadata', () => {
  const body = initiate({ metadata: hex('') });
  assert.is(body.length, 257);
  const server = welcomed();
  server.receive(body);
  assert.equal(server.admit().peer?.properties, []);
});

curveServers('takes metadata of any size', () => {
  const server = welcomed();
  const metadata = joined([hex("0B 'Socket-Type' 00000006 'DEALER' | 03 'X-a' 0000EA60"), hex('2A*60000')]);
  server.receive(initiate({ metadata }));
  assert.is(server.admit().peer?.get('x-A')?.length, 60_000);
});

curveServers('takes any nonces that grow', () => {
  for (const [first, second] of [
    [0n, 1n],
    [7n, 99n],
    [0xffff_ffffn, 0x1_0000_0000n],
    [0x1_0000_0000n, 0x1_0000_0001n],
    [0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n],
    [0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn],
  ] as const) {
    const server = curveServer();
    server.receive(hello({ count: first }));
    assert.ok(server.receive(initiate({ count: second })).credentials, `${first} then ${second}`);
    const reverse = curveServer();
    reverse.receive(hello({ count: second }));
    assert.is(
      codeThrown(() => reverse.receive(initiate({ count: first }))),
      'ERR_ZMTP_INVALID_SEQUENCE',
    );
  }
});

curveServers('refuses the cookie of another connection that is under way', () => {
  const other = curveServer({ exchange: new SeededExchange(5) });
  other.receive(hello());
  assert.is(
    codeThrown(() => other.receive(initiate())),
    'ERR_ZMTP_CRYPTOGRAPHIC',
  );
});

curveServers('asks about C whoever it is, with octets of its own', () => {
  const body = initiate();
  const server = welcomed();
  const { credentials, holds } = server.receive(body);
  body.fill(0);
  assert.is(credentials?.mechanism, 'CURVE');
  assert.equal(credentials?.frames.map(toHex), [toHex(PUBLIC.client)]);
  assert.is(credentials?.frames[0]?.buffer.byteLength, 32);
  assert.is(holds, undefined);
  assert.is(toHex(server.admit().peer?.get('Socket-Type') ?? hex('')), toHex(hex("'DEALER'")));
});

// before READY

for (const [what, body] of [
  ['a MESSAGE', message('C', 3n, "'early'")],
  ['another INITIATE', initiate({ count: 3n })],
  ['a PING in the clear', hex("04 'PING' 0000")],
  ['an ERROR', hex("05 'ERROR' 00")],
] as const) {
  curveServers(`refuses ${what} before READY`, () => {
    assert.is(
      codeThrown(() => asking().receive(body)),
      'ERR_ZMTP_UNEXPECTED_COMMAND',
    );
  });
}

curveServers('lets nobody in who has not shown itself, and nobody twice', () => {
  const silent = { commands: [], peer: undefined };
  assert.equal(curveServer().admit(), silent);
  assert.equal(welcomed().admit(), silent);
  const server = asking();
  assert.is(server.admit().commands.length, 1);
  assert.equal(server.admit(), silent);
});

// secrets

curveServers('forgets the secrets of a handshake as soon as they are of no more use', () => {
  const exchange = serverScript();
  const server = curveServer({ exchange });
  server.receive(hello());
  const [, cookieKey] = exchange.given;
  assert.is(toHex(cookieKey ?? hex('')), toHex(RANDOM.cookieKey));
  server.receive(initiate());
  assert.is(toHex(cookieKey ?? hex('')), '00'.repeat(32));
});

curveServers('forgets its secrets when the connection is over, at any moment', () => {
  const exchange = serverScript();
  const server = curveServer({ exchange });
  server.wipe();
  assert.is(
    codeThrown(() => server.receive(hello())),
    'ERR_ZMTP_UNEXPECTED_COMMAND',
  );
  const another = curveServer({ exchange });
  another.receive(hello());
  another.wipe();
  assert.is(toHex(exchange.given[1] ?? hex('')), '00'.repeat(32));
  const last = asking();
  last.wipe();
  assert.equal(last.admit(), { commands: [], peer: undefined });
});

curveServers('has no READY to send when its nonces are used up', () => {
  const server = curveServer({ sent: new NonceCounter(0xffff_ffff, 0xffff_ffff) });
  server.receive(hello());
  server.receive(initiate());
  assert.is(
    codeThrown(() => server.admit()),
    'ERR_ZMTP_NONCES_EXHAUSTED',
  );
});

curveServers.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthenticationError } from '../../../src/errors.ts';
import type { CurveClient } from '../../../src/zmtp/mechanisms/curve-client.ts';
import { NonceCounter } from '../../../src/zmtp/mechanisms/curve-nonce.ts';
import {
  boxKey,
  cookie,
  hello,
  initiate,
  message,
  PUBLIC,
  ready,
  SeededExchange,
  SECRET,
  welcome,
} from '../../support/curve-by-hand.ts';
import { clientScript, curveClient } from '../../support/curve-sides.ts';
import { hex, joined, toHex } from '../../support/zmtp-hex.ts';
import { codeThrown } from '../../support/zmtp-side.ts';

const clients = suite('zmtp/mechanisms/curve-client');

function begun(): CurveClient {
  const client = curveClient();
  client.start();
  return client;
}

function shown(): CurveClient {
  const client = begun();
  client.receive(welcome());
  return client;
}

clients('is the client of CURVE, and asks nobody', () => {
  const client = curveClient();
  assert.is(client.name, 'CURVE');
  assert.is(client.asServer, false);
  assert.equal(client.admit(), { commands: [], peer: undefined });
});

clients('begins each connection with another key, and vouches with other octets', () => {
  const [first, second] = [1, 2].map(seed => {
    const client = curveClient({ exchange: new SeededExchange(seed) });
    return toHex(client.start().commands[0] ?? hex(''));
  });
  assert.is(first?.length, 400);
  assert.is.not(first?.slice(160, 224), second?.slice(160, 224));
});

clients('has nothing to say to a server whose key agrees with every other', () => {
  assert.is(
    codeThrown(() => curveClient({ serverKey: hex('00*32') }).start()),
    'ERR_ZMTP_CRYPTOGRAPHIC',
  );
});

const other = boxKey(SECRET.shortClient, PUBLIC.other);

for (const [what, body, code] of [
  ['nothing', hex(''), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['a name that is cut', hex("07 'WELCOM'"), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['167 octets', welcome().subarray(0, 167), 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'],
  ['169 octets', joined([welcome(), hex('00')]), 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'],
  ['WELCOME alone', hex("07 'WELCOME'"), 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'],
  ['a box under another key', welcome({ key: other }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ["S' of zeros", welcome({ publicKey: hex('00*32') }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['READY', ready(), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['MESSAGE', message('S', 1n, ''), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['HELLO', hello(), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY in the clear', hex("05 'READY'"), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['ERROR', hex("05 'ERROR' 03 '400'"), 'ERR_ZMTP_REFUSED_BY_PEER'],
  ['ERROR that is cut', hex("05 'ERROR' 03 '40'"), 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
] as const) {
  clients(`ends at ${what} in place of WELCOME: ${code}`, () => {
    assert.is(
      codeThrown(() => begun().receive(body)),
      code,
    );
  });
}

for (const [what, body, code] of [
  ['WELCOME again', welcome(), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['MESSAGE', message('S', 1n, ''), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['INITIATE', initiate(), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['29 octets', ready({ metadata: hex('') }).subarray(0, 29), 'ERR_ZMTP_MALFORMED_COMMAND_READY'],
  ['READY in the clear', hex("05 'READY'"), 'ERR_ZMTP_MALFORMED_COMMAND_READY'],
  ['READY under another key', ready({ key: other }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['READY under the key of HELLO', ready({ key: boxKey(SECRET.shortClient, PUBLIC.server) }), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['octets behind READY', joined([ready(), hex('00')]), 'ERR_ZMTP_CRYPTOGRAPHIC'],
  ['metadata cut short', ready({ metadata: hex("0B 'Socket-Type' 0000") }), 'ERR_ZMTP_INVALID_METADATA'],
  ['ERROR', hex("05 'ERROR' 03 '500'"), 'ERR_ZMTP_REFUSED_BY_PEER'],
] as const) {
  clients(`ends at ${what} in place of READY: ${code}`, () => {
    assert.is(
      codeThrown(() => shown().receive(body)),
      code,
    );
  });
}

clients('tells how it was refused, before INITIATE and behind it', () => {
  for (const client of [begun(), shown()]) {
    let error: unknown;
    try {
      client.receive(hex("05 'ERROR' 03 '400'"));
    } catch (thrown) {
      error = thrown;
    }
    assert.instance(error, AuthenticationError);
    assert.is(error instanceof AuthenticationError ? error.status : undefined, 400);
  }
});

clients('gives a cookie back as it came, whatever is in it', () => {
  const client = begun();
  const kept = cookie({ key: hex('77*32') });
  const [body] = client.receive(welcome({ content: kept })).commands;
  assert.is(toHex(body?.subarray(9, 105) ?? hex('')), toHex(kept));
});

clients('takes a READY without properties, and one with many', () => {
  assert.equal(shown().receive(ready({ metadata: hex('') })).peer?.properties, []);
  const metadata = joined([hex("03 'X-a' 0000F000"), hex('2A*61440')]);
  assert.is(shown().receive(ready({ metadata })).peer?.get('X-A')?.length, 61_440);
});

clients("shows properties of any size, which are copies of nobody's octets", () => {
  const value = hex('2A*60000');
  const client = curveClient({ properties: [{ name: 'X-a', value }] });
  client.start();
  const [body] = client.receive(welcome()).commands;
  assert.is(toHex(body ?? hex('')), toHex(initiate({ metadata: joined([hex("03 'X-a' 0000EA60"), value]) })));
});

clients('forgets its short-term key when it has used it, and when the connection is over', () => {
  const exchange = clientScript();
  const pair = exchange.generate();
  assert.is(
    pair.publicKey.some(octet => octet !== 0),
    true,
  );
  const pairs = [pair];
  const generate = { ...of(exchange), generate: () => pairs.pop() ?? pair };
  const client = curveClient({ exchange: generate });
  client.start();
  client.receive(welcome());
  assert.is(toHex(pair.secretKey()), '00'.repeat(32));
  const again = clientScript();
  const second = again.generate();
  const closed = curveClient({ exchange: { ...of(again), generate: () => second } });
  closed.start();
  assert.is(toHex(second.secretKey()), toHex(SECRET.shortClient));
  closed.wipe();
  assert.is(toHex(second.secretKey()), '00'.repeat(32));
  assert.is(
    codeThrown(() => closed.receive(welcome())),
    'ERR_ZMTP_UNEXPECTED_COMMAND',
  );
});

function of(exchange: ReturnType<typeof clientScript>): {
  readonly fromSecretKey: (secret: Uint8Array) => ReturnType<typeof exchange.fromSecretKey>;
  readonly randomBytes: (length: number) => Uint8Array;
} {
  return {
    fromSecretKey: secret => exchange.fromSecretKey(secret),
    randomBytes: length => exchange.randomBytes(length),
  };
}

clients('has no HELLO, and no INITIATE, to send when its nonces are used up', () => {
  assert.is(
    codeThrown(() => curveClient({ sent: new NonceCounter(0xffff_ffff, 0xffff_ffff) }).start()),
    'ERR_ZMTP_NONCES_EXHAUSTED',
  );
  const client = curveClient({ sent: new NonceCounter(0xffff_ffff, 0xffff_fffe) });
  const [body] = client.start().commands;
  assert.is(toHex(body ?? hex('')), toHex(hello({ count: 2n ** 64n - 1n })));
  assert.is(
    codeThrown(() => client.receive(welcome())),
    'ERR_ZMTP_NONCES_EXHAUSTED',
  );
});

clients.run();

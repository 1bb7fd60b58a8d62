import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthenticationError } from '../../src/errors.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { Box, BoxCipher } from '../../src/zmtp/crypto/box-cipher.ts';
import { nobleBoxCipher } from '../../src/zmtp/crypto/noble-box.ts';
import { NonceCounter } from '../../src/zmtp/mechanisms/curve-nonce.ts';
import { SOCKET_TYPES } from '../../src/zmtp/socket-type.ts';
import {
  contentOf,
  hello,
  initiate,
  message,
  PUBLIC,
  ready,
  SeededExchange,
  welcome,
} from '../support/curve-by-hand.ts';
import {
  carryAll,
  clientSide,
  curveGreeting,
  joinedSides,
  NOBODY_KNOWN,
  serverSide,
  twoSides,
  typeIs,
  welcomeAll,
  type CurveSideOptions,
} from '../support/curve-sides.ts';
import { frame } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { anyCut } from '../support/zmtp-session.ts';
import {
  cut,
  drain,
  feed,
  messageOf,
  NO_HEARTBEAT,
  PARTNERS,
  side,
  taken,
  type SideOptions,
} from '../support/zmtp-side.ts';
import { sendable } from '../support/zmtp-types.ts';

const connection = suite('zmtp/connection: CURVE');

const COMMAND = 4;
const inCommand = (body: Uint8Array): Buffer => frame(COMMAND, body);
const inMessage = (body: Uint8Array): Buffer => frame(0, body);
const asked = `authenticate CURVE ${toHex(PUBLIC.client)}`;

/** A server whose client by hand has been let in, and whose output is taken. Its next nonce is 2, the client's 3. */
function readyServer(
  type: 'ROUTER' | 'PUB' = 'ROUTER',
  options: SideOptions = {},
  minor = 1,
  curve: CurveSideOptions = {},
): ZmtpConnection {
  const server = serverSide(type, options, curve);
  const metadata = hex(`0B 'Socket-Type' 0000000${PARTNERS[type].length} '${PARTNERS[type]}'`);
  feed(server, [curveGreeting(false, minor), inCommand(hello()), inCommand(initiate({ metadata }))]);
  server.answer(NOBODY_KNOWN, 0);
  if (drain(server).join() !== 'handshake') throw new Error('no handshake');
  server.takeOutput();
  return server;
}

/** The same for a client. Its next nonce is 3, the server's 2. */
function readyClient(
  type: 'DEALER' | 'SUB' = 'DEALER',
  options: SideOptions = {},
  minor = 1,
  curve: CurveSideOptions = {},
): ZmtpConnection {
  const client = clientSide(type, options, curve);
  const metadata = hex(`0B 'Socket-Type' 0000000${PARTNERS[type].length} '${PARTNERS[type]}'`);
  const told = feed(client, [curveGreeting(true, minor), inCommand(welcome()), inCommand(ready({ metadata }))]);
  if (told.join() !== 'handshake') throw new Error('no handshake');
  client.takeOutput();
  return client;
}

/** What is sealed in the frames that wait, each as flags and payload. */
function sealed(from: 'C' | 'S', sender: ZmtpConnection): string[] {
  const contents: string[] = [];
  let octets = taken(sender);
  while (octets.length > 0) {
    assert.is(octets[0], 0);
    const length = octets[1] ?? 0;
    contents.push(toHex(contentOf(from, octets.subarray(2, 2 + length))));
    octets = octets.subarray(2 + length);
  }
  return contents;
}

// octet by octet

connection('says as a server what a client by hand expects, octet by octet', () => {
  const server = serverSide('ROUTER');
  assert.equal(feed(server, [curveGreeting(false)]), []);
  assert.is(toHex(taken(server)), toHex(curveGreeting(true)));
  assert.equal(feed(server, [inCommand(hello())]), []);
  assert.is(toHex(taken(server)), toHex(inCommand(welcome())));
  assert.equal(feed(server, [inCommand(initiate())]), [asked]);
  assert.is(server.outputBytes, 0);
  server.answer(NOBODY_KNOWN, 0);
  assert.equal(drain(server), ['handshake']);
  assert.is(toHex(taken(server)), toHex(inCommand(ready())));
  assert.equal(feed(server, [inMessage(message('C', 3n, "'hello'"))]), [messageOf("'hello'")]);
  server.send([hex("'a'"), hex("'b'")]);
  const expected = [message('S', 2n, "'a'", { flags: '01' }), message('S', 3n, "'b'")].map(inMessage);
  assert.is(toHex(taken(server)), toHex(joined(expected)));
});

connection('says as a client what a server by hand expects, octet by octet', () => {
  const client = clientSide('DEALER');
  assert.equal(feed(client, [curveGreeting(true)]), []);
  assert.is(toHex(taken(client)), toHex(joined([curveGreeting(false), inCommand(hello())])));
  assert.equal(feed(client, [inCommand(welcome())]), []);
  assert.is(toHex(taken(client)), toHex(inCommand(initiate())));
  assert.equal(feed(client, [inCommand(ready())]), ['handshake']);
  assert.is(client.outputBytes, 0);
  client.send([hex("'hello'")]);
  assert.is(toHex(taken(client)), toHex(inMessage(message('C', 3n, "'hello'"))));
  assert.equal(feed(client, [inMessage(message('S', 2n, ''))]), [messageOf('')]);
});

connection('takes what a client sends however it is cut', () => {
  const octets = joined([
    inMessage(message('C', 3n, "'a'", { flags: '01' })),
    inMessage(message('C', 4n, "04 'PING' 0000 'x'", { flags: '02' })),
    inCommand(message('C', 5n, '')),
    inMessage(message('C', 6n, '2A*300')),
    frame(1, message('C', 7n, "'outer MORE is nothing'")),
    inMessage(message('C', 8n, "'c'")),
  ]);
  const expected = [messageOf("'a'", ''), messageOf('2A*300'), messageOf("'outer MORE is nothing'"), messageOf("'c'")];
  for (const lengths of [[Infinity], [1], [7, 40], [50]]) {
    for (const most of [1, 2, 1000]) {
      const server = readyServer();
      assert.equal(feed(server, cut(octets, lengths), 0, most), expected);
      assert.equal(sealed('S', server), [toHex(hex("02 04 'PONG' 'x'"))]);
    }
  }
});

// one another

const anyPart = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 222, 223, 300, 9000, 20_000).map(length => pattern(length)) },
);
const anyAct = fc.record({
  by: fc.constantFrom('client' as const, 'server' as const),
  carry: fc.boolean(),
  message: fc.array(anyPart, { minLength: 1, maxLength: 4 }),
  cuts: anyCut,
});

connection('gives every message to the other side, of any type, over a link that cuts as it likes', () => {
  const anyType = fc.constantFrom(...SOCKET_TYPES);
  fc.assert(
    fc.property(anyType, anyCut, fc.array(anyAct, { maxLength: 12 }), (type, first, acts) => {
      const two = twoSides(type);
      const told = { client: new Array<string>(), server: new Array<string>() };
      const sent = { client: new Array<string>(), server: new Array<string>() };
      const carry = (from: 'client' | 'server', cuts: readonly number[]): void => {
        const to = from === 'client' ? 'server' : 'client';
        const octets = taken(two[from]);
        const lengths = octets.length > 5000 ? cuts.map(length => length * 500) : cuts;
        for (const chunk of cut(octets, lengths)) {
          two[to].receive(new Uint8Array(chunk), 0);
          told[to].push(...welcomeAll(two[to]));
        }
      };
      for (let i = 0; i < 5; i += 1) {
        carry('client', first);
        carry('server', first);
      }
      for (const { by, carry: carries, message: any, cuts } of acts) {
        const parts = sendable(by === 'client' ? type : PARTNERS[type], any);
        two[by].send(parts);
        sent[by].push(`message ${parts.map(toHex).join(' ')}`);
        if (carries) carry(by, cuts);
      }
      carry('client', first);
      carry('server', first);
      assert.equal(told.client, ['handshake', ...sent.server]);
      assert.equal(told.server, [asked, 'handshake', ...sent.client]);
    }),
    { numRuns: 60 },
  );
});

connection('carries subscriptions as commands to a peer of 3.1, and as messages to one of 3.0', () => {
  for (const [minor, expected] of [
    [1, ["02 09 'SUBSCRIBE' 'topic'", "02 06 'CANCEL' 'topic'", "02 09 'SUBSCRIBE'"]],
    [0, ["00 01 'topic'", "00 00 'topic'", '00 01']],
  ] as const) {
    const subscriber = readyClient('SUB', {}, minor);
    subscriber.send([hex("01 'topic'")]);
    subscriber.send([hex("00 'topic'")]);
    subscriber.send([hex('01')]);
    assert.equal(
      sealed('C', subscriber),
      expected.map(each => toHex(hex(each))),
    );
  }
});

connection('takes subscriptions in either form', () => {
  for (const minor of [0, 1]) {
    const publisher = readyServer('PUB', {}, minor);
    const told = feed(publisher, [
      inMessage(message('C', 3n, "09 'SUBSCRIBE' 'a'", { flags: '02' })),
      inMessage(message('C', 4n, "01 'b'")),
      inCommand(message('C', 5n, "06 'CANCEL' 'a'", { flags: '02' })),
    ]);
    assert.equal(told, [messageOf("01 'a'"), messageOf("01 'b'"), messageOf("00 'a'")]);
  }
});

connection('asks for a sign of life in a box, and gives one', () => {
  const heartbeat = { ...NO_HEARTBEAT, intervalMs: 100, timeoutMs: 300, ttlDeciseconds: 5 };
  const client = readyClient('DEALER', { heartbeat });
  client.tick(100);
  assert.equal(sealed('C', client), [toHex(hex("02 04 'PING' 0005"))]);
  assert.equal(feed(client, [inMessage(message('S', 2n, "04 'PONG'", { flags: '02' }))], 110), []);
  assert.is(client.phase, 'traffic');
  const server = readyServer();
  feed(server, [inMessage(message('C', 3n, "04 'PING' 0000 'abc'", { flags: '02' }))]);
  assert.equal(sealed('S', server), [toHex(hex("02 04 'PONG' 'abc'"))]);
});

connection('asks no peer of 3.0 for a sign of life', () => {
  const client = readyClient('DEALER', { heartbeat: { ...NO_HEARTBEAT, intervalMs: 100, timeoutMs: 300 } }, 0);
  assert.is(client.deadline(), undefined);
  client.tick(1000);
  assert.is(client.outputBytes, 0);
});

connection('ends at a command in a box that cannot be read', () => {
  for (const payload of ['', "05 'abc'"]) {
    assert.equal(feed(readyServer(), [inMessage(message('C', 3n, payload, { flags: '02' }))]), [
      'over ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
    ]);
  }
});

// who may come in

connection('says nothing, and lets nothing in, before it is known who may come in', () => {
  for (const early of [
    inMessage(message('C', 3n, "'early'")),
    inCommand(message('C', 3n, "'early'")),
    inCommand(hex("04 'PING' 0000")),
    inCommand(initiate({ count: 3n })),
    inMessage(hex("'clear'")),
  ]) {
    const server = serverSide('ROUTER');
    feed(server, [curveGreeting(false), inCommand(hello())]);
    server.takeOutput();
    assert.equal(feed(server, [inCommand(initiate()), early]), [asked, 'over ERR_ZMTP_UNEXPECTED_COMMAND']);
    server.answer(NOBODY_KNOWN, 0);
    assert.equal(drain(server), []);
    assert.is(server.outputBytes, 0);
  }
});

for (const [status, reason] of [
  [400, '400'],
  [500, '500'],
  [300, undefined],
] as const) {
  connection(`tells a client that it is refused with ${status}: ${reason ?? 'nothing'}`, () => {
    const two = twoSides('DEALER');
    const { client, server } = two;
    for (let i = 0; i < 5; i += 1) {
      feed(server, client.takeOutput());
      feed(client, server.takeOutput());
    }
    server.answer(new AuthenticationError('ERR_ZAP_REFUSED', 'no', status), 0);
    assert.equal(drain(server), ['over ERR_ZAP_REFUSED']);
    const said = taken(server);
    assert.is(toHex(said), reason === undefined ? '' : toHex(hex(`04 0A 05 'ERROR' 03 '${reason}'`)));
    assert.equal(feed(client, [said]), reason === undefined ? [] : ['over ERR_ZMTP_REFUSED_BY_PEER']);
    assert.is(client.outputBytes, 0);
  });
}

connection('tells a client of the wrong type so in the clear, before it believes to be in', () => {
  const two = { client: clientSide('PUB'), server: serverSide('ROUTER') };
  const { client, server } = carryAll(two);
  assert.equal(server, [asked, 'over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.equal(client, ['over ERR_ZMTP_REFUSED_BY_PEER']);
});

connection('refuses a server of the wrong type without a word', () => {
  const client = clientSide('DEALER');
  const metadata = hex("0B 'Socket-Type' 00000003 'PUB'");
  feed(client, [curveGreeting(true), inCommand(welcome())]);
  client.takeOutput();
  assert.equal(feed(client, [inCommand(ready({ metadata }))]), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.is(client.outputBytes, 0);
});

connection('never answers a bad MESSAGE', () => {
  for (const bad of [
    inMessage(message('S', 3n, '')),
    inMessage(message('C', 2n, '')),
    inMessage(hex("'clear'")),
    inCommand(hex("04 'PING' 0000")),
    inMessage(hex("07 'MESSAGE'")),
  ]) {
    const server = readyServer();
    assert.match(feed(server, [bad]).join(), /^over ERR_ZMTP_[A-Z_]+$/);
    assert.is(server.outputBytes, 0);
  }
});

connection('takes the nonces of INITIATE and READY for heard, and goes on with the very next', () => {
  for (const [own, from, last] of [
    [readyServer, 'C', 2n],
    [readyClient, 'S', 1n],
  ] as const) {
    for (const count of [last, last - 1n, last + 2n, last + 97n, last + 1n + 2n ** 32n]) {
      const other = inMessage(message(from, count, "'other'"));
      const next = inMessage(message(from, last + 1n, "'next'"));
      assert.equal(feed(own(), [joined([other, next])]), ['over ERR_ZMTP_INVALID_SEQUENCE'], `${from} ${count}`);
    }
    const told = feed(
      own(),
      [last + 1n, last + 2n].map(count => inMessage(message(from, count, "'next'"))),
    );
    assert.equal(told, [messageOf("'next'"), messageOf("'next'")]);
  }
});

connection('goes on from the nonce that INITIATE and READY had, whichever that was', () => {
  const server = serverSide('ROUTER');
  feed(server, [curveGreeting(false), inCommand(hello()), inCommand(initiate({ count: 40n }))]);
  server.answer(NOBODY_KNOWN, 0);
  assert.equal(drain(server), ['handshake']);
  const ofClient = [41n, 43n].map(count => inMessage(message('C', count, "'next'")));
  assert.equal(feed(server, ofClient), [messageOf("'next'"), 'over ERR_ZMTP_INVALID_SEQUENCE']);
  const client = clientSide('DEALER');
  feed(client, [curveGreeting(true), inCommand(welcome()), inCommand(ready({ count: 40n }))]);
  const ofServer = [41n, 43n].map(count => inMessage(message('S', count, "'next'")));
  assert.equal(feed(client, ofServer), [messageOf("'next'"), 'over ERR_ZMTP_INVALID_SEQUENCE']);
});

// frames that are taken out on their way

const TRANSFER = ["'transfer'", "'10'", "'to'", "'me'"];
const KEEP = ["'keep'", "'20'", "'for'", "'them'"];

for (const [what, dropped] of [
  ['the first frame', [4]],
  ['an inner frame', [5]],
  ['two inner frames', [5, 6]],
  ['the last frame', [7]],
  ['the last frame of one and the first of the next', [7, 8]],
  ['the whole of it', [4, 5, 6, 7]],
] as const) {
  connection(`delivers nothing more when somebody takes ${what} out of a message on its way`, () => {
    for (const [own, from, first] of [
      [readyServer, 'C', 3n],
      [readyClient, 'S', 2n],
    ] as const) {
      const sent = [TRANSFER, TRANSFER, KEEP, KEEP].flatMap((parts, i) =>
        parts.map((part, j) =>
          inMessage(message(from, first + BigInt(4 * i + j), part, { flags: j < 3 ? '01' : '00' })),
        ),
      );
      const left = joined(sent.filter((_, i) => !dropped.some(each => each === i)));
      for (const lengths of [[Infinity], [1], [50, 7]]) {
        for (const most of [1, 1000]) {
          const told = feed(own(), cut(left, lengths), 0, most);
          assert.equal(told, [messageOf(...TRANSFER), 'over ERR_ZMTP_INVALID_SEQUENCE'], from);
        }
      }
    }
  });
}

connection('does not notice that the end of what was sent is missing, as when a stream is cut', () => {
  const server = readyServer();
  const sent = [...TRANSFER, ...TRANSFER].map((part, i) =>
    inMessage(message('C', 3n + BigInt(i), part, { flags: i % 4 < 3 ? '01' : '00' })),
  );
  assert.equal(feed(server, sent.slice(0, -1)), [messageOf(...TRANSFER)]); // and nothing of the half that is there
  assert.is(server.phase, 'traffic');
});

connection('gives what was genuine before what was not', () => {
  const good = inMessage(message('C', 3n, "'good'"));
  const told = feed(readyServer(), [joined([good, good, inMessage(message('C', 4n, "'late'"))])]);
  assert.equal(told, [messageOf("'good'"), 'over ERR_ZMTP_INVALID_SEQUENCE']);
});

connection('does not take a peer without CURVE, whatever the role', () => {
  for (const own of [clientSide('DEALER'), serverSide('DEALER')]) {
    assert.equal(carryBoth(own, side('ROUTER')), ['over ERR_ZMTP_MECHANISM_MISMATCH']);
  }
});

connection('comes to nothing between two clients', () => {
  assert.equal(carryBoth(clientSide('DEALER'), clientSide('ROUTER')), ['over ERR_ZMTP_UNEXPECTED_COMMAND']);
});

/** What the first of two tells. */
function carryBoth(first: ZmtpConnection, second: ZmtpConnection): string[] {
  const told: string[] = [];
  for (let i = 0; i < 4; i += 1) {
    feed(second, first.takeOutput());
    told.push(...feed(first, second.takeOutput()));
  }
  return told;
}

// recordings

connection('takes no recording of another connection, as a server and as a client', () => {
  const server = serverSide('ROUTER', {}, { exchange: new SeededExchange(3) });
  const opening = [curveGreeting(false), inCommand(hello()), inCommand(initiate()), inMessage(message('C', 3n, ''))];
  assert.equal(feed(server, opening), ['over ERR_ZMTP_CRYPTOGRAPHIC']);
  const client = clientSide('DEALER', {}, { exchange: new SeededExchange(3) });
  const answers = [curveGreeting(true), inCommand(welcome()), inCommand(ready())];
  assert.equal(feed(client, answers), ['over ERR_ZMTP_CRYPTOGRAPHIC']);
});

// limits

connection('takes metadata up to the limit of a handshake, and no more', () => {
  for (const [size, outcome] of [
    [60_000, 'handshake'],
    [70_000, 'over ERR_ZMTP_FRAME_TOO_LARGE'],
  ] as const) {
    const big = { properties: [...typeIs('DEALER'), { name: 'X-big', value: pattern(size) }] };
    const two = { client: clientSide('DEALER', {}, big), server: serverSide('ROUTER') };
    assert.is(carryAll(two).server.at(-1), outcome);
    const reply = { properties: [...typeIs('ROUTER'), { name: 'X-big', value: pattern(size) }] };
    const other = { client: clientSide('DEALER'), server: serverSide('ROUTER', {}, reply) };
    assert.is(carryAll(other).client.at(-1), outcome);
  }
});

connection('limits messages by what is in their boxes', () => {
  for (const [sizes, outcome] of [
    [[1000], undefined],
    [[1001], 'over ERR_ZMTP_FRAME_TOO_LARGE'],
    [[500, 500], undefined],
    [[500, 501], 'over ERR_ZMTP_MESSAGE_TOO_LARGE'],
    [[1000, 0, 0], undefined],
  ] as const) {
    const two = joinedSides('DEALER', { maxMessageBytes: 1000 });
    const parts = sizes.map(size => pattern(size));
    two.client.send(parts);
    two.client.send([hex('AA')]);
    const words = `message ${parts.map(toHex).join(' ')}`;
    assert.equal(carryAll(two).server, outcome === undefined ? [words, messageOf('AA')] : [outcome]);
  }
});

connection('lets subscriptions be larger than messages may be', () => {
  const publisher = readyServer('PUB', { maxMessageBytes: 10 });
  const topic = pattern(5000);
  const body = message('C', 3n, joined([hex("09 'SUBSCRIBE'"), topic]), { flags: '02' });
  assert.equal(feed(publisher, [inMessage(body)]), [`message 01${toHex(topic)}`]);
});

connection('waits for a large message in as much memory as has come', () => {
  const server = readyServer();
  feed(server, [hex('02 00000000 7FFFFFFF'), message('C', 3n, pattern(100))]);
  assert.is(server.phase, 'traffic');
});

// nonces that are used up

connection('ends when no nonce is left to send with, and throws at nobody', () => {
  const last = new NonceCounter(0xffff_ffff, 0xffff_fffc);
  const client = readyClient('DEALER', {}, 1, { sent: last });
  client.send([hex('AA')]);
  client.send([hex('BB'), hex('CC')]);
  client.send([hex('DD')]);
  assert.equal(drain(client), ['over ERR_ZMTP_NONCES_EXHAUSTED']);
  assert.equal(sealed('C', client), ['00aa']); // HELLO and INITIATE had the two before it
  assert.equal(drain(client), []);
  assert.is(client.phase, 'over');
});

connection('ends when no nonce is left for a PONG, or for a PING', () => {
  const none = (): NonceCounter => new NonceCounter(0xffff_ffff, 0xffff_fffe);
  const server = readyServer('ROUTER', { heartbeat: { ...NO_HEARTBEAT, intervalMs: 100 } }, 1, { sent: none() });
  const ping = inMessage(message('C', 3n, "04 'PING' 0000", { flags: '02' }));
  assert.equal(feed(server, [joined([ping, inMessage(message('C', 4n, ''))])]), ['over ERR_ZMTP_NONCES_EXHAUSTED']);
  const silent = readyServer('ROUTER', { heartbeat: { ...NO_HEARTBEAT, intervalMs: 100 } }, 1, { sent: none() });
  silent.tick(100);
  assert.equal(drain(silent), ['over ERR_ZMTP_NONCES_EXHAUSTED']);
});

connection('ends when no nonce is left for READY', () => {
  const server = serverSide('ROUTER', {}, { sent: new NonceCounter(0xffff_ffff, 0xffff_ffff) });
  feed(server, [curveGreeting(false), inCommand(hello()), inCommand(initiate())]);
  server.answer(NOBODY_KNOWN, 0);
  assert.equal(drain(server), ['over ERR_ZMTP_NONCES_EXHAUSTED']);
});

// secrets

/** Knows which boxes have not been wiped. */
class WatchedCipher implements BoxCipher {
  readonly name = 'watched';
  readonly subkey = nobleBoxCipher.subkey;
  readonly open = new Set<Box>();
  /** All keys that boxes were made with, to see what has become of them. */
  readonly keys: Uint8Array[] = [];

  box(key: Uint8Array, nonceStart: Uint8Array): Box {
    const box = nobleBoxCipher.box(key, nonceStart);
    const { wipe } = box;
    box.wipe = () => {
      this.open.delete(box);
      wipe.call(box);
    };
    this.open.add(box);
    this.keys.push(key);
    return box;
  }

  get left(): number {
    return this.open.size + this.keys.filter(key => key.some(octet => octet !== 0)).length;
  }
}

connection('leaves no key behind, whenever it is closed', () => {
  for (const type of ['DEALER', 'PUB'] as const) {
    for (let steps = 0; steps < 15; steps += 1) {
      const ciphers = { client: new WatchedCipher(), server: new WatchedCipher() };
      const client = clientSide(type, {}, { cipher: ciphers.client });
      const server = serverSide('ROUTER', {}, { cipher: ciphers.server });
      const there = (): unknown => feed(server, client.takeOutput());
      const back = (): unknown => feed(client, server.takeOutput());
      const turns = [
        ...[there, back, there, back, there, back, there, back, there],
        () => server.answer(NOBODY_KNOWN, 0),
        () => drain(server),
        back,
        () => client.phase === 'traffic' && client.send([hex('AA')]),
        there,
      ];
      for (const turn of turns.slice(0, steps)) turn();
      client.close();
      server.close();
      assert.is(ciphers.client.left, 0, `client ${type} after ${steps}`);
      assert.is(ciphers.server.left, 0, `server after ${steps}`);
    }
  }
});

connection('keeps no key of the handshake when that is done', () => {
  const ciphers = { client: new WatchedCipher(), server: new WatchedCipher() };
  const client = clientSide('DEALER', {}, { cipher: ciphers.client });
  const server = serverSide('ROUTER', {}, { cipher: ciphers.server });
  carryAll({ client, server });
  assert.is(ciphers.client.left, 2); // a box for each direction
  assert.is(ciphers.server.left, 2);
});

connection('says nothing of keys in what is shown of it', () => {
  const { client, server } = joinedSides('DEALER');
  const error = feed(server, [inMessage(message('C', 3n, '', { key: hex('11*32') }))]);
  assert.equal(error, ['over ERR_ZMTP_CRYPTOGRAPHIC']);
  client.close();
});

// noise

connection('meets noise at any moment with one end, and never throws', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map(octets => inCommand(octets)),
    fc.uint8Array({ maxLength: 300 }).map(octets => inMessage(joined([hex("07 'MESSAGE' 00*7"), octets]))),
    fc
      .tuple(
        fc.constantFrom("05 'HELLO'", "07 'WELCOME'", "08 'INITIATE'", "05 'READY'"),
        fc.uint8Array({ size: 'large' }),
      )
      .map(([name, octets]) => inCommand(joined([hex(name), octets]))),
    fc.constantFrom(hello(), welcome(), initiate(), ready()).map(inCommand),
  );
  const sound = { server: [hello(), initiate()], client: [welcome(), ready()] } as const;
  fc.assert(
    fc.property(
      fc.constantFrom('client' as const, 'server' as const),
      fc.nat(2),
      fc.array(noise, { minLength: 1, maxLength: 5 }),
      anyCut,
      (role, depth, pieces, cuts) => {
        const own = role === 'client' ? clientSide('DEALER') : serverSide('ROUTER');
        own.receive(new Uint8Array(curveGreeting(role === 'server' ? false : true)), 0);
        welcomeAll(own);
        for (const body of sound[role].slice(0, depth)) {
          own.receive(new Uint8Array(inCommand(body)), 0);
          welcomeAll(own);
        }
        const told = cut(joined(pieces), cuts).flatMap(chunk => {
          own.receive(new Uint8Array(chunk), 0);
          return welcomeAll(own);
        });
        assert.ok(told.filter(word => word.startsWith('over')).length <= 1, told.join());
        assert.not.ok(
          told.some(word => word.startsWith('message')),
          told.join(),
        );
      },
    ),
    { numRuns: 300 },
  );
});

connection.run();

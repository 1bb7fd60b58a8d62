/** Peers of ZMTP 1.0 (RFC 13) and 2.0 (RFC 15): octets are those that libzmq 4.3 exchanges with them. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncompatiblePeerError } from '../../src/errors.ts';
import type { PeerProfile } from '../../src/zmtp/events.ts';
import type { Mechanism } from '../../src/zmtp/mechanism.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import { CLASSIC_TYPES, DRAFT_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import {
  begin,
  command,
  frame,
  frameV1,
  longHead,
  longHeadV1,
  messageOn,
  type Beginning,
} from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { anyCut } from '../support/zmtp-session.ts';
import {
  cut,
  drain,
  drainEvents,
  failureOf,
  feed,
  messageOf,
  PARTNERS,
  side,
  taken,
  type SideOptions,
} from '../support/zmtp-side.ts';

const connection = suite('zmtp/connection: older peers');

const SIGNATURE = 'FF 0000000000000001 7F';
const WIRES: readonly Beginning[] = ['1.0', '1.0 behind a signature', '2.0'];
const KIB = 1024;

function open(type: SocketType, options: SideOptions = {}): ZmtpConnection {
  return side(type, { legacyPeers: true, ...options });
}

/** A connection that has met a peer of that wire, and whose output is taken. */
function met(type: SocketType, wire: Beginning, options: SideOptions = {}): ZmtpConnection {
  const own = open(type, options);
  const [first] = feed(own, [begin(wire)]);
  if (first !== 'handshake') throw new Error(`no handshake: ${first}`);
  own.takeOutput();
  return own;
}

function profileOf(octets: Uint8Array): PeerProfile {
  const own = open('ROUTER');
  own.receive(octets.slice(), 0);
  const event = own.nextEvent();
  if (event?.kind !== 'handshake') throw new Error(`no handshake: ${event?.kind}`);
  return event.peer;
}

// what they get, and when

for (const [what, type, id, theirs, sent] of [
  ['1.0', 'DEALER', '', "03 00 'me'", [[0, SIGNATURE]]],
  [
    '1.0 by one with a routing id',
    'DEALER',
    "'abc'",
    '01 00',
    [
      [0, 'FF 0000000000000004 7F'],
      [2, "'abc'"],
    ],
  ],
  [
    '1.0 in the long form',
    'DEALER',
    "'abc'",
    "FF 0000000000000003 00 'me'",
    [
      [0, 'FF 0000000000000004 7F'],
      [10, "'abc'"],
    ],
  ],
  [
    '1.0 behind a signature',
    'DEALER',
    "'abc'",
    `${SIGNATURE} 00 05 01 00`,
    [
      [0, 'FF 0000000000000004 7F'],
      [10, '03'],
      [11, '05'],
      [12, "04 00 'abc'"],
    ],
  ],
  [
    '1.0 behind a signature',
    'XPUB',
    '',
    `${SIGNATURE} 00 02 01 00`,
    [
      [0, SIGNATURE],
      [10, '03'],
      [11, '09'],
      [12, '01 00'],
    ],
  ],
  [
    '2.0',
    'DEALER',
    "'abc'",
    `${SIGNATURE} 01 05 00 00`,
    [
      [0, 'FF 0000000000000004 7F'],
      [10, '03'],
      [11, '05'],
      [12, "00 03 'abc'"],
    ],
  ],
  [
    '2.0',
    'XSUB',
    '',
    `${SIGNATURE} 01 01 00 00`,
    [
      [0, SIGNATURE],
      [10, '03'],
      [11, '0A'],
      [12, '00 00'],
    ],
  ],
  [
    '1.0 behind a signature by one with a long id',
    'ROUTER',
    "'i'" + " 'i'".repeat(253),
    `${SIGNATURE} 00 05 01 00`,
    [
      [0, 'FF 00000000000000FF 7F'],
      [10, '03'],
      [11, '06'],
      [12, `FF 00000000000000FF 00 ${"'i' ".repeat(254)}`],
    ],
  ],
] as const) {
  connection(`answers a peer of ${what} in steps, as libzmq does (${type})`, () => {
    const own = open(type, { routingId: hex(id) });
    const steps: [number, string][] = [[0, toHex(taken(own))]];
    const events: string[] = [];
    hex(theirs).forEach((octet, i) => {
      events.push(...feed(own, [Uint8Array.of(octet)]));
      const output = taken(own);
      if (output.length > 0) steps.push([i + 1, toHex(output)]);
    });
    assert.equal(
      steps,
      sent.map(([at, octets]) => [at, toHex(hex(octets))]),
    );
    assert.equal(events.slice(0, 1), ['handshake']);
    assert.is(own.phase, 'traffic');
  });
}

// who they are

for (const [what, octets, version, socketType, id] of [
  ['anonymous 1.0', '01 00', '1.0', undefined, ''],
  ['1.0', "03 00 'me'", '1.0', undefined, "'me'"],
  ['1.0 in the long form', "FF 0000000000000003 00 'me'", '1.0', undefined, "'me'"],
  ['1.0 with the longest short identity', `FE 00 ${'61'.repeat(253)}`, '1.0', undefined, '61'.repeat(253)],
  ['1.0 with the longest identity', `FF 0000000000000100 00 ${'61'.repeat(255)}`, '1.0', undefined, '61'.repeat(255)],
  ['1.0 behind a signature', `${SIGNATURE} 00 05 03 00 'me'`, '1.0', 'DEALER', "'me'"],
  ['1.0 behind a signature, its flags set', `${SIGNATURE} 00 03 03 FF 'me'`, '1.0', 'REQ', "'me'"],
  ['2.0', `${SIGNATURE} 01 06 00 02 'me'`, '2.0', 'ROUTER', "'me'"],
  ['2.0 with a padding of its own', `FF AA*8 01 01 03 00 00`, '2.0', 'REQ', ''],
  ['2.0 with MORE on its identity', `${SIGNATURE} 01 05 01 02 'me'`, '2.0', 'DEALER', "'me'"],
  ['2.0 with the command bit on its identity', `${SIGNATURE} 01 05 04 02 'me'`, '2.0', 'DEALER', "'me'"],
  ['2.0 with its identity in the long form', `${SIGNATURE} 01 05 02 0000000000000002 'me'`, '2.0', 'DEALER', "'me'"],
  ['2.0 of a type that may not talk to ours', `${SIGNATURE} 01 01 00 00`, '2.0', 'PUB', ''],
  ['2.0 of a type unknown', `${SIGNATURE} 01 63 00 00`, '2.0', undefined, ''],
] as const) {
  connection(`tells of a peer of ${what}`, () => {
    for (const octetwise of [false, true]) {
      const own = open('ROUTER');
      const chunks = octetwise ? cut(hex(octets), [1]) : [hex(octets)];
      assert.equal(feed(own, chunks), ['handshake']);
    }
    const peer = profileOf(hex(octets));
    assert.is(`${peer.version.major}.${peer.version.minor}`, version);
    assert.is(peer.socketType, socketType);
    assert.is(toHex(peer.routingId), toHex(hex(id)));
    assert.equal(peer.metadata.properties, []);
  });
}

// what flows

for (const wire of WIRES) {
  for (const type of CLASSIC_TYPES) {
    connection(`moves messages between a ${type} and a peer of ${wire}`, () => {
      const own = met(type, wire);
      const messages = [
        ['a'],
        ['', 'b'],
        ['x', '', 'y'],
        [''],
        ['z'.repeat(253)],
        ['z'.repeat(254)],
        ['z'.repeat(70_000)],
      ];
      const octets = messages.map(parts => messageOn(wire, ...parts));
      const told = messages.map(parts => messageOf(...parts.map(part => `'${part}'`)));
      assert.equal(feed(own, octets), told);
      for (const parts of messages) own.send(parts.map(part => hex(`'${part}'`)));
      assert.is(toHex(taken(own)), toHex(joined(octets)));
    });
  }

  connection(`sends subscriptions to a peer of ${wire} as messages`, () => {
    for (const type of ['SUB', 'XSUB'] as const) {
      const own = met(type, wire);
      own.send([hex("01 'topic'")]);
      own.send([hex("00 'topic'")]);
      const expected = [messageOn(wire, hex("01 'topic'")), messageOn(wire, hex("00 'topic'"))];
      assert.is(toHex(taken(own)), toHex(joined(expected)));
    }
  });

  connection(`hears the subscriptions of a peer of ${wire}`, () => {
    const own = met('XPUB', wire);
    assert.equal(feed(own, [messageOn(wire, hex("01 'topic'"))]), [messageOf("01 'topic'")]);
  });

  connection(`takes what follows the identity of a peer of ${wire} in the same chunk`, () => {
    const own = open('PULL');
    assert.equal(feed(own, [joined([begin(wire), messageOn(wire, 'a'), messageOn(wire, 'b', 'c')])]), [
      'handshake',
      messageOf("'a'"),
      messageOf("'b'", "'c'"),
    ]);
  });

  connection(`never pings a peer of ${wire}, nor misses it`, () => {
    const own = met('DEALER', wire, { heartbeat: { intervalMs: 10, timeoutMs: 10, ttlDeciseconds: 10 } });
    assert.is(own.deadline(), undefined);
    own.tick(1_000_000);
    own.listen(false, 1_000_000);
    own.listen(true, 1_000_000);
    own.tick(2_000_000);
    assert.equal(drain(own), []);
    assert.is(own.outputBytes, 0);
  });

  connection(`waits for the identity of a peer of ${wire} no longer than for any handshake`, () => {
    const octets = begin(wire, { identity: 'identity' });
    for (let length = 0; length < octets.length; length += 1) {
      const own = open('DEALER', { handshakeTimeoutMs: 100 });
      feed(own, [octets.subarray(0, length)], 50);
      assert.is(own.deadline(), 100);
      own.tick(99);
      assert.equal(drain(own), []);
      own.tick(100);
      assert.equal(drain(own), ['over ERR_ZMTP_HANDSHAKE_TIMEOUT']);
    }
  });

  connection(`takes no message for a peer of ${wire} before its identity`, () => {
    const own = open('DEALER');
    feed(own, [begin(wire, { identity: 'me' }).subarray(0, -1)]);
    assert.throws(() => own.send([hex("'a'")]), /before the handshake/);
  });

  connection(`ends at a message of a peer of ${wire} over the limit, in one frame or several`, () => {
    const limited = (): ZmtpConnection => met('PULL', wire, { maxMessageBytes: 100 });
    const exact = messageOn(wire, pattern(60), pattern(40));
    assert.equal(feed(limited(), [exact]), [`message ${toHex(pattern(60))} ${toHex(pattern(40))}`]);
    assert.equal(feed(limited(), [messageOn(wire, pattern(101))]), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
    assert.equal(feed(limited(), [messageOn(wire, pattern(60), pattern(41))]), ['over ERR_ZMTP_MESSAGE_TOO_LARGE']);
    const twice = limited();
    assert.equal(feed(twice, [exact, exact]).length, 2, 'the limit is whole again');
  });

  connection(`ends at a message of too many parts of a peer of ${wire}`, () => {
    const part = wire === '2.0' ? frame(1, '') : frameV1(1, '');
    const parts = joined(Array.from({ length: 100_000 }, () => part));
    assert.equal(feed(met('PULL', wire), [parts]), ['over ERR_ZMTP_TOO_MANY_PARTS']);
  });
}

// subscribers that do not subscribe

for (const type of ['PUB', 'XPUB'] as const) {
  for (const limit of [-1, 0]) {
    connection(`subscribes for a peer of plain 1.0 on a ${type}, limit ${limit}`, () => {
      assert.equal(feed(open(type, { maxMessageBytes: limit }), [hex('01 00')]), ['handshake', 'message 01']);
    });
  }

  connection(`subscribes for a peer of plain 1.0 on a ${type} before it says anything itself, and once`, () => {
    const octets = joined([begin('1.0'), messageOn('1.0', 'a', 'b'), messageOn('1.0', 'c')]);
    for (const most of [1, 2, 1000]) {
      for (const lengths of [[1], [Infinity]]) {
        assert.equal(feed(open(type), cut(octets, lengths), 0, most), [
          'handshake',
          'message 01',
          messageOf("'a'", "'b'"),
          messageOf("'c'"),
        ]);
      }
    }
  });
}

connection('subscribes for nobody else', () => {
  for (const type of CLASSIC_TYPES) {
    for (const wire of WIRES) {
      if (wire === '1.0' && (type === 'PUB' || type === 'XPUB')) continue;
      assert.equal(feed(open(type), [begin(wire)]), ['handshake'], `${type} ${wire}`);
    }
  }
});

// bits of later versions

connection('drops what a peer of 2.0 marks as a command, and answers nothing, as libzmq does', () => {
  const own = met('XPUB', '2.0');
  for (const octets of [
    command('PING', hex('0001')),
    command('SUBSCRIBE', 'a'),
    command('READY'),
    frame(4, ''),
    frame(4, 'q'),
    frame(5, 'q'),
  ]) {
    assert.equal(feed(own, [octets]), []);
  }
  assert.equal(feed(own, [frame(1, 'b'), frame(4, 'q'), frame(0, 'c')]), [messageOf("'b'", "'c'")]);
  assert.is(own.outputBytes, 0);
  assert.is(own.deadline(), undefined);
});

connection('ignores the bits that 2.0 and 1.0 reserve', () => {
  assert.equal(feed(met('PULL', '2.0'), [frame(0xf8, 'a')]), [messageOf("'a'")]);
  assert.equal(feed(met('PULL', '1.0'), [frameV1(0xff, 'a'), frameV1(0xfe, 'b')]), [messageOf("'a'", "'b'")]);
});

connection('ends at a frame of 1.0 without flags', () => {
  for (const octets of ['00', 'FF 0000000000000000 00']) {
    const own = met('PULL', '1.0');
    assert.equal(feed(own, [messageOn('1.0', 'a'), hex(octets)]), [messageOf("'a'"), 'over ERR_ZMTP_MALFORMED_FRAME']);
  }
});

// who is not let in

for (const [what, octets, code] of [
  [
    'an identity of 2.0 over 255 octets',
    joined([begin('2.0').subarray(0, 12), frame(0, pattern(256, 1))]),
    'ERR_ZMTP_INVALID_METADATA',
  ],
  [
    'an identity of 1.0 behind a signature over 255 octets',
    joined([begin('1.0 behind a signature').subarray(0, 12), frameV1(0, pattern(256, 1))]),
    'ERR_ZMTP_INVALID_METADATA',
  ],
  [
    'an identity of 2.0 over all that a handshake may be',
    joined([begin('2.0').subarray(0, 12), longHead(0, 64n * 1024n + 1n)]),
    'ERR_ZMTP_FRAME_TOO_LARGE',
  ],
  [
    'an identity of 2.0 of 2^63 octets',
    joined([begin('2.0').subarray(0, 12), longHead(0, 2n ** 63n)]),
    'ERR_ZMTP_FRAME_TOO_LARGE',
  ],
  [
    'an identity of 1.0 behind a signature of 2^63 octets',
    joined([begin('1.0 behind a signature').subarray(0, 12), longHeadV1(0, 2n ** 63n)]),
    'ERR_ZMTP_FRAME_TOO_LARGE',
  ],
  ['an identity of 2.0 that begins with zero', begin('2.0', { identity: '\0x' }), 'ERR_ZMTP_INVALID_METADATA'],
  [
    'an identity of 1.0 behind a signature that begins with zero',
    begin('1.0 behind a signature', { identity: '\0x' }),
    'ERR_ZMTP_INVALID_METADATA',
  ],
  ['an identity of 1.0 that begins with zero', begin('1.0', { identity: '\0x' }), 'ERR_ZMTP_NOT_ZMTP'],
  [
    'a frame of 1.0 without flags for an identity',
    joined([begin('1.0 behind a signature').subarray(0, 12), hex('00 00')]),
    'ERR_ZMTP_MALFORMED_FRAME',
  ],
  ['a message of another protocol with a length in front', hex("10 00 00 00 'isMaster' 00*8"), 'ERR_ZMTP_NOT_ZMTP'],
] as const) {
  connection(`ends at ${what}`, () => {
    for (const lengths of [[Infinity], [1]]) {
      assert.equal(feed(open('ROUTER'), cut(octets, lengths)), [`over ${code}`]);
    }
  });
}

/** A mechanism that gets no further than its name. */
function named(name: string): Mechanism {
  const step = { commands: [], peer: undefined };
  return { name, asServer: false, start: () => step, receive: () => step, admit: () => step, wipe: () => undefined };
}

for (const [what, options] of [
  ['nobody has said that it may', {}],
  ['it may not', { legacyPeers: false }],
  ['the mechanism is PLAIN, whatever else is said', { legacyPeers: true, mechanism: named('PLAIN') }],
  ['the mechanism is CURVE, whatever else is said', { legacyPeers: true, mechanism: named('CURVE') }],
] as const) {
  connection(`lets no older peer in where ${what}`, () => {
    for (const wire of WIRES) {
      const octets = joined([begin(wire, { identity: 'me' }), messageOn(wire, 'sneaky')]);
      for (const lengths of [[Infinity], [1]]) {
        const own = side('ROUTER', { routingId: hex("'secret'"), ...options });
        const events = cut(octets, lengths).flatMap(chunk => {
          own.receive(chunk.slice(), 0);
          return drainEvents(own);
        });
        assert.is(events.length, 1);
        const error = failureOf(events);
        assert.instance(error, IncompatiblePeerError);
        assert.is(error.code, 'ERR_ZMTP_UNSUPPORTED_VERSION');
        const sent = toHex(taken(own));
        assert.ok(toHex(hex('FF 0000000000000007 7F 03')).startsWith(sent), `no identity, but ${sent}`);
      }
    }
  });
}

// however it is cut

/** All that can be seen of a connection that has been given these chunks. */
function outcome(type: SocketType, chunks: readonly Uint8Array[], most?: number): { events: string[]; output: string } {
  const own = open(type, { routingId: hex("'us'") });
  const output: Uint8Array[] = [];
  const events = chunks.flatMap(chunk => {
    const told = feed(own, [chunk], 0, most);
    output.push(taken(own));
    return told;
  });
  return { events, output: toHex(joined(output)) };
}

for (const wire of WIRES) {
  connection(`tells the same of a session of ${wire} cut in two or three at any octets`, () => {
    const octets = joined([
      begin(wire, { identity: 'me', type: 2 }),
      messageOn(wire, hex("01 'topic'")),
      messageOn(wire, 'a', '', 'c'),
      messageOn(wire, ''),
    ]);
    for (const type of ['ROUTER', 'XPUB'] as const) {
      const whole = outcome(type, [octets]);
      assert.is(whole.events.length, type === 'XPUB' && wire === '1.0' ? 5 : 4);
      for (let first = 1; first < octets.length; first += 1) {
        for (let second = first; second < octets.length; second += 1) {
          const chunks = [octets.subarray(0, first), octets.subarray(first, second), octets.subarray(second)];
          assert.equal(outcome(type, chunks), whole, `cut at ${first} and ${second}`);
        }
      }
    }
  });
}

connection('lets no older peer in where the type is one of drafts, whoever sets what, and tells it of none', () => {
  for (const type of DRAFT_TYPES) {
    for (const wire of WIRES) {
      for (const lengths of [[Infinity], [1]]) {
        const own = open(type);
        const octets = joined([begin(wire, { identity: 'me', type: 5 }), messageOn(wire, 'late')]);
        assert.equal(feed(own, cut(octets, lengths)), ['over ERR_ZMTP_UNSUPPORTED_VERSION'], `${type} ${wire}`);
        assert.match(toHex(taken(own)), /^ff00000000000000017f(03)?$/); // no more than says that it is ZMTP 3
      }
      const own = open(type);
      own.receive(Uint8Array.from(begin(wire)), 0);
      const version = wire === '2.0' ? '2.0' : '1.0';
      const expected = `a peer of ZMTP ${version}, which knows no ${type}, is not let in here`;
      assert.is(failureOf(drainEvents(own)).message, expected);
    }
  }
});

connection('tells the same of any session of an older peer, however it is cut', () => {
  const anyPart = fc.oneof(
    { weight: 5, arbitrary: fc.uint8Array({ maxLength: 9 }) },
    fc.constantFrom(252, 253, 254, 255, 256, 300).map(length => pattern(length)),
  );
  const anyMessage = fc.array(anyPart, { minLength: 1, maxLength: 4 });
  const anyIdentity = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 255 });
  fc.assert(
    fc.property(
      fc.constantFrom(...WIRES),
      fc.constantFrom(...CLASSIC_TYPES),
      anyIdentity,
      fc.array(anyMessage, { maxLength: 6 }),
      anyCut,
      fc.constantFrom(1, 2, 1000),
      (wire, type, identity, messages, lengths, most) => {
        const beginning = begin(wire, {
          identity,
          type: CLASSIC_TYPES.findIndex(partner => partner === PARTNERS[type]),
        });
        const octets = joined([beginning, ...messages.map(parts => messageOn(wire, ...parts))]);
        const phantom = wire === '1.0' && (type === 'PUB' || type === 'XPUB') ? ['message 01'] : [];
        const told = messages.map(parts => `message ${parts.map(toHex).join(' ')}`);
        const ours = joined([
          hex('FF 0000000000000003 7F'),
          wire === '1.0' ? hex('') : Uint8Array.of(3, CLASSIC_TYPES.indexOf(type)),
          wire === '1.0' ? hex("'us'") : messageOn(wire, 'us'),
        ]);
        const expected = { events: ['handshake', ...phantom, ...told], output: toHex(ours) };
        assert.equal(outcome(type, [octets]), expected);
        assert.equal(outcome(type, cut(octets, lengths), most), expected);
        assert.equal(outcome(type, cut(octets, [1]), most), expected);
      },
    ),
    { numRuns: 200 },
  );
});

connection('goes on with a body that had begun in the chunk of the identity', () => {
  for (const wire of WIRES) {
    const body = pattern(10 * KIB);
    const octets = joined([begin(wire), messageOn(wire, body), messageOn(wire, 'next')]);
    assert.equal(feed(open('PULL'), cut(octets, [3 * KIB, 9 * KIB])), [
      'handshake',
      `message ${toHex(body)}`,
      messageOf("'next'"),
    ]);
  }
});

connection.run();

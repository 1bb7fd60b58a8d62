/** What a connection says and takes while somebody thinks about its peer, and when the answer has come. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthenticationError, ProtocolError } from '../../src/errors.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { Admission } from '../../src/zmtp/mechanism.ts';
import { NullMechanism } from '../../src/zmtp/mechanisms/null.ts';
import { PlainClient } from '../../src/zmtp/mechanisms/plain-client.ts';
import { PlainServer } from '../../src/zmtp/mechanisms/plain-server.ts';
import { Metadata } from '../../src/zmtp/metadata.ts';
import { command, error as errorCommand, frame, greeting, message, ping, ready } from '../support/raw-zmtp.ts';
import { hex, joined, toHex } from '../support/zmtp-hex.ts';
import { cut, drain, drainEvents, failureOf, feed, side, taken, type SideOptions } from '../support/zmtp-side.ts';

const authentication = suite('zmtp/connection: authentication');

const YES: Admission = {
  userId: 'me',
  metadata: new Metadata([{ name: 'Role', value: hex("'admin'") }]),
};
const OWN = [{ name: 'Socket-Type', value: hex("'ROUTER'") }];
const CLIENT = [{ name: 'Socket-Type', value: hex("'DEALER'") }];
const OWN_READY = ready('ROUTER');
const WELCOME = command('WELCOME');
const HELLO = command('HELLO', hex("05 'admin' 06 'secret'"));
const INITIATE = command('INITIATE', hex("0B 'Socket-Type' 00000006 'DEALER'"));

function no(status: number): ProtocolError {
  return new AuthenticationError('ERR_ZAP_REFUSED', 'no', status);
}

interface Case {
  readonly name: string;
  readonly make: (options?: SideOptions) => ZmtpConnection;
  /** What a sound peer sends until it is asked about, behind its greeting, and what is asked. */
  readonly showing: Uint8Array;
  readonly asked: string;
  readonly greeting: Uint8Array;
  /** What we say when it may come in, at once. */
  readonly word: Uint8Array;
  /** What is missing of the peer's half then, and of ours. */
  readonly rest: readonly Uint8Array[];
  readonly last: Uint8Array;
}

const CASES: readonly Case[] = [
  {
    name: 'NULL',
    make: options => side('ROUTER', { mechanism: new NullMechanism(OWN, true), ...options }),
    showing: new Uint8Array(0),
    asked: 'authenticate NULL',
    greeting: greeting(),
    word: OWN_READY,
    rest: [ready('DEALER')],
    last: new Uint8Array(0),
  },
  {
    name: 'PLAIN',
    make: options => side('ROUTER', { mechanism: new PlainServer(OWN), ...options }),
    showing: HELLO,
    asked: `authenticate PLAIN ${toHex(hex("'admin'"))} ${toHex(hex("'secret'"))}`,
    greeting: greeting({ mechanism: 'PLAIN' }),
    word: WELCOME,
    rest: [INITIATE],
    last: OWN_READY,
  },
];

for (const { name, make, showing, asked, greeting: greet, word, rest, last } of CASES) {
  /** A connection that has asked, its output taken. */
  const asking = (options?: SideOptions): ZmtpConnection => {
    const own = make(options);
    assert.equal(feed(own, [joined([greet, showing])]), [asked]);
    taken(own);
    return own;
  };

  authentication(`${name}: asks once, and says nothing but its greeting before the answer`, () => {
    const own = make();
    assert.equal(feed(own, [joined([greet, showing])]), [asked]);
    assert.is(taken(own).length, 64);
    assert.equal([drain(own), own.phase, own.outputBytes], [[], 'handshake', 0]);
    assert.throws(() => own.send([hex('00')]), /before the handshake/);
  });

  authentication(`${name}: goes on with 200, and the profile has what is known`, () => {
    const own = asking();
    own.answer(YES, 1);
    drain(own);
    assert.is(toHex(taken(own)), toHex(word));
    own.receive(joined(rest), 2);
    const [event] = drainEvents(own);
    assert.is(toHex(taken(own)), toHex(last));
    if (event?.kind !== 'handshake') throw new Error('no handshake');
    assert.is(event.peer.admission, YES);
    assert.is(own.phase, 'traffic');
    assert.equal(feed(own, [message('hello')]), [`message ${toHex(hex("'hello'"))}`]);
  });

  for (const [status, told] of [
    [300, ''],
    [400, toHex(errorCommand('400'))],
    [500, toHex(errorCommand('500'))],
  ] as const) {
    authentication(`${name}: ends with ${status}, and ${told === '' ? 'says nothing' : 'tells the peer'}`, () => {
      const own = asking();
      own.answer(no(status), 1);
      const error = failureOf(drainEvents(own));
      assert.equal([error.code, error instanceof AuthenticationError && error.status], ['ERR_ZAP_REFUSED', status]);
      assert.equal([toHex(taken(own)), own.phase, own.deadline()], [told, 'over', undefined]);
    });
  }

  for (const code of ['ERR_ZAP_NO_HANDLER', 'ERR_ZAP_HANDLER_GONE', 'ERR_ZAP_MALFORMED_REPLY'] as const) {
    authentication(`${name}: ends with ${code} without a word`, () => {
      const own = asking();
      own.answer(new ProtocolError(code, 'x'), 1);
      assert.is(failureOf(drainEvents(own)).code, code);
      assert.is(taken(own).length, 0);
    });
  }

  authentication(`${name}: a second answer changes nothing, nor does one before the question`, () => {
    const early = make();
    early.answer(YES, 0);
    assert.equal(feed(early, [joined([greet, showing])]), [asked]);
    assert.is(taken(early).length, 64);

    const refused = asking();
    refused.answer(no(400), 1);
    refused.answer(YES, 1);
    assert.equal(drain(refused), ['over ERR_ZAP_REFUSED']);
    refused.answer(YES, 1);
    assert.equal([drain(refused), refused.phase], [[], 'over']);

    const admitted = asking();
    admitted.answer(YES, 1);
    admitted.answer(no(400), 1);
    admitted.receive(joined(rest), 1);
    assert.equal(drain(admitted), ['handshake']);
    admitted.answer(no(400), 1);
    assert.equal([drain(admitted), admitted.phase], [[], 'traffic']);
  });

  authentication(`${name}: an answer after the time is over comes too late`, () => {
    const own = asking({ handshakeTimeoutMs: 100 });
    assert.is(own.deadline(), 100);
    own.tick(100);
    own.answer(YES, 100);
    assert.equal(drain(own), ['over ERR_ZMTP_HANDSHAKE_TIMEOUT']);
    own.answer(YES, 101);
    assert.equal([drain(own), taken(own).length, own.phase], [[], 0, 'over']);

    const refused = asking({ handshakeTimeoutMs: 100 });
    refused.tick(100);
    refused.answer(no(400), 100);
    assert.equal([drain(refused), taken(refused).length], [['over ERR_ZMTP_HANDSHAKE_TIMEOUT'], 0]);
  });

  authentication(`${name}: the time goes on after the answer`, () => {
    const own = asking({ handshakeTimeoutMs: 100 });
    own.answer(YES, 99);
    drain(own);
    own.tick(100);
    assert.equal(drain(own), ['over ERR_ZMTP_HANDSHAKE_TIMEOUT']);
  });

  authentication(`${name}: an answer after close() changes nothing`, () => {
    const own = asking();
    own.close();
    own.answer(YES, 1);
    assert.equal([drain(own), taken(own).length, own.phase], [[], 0, 'over']);
  });

  authentication(`${name}: the same however the octets are cut, and whenever the answer comes`, () => {
    const octets = joined([greet, showing, ...rest]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }), lengths => {
        const own = make();
        const events: string[] = [];
        const output: Uint8Array[] = [];
        // PLAIN: a client that does not wait for WELCOME is refused, so its last words come after the answer
        const [before, after] = name === 'NULL' ? [octets, new Uint8Array(0)] : [joined([greet, showing]), rest[0]];
        events.push(...feed(own, cut(before, lengths)));
        own.answer(YES, 0);
        events.push(...drain(own));
        events.push(...feed(own, cut(after ?? new Uint8Array(0), lengths)));
        output.push(...own.takeOutput());
        assert.equal(events, [asked, 'handshake']);
        assert.is(toHex(joined(output).subarray(64)), toHex(joined([word, last])));
      }),
    );
  });

  authentication(`${name}: nothing that a peer sends gets it in before it is let in`, () => {
    const piece = fc.oneof(
      fc.constantFrom(showing, ...rest, WELCOME, OWN_READY, HELLO, message('x'), ping(0), errorCommand('400')),
      fc.uint8Array({ maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), pieces => {
        const own = make();
        const events = feed(own, [greet, showing, ...pieces]);
        assert.ok(!events.includes('handshake') && !events.some(event => event.startsWith('message')));
        assert.is(taken(own).length, 64, 'not an octet behind the greeting');
        assert.is(events.filter(event => event.startsWith('authenticate')).length, 1);
      }),
      { numRuns: 500 },
    );
  });

  authentication(`${name}: one octet changed, lost or repeated gets nobody in whom nobody has let in`, () => {
    const octets = joined([showing, ...rest]);
    const changed: fc.Arbitrary<Uint8Array> = fc
      .tuple(fc.nat(Math.max(0, octets.length - 1)), fc.constantFrom('flip', 'lose', 'repeat', 'end'), fc.nat(7))
      .map(([at, how, bit]) => {
        if (how === 'flip') return octets.map((octet, i) => (i === at ? octet ^ (1 << bit) : octet));
        if (how === 'end') return octets.slice(0, at);
        const twice = how === 'repeat' ? octets.subarray(at, at + 1) : new Uint8Array(0);
        const onwards = how === 'repeat' ? at : at + 1;
        return joined([octets.subarray(0, at), twice, octets.subarray(onwards)]);
      });
    fc.assert(
      fc.property(changed, sent => {
        const own = make();
        const events = feed(own, [greet, sent]);
        assert.ok(!events.includes('handshake'));
        own.answer(no(400), 0);
        assert.ok(!drain(own).includes('handshake'));
        assert.ok(!joinedText(taken(own)).includes('READY') && own.phase !== 'traffic');
      }),
      { numRuns: 500 },
    );
  });
}

// NULL: what the peer may send meanwhile

function askingNull(): ZmtpConnection {
  const own = side('ROUTER', { mechanism: new NullMechanism(OWN, true) });
  feed(own, [greeting()]);
  taken(own);
  return own;
}

authentication('NULL: messages behind an early READY wait for the answer', () => {
  const own = askingNull();
  assert.equal(feed(own, [joined([ready('DEALER'), message('a'), message('b', 'c')])]), []);
  assert.is(taken(own).length, 0);
  own.answer(YES, 0);
  assert.equal(drain(own), ['handshake', 'message 61', 'message 62 63']);
  assert.is(toHex(taken(own)), toHex(OWN_READY));
});

authentication('NULL: messages behind an early READY are lost with a refusal', () => {
  const own = askingNull();
  feed(own, [joined([ready('DEALER'), message('a')])]);
  own.answer(no(400), 0);
  assert.equal(drain(own), ['over ERR_ZAP_REFUSED']);
});

authentication('NULL: what waits is at most 64 KiB', () => {
  const own = askingNull();
  const chunk = message('x'.repeat(1000));
  feed(own, [ready('DEALER')]);
  const events: string[] = [];
  let octets = 0;
  while (events.length === 0 && octets < 1_000_000) {
    octets += chunk.length;
    events.push(...feed(own, [chunk]));
  }
  assert.equal(events, ['over ERR_ZMTP_HANDSHAKE_TOO_LARGE']);
  assert.ok(octets > 64 * 1024 && octets <= 64 * 1024 + chunk.length, `${octets} octets`);
});

authentication('NULL: a message of any size that is not whole waits, too, up to 64 KiB', () => {
  const own = askingNull();
  const octets = joined([ready('DEALER'), frame(0, Buffer.alloc(200_000)).subarray(0, 64 * 1024)]);
  assert.equal(feed(own, [octets]), []);
  assert.equal(feed(own, [new Uint8Array(1)]), ['over ERR_ZMTP_HANDSHAKE_TOO_LARGE']);
});

authentication('NULL: messages ahead of READY are refused while it asks', () => {
  assert.equal(feed(askingNull(), [message('a')]), ['over ERR_ZMTP_UNEXPECTED_COMMAND']);
});

authentication('NULL: a peer of the wrong type is told so when it may come in', () => {
  const own = askingNull();
  assert.equal(feed(own, [ready('PUB')]), []);
  own.answer(YES, 0);
  assert.equal(drain(own), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.match(joinedText(taken(own)), 'ERROR');
});

authentication('NULL: a refusal by the peer ends it while it asks', () => {
  const own = askingNull();
  own.receive(errorCommand('400'), 0);
  const error = failureOf(drainEvents(own));
  assert.equal([error.code, taken(own).length], ['ERR_ZMTP_REFUSED_BY_PEER', 0]);
  own.answer(YES, 0);
  assert.equal(drain(own), []);
});

authentication('NULL: two that both ask meet when both have been answered, in either order', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const pair = [
      side('ROUTER', { mechanism: new NullMechanism(OWN, true) }),
      side('DEALER', { mechanism: new NullMechanism(CLIENT, true) }),
    ] as const;
    const events: [string[], string[]] = [[], []];
    const exchange = (): void => {
      for (let i = 0; i < 6; i += 1) {
        events[1].push(...feed(pair[1], pair[0].takeOutput()));
        events[0].push(...feed(pair[0], pair[1].takeOutput()));
      }
    };
    exchange();
    assert.equal(events, [['authenticate NULL'], ['authenticate NULL']]);
    for (const which of order) {
      pair[which].answer(YES, 0);
      events[which].push(...drain(pair[which]));
      exchange();
    }
    assert.equal(events, [
      ['authenticate NULL', 'handshake'],
      ['authenticate NULL', 'handshake'],
    ]);
  }
});

// PLAIN: what the peer may not send meanwhile

for (const [what, early] of [
  ['INITIATE', INITIATE],
  ['READY', ready('DEALER')],
  ['another HELLO', HELLO],
  ['WELCOME', WELCOME],
  ['ERROR', errorCommand('400')],
  ['PING', ping(0)],
  ['a message', message('x')],
  ['an empty frame', frame(0, '')],
] as const) {
  authentication(`PLAIN: ${what} while it asks ends it, and the answer comes too late`, () => {
    const own = side('ROUTER', { mechanism: new PlainServer(OWN) });
    const events = feed(own, [greeting({ mechanism: 'PLAIN' }), HELLO, early]);
    assert.match(events.at(-1) ?? '', /^over ERR_ZMTP_(UNEXPECTED_COMMAND|MALFORMED_COMMAND_UNSPECIFIED)$/);
    own.answer(YES, 0);
    assert.equal([drain(own), taken(own).length], [[], 64]);
  });
}

authentication('PLAIN: a client of the wrong type is told so with ERROR, in place of READY', () => {
  const own = side('ROUTER', { mechanism: new PlainServer(OWN) });
  feed(own, [greeting({ mechanism: 'PLAIN' }), HELLO]);
  own.answer(YES, 0);
  drain(own);
  taken(own);
  const wrong = command('INITIATE', hex("0B 'Socket-Type' 00000003 'PUB'"));
  assert.equal(feed(own, [wrong]), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.is(toHex(taken(own)), toHex(errorCommand('Incompatible socket type')));
});

const UNREADABLE = [
  ['a list cut short', "0B 'Socket-Type' 00000006 'DEAL'"],
  ['a property without a name', '00 00000000'],
  ['an identity that begins with zero', "0B 'Socket-Type' 00000006 'DEALER' | 08 'Identity' 00000002 00 01"],
] as const;

for (const [what, properties] of UNREADABLE) {
  authentication(`PLAIN: a client that tells ${what} is answered with ERROR, in place of READY`, () => {
    const own = side('ROUTER', { mechanism: new PlainServer(OWN) });
    feed(own, [greeting({ mechanism: 'PLAIN' }), HELLO]);
    own.answer(YES, 0);
    drain(own);
    taken(own);
    assert.equal(feed(own, [command('INITIATE', hex(properties))]), ['over ERR_ZMTP_INVALID_METADATA']);
    assert.is(toHex(taken(own)), toHex(errorCommand('Invalid metadata')));
  });

  authentication(`NULL: a peer that tells ${what} is cut off without a word`, () => {
    const own = side('ROUTER', {});
    feed(own, [greeting()]);
    taken(own);
    assert.equal(feed(own, [command('READY', hex(properties))]), ['over ERR_ZMTP_INVALID_METADATA']);
    assert.is(toHex(taken(own)), '');
  });
}

authentication('PLAIN: messages are plain frames after READY, both ways', () => {
  const own = side('ROUTER', { mechanism: new PlainServer(OWN) });
  const username = hex("'admin'");
  const client = side('DEALER', { mechanism: new PlainClient({ username, password: username, properties: CLIENT }) });
  const events: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    events.push(...feed(own, client.takeOutput()));
    if (events.at(-1)?.startsWith('authenticate') === true) {
      own.answer(YES, 0);
      events.push(...drain(own));
    }
    events.push(...feed(client, own.takeOutput()));
  }
  assert.equal(events.slice(1), ['handshake', 'handshake']);
  client.send([hex("'x'")]);
  assert.is(toHex(taken(client)), toHex(message('x')));
  own.send([hex("'y'")]);
  assert.is(toHex(taken(own)), toHex(message('y')));
});

authentication('PLAIN: a client sends no message, and no ERROR, before it is in', () => {
  const username = hex("'u'");
  const make = (): ZmtpConnection =>
    side('DEALER', { mechanism: new PlainClient({ username, password: username, properties: CLIENT }) });
  for (const bad of [ready('ROUTER'), command('WELCOME', '\0'), message('x'), errorCommand('400')]) {
    const own = make();
    const events = feed(own, [greeting({ mechanism: 'PLAIN' }), bad]);
    assert.match(events.join(), /^over /);
    assert.is(toHex(taken(own).subarray(64)), toHex(command('HELLO', hex("01 'u' 01 'u'"))));
  }
});

authentication(
  'PLAIN: the password is forgotten when the handshake is done, when it fails, and when the stream ends',
  () => {
    const passwordOf = (own: ZmtpConnection): Uint8Array => {
      own.receive(joined([greeting({ mechanism: 'PLAIN' }), HELLO]), 0);
      const [event] = drainEvents(own);
      if (event?.kind !== 'authenticate') throw new Error('nothing was asked');
      return event.credentials.frames[1] ?? new Uint8Array(0);
    };
    const ways: readonly ((own: ZmtpConnection) => void)[] = [
      own => {
        own.answer(YES, 0);
        drain(own);
        feed(own, [INITIATE]);
        assert.is(own.phase, 'traffic');
      },
      own => {
        own.answer(no(400), 0);
        drain(own);
      },
      own => feed(own, [message('x')]),
      own => {
        own.close();
      },
    ];
    for (const way of ways) {
      const own = side('ROUTER', { mechanism: new PlainServer(OWN) });
      const password = passwordOf(own);
      assert.is(Buffer.from(password).toString(), 'secret');
      way(own);
      assert.is(toHex(password), '00'.repeat(6));
    }
  },
);

authentication('PLAIN: a client says nothing to a server of the wrong type, which is done with the handshake', () => {
  const username = hex("'u'");
  const own = side('DEALER', { mechanism: new PlainClient({ username, password: username, properties: CLIENT }) });
  feed(own, [greeting({ mechanism: 'PLAIN' }), WELCOME]);
  taken(own);
  assert.equal(feed(own, [ready('PUB')]), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.is(taken(own).length, 0);
});

authentication('PLAIN: peers of older wires, and of NULL, are turned away', () => {
  const older: readonly (readonly [string, Uint8Array])[] = [
    ['2.0', Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 0])],
    ['1.0', Buffer.from([1, 0])],
    ['NULL', greeting()],
  ];
  for (const [which, octets] of older) {
    const own = side('ROUTER', { mechanism: new PlainServer(OWN), legacyPeers: true });
    assert.match(feed(own, [octets]).join(), /^over ERR_ZMTP_(UNSUPPORTED_VERSION|MECHANISM_MISMATCH)$/, which);
  }
});

function joinedText(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}

authentication.run();

import { Buffer } from 'node:buffer';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AuthenticationError, IncompatiblePeerError, UsageError } from '../../src/errors.ts';
import type { Memory } from '../../src/message.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { PeerProfile } from '../../src/zmtp/events.ts';
import { announcesIdentity, mayTalk, SOCKET_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import { command, error as errorCommand, frame, greeting, message, ping, ready } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { drain, drainEvents, failureOf, feed, PARTNERS, side, taken } from '../support/zmtp-side.ts';

const connection = suite('zmtp/connection: handshake');

const REFUSAL = "04 1F | 05 'ERROR' | 18 'Incompatible socket type'";

/** A connection that has exchanged greetings, its output taken. */
function greeted(type: SocketType): ZmtpConnection {
  const own = side(type);
  feed(own, [greeting()]);
  own.takeOutput();
  return own;
}

/** What a connection makes of the READY with these properties. */
function profileOf(type: SocketType, properties: string): PeerProfile {
  const own = greeted(type);
  own.receive(command('READY', hex(properties)), 0);
  const [event] = drainEvents(own);
  if (event?.kind !== 'handshake') throw new Error(`no handshake: ${event?.kind ?? 'nothing'}`);
  return event.peer;
}

/** The events that follow a READY with these properties. */
function afterReady(type: SocketType, properties: string): string[] {
  return feed(greeted(type), [command('READY', hex(properties))]);
}

// who may talk to whom

for (const own of SOCKET_TYPES) {
  connection(`of a ${own} accepts every type it may talk to, and answers every other with ERROR`, () => {
    for (const peer of SOCKET_TYPES) {
      const connected = greeted(own);
      connected.receive(ready(peer), 0);
      const events = drainEvents(connected);
      if (mayTalk(own, peer)) {
        assert.equal(
          events.map(({ kind }) => kind),
          ['handshake'],
        );
        assert.is(events[0]?.kind === 'handshake' && events[0].peer.socketType, peer);
        assert.is(toHex(taken(connected)), '');
        assert.is(connected.phase, 'traffic');
      } else {
        assert.is(events.length, 1);
        assert.instance(failureOf(events), IncompatiblePeerError);
        assert.is(failureOf(events).code, 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
        assert.is(toHex(taken(connected)), toHex(hex(REFUSAL)), `to a ${peer}`);
        assert.is(connected.phase, 'over');
      }
    }
  });
}

connection('comes to the same end on both sides, for each pair of types', () => {
  for (const leftType of SOCKET_TYPES) {
    for (const rightType of SOCKET_TYPES) {
      const [left, right] = [side(leftType), side(rightType)];
      const events: [string[], string[]] = [[], []];
      for (let i = 0; i < 6; i += 1) {
        events[1].push(...feed(right, left.takeOutput()));
        events[0].push(...feed(left, right.takeOutput()));
      }
      const end = mayTalk(leftType, rightType) ? ['handshake'] : ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE'];
      assert.equal(events, [end, end], `${leftType} and ${rightType}`);
    }
  }
});

for (const type of ["'dealer'", "'Dealer'", "'FOO'", "'DEALER' 00", "' DEALER'", '', "'STREAM'", 'FF*300']) {
  connection(`refuses a peer of type "${type}"`, () => {
    const length = hex(type).length.toString(16).padStart(8, '0');
    const own = greeted('ROUTER');
    own.receive(command('READY', hex(`0B 'Socket-Type' ${length} ${type}`)), 0);
    assert.is(failureOf(drainEvents(own)).code, 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
    assert.is(toHex(taken(own)), toHex(hex(REFUSAL)));
  });
}

connection('accepts a peer that does not say its type, as libzmq does', () => {
  for (const own of SOCKET_TYPES) {
    assert.is(profileOf(own, '').socketType, undefined);
    assert.equal(afterReady(own, "08 'Identity' 00000001 'a'"), ['handshake']);
  }
});

connection('finds the type under its name in any case', () => {
  for (const name of ['Socket-Type', 'socket-type', 'SOCKET-TYPE', 'sOCKET-tYPE']) {
    assert.is(profileOf('ROUTER', `0B '${name}' 00000006 'DEALER'`).socketType, 'DEALER');
    assert.equal(afterReady('ROUTER', `0B '${name}' 00000003 'PUB'`), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  }
});

connection('checks each type of a peer that says several', () => {
  const [dealer, pub] = ["0B 'Socket-Type' 00000006 'DEALER'", "0B 'socket-type' 00000003 'PUB'"];
  assert.equal(afterReady('ROUTER', `${dealer} ${pub}`), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.equal(afterReady('ROUTER', `${pub} ${dealer}`), ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE']);
  assert.is(profileOf('ROUTER', `${dealer} 0B 'SOCKET-TYPE' 00000003 'REQ'`).socketType, 'DEALER');
});

// what READY tells

connection('tells what the peer is and all it said', () => {
  const peer = profileOf(
    'ROUTER',
    "0B 'Socket-Type' 00000003 'REQ' | 08 'Identity' 00000002 'me' | 06 'X-Test' 00000001 '1' | 06 'x-test' 00000000",
  );
  assert.equal(peer.version, { major: 3, minor: 1 });
  assert.is(peer.socketType, 'REQ');
  assert.is(toHex(peer.routingId), toHex(hex("'me'")));
  assert.equal(peer.metadata.all('X-TEST').map(toHex), ['31', '']);
  assert.is(peer.metadata.properties.length, 4);
});

connection('accepts any Resource and whatever else a peer names', () => {
  const type = "0B 'Socket-Type' 00000006 'DEALER'";
  assert.equal(afterReady('ROUTER', `${type} 08 'Resource' 00000003 'a/b'`), ['handshake']);
  assert.equal(afterReady('ROUTER', `${type} 03 'Foo' 00000000 | 03 'a b' 00000001 FF`), ['handshake']);
});

connection('takes an identity of every octet there is, up to 255 of them', () => {
  for (const length of [0, 1, 2, 254, 255]) {
    const id = pattern(length, 1);
    const own = greeted('ROUTER');
    own.receive(ready('DEALER', id), 0);
    const [event] = drainEvents(own);
    assert.is(event?.kind === 'handshake' && toHex(event.peer.routingId), toHex(id));
  }
});

for (const [what, id] of [
  ['of 256 octets', pattern(256, 1)],
  ['of 5000 octets', pattern(5000, 1)],
  ['that begins with a zero octet', hex("00 'ab'")],
  ['of a zero octet', hex('00')],
] as const) {
  connection(`refuses an identity ${what}`, () => {
    for (const type of ['DEALER', 'REQ', 'ROUTER'] as const) {
      assert.equal(feed(greeted('ROUTER'), [ready(type, id)]), ['over ERR_ZMTP_INVALID_METADATA']);
    }
    const unsaid = joined([
      hex("08 'identity' 00000000 08 'IDENTITY'"),
      Buffer.of(0, 0, id.length >> 8, id.length),
      id,
    ]);
    assert.equal(feed(greeted('ROUTER'), [command('READY', unsaid)]), ['over ERR_ZMTP_INVALID_METADATA']);
  });
}

connection('takes the last identity of several, in any case', () => {
  const peer = profileOf(
    'ROUTER',
    "08 'Identity' 00000001 'a' | 08 'IDENTITY' 00000001 'b' | 08 'identity' 00000001 'c'",
  );
  assert.is(toHex(peer.routingId), toHex(hex("'c'")));
});

connection('ignores the identity of types that announce none, sound or not', () => {
  for (const own of SOCKET_TYPES) {
    const peer = PARTNERS[own];
    if (announcesIdentity(peer)) continue;
    for (const id of [hex("'me'"), hex('00'), pattern(300)]) {
      const connected = greeted(own);
      connected.receive(ready(peer, id), 0);
      const [event] = drainEvents(connected);
      assert.is(event?.kind === 'handshake' && event.peer.routingId.length, 0, `${peer} to ${own}`);
    }
  }
});

connection('copies the identity into memory of its own make, since it becomes a part of messages', () => {
  const memory: Memory = {
    view: (buffer, offset, length) => Buffer.from(buffer, offset, length),
    allocate: length => Buffer.alloc(length),
  };
  const own = side('ROUTER', { memory });
  const octets = joined([greeting(), ready('DEALER', 'me')]);
  own.receive(octets, 0);
  const [event] = drainEvents(own);
  octets.fill(0);
  if (event?.kind !== 'handshake') throw new Error('no handshake');
  assert.instance(event.peer.routingId, Buffer);
  assert.is(toHex(event.peer.routingId), toHex(hex("'me'")));
  assert.is(toHex(event.peer.metadata.get('Socket-Type') ?? hex('')), toHex(hex("'DEALER'")));
});

connection('refuses a READY that is cut at any octet but between two properties', () => {
  const body = hex("05 'READY' | 0B 'Socket-Type' 00000006 'DEALER' | 08 'Identity' 00000002 'me'");
  for (let length = 0; length < body.length; length += 1) {
    const events = feed(greeted('ROUTER'), [frame(4, body.subarray(0, length))]);
    assert.is(events.length, 1);
    if (length === 6 || length === 28) assert.equal(events, ['handshake'], `${length} octets`);
    else assert.match(events[0] ?? '', /^over ERR_ZMTP_(INVALID_METADATA|MALFORMED_COMMAND_UNSPECIFIED)$/);
  }
});

connection('takes READY with a long head, with MORE and with bits that are reserved', () => {
  const body = hex("05 'READY' | 0B 'Socket-Type' 00000006 'DEALER'");
  for (const head of [`06 00000000000000 ${body.length.toString(16)}`, `05 ${body.length.toString(16)}`]) {
    assert.equal(feed(greeted('ROUTER'), [joined([hex(head), body])]), ['handshake']);
  }
  assert.equal(feed(greeted('ROUTER'), [joined([hex(`FC ${body.length.toString(16)}`), body])]), ['handshake']);
});

connection('takes a READY of more than 255 octets', () => {
  assert.equal(afterReady('ROUTER', "0B 'Socket-Type' 00000006 'DEALER' | 01 'X' 00001000 55*4096"), ['handshake']);
});

// nothing but READY or ERROR

for (const [what, octets, code] of [
  ['a message', frame(0, 'abc'), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['an empty message', frame(0, ''), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['the first frame of a message', frame(1, 'a'), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READY as a message', frame(0, hex("05 'READY'")), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['PING', ping(0), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['HELLO', command('HELLO'), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['READYX', command('READYX'), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['ready', command('ready'), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['SUBSCRIBE', command('SUBSCRIBE', 'a'), 'ERR_ZMTP_UNEXPECTED_COMMAND'],
  ['an empty command', frame(4, ''), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['a command without a name', frame(4, hex('00')), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['a name beyond the body', frame(4, hex("09 'READY'")), 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  ['an ERROR', errorCommand('400'), 'ERR_ZMTP_REFUSED_BY_PEER'],
  ['an ERROR of nothing', errorCommand(''), 'ERR_ZMTP_REFUSED_BY_PEER'],
  ['an ERROR without a reason', command('ERROR'), 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
  ['an ERROR with half a reason', command('ERROR', hex("09 'ab'")), 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'],
] as const) {
  connection(`ends with ${code} at ${what} in place of READY, and sends nothing`, () => {
    const own = greeted('ROUTER');
    assert.equal(feed(own, [octets, ready('DEALER'), message('late')]), [`over ${code}`]);
    assert.is(own.outputBytes, 0);
    assert.equal(feed(side('ROUTER'), [joined([greeting(), octets, ready('DEALER')])]), [`over ${code}`]);
  });
}

connection('tells the status of a refusal', () => {
  const own = greeted('ROUTER');
  own.receive(errorCommand('400'), 0);
  const failure = failureOf(drainEvents(own));
  assert.instance(failure, AuthenticationError);
  assert.is(failure instanceof AuthenticationError && failure.status, 400);
});

// what may follow READY at once

connection('accepts messages right behind READY, in the same chunk as the greeting', () => {
  const octets = joined([greeting(), ready('DEALER'), message('a', 'b'), message('c')]);
  assert.equal(feed(side('ROUTER'), [octets]), ['handshake', 'message 61 62', 'message 63']);
});

connection('ignores a second READY', () => {
  const own = greeted('ROUTER');
  assert.equal(feed(own, [joined([ready('DEALER'), ready('PUB'), message('a')])]), ['handshake', 'message 61']);
});

connection('decodes nothing behind READY before it is asked', () => {
  const own = side('ROUTER');
  own.receive(joined([greeting(), ready('DEALER'), hex('FF*9')]), 0);
  assert.is(own.nextEvent()?.kind, 'handshake');
  assert.is(own.phase, 'traffic');
  assert.equal(drain(own), ['over ERR_ZMTP_FRAME_TOO_LARGE']);
});

connection("lets nobody send before the peer's READY", () => {
  const own = side('DEALER');
  const refuses = (): void => {
    const before = own.outputBytes;
    assert.throws(
      () => own.send([hex("'early'")]),
      (error: unknown) => error instanceof UsageError && error.code === 'EFSM',
    );
    assert.is(own.outputBytes, before);
  };
  refuses();
  feed(own, [greeting().subarray(0, 20)]);
  refuses();
  feed(own, [greeting().subarray(20)]);
  refuses();
  const whole = ready('ROUTER');
  feed(own, [whole.subarray(0, -1)]);
  refuses();
  own.takeOutput();
  assert.equal(feed(own, [whole.subarray(-1)]), ['handshake']);
  own.send([hex("'now'")]);
  assert.is(toHex(taken(own)), toHex(hex("00 03 'now'")));
});

connection('sends READY without waiting for that of the peer', () => {
  const own = side('DEALER');
  feed(own, [greeting()]);
  assert.is(toHex(taken(own).subarray(64)), toHex(ready('DEALER')));
});

connection('takes nothing more once it is over', () => {
  const own = greeted('ROUTER');
  assert.equal(feed(own, [frame(0, 'a')]), ['over ERR_ZMTP_UNEXPECTED_COMMAND']);
  assert.equal(feed(own, [ready('DEALER'), message('a'), greeting()]), []);
  own.tick(1_000_000);
  assert.equal(drain(own), []);
  assert.is(own.deadline(), undefined);
  assert.is(own.outputBytes, 0);
});

connection.run();

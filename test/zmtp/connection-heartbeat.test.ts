import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { HeartbeatOptions } from '../../src/zmtp/heartbeat.ts';
import { command, frame, greeting, message, ping, ready } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { cut, drain, drainEvents, failureOf, feed, readySide, side, taken } from '../support/zmtp-side.ts';

const connection = suite('zmtp/connection: heartbeat and time');

const OPTIONS: HeartbeatOptions = { intervalMs: 100, timeoutMs: 300, ttlDeciseconds: 0 };
const OVER = ['over ERR_ZMTP_PEER_SILENT'];

/** A connection in traffic since moment 0. */
function beating(heartbeat: Partial<HeartbeatOptions> = {}, minor = 1): ZmtpConnection {
  return readySide('DEALER', { heartbeat: { ...OPTIONS, ...heartbeat } }, minor);
}

/** Wakes the connection at each of its deadlines up to `end`; tells what it does. */
function run(own: ZmtpConnection, end: number): string[] {
  const log: string[] = [];
  for (let at = own.deadline(); at !== undefined && at <= end; at = own.deadline()) {
    own.tick(at);
    for (const event of drain(own)) log.push(`${event} ${at}`);
    const output = toHex(taken(own));
    if (output !== '') log.push(`${output} ${at}`);
  }
  return log;
}

// before the handshake is done

connection('waits for the whole handshake until one moment, which nothing that trickles in puts off', () => {
  const own = side('DEALER', { handshakeTimeoutMs: 1000 });
  assert.is(own.deadline(), 1000);
  const octets = joined([greeting(), ready('ROUTER')]);
  for (let i = 0; i < octets.length - 1; i += 1) {
    assert.equal(feed(own, [octets.subarray(i, i + 1)], i * 10), []);
    assert.is(own.deadline(), 1000);
  }
  own.tick(999);
  assert.equal(drain(own), []);
  own.tick(1000);
  assert.equal(drain(own), ['over ERR_ZMTP_HANDSHAKE_TIMEOUT']);
  assert.is(own.deadline(), undefined);
});

connection('waits no longer for a handshake that is done', () => {
  const own = readySide('DEALER', { handshakeTimeoutMs: 1000 });
  assert.is(own.deadline(), undefined);
  own.tick(1000);
  assert.equal(drain(own), []);
});

connection('waits for ever when no limit is set', () => {
  const own = side('DEALER');
  assert.is(own.deadline(), undefined);
  own.tick(1e9);
  assert.equal(drain(own), []);
});

connection('counts the limit from the moment at which it began', () => {
  const own = side('DEALER', { handshakeTimeoutMs: 1000 });
  own.tick(5);
  own.receive(greeting().subarray(0, 3), 900);
  assert.equal(drain(own), []);
  assert.is(own.deadline(), 1000);
});

connection('sends no PING before the handshake is done, nor begins to count', () => {
  const own = side('DEALER', { heartbeat: OPTIONS });
  feed(own, [greeting()], 50);
  own.takeOutput();
  assert.is(own.deadline(), undefined);
  own.tick(10_000);
  assert.is(own.outputBytes, 0);
  assert.equal(feed(own, [ready('ROUTER')], 10_000), ['handshake']);
  assert.is(own.deadline(), 10_100);
});

connection('has the handshake limit before the heartbeat, and the heartbeat after it', () => {
  const own = side('DEALER', { heartbeat: OPTIONS, handshakeTimeoutMs: 5000 });
  assert.is(own.deadline(), 5000);
  feed(own, [greeting(), ready('ROUTER')], 1000);
  assert.is(own.deadline(), 1100);
});

// our PINGs

for (const [ttlDeciseconds, wire] of [
  [0, "04 07 04 'PING' 0000"],
  [10, "04 07 04 'PING' 000A"],
  [655, "04 07 04 'PING' 028F"],
  [65_535, "04 07 04 'PING' FFFF"],
] as const) {
  connection(`sends ${wire} for a TTL of ${ttlDeciseconds}`, () => {
    const own = beating({ ttlDeciseconds });
    assert.equal(run(own, 100), [`${toHex(hex(wire))} 100`]);
  });
}

connection('has one PING outstanding and gives the peer up in its time', () => {
  assert.equal(run(beating(), 10_000), [`${toHex(ping(0))} 100`, `${OVER.join()} 400`]);
});

for (const [what, octets] of [
  ['PONG', command('PONG')],
  ['a message', message('a')],
  ['a command nobody knows', command('XYZZY')],
  ['a PING of its own', ping(0)],
  ['the first frame of a message', frame(1, 'a')],
  ['half a frame', frame(0, 'abc').subarray(0, 3)],
  ['one octet of a head', hex('00')],
] as const) {
  connection(`takes ${what} for life`, () => {
    const own = beating();
    run(own, 398);
    feed(own, [octets], 399);
    own.takeOutput();
    assert.equal(run(own, 600), [`${toHex(ping(0))} 400`]);
    assert.equal(run(own, 1000), ['over ERR_ZMTP_PEER_SILENT 700']);
  });
}

connection('does not give up a peer whose large message comes slowly', () => {
  const own = beating();
  const octets = cut(frame(0, pattern(1000)), [1]);
  const log = octets.flatMap((octet, i) => {
    const events = feed(own, [octet], i * 250);
    return [...run(own, (i + 1) * 250 - 1), ...events];
  });
  assert.is(log.filter(line => line.startsWith('over')).length, 0);
  assert.is(log.filter(line => line.startsWith('message')).length, 1);
});

connection('takes no octets for no life', () => {
  const own = beating();
  run(own, 100);
  own.receive(new Uint8Array(0), 399);
  assert.equal(run(own, 1000), ['over ERR_ZMTP_PEER_SILENT 400']);
});

connection('tells of silence once, with an error that ends the connection', () => {
  const own = beating();
  own.tick(100);
  own.takeOutput();
  own.tick(400);
  own.tick(500);
  const events = drainEvents(own);
  assert.is(events.length, 1);
  assert.instance(failureOf(events), ProtocolError);
  assert.is(own.phase, 'over');
  assert.is(own.outputBytes, 0);
  own.tick(600);
  assert.equal(feed(own, [message('late')], 700), []);
  assert.is(own.deadline(), undefined);
});

connection('neither asks nor blames a peer of 3.0, which has no PING', () => {
  const own = beating({ ttlDeciseconds: 10 }, 0);
  assert.is(own.deadline(), undefined);
  own.tick(100_000);
  assert.is(own.outputBytes, 0);
  assert.equal(drain(own), []);
});

// the peer's TTL

for (const [ttl, ms] of [
  [1, 100],
  [5, 500],
  [656, 65_600],
  [65_535, 6_553_500],
] as const) {
  connection(`gives up ${ms} ms after a PING with a TTL of ${ttl}`, () => {
    const own = beating({ intervalMs: 0 });
    feed(own, [ping(ttl)], 50);
    assert.is(own.deadline(), 50 + ms);
    own.tick(50 + ms - 1);
    assert.equal(drain(own), []);
    own.tick(50 + ms);
    assert.equal(drain(own), OVER);
  });
}

connection('stops the clock of a TTL with whatever comes, half a frame too', () => {
  for (const octets of [message('a'), ping(0), command('PONG'), frame(0, 'abc').subarray(0, 3), hex('00')]) {
    const own = beating({ intervalMs: 0 });
    feed(own, [ping(5)], 0);
    feed(own, [octets], 300);
    assert.is(own.deadline(), undefined, toHex(octets));
  }
});

connection('stops the clock of a TTL also with what comes in the same chunk behind it', () => {
  for (const octets of [message('a'), ping(0), command('PONG'), frame(0, 'abc').subarray(0, 3), hex('00')]) {
    const own = beating({ intervalMs: 0 });
    feed(own, [joined([ping(5), octets])], 0);
    assert.is(own.deadline(), undefined, toHex(octets));
  }
});

connection('begins the TTL anew with each PING, and with that of the last', () => {
  const own = beating({ intervalMs: 0 });
  feed(own, [ping(5)], 0);
  feed(own, [ping(10)], 300);
  assert.is(own.deadline(), 1300);
  feed(own, [joined([ping(5), ping(20)])], 400);
  assert.is(own.deadline(), 2400);
});

connection('counts the TTL of a PING from when its octets came, not from when they were looked at', () => {
  const own = beating({ intervalMs: 0 });
  own.receive(ping(5), 100);
  drain(own);
  assert.is(own.deadline(), 600);
});

connection('counts the TTL of a PING from the last moment it was told of, when that is later', () => {
  const own = beating({ intervalMs: 0 });
  own.receive(ping(5), 100);
  own.tick(150);
  drain(own);
  assert.is(own.deadline(), 650);
});

connection('watches the TTL of a 3.0 peer that knows of it all the same', () => {
  const own = beating({}, 0);
  feed(own, [ping(5)], 0);
  assert.is(own.deadline(), 500);
});

// while this side does not read

connection('gives up nobody while it does not read', () => {
  const own = beating();
  feed(own, [ping(5)], 0);
  own.takeOutput();
  own.listen(false, 10);
  assert.equal(run(own, 100_000), [`${toHex(ping(0))} 100`]);
});

connection('grants the peer its whole time again when it reads again', () => {
  const own = beating();
  own.listen(false, 10);
  run(own, 5000);
  own.listen(true, 5000);
  assert.equal(run(own, 5299), []);
  assert.equal(run(own, 5300), ['over ERR_ZMTP_PEER_SILENT 5300']);
});

connection('is appeased by what it reads when it reads again', () => {
  const own = beating();
  own.listen(false, 10);
  run(own, 5000);
  own.listen(true, 5010);
  feed(own, [command('PONG')], 5020);
  assert.equal(run(own, 5100), [`${toHex(ping(0))} 5100`]);
});

connection('goes on with PINGs while it does not read, when it told the peer a TTL', () => {
  const own = beating({ ttlDeciseconds: 2 });
  own.listen(false, 10);
  const wire = toHex(ping(2));
  assert.equal(run(own, 300), [`${wire} 100`, `${wire} 200`, `${wire} 300`]);
});

connection('need not be told before the handshake whether it is read', () => {
  const own = side('DEALER', { heartbeat: OPTIONS });
  own.listen(false, 0);
  own.listen(true, 0);
  assert.equal(feed(own, [greeting(), ready('ROUTER')], 0), ['handshake']);
  assert.is(own.deadline(), 100);
});

connection.run();

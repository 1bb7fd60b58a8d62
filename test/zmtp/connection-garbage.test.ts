import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { ConnectionEvent } from '../../src/zmtp/events.ts';
import { mayTalk, SOCKET_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import { begin, command, frame, frameV1, greeting, longHead, longHeadV1, ready } from '../support/raw-zmtp.ts';
import { hex, joined } from '../support/zmtp-hex.ts';
import { anyCut, anySession } from '../support/zmtp-session.ts';
import {
  CountingMemory,
  cut,
  discardedLast,
  drainEvents,
  inWords,
  PARTNERS,
  side,
  type SideOptions,
} from '../support/zmtp-side.ts';
import { mayShow } from '../support/zmtp-types.ts';

const connection = suite('zmtp/connection: whatever a peer sends');

const MEMORY_MAX = 4 * 64 * 1024; // a slab, and the first piece of a few bodies
const HEARTBEAT = { intervalMs: 50, timeoutMs: 100, ttlDeciseconds: 1 };

/** A side that lets everybody in whom it can understand. */
function open(type: SocketType, options: SideOptions = {}): ZmtpConnection {
  return side(type, { legacyPeers: true, ...options });
}

/** Everything a shell would do with these chunks; tells all events, and fails when anything throws. */
function live(type: SocketType, options: SideOptions, chunks: readonly Uint8Array[]): string[] {
  const own = open(type, options);
  const events: ConnectionEvent[] = [];
  let now = 0;
  const drain = (): void => {
    events.push(...drainEvents(own));
    own.takeOutput();
    const deadline = own.deadline();
    assert.ok(deadline === undefined || Number.isFinite(deadline));
  };
  for (const chunk of chunks) {
    own.receive(chunk, now);
    drain();
    now += 10;
    own.tick(now);
    drain();
  }
  own.listen(false, now);
  own.listen(true, now);
  own.tick(now + 1_000_000);
  drain();
  own.receive(hex('00 01 61'), now);
  drain();

  check(type, events);
  return discardedLast(events.flatMap(inWords));
}

/** The grammar of events: `handshake message* over`, where each may be missing behind the one before. */
function check(type: SocketType, events: readonly ConnectionEvent[]): void {
  const kinds = events.map(({ kind }) => kind).join(' ');
  assert.match(kinds, /^(handshake( messages)*( over)?|over|)$/);
  for (const event of events) {
    if (event.kind === 'messages') {
      const { messages, discarded = 0 } = event;
      assert.ok(messages.length + discarded > 0);
      assert.ok(messages.every(parts => mayShow(type, parts)));
    }
    if (event.kind !== 'over') continue;
    assert.instance(event.error, ProtocolError);
    assert.match(event.error.code, /^ERR_ZMTP_/);
    assert.match(event.error.message, /^[\x20-\x7e…]+$/, 'a message that may be shown');
  }
}

const anyType: fc.Arbitrary<SocketType> = fc.constantFrom(...SOCKET_TYPES);
const anyOctets = fc.uint8Array({ maxLength: 200, size: 'max' });

/** Octets that come close to something: garbage in frames, garbage in commands, garbage in properties. */
const anyNonsense = fc.oneof(
  anyOctets,
  fc.tuple(fc.nat(255), anyOctets).map(([flags, body]) => frame(flags & ~2, body)),
  fc.tuple(fc.nat(255), anyOctets).map(([flags, body]) => joined([longHead(flags, BigInt(body.length)), body])),
  fc.tuple(fc.nat(255), fc.bigInt(0n, 2n ** 64n - 1n)).map(([flags, size]) => longHead(flags, size)),
  fc.tuple(fc.nat(255), fc.boolean(), anyOctets).map(([flags, long, body]) => frameV1(flags, body, long)),
  fc.tuple(fc.nat(255), fc.bigInt(0n, 2n ** 64n - 1n)).map(([flags, size]) => longHeadV1(flags, size)),
  fc
    .tuple(
      fc.constantFrom('READY', 'ERROR', 'SUBSCRIBE', 'CANCEL', 'JOIN', 'LEAVE', 'PING', 'PONG', 'HELLO'),
      anyOctets,
    )
    .map(([name, data]) => command(name, data)),
  fc.tuple(fc.nat(12), fc.constantFrom('READY', 'ERROR', 'PING'), anyOctets).map(([length, name, data]) => {
    const octets = command(name, data);
    const at = (octets[0] ?? 0) & 2 ? 9 : 2;
    octets[at] = length;
    return octets;
  }),
  anyOctets.map(octets => command('READY', joined([hex("0B 'Socket-Type' 00000006 'DEALER'"), octets]))),
);

/** How a peer of any version begins, or does not. */
const anyBeginning = fc.constantFrom<((type: SocketType) => Uint8Array[])[]>(
  () => [],
  () => [greeting()],
  type => [greeting(), ready(PARTNERS[type])],
  () => [begin('2.0')],
  () => [begin('1.0 behind a signature')],
  () => [begin('1.0')],
);

for (const [where, ahead] of [
  ['from the start', () => []],
  ['behind the signature', () => [hex('FF 00*8 7F')]],
  ['behind the greeting', () => [greeting()]],
  ['behind READY', (type: SocketType) => [greeting(), ready(PARTNERS[type])]],
  ['behind the signature of an older peer', () => [hex('FF 00*8 7F 00')]],
  ['behind the greeting of a 2.0 peer', () => [hex('FF 00*8 7F 01 05')]],
  ['behind the identity of a 2.0 peer', () => [begin('2.0')]],
  ['behind the identity of a 1.0 peer with a signature', () => [begin('1.0 behind a signature')]],
  ['behind the identity of a 1.0 peer', () => [begin('1.0')]],
  ['behind the READY of a 3.0 peer', (type: SocketType) => [greeting({ minor: 0 }), ready(PARTNERS[type])]],
] as const) {
  connection(`ends in events, or one error, with any octets ${where}`, () => {
    fc.assert(
      fc.property(anyType, fc.array(anyNonsense, { maxLength: 6 }), anyCut, (type, nonsense, lengths) => {
        const octets = joined([...ahead(type), ...nonsense]);
        live(type, { heartbeat: HEARTBEAT, handshakeTimeoutMs: 500 }, cut(octets, lengths));
      }),
      { numRuns: 400 },
    );
  });
}

connection('tells the same of any octets, however they are cut', () => {
  fc.assert(
    fc.property(
      anyType,
      fc.array(anyNonsense, { maxLength: 6 }),
      anyCut,
      anyBeginning,
      (type, nonsense, lengths, ahead) => {
        const octets = joined([...ahead(type), ...nonsense]);
        const options = { maxMessageBytes: 1000 };
        const events = live(type, options, [octets]);
        assert.equal(live(type, options, cut(octets, lengths)), events);
        assert.equal(live(type, options, cut(octets, [1])), events);
      },
    ),
    { numRuns: 400 },
  );
});

connection('takes no memory for what any octets claim', () => {
  fc.assert(
    fc.property(
      anyType,
      fc.array(anyNonsense, { maxLength: 6 }),
      anyCut,
      anyBeginning,
      (type, nonsense, lengths, ahead) => {
        const octets = joined([...ahead(type), ...nonsense]);
        const memory = new CountingMemory();
        live(type, { memory }, cut(octets, lengths));
        assert.ok(memory.allocated <= MEMORY_MAX + octets.length, `${memory.allocated} octets for ${octets.length}`);
      },
    ),
    { numRuns: 300 },
  );
});

/** Something that happens to a sound stream on its way; places are in thousandths of it. */
type Accident =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'drop' | 'double'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly octets: Uint8Array }
  | { readonly kind: 'cut off'; readonly at: number }
  | { readonly kind: 'swap'; readonly at: number; readonly with: number; readonly length: number };

const place = fc.nat(999);
const anyAccident: fc.Arbitrary<Accident> = fc.oneof(
  fc.record({ kind: fc.constant('flip'), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constantFrom('drop', 'double'), at: place, length: fc.integer({ min: 1, max: 80 }) }),
  fc.record({ kind: fc.constant('insert'), at: place, octets: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
  fc.record({ kind: fc.constant('cut off'), at: place }),
  fc.record({ kind: fc.constant('swap'), at: place, with: place, length: fc.integer({ min: 1, max: 40 }) }),
);

function happen(octets: Uint8Array, accident: Accident): Uint8Array {
  const at = Math.floor((accident.at * octets.length) / 1000);
  const [before, behind] = [octets.subarray(0, at), octets.subarray(at)];
  switch (accident.kind) {
    case 'flip': {
      const flipped = octets.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << accident.bit);
      return flipped;
    }
    case 'drop':
      return joined([before, behind.subarray(accident.length)]);
    case 'double':
      return joined([before, behind.subarray(0, accident.length), behind]);
    case 'insert':
      return joined([before, accident.octets, behind]);
    case 'cut off':
      return before;
    case 'swap': {
      const other = Math.floor((accident.with * octets.length) / 1000);
      const swapped = octets.slice();
      swapped.set(octets.subarray(at, at + accident.length).subarray(0, octets.length - other), other);
      swapped.set(octets.subarray(other, other + accident.length).subarray(0, octets.length - at), at);
      return swapped;
    }
  }
}

connection('ends in events, or one error, with any sound session that something has happened to', () => {
  fc.assert(
    fc.property(
      anySession,
      fc.array(anyAccident, { minLength: 1, maxLength: 3 }),
      anyCut,
      (session, accidents, lengths) => {
        const octets = accidents.reduce(happen, joined(session.octets));
        const options = { maxMessageBytes: 1000, heartbeat: HEARTBEAT, handshakeTimeoutMs: 100_000 };
        live(session.type, options, cut(octets, lengths));
        assert.equal(live(session.type, {}, cut(octets, lengths)), live(session.type, {}, [octets]));
      },
    ),
    { numRuns: 1000 },
  );
});

connection('ends in events, or one error, with one sound session spliced into another', () => {
  fc.assert(
    fc.property(anySession, anySession, place, place, anyCut, (first, second, from, to, lengths) => {
      const [one, other] = [joined(first.octets), joined(second.octets)];
      const head = one.subarray(0, Math.floor((from * one.length) / 1000));
      const octets = joined([head, other.subarray(Math.floor((to * other.length) / 1000))]);
      assert.equal(live(first.type, {}, cut(octets, lengths)), live(first.type, {}, [octets]));
    }),
    { numRuns: 500 },
  );
});

connection('ends in events, or one error, with every single bit of a session flipped', () => {
  const octets = joined([
    greeting(),
    ready('DEALER', 'me'),
    frame(1, 'a'),
    command('PING', hex('0001 61')),
    frame(0, ''),
  ]);
  for (let at = 0; at < octets.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const flipped = happen(octets, { kind: 'flip', at: Math.ceil((at * 1000) / octets.length), bit });
      live('ROUTER', {}, [flipped]);
    }
  }
});

connection('ends at a peer that echoes, with itself or with an error', () => {
  for (const type of SOCKET_TYPES) {
    const own = open(type);
    const events: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      for (const chunk of own.takeOutput()) own.receive(chunk.slice(), 0);
      events.push(...drainEvents(own).flatMap(inWords));
    }
    assert.equal(events, mayTalk(type, type) ? ['handshake'] : ['over ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE'], type);
  }
});

connection.run();

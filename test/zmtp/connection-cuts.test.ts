import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../src/message.ts';
import type { ConnectionEvent } from '../../src/zmtp/events.ts';
import { SOCKET_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import { greeting, message, ping, ready } from '../support/raw-zmtp.ts';
import { joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { anyCut, anySession, type Session } from '../support/zmtp-session.ts';
import { cut, discardedLast, drainEvents, feed, inWords, PARTNERS, side, taken } from '../support/zmtp-side.ts';
import { sendable } from '../support/zmtp-types.ts';

const connection = suite('zmtp/connection: however the octets are cut');

interface Outcome {
  readonly events: readonly string[];
  readonly output: string;
  readonly deadline: number | undefined;
}

/** All that can be seen of a connection that has been given these chunks. */
function outcome(type: SocketType, chunks: readonly Uint8Array[], most?: number): Outcome {
  const own = side(type);
  const output: Uint8Array[] = [];
  const events = chunks.flatMap(chunk => {
    const told = feed(own, [chunk], 0, most);
    output.push(taken(own));
    return told;
  });
  output.push(taken(own));
  return { events: discardedLast(events), output: toHex(joined(output)), deadline: own.deadline() };
}

function expected({ type, events, answers }: Session): Outcome {
  const output = joined([greeting(), ready(type), answers]);
  return { events, output: mended(toHex(output)), deadline: undefined };
}

/** Our signature counts an identity of no octets, for the sake of ZMTP 1.0. */
function mended(output: string): string {
  return output.replace(/^ff0000000000000000/, 'ff0000000000000001');
}

connection('tells the same of a session in chunks of any size', () => {
  fc.assert(
    fc.property(anySession, anyCut, fc.constantFrom(1, 2, 1000), (session, lengths, most) => {
      assert.equal(outcome(session.type, cut(joined(session.octets), lengths), most), expected(session));
    }),
    { numRuns: 600 },
  );
});

connection('tells the same of a session octet by octet, in one chunk, and frame by frame', () => {
  fc.assert(
    fc.property(anySession, session => {
      const whole = joined(session.octets);
      assert.equal(outcome(session.type, cut(whole, [1])), expected(session));
      assert.equal(outcome(session.type, [whole]), expected(session));
      assert.equal(outcome(session.type, session.octets), expected(session));
      assert.equal(outcome(session.type, cut(whole, [64, whole.length])), expected(session));
    }),
    { numRuns: 300 },
  );
});

connection('tells the same of a session cut in two at each octet', () => {
  const octets = joined([
    greeting(),
    ready('DEALER', 'me'),
    message('a', '', 'c'),
    ping(0, 'x'),
    message(pattern(256)),
  ]);
  const whole = outcome('ROUTER', [octets]);
  assert.is(whole.events.length, 3);
  for (let at = 1; at < octets.length; at += 1) {
    assert.equal(outcome('ROUTER', [octets.subarray(0, at), octets.subarray(at)]), whole, `cut at ${at}`);
  }
});

connection('tells the same of a session cut in three at any two octets near its borders', () => {
  const pieces = [greeting(), ready('DEALER', 'me'), message('a', ''), ping(0, 'x'), message(pattern(256))];
  const octets = joined(pieces);
  const whole = outcome('ROUTER', [octets]);
  const near = new Set<number>();
  let border = 0;
  for (const piece of pieces) {
    for (const offset of [-2, -1, 0, 1, 2, 3, 9, 10]) near.add(border + offset);
    border += piece.length;
  }
  const places = [...near].filter(at => at > 0 && at < octets.length).sort((a, b) => a - b);
  for (const first of places) {
    for (const second of places) {
      if (second <= first) continue;
      const chunks = [octets.subarray(0, first), octets.subarray(first, second), octets.subarray(second)];
      assert.equal(outcome('ROUTER', chunks), whole, `cut at ${first} and ${second}`);
    }
  }
});

connection('tells the same when events are asked for late, in between, and any number of messages at a time', () => {
  fc.assert(
    fc.property(anySession, anyCut, fc.array(fc.nat(3), { minLength: 1, maxLength: 9 }), (session, lengths, asks) => {
      const own = side(session.type);
      const kinds: string[] = [];
      const tell = (event: ConnectionEvent): void => {
        kinds.push(...[inWords(event)].flat().map(words => words.split(' ')[0] ?? ''));
      };
      cut(joined(session.octets), lengths).forEach((chunk, i) => {
        own.receive(chunk.slice(), 0);
        for (let left = asks[i % asks.length] ?? 0; left > 0; left -= 1) {
          const event = own.nextEvent(left);
          if (event !== undefined) tell(event);
          if (event?.kind === 'messages') assert.ok(event.messages.length <= left);
        }
      });
      drainEvents(own).forEach(tell);
      assert.equal(
        discardedLast(kinds),
        session.events.map(words => words.split(' ')[0]),
      );
      assert.is(mended(toHex(taken(own))), expected(session).output);
    }),
    { numRuns: 300 },
  );
});

connection('watches the same TTL however the PINGs are cut', () => {
  const anyPings = fc.array(
    fc.oneof(
      fc.nat(3).map(ttl => ping(ttl)),
      fc.constant(message('a')),
    ),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(anyPings, anyCut, fc.nat(3), (pings, lengths, spare) => {
      const octets = joined([greeting(), ready('DEALER'), ...pings, message('b').subarray(0, spare)]);
      assert.is(outcome('ROUTER', cut(octets, lengths)).deadline, outcome('ROUTER', cut(octets, [1])).deadline);
      assert.is(outcome('ROUTER', [octets]).deadline, outcome('ROUTER', cut(octets, [1])).deadline);
    }),
    { numRuns: 300 },
  );
});

// both sides

/** What happens to a pair of connections, in order. */
type Act =
  | { readonly kind: 'send'; readonly by: 0 | 1; readonly message: Message }
  | { readonly kind: 'carry'; readonly to: 0 | 1; readonly octets: number };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('send'),
      by: fc.constantFrom(0, 1),
      message: fc.array(
        fc.oneof(
          { weight: 5, arbitrary: fc.uint8Array({ maxLength: 9 }) },
          fc.constantFrom(pattern(300), pattern(20_000)),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('carry'),
      to: fc.constantFrom(0, 1),
      octets: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 400 })),
    }),
  },
);

connection('carries every message between two connections, over a link that cuts and delays as it likes', () => {
  const anyType = fc.constantFrom(...SOCKET_TYPES);
  fc.assert(
    fc.property(anyType, fc.array(anyAct, { maxLength: 60, size: 'max' }), (type, acts) => {
      const sides = [0, 1].map(i => ({
        connection: side(i === 0 ? type : PARTNERS[type]),
        onTheWay: joined([]),
        events: new Array<string>(),
        sent: new Array<string>(),
        ready: false,
      }));
      const carry = (to: number, octets: number): boolean => {
        const [from, towards] = [sides[1 - to], sides[to]];
        if (from === undefined || towards === undefined) return false;
        from.onTheWay = joined([from.onTheWay, ...from.connection.takeOutput()]);
        const chunk = from.onTheWay.subarray(0, octets);
        from.onTheWay = from.onTheWay.slice(octets);
        towards.events.push(...feed(towards.connection, [chunk]));
        towards.ready ||= towards.events.length > 0;
        return chunk.length > 0;
      };
      for (const act of acts) {
        if (act.kind === 'carry') carry(act.to, act.octets);
        else {
          const by = sides[act.by];
          if (by?.ready !== true) continue;
          const parts = sendable(act.by === 0 ? type : PARTNERS[type], act.message);
          by.connection.send(parts);
          by.sent.push(`message ${parts.map(toHex).join(' ')}`);
        }
      }
      for (let quiet = 0; quiet < 2;) quiet = [carry(0, 1e6), carry(1, 1e6)].includes(true) ? 0 : quiet + 1;
      assert.equal(sides[0]?.events, ['handshake', ...(sides[1]?.sent ?? [])]);
      assert.equal(sides[1]?.events, ['handshake', ...(sides[0]?.sent ?? [])]);
    }),
    { numRuns: 200 },
  );
});

connection.run();

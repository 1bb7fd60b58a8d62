/**
 * Somebody between two sides of CURVE, who sees every frame and may do anything with it. Whatever that is: nothing is
 * delivered that was not sent, nothing twice and nothing out of turn, and the side that can notice it ends the connection.
 *
 *      client → server    HELLO  INITIATE  MESSAGE  MESSAGE  MESSAGE
 *      server → client    WELCOME  READY  MESSAGE  MESSAGE  MESSAGE
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import { SeededExchange } from '../support/curve-by-hand.ts';
import { clientSide, serverSide, welcomeAll } from '../support/curve-sides.ts';
import { frame, type RawFrame } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';

const tampering = suite('zmtp/connection: CURVE, somebody in between');

type Way = 'up' | 'down'; // towards the server, towards the client

/** What becomes of the frame of that number in that direction. */
type Deed = (way: Way, number: number, whole: RawFrame) => readonly RawFrame[];

interface Outcome {
  /** Messages that came, one text for each. */
  readonly delivered: Readonly<Record<Way, string[]>>;
  /** The code of each end, by the direction of the frames that ended it. */
  readonly ended: Readonly<Record<Way, string | undefined>>;
  /** All frames that were sent. */
  readonly frames: Readonly<Record<Way, RawFrame[]>>;
}

const NAMES = { up: ['HELLO', 'INITIATE'], down: ['WELCOME', 'READY'] } as const;
const FIRST_MESSAGE = 2;
const LAST_FRAME = 4;
const PARTS = ['up', 'down'].map((_, i) => [pattern(5, i), pattern(0), pattern(40, i)]);

function nameOf(way: Way, number: number): string {
  return NAMES[way][number] ?? 'MESSAGE';
}

/** Whole frames of a run of octets. */
function framesIn(octets: Uint8Array): RawFrame[] {
  const found: RawFrame[] = [];
  for (let at = 0; at < octets.length;) {
    const long = ((octets[at] ?? 0) & 2) !== 0;
    const start = at + (long ? 9 : 2);
    const size = long ? (octets[at + 7] ?? 0) * 256 + (octets[at + 8] ?? 0) : (octets[at + 1] ?? 0);
    found.push({ flags: (octets[at] ?? 0) & ~2, body: Buffer.from(octets.subarray(start, start + size)) });
    at = start + size;
  }
  return found;
}

/** A whole session: handshake, then three messages of one part each way, one by one. */
function session(deed: Deed, seed = 1): Outcome {
  const client = clientSide('DEALER', {}, { exchange: new SeededExchange(seed) });
  const server = serverSide('ROUTER', {}, { exchange: new SeededExchange(seed + 50) });
  const delivered: Record<Way, string[]> = { up: [], down: [] };
  const ended: Record<Way, string | undefined> = { up: undefined, down: undefined };
  const frames: Record<Way, RawFrame[]> = { up: [], down: [] };
  const greeted = { up: 0, down: 0 };

  const carry = (way: Way): boolean => {
    const [from, to] = way === 'up' ? [client, server] : [server, client];
    let octets = joined(from.takeOutput());
    const moved = octets.length > 0;
    const clear = Math.min(64 - greeted[way], octets.length);
    greeted[way] += clear;
    hear(way, to, octets.subarray(0, clear));
    octets = octets.subarray(clear);
    for (const whole of framesIn(octets)) {
      const number = frames[way].push(whole) - 1;
      for (const { flags, body } of deed(way, number, whole)) hear(way, to, frame(flags, body));
    }
    return moved;
  };
  const hear = (way: Way, to: ZmtpConnection, octets: Uint8Array): void => {
    to.receive(new Uint8Array(octets), 0);
    for (const word of welcomeAll(to)) {
      if (word.startsWith('message ')) delivered[way].push(word);
      if (word.startsWith('over ')) ended[way] = word.slice(5);
    }
  };
  const settle = (): void => {
    for (let moved = true; moved;) moved = [carry('up'), carry('down')].includes(true);
  };

  settle();
  for (let i = 0; i < 3; i += 1) {
    for (const [way, from] of [
      ['up', client],
      ['down', server],
    ] as const) {
      if (from.phase === 'traffic') from.send([PARTS[way === 'up' ? 0 : 1]?.[i] ?? hex('')]);
      settle();
    }
  }
  return { delivered, ended, frames };
}

const honest = session((_way, _number, whole) => [whole]);

tampering('changes nothing when nothing is changed', () => {
  for (const [i, way] of (['up', 'down'] as const).entries()) {
    assert.equal(
      honest.delivered[way],
      PARTS[i]?.map(part => `message ${toHex(part)}`),
    );
    assert.is(honest.ended[way], undefined);
    assert.is(honest.frames[way].length, 5);
  }
});

/** Nothing false, nothing twice, nothing out of turn, nothing left out: what came is what was sent, up to some point. */
function assertNothingFalse({ delivered }: Outcome, what: string): void {
  for (const way of ['up', 'down'] as const) {
    assert.equal(delivered[way], honest.delivered[way].slice(0, delivered[way].length), `${what}: ${way}`);
  }
}

/** Puts others in the place of one frame. */
function inPlaceOf(way: Way, number: number, others: (whole: RawFrame) => readonly RawFrame[]): Deed {
  return (itsWay, itsNumber, whole) => (itsWay === way && itsNumber === number ? others(whole) : [whole]);
}

const NAMELESS = ['ERR_ZMTP_UNEXPECTED_COMMAND', 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'];
const CRYPTO = ['ERR_ZMTP_CRYPTOGRAPHIC'];
const COUNTER = ['ERR_ZMTP_CRYPTOGRAPHIC', 'ERR_ZMTP_INVALID_SEQUENCE'];

/** How the receiver ends when the octet at that place of the body is another. */
function codesOfFlip(name: string, at: number): readonly string[] {
  if (at <= name.length) return name === 'MESSAGE' ? ['ERR_ZMTP_UNEXPECTED_COMMAND'] : NAMELESS;
  if (name === 'HELLO' && at < 80) return ['ERR_ZMTP_MALFORMED_COMMAND_HELLO'];
  if (name === 'INITIATE' && at >= 105 && at < 113) return COUNTER;
  if (name === 'MESSAGE' && at < 16) return COUNTER;
  return CRYPTO;
}

for (const way of ['up', 'down'] as const) {
  for (let number = 0; number < LAST_FRAME; number += 1) {
    const name = nameOf(way, number);
    const which = `${name} ${way} (${number})`;
    const { body } = honest.frames[way][number] ?? { body: Buffer.alloc(0) };
    const intact = number < FIRST_MESSAGE ? 0 : number - FIRST_MESSAGE;

    const run = (what: string, others: (whole: RawFrame) => readonly RawFrame[]): Outcome => {
      const outcome = session(inPlaceOf(way, number, others));
      assertNothingFalse(outcome, `${which}, ${what}`);
      return outcome;
    };
    const assertEnds = (what: string, outcome: Outcome, codes: readonly string[]): void => {
      assert.ok(codes.includes(outcome.ended[way] ?? 'no end'), `${which}, ${what}: ${outcome.ended[way] ?? 'no end'}`);
      assert.is(outcome.delivered[way].length, intact, `${which}, ${what}`);
    };

    tampering(`flips each octet of ${which}`, () => {
      for (let at = 0; at < body.length; at += 1) {
        for (const bits of [0x01, 0x80, 0x5a]) {
          const changed = Buffer.from(body);
          changed[at] = (changed[at] ?? 0) ^ bits;
          const what = `octet ${at} ^ ${bits}`;
          const outcome = run(what, ({ flags }) => [{ flags, body: changed }]);
          // X25519 has no use for the last bit of a key (RFC 7748), but the vouch names all of it
          const unused = name === 'HELLO' && at === 111 && bits === 0x80;
          assertEnds(what, outcome, unused ? ['ERR_ZMTP_KEY_EXCHANGE'] : codesOfFlip(name, at));
        }
      }
    });

    tampering(`cuts ${which} at every length`, () => {
      for (let length = 0; length < body.length; length += 1) {
        const outcome = run(`${length} octets`, ({ flags }) => [{ flags, body: body.subarray(0, length) }]);
        assertEnds(`${length} octets`, outcome, codesOfCut(name, length));
      }
    });

    tampering(`puts octets behind ${which}`, () => {
      for (const more of [1, 2, 16, 33, 300]) {
        const longer = Buffer.concat([body, Buffer.alloc(more)]);
        const codes = name === 'HELLO' || name === 'WELCOME' ? [`ERR_ZMTP_MALFORMED_COMMAND_${name}`] : CRYPTO;
        assertEnds(
          `${more} more`,
          run(`${more} more`, ({ flags }) => [{ flags, body: longer }]),
          codes,
        );
      }
    });

    tampering(`puts ${which} into another kind of frame`, () => {
      for (const bits of [1, 4, 5, 8, 0xf8]) {
        const outcome = run(`flags ^ ${bits}`, whole => [{ flags: whole.flags ^ bits, body }]);
        if (number < FIRST_MESSAGE && (bits & 4) !== 0) {
          assertEnds(`flags ^ ${bits}`, outcome, ['ERR_ZMTP_UNEXPECTED_COMMAND']);
        } else {
          assert.equal(outcome.delivered, honest.delivered, `${which} in a frame of flags ^ ${bits}`);
        }
      }
    });

    tampering(`sends ${which} twice`, () => {
      const outcome = run('twice', whole => [whole, whole]);
      const code = number < FIRST_MESSAGE ? 'ERR_ZMTP_UNEXPECTED_COMMAND' : 'ERR_ZMTP_INVALID_SEQUENCE';
      assert.is(outcome.ended[way], code);
    });

    tampering(`drops ${which}`, () => {
      const outcome = run('dropped', () => []);
      if (number >= FIRST_MESSAGE) {
        assertEnds('dropped', outcome, ['ERR_ZMTP_INVALID_SEQUENCE']); // at the next MESSAGE, which is not delivered
      } else if (name === 'READY') {
        assert.is(outcome.ended.down, 'ERR_ZMTP_UNEXPECTED_COMMAND'); // at the first MESSAGE
        assert.equal(outcome.delivered, { up: [], down: [] });
      } else {
        assert.equal(outcome.delivered, { up: [], down: [] });
      }
    });

    tampering(`holds ${which} back until the next frame has come`, () => {
      let held: RawFrame | undefined;
      const outcome = session((itsWay, itsNumber, whole) => {
        if (itsWay !== way) return [whole];
        if (itsNumber === number) {
          held = whole;
          return [];
        }
        const late = itsNumber === number + 1 && held !== undefined ? [held] : [];
        return [whole, ...late];
      });
      assertNothingFalse(outcome, `${which}, late`);
      if (number >= FIRST_MESSAGE) assertEnds('late', outcome, ['ERR_ZMTP_INVALID_SEQUENCE']);
      else assert.equal(outcome.delivered[way], []);
    });

    tampering(`sends ${which} back to where it came from`, () => {
      const other = way === 'up' ? 'down' : 'up';
      const own = honest.frames[way][number];
      if (own === undefined) return;
      let seen: RawFrame = own;
      const outcome = session((itsWay, itsNumber, whole) => {
        if (itsWay === way && itsNumber === number) seen = whole;
        return itsWay === other && itsNumber === number ? [seen] : [whole];
      });
      assertNothingFalse(outcome, `${which}, back`);
      const code = outcome.ended[other];
      assert.ok([...NAMELESS, ...COUNTER].includes(code ?? 'no end'), `${which}, back: ${code ?? 'no end'}`);
    });

    tampering(`takes ${which} from another connection of the same two`, () => {
      const another = session((_way, _number, whole) => [whole], 7).frames[way][number];
      if (another === undefined) throw new Error('no such frame');
      const outcome = run('of another connection', () => [another]);
      // a HELLO of another connection is a sound HELLO: only the client cannot go on with what it brings about
      if (name === 'HELLO') assert.is(outcome.ended.down, 'ERR_ZMTP_CRYPTOGRAPHIC');
      else assertEnds('of another connection', outcome, CRYPTO);
      assert.is(outcome.delivered[way].length, intact);
    });

    tampering(`puts a frame in the clear before ${which}`, () => {
      for (const [flags, clear] of [
        [0, "'clear'"],
        [0, ''],
        [1, "'clear'"],
        [4, "04 'PING' 0000"],
        [4, "05 'READY' 0B 'Socket-Type' 00000006 'DEALER'"],
        [4, "09 'SUBSCRIBE'"],
        [4, "07 'UNKNOWN'"],
      ] as const) {
        const outcome = run(`behind ${clear}`, whole => [{ flags, body: Buffer.from(hex(clear)) }, whole]);
        const codes = number < FIRST_MESSAGE ? [...NAMELESS, 'ERR_ZMTP_MALFORMED_COMMAND_READY'] : NAMELESS.slice(0, 1);
        assertEnds(`behind ${clear}`, outcome, codes);
      }
    });
  }
}

for (const way of ['up', 'down'] as const) {
  tampering(`is not noticed when the very last MESSAGE ${way} is dropped: that looks like a stream that is cut`, () => {
    const outcome = session(inPlaceOf(way, LAST_FRAME, () => []));
    assertNothingFalse(outcome, `last ${way}`);
    assert.is(outcome.delivered[way].length, LAST_FRAME - FIRST_MESSAGE);
    assert.equal(outcome.ended, { up: undefined, down: undefined });
  });
}

/** How the receiver ends when only so many octets of the body come. */
function codesOfCut(name: string, length: number): readonly string[] {
  if (length <= name.length) return name === 'MESSAGE' ? ['ERR_ZMTP_UNEXPECTED_COMMAND'] : NAMELESS;
  const least = { HELLO: Infinity, WELCOME: Infinity, INITIATE: 257, READY: 30, MESSAGE: 33 }[name] ?? 0;
  return length < least ? [`ERR_ZMTP_MALFORMED_COMMAND_${name}`] : CRYPTO;
}

tampering(
  'refuses a client with an ERROR of its own, which is all that can be forged: the client is not let in',
  () => {
    for (const number of [0, 1]) {
      const outcome = session(
        inPlaceOf('down', number, () => [{ flags: 4, body: Buffer.from(hex("05 'ERROR' 03 '400'")) }]),
      );
      assert.is(outcome.ended.down, 'ERR_ZMTP_REFUSED_BY_PEER');
      assert.equal(outcome.delivered.down, []);
    }
  },
);

tampering.run();

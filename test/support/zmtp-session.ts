/** Whole sessions as a sound peer would send them, and what a connection should make of them. */
import fc from 'fast-check';
import { SOCKET_TYPES, type SocketType } from '../../src/zmtp/socket-type.ts';
import { command, frame, greeting, longHead, ping, ready } from './raw-zmtp.ts';
import { hex, joined, pattern, toHex } from './zmtp-hex.ts';
import { discardedLast, PARTNERS } from './zmtp-side.ts';
import { isDiscarded, sendable } from './zmtp-types.ts';

const MORE = 1;
const COMMAND = 4;

/** What a peer sends between two messages, or within one, with what follows from it. */
interface Piece {
  readonly octets: Uint8Array;
  /** In the words of `zmtp-side.ts`. */
  readonly event?: string;
  readonly answer?: Uint8Array;
}

/** All that one peer sends. */
export interface Session {
  /** The type of the side that is tested. */
  readonly type: SocketType;
  readonly minor: number;
  /** Greeting, READY, and the pieces of the traffic. */
  readonly octets: readonly Uint8Array[];
  /** What the tested side should tell, what it discards last. */
  readonly events: readonly string[];
  /** What it should send behind its READY. */
  readonly answers: Uint8Array;
}

const body = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 10 }) },
  { weight: 1, arbitrary: fc.constantFrom(255, 256, 300).map(length => pattern(length)) },
);

const group = body.map(octets => octets.subarray(0, 255));

/** Commands that may stand anywhere. */
function anyCommand(type: SocketType): fc.Arbitrary<Piece> {
  const publishes = type === 'PUB' || type === 'XPUB';
  const request = (name: string, first: string, isShown: boolean): fc.Arbitrary<Piece> =>
    (type === 'RADIO' ? group : body).map(data => {
      const octets = command(name, data);
      return isShown ? { octets, event: `message ${first}${toHex(data)}` } : { octets };
    });
  return fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map(context => ({
      octets: ping(0, context),
      answer: command('PONG', context.subarray(0, 16)),
    })),
    body.map(data => ({ octets: command('PONG', data) })),
    body.map(data => ({ octets: command('XYZZY', data) })),
    body.map(data => ({ octets: frame(COMMAND | MORE, joined([hex("04 'ping'"), data])) })),
    fc.constant({ octets: command('ERROR', hex("03 '400'")) }),
    request('SUBSCRIBE', '01', publishes),
    request('CANCEL', '00', publishes),
    request('JOIN', '01', type === 'RADIO'),
    request('LEAVE', '00', type === 'RADIO'),
  );
}

/** A message with commands between its frames: all that counts is the order in which things are told. */
function anyMessage(type: SocketType): fc.Arbitrary<Piece[]> {
  const part = fc.record({ body, long: fc.boolean(), before: fc.option(anyCommand(type), { freq: 5 }) });
  return fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => {
    const pieces: Piece[] = [];
    // what is discarded anyhow comes in all shapes; a DISH has no patience with them
    const bodies = parts.map(each => each.body);
    const message = type === 'DISH' ? sendable('RADIO', bodies) : bodies;
    const event = isDiscarded(type, message.length) ? 'discarded' : `message ${message.map(toHex).join(' ')}`;
    message.forEach((octets, i) => {
      const { long = false, before = null } = parts[i] ?? {};
      if (before !== null) pieces.push(before);
      const flags = i < message.length - 1 ? MORE : 0;
      const head = long ? longHead(flags, BigInt(octets.length)) : undefined;
      const whole = head === undefined ? frame(flags, octets) : joined([head, octets]);
      if (flags === MORE) pieces.push({ octets: whole });
      else pieces.push({ octets: whole, event });
    });
    return pieces;
  });
}

/** Any session of any two types that may talk, of ZMTP 3.0, 3.1 and later. */
export const anySession: fc.Arbitrary<Session> = fc
  .tuple(fc.constantFrom(...SOCKET_TYPES), fc.constantFrom(0, 1, 2))
  .chain(([type, minor]) => {
    const traffic = fc.array(
      fc.oneof(
        anyMessage(type),
        anyCommand(type).map(piece => [piece]),
      ),
      { maxLength: 8 },
    );
    return fc.tuple(traffic, fc.uint8Array({ maxLength: 8 })).map(([runs, id]) => {
      const pieces = runs.flat();
      const identity = id[0] === 0 ? undefined : id;
      return {
        type,
        minor,
        octets: [greeting({ minor }), ready(PARTNERS[type], identity), ...pieces.map(({ octets }) => octets)],
        events: discardedLast(['handshake', ...pieces.flatMap(({ event }) => event ?? [])]),
        answers: joined(pieces.flatMap(({ answer }) => answer ?? [])),
      };
    });
  });

/** Where to cut: single octets, small steps, steps of a whole frame or more. */
export const anyCut: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 })),
  { minLength: 1, maxLength: 12 },
);

/**
 * One connection and a peer by hand, in the clear or sealed: what is inside of CURVE must not differ from what is without
 * it.
 *
 *      const { own, octetsOf, sent } = wire.meet('RADIO');
 *      feed(own, octetsOf([COMMAND, "04 'JOIN' 'a'"]));
 */
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { contentOf, hello, initiate, message } from './curve-by-hand.ts';
import { curveGreeting, NOBODY_KNOWN, serverSide } from './curve-sides.ts';
import { frame } from './raw-zmtp.ts';
import { hex, toHex } from './zmtp-hex.ts';
import { drain, feed, PARTNERS, readySide, taken, type SideOptions } from './zmtp-side.ts';

export const MORE = 1;
const LONG = 2;
export const COMMAND = 4;

/** A frame as a table shows it: its flags, and its body, perhaps in the words of `hex`. */
export type Frame = readonly [flags: number, body: string | Uint8Array];

export const PING: Frame = [COMMAND, "04 'PING' 0000 'x'"];
/** The answer to {@link PING}, 04 'PONG' 'x', as it is told to have been sent. */
export const PONG = '4 04504f4e4778';
export const UNKNOWN: Frame = [COMMAND, "05 'XYZZY' 'data'"];

/** Both through their handshake. */
export interface Met {
  readonly own: ZmtpConnection;
  /** The octets of the peer's next frames, each; with CURVE each has its number, so all must be given, in order. */
  readonly octetsOf: (...frames: readonly Frame[]) => Uint8Array[];
  /** The frames that are there for the peer, as `flags body`. */
  readonly sent: () => string[];
}

/** A way for frames to travel. */
export interface Wire {
  readonly name: string;
  readonly meet: (type: SocketType, options?: SideOptions, minor?: number) => Met;
}

const IN_THE_CLEAR: Wire = {
  name: 'in the clear',
  meet: (type, options, minor) => {
    const own = readySide(type, options, minor);
    const octetsOf = (...frames: readonly Frame[]): Uint8Array[] =>
      frames.map(([flags, body]) => frame(flags, bodyOf(body)));
    return { own, octetsOf, sent: () => framesIn(taken(own)).map(({ flags, body }) => inWords(flags & ~LONG, body)) };
  },
};

const SEALED: Wire = {
  name: 'sealed',
  meet: (type, options, minor) => {
    const own = serverSide(type, options);
    const partner = PARTNERS[type];
    const metadata = hex(`0B 'Socket-Type' 0000000${partner.length} '${partner}'`);
    feed(own, [curveGreeting(false, minor), frame(COMMAND, hello()), frame(COMMAND, initiate({ metadata }))]);
    own.answer(NOBODY_KNOWN, 0);
    if (drain(own).join() !== 'handshake') throw new Error('no handshake');
    own.takeOutput();
    let count = 2n; // the one of INITIATE
    return {
      own,
      octetsOf: (...frames) =>
        frames.map(([flags, body]) => {
          const inner = (flags & MORE) | ((flags & COMMAND) === 0 ? 0 : 2);
          return frame(0, message('C', (count += 1n), bodyOf(body), { flags: `0${inner}` }));
        }),
      sent: () =>
        framesIn(taken(own)).map(({ body }) => {
          const [inner = 0, ...payload] = contentOf('S', body);
          return inWords((inner & MORE) | ((inner & 2) === 0 ? 0 : COMMAND), Uint8Array.from(payload));
        }),
    };
  },
};

export const BOTH_WIRES: readonly Wire[] = [IN_THE_CLEAR, SEALED];

/** What a connection tells when its peer sends these frames, each in a chunk of its own. */
export function told(
  wire: Wire,
  type: SocketType,
  frames: readonly Frame[],
  options: SideOptions = {},
  minor: 0 | 1 = 1,
): string[] {
  const { own, octetsOf } = wire.meet(type, options, minor);
  return feed(own, octetsOf(...frames));
}

function bodyOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? hex(body) : body;
}

function inWords(flags: number, body: Uint8Array): string {
  return `${flags} ${toHex(body)}`;
}

function framesIn(octets: Uint8Array): { readonly flags: number; readonly body: Uint8Array }[] {
  const frames = [];
  for (let at = 0; at < octets.length;) {
    const [flags = 0, short = 0] = octets.subarray(at);
    const long = (flags & LONG) !== 0;
    const start = at + (long ? 9 : 2);
    const view = new DataView(octets.buffer, octets.byteOffset);
    const end = start + (long ? Number(view.getBigUint64(at + 1)) : short);
    frames.push({ flags, body: octets.subarray(start, end) });
    at = end;
  }
  return frames;
}

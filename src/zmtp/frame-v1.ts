/**
 * RFC 13 "The Framing Layer": a frame of ZMTP 1.0 is a size, a flags octet and a body, and the size counts the flags.
 *
 *      short  |  size  | flags | body …                  size = 1 + octets of the body, 1 to 254
 *      long   | FF | size (8 octets) | flags | body …    network order
 *
 *      flags   7 6 5 4 3 2 1 | 0 MORE
 *
 * There are no commands: bits 1 to 7 are zero when sent and ignored when received. A size of 0 has no room for the
 * flags. RFC 13 would have such a frame discarded, but no peer sends one, and a stream that has lost its step is full of
 * them, so it ends the connection, as in libzmq.
 */
import { MORE, readLongSize, writeSize } from './frame.ts';
import { concat } from './octets.ts';

/** Stands in the place of the size when that takes the eight octets behind. */
export const LONG_V1 = 0xff;

/** Octets of the short head and of the long one, flags included. */
export const SHORT_HEAD_V1 = 2;
export const LONG_HEAD_V1 = 10;

/** Octets that a size counts besides the body: the flags. */
const FLAGS_LENGTH = 1;

/** The head of a frame with a body of `size` octets, in the short form where it fits. Only MORE is left of the flags. */
export function encodeHeadV1(flags: number, size: number): Uint8Array {
  const counted = size + FLAGS_LENGTH;
  return counted < LONG_V1 ? Uint8Array.of(counted, flags & MORE) : encodeLongHeadV1(flags & MORE, size);
}

/** The long head, which every size may have. */
export function encodeLongHeadV1(flags: number, size: number): Uint8Array {
  const head = new Uint8Array(LONG_HEAD_V1);
  head[0] = LONG_V1;
  writeSize(head, 1, size + FLAGS_LENGTH);
  head[LONG_HEAD_V1 - 1] = flags;
  return head;
}

/** Octets of the body behind a head at the start of `octets`; -1 when the size does not even count the flags. */
export function bodySizeV1(octets: Uint8Array): number {
  const [first = 0] = octets;
  return (first === LONG_V1 ? readLongSize(octets, 1) : first) - FLAGS_LENGTH;
}

/** One frame as octets. */
export function encodeFrameV1(flags: number, body: Uint8Array): Uint8Array {
  return concat(encodeHeadV1(flags, body.length), body);
}

/**
 * RFC 37 "Framing": a frame is a flags octet, a size and a body.
 *
 *      short  | flags |  size  | body …            size ≤ 255 in one octet
 *      long   | flags |  size (8 octets)  | body …  network order; LONG is set
 *
 *      flags   7 6 5 4 3 | 2 COMMAND | 1 LONG | 0 MORE
 *
 * Sent: bits 3 to 7 are zero, and the short form wherever it fits. Received: any of both forms, and the upper bits are
 * ignored as libzmq ignores them, since RFC 37 names no reaction to a peer that sets one.
 *
 * ZMTP 2.0 (RFC 15) has the same frames without commands; a frame with that bit is dropped there, as in libzmq.
 */

/** Another frame of the same message follows. Without meaning on a command. */
export const MORE = 0b001;
/** The size takes eight octets. */
export const LONG = 0b010;
/** The body is a command for the connection, not part of a message. */
export const COMMAND = 0b100;

/** The largest body of the short form. */
export const SHORT_MAX = 0xff;

/** Octets of the longest head: flags and an eight-octet size. */
export const HEAD_MAX = 9;

/** Octets the head takes in front of a body of `size` octets. */
export function headLength(size: number): number {
  return size <= SHORT_MAX ? 2 : HEAD_MAX;
}

/** Writes the head of a frame at `offset` and returns where the body begins. `flags` holds MORE and COMMAND only. */
export function writeHead(into: Uint8Array, offset: number, flags: number, size: number): number {
  if (size <= SHORT_MAX) {
    into[offset] = flags;
    into[offset + 1] = size;
    return offset + 2;
  }
  into[offset] = flags | LONG;
  writeSize(into, offset + 1, size);
  return offset + HEAD_MAX;
}

/** Eight octets in network order. Sizes stay below 2^53, so the two halves are exact. */
export function writeSize(into: Uint8Array, offset: number, size: number): void {
  const high = Math.floor(size / 0x1_0000_0000);
  into[offset] = high >>> 24;
  into[offset + 1] = high >>> 16;
  into[offset + 2] = high >>> 8;
  into[offset + 3] = high;
  into[offset + 4] = size >>> 24;
  into[offset + 5] = size >>> 16;
  into[offset + 6] = size >>> 8;
  into[offset + 7] = size;
}

/**
 * The size in eight octets at `offset`. What lies beyond 2^53 loses its last digits, but stays far above every limit,
 * which is all that matters of it.
 */
export function readLongSize(octets: Uint8Array, offset: number): number {
  let size = 0;
  for (let i = 0; i < 8; i += 1) size = size * 256 + (octets[offset + i] ?? 0);
  return size;
}

/** One frame as octets: for commands and tests; messages take the faster road of `frame-writer.ts`. */
export function encodeFrame(flags: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headLength(body.length) + body.length);
  frame.set(body, writeHead(frame, 0, flags, body.length));
  return frame;
}

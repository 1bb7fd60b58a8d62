/** What passes on a wire of ZMTP 3, frame by frame. */

/** Octets of a greeting of ZMTP 3. */
export const GREETING_LENGTH = 64;

/** A frame as it is on the wire. */
export interface WireFrame {
  readonly flags: number;
  readonly body: Buffer;
  /** Head and body. */
  readonly octets: Buffer;
}

const LONG = 0b010;

/** The first frame of the octets, or undefined when it has not arrived whole. */
export function firstFrame(octets: Buffer): WireFrame | undefined {
  const flags = octets[0] ?? 0;
  const head = (flags & LONG) === 0 ? 2 : 9;
  if (octets.length < head) return undefined;
  const size = (flags & LONG) === 0 ? octets.readUInt8(1) : Number(octets.readBigUInt64BE(1));
  if (octets.length < head + size) return undefined;
  return { flags, body: octets.subarray(head, head + size), octets: octets.subarray(0, head + size) };
}

/** The name of the command in a body, or of what looks like one. */
export function nameOf(body: Buffer): string {
  return body.toString('latin1', 1, 1 + (body[0] ?? 0));
}

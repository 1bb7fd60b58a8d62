/** Frames, by RFC 37 "Framing": flags, a size of one octet or eight, the body. Flags and sizes may lie. */
import { join, uint64 } from './octets.ts';

export const MORE = 0b001;
export const LONG = 0b010;
export const COMMAND = 0b100;

export interface FrameLies {
  /** Besides LONG, which follows from the form. Default 0. */
  readonly flags?: number;
  /** Eight octets of size. Default: only above 255. */
  readonly long?: boolean;
  /** What is said of the body's size. Default: the truth. */
  readonly size?: bigint | number;
}

export function frame(body: Uint8Array, lies: FrameLies = {}): Uint8Array {
  const { flags = 0, long = body.length > 0xff, size = body.length } = lies;
  const head = long
    ? join(Uint8Array.of(flags | LONG), uint64(size))
    : Uint8Array.of(flags & 0xff, Number(BigInt.asUintN(8, BigInt(size))));
  return join(head, body);
}

/** A message of one or more parts, as frames. */
export function message(...parts: readonly Uint8Array[]): Uint8Array {
  return join(...parts.map((part, i) => frame(part, { flags: i < parts.length - 1 ? MORE : 0 })));
}

export interface Frame {
  readonly flags: number;
  readonly more: boolean;
  readonly command: boolean;
  /** Whether the size had eight octets. */
  readonly long: boolean;
  readonly body: Uint8Array;
}

/** How many octets the frame at the beginning has, or undefined while its head is not whole. */
export function frameSize(octets: Uint8Array): { head: number; whole: number } | undefined {
  const flags = octets[0];
  const size = octets[1];
  if (flags === undefined || size === undefined) return undefined;
  if ((flags & LONG) === 0) return { head: 2, whole: 2 + size };
  if (octets.length < 9) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset);
  return { head: 9, whole: 9 + Number(view.getBigUint64(1)) };
}

/** @param octets - a whole frame @param head - octets in front of its body */
export function parseFrame(octets: Uint8Array, head: number): Frame {
  const flags = octets[0] ?? 0;
  return {
    flags,
    more: (flags & MORE) !== 0,
    command: (flags & COMMAND) !== 0,
    long: (flags & LONG) !== 0,
    body: octets.subarray(head),
  };
}

/**
 * The wires of ZMTP 2.0 (RFC 15) and 1.0 (RFC 13). Nothing is checked, and sizes and flags may lie.
 *
 *      2.0   | signature | 01 | type | identity, in a frame whose head is that of ZMTP 3 |
 *      1.0   | identity, in a frame of 1.0 |
 *
 *      frame of 1.0   | size | flags | body |              the size counts the flags
 *                     | FF | size (8) | flags | body |
 */
import { MORE } from './frame.ts';
import { show } from './describe.ts';
import { signature } from './greeting.ts';
import { join, uint64 } from './octets.ts';
import { Unreached, type Gone, type RawPeer } from './raw-peer.ts';

/** Octets of a greeting of 2.0 in front of the identity. */
export const GREETING_V2_SIZE = 12;

/** The numbers of RFC 15, and of libzmq, which has gone on counting. */
export const TYPE_NUMBERS = {
  PAIR: 0,
  PUB: 1,
  SUB: 2,
  REQ: 3,
  REP: 4,
  DEALER: 5,
  ROUTER: 6,
  PULL: 7,
  PUSH: 8,
  XPUB: 9,
  XSUB: 10,
} as const;

export interface GreetingV2Fields {
  /** 1 is ZMTP 2.0. */
  readonly revision?: number;
  readonly type: number;
}

/** All in front of the identity. */
export function greetingV2({ revision = 1, type }: GreetingV2Fields): Uint8Array {
  return join(signature(), Uint8Array.of(revision, type));
}

export interface FrameV1Lies {
  readonly flags?: number;
  /** FF and eight octets of size. Default: only where the size does not fit one octet below FF. */
  readonly long?: boolean;
  /** What is said of the size. Default: the truth, the flags counted. */
  readonly size?: number;
}

/** A frame of 1.0; an identity too is one. */
export function frameV1(body: Uint8Array, lies: FrameV1Lies = {}): Uint8Array {
  const { flags = 0, size = body.length + 1, long = size >= 0xff } = lies;
  const head = long ? join(Uint8Array.of(0xff), uint64(size)) : Uint8Array.of(size);
  return join(head, Uint8Array.of(flags), body);
}

export function messageV1(...parts: readonly Uint8Array[]): Uint8Array {
  return join(...parts.map((part, i) => frameV1(part, { flags: i < parts.length - 1 ? MORE : 0 })));
}

export interface FrameV1 {
  readonly flags: number;
  readonly more: boolean;
  /** Whether the size had eight octets. */
  readonly long: boolean;
  readonly body: Uint8Array;
}

/** The next frame of 1.0. One of size 0 has no flags and no body. */
export async function nextFrameV1(peer: RawPeer, withinMs?: number): Promise<FrameV1 | Gone> {
  const octets = await peer.piece(frameSizeV1, whole => describeFrameV1(parseFrameV1(whole)), withinMs);
  return typeof octets === 'string' ? octets : parseFrameV1(octets);
}

export async function expectFrameV1(peer: RawPeer, what: string, withinMs?: number): Promise<FrameV1> {
  const frame = await nextFrameV1(peer, withinMs);
  if (typeof frame === 'string') throw new Unreached(`${frame} in place of ${what}`);
  return frame;
}

function frameSizeV1(octets: Uint8Array): number | undefined {
  const first = octets[0];
  if (first === undefined) return undefined;
  if (first !== 0xff) return 1 + first;
  if (octets.length < 9) return undefined;
  return 9 + Number(new DataView(octets.buffer, octets.byteOffset).getBigUint64(1));
}

function parseFrameV1(octets: Uint8Array): FrameV1 {
  const long = octets[0] === 0xff;
  const flagsAt = long ? 9 : 1;
  const flags = octets[flagsAt] ?? 0;
  return { flags, more: (flags & MORE) !== 0, long, body: octets.subarray(flagsAt + 1) };
}

function describeFrameV1({ flags, more, long, body }: FrameV1): string {
  const odd = (flags & ~MORE) === 0 ? '' : `, flags ${flags.toString(16)}`;
  return `frame of 1.0${more ? ', more' : ''}${long ? ', long' : ''}${odd}: ${show(body)}`;
}

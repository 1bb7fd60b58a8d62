/**
 * Frames of WebSockets, by RFC 6455 section 5. Every bit can be given, sizes may lie, and what comes is not checked.
 *
 *      | FIN, 3 reserved bits, opcode (4) | MASK, size (7) | size (16 or 64) | mask (4 octets) | payload |
 */
import { join, random, uint16, uint64 } from './octets.ts';
import { show } from './describe.ts';
import type { Gone, RawPeer } from './raw-peer.ts';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const MASK = 0x80;

export interface WebSocketFrameLies {
  /** Default: binary. */
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The three bits behind FIN. */
  readonly reserved?: number;
  /** Four octets; `false`: none. Those who send as a client mask. */
  readonly mask: Uint8Array | boolean;
  /** Bits of the size. Default: the fewest that do. */
  readonly sizeBits?: 7 | 16 | 64;
  /** What is said of the size. Default: the truth. */
  readonly size?: number;
}

export function webSocketFrame(payload: Uint8Array, lies: WebSocketFrameLies): Uint8Array {
  const { opcode = OPCODE.binary, fin = true, reserved = 0, size = payload.length } = lies;
  const { sizeBits = size < 126 ? 7 : size < 0x1_0000 ? 16 : 64 } = lies;
  const mask = lies.mask === true ? random(4) : lies.mask === false ? undefined : lies.mask;
  const said = sizeBits === 7 ? size & 0x7f : sizeBits === 16 ? 126 : 127;
  return join(
    Uint8Array.of((fin ? FIN : 0) | ((reserved & 0b111) << 4) | (opcode & 0xf), (mask === undefined ? 0 : MASK) | said),
    sizeBits === 7 ? new Uint8Array(0) : sizeBits === 16 ? uint16(size) : uint64(size),
    mask ?? new Uint8Array(0),
    mask === undefined ? payload : masked(payload, mask),
  );
}

export interface WebSocketFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly reserved: number;
  readonly masked: boolean;
  /** As it was before it was masked. */
  readonly payload: Uint8Array;
}

export async function nextWebSocketFrame(peer: RawPeer, withinMs?: number): Promise<WebSocketFrame | Gone> {
  const octets = await peer.piece(wholeSize, whole => describe(parse(whole)), withinMs);
  return typeof octets === 'string' ? octets : parse(octets);
}

interface Sizes {
  readonly maskAt: number;
  readonly payloadAt: number;
  readonly whole: number;
}

/** Undefined while the head is not whole. */
function sizesOf(octets: Uint8Array): Sizes | undefined {
  const second = octets[1];
  if (second === undefined) return undefined;
  const said = second & 0x7f;
  const maskAt = said < 126 ? 2 : said === 126 ? 4 : 10;
  if (octets.length < maskAt) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset);
  const size = said < 126 ? said : said === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
  const payloadAt = maskAt + ((second & MASK) === 0 ? 0 : 4);
  return { maskAt, payloadAt, whole: payloadAt + size };
}

function wholeSize(octets: Uint8Array): number | undefined {
  return sizesOf(octets)?.whole;
}

function parse(octets: Uint8Array): WebSocketFrame {
  const { maskAt = 0, payloadAt = 0 } = sizesOf(octets) ?? {};
  const first = octets[0] ?? 0;
  const payload = octets.subarray(payloadAt);
  const isMasked = payloadAt > maskAt;
  return {
    opcode: first & 0xf,
    fin: (first & FIN) !== 0,
    reserved: (first >> 4) & 0b111,
    masked: isMasked,
    payload: isMasked ? masked(payload, octets.subarray(maskAt, payloadAt)) : payload,
  };
}

function masked(payload: Uint8Array, mask: Uint8Array): Uint8Array {
  return payload.map((octet, i) => octet ^ (mask[i % 4] ?? 0));
}

function describe({ opcode, fin, masked: isMasked, payload }: WebSocketFrame): string {
  const name = Object.entries(OPCODE).find(([, code]) => code === opcode)?.[0] ?? `opcode ${opcode}`;
  return `WebSocket ${name}${fin ? '' : ', not final'}${isMasked ? ', masked' : ''}: ${show(payload)}`;
}

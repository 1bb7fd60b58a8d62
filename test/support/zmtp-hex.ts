/**
 * Octets as a table shows them: hex cut at field borders, text in quotes, `*` for repetition.
 *
 *      04 29 | 05 'READY' | 0B 'Socket-Type' 00000006 'DEALER'        7F 00*53
 */
import { Buffer } from 'node:buffer';

const TOKEN = /'([^']*)'|([0-9A-Fa-f]+)(?:\*(\d+))?|\||\s+|(.)/g;

/** The octets that a text shows. */
export function hex(text: string): Uint8Array {
  const pieces: Buffer[] = [];
  for (const [token, quoted, digits, times, strange] of text.matchAll(TOKEN)) {
    if (strange !== undefined || (digits?.length ?? 0) % 2 === 1) throw new Error(`"${token}" is not hex`);
    if (quoted !== undefined) pieces.push(Buffer.from(quoted, 'latin1'));
    if (digits !== undefined) pieces.push(...Array<Buffer>(Number(times ?? 1)).fill(Buffer.from(digits, 'hex')));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** Octets as hex, for comparisons that are to be read when they fail. */
export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex');
}

/** `length` octets of which no two neighbours are alike. */
export function pattern(length: number, seed = 0): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) octets[i] = i * 31 + (i >> 8) * 7 + seed;
  return octets;
}

/** Several runs of octets as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** Octets by hand: written in hexadecimal, joined, cut, compared, shown. */
import { randomBytes } from 'node:crypto';

/** `hex('04 19 05')`; spaces are for the eye. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not octets in hexadecimal: ${text}`);
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

export function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

export function toAscii(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}

export function toHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

export function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export function filled(count: number, octet: number): Uint8Array {
  return new Uint8Array(count).fill(octet);
}

export function random(count: number): Uint8Array {
  return new Uint8Array(randomBytes(count));
}

/** A name that nothing else has. */
export function freshName(prefix: string): string {
  return `${prefix}${toHex(random(6))}`;
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

export function uint32(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, value);
  return octets;
}

export function uint64(value: bigint | number): Uint8Array {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)));
  return octets;
}

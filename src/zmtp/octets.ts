/** Octets and ASCII: the few conversions that names on the wire need, without anything a platform would have to offer. */

export const EMPTY: Uint8Array = new Uint8Array(0);

/** The octets of an ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0) & 0x7f);
}

/** Octets as text, each octet one character: exact for ASCII, and never fails. */
export function latin1(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

/** What may be shown of a text that a peer chose: printable ASCII, cut short. */
export function printable(octets: Uint8Array, limit = 64): string {
  const text = latin1(octets.subarray(0, limit)).replace(/[^\x20-\x7e]/g, '.');
  return octets.length > limit ? `${text}…` : text;
}

/** Whether `octets` holds `expected` at `offset`. */
export function hasAt(octets: Uint8Array, offset: number, expected: Uint8Array): boolean {
  if (octets.length < offset + expected.length) return false;
  for (let i = 0; i < expected.length; i += 1) {
    if (octets[offset + i] !== expected[i]) return false;
  }
  return true;
}

/** Several runs of octets as one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The greeting, by RFC 37 "Version Negotiation": every field can be given, and none is checked. */
import { ascii, filled, join, toAscii } from './octets.ts';

export const GREETING_SIZE = 64;
/** FF, eight octets of padding, 7F. */
export const SIGNATURE_SIZE = 10;

export interface GreetingFields {
  /** Ten octets. */
  readonly signature?: Uint8Array;
  readonly major?: number;
  readonly minor?: number;
  /** Padded with NULs, or 20 octets. */
  readonly mechanism?: string | Uint8Array;
  readonly asServer?: number;
  /** 31 octets. */
  readonly filler?: Uint8Array;
}

export function greeting(fields: GreetingFields = {}): Uint8Array {
  const { major = 3, minor = 1, mechanism = 'NULL', asServer = 0 } = fields;
  const name = typeof mechanism === 'string' ? ascii(mechanism) : mechanism;
  return join(
    fields.signature ?? signature(),
    Uint8Array.of(major, minor),
    name,
    filled(20 - name.length, 0),
    Uint8Array.of(asServer),
    fields.filler ?? filled(31, 0),
  );
}

export function signature(padding: Uint8Array = filled(8, 0)): Uint8Array {
  return join(Uint8Array.of(0xff), padding, Uint8Array.of(0x7f));
}

export interface Greeting {
  readonly octets: Uint8Array;
  readonly signature: Uint8Array;
  readonly major: number;
  readonly minor: number;
  /** All 20 octets. */
  readonly mechanism: Uint8Array;
  /** Up to the first NUL. */
  readonly mechanismName: string;
  readonly asServer: number;
  readonly filler: Uint8Array;
}

/** @param octets - 64 of them */
export function parseGreeting(octets: Uint8Array): Greeting {
  const mechanism = octets.subarray(12, 32);
  const end = mechanism.indexOf(0);
  return {
    octets,
    signature: octets.subarray(0, 10),
    major: octets[10] ?? -1,
    minor: octets[11] ?? -1,
    mechanism,
    mechanismName: toAscii(mechanism.subarray(0, end === -1 ? 20 : end)),
    asServer: octets[32] ?? -1,
    filler: octets.subarray(33, 64),
  };
}

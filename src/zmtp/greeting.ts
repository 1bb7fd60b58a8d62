/**
 * RFC 37 "Version Negotiation": 64 octets that each side sends first.
 *
 *      0          1 … 8        9    10     11     12 … 31      32          33 … 63
 *      | FF | padding (8) | 7F | major | minor | mechanism | as-server | filler (31) |
 *      └────── signature ──────┘
 *
 * The greeting is sent in three steps, each when the peer has shown enough, because the older versions of ZMTP differ
 * from it right behind the signature and behind the major version (libzmq does the same):
 *
 *      at once                             signature
 *      peer's signature has an odd octet 9 major
 *      peer's major is 3 or more           all the rest
 *
 * A peer must therefore never wait for all 64 octets before it sends its own.
 */
import { IncompatiblePeerError, ProtocolError } from '../errors.ts';
import { ascii, concat, printable } from './octets.ts';

export const GREETING_LENGTH = 64;

const MAJOR = 3;
const MINOR = 1;
const MAJOR_AT = 10;
const MINOR_AT = 11;
const MECHANISM_AT = 12;
const MECHANISM_LENGTH = 20;
const AS_SERVER_AT = 32;

/**
 * To a ZMTP 1.0 peer the signature is the head of a long frame, whose size counts an identity of no octets and the
 * flags. Everybody else ignores octets 1 to 8.
 */
const SIGNATURE: Uint8Array = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f);

/** What a greeting says. */
export interface Greeting {
  readonly major: number;
  readonly minor: number;
  /** The name without its padding. */
  readonly mechanism: string;
  readonly asServer: boolean;
}

/** The version that two peers of this core's kind agree on: ours, or the peer's where it is older. */
export interface Version {
  readonly major: 3;
  readonly minor: 0 | 1;
}

/** A whole greeting of version 3.1. */
export function encodeGreeting({ mechanism, asServer }: Pick<Greeting, 'mechanism' | 'asServer'>): Uint8Array {
  const name = new Uint8Array(MECHANISM_LENGTH);
  name.set(ascii(mechanism));
  const filler = new Uint8Array(GREETING_LENGTH - AS_SERVER_AT - 1);
  return concat(SIGNATURE, Uint8Array.of(MAJOR, MINOR), name, Uint8Array.of(asServer ? 1 : 0), filler);
}

/**
 * The pieces of our greeting that a peer which has sent `received` octets of its own is ready for, from octet `sent` on.
 * @throws ProtocolError ERR_ZMTP_NOT_ZMTP when the peer's octets cannot begin a greeting
 * @throws IncompatiblePeerError ERR_ZMTP_UNSUPPORTED_VERSION for ZMTP 1.0 and 2.0
 */
export function dueOctets(own: Uint8Array, sent: number, received: Uint8Array): Uint8Array {
  return own.subarray(sent, dueLength(received));
}

function dueLength(received: Uint8Array): number {
  const [first] = received;
  if (first === undefined) return SIGNATURE.length;
  // An unversioned ZMTP 1.0 peer begins with the length of its identity; so does, as it were, any other protocol.
  if (first !== 0xff) throw notZmtp(received);
  if (received.length < SIGNATURE.length) return SIGNATURE.length;
  if (((received[SIGNATURE.length - 1] ?? 0) & 1) === 0) throw notZmtp(received);
  const major = received[MAJOR_AT];
  if (major === undefined) return SIGNATURE.length + 1;
  // 0 and 1 are ZMTP 1.0 and 2.0 behind a signature; no version 2 was ever published (libzmq takes it for 3.1).
  if (major < 2) {
    throw new IncompatiblePeerError(
      'ERR_ZMTP_UNSUPPORTED_VERSION',
      `the peer speaks ZMTP ${major === 0 ? '1.0' : '2.0'}, this side 3.0 and later`,
    );
  }
  return GREETING_LENGTH;
}

/** The 64 octets as fields; the caller has checked them with {@link dueOctets} on their way. */
export function decodeGreeting(octets: Uint8Array): Greeting {
  const name = octets.subarray(MECHANISM_AT, MECHANISM_AT + MECHANISM_LENGTH);
  let end = MECHANISM_LENGTH;
  while (end > 0 && name[end - 1] === 0) end -= 1;
  return {
    major: octets[MAJOR_AT] ?? 0,
    minor: octets[MINOR_AT] ?? 0,
    mechanism: printable(name.subarray(0, end), MECHANISM_LENGTH),
    asServer: octets[AS_SERVER_AT] === 1,
  };
}

/**
 * The version to speak with the sender of a greeting. "A peer MUST accept higher versions" (RFC 37).
 * @throws IncompatiblePeerError ERR_ZMTP_MECHANISM_MISMATCH, since all 20 octets must agree
 */
export function agree(peer: Greeting, ownMechanism: string): Version {
  if (peer.mechanism !== ownMechanism) {
    throw new IncompatiblePeerError(
      'ERR_ZMTP_MECHANISM_MISMATCH',
      `the peer wants mechanism "${peer.mechanism}", this side ${ownMechanism}`,
    );
  }
  return { major: 3, minor: peer.major === 3 && peer.minor === 0 ? 0 : 1 };
}

function notZmtp(received: Uint8Array): ProtocolError {
  return new ProtocolError('ERR_ZMTP_NOT_ZMTP', `the peer's first octets are "${printable(received, 10)}"`);
}

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
 *      peer's major is 2 or more           all the rest
 *
 * A peer must therefore never wait for all 64 octets before it sends its own. What older peers get instead of the rest
 * is told in `legacy-greeting.ts`; here is how they are told apart:
 *
 *      octet 0 is not FF       1.0, which has no greeting: this is the head of its identity frame
 *      octet 9 is even         the same, in the long form
 *      octet 10 is 0           1.0 behind a signature
 *      octet 10 is 1           2.0
 *      octet 10 is 2 or more   3.x; no version 2 was ever published (libzmq takes it for 3.1)
 */
import { IncompatiblePeerError, ProtocolError } from '../errors.ts';
import { bodySizeV1, encodeLongHeadV1, LONG_HEAD_V1, LONG_V1, SHORT_HEAD_V1 } from './frame-v1.ts';
import { IDENTITY_MAX } from './identity.ts';
import { ascii, concat, printable } from './octets.ts';

export const GREETING_LENGTH = 64;

/** Our version. */
export const MAJOR = 3;
const MINOR = 1;
const MAJOR_AT = 10;
const MINOR_AT = 11;
const MECHANISM_AT = 12;
const MECHANISM_LENGTH = 20;
const AS_SERVER_AT = 32;

const SIGNATURE_LENGTH = 10;
/** Where a frame of ZMTP 1.0 has its flags: odd, as if more frames came, which no identity frame says. */
const SIGNATURE_FLAGS = 0x7f;

/** What a greeting says. */
export interface Greeting {
  readonly major: number;
  readonly minor: number;
  /** The name without its padding. */
  readonly mechanism: string;
  readonly asServer: boolean;
}

/** The version that is spoken on a connection: ours, or the peer's where it is older. */
export type Version =
  | { readonly major: 3; readonly minor: 0 | 1 }
  | { readonly major: 2; readonly minor: 0 }
  | { readonly major: 1; readonly minor: 0 };

/** The wires that a peer's first octets tell apart. */
export type Wire = '1.0' | '1.0 behind a signature' | '2.0' | '3.x';

/**
 * The first 10 octets. To a peer of ZMTP 1.0 they are the head of a long frame, whose size counts our identity and the
 * flags; everybody else ignores octets 1 to 8.
 */
export function encodeSignature(identityLength: number): Uint8Array {
  return encodeLongHeadV1(SIGNATURE_FLAGS, identityLength);
}

/** A whole greeting of version 3.1. */
export function encodeGreeting({
  mechanism,
  asServer,
  identityLength = 0,
}: Pick<Greeting, 'mechanism' | 'asServer'> & {
  /** Octets of our routing id, for the sake of peers of ZMTP 1.0. */
  readonly identityLength?: number;
}): Uint8Array {
  const name = new Uint8Array(MECHANISM_LENGTH);
  name.set(ascii(mechanism));
  const filler = new Uint8Array(GREETING_LENGTH - AS_SERVER_AT - 1);
  const signature = encodeSignature(identityLength);
  return concat(signature, Uint8Array.of(MAJOR, MINOR), name, Uint8Array.of(asServer ? 1 : 0), filler);
}

/**
 * The wire that a peer speaks who has sent these octets first; undefined: they do not tell yet.
 *
 * To libzmq everything without a signature is ZMTP 1.0, so that a browser that has lost its way becomes a peer who never
 * says anything. Here such octets must be the head of a frame that can hold an identity, with no flags: size 1 to 254,
 * then 0; or FF, size 1 to 256, then 0. RFC 13 forbids to look at those flags, but every peer of its time sends zero,
 * and HTTP, TLS and SSH do not.
 * @throws ProtocolError ERR_ZMTP_NOT_ZMTP when the octets cannot begin a greeting or an identity frame
 */
export function recognizeWire(received: Uint8Array): Wire | undefined {
  const [first] = received;
  if (first === undefined) return undefined;
  if (first !== LONG_V1) return recognizeIdentity(received, SHORT_HEAD_V1);
  const last = received[SIGNATURE_LENGTH - 1];
  if (last === undefined) return undefined;
  if ((last & 1) === 0) return recognizeIdentity(received, LONG_HEAD_V1);
  const major = received[MAJOR_AT];
  if (major === undefined) return undefined;
  if (major > 1) return '3.x';
  return major === 1 ? '2.0' : '1.0 behind a signature';
}

function recognizeIdentity(received: Uint8Array, headLength: number): '1.0' | undefined {
  const size = bodySizeV1(received);
  const flags = received[headLength - 1];
  if (size < 0 || size > IDENTITY_MAX || (flags !== undefined && flags !== 0)) throw notZmtp(received);
  return flags === undefined ? undefined : '1.0';
}

/**
 * The pieces of a greeting of ours, from octet `sent` on, that a peer is ready for who has sent `received` octets of a
 * greeting. That may be a greeting of an older version, which differs behind the major.
 */
export function dueOctets(own: Uint8Array, sent: number, received: number): Uint8Array {
  if (received < SIGNATURE_LENGTH) return own.subarray(sent, SIGNATURE_LENGTH);
  return own.subarray(sent, received === SIGNATURE_LENGTH ? MAJOR_AT + 1 : own.length);
}

/** The 64 octets as fields; {@link recognizeWire} has looked at them on their way. */
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

/** What the peer has begun with is of another protocol. */
export function notZmtp(received: Uint8Array): ProtocolError {
  return new ProtocolError('ERR_ZMTP_NOT_ZMTP', `the peer's first octets are "${printable(received, 10)}"`);
}

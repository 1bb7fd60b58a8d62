/**
 * How peers of ZMTP 1.0 (RFC 13, libzmq 2) and 2.0 (RFC 15, libzmq 3) are met. They have no mechanisms, no commands and
 * no properties: after the greeting, if there is one, each side sends its identity as the first frame, then messages.
 *
 *      1.0                       | size | 00 | identity |                        the flags of `frame-v1.ts` are zero
 *      1.0 behind a signature    | FF | padding (8) | 7F | 00 | type | identity in a frame of 1.0
 *      2.0                       | FF | padding (8) | 7F | 01 | type | identity in a frame of 2.0
 *
 * They get from us what libzmq gives them. A peer of plain 1.0 has by then read our signature as the head of a long
 * frame, which counts the octets of our identity, so only these follow. The others read a greeting of 12 octets:
 *
 *      0 … 9        10     11
 *      | signature | 03 | type |
 *
 * The type is libzmq's number, from 0 to 10; RFC 15 has XPUB and XSUB call themselves PUB and SUB, which libzmq never
 * did. That of the peer is told to whoever asks and refuses nobody, as in libzmq: it may be a number of another library.
 *
 * Nothing in these versions proves who the peer is. Where a mechanism has to, no such peer is let in: else everybody
 * could come round the mechanism by claiming to be old.
 */
import type { Memory } from '../message.ts';
import type { PeerProfile } from './events.ts';
import { encodeSignature, MAJOR, notZmtp, type Version, type Wire } from './greeting.ts';
import { takeIdentity } from './identity.ts';
import { Metadata } from './metadata.ts';
import { concat } from './octets.ts';
import { CLASSIC_TYPES, type ClassicType } from './socket-type.ts';

/** The wires of older peers. */
export type LegacyWire = Exclude<Wire, '3.x'>;

const TYPE_AT = 11;

/** The greeting that we send behind a signature to an older peer, who sends one of the same length. */
export const LEGACY_GREETING_LENGTH = 12;

/** Our greeting for an older peer. */
export function encodeLegacyGreeting(socketType: ClassicType, identityLength: number): Uint8Array {
  return concat(encodeSignature(identityLength), Uint8Array.of(MAJOR, CLASSIC_TYPES.indexOf(socketType)));
}

/** Octets of a peer's greeting, after which its identity frame follows. */
export function greetingLength(wire: LegacyWire): number {
  return wire === '1.0' ? 0 : LEGACY_GREETING_LENGTH;
}

/** The version of a wire. */
export function versionOf(wire: LegacyWire): Version {
  return { major: wire === '2.0' ? 2 : 1, minor: 0 };
}

/**
 * What an older peer has told of itself by its greeting, if it has sent one, and the body of its first frame.
 * @throws ProtocolError for what cannot be an identity: ERR_ZMTP_NOT_ZMTP where nothing else has shown that the peer
 * speaks ZMTP, else ERR_ZMTP_INVALID_METADATA
 */
export function legacyProfile(
  wire: LegacyWire,
  greeting: Uint8Array,
  identity: Uint8Array,
  memory: Memory,
): PeerProfile {
  if (wire === '1.0' && identity[0] === 0) throw notZmtp(identity);
  return {
    version: versionOf(wire),
    socketType: CLASSIC_TYPES[greeting[TYPE_AT] ?? CLASSIC_TYPES.length],
    routingId: takeIdentity(identity, memory),
    metadata: new Metadata([]),
  };
}

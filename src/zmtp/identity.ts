/**
 * The identity a peer announces: 1 to 255 octets, the first of them not zero, since ids that begin with zero are those a
 * ROUTER makes up (RFC 37 "The Identity Property", RFC 13 and 15 for older peers). None is an identity of no octets.
 */
import { ProtocolError } from '../errors.ts';
import type { Memory } from '../message.ts';

/** Octets an identity has at most. */
export const IDENTITY_MAX = 255;

/**
 * A copy of a peer's identity, of the same make as the parts of messages, since a ROUTER receives it as one.
 * @throws ProtocolError ERR_ZMTP_INVALID_METADATA for an identity that the RFCs forbid; libzmq takes those
 */
export function takeIdentity(octets: Uint8Array, memory: Memory): Uint8Array {
  if (octets.length > IDENTITY_MAX) {
    const what = `identity of ${String(octets.length)} octets, limit ${String(IDENTITY_MAX)}`;
    throw new ProtocolError('ERR_ZMTP_INVALID_METADATA', what);
  }
  if (octets[0] === 0) {
    throw new ProtocolError('ERR_ZMTP_INVALID_METADATA', 'identity that begins with a zero octet');
  }
  const copied = memory.allocate(octets.length);
  copied.set(octets);
  return copied;
}

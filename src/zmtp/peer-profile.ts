/** What a peer says of itself in a handshake of ZMTP 3, checked (RFC 37 "Connection Metadata"). */
import { IncompatiblePeerError } from '../errors.ts';
import type { Memory } from '../message.ts';
import type { PeerProfile } from './events.ts';
import type { Version } from './greeting.ts';
import { takeIdentity } from './identity.ts';
import type { Metadata } from './metadata.ts';
import { EMPTY, latin1, printable } from './octets.ts';
import { announcesIdentity, mayTalk, SOCKET_TYPES, type SocketType } from './socket-type.ts';

/**
 * Checks what a peer says of itself.
 * @throws IncompatiblePeerError ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE
 * @throws ProtocolError ERR_ZMTP_INVALID_METADATA for an identity that RFC 37 forbids; libzmq takes those
 */
export function profileOf(own: SocketType, version: Version, metadata: Metadata, memory: Memory): PeerProfile {
  const types = metadata.all('Socket-Type');
  for (const type of types) {
    if (mayTalk(own, latin1(type))) continue;
    throw new IncompatiblePeerError(
      'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE',
      `a peer of type "${printable(type)}" came to a ${own}`,
    );
  }
  const [type] = types;
  const socketType = type === undefined ? undefined : latin1(type);
  const known = SOCKET_TYPES.find(name => name === socketType);
  const routingId =
    known === undefined || announcesIdentity(known) ? (metadata.all('Identity').at(-1) ?? EMPTY) : EMPTY;
  return { version, socketType, routingId: takeIdentity(routingId, memory), metadata };
}

/** How handshakes fail, whatever the mechanism. */
import { AuthenticationError, ProtocolError } from '../../errors.ts';
import { ascii, printable } from '../octets.ts';

/** A command that has no place here. */
export function unexpected(body: Uint8Array, expected: string): ProtocolError {
  const name = printable(body.subarray(1, 1 + (body[0] ?? 0)));
  return new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', `"${name}" in place of ${expected}`);
}

/** A refusal as the peer worded it. Three digits are a status of RFC 27, which is how libzmq words its own. */
export function refusedByPeer(reason: string): AuthenticationError {
  const status = /^[1-5][0-9]{2}$/.test(reason) ? Number(reason) : undefined;
  return new AuthenticationError(
    'ERR_ZMTP_REFUSED_BY_PEER',
    `the peer refused the connection: "${printable(ascii(reason), 255)}"`,
    status,
  );
}

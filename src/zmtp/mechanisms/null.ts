/**
 * RFC 37 "The NULL Mechanism": each side sends READY with its properties, and takes the other's. Both are sent at once
 * (as RFC 23 has it, and libzmq does); RFC 37 lets the connecting side begin, which a peer cannot tell apart.
 */
import { AuthenticationError, ProtocolError } from '../../errors.ts';
import { decodeCommand, decodeError, encodeCommand } from '../command.ts';
import type { Mechanism, MechanismStep } from '../mechanism.ts';
import { decodeProperties, encodeProperties, type Property } from '../metadata.ts';
import { ascii, printable } from '../octets.ts';

/** No security at all. */
export class NullMechanism implements Mechanism {
  readonly name = 'NULL';
  readonly asServer = false;
  readonly #properties: readonly Property[];

  /** @param properties - what READY tells of this side */
  constructor(properties: readonly Property[]) {
    this.#properties = properties;
  }

  start(): MechanismStep {
    return { commands: [encodeCommand('READY', encodeProperties(this.#properties))], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    const { name, data } = decodeCommand(body);
    if (name === 'READY') return { commands: [], peer: decodeProperties(data) };
    if (name === 'ERROR') throw refusedByPeer(decodeError(data));
    throw new ProtocolError(
      'ERR_ZMTP_UNEXPECTED_COMMAND',
      `"${printable(body.subarray(1, 1 + (body[0] ?? 0)))}" in place of READY`,
    );
  }
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

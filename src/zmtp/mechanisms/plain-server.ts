/**
 * RFC 24, the server's side (`plain-client.ts` draws both): it takes a name and a password, has them asked about, and says
 * nothing before the answer.
 *
 * A refusal is an ERROR as the RFC spells it. libzmq's clients expect their servers' misspelling and take this one for a
 * breach of the protocol: either way they stay away.
 */
import { ProtocolError } from '../../errors.ts';
import { decodeCommand, encodeCommand } from '../command.ts';
import type { Mechanism, MechanismStep } from '../mechanism.ts';
import { decodeProperties, encodeProperties, type Property } from '../metadata.ts';
import { concat, EMPTY } from '../octets.ts';
import { unexpected } from './refusals.ts';

/** Lets in whom somebody knows. */
export class PlainServer implements Mechanism {
  readonly name = 'PLAIN';
  readonly asServer = true;
  readonly #properties: readonly Property[];
  #expected: 'HELLO' | 'nothing yet' | 'INITIATE' = 'HELLO';
  #password: Uint8Array = EMPTY;

  /** @param properties - what READY tells of this side */
  constructor(properties: readonly Property[]) {
    this.#properties = properties;
  }

  start(): MechanismStep {
    return { commands: [], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    const { name, data } = decodeCommand(body);
    if (name !== this.#expected) throw unexpected(body, this.#expected);
    if (name === 'INITIATE') {
      const ready = encodeCommand('READY', encodeProperties(this.#properties));
      return { commands: [ready], peer: decodeProperties(data) };
    }
    const { username, password } = decodeHello(data);
    this.#expected = 'nothing yet';
    this.#password = password;
    return { commands: [], peer: undefined, credentials: { mechanism: 'PLAIN', frames: [username, password] } };
  }

  admit(): MechanismStep {
    this.#expected = 'INITIATE';
    return { commands: [encodeCommand('WELCOME', EMPTY)], peer: undefined };
  }

  wipe(): void {
    this.#password.fill(0);
  }
}

/** What HELLO holds. */
export interface PlainHello {
  readonly username: Uint8Array;
  readonly password: Uint8Array;
}

/**
 * Name and password in the data of a HELLO, copied.
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_HELLO when a length does not fit, or more follows
 */
export function decodeHello(data: Uint8Array): PlainHello {
  const passwordAt = 1 + (data[0] ?? 0);
  const end = passwordAt + 1 + (data[passwordAt] ?? 0);
  if (end !== data.length) {
    const what = `HELLO with ${String(data.length)} octets of data, which are no name and password`;
    throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_HELLO', what);
  }
  return { username: concat(data.subarray(1, passwordAt)), password: concat(data.subarray(passwordAt + 1)) };
}

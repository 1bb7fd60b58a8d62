/**
 * RFC 24, the client's side: a user name and a password, in the clear.
 *
 *      client                                  server
 *      HELLO | 05 | HELLO | length | user | length | password ─▶   asks whether they may come in
 *                                              ◀─ | 07 | WELCOME |
 *      | 08 | INITIATE | properties ─▶
 *                                              ◀─ | 05 | READY | properties
 *
 * At either step the server may say ERROR instead. libzmq's servers spell it wrong (5E "RROR": a hexadecimal escape of C
 * has eaten the E); both are understood.
 */
import { ProtocolError } from '../../errors.ts';
import { decodeCommand, decodeError, encodeCommand } from '../command.ts';
import type { Mechanism, MechanismStep } from '../mechanism.ts';
import { decodeProperties, encodeProperties, type Property } from '../metadata.ts';
import { ascii, concat, hasAt } from '../octets.ts';
import { refusedByPeer, unexpected } from './refusals.ts';

/** How libzmq begins an ERROR of PLAIN. */
const MISSPELT_ERROR = concat(Uint8Array.of(0x5e), ascii('RROR'));

/** What a client shows and tells. */
export interface PlainClientOptions {
  /** At most 255 octets each; may be empty. */
  readonly username: Uint8Array;
  readonly password: Uint8Array;
  /** What INITIATE tells of this side. */
  readonly properties: readonly Property[];
}

/** Comes with a name and a password. */
export class PlainClient implements Mechanism {
  readonly name = 'PLAIN';
  readonly asServer = false;
  readonly #hello: Uint8Array;
  readonly #properties: readonly Property[];
  #expected: 'WELCOME' | 'READY' = 'WELCOME';

  constructor({ username, password, properties }: PlainClientOptions) {
    const lengths = [Uint8Array.of(username.length), Uint8Array.of(password.length)] as const;
    this.#hello = encodeCommand('HELLO', concat(lengths[0], username, lengths[1], password));
    this.#properties = properties;
  }

  start(): MechanismStep {
    return { commands: [this.#hello], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    if (hasAt(body, 0, MISSPELT_ERROR)) throw refusedByPeer(decodeError(body.subarray(MISSPELT_ERROR.length)));
    const { name, data } = decodeCommand(body);
    if (name === 'ERROR') throw refusedByPeer(decodeError(data));
    if (name !== this.#expected) throw unexpected(body, this.#expected);
    if (name === 'READY') return { commands: [], peer: decodeProperties(data) };
    if (data.length > 0) {
      const what = `WELCOME with ${String(data.length)} octets of data, expected none`;
      throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_WELCOME', what);
    }
    this.#expected = 'READY';
    return { commands: [encodeCommand('INITIATE', encodeProperties(this.#properties))], peer: undefined };
  }

  admit(): MechanismStep {
    return { commands: [], peer: undefined }; // a client asks nobody
  }

  wipe(): void {
    this.#hello.fill(0, 1 + 'HELLO'.length);
  }
}

/**
 * RFC 37 "The NULL Mechanism": each side sends READY with its properties, and takes the other's. Both are sent at once
 * (as RFC 23 has it, and libzmq does); RFC 37 lets the connecting side begin, which a peer cannot tell apart.
 *
 * Whoever wants to know whom it talks to may have the other asked about (RFC 27), by its address alone: then READY is sent
 * when the answer has come.
 */
import { decodeCommand, decodeError, encodeCommand } from '../command.ts';
import type { Credentials, Mechanism, MechanismStep } from '../mechanism.ts';
import { decodeProperties, encodeProperties, type Metadata, type Property } from '../metadata.ts';
import { refusedByPeer, unexpected } from './refusals.ts';

const NOBODY: Credentials = { mechanism: 'NULL', frames: [] };

/** No security at all. */
export class NullMechanism implements Mechanism {
  readonly name = 'NULL';
  readonly asServer = false;
  readonly #properties: readonly Property[];
  #asks: boolean; // somebody has to say yes yet
  #peer: Metadata | undefined; // while that is so

  /**
   * @param properties - what READY tells of this side
   * @param asks - whether somebody is asked who may come in
   */
  constructor(properties: readonly Property[], asks = false) {
    this.#properties = properties;
    this.#asks = asks;
  }

  start(): MechanismStep {
    if (this.#asks) return { commands: [], peer: undefined, credentials: NOBODY };
    return { commands: [this.#ready()], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    const { name, data } = decodeCommand(body);
    if (name === 'READY') return this.#meet(decodeProperties(data));
    if (name === 'ERROR') throw refusedByPeer(decodeError(data));
    throw unexpected(body, 'READY');
  }

  admit(): MechanismStep {
    this.#asks = false;
    return { commands: [this.#ready()], peer: this.#peer };
  }

  wipe(): void {
    // there are no secrets
  }

  /** What the peer sends behind its READY are messages: they wait. */
  #meet(peer: Metadata): MechanismStep {
    if (!this.#asks) return { commands: [], peer };
    this.#peer = peer;
    return { commands: [], peer: undefined, holds: true };
  }

  #ready(): Uint8Array {
    return encodeCommand('READY', encodeProperties(this.#properties));
  }
}

/**
 * The contract of a security mechanism: the part of a connection between greeting and traffic (RFC 37 "Authentication
 * and Confidentiality"). A mechanism is pure: bodies of command frames in, bodies of command frames out.
 */
import type { Metadata } from './metadata.ts';

/** What a mechanism wants after it was told something. */
export interface MechanismStep {
  /** Bodies of command frames to send, in order. */
  readonly commands: readonly Uint8Array[];
  /** The peer's properties: the handshake is done. Undefined: it goes on. */
  readonly peer: Metadata | undefined;
}

/** One side of one handshake. */
export interface Mechanism {
  /** The name in the greeting, at most 20 octets. */
  readonly name: string;
  /** What the greeting says of the role; NULL has none and says false. */
  readonly asServer: boolean;
  /** Both greetings have been exchanged. */
  start(): MechanismStep;
  /**
   * A command from the peer.
   * @throws ProtocolError when it has no place here or cannot be read
   */
  receive(body: Uint8Array): MechanismStep;
}

/**
 * The contract of a security mechanism: the part of a connection between greeting and traffic (RFC 37 "Authentication
 * and Confidentiality"). A mechanism is pure: bodies of command frames in, bodies of command frames out. Whom to let in is
 * a question to the world: it goes out with a step, and the answer comes back as an input.
 */
import type { Memory } from '../message.ts';
import type { FrameReader } from './frame-reader.ts';
import type { FrameSink, FrameSource } from './framing.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Metadata } from './metadata.ts';

/** What a peer shows in order to be let in, as a ZAP request tells it (RFC 27). */
export interface Credentials {
  readonly mechanism: 'NULL' | 'PLAIN' | 'CURVE';
  /** NULL: none. PLAIN: user name and password. CURVE: the peer's long-term public key, 32 octets. */
  readonly frames: readonly Uint8Array[];
}

/** The peer may come in (status 200 of RFC 27). */
export interface Admission {
  /** What the application knows the peer by; empty when nobody has said. */
  readonly userId: string;
  /** What else is known of it. */
  readonly metadata: Metadata;
}

/** How frames travel when the handshake is done, where they do not travel in the clear. */
export interface Envelope {
  /** Opens what comes out of `frames`. */
  source(frames: FrameReader, memory: Memory): FrameSource;
  /** Seals what is put into `frames`. */
  sink(frames: FrameWriter): FrameSink;
  /** The connection is over: keys are not needed any more. */
  wipe(): void;
}

/** What a mechanism wants after it was told something. */
export interface MechanismStep {
  /** Bodies of command frames to send, in order. */
  readonly commands: readonly Uint8Array[];
  /** The peer's properties: the handshake is done. Undefined: it goes on. */
  readonly peer: Metadata | undefined;
  /** With the peer's properties: what frames travel in from now on, after the commands. None: in the clear. */
  readonly envelope?: Envelope;
  /** May whoever shows this come in? {@link Mechanism.admit} is called if so; what else comes meanwhile is still told. */
  readonly credentials?: Credentials;
  /** Nothing more can be done, or should be read, before that is known. */
  readonly holds?: boolean;
}

/** One side of one handshake. It takes each command once, so their number needs no other limit. */
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
  /** The peer that was asked about may come in. */
  admit(): MechanismStep;
  /** The connection is over, or the handshake is done: secrets are not needed any more. */
  wipe(): void;
}

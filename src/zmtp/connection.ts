/**
 * One ZMTP connection as a pure machine: octets in, events out; messages in, octets out. It never waits, never reads a
 * clock and never throws at what a peer sends.
 *
 *      greeting ──▶ handshake ──▶ traffic ──▶ over          each phase may go straight to over
 *          └─────▶ identity ────────▲                       peers of ZMTP 1.0 and 2.0
 *
 * After every input the shell drains: events, output, deadline.
 *
 * ```ts
 * connection.receive(bytes, now);
 * for (let event; (event = connection.nextEvent()); ) handle(event);
 * for (const chunk of connection.takeOutput()) stream.write(chunk);
 * wakeAt(connection.deadline());
 * ```
 */
import { AuthenticationError, IncompatiblePeerError, ProtocolError, UsageError } from '../errors.ts';
import { plainMemory, type Memory, type Message } from '../message.ts';
import { decodeCommand, decodePing, encodeCommand, encodeError, encodePing } from './command.ts';
import { dialectOf, type Dialect } from './dialect.ts';
import type { ConnectionEvent, PeerProfile } from './events.ts';
import { BODY_MAX, FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { FrameReaderV1 } from './frame-reader-v1.ts';
import { FrameWriterV1 } from './frame-writer-v1.ts';
import { COMMAND, MORE } from './frame.ts';
import type { FrameSink, FrameSource } from './framing.ts';
import {
  agree,
  decodeGreeting,
  dueOctets,
  encodeGreeting,
  GREETING_LENGTH,
  recognizeWire,
  type Version,
} from './greeting.ts';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';
import { encodeLegacyGreeting, greetingLength, legacyProfile, versionOf, type LegacyWire } from './legacy-greeting.ts';
import type { Admission, Envelope, Mechanism, MechanismStep } from './mechanism.ts';
import type { Metadata } from './metadata.ts';
import { EMPTY } from './octets.ts';
import { profileOf } from './peer-profile.ts';
import { isClassic, isPublisher, type SocketType } from './socket-type.ts';
import { Slab } from './slab.ts';
import { encodeSubscription } from './subscription.ts';

/** The verbs of a connection, and what can be read off it. */
export interface Connection {
  /** Octets from the peer, in order; they belong to the connection now. Never throws: a bad peer is an event. */
  receive(bytes: Uint8Array, now: number): void;
  /** The oldest event, with at most so many messages. Pulled: what is not asked for stays undecoded. */
  nextEvent(mostMessages?: number): ConnectionEvent | undefined;
  /** Who was asked about by an `authenticate` event may come in, or may not and why. Too late, it changes nothing. */
  answer(answer: Admission | ProtocolError, now: number): void;
  /** Encodes a message. Only after the `handshake` event; its parts must not change until they are written. */
  send(message: Message): void;
  /** Heads and bodies to be written, in order and unjoined. */
  takeOutput(): Uint8Array[];
  /** All that was taken has been written, so its memory may be used again. Whoever does not tell loses some speed. */
  outputWritten(): void;
  /** The one moment the connection waits for. */
  deadline(): number | undefined;
  /** That moment, or a later one, has come. What follows from it is an event or output. */
  tick(now: number): void;
  /** The shell stops or begins to read: while it does not, the peer's silence proves nothing. */
  listen(listening: boolean, now: number): void;
  /** The stream is gone, and nothing more is asked for: keys are wiped. */
  close(): void;
  /** Octets that {@link takeOutput} would give. */
  readonly outputBytes: number;
}

/** What a connection is made for. */
export interface ConnectionOptions {
  readonly socketType: SocketType;
  readonly mechanism: Mechanism;
  /** What older peers are told, who know no properties; READY tells what the mechanism was given. None: empty. */
  readonly routingId?: Uint8Array;
  /**
   * Whether peers of ZMTP 1.0 and 2.0 are let in, who can prove nothing. Of no effect unless the mechanism is NULL and the
   * socket type one that they may know, and not to be set where somebody is asked who may come in. Else, and unless it is
   * said, they are refused.
   */
  readonly legacyPeers?: boolean;
  readonly heartbeat: HeartbeatOptions;
  /** Octets a whole message may have; -1: no limit of ours. ZMQ_MAXMSGSIZE, which counts per frame in libzmq. */
  readonly maxMessageBytes: number;
  /** Milliseconds from the start until the handshake must be done; 0: any. ZMQ_HANDSHAKE_IVL. */
  readonly handshakeTimeoutMs: number;
  /** Where received bodies come from. */
  readonly memory?: Memory;
  /** Where output is collected; connections of one thread do well to share one. */
  readonly slab?: Slab;
}

/** Octets a peer may send before its handshake is done, greeting aside. */
const HANDSHAKE_MAX = 64 * 1024;
/** Commands stay legal under a small message limit, topics of this size too. */
const COMMAND_MIN_LIMIT = 64 * 1024;
/** RFC 27: 300 asks to try again later. */
const TEMPORARY = 300;
/** Parts of one message: empty parts cost the peer two octets each, us more. */
const PARTS_MAX = 100_000;

/** A handshake under way. */
interface Handshake {
  readonly kind: 'handshake';
  readonly version: Version;
  /** Octets of commands that have come. */
  octets: number;
  /** What the mechanism wants, and has not got. */
  step: MechanismStep | undefined;
  /** Whether an answer is waited for. */
  asking: boolean;
  /** Whether nothing is read until it comes. */
  holding: boolean;
  admission: Admission | undefined;
}

/** A field exists only in the phase that has it. */
type Phase =
  | { readonly kind: 'greeting'; readonly own: Uint8Array; readonly theirs: Uint8Array; filled: number; sent: number }
  | Handshake
  | { readonly kind: 'identity'; readonly wire: LegacyWire; readonly greeting: Uint8Array }
  | { readonly kind: 'traffic'; readonly version: Version; readonly heartbeat: Heartbeat }
  | { readonly kind: 'over' };

/** A connection of ZMTP 3.1, which speaks 3.0, and where it may 2.0 and 1.0, with peers that know no better. */
export class ZmtpConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #memory: Memory;
  readonly #incoming: FrameReader;
  readonly #frames: FrameWriter;
  #reader: FrameSource;
  #writer: FrameSink;
  readonly #dialect: Dialect;
  readonly #maxMessageBytes: number;
  readonly #handshakeAt: number;
  #phase: Phase;
  #envelope: Envelope | undefined; // from the handshake on, where there is one
  #failure: ProtocolError | undefined; // found by tick(), told by nextEvent()
  #parts: Uint8Array[] = []; // of a message whose last frame has not come
  #discarded = 0; // messages, since the last event
  #now: number; // of the last input

  constructor(options: ConnectionOptions, now: number) {
    const memory = options.memory ?? plainMemory;
    this.#options = options;
    this.#now = now;
    this.#memory = memory;
    this.#reader = this.#incoming = new FrameReader(memory);
    this.#writer = this.#frames = new FrameWriter(options.slab ?? new Slab(memory));
    this.#dialect = dialectOf(options.socketType);
    this.#maxMessageBytes = options.maxMessageBytes < 0 ? BODY_MAX : Math.min(options.maxMessageBytes, BODY_MAX);
    this.#handshakeAt = options.handshakeTimeoutMs > 0 ? now + options.handshakeTimeoutMs : Infinity;
    const { name: mechanism, asServer } = options.mechanism;
    const own = encodeGreeting({ mechanism, asServer, identityLength: options.routingId?.length ?? 0 });
    this.#phase = { kind: 'greeting', own, theirs: new Uint8Array(GREETING_LENGTH), filled: 0, sent: 0 };
    this.#sendGreeting(this.#phase, own);
  }

  /** The phase's name, for tests and for people. */
  get phase(): Phase['kind'] {
    return this.#phase.kind;
  }

  get outputBytes(): number {
    return this.#writer.size;
  }

  receive(bytes: Uint8Array, now: number): void {
    if (this.#phase.kind === 'over' || bytes.length === 0) return;
    this.#now = now;
    if (this.#phase.kind === 'traffic') this.#phase.heartbeat.heard();
    this.#reader.push(bytes);
  }

  nextEvent(mostMessages = 1): ConnectionEvent | undefined {
    if (this.#failure !== undefined) return this.#end(this.#failure);
    try {
      const phase = this.#phase;
      switch (phase.kind) {
        case 'traffic':
          return this.#nextInTraffic(phase, mostMessages);
        case 'greeting':
          return this.#greet(phase);
        case 'handshake':
          return this.#shakeHands(phase);
        case 'identity':
          return this.#meet(phase);
        case 'over':
          return undefined;
      }
    } catch (error) {
      if (error instanceof ProtocolError) return this.#end(error);
      throw error;
    }
  }

  answer(answer: Admission | ProtocolError, now: number): void {
    const phase = this.#phase;
    if (phase.kind !== 'handshake' || !phase.asking || this.#failure !== undefined) return;
    this.#now = now;
    phase.asking = phase.holding = false;
    if (answer instanceof ProtocolError) {
      this.#failure = answer;
      return;
    }
    phase.admission = answer;
    try {
      phase.step = this.#options.mechanism.admit();
      this.#envelope = phase.step.envelope;
    } catch (error) {
      this.#fail(error);
    }
  }

  send(message: Message): void {
    const phase = this.#phase;
    if (phase.kind !== 'traffic') throw new UsageError('EFSM', `message before the handshake, in phase ${phase.kind}`);
    try {
      const command = this.#dialect.commandFor?.(message, phase.version);
      if (command === undefined) this.#sendParts(message);
      else this.#sendCommand(command);
    } catch (error) {
      this.#fail(error);
    }
  }

  takeOutput(): Uint8Array[] {
    return this.#writer.take();
  }

  outputWritten(): void {
    this.#frames.reuse();
  }

  deadline(): number | undefined {
    if (this.#failure !== undefined) return undefined; // it only waits to be told: a time that is over would wake for ever
    switch (this.#phase.kind) {
      case 'traffic':
        return this.#phase.heartbeat.deadline();
      case 'over':
        return undefined;
      default:
        return this.#handshakeAt === Infinity ? undefined : this.#handshakeAt;
    }
  }

  tick(now: number): void {
    this.#now = now;
    const phase = this.#phase;
    if (phase.kind === 'over' || this.#failure !== undefined) return;
    if (phase.kind !== 'traffic') {
      if (now < this.#handshakeAt) return;
      const limit = this.#options.handshakeTimeoutMs;
      this.#failure = new ProtocolError('ERR_ZMTP_HANDSHAKE_TIMEOUT', `no handshake within ${String(limit)} ms`);
      return;
    }
    const due = phase.heartbeat.tick(now);
    if (due === 'ping') {
      const { ttlDeciseconds } = this.#options.heartbeat;
      try {
        this.#sendCommand(encodePing({ ttlDeciseconds, context: EMPTY }));
      } catch (error) {
        this.#fail(error);
      }
    } else if (due === 'give up') {
      this.#failure = new ProtocolError('ERR_ZMTP_PEER_SILENT', 'nothing came from the peer within its time');
    }
  }

  listen(listening: boolean, now: number): void {
    if (this.#phase.kind !== 'traffic') return;
    if (listening) this.#phase.heartbeat.listenAgain(now);
    else this.#phase.heartbeat.stopListening();
  }

  close(): void {
    this.#phase = { kind: 'over' };
    this.#parts = [];
    this.#reader.clear();
    this.#options.mechanism.wipe();
    this.#envelope?.wipe();
  }

  // greeting

  #greet(phase: Extract<Phase, { kind: 'greeting' }>): ConnectionEvent | undefined {
    phase.filled += this.#reader.takeRaw(phase.theirs, phase.filled);
    const wire = recognizeWire(phase.theirs.subarray(0, phase.filled));
    if (wire !== undefined && wire !== '3.x') return this.#greetLegacy(phase, wire);
    this.#sendGreeting(phase, phase.own);
    if (phase.filled < GREETING_LENGTH) return undefined;
    const version = agree(decodeGreeting(phase.theirs), this.#options.mechanism.name);
    const step = this.#options.mechanism.start();
    this.#phase = {
      kind: 'handshake',
      version,
      octets: 0,
      step,
      asking: false,
      holding: false,
      admission: undefined,
    };
    this.#reader.limit = HANDSHAKE_MAX;
    this.#reader.commandLimit = HANDSHAKE_MAX;
    return this.#shakeHands(this.#phase);
  }

  #sendGreeting(phase: Extract<Phase, { kind: 'greeting' }>, own: Uint8Array): void {
    const due = dueOctets(own, phase.sent, phase.filled);
    this.#writer.writeRaw(due);
    phase.sent += due.length;
  }

  // older peers

  #greetLegacy(phase: Extract<Phase, { kind: 'greeting' }>, wire: LegacyWire): ConnectionEvent | undefined {
    const { legacyPeers = false, mechanism, routingId = EMPTY, socketType } = this.#options;
    const version = versionOf(wire);
    if (!legacyPeers || mechanism.name !== 'NULL') throw tooOld(version, 'which cannot prove who it is');
    if (!isClassic(socketType)) throw tooOld(version, `which knows no ${socketType}`);
    if (wire !== '1.0') this.#sendGreeting(phase, encodeLegacyGreeting(socketType, routingId.length));
    const length = greetingLength(wire);
    if (phase.filled < length) return undefined;
    this.#phase = { kind: 'identity', wire, greeting: phase.theirs.slice(0, length) };
    this.#changeFraming(version, phase.theirs.subarray(length, phase.filled));
    if (wire === '1.0') this.#writer.writeRaw(routingId);
    else this.#writer.write(0, routingId);
    return this.#meet(this.#phase);
  }

  /** The frames begin with octets that have been taken for a greeting. */
  #changeFraming({ major }: Version, ahead: Uint8Array): void {
    const octets = new Uint8Array(ahead.length + this.#reader.pending);
    octets.set(ahead);
    this.#reader.takeRaw(octets, ahead.length);
    this.#reader = major === 1 ? new FrameReaderV1(this.#memory) : new FrameReader(this.#memory);
    this.#reader.limit = this.#reader.commandLimit = HANDSHAKE_MAX;
    this.#reader.push(octets);
    if (major === 1) this.#writer = new FrameWriterV1(this.#writer);
  }

  /** The first frame is the peer's identity, whatever its flags say. */
  #meet(phase: Extract<Phase, { kind: 'identity' }>): ConnectionEvent | undefined {
    const reader = this.#reader;
    if (!reader.next()) return undefined;
    const peer = legacyProfile(phase.wire, phase.greeting, reader.body, this.#memory);
    // subscribers of plain 1.0 do not subscribe: they get everything and choose
    if (phase.wire === '1.0' && isPublisher(this.#options.socketType) && reader instanceof FrameReaderV1) {
      reader.insert(encodeSubscription({ action: 'subscribe', topic: EMPTY }));
    }
    return this.#startTraffic(peer);
  }

  // handshake

  #shakeHands(phase: Handshake): ConnectionEvent | undefined {
    for (;;) {
      const step = phase.step ?? this.#nextStep(phase);
      if (step === undefined) return undefined;
      phase.step = undefined;
      // who may not talk to us is told so before it believes to be in
      const peer = step.peer === undefined ? undefined : this.#profile(phase, step.peer);
      for (const command of step.commands) this.#sendCommand(command);
      if (step.holds === true) phase.holding = true;
      if (step.credentials !== undefined) {
        phase.asking = true;
        return { kind: 'authenticate', credentials: step.credentials };
      }
      if (peer !== undefined) return this.#finishHandshake(step, peer);
    }
  }

  #nextStep(phase: Handshake): MechanismStep | undefined {
    const reader = this.#reader;
    if (phase.holding) {
      checkHandshakeSize(reader.pending);
      return undefined;
    }
    if (!reader.next()) return undefined;
    phase.octets += reader.body.length;
    checkHandshakeSize(phase.octets);
    if ((reader.flags & COMMAND) === 0) {
      throw new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', 'a message before the handshake was done');
    }
    const step = this.#options.mechanism.receive(reader.body);
    this.#envelope = step.envelope; // at once: whatever follows, it is wiped
    return step;
  }

  #profile({ version, admission }: Handshake, properties: Metadata): PeerProfile {
    return { ...profileOf(this.#options.socketType, version, properties, this.#memory), admission };
  }

  #finishHandshake({ envelope }: MechanismStep, peer: PeerProfile): ConnectionEvent {
    if (envelope !== undefined) {
      this.#reader = envelope.source(this.#incoming, this.#memory);
      this.#writer = envelope.sink(this.#frames);
    }
    this.#options.mechanism.wipe();
    return this.#startTraffic(peer);
  }

  #startTraffic(peer: PeerProfile): ConnectionEvent {
    const { version } = peer;
    const heartbeat = new Heartbeat(
      // before ZMTP 3.1 there is no PING: such a peer is neither asked nor blamed
      version.minor === 0 ? { ...this.#options.heartbeat, intervalMs: 0 } : this.#options.heartbeat,
      this.#now,
    );
    this.#phase = { kind: 'traffic', version, heartbeat };
    this.#reader.limit = this.#maxMessageBytes;
    this.#reader.commandLimit = Math.max(this.#maxMessageBytes, COMMAND_MIN_LIMIT);
    return { kind: 'handshake', peer };
  }

  // traffic

  /** One event for many messages: an event, a call and a turn in the pipe for each would double their cost. */
  #nextInTraffic(phase: Extract<Phase, { kind: 'traffic' }>, most: number): ConnectionEvent | undefined {
    const messages: Message[] = [];
    try {
      while (messages.length < most) {
        if (this.#parts.length === 0) this.#takeWelcome(messages, most);
        if (messages.length === most || !this.#reader.next()) break;
        this.#takeFrame(messages, phase);
      }
    } catch (error) {
      if (messages.length + this.#discarded === 0 || !(error instanceof ProtocolError)) throw error;
      this.#failure = error; // to be told after what came before it
    }
    const discarded = this.#discarded;
    if (discarded === 0) return messages.length === 0 ? undefined : { kind: 'messages', messages };
    this.#discarded = 0;
    return { kind: 'messages', messages, discarded };
  }

  #takeWelcome(messages: Message[], most: number): void {
    const { welcome } = this.#dialect;
    if (welcome === 'singles') this.#reader.takeSingles(messages, most);
    else if (welcome === 'pairs') this.#reader.takePairs(messages, most);
  }

  #takeFrame(messages: Message[], phase: Extract<Phase, { kind: 'traffic' }>): void {
    const { flags, body } = this.#reader;
    if ((flags & COMMAND) !== 0) {
      const message = this.#command(body, phase);
      if (message !== undefined) messages.push(message);
      return;
    }
    const parts = this.#parts;
    const wanted = this.#dialect.wants?.(parts.length, flags, body) ?? true;
    if ((flags & MORE) === 0) {
      const message = parts.length === 0 ? [body] : this.#takeParts(body);
      if (wanted) messages.push(message);
      else this.#discarded += 1;
      return;
    }
    parts.push(wanted ? body : EMPTY); // all count, whatever becomes of them
    // the limit is for the whole message: what this frame took is not there for the next one
    this.#reader.spendLimit();
    if (parts.length >= PARTS_MAX) {
      throw new ProtocolError('ERR_ZMTP_TOO_MANY_PARTS', `message of more than ${String(PARTS_MAX)} parts`);
    }
  }

  #takeParts(last: Uint8Array): Message {
    const parts = this.#parts;
    parts.push(last);
    this.#parts = [];
    this.#reader.restoreLimit();
    return parts;
  }

  /** A command may stand between two frames of a message and does not disturb it. Unknown ones are ignored. */
  #command(body: Uint8Array, phase: Extract<Phase, { kind: 'traffic' }>): Message | undefined {
    if (phase.version.major < 3) return undefined; // ZMTP 2.0 has no commands, and the bit no meaning
    const command = decodeCommand(body);
    if (command.name !== 'PING') return this.#dialect.messageFor?.(command);
    const { ttlDeciseconds, context } = decodePing(command.data);
    // octets behind the PING are the very sign of life that its TTL asks for
    if (this.#reader.pending === 0) phase.heartbeat.pinged(ttlDeciseconds, this.#now);
    this.#sendCommand(encodeCommand('PONG', context));
    return undefined;
  }

  #sendParts(message: Message): void {
    const writer = this.#writer;
    const only = message[0];
    if (message.length === 1 && only !== undefined) {
      writer.write(0, only); // an iteration would cost as much as the rest
      return;
    }
    let left = message.length;
    for (const part of message) {
      left -= 1;
      writer.write(left === 0 ? 0 : MORE, part);
    }
  }

  // over

  /** What ends the connection outside of {@link nextEvent} is told there. */
  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#failure ??= error;
  }

  #end(error: ProtocolError): ConnectionEvent {
    const reason = this.#mayRefuse ? refusalReason(error, this.#options.mechanism.name) : undefined;
    if (reason !== undefined) this.#sendCommand(encodeError(reason));
    this.close();
    this.#failure = undefined;
    return { kind: 'over', error };
  }

  /** Clients of PLAIN and CURVE have no ERROR to send: where they would, the server is done with the handshake. */
  get #mayRefuse(): boolean {
    const { asServer, name } = this.#options.mechanism;
    return this.#phase.kind === 'handshake' && (asServer || name === 'NULL');
  }

  #sendCommand(body: Uint8Array): void {
    this.#writer.write(COMMAND, body);
  }
}

/**
 * What ERROR tells the peer, where it is told anything (RFC 37 "Error Handling"): that it is of no use to come back. A
 * peer that breaks the protocol is just cut off, but for RFC 24, which answers INITIATE with READY or ERROR.
 */
function refusalReason(error: ProtocolError, mechanism: string): string | undefined {
  if (error instanceof AuthenticationError) return error.code === 'ERR_ZAP_REFUSED' ? statusText(error) : undefined;
  if (error.code === 'ERR_ZMTP_INVALID_METADATA' && mechanism === 'PLAIN') return 'Invalid metadata';
  return error.code === 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE' ? 'Incompatible socket type' : undefined;
}

/** RFC 27's status of a refusal; what is only for the moment is not told, so that the peer comes back (as in libzmq). */
function statusText({ status }: AuthenticationError): string | undefined {
  return status === undefined || status === TEMPORARY ? undefined : String(status);
}

function tooOld({ major }: Version, why: string): IncompatiblePeerError {
  const what = `a peer of ZMTP ${String(major)}.0, ${why}, is not let in here`;
  return new IncompatiblePeerError('ERR_ZMTP_UNSUPPORTED_VERSION', what);
}

function checkHandshakeSize(octets: number): void {
  if (octets <= HANDSHAKE_MAX) return;
  const what = `handshake of more than ${String(HANDSHAKE_MAX)} octets`;
  throw new ProtocolError('ERR_ZMTP_HANDSHAKE_TOO_LARGE', what);
}

/**
 * One Connection on one Duplex between two pipes: where time and octets come in.
 *
 *      outbound ──▶ connection.send ──▶ takeOutput ──▶ duplex.write       stops while the system is congested
 *      inbound ◀── nextEvent ◀── connection.receive ◀── duplex            stops while the pipe is full
 *
 * Backpressure needs nothing else: a full inbound pipe leaves events undecoded and the duplex paused, so the peer's
 * system fills; a congested duplex leaves messages in the outbound pipe, which turns mute, so the sender waits.
 */
import { ProtocolError, TransportError, isErrnoCode, type ErrorCode, type ZmtpError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Pipe } from '../pipe.ts';
import type { Duplex, DuplexSink } from '../transports/transport.ts';
import type { Connection } from '../zmtp/connection.ts';
import type { ConnectionEvent, PeerProfile } from '../zmtp/events.ts';
import type { Credentials } from '../zmtp/mechanism.ts';
import type { Clock, Timer } from './clock.ts';
import { Traffic } from './counters.ts';
import type { Answer, Gatekeeper } from './gatekeeper.ts';

/** The two pipes of a peer, as the engine needs them. */
export interface EnginePipes {
  readonly inbound: Pipe;
  readonly outbound: Pipe;
}

/** Who runs engines: a dialer or an acceptor. */
export interface EngineHost {
  /** The peer is through the handshake: the pipes to move messages between. May call {@link Engine.fail}. */
  handshaken(engine: Engine, peer: PeerProfile): EnginePipes;
  /** The stream has ended, for either side's reason; nothing more can be sent. Messages may still come in. */
  disconnected(engine: Engine, error: ZmtpError | undefined): void;
  /** Nothing will happen any more. */
  finished(engine: Engine): void;
}

/** What an engine is made of. */
export interface EngineOptions {
  readonly connection: Connection;
  readonly duplex: Duplex;
  readonly clock: Clock;
  readonly host: EngineHost;
  /** For events; unique in its context. */
  readonly id: number;
  /** Messages for the peer ahead of all others, asked for when the handshake is done. */
  readonly firstWords?: () => readonly Message[];
  /** Who is asked whether the peer may come in, if the connection wants to know. */
  readonly gatekeeper: Gatekeeper;
  /** Where to count what passes. */
  readonly traffic?: Traffic;
}

/** Octets gathered before a write: enough for a system call to cost little per message. */
const BATCH_BYTES = 64 * 1024;
/** What may be written before the event loop must have gone round, so that timers and others get their turn. */
const TURN_BYTES = 512 * 1024;
/** What a message counts besides its octets. */
const MESSAGE_BYTES = 64;
/** Answers (PONG) that may wait for a peer that does not read; beyond, nothing more is read from it. */
const ANSWERS_MAX_BYTES = 64 * 1024;
/** Messages that are decoded together, to be dropped. */
const DROPPED_AT_ONCE = 1000;
/** How long a peer may take to close its side after we have closed ours. */
const FAREWELL_MS = 1000;

/** Ends after which there is nothing to be said, or nobody who would hear it. */
const CUT_OFF: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ERR_ZMTP_PEER_SILENT', 'ERR_ZMTP_TOO_MANY_HANDSHAKES']);

/** Moves whatever can move, until the stream ends. */
export class Engine implements DuplexSink {
  readonly id: number;
  /** What has passed, perhaps also through others before. */
  readonly traffic: Traffic;
  readonly #connection: Connection;
  readonly #duplex: Duplex;
  readonly #clock: Clock;
  readonly #host: EngineHost;
  readonly #gatekeeper: Gatekeeper;
  readonly #firstWords: () => readonly Message[];

  #pipes: EnginePipes | undefined; // from the handshake on
  #scheduled = false;
  #yielding = false;
  #budget = TURN_BYTES; // filled up again when the event loop has gone round
  #congested = false;
  #paused = false;
  #finishing = false; // send what is queued, then close
  #ended = false; // our direction of the duplex is closed
  #patient = false; // there was still something to be written when we last looked
  #disconnected = false; // the host has been told
  #closed = false; // the duplex is
  #finished = false;
  #failure: ZmtpError | undefined;
  #inFlight = 0; // messages handed to the duplex since the system last had taken everything
  #lost = 0;
  #takeBackQuestion: (() => void) | undefined; // while somebody thinks about the peer
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #release: (() => void) | undefined; // of the process, which stays for unsent messages

  constructor(options: EngineOptions) {
    const { connection, duplex, clock, host, id, gatekeeper, firstWords = nothing, traffic = new Traffic() } = options;
    this.id = id;
    this.traffic = traffic;
    this.#connection = connection;
    this.#duplex = duplex;
    this.#clock = clock;
    this.#host = host;
    this.#gatekeeper = gatekeeper;
    this.#firstWords = firstWords;
  }

  /** The peer's end of the stream. */
  get remoteAddress(): string {
    return this.#duplex.remoteAddress;
  }

  /** Whether the handshake has been done. */
  get established(): boolean {
    return this.#pipes !== undefined;
  }

  /** Whether the stream is over, or is being closed; what had come may still be taken in. */
  get leaving(): boolean {
    return this.#finishing || this.#ended || this.#disconnected;
  }

  /** Begins: the greeting leaves. */
  start(): void {
    this.#duplex.start(this);
    this.#pump();
  }

  /** Sends what the outbound pipe holds, then closes. What still comes in is dropped. */
  finish(): void {
    this.#finishing = true;
    if (this.#pipes === undefined) this.#duplex.destroy();
    else this.#pump();
  }

  /** {@link finish}, for a pattern, which may have called in the midst of something. */
  finishSoon(): void {
    this.#clock.defer(() => {
      this.finish();
    });
  }

  /** Closes because of what the peer did. */
  fail(error: ProtocolError): void {
    if (this.#failure !== undefined || this.#disconnected) return;
    this.#failure = error;
    this.#schedule(); // a pattern may have called, in the midst of something
  }

  /** Closes at once; {@link lost} tells what that has cost. */
  destroy(): void {
    this.#finishing = true;
    this.#countLost();
    this.#duplex.destroy();
  }

  /** Why the stream ended, when the peer or the network is to blame. */
  get error(): ZmtpError | undefined {
    return this.#failure;
  }

  /** Messages that had left the pipe when the stream ended, but that the system had not taken. */
  get lost(): number {
    return this.#lost;
  }

  // the duplex tells

  received(bytes: Uint8Array): void {
    this.traffic.receivedBytes(bytes.length);
    if (this.#ended) return;
    this.#connection.receive(bytes, this.#clock.now());
    this.#pump();
  }

  drained(): void {
    this.#congested = false;
    this.#allWritten();
    if (this.#ended) this.#farewell();
    else this.#pump();
  }

  closed(cause: Error | undefined): void {
    this.#countLost();
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#releaseProcess();
    // what came before the end is still decoded, as far as there is room for it
    this.#moveIn();
    this.#failure ??= this.#reasonOf(cause);
    this.#disconnect();
    this.#finishIfEmpty();
  }

  /** Whoever sends must know at once; what has come in may take its time. */
  #disconnect(): void {
    if (this.#disconnected) return;
    this.#disconnected = true;
    this.#takeBackQuestion?.();
    this.#letGo();
    this.#host.disconnected(this, this.#failure);
  }

  #countLost(): void {
    if (this.#closed || this.#lost > 0) return;
    if (this.#duplex.unwrittenBytes > 0 || this.#connection.outputBytes > 0) this.#lost = this.#inFlight;
  }

  #reasonOf(cause: Error | undefined): ZmtpError | undefined {
    if (this.#pipes === undefined && !this.#finishing) {
      const options = cause === undefined ? {} : { cause };
      return new ProtocolError('ERR_ZMTP_HANDSHAKE_CLOSED', 'the peer closed before the handshake was done', options);
    }
    if (cause === undefined) return undefined;
    const code = 'code' in cause && isErrnoCode(cause.code) ? cause.code : 'ECONNRESET';
    return new TransportError(code, cause.message, { cause });
  }

  // moving

  /** Moves whatever can move. Runs after every input; one run too many does no harm. */
  #pump(): void {
    if (this.#closed) {
      this.#moveIn();
      this.#finishIfEmpty();
      return;
    }
    this.#moveIn();
    if (this.#ended) return;
    if (this.#failure !== undefined) {
      this.#giveUp(this.#failure);
      return;
    }
    this.#moveOut();
    if (this.#paused && this.#mayRead()) this.#schedule(); // answers have left, so there is room for questions
    this.#holdProcess();
    this.#wakeAt(this.#connection.deadline());
  }

  #schedule = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.defer(this.#scheduledPump);
  };

  #scheduledPump = (): void => {
    this.#scheduled = false;
    if (!this.#finished) this.#pump();
  };

  /** A full pipe leaves the rest undecoded, then unread. */
  #moveIn(): void {
    while (this.#mayRead()) {
      const event = this.#connection.nextEvent(this.#room);
      if (event === undefined) {
        this.#listen();
        return;
      }
      this.#handle(event);
    }
    if (!this.#paused && !this.#closed && !this.#ended) {
      this.#paused = true;
      this.#duplex.pause();
      this.#connection.listen(false, this.#clock.now());
    }
  }

  #mayRead(): boolean {
    if (this.#dropsInput) return true;
    if (this.#pipes !== undefined && !this.#pipes.inbound.hasRoom) return false;
    return this.#closed || this.#connection.outputBytes < ANSWERS_MAX_BYTES;
  }

  /** Messages that may be decoded at once. */
  get #room(): number {
    return this.#dropsInput ? DROPPED_AT_ONCE : (this.#pipes?.inbound.room ?? 1);
  }

  /** Nobody wants to hear any more from a peer that we leave, or that has broken the rules. */
  get #dropsInput(): boolean {
    return this.#finishing || this.#failure instanceof ProtocolError;
  }

  #listen(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    this.#connection.listen(true, this.#clock.now());
    this.#duplex.resume();
  }

  #handle(event: ConnectionEvent): void {
    switch (event.kind) {
      case 'messages':
        if (event.discarded !== undefined) this.traffic.discardedMessages(event.discarded);
        if (!this.#dropsInput && event.messages.length > 0) this.#takeIn(event.messages);
        return;
      case 'handshake':
        // who has been given up must not come in with its last octets
        if (this.#failure === undefined) this.#takeUp(this.#host.handshaken(this, event.peer));
        return;
      case 'authenticate':
        this.#ask(event.credentials);
        return;
      case 'over':
        this.fail(event.error);
    }
  }

  /** Nobody is bothered about a peer that has gone, or is not wanted any more. */
  #ask(credentials: Credentials): void {
    if (this.#closed || this.#dropsInput) return;
    this.#takeBackQuestion = this.#gatekeeper({ credentials, remoteAddress: this.remoteAddress }, this.#answered);
  }

  #answered = (answer: Answer): void => {
    this.#connection.answer(answer, this.#clock.now());
    this.#schedule();
  };

  #takeIn(messages: Message[]): void {
    this.traffic.receivedMessages(messages.length); // first: they may be received, and asked about, in this very turn
    this.#pipes?.inbound.writeAll(messages);
  }

  #takeUp(pipes: EnginePipes): void {
    this.#pipes = pipes;
    this.#takeBackQuestion = undefined;
    if (this.#failure !== undefined) return; // the host has refused it
    for (const message of this.#firstWords()) this.#connection.send(message);
    pipes.outbound.onReadable = this.#schedule;
    pipes.inbound.onRoom = this.#schedule;
  }

  #moveOut(): void {
    while (!this.#congested) {
      if (this.#budget <= 0) {
        this.#yield();
        return;
      }
      this.#fillBatch();
      const bytes = this.#connection.outputBytes;
      if (bytes === 0) break;
      this.#budget -= bytes;
      this.#congested = !this.#write(bytes);
      if (!this.#congested && this.#duplex.unwrittenBytes === 0) this.#allWritten();
    }
    if (this.#finishing && !this.#congested && this.#pipes !== undefined) this.#closeOrderly();
  }

  #write(bytes: number): boolean {
    this.traffic.sentBytes(bytes);
    return this.#duplex.write(this.#connection.takeOutput());
  }

  /** The system has everything. */
  #allWritten(): void {
    this.#inFlight = 0;
    this.#connection.outputWritten();
  }

  #fillBatch(): void {
    const outbound = this.#pipes?.outbound;
    if (outbound === undefined || this.#failure !== undefined) return;
    const connection = this.#connection;
    let moved = 0;
    while (connection.outputBytes < BATCH_BYTES) {
      const message: Message | undefined = outbound.read();
      if (message === undefined) break;
      moved += 1;
      connection.send(message);
    }
    if (moved === 0) return;
    this.traffic.sentMessages(moved);
    this.#inFlight += moved;
    this.#budget -= moved * MESSAGE_BYTES;
  }

  #yield(): void {
    if (this.#yielding) return;
    this.#yielding = true;
    this.#clock.yield(this.#nextTurn);
  }

  #nextTurn = (): void => {
    this.#yielding = false;
    this.#budget = TURN_BYTES;
    if (!this.#finished) this.#pump();
  };

  // time

  /** A timer that is early does no harm, so one that is set is only moved to be earlier. */
  #wakeAt(deadline: number | undefined): void {
    if (deadline === undefined || deadline >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = deadline;
    this.#timer = this.#clock.setTimer(Math.max(0, Math.ceil(deadline - this.#clock.now())), this.#wake);
  }

  #wake = (): void => {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    if (this.#closed) return;
    if (this.#ended) {
      if (this.#patient) this.#farewell();
      else this.#duplex.destroy();
      return;
    }
    this.#connection.tick(this.#clock.now());
    this.#pump();
  };

  // ends

  /** The peer is told why, if there is anybody to be told. */
  #giveUp({ code }: ZmtpError): void {
    this.#countLost();
    this.#disconnect();
    if (CUT_OFF.has(code)) this.#duplex.destroy();
    else this.#closeOrderly();
  }

  /** Writes what is left, closes our direction and gives the peer a moment to close its own. */
  #closeOrderly(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    const bytes = this.#connection.outputBytes;
    if (bytes > 0) this.#write(bytes);
    this.#letGo();
    if (this.#paused) this.#duplex.resume();
    this.#duplex.end();
    this.#farewell();
  }

  /** A peer that reads slowly gets what linger allows; one that has everything gets a moment to say goodbye. */
  #farewell(): void {
    this.#patient = this.#failure === undefined && this.#duplex.unwrittenBytes > 0;
    this.#timerAt = Infinity;
    this.#wakeAt(this.#clock.now() + FAREWELL_MS);
  }

  #letGo(): void {
    if (this.#pipes === undefined) return;
    this.#pipes.outbound.onReadable = ignore;
    if (!this.#closed) this.#pipes.inbound.onRoom = ignore;
  }

  #finishIfEmpty(): void {
    if (this.#finished || !this.#mayRead()) return;
    this.#finished = true;
    if (this.#pipes !== undefined) this.#pipes.inbound.onRoom = ignore;
    this.#connection.close();
    this.#host.finished(this);
  }

  /** Messages for a live peer keep the process alive. */
  #holdProcess(): void {
    const unsent = this.#congested || (this.#pipes !== undefined && this.#pipes.outbound.size > 0);
    if (unsent) this.#release ??= this.#clock.keepAlive();
    else this.#releaseProcess();
  }

  #releaseProcess(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

function nothing(): readonly Message[] {
  return [];
}

function ignore(): void {
  // the pipe goes on without this engine
}

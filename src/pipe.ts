/**
 * The two queues between a socket and one peer.
 *
 *      socket ── outbound ──▶ engine          writer: the pattern    reader: the engine
 *      socket ◀── inbound ─── engine          writer: the engine     reader: the pattern
 *
 * Between two sockets of one process there is no engine: one's outbound pipe is the other's inbound (`inproc-pipe.ts`).
 *
 * A pipe is bounded by its high-water mark, in whole messages. When it is full it is *mute* and stays so until half of
 * it has been read (libzmq's low-water mark), so that a slow peer is not polled once per message.
 */
import type { Message, Sender } from './message.ts';
import type { ProtocolError } from './errors.ts';

const NONE: Message[] = []; // never written to
const READ: Message = []; // stands where a message was, which is not kept

/** A bounded first-in-first-out queue of messages with one writer and one reader. */
export class Pipe {
  /** Told when a message enters an empty pipe. Set by the reader. */
  onReadable: () => void = ignore;
  /** Told when a mute pipe has room again. Set by the writer. */
  onRoom: () => void = ignore;
  /** Messages that {@link offer} has dropped. */
  dropped = 0;
  /** Told when the last message has been read: whoever fills the pipe bit by bit may go on. Set by the writer. */
  onEmpty: () => void = ignore;

  // Written at one end while the other is read; a list that has been read through gives way to what came meanwhile. No
  // index to mask, nothing kept by an idle pipe, and a whole list goes in and out at the cost of one message.
  #reading: Message[] = NONE;
  #at = 0; // the next to be read
  #written: Message[] = NONE;
  #highWaterMark: number;
  #mute = false;

  /** @param highWaterMark - whole messages; 0 means no limit */
  constructor(highWaterMark: number) {
    this.#highWaterMark = highWaterMark;
  }

  /** Messages waiting. */
  get size(): number {
    return this.#reading.length - this.#at + this.#written.length;
  }

  /** Whether {@link tryWrite} would take a message now. */
  get hasRoom(): boolean {
    return !this.#mute;
  }

  /** Messages until the pipe is mute; none when it is. */
  get room(): number {
    if (this.#mute) return 0;
    return this.#highWaterMark === 0 ? Infinity : this.#highWaterMark - this.size;
  }

  /** Takes effect at once; a pipe that holds more than the new mark keeps what it has. */
  set highWaterMark(messages: number) {
    this.#highWaterMark = messages;
    const full = messages !== 0 && this.size >= messages;
    if (full) this.#mute = true;
    else if (this.#mute) this.#reopen();
  }

  /** False when the pipe is mute: nothing was taken, {@link onRoom} will tell. */
  tryWrite(message: Message): boolean {
    if (this.#mute) return false;
    this.write(message);
    return true;
  }

  /** Takes the message, or drops and counts it when the pipe is mute: for whoever does not wait. */
  offer(message: Message): void {
    if (this.#mute) this.dropped += 1;
    else this.write(message);
  }

  /** Takes the message whatever the mark says: for what must never be dropped, such as subscriptions. */
  write(message: Message): void {
    if (this.#written === NONE) this.#written = [];
    this.#written.push(message);
    this.#grown(1);
  }

  /** Takes the messages, whatever the mark says, and the list itself. */
  writeAll(messages: Message[]): void {
    if (this.size === 0) {
      this.#reading = messages;
      this.#at = 0;
    } else {
      if (this.#written === NONE) this.#written = [];
      for (const message of messages) this.#written.push(message);
    }
    this.#grown(messages.length);
  }

  /** Puts the message in the place of all that wait. */
  protected replaceAll(message: Message): void {
    const wasEmpty = this.size === 0;
    this.#reading = [message];
    this.#at = 0;
    this.#written = NONE;
    if (wasEmpty) this.onReadable();
  }

  /** The oldest message, or undefined. */
  read(): Message | undefined {
    if (this.#at === this.#reading.length && !this.#turn()) return undefined;
    const message = this.#reading[this.#at];
    this.#reading[this.#at] = READ;
    this.#at += 1;
    if (this.#at === this.#reading.length && !this.#turn()) this.onEmpty();
    if (this.#mute) this.#reopenIfHalf();
    return message;
  }

  /** The oldest messages, at least one unless the pipe is empty. There may be more than `most` or than it gives at once. */
  readMany(most: number): Message[] {
    if (this.#at === this.#reading.length && !this.#turn()) return [];
    let messages = this.#reading;
    if (this.#at === 0 && messages.length <= most) {
      this.#reading = NONE;
    } else {
      const end = Math.min(this.#at + most, messages.length);
      messages = messages.slice(this.#at, end);
      this.#reading.fill(READ, this.#at, end);
      this.#at = end;
      if (end === this.#reading.length) this.#turn(); // an empty pipe keeps no list
    }
    if (this.size === 0) this.onEmpty();
    if (this.#mute) this.#reopenIfHalf();
    return messages;
  }

  /** Drops all that waits and says how many messages that were. */
  clear(): number {
    const dropped = this.size;
    this.#reading = this.#written = NONE;
    this.#at = 0;
    if (this.#mute) this.#reopen();
    return dropped;
  }

  /** What was written meanwhile is to be read now. False: nothing was. */
  #turn(): boolean {
    this.#reading = this.#written;
    this.#written = NONE;
    this.#at = 0;
    return this.#reading !== NONE;
  }

  #grown(by: number): void {
    const size = this.size;
    if (this.#highWaterMark !== 0 && size >= this.#highWaterMark) this.#mute = true;
    if (size === by) this.onReadable();
  }

  #reopenIfHalf(): void {
    if (this.size <= this.#highWaterMark >>> 1) this.#reopen();
  }

  #reopen(): void {
    this.#mute = false;
    this.tellRoom();
  }

  /** There is room again. */
  protected tellRoom(): void {
    this.onRoom();
  }
}

/**
 * A pipe that keeps only the newest message, whole: one that comes takes the place of one that waits. It is never mute.
 * A class of its own, so that other pipes do not ask themselves whether they are one.
 */
export class ConflatingPipe extends Pipe {
  #newest: Message | undefined;

  constructor() {
    super(0);
  }

  override get size(): number {
    return this.#newest === undefined ? 0 : 1;
  }

  override get hasRoom(): boolean {
    return true;
  }

  override get room(): number {
    return Infinity;
  }

  /** Without meaning here. */
  override set highWaterMark(_messages: number) {
    // there is always room
  }

  override write(message: Message): void {
    const wasEmpty = this.#newest === undefined;
    this.#newest = message;
    if (wasEmpty) this.onReadable();
  }

  override writeAll(messages: Message[]): void {
    const newest = messages.at(-1);
    if (newest !== undefined) this.write(newest);
  }

  override read(): Message | undefined {
    const message = this.#newest;
    this.#newest = undefined;
    return message;
  }

  override readMany(most: number): Message[] {
    const message = most < 1 ? undefined : this.read();
    return message === undefined ? [] : [message];
  }

  override clear(): number {
    return this.read() === undefined ? 0 : 1;
  }
}

/** One peer as a pattern sees it. It may outlive several connections, when this side is the one that connects. */
export interface Peer {
  /** Unique within the process run of one context: the same number appears in monitor events. */
  readonly id: number;
  /** From the peer to the socket. */
  readonly inbound: Pipe;
  /** From the socket to the peer. */
  readonly outbound: Pipe;
  /** What `connect()` said it is called, else the identity it announced (RFC 37); empty when there is neither, or not yet. */
  readonly routingId: Uint8Array;
  /** Gets every message, whatever its group: nobody there can say what is wanted (`udp://`). Else it must ask. */
  readonly unfiltered?: boolean;
  /**
   * Whether a message could ever reach the peer, whatever room there is; none: every message could.
   * @throws UsageError EMSGSIZE
   */
  check?(message: Message): void;
  /** Who sent the message that was last read from {@link inbound}. */
  readonly sender?: Sender | undefined;
  /** Ends the connection because of what the peer sent; a monitor event says why. */
  refuse(error: ProtocolError): void;
  /** Ends the peer for good, soon: what is queued for it still leaves, what it still sends is dropped. */
  leave(): void;
}

function ignore(): void {
  // nobody has asked to be told yet
}

/**
 * The two queues between a socket and one peer.
 *
 *      socket ── outbound ──▶ engine          writer: the pattern    reader: the engine
 *      socket ◀── inbound ─── engine          writer: the engine     reader: the pattern
 *
 * A pipe is bounded by its high-water mark, in whole messages. When it is full it is *mute* and stays so until half of
 * it has been read (libzmq's low-water mark), so that a slow peer is not polled once per message.
 */
import type { Message } from './message.ts';
import type { ProtocolError } from './errors.ts';

const FIRST_CAPACITY = 8; // most connections never have more than a few messages waiting
const KEPT_CAPACITY = 2048; // a larger ring is given back once it has run empty

/** A bounded first-in-first-out queue of messages with one writer and one reader. */
export class Pipe {
  /** Told when a message enters an empty pipe. Set by the reader. */
  onReadable: () => void = ignore;
  /** Told when a mute pipe has room again. Set by the writer. */
  onRoom: () => void = ignore;

  #ring: (Message | undefined)[] = [];
  #head = 0;
  #size = 0;
  #highWaterMark: number;
  #mute = false;

  /** @param highWaterMark - whole messages; 0 means no limit */
  constructor(highWaterMark: number) {
    this.#highWaterMark = highWaterMark;
  }

  /** Messages waiting. */
  get size(): number {
    return this.#size;
  }

  /** Whether {@link tryWrite} would take a message now. */
  get hasRoom(): boolean {
    return !this.#mute;
  }

  /** Takes effect at once; a pipe that holds more than the new mark keeps what it has. */
  set highWaterMark(messages: number) {
    this.#highWaterMark = messages;
    const full = messages !== 0 && this.#size >= messages;
    if (full) this.#mute = true;
    else if (this.#mute) this.#reopen();
  }

  /** False when the pipe is mute: nothing was taken, {@link onRoom} will tell. */
  tryWrite(message: Message): boolean {
    if (this.#mute) return false;
    this.write(message);
    return true;
  }

  /** Takes the message whatever the mark says: for what must never be dropped, such as subscriptions. */
  write(message: Message): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = message;
    this.#size += 1;
    if (this.#size === this.#highWaterMark) this.#mute = true;
    if (this.#size === 1) this.onReadable();
  }

  /** The oldest message, or undefined. */
  read(): Message | undefined {
    if (this.#size === 0) return undefined;
    const message = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    if (this.#size === 0 && this.#ring.length > KEPT_CAPACITY) this.#reset();
    if (this.#mute && this.#size <= this.#highWaterMark >>> 1) this.#reopen();
    return message;
  }

  /** Drops all that waits and says how many messages that were. */
  clear(): number {
    const dropped = this.#size;
    this.#reset();
    this.#size = 0;
    if (this.#mute) this.#reopen();
    return dropped;
  }

  #reopen(): void {
    this.#mute = false;
    this.onRoom();
  }

  #reset(): void {
    this.#ring = [];
    this.#head = 0;
  }

  /** The capacity is a power of two, so that a mask replaces the division. */
  #grow(): void {
    const old = this.#ring;
    const ring = new Array<Message | undefined>(Math.max(FIRST_CAPACITY, old.length * 2));
    for (let i = 0; i < this.#size; i += 1) ring[i] = old[(this.#head + i) & (old.length - 1)];
    this.#ring = ring;
    this.#head = 0;
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
  /** The identity the peer announced (RFC 37); empty when it announced none or has not yet. */
  readonly routingId: Uint8Array;
  /** Ends the connection because of what the peer sent; a monitor event says why. */
  refuse(error: ProtocolError): void;
}

function ignore(): void {
  // nobody has asked to be told yet
}

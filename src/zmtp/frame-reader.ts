/**
 * Octets → frames, however they were cut, and the limits that hold before any memory is taken.
 *
 * A body that lies whole in one chunk is handed out as a *view* of it: no copy, but whoever keeps such a body keeps the
 * chunk (as large as one read of the transport, 64 KiB at most on tcp). A body that spans chunks gets memory of its own,
 * and only for octets that have arrived: a size that is merely claimed costs nothing (`partial-body.ts`).
 */
import { ProtocolError } from '../errors.ts';
import type { Memory, Message } from '../message.ts';
import { ByteQueue } from './byte-queue.ts';
import { COMMAND, HEAD_MAX, LONG, MORE, readLongSize } from './frame.ts';
import type { FrameSource } from './framing.ts';
import { EMPTY } from './octets.ts';
import { PartialBody } from './partial-body.ts';

/** The largest body there can be, whatever the options say: what one allocation holds on every platform. */
export const BODY_MAX: number = 2 ** 31 - 1;

/** Cuts a stream of octets into frames. After `next()` has returned true, `flags` and `body` are those of the frame. */
export class FrameReader implements FrameSource {
  /** MORE and COMMAND of the last frame; LONG and reserved bits may be set too. */
  flags = 0;
  /** The body of the last frame. */
  body: Uint8Array = EMPTY;
  /** Where {@link locate} has found a frame's body, and how long it is. */
  octets: Uint8Array = EMPTY;
  start = 0;
  length = 0;
  /** Octets the next body may have at most, when it belongs to a message: what is left of the message's own limit. */
  limit: number = BODY_MAX;
  /** The same for a command. */
  commandLimit: number = BODY_MAX;

  readonly #queue = new ByteQueue();
  readonly #memory: Memory;
  #partial: PartialBody | undefined; // a body that spans chunks
  #spent = 0; // of the limit, by earlier frames of the same message

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Octets that were pushed and are not part of a frame handed out yet, but for a head that has been read. */
  get pending(): number {
    return this.#queue.size + (this.#partial?.filled ?? 0);
  }

  /** Adds octets. They belong to the reader and to the frames it gives out. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** Takes octets that are not framed, as the greeting is not; returns how many there were. */
  takeRaw(into: Uint8Array, offset: number): number {
    return this.#queue.takeInto(into, offset);
  }

  /**
   * Moves on to the next whole frame. False: more octets are needed.
   * @throws ProtocolError ERR_ZMTP_FRAME_TOO_LARGE, ERR_ZMTP_MESSAGE_TOO_LARGE
   */
  next(): boolean {
    if (this.#partial !== undefined) return this.#fill(this.#partial);
    const queue = this.#queue;
    const { chunk, position } = queue;
    const left = chunk.length - position;
    if (left < 2) return this.#nextAcrossChunks();

    const flags = chunk[position] ?? 0;
    let size = chunk[position + 1] ?? 0;
    let start = position + 2;
    if ((flags & LONG) !== 0) {
      if (left < HEAD_MAX) return this.#nextAcrossChunks();
      size = readLongSize(chunk, position + 1);
      start = position + HEAD_MAX;
    }
    if (size > this.limit || size > this.commandLimit) this.#checkLimit(flags, size);
    if (chunk.length - start < size) {
      queue.position = start;
      return this.#begin(flags, size);
    }
    queue.position = start + size;
    this.flags = flags;
    this.body = this.#memory.view(chunk.buffer, chunk.byteOffset + start, size);
    return true;
  }

  /**
   * Like {@link next}, for whoever makes something else of a body: tells where it lies, in `octets`, `start` and `length`.
   * Those octets are nobody else's.
   */
  locate(): boolean {
    const queue = this.#queue;
    const { chunk, position } = queue;
    const left = chunk.length - position;
    if (this.#partial === undefined && left >= 2) {
      const flags = chunk[position] ?? 0;
      const long = (flags & LONG) !== 0;
      const start = position + (long ? HEAD_MAX : 2);
      if (start <= chunk.length) {
        const size = long ? readLongSize(chunk, position + 1) : (chunk[position + 1] ?? 0);
        if (size > this.limit || size > this.commandLimit) this.#checkLimit(flags, size);
        if (chunk.length - start >= size) {
          queue.position = start + size;
          this.flags = flags;
          this.octets = chunk;
          this.start = start;
          this.length = size;
          return true;
        }
      }
    }
    const found = this.next();
    this.octets = found ? this.body : EMPTY;
    this.start = 0;
    this.length = this.octets.length;
    this.body = EMPTY;
    return found;
  }

  /**
   * Moves whole messages of one frame to `messages`, until there are `most`: those that lie ahead in one chunk, up to
   * anything that needs a closer look, which {@link next} takes. Most traffic is of this kind, and one loop over local
   * variables costs half of what a call for each frame does.
   */
  takeSingles(messages: Message[], most: number): void {
    if (this.#partial !== undefined) return;
    const queue = this.#queue;
    const memory = this.#memory;
    const { chunk } = queue;
    const { buffer, byteOffset, length } = chunk;
    const limit = Math.min(this.limit, this.commandLimit);
    let position = queue.position;
    while (messages.length < most && length - position >= 2) {
      const flags = chunk[position] ?? 0;
      let size = chunk[position + 1] ?? 0;
      let start = position + 2;
      if (flags !== 0) {
        if (flags !== LONG || length - position < HEAD_MAX) break;
        size = readLongSize(chunk, position + 1);
        start = position + HEAD_MAX;
      }
      if (size > limit || length - start < size) break;
      messages.push([memory.view(buffer, byteOffset + start, size)]);
      position = start + size;
    }
    queue.position = position;
  }

  /**
   * The same for messages of two frames of which the first has a short head, as a group and its body are: a call for each
   * frame costs 2.7 times as much.
   */
  takePairs(messages: Message[], most: number): void {
    if (this.#partial !== undefined) return;
    const queue = this.#queue;
    const memory = this.#memory;
    const { chunk } = queue;
    const { buffer, byteOffset, length } = chunk;
    const limit = Math.min(this.limit, this.commandLimit);
    let position = queue.position;
    while (messages.length < most && length - position >= 2) {
      if (chunk[position] !== MORE) break;
      const firstSize = chunk[position + 1] ?? 0;
      const second = position + 2 + firstSize;
      if (length - second < 2) break;
      const flags = chunk[second] ?? 0;
      let size = chunk[second + 1] ?? 0;
      let start = second + 2;
      if (flags !== 0) {
        if (flags !== LONG || length - second < HEAD_MAX) break;
        size = readLongSize(chunk, second + 1);
        start = second + HEAD_MAX;
      }
      if (firstSize + size > limit || length - start < size) break;
      messages.push([
        memory.view(buffer, byteOffset + position + 2, firstSize),
        memory.view(buffer, byteOffset + start, size),
      ]);
      position = start + size;
    }
    queue.position = position;
  }

  /** The last body and what follows belong to one message, so the limit shrinks. */
  spendLimit(): void {
    this.limit -= this.body.length;
    this.#spent += this.body.length;
  }

  /** What follows belongs to another message. */
  restoreLimit(): void {
    this.limit += this.#spent;
    this.#spent = 0;
  }

  /** Lets go of everything that was pushed. */
  clear(): void {
    this.#queue.clear();
    this.#partial = undefined;
    this.body = this.octets = EMPTY;
  }

  /** The slow road: the head does not lie whole in the current chunk. */
  #nextAcrossChunks(): boolean {
    const queue = this.#queue;
    if (queue.size < 2) return queue.advance() && false;
    if (!queue.advance()) return false;
    if (queue.chunk.length - queue.position >= HEAD_MAX) return this.next();
    const head = new Uint8Array(HEAD_MAX);
    const there = queue.peek(head);
    const flags = head[0] ?? 0;
    const long = (flags & LONG) !== 0;
    if (long && there < HEAD_MAX) return false;
    const size = long ? readLongSize(head, 1) : (head[1] ?? 0);
    if (size > this.limit || size > this.commandLimit) this.#checkLimit(flags, size);
    queue.skip(long ? HEAD_MAX : 2);
    return this.#begin(flags, size);
  }

  /** A body whose octets are in several chunks, or have not all come yet. */
  #begin(flags: number, size: number): boolean {
    this.#partial = new PartialBody(this.#memory, flags, size);
    return this.#fill(this.#partial);
  }

  #fill(partial: PartialBody): boolean {
    const body = partial.fill(this.#queue);
    if (body === undefined) return false;
    this.#partial = undefined;
    this.flags = partial.flags;
    this.body = body;
    return true;
  }

  #checkLimit(flags: number, size: number): void {
    const isCommand = (flags & COMMAND) !== 0;
    const limit = isCommand ? this.commandLimit : this.limit;
    if (size > limit) throw tooLarge(size, limit, isCommand ? 0 : this.#spent);
  }
}

/** The error of a frame of `size` octets, of whose message `spent` octets have come, where no more than `limit` may. */
export function tooLarge(size: number, limit: number, spent: number): ProtocolError {
  if (spent > 0) {
    const what = `message of ${String(spent + size)} octets so far, limit ${String(spent + limit)}`;
    return new ProtocolError('ERR_ZMTP_MESSAGE_TOO_LARGE', what);
  }
  return new ProtocolError('ERR_ZMTP_FRAME_TOO_LARGE', `frame of ${String(size)} octets, limit ${String(limit)}`);
}

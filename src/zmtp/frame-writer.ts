/**
 * Frames → chunks of octets that are worth a system call.
 *
 *      small bodies   | head body | head body | …          copied one behind the other into a slab
 *      large bodies   | … head |  then the body itself      handed on by reference
 *      claimed        | head room | or, if large, memory of its own: for bodies that come into being here
 *
 * One write per message costs fifty times what copying a small message into a common chunk costs; from about 8 KiB on
 * the copy costs more than a gathered write (docs/ARCHITECTURE.md, "What it costs").
 */
import { HEAD_MAX, headLength, writeHead } from './frame.ts';
import type { FrameSink } from './framing.ts';
import { EMPTY } from './octets.ts';
import type { Slab } from './slab.ts';

/** Bodies up to this size are copied, larger ones are referenced. */
const COPY_MAX = 8 * 1024;
/** Claimed room of up to this size is in the slab. */
const CLAIM_MAX = 16 * 1024;
/** Below this a loop over octets beats the call of `TypedArray.set`. */
const LOOP_MAX = 24;

/** Collects frames until they are taken. */
export class FrameWriter implements FrameSink {
  /** Where the last {@link claim} is. Only until the writer is asked for anything else. */
  room: Uint8Array = EMPTY;

  readonly #slab: Slab;
  #octets: Uint8Array | undefined; // the leased slab
  #start = 0; // of what is not in #chunks yet
  #end = 0;
  #chunks: Uint8Array[] = [];
  #chunksBytes = 0;
  readonly #rooms: Uint8Array[] = []; // claimed, with memory of their own
  #roomsTaken = 0; // how many of them are in chunks that were taken

  constructor(slab: Slab) {
    this.#slab = slab;
  }

  /** Octets waiting to be taken. */
  get size(): number {
    return this.#chunksBytes + this.#end - this.#start;
  }

  /** Adds one frame. The body must not change until it has been written, since it may be taken by reference. */
  write(flags: number, body: Uint8Array): void {
    const length = body.length;
    if (length > COPY_MAX) {
      this.#reserve(HEAD_MAX);
      this.#head(flags, length);
      this.#seal();
      this.#push(body);
      return;
    }
    const octets = this.#reserve(headLength(length) + length);
    let at = this.#head(flags, length);
    if (length <= LOOP_MAX) {
      for (let i = 0; i < length; i += 1) octets[at++] = body[i] ?? 0;
    } else {
      octets.set(body, at);
      at += length;
    }
    this.#end = at;
  }

  /**
   * Adds one frame whose body the caller writes into {@link room}, before anything else is asked of the writer.
   *
   * @returns where the body begins
   */
  claim(flags: number, size: number): number {
    const length = headLength(size) + size;
    if (length > CLAIM_MAX) {
      const alone = this.#slab.alone(length);
      this.#rooms.push(alone);
      this.#seal();
      this.#push(alone.subarray(0, length));
      this.room = alone;
      return writeHead(alone, 0, flags, size);
    }
    this.room = this.#reserve(length);
    const at = this.#head(flags, size);
    this.#end = at + size;
    return at;
  }

  /** Adds octets that are no such frame: the greeting, or all there is where no ZMTP is spoken. They must not change until written. */
  writeRaw(octets: Uint8Array): void {
    if (octets.length === 0) return; // none take no slab, or every silent peer would hold one
    if (octets.length > COPY_MAX) {
      this.#seal();
      this.#push(octets);
      return;
    }
    this.#reserve(octets.length).set(octets, this.#end);
    this.#end += octets.length;
  }

  /** Everything collected, in order; the writer is empty afterwards. */
  take(): Uint8Array[] {
    this.#seal();
    this.room = EMPTY;
    if (this.#octets !== undefined) {
      this.#slab.giveBack(this.#octets, this.#end);
      this.#octets = undefined;
      this.#start = this.#end = 0;
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunksBytes = 0;
    this.#roomsTaken = this.#rooms.length;
    return chunks;
  }

  /** What was taken has been written, and nobody looks at it any more: where it was claimed others may. */
  reuse(): void {
    if (this.#roomsTaken === 0) return;
    for (const room of this.#rooms.splice(0, this.#roomsTaken)) this.#slab.takeBack(room);
    this.#roomsTaken = 0;
  }

  #head(flags: number, size: number): number {
    const octets = this.#octets;
    if (octets === undefined) return this.#end;
    this.#end = writeHead(octets, this.#end, flags, size);
    return this.#end;
  }

  #reserve(length: number): Uint8Array {
    let octets = this.#octets;
    if (octets !== undefined && octets.length - this.#end >= length) return octets;
    this.#seal();
    const lease = octets === undefined ? this.#slab.lease(length) : { octets: this.#slab.fresh(), used: 0 };
    octets = lease.octets;
    this.#octets = octets;
    this.#start = this.#end = lease.used;
    return octets;
  }

  /** What was copied so far becomes a chunk of its own. */
  #seal(): void {
    if (this.#octets === undefined || this.#start === this.#end) return;
    this.#push(this.#octets.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#chunksBytes += chunk.length;
  }
}

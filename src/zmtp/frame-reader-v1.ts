/**
 * Octets → frames of ZMTP 1.0 (`frame-v1.ts`), under the same rules as those of later versions in `frame-reader.ts`:
 * a body that lies whole in one chunk is a view of it, and no memory is taken for what is merely claimed.
 */
import { ProtocolError } from '../errors.ts';
import type { Memory } from '../message.ts';
import { ByteQueue } from './byte-queue.ts';
import { BODY_MAX, tooLarge } from './frame-reader.ts';
import { bodySizeV1, LONG_HEAD_V1, LONG_V1, SHORT_HEAD_V1 } from './frame-v1.ts';
import { MORE } from './frame.ts';
import type { FrameSource } from './framing.ts';
import { EMPTY } from './octets.ts';
import { PartialBody } from './partial-body.ts';

/** Cuts a stream of ZMTP 1.0 into frames. */
export class FrameReaderV1 implements FrameSource {
  flags = 0;
  body: Uint8Array = EMPTY;
  limit: number = BODY_MAX;
  /** Of no meaning here: there are no commands. */
  commandLimit: number = BODY_MAX;

  readonly #queue = new ByteQueue();
  readonly #memory: Memory;
  readonly #head = new Uint8Array(LONG_HEAD_V1);
  #partial: PartialBody | undefined; // a body that spans chunks
  #inserted: Uint8Array | undefined;
  #spent = 0; // of the limit, by earlier frames of the same message

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get pending(): number {
    return this.#queue.size + (this.#partial?.filled ?? 0);
  }

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** The next frame is a message of this one part, as if the peer had sent it, and counts against no limit. */
  insert(body: Uint8Array): void {
    this.#inserted = body;
  }

  takeRaw(into: Uint8Array, offset: number): number {
    return this.#queue.takeInto(into, offset);
  }

  next(): boolean {
    if (this.#inserted !== undefined) return this.#takeInserted(this.#inserted);
    if (this.#partial !== undefined) return this.#fill(this.#partial);
    const queue = this.#queue;
    if (!queue.advance()) return false;
    const head = this.#head;
    const there = queue.peek(head);
    const headLength = head[0] === LONG_V1 ? LONG_HEAD_V1 : SHORT_HEAD_V1;
    if (there < headLength && head[0] !== 0) return false;
    const size = bodySizeV1(head);
    if (size < 0) throw new ProtocolError('ERR_ZMTP_MALFORMED_FRAME', 'frame of 0 octets, the flags take 1');
    if (size > this.limit) throw tooLarge(size, this.limit, this.#spent);
    const flags = (head[headLength - 1] ?? 0) & MORE;
    queue.skip(headLength);
    queue.advance();
    const { chunk, position } = queue;
    if (chunk.length - position < size) {
      this.#partial = new PartialBody(this.#memory, flags, size);
      return this.#fill(this.#partial);
    }
    queue.position = position + size;
    this.flags = flags;
    this.body = this.#memory.view(chunk.buffer, chunk.byteOffset + position, size);
    return true;
  }

  /** None: so old a peer is worth no second loop. */
  takeSingles(): void {
    // next() takes them one by one
  }

  /** None: before ZMTP 3 there are no groups. */
  takePairs(): void {
    // next() takes them frame by frame
  }

  spendLimit(): void {
    this.limit -= this.body.length;
    this.#spent += this.body.length;
  }

  restoreLimit(): void {
    this.limit += this.#spent;
    this.#spent = 0;
  }

  clear(): void {
    this.#queue.clear();
    this.#partial = this.#inserted = undefined;
    this.body = EMPTY;
  }

  #takeInserted(body: Uint8Array): true {
    this.#inserted = undefined;
    this.flags = 0;
    this.body = body;
    return true;
  }

  #fill(partial: PartialBody): boolean {
    const body = partial.fill(this.#queue);
    if (body === undefined) return false;
    this.#partial = undefined;
    this.flags = partial.flags;
    this.body = body;
    return true;
  }
}

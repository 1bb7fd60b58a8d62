/**
 * MESSAGE commands (`curve-message.ts`) → frames. A box is opened where it came to lie, and its payload handed out as a
 * view of that.
 *
 * Nonces come without gaps: "a sequential number" (RFC 26). libzmq sends them so, and takes any that are greater; but then
 * somebody on the way could take a frame out of the midst of a message, and what is left would pass for whole.
 *
 * The limits are those of payloads. Which of them holds is told by the flags, which are sealed: so a frame may come whole
 * that the larger of the two allows, and is looked at again when it is open.
 */
import { ProtocolError } from '../../errors.ts';
import type { Memory, Message } from '../../message.ts';
import type { Box } from '../crypto/box-cipher.ts';
import { BODY_MAX, tooLarge, type FrameReader } from '../frame-reader.ts';
import { COMMAND, MORE } from '../frame.ts';
import type { FrameSource } from '../framing.ts';
import { EMPTY, hasAt } from '../octets.ts';
import { BOX_AT, COUNTER_AT, FLAGS_AT, INNER_COMMAND, MESSAGE, PAYLOAD_AT, RESERVED } from './curve-message.ts';
import { outOfSequence, readHalf, type NonceCounter } from './curve-nonce.ts';

/** Opens. */
export class CurveSource implements FrameSource {
  flags = 0;
  body: Uint8Array = EMPTY;

  readonly #frames: FrameReader;
  readonly #memory: Memory;
  readonly #box: Box;
  readonly #heard: NonceCounter;
  #limit: number = BODY_MAX;
  #commandLimit: number = BODY_MAX;
  #spent = 0; // of the limit, by earlier frames of the same message
  #held = false; // whether `flags` and `body` are of a frame that next() has not given yet

  constructor(
    frames: FrameReader,
    memory: Memory,
    { box, heard }: { readonly box: Box; readonly heard: NonceCounter },
  ) {
    this.#frames = frames;
    this.#memory = memory;
    this.#box = box;
    this.#heard = heard;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(octets: number) {
    this.#limit = octets;
    this.#limitFrames();
  }

  get commandLimit(): number {
    return this.#commandLimit;
  }

  set commandLimit(octets: number) {
    this.#commandLimit = octets;
    this.#limitFrames();
  }

  get pending(): number {
    return this.#frames.pending + (this.#held ? PAYLOAD_AT + this.body.length : 0);
  }

  push(bytes: Uint8Array): void {
    this.#frames.push(bytes);
  }

  takeRaw(into: Uint8Array, offset: number): number {
    return this.#frames.takeRaw(into, offset);
  }

  /**
   * @throws ProtocolError ERR_ZMTP_UNEXPECTED_COMMAND, ERR_ZMTP_MALFORMED_COMMAND_MESSAGE, ERR_ZMTP_INVALID_SEQUENCE,
   * ERR_ZMTP_CRYPTOGRAPHIC, and what every source throws
   */
  next(): boolean {
    if (this.#held) {
      this.#held = false;
      return true;
    }
    const frames = this.#frames;
    if (!frames.locate()) {
      this.body = EMPTY; // a connection that is idle keeps no chunk
      return false;
    }
    this.flags = this.#open(frames.octets, frames.start, frames.length);
    this.body = this.#payload(frames.octets, frames.start, frames.length);
    return true;
  }

  /** Each box must be opened to see what it is, so the first of another kind is held for {@link next}. */
  takeSingles(messages: Message[], most: number): void {
    if (this.#held) return;
    const frames = this.#frames;
    while (messages.length < most && frames.locate()) {
      const { octets, start, length } = frames;
      const flags = this.#open(octets, start, length);
      const payload = this.#payload(octets, start, length);
      if (flags === 0) {
        messages.push([payload]);
        continue;
      }
      this.flags = flags;
      this.body = payload;
      this.#held = true;
      return;
    }
  }

  /** None: what opening two boxes costs leaves nothing to be saved. */
  takePairs(): void {
    // next() takes them frame by frame
  }

  spendLimit(): void {
    this.#limit -= this.body.length;
    this.#spent += this.body.length;
  }

  restoreLimit(): void {
    this.#limit += this.#spent;
    this.#spent = 0;
  }

  clear(): void {
    this.#frames.clear();
    this.#held = false;
    this.body = EMPTY;
  }

  /** Opens the box of a frame where it lies; returns the flags of what it holds. */
  #open(octets: Uint8Array, start: number, length: number): number {
    if (length < PAYLOAD_AT || !hasAt(octets, start, MESSAGE)) {
      throw noMessage(octets.subarray(start, start + length));
    }
    const high = readHalf(octets, start + COUNTER_AT);
    const low = readHalf(octets, start + COUNTER_AT + 4);
    const heard = this.#heard;
    if (!heard.isBefore(high, low)) throw outOfSequence('MESSAGE');
    if (!this.#box.open(high, low, octets, start + BOX_AT, length - FLAGS_AT)) {
      throw new ProtocolError(
        'ERR_ZMTP_CRYPTOGRAPHIC',
        'the box of a MESSAGE does not open: it was changed on its way',
      );
    }
    heard.moveTo(high, low); // not before: anybody can write a number
    const inner = octets[start + FLAGS_AT] ?? 0;
    if ((inner & RESERVED) !== 0) throw reservedFlags(inner);
    const flags = (inner & MORE) | ((inner & INNER_COMMAND) === 0 ? 0 : COMMAND);
    this.#checkLimit(flags, length - PAYLOAD_AT);
    return flags;
  }

  #payload(octets: Uint8Array, start: number, length: number): Uint8Array {
    return this.#memory.view(octets.buffer, octets.byteOffset + start + PAYLOAD_AT, length - PAYLOAD_AT);
  }

  #checkLimit(flags: number, size: number): void {
    const isCommand = (flags & COMMAND) !== 0;
    const limit = isCommand ? this.#commandLimit : this.#limit;
    if (size > limit) throw tooLarge(size, limit, isCommand ? 0 : this.#spent);
  }

  #limitFrames(): void {
    const payload = Math.max(this.#limit, this.#commandLimit);
    this.#frames.limit = this.#frames.commandLimit = Math.min(BODY_MAX, payload + PAYLOAD_AT);
  }
}

/** The error of a frame that is no MESSAGE, or too short for one. */
function noMessage(body: Uint8Array): ProtocolError {
  if (!hasAt(body, 0, MESSAGE)) {
    return new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', 'a frame in the clear, where all must be sealed');
  }
  const what = `MESSAGE of ${String(body.length)} octets, it takes ${String(PAYLOAD_AT)} at least`;
  return new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_MESSAGE', what);
}

/** RFC 26 has them zero, and a MESSAGE that is otherwise refused; libzmq does not look. */
function reservedFlags(inner: number): ProtocolError {
  const what = `MESSAGE with reserved flags (${inner.toString(16)} in hexadecimal)`;
  return new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_MESSAGE', what);
}

/**
 * Frames → MESSAGE commands (`curve-message.ts`). A payload is copied once, to where it is sealed and written from: into
 * the slab, or, when it is large, into memory of its own.
 */
import type { Box } from '../crypto/box-cipher.ts';
import type { FrameWriter } from '../frame-writer.ts';
import { COMMAND, MORE } from '../frame.ts';
import type { FrameSink } from '../framing.ts';
import { BOX_AT, COUNTER_AT, FLAGS_AT, INNER_COMMAND, MESSAGE, PAYLOAD_AT } from './curve-message.ts';
import { writeHalf, type NonceCounter } from './curve-nonce.ts';

/** Below this a loop over octets beats the call of `TypedArray.set`. */
const LOOP_MAX = 24;

/** Seals. */
export class CurveSink implements FrameSink {
  readonly #frames: FrameWriter;
  readonly #box: Box;
  readonly #sent: NonceCounter;

  constructor(frames: FrameWriter, { box, sent }: { readonly box: Box; readonly sent: NonceCounter }) {
    this.#frames = frames;
    this.#box = box;
    this.#sent = sent;
  }

  get size(): number {
    return this.#frames.size;
  }

  /** @throws ProtocolError ERR_ZMTP_NONCES_EXHAUSTED */
  write(flags: number, body: Uint8Array): void {
    const sent = this.#sent;
    const { length } = body;
    sent.advance(); // first: it may have nothing to give
    const at = this.#frames.claim(0, PAYLOAD_AT + length);
    const octets = this.#frames.room;
    for (let i = 0; i < COUNTER_AT; i += 1) octets[at + i] = MESSAGE[i] ?? 0;
    writeHalf(octets, at + COUNTER_AT, sent.high);
    writeHalf(octets, at + COUNTER_AT + 4, sent.low);
    octets[at + FLAGS_AT] = (flags & MORE) | ((flags & COMMAND) === 0 ? 0 : INNER_COMMAND);
    if (length <= LOOP_MAX) {
      for (let i = 0; i < length; i += 1) octets[at + PAYLOAD_AT + i] = body[i] ?? 0;
    } else {
      octets.set(body, at + PAYLOAD_AT);
    }
    this.#box.seal(sent.high, sent.low, octets, at + BOX_AT, 1 + length);
  }

  writeRaw(octets: Uint8Array): void {
    this.#frames.writeRaw(octets);
  }

  take(): Uint8Array[] {
    return this.#frames.take();
  }
}

/** Frames of ZMTP 1.0 (`frame-v1.ts`) → chunks of octets. Only the heads differ; they are gathered as later ones are. */
import { encodeHeadV1 } from './frame-v1.ts';
import type { FrameSink } from './framing.ts';

/** Writes frames of ZMTP 1.0 behind what another sink has collected. */
export class FrameWriterV1 implements FrameSink {
  readonly #octets: FrameSink;

  constructor(octets: FrameSink) {
    this.#octets = octets;
  }

  get size(): number {
    return this.#octets.size;
  }

  write(flags: number, body: Uint8Array): void {
    this.#octets.writeRaw(encodeHeadV1(flags, body.length));
    this.#octets.writeRaw(body);
  }

  writeRaw(octets: Uint8Array): void {
    this.#octets.writeRaw(octets);
  }

  take(): Uint8Array[] {
    return this.#octets.take();
  }
}

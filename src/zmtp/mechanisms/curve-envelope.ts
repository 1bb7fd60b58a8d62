/** How frames travel when two sides of CURVE are through their handshake: one key, and a name for each direction. */
import type { Box, BoxCipher } from '../crypto/box-cipher.ts';
import type { FrameReader } from '../frame-reader.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { FrameSink, FrameSource } from '../framing.ts';
import type { Envelope } from '../mechanism.ts';
import { ascii } from '../octets.ts';
import type { Memory } from '../../message.ts';
import type { NonceCounter } from './curve-nonce.ts';
import { CurveSink } from './curve-sink.ts';
import { CurveSource } from './curve-source.ts';

/** Of the nonces of what a client sends, and of what a server sends. libzmq's names; the RFC's grammar has others. */
const CLIENT_NONCE = ascii('CurveZMQMESSAGEC');
const SERVER_NONCE = ascii('CurveZMQMESSAGES');

/** What an envelope is made of. */
export interface CurveEnvelopeOptions {
  readonly cipher: BoxCipher;
  /** What c' and s' agree on. The boxes have their own copy. */
  readonly key: Uint8Array;
  /** Which side seals. */
  readonly asServer: boolean;
  /** The last nonces of the handshake. */
  readonly sent: NonceCounter;
  readonly heard: NonceCounter;
}

/** The MESSAGE commands of one connection. */
export class CurveEnvelope implements Envelope {
  readonly #sealing: Box;
  readonly #opening: Box;
  readonly #sent: NonceCounter;
  readonly #heard: NonceCounter;

  constructor({ cipher, key, asServer, sent, heard }: CurveEnvelopeOptions) {
    this.#sealing = cipher.box(key, asServer ? SERVER_NONCE : CLIENT_NONCE);
    this.#opening = cipher.box(key, asServer ? CLIENT_NONCE : SERVER_NONCE);
    this.#sent = sent;
    this.#heard = heard;
  }

  source(frames: FrameReader, memory: Memory): FrameSource {
    return new CurveSource(frames, memory, { box: this.#opening, heard: this.#heard });
  }

  sink(frames: FrameWriter): FrameSink {
    return new CurveSink(frames, { box: this.#sealing, sent: this.#sent });
  }

  wipe(): void {
    this.#sealing.wipe();
    this.#opening.wipe();
  }
}

/**
 * The contract of a framing: what a connection asks of the two ends of its stream, whichever version of ZMTP cuts it
 * into frames. The version of the peer decides once for a connection, so a frame costs no question after its version.
 *
 *      3.x, 2.0   frame.ts      frame-reader.ts      frame-writer.ts
 *      1.0        frame-v1.ts   frame-reader-v1.ts   frame-writer-v1.ts
 *      sealed     an envelope of the mechanism around those of 3.x
 */
import type { Message } from '../message.ts';

/** Octets → frames. After `next()` has returned true, `flags` and `body` are those of the frame. */
export interface FrameSource {
  /** MORE and COMMAND of the last frame; other bits have no meaning. */
  readonly flags: number;
  /** The body of the last frame. */
  readonly body: Uint8Array;
  /** Octets the next body may have at most, when it belongs to a message: what is left of the message's own limit. */
  limit: number;
  /** The same for a command. */
  commandLimit: number;
  /** Octets that were pushed and are not part of a frame handed out yet, but for a head that has been read. */
  readonly pending: number;
  /** Adds octets. They belong to the source and to the frames it gives out. */
  push(bytes: Uint8Array): void;
  /** Takes octets that are not framed, as the greeting is not; returns how many there were. */
  takeRaw(into: Uint8Array, offset: number): number;
  /**
   * Moves on to the next whole frame. False: more octets are needed.
   * @throws ProtocolError ERR_ZMTP_FRAME_TOO_LARGE, ERR_ZMTP_MESSAGE_TOO_LARGE, ERR_ZMTP_MALFORMED_FRAME
   */
  next(): boolean;
  /** Moves whole messages of one frame to `messages`, until there are `most`; how many it takes is its own choice. */
  takeSingles(messages: Message[], most: number): void;
  /** The same for messages of two frames of which the first has a short head. */
  takePairs(messages: Message[], most: number): void;
  /** The last body and what follows belong to one message, so the limit shrinks. */
  spendLimit(): void;
  /** What follows belongs to another message. */
  restoreLimit(): void;
  /** Lets go of everything that was pushed. */
  clear(): void;
}

/** Frames → octets, collected until they are taken. */
export interface FrameSink {
  /** Octets waiting to be taken. */
  readonly size: number;
  /**
   * Adds one frame. The body must not change until it has been written, since it may be taken by reference.
   * @throws ProtocolError when nothing more can be sent, ever
   */
  write(flags: number, body: Uint8Array): void;
  /** Adds octets that are no frame: the greeting. */
  writeRaw(octets: Uint8Array): void;
  /** Everything collected, in order; the sink is empty afterwards. */
  take(): Uint8Array[];
}

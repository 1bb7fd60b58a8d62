/**
 * A connection without a protocol, for STREAM: what has been read is a message, what is sent leaves as it is. It is open
 * from the start, has no limits of its own and waits for nothing, so neither handshake timers nor heartbeats run.
 *
 * A message is as long as what the system has read at once, 64 KiB at most with node:net; libzmq cuts at 8192 octets.
 * That many octets times the high-water mark is what a peer can make us keep.
 */
import type { Message } from '../message.ts';
import type { Connection } from '../zmtp/connection.ts';
import type { ConnectionEvent, PeerProfile } from '../zmtp/events.ts';
import { FrameWriter } from '../zmtp/frame-writer.ts';
import { Metadata } from '../zmtp/metadata.ts';
import { EMPTY } from '../zmtp/octets.ts';
import type { Slab } from '../zmtp/slab.ts';

/** A peer that says nothing of itself. No version is spoken either, and nobody is told of one. */
const NOBODY: PeerProfile = {
  version: { major: 3, minor: 0 },
  socketType: undefined,
  routingId: EMPTY,
  metadata: new Metadata([]),
};

/** Octets as they come, octets as they are. */
export class RawConnection implements Connection {
  readonly #writer: FrameWriter;
  #received: Message[] = [];
  #open = false; // the engine has been told

  constructor(slab: Slab) {
    this.#writer = new FrameWriter(slab);
  }

  get outputBytes(): number {
    return this.#writer.size;
  }

  receive(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#received.push([bytes]);
  }

  nextEvent(mostMessages = 1): ConnectionEvent | undefined {
    if (!this.#open) {
      this.#open = true;
      return { kind: 'handshake', peer: NOBODY };
    }
    if (this.#received.length === 0) return undefined;
    return { kind: 'messages', messages: this.#received.splice(0, mostMessages) };
  }

  send(message: Message): void {
    for (const part of message) this.#writer.writeRaw(part);
  }

  takeOutput(): Uint8Array[] {
    return this.#writer.take();
  }

  outputWritten(): void {
    // all of it is the application's
  }

  deadline(): number | undefined {
    return undefined;
  }

  tick(): void {
    // nothing is waited for
  }

  answer(): void {
    // there is no handshake to be let in by
  }

  close(): void {
    // there are no keys
  }

  listen(): void {
    // silence never proves anything
  }
}

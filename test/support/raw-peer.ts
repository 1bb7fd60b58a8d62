/** A peer on an invented link who speaks ZMTP by hand, and may break every rule of it. */
import type { Duplex, DuplexSink } from '../../src/transports/transport.ts';
import { commandsOf, framesOf, greeting, messagesOf, ready, type RawFrame } from './raw-zmtp.ts';

/** One end of a link in the hand of a test. */
export class RawPeer implements DuplexSink {
  /** Whether the stream is over, and with which error. */
  closedWith: Error | 'end' | undefined;
  readonly #duplex: Duplex;
  readonly #received: Uint8Array[] = [];

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    duplex.start(this);
  }

  get octets(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** All frames so far. */
  get frames(): RawFrame[] {
    return framesOf(this.octets);
  }

  get messages(): string[][] {
    return messagesOf(this.frames);
  }

  /** Commands after READY, as text. */
  get commands(): string[] {
    return commandsOf(this.frames)
      .filter(({ name }) => name !== 'READY')
      .map(({ name, data }) => `${name} ${data.toString('latin1')}`);
  }

  /** Its half of a handshake. */
  shakeHands(socketType: string, { identity, minor = 1 }: { identity?: string; minor?: number } = {}): this {
    return this.write(greeting({ minor }), ready(socketType, identity));
  }

  write(...octets: readonly Uint8Array[]): this {
    this.#duplex.write(octets);
    return this;
  }

  pause(): void {
    this.#duplex.pause();
  }

  resume(): void {
    this.#duplex.resume();
  }

  end(): void {
    this.#duplex.end();
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  // the duplex tells

  received(bytes: Uint8Array): void {
    this.#received.push(bytes);
  }

  drained(): void {
    // whoever writes by hand does not care
  }

  closed(cause: Error | undefined): void {
    this.closedWith = cause ?? 'end';
  }
}

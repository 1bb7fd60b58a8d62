/**
 * A {@link Duplex} on a socket of node:net, for every transport that has one.
 *
 *      both quiet ──start──▶ open ──end──▶ our half closed ──the peer's FIN──▶ closed(undefined)
 *                             ├──the peer's FIN, destroy────────────────────▶ closed(undefined)
 *                             └──ECONNRESET, EPIPE, ETIMEDOUT …─────────────▶ closed(cause)
 *
 * The socket must allow half-open connections and be paused. Half-open, because otherwise Node answers the peer's FIN
 * by itself; for ZMTP a FIN means that the peer is gone, so we close both directions at once, unless `end()` has left
 * something that is still to be written. Octets from Node are fresh for each read, so they are passed on as they are.
 */
import type { Socket } from 'node:net';
import type { Duplex, DuplexSink } from './transport.ts';

/** The two ends of a connection, as endpoints. */
export interface DuplexEnds {
  readonly localAddress: string;
  readonly remoteAddress: string;
}

// What may wait in user land before the engine is asked to keep the rest to itself: one full batch of the engine's.
const CONGESTED_BYTES = 64 * 1024;

/** Octets through a socket of the system. */
export class NetDuplex implements Duplex {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly #socket: Socket;
  /** Never below the stream's own mark: a stream that was below its mark emits no 'drain'. */
  readonly #congestedBytes: number;
  /** From `start()` to `closed`. */
  #sink: DuplexSink | undefined;
  #cause: Error | undefined;
  /** The sink is to hear `drained`: a write has returned false, or `end()` came before all was written. */
  #congested = false;

  /** @param socket - connected, paused, `allowHalfOpen`, and without a listener for data */
  constructor(socket: Socket, ends: DuplexEnds) {
    this.localAddress = ends.localAddress;
    this.remoteAddress = ends.remoteAddress;
    this.#socket = socket;
    this.#congestedBytes = Math.max(CONGESTED_BYTES, socket.writableHighWaterMark);
    socket.on('error', cause => {
      this.#cause ??= cause;
    });
    socket.on('close', () => this.#tellClosed());
    socket.on('drain', () => this.#tellDrained());
    socket.on('finish', () => this.#tellDrained()); // in place of 'drain', which a stream that ends does not emit
  }

  get unwrittenBytes(): number {
    return this.#socket.writableLength;
  }

  start(sink: DuplexSink): void {
    const socket = this.#socket;
    this.#sink = sink;
    // What happened before the sink was there is told after this call, as it always is.
    if (socket.closed) {
      queueMicrotask(() => this.#tellClosed());
      return;
    }
    queueMicrotask(() => this.#tellDrained());
    socket.on('data', (bytes: Buffer) => {
      if (!socket.destroyed) this.#sink?.received(bytes);
    });
    socket.on('end', () => {
      if (!socket.writableEnded) socket.destroy();
    });
    socket.resume();
  }

  /** As the contract says; what comes after `end()`, or after the connection is over, is dropped. */
  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return false;
    const [only] = chunks;
    if (chunks.length === 1 && only !== undefined) {
      socket.write(only);
    } else {
      socket.cork(); // until uncork() turns them into one writev
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
    // What the kernel took at once no longer counts, although the stream's own answer would count it.
    if (socket.writableLength >= this.#congestedBytes) this.#congested = true;
    return !this.#congested;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** As the contract says. While paused the peer's FIN stays unread like its octets, and `closed` waits with them. */
  end(): void {
    if (this.unwrittenBytes > 0) this.#congested = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #tellDrained(): void {
    if (!this.#congested || this.unwrittenBytes > 0 || this.#sink === undefined) return;
    this.#congested = false;
    this.#sink.drained();
  }

  #tellClosed(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(this.#cause);
  }
}

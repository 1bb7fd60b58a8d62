/** Sockets that send and receive. */
import type { Message } from '../message.ts';
import type { Pattern } from './pattern.ts';
import type { BatchOptions, Received } from './receive-line.ts';
import { SendingSocket } from './sending-socket.ts';
import type { WaitOptions } from './waiters.ts';

/** A socket that does both. What it receives with is that of {@link ReceivingSocket}. */
export abstract class DuplexSocket<P extends Pattern = Pattern> extends SendingSocket<P> {
  /** See {@link ReceivingSocket.receive}. */
  receive(options?: WaitOptions): Promise<Message> {
    return this.receivers.receive(options);
  }

  /** See {@link ReceivingSocket.tryReceive}. */
  tryReceive(): Message | undefined {
    return this.receivers.tryReceive();
  }

  /** See {@link ReceivingSocket.receiveFrom}. */
  receiveFrom(options?: WaitOptions): Promise<Received> {
    return this.receivers.receiveFrom(options);
  }

  /** See {@link ReceivingSocket.tryReceiveFrom}. */
  tryReceiveFrom(): Received | undefined {
    return this.receivers.tryReceiveFrom();
  }

  /** See {@link ReceivingSocket.receiveBatch}. */
  receiveBatch(options: BatchOptions = {}): Promise<Message[]> {
    return this.receivers.receiveBatch(options);
  }

  /** All messages, one by one, until the socket is closed. Leaving the loop leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    return this.iterate();
  }
}

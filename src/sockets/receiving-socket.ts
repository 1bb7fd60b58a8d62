/** Sockets that only receive: PULL, SUB and GATHER. */
import type { Message } from '../message.ts';
import type { Pattern } from './pattern.ts';
import type { BatchOptions, Received } from './receive-line.ts';
import { Socket } from './socket.ts';
import type { WaitOptions } from './waiters.ts';

/** A socket that receives and never sends. */
export abstract class ReceivingSocket<P extends Pattern = Pattern> extends Socket<P, Message, Message> {
  /**
   * The next message, in the order of calls. Its parts are views of what was read from the network: who keeps a small
   * part for long had better copy it, since it keeps up to 64 KiB with it.
   *
   * @throws UsageError EFSM out of turn; ClosedError EBADF
   * @throws TimeoutError (as a rejection) EAGAIN when nothing came in time; the signal's reason
   */
  receive(options?: WaitOptions): Promise<Message> {
    return this.receivers.receive(options);
  }

  /** The next message if there is one now. */
  tryReceive(): Message | undefined {
    return this.receivers.tryReceive();
  }

  /**
   * As {@link receive}, and with the message what is known of its sender: address, socket type, routing id and the
   * `metadata` its application has given it. Also of a sender that has gone since.
   */
  receiveFrom(options?: WaitOptions): Promise<Received> {
    return this.receivers.receiveFrom(options);
  }

  /** As {@link tryReceive}, with what is known of the sender. */
  tryReceiveFrom(): Received | undefined {
    return this.receivers.tryReceiveFrom();
  }

  /**
   * At least one message, and with it what else is there, up to `max`: one promise for many messages.
   *
   * @throws UsageError (as a rejection) EINVAL for a `max` below 1
   */
  receiveBatch(options: BatchOptions = {}): Promise<Message[]> {
    return this.receivers.receiveBatch(options);
  }

  /** All messages, one by one, until the socket is closed. Leaving the loop leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    return this.iterate();
  }
}

/** Sockets that only send: PUSH, PUB and SCATTER. */
import type { Message } from '../message.ts';
import { toMessage, type MessageLike } from './message-like.ts';
import type { Pattern } from './pattern.ts';
import { Socket } from './socket.ts';
import type { WaitOptions } from './waiters.ts';

/** A socket that sends and never receives. */
export abstract class SendingSocket<P extends Pattern = Pattern> extends Socket<P, Message, Message> {
  /**
   * Queues a message for a peer. Resolves when it is queued, which is at once unless the socket is mute; calls queue in
   * order. Octets are not copied: do not change them before they have left.
   *
   * @throws UsageError EINVAL for what cannot be a message, EFSM out of turn; ClosedError EBADF
   * @throws TimeoutError (as a rejection) EAGAIN when there was no room in time; the signal's reason
   */
  send(message: MessageLike, options?: WaitOptions): Promise<void> {
    return this.sendMessage(this.toOutgoing(message), options);
  }

  /**
   * Queues a message now or not at all: false when it would have to wait.
   *
   * @throws UsageError EINVAL for what cannot be a message, EFSM out of turn; ClosedError EBADF
   */
  trySend(message: MessageLike): boolean {
    return this.trySendMessage(this.toOutgoing(message));
  }

  /**
   * @internal What leaves for what the application gives.
   * @throws UsageError EINVAL for what cannot be a message of this type
   */
  protected toOutgoing(message: MessageLike): Message {
    return toMessage(message);
  }
}

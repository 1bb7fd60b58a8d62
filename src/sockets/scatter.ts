import type { Message } from '../message.ts';
import { toBody, type MessageLike } from './message-like.ts';
import { SENDING } from './option-table.ts';
import type { SendOptions } from './options.ts';
import { PushPattern } from './push.ts';
import { SendingSocket } from './sending-socket.ts';

/**
 * Distributes messages of one part among GATHER peers, one each in turn (RFC 49). Without a peer that has room, `send()`
 * waits.
 *
 * @example
 * ```ts
 * const scatter = new Scatter();
 * await scatter.bind('tcp://127.0.0.1:5555');
 * await scatter.send('work');
 * ```
 */
export class Scatter extends SendingSocket<PushPattern> {
  constructor(options: SendOptions = {}) {
    super({ type: 'SCATTER', ownOptions: SENDING, pattern: events => new PushPattern(events) }, options);
  }

  /** @internal */
  protected override toOutgoing(message: MessageLike): Message {
    return [toBody(message, 'SCATTER')];
  }
}

import type { Message } from '../message.ts';
import { DealerPattern } from './dealer.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { toBody, type MessageLike } from './message-like.ts';
import { RECEIVING, SENDING } from './option-table.ts';
import type { HelloOptions, HiccupOptions, ReceiveOptions, SendOptions } from './options.ts';

/** What a {@link Client} can be told. */
export type ClientOptions = SendOptions & ReceiveOptions & HelloOptions & HiccupOptions;

/**
 * Sends to SERVER peers in turn, and receives what they send, with no order between the two (RFC 41). Messages have one
 * part; of several parts they are discarded when they come, and counted (`stats().dropped.unexpected`).
 *
 * @example
 * ```ts
 * const client = new Client();
 * client.connect('tcp://127.0.0.1:5555');
 * await client.send('a question');
 * const [answer] = await client.receive();
 * ```
 */
export class Client extends DuplexSocket<DealerPattern> {
  constructor(options: ClientOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, 'helloMessage', 'hiccupMessage'] as const;
    super({ type: 'CLIENT', ownOptions, pattern: events => new DealerPattern(events) }, options);
  }

  /** @internal */
  protected override toOutgoing(message: MessageLike): Message {
    return [toBody(message, 'CLIENT')];
  }
}

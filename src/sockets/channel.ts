import type { Message } from '../message.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { toBody, type MessageLike } from './message-like.ts';
import { RECEIVING, SENDING } from './option-table.ts';
import type { ReceiveOptions, SendOptions } from './options.ts';
import { PairPattern } from './pair.ts';

/**
 * Talks to exactly one other CHANNEL, in messages of one part (RFC 52). Those of several parts are discarded when they
 * come, and counted (`stats().dropped.unexpected`).
 *
 * @example
 * ```ts
 * const channel = new Channel();
 * channel.connect('inproc://the-other-thread-of-thought');
 * await channel.send('a word');
 * const [answer] = await channel.receive();
 * ```
 */
export class Channel extends DuplexSocket<PairPattern> {
  constructor(options: SendOptions & ReceiveOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING];
    super({ type: 'CHANNEL', ownOptions, pattern: events => new PairPattern(events, 'CHANNEL') }, options);
  }

  /** @internal */
  protected override toOutgoing(message: MessageLike): Message {
    return [toBody(message, 'CHANNEL')];
  }
}

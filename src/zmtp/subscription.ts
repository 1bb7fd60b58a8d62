/**
 * Subscriptions on the wire: RFC 37 has commands, RFC 23 (ZMTP 3.0) messages. Both forms are understood from anybody;
 * which one is sent follows the peer's minor version.
 *
 *      3.1   command   | 09 | SUBSCRIBE | topic         | 06 | CANCEL | topic
 *      3.0   message   | 01 | topic                     | 00 | topic
 *
 * Inside, a subscription is always a message in the form of 3.0: that is what XPUB and XSUB show their applications.
 */
import type { Message } from '../message.ts';
import { concat } from './octets.ts';

const CANCEL = 0;
const SUBSCRIBE = 1;

/** What a message of the inner form says. */
export interface Subscription {
  readonly action: 'subscribe' | 'cancel';
  /** A view of the message. */
  readonly topic: Uint8Array;
}

/** The octets of the inner form. */
export function encodeSubscription({ action, topic }: Subscription): Uint8Array {
  return concat(Uint8Array.of(action === 'subscribe' ? SUBSCRIBE : CANCEL), topic);
}

/** What one part says, or undefined when it is an ordinary part. */
export function decodeSubscription(part: Uint8Array): Subscription | undefined {
  const [first] = part;
  if (first !== SUBSCRIBE && first !== CANCEL) return undefined;
  return { action: first === SUBSCRIBE ? 'subscribe' : 'cancel', topic: part.subarray(1) };
}

/** The subscription that a whole message is: one part that begins with 1 or 0. */
export function asSubscription(message: Message): Subscription | undefined {
  const [part] = message;
  return part === undefined || message.length !== 1 ? undefined : decodeSubscription(part);
}

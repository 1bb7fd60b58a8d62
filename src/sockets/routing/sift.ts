/** Which parts of a message are subscriptions: of those that subscribers send to a PUB or XPUB, or applications to an XSUB. */
import type { Message } from '../../message.ts';
import { decodeSubscription, type Subscription } from '../../zmtp/subscription.ts';

/**
 * Hands each subscription over and returns the other parts. Each part may be one, as in libzmq; with `onlyFirstSubscribe`
 * none is when the first is not.
 */
export function sift(
  message: Message,
  { onlyFirstSubscribe }: { readonly onlyFirstSubscribe: boolean },
  take: (subscription: Subscription) => void,
): Message {
  if (onlyFirstSubscribe && message[0] !== undefined && decodeSubscription(message[0]) === undefined) return message;
  const others: Uint8Array[] = [];
  for (const part of message) {
    const subscription = decodeSubscription(part);
    if (subscription === undefined) others.push(part);
    else take(subscription);
  }
  return others;
}

/** This package by its fast lane: a promise only where there is something to wait for. */
import type { Contestant } from './contestant.ts';
import { NO_SECURITY } from './security.ts';
import type { Delivery, Tally } from './tally.ts';
import { ANY_PORT, endpointOf, plain, publisherOf, receiverOf, senderOf, subscriberOf } from './zmtp.ts';

const MOST = 1000; // messages in a batch: the default high-water mark, there are never more

export const fast: Contestant = {
  ...plain, // requests wait for each answer: there is no faster lane for them

  async pull(tally, { endpoint = ANY_PORT, security = NO_SECURITY, kind = 'push' } = {}) {
    const pull = receiverOf(kind, security);
    await pull.bind(endpoint);
    void takeBatches(pull, tally);
    return endpointOf(pull);
  },

  async push(endpoint, body, sent, { security = NO_SECURITY, kind = 'push' } = {}) {
    const push = senderOf(kind, security);
    push.connect(endpoint);
    while (true) {
      sent.messages += 1;
      if (!push.trySend(body)) await push.send(body);
    }
  },

  async publish(_, kind) {
    const publisher = publisherOf(kind);
    await publisher.socket.bind(ANY_PORT);
    return {
      endpoint: endpointOf(publisher.socket),
      hello: body => publisher.send(body),
      async run(body, sent, pace) {
        while (true) {
          if (sent.messages >= pace.allowed) await pace.more();
          sent.messages += 1;
          if (!publisher.trySend(body)) await publisher.send(body);
        }
      },
    };
  },

  async subscribe(endpoint, tally, kind) {
    const subscriber = subscriberOf(kind);
    subscriber.connect(endpoint);
    await takeBatches(subscriber, tally);
  },
};

interface Batches {
  receiveBatch(options: { readonly max: number }): Promise<readonly Delivery[]>;
}

async function takeBatches(messages: Batches, tally: Tally): Promise<void> {
  while (true) {
    for (const [body] of await messages.receiveBatch({ max: MOST })) tally.take(body);
  }
}

/** This package by its fast lane: a promise only where there is something to wait for. */
import { Publisher, Pull, Push, Subscriber } from '../../src/index.ts';
import type { Contestant } from './contestant.ts';
import { clientOptions, NO_SECURITY, serverOptions } from './security.ts';
import type { Tally } from './tally.ts';
import { ANY_PORT, BACKLOG, endpointOf, plain } from './zmtp.ts';

const MOST = 1000; // messages in a batch: the default high-water mark, there are never more

export const fast: Contestant = {
  ...plain, // requests wait for each answer: there is no faster lane for them

  async pull(tally, { endpoint = ANY_PORT, security = NO_SECURITY } = {}) {
    const pull = new Pull({ backlog: BACKLOG, ...serverOptions(security) });
    await pull.bind(endpoint);
    void takeBatches(pull, tally);
    return endpointOf(pull);
  },

  async push(endpoint, body, sent, security = NO_SECURITY) {
    const push = new Push(clientOptions(security));
    push.connect(endpoint);
    while (true) {
      sent.messages += 1;
      if (!push.trySend(body)) await push.send(body);
    }
  },

  async publish() {
    const publisher = new Publisher();
    await publisher.bind(ANY_PORT);
    return {
      endpoint: endpointOf(publisher),
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

  async subscribe(endpoint, tally) {
    const subscriber = new Subscriber();
    subscriber.subscribe('');
    subscriber.connect(endpoint);
    await takeBatches(subscriber, tally);
  },
};

interface Batches {
  receiveBatch(options: { readonly max: number }): Promise<readonly (readonly Uint8Array[])[]>;
}

async function takeBatches(messages: Batches, tally: Tally): Promise<void> {
  while (true) {
    for (const [body] of await messages.receiveBatch({ max: MOST })) if (body !== undefined) tally.take(body);
  }
}

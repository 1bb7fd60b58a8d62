/** This package by its plain API: one `await` for each message. */
import { context, Proxy, Publisher, Pull, Push, Reply, Request, Router, Subscriber } from '../../src/index.ts';
import type { Contestant } from './contestant.ts';
import { clientOptions, NO_SECURITY, serverOptions } from './security.ts';
import type { Tally } from './tally.ts';

export const ANY_PORT = 'tcp://127.0.0.1:*';
export const BACKLOG = 1024; // a thousand peers connect at once: the default of 100 would measure lost SYNs

export const plain: Contestant = {
  async pull(tally, { endpoint = ANY_PORT, security = NO_SECURITY } = {}) {
    const pull = new Pull({ backlog: BACKLOG, ...serverOptions(security) });
    await pull.bind(endpoint);
    void takeAll(pull, tally);
    return endpointOf(pull);
  },

  async push(endpoint, body, sent, security = NO_SECURITY) {
    const push = new Push(clientOptions(security));
    push.connect(endpoint);
    while (true) {
      sent.messages += 1;
      await push.send(body);
    }
  },

  async forward(endpoint) {
    const [pull, push] = [new Pull(), new Push()];
    await pull.bind(ANY_PORT);
    push.connect(endpoint);
    void new Proxy(pull, push).run();
    return endpointOf(pull);
  },

  async reply(security = NO_SECURITY) {
    const reply = new Reply({ backlog: BACKLOG, ...serverOptions(security) });
    await reply.bind(ANY_PORT);
    void (async () => {
      for await (const message of reply) await reply.send(message);
    })();
    return endpointOf(reply);
  },

  async request(endpoint, body, lap, security = NO_SECURITY) {
    const request = new Request(clientOptions(security));
    request.connect(endpoint);
    while (true) {
      await request.send(body);
      const [answer] = await request.receive();
      lap(answer ?? new Uint8Array(0));
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
          await publisher.send(body);
        }
      },
    };
  },

  async subscribe(endpoint, tally) {
    const subscriber = new Subscriber();
    subscriber.subscribe('');
    subscriber.connect(endpoint);
    await takeAll(subscriber, tally);
  },

  async hold(security = NO_SECURITY) {
    if (security.mechanism === 'PLAIN') context.authenticator = () => ({ status: 200 });
    const router = new Router({ backlog: BACKLOG, ...serverOptions(security) });
    await router.bind(ANY_PORT);
    return endpointOf(router);
  },
};

export function endpointOf(socket: { readonly lastEndpoint: string | null }): string {
  if (socket.lastEndpoint === null) throw new Error('a bound socket has no endpoint');
  return socket.lastEndpoint;
}

export async function takeAll(messages: AsyncIterable<readonly Uint8Array[]>, tally: Tally): Promise<void> {
  for await (const [body] of messages) if (body !== undefined) tally.take(body);
}

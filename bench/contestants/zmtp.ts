/** This package by its plain API: one `await` for each message. */
import {
  Client,
  context,
  Dish,
  Gather,
  Proxy,
  Publisher,
  Pull,
  Push,
  Radio,
  Reply,
  Request,
  Router,
  Scatter,
  Server,
  Subscriber,
} from '../../src/index.ts';
import type { Contestant, FanOutKind, FlowKind } from './contestant.ts';
import { clientOptions, NO_SECURITY, serverOptions, type Security } from './security.ts';
import type { Delivery, Tally } from './tally.ts';

export const ANY_PORT = 'tcp://127.0.0.1:*';
export const BACKLOG = 1024; // a thousand peers connect at once: the default of 100 would measure lost SYNs

export const plain: Contestant = {
  async pull(tally, { endpoint = ANY_PORT, security = NO_SECURITY, kind = 'push' } = {}) {
    const pull = receiverOf(kind, security);
    await pull.bind(endpoint);
    void takeAll(pull, tally);
    return endpointOf(pull);
  },

  async push(endpoint, body, sent, { security = NO_SECURITY, kind = 'push' } = {}) {
    const push = senderOf(kind, security);
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
          await publisher.send(body);
        }
      },
    };
  },

  async subscribe(endpoint, tally, kind) {
    const subscriber = subscriberOf(kind);
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

/** The end of a flow that binds. */
export function receiverOf(kind: FlowKind, security: Security): Pull | Gather | Server {
  const options = { backlog: BACKLOG, ...serverOptions(security) };
  switch (kind) {
    case 'push':
      return new Pull(options);
    case 'scatter':
      return new Gather(options);
    case 'client':
      return new Server(options);
  }
}

/** The end of a flow that connects. */
export function senderOf(kind: FlowKind, security: Security): Push | Scatter | Client {
  const options = clientOptions(security);
  switch (kind) {
    case 'push':
      return new Push(options);
    case 'scatter':
      return new Scatter(options);
    case 'client':
      return new Client(options);
  }
}

const TO_ALL = { group: 'all' };

/** A socket that sends to many, and how it does. */
interface ManySender {
  readonly socket: Publisher | Radio;
  send(body: Uint8Array): Promise<void>;
  trySend(body: Uint8Array): boolean;
}

export function publisherOf(kind: FanOutKind): ManySender {
  if (kind === 'publish') {
    const socket = new Publisher();
    return { socket, send: body => socket.send(body), trySend: body => socket.trySend(body) };
  }
  const socket = new Radio();
  return { socket, send: body => socket.send(body, TO_ALL), trySend: body => socket.trySend(body, TO_ALL) };
}

/** One of the many, who wants everything. */
export function subscriberOf(kind: FanOutKind): Subscriber | Dish {
  if (kind === 'publish') {
    const subscriber = new Subscriber();
    subscriber.subscribe('');
    return subscriber;
  }
  const dish = new Dish();
  dish.join(TO_ALL.group);
  return dish;
}

export function endpointOf(socket: { readonly lastEndpoint: string | null }): string {
  if (socket.lastEndpoint === null) throw new Error('a bound socket has no endpoint');
  return socket.lastEndpoint;
}

export async function takeAll(messages: AsyncIterable<Delivery>, tally: Tally): Promise<void> {
  for await (const [body] of messages) tally.take(body);
}

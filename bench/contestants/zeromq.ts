/** The npm package `zeromq`: libzmq behind a native add-on, used as its manual says. */
import { context, Proxy, Publisher, Pull, Push, Reply, Request, Router, Subscriber } from 'zeromq';
import type { Client, Dish, Gather, Scatter, Server } from 'zeromq/draft.js';
import type { Contestant, FanOutKind, FlowKind } from './contestant.ts';
import { clientOptions, NO_SECURITY, serverOptions, type Security } from './security.ts';
import type { Delivery, Tally } from './tally.ts';

const ANY_PORT = 'tcp://127.0.0.1:*';
const BACKLOG = 1024; // as for the others

context.maxSockets = 4096; // the default of 1023 leaves no room for a thousand peers

export const zeromq: Contestant = {
  async pull(tally, { endpoint = ANY_PORT, security = NO_SECURITY, kind = 'push' } = {}) {
    const pull = await receiverOf(kind, security);
    await pull.bind(endpoint);
    void takeAll(pull, tally);
    return endpointOf(pull);
  },

  async push(endpoint, body, sent, { security = NO_SECURITY, kind = 'push' } = {}) {
    const push = await senderOf(kind, security);
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
    const { socket, send } = await publisherOf(kind);
    await socket.bind(ANY_PORT);
    return {
      endpoint: endpointOf(socket),
      hello: send,
      async run(body, sent, pace) {
        while (true) {
          if (sent.messages >= pace.allowed) await pace.more();
          sent.messages += 1;
          await send(body);
        }
      },
    };
  },

  async subscribe(endpoint, tally, kind) {
    const subscriber = await subscriberOf(kind);
    subscriber.connect(endpoint);
    await takeAll(subscriber, tally);
  },

  async hold(security = NO_SECURITY) {
    if (security.mechanism === 'PLAIN') await letEverybodyIn();
    const router = new Router({ backlog: BACKLOG, ...serverOptions(security) });
    await router.bind(ANY_PORT);
    held.push(router);
    return endpointOf(router);
  },
};

const held: Router[] = []; // the add-on closes sockets that are collected

/** RFC 27: whoever asks is told that the peer may come in. */
async function letEverybodyIn(): Promise<void> {
  const handler = new Reply();
  await handler.bind('inproc://zeromq.zap.01');
  void (async () => {
    for await (const [version = '', requestId = ''] of handler) {
      await handler.send([version, requestId, '200', '', '', '']);
    }
  })();
}

/** What the add-on has for types that libzmq calls drafts. */
function draft(): Promise<typeof import('zeromq/draft.js')> {
  process.removeAllListeners('warning'); // loading it tells standard error, in each process, that they may change
  return import('zeromq/draft.js');
}

async function receiverOf(kind: FlowKind, security: Security): Promise<Pull | Gather | Server> {
  const options = { backlog: BACKLOG, ...serverOptions(security) };
  if (kind === 'push') return new Pull(options);
  const { Gather, Server } = await draft();
  return kind === 'scatter' ? new Gather(options) : new Server(options);
}

async function senderOf(kind: FlowKind, security: Security): Promise<Push | Scatter | Client> {
  const options = clientOptions(security);
  if (kind === 'push') return new Push(options);
  const { Client, Scatter } = await draft();
  return kind === 'scatter' ? new Scatter(options) : new Client(options);
}

const TO_ALL = { group: 'all' };

interface ManySender {
  readonly socket: { readonly lastEndpoint: string | null; bind(endpoint: string): Promise<void> };
  readonly send: (body: Uint8Array) => Promise<void>;
}

async function publisherOf(kind: FanOutKind): Promise<ManySender> {
  if (kind === 'publish') {
    const socket = new Publisher();
    return { socket, send: body => socket.send(body) };
  }
  const { Radio } = await draft();
  const socket = new Radio();
  return { socket, send: body => socket.send(body, TO_ALL) };
}

async function subscriberOf(kind: FanOutKind): Promise<Subscriber | Dish> {
  if (kind === 'publish') {
    const subscriber = new Subscriber();
    subscriber.subscribe('');
    return subscriber;
  }
  const { Dish } = await draft();
  const dish = new Dish();
  dish.join(TO_ALL.group);
  return dish;
}

function endpointOf(socket: { readonly lastEndpoint: string | null }): string {
  if (socket.lastEndpoint === null) throw new Error('a bound socket has no endpoint');
  return socket.lastEndpoint;
}

async function takeAll(messages: AsyncIterable<Delivery>, tally: Tally): Promise<void> {
  for await (const [body] of messages) tally.take(body);
}

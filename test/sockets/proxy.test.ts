import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ZmtpError } from '../../src/errors.ts';
import { Channel } from '../../src/sockets/channel.ts';
import { Client } from '../../src/sockets/client.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Gather } from '../../src/sockets/gather.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Peer } from '../../src/sockets/peer.ts';
import { Proxy } from '../../src/sockets/proxy.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { Scatter } from '../../src/sockets/scatter.ts';
import { Server } from '../../src/sockets/server.ts';
import type { AnySocket, Socket } from '../../src/sockets/socket.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { codeOfCall, drain, errorOf, fateOf, fill, inWorld, texts, World } from '../support/world.ts';
import type { Link } from '../support/virtual-network.ts';
import { Heap } from '../support/zmtp-heap.ts';

/** Frontend at `mem://front`, backend at `mem://back`. */
async function bound<F extends Socket, B extends Socket>(
  frontEnd: F,
  backEnd: B,
  capture?: Socket,
): Promise<Proxy<F, B>> {
  await frontEnd.bind('mem://front');
  await backEnd.bind('mem://back');
  return new Proxy(frontEnd, backEnd, capture === undefined ? {} : { capture });
}

async function connected<S extends Socket>(world: World, socket: S, endpoint: string): Promise<S> {
  await world.connect(socket, endpoint);
  return socket;
}

/** A PULL to a PUSH, with somebody who sends and somebody who receives. */
async function pipeline(world: World, capture?: Socket) {
  const proxy = await bound(world.open(Pull), world.open(Push), capture);
  const source = await connected(world, world.open(Push), 'mem://front');
  const sink = await connected(world, world.open(Pull), 'mem://back');
  return { proxy, source, sink };
}

function numbers(from: number, to: number): string[][] {
  return Array.from({ length: to - from }, (_, i) => [String(from + i)]);
}

async function answerAll(worker: Reply, name = ''): Promise<void> {
  for await (const request of worker) await worker.send([name, ...request]);
}

// What may be joined.

const joining = suite('a proxy');

inWorld(joining, 'joins sockets of which one receives and the other sends', async world => {
  const types = [Dealer, Pair, Publisher, Pull, Push, Reply, Request, Router, Subscriber, XPublisher, XSubscriber];
  const suits = (Front: (typeof types)[number], Back: (typeof types)[number]): boolean => {
    const [deaf, mute] = [[Publisher, Push] as unknown[], [Pull, Subscriber] as unknown[]];
    return (!deaf.includes(Front) && !mute.includes(Back)) || (!mute.includes(Front) && !deaf.includes(Back));
  };
  for (const Front of types) {
    for (const Back of types) {
      const sockets = [world.open<Socket, object>(Front), world.open<Socket, object>(Back)] as const;
      const make = () => new Proxy(...sockets);
      if (suits(Front, Back)) assert.equal([make().frontEnd, make().backEnd], sockets);
      else assert.is(await codeOfCall(make), 'EINVAL', `${Front.name} ${Back.name}`);
    }
  }
});

inWorld(joining, 'joins those of one part as it does others, in the directions that they have', async world => {
  const types = [Client, Scatter, Gather, Channel, Push, Pull, Dealer];
  const [deaf, mute] = [[Scatter, Push] as unknown[], [Gather, Pull] as unknown[]];
  for (const Front of types) {
    for (const Back of types) {
      const make = () => new Proxy(world.open<Socket, object>(Front), world.open<Socket, object>(Back));
      const nothing = [deaf, mute].some(list => list.includes(Front) && list.includes(Back));
      if (nothing) assert.is(await codeOfCall(make), 'EINVAL', `${Front.name} ${Back.name}`);
      else assert.ok(make());
    }
  }
});

inWorld(joining, 'is not made of sockets that say by number whom a message is for', async world => {
  const dealer = world.open(Dealer);
  for (const Type of [Server, Peer]) {
    const numbering = world.open<AnySocket, object>(Type) as unknown as Socket; // TypeScript would not let it pass
    for (const make of [
      () => new Proxy(numbering, dealer),
      () => new Proxy(dealer, numbering),
      () => new Proxy(numbering, numbering),
      () => new Proxy(dealer, world.open(Router), { capture: numbering }),
    ]) {
      const error = await errorOf(make);
      assert.ok(error instanceof ZmtpError);
      assert.equal([error.name, error.code], ['UsageError', 'EINVAL']);
      assert.match(error.message, `a ${numbering.type}, whose messages are more than parts`);
    }
  }
});

inWorld(joining, 'says what does not fit', async world => {
  const error = await errorOf(() => new Proxy(world.open(Push), world.open(Publisher)));
  assert.ok(error instanceof ZmtpError);
  assert.equal([error.name, error.code], ['UsageError', 'EINVAL']);
  assert.match(error.message, /PUSH.*PUB/);
});

inWorld(joining, 'is made of sockets and nothing else', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer)];
  for (const wrong of [undefined, null, 5, {}, 'mem://x', Dealer] as unknown[]) {
    const bad = wrong as Socket;
    assert.is(await codeOfCall(() => new Proxy(bad, dealer)), 'EINVAL');
    assert.is(await codeOfCall(() => new Proxy(router, bad)), 'EINVAL');
    if (wrong !== undefined) assert.is(await codeOfCall(() => new Proxy(router, dealer, { capture: bad })), 'EINVAL');
  }
  for (const wrong of [null, 5, { captures: router }] as unknown[]) {
    assert.is(await codeOfCall(() => new Proxy(router, dealer, wrong as object)), 'EINVAL');
  }
});

inWorld(joining, 'captures with a socket of its own that sends to whoever listens', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer)];
  for (const Type of [Publisher, XPublisher, Push, Dealer, Pair]) {
    new Proxy(router, dealer, { capture: world.open<Socket, object>(Type) });
  }
  for (const Type of [Pull, Subscriber, Request, Reply, Router, XSubscriber]) {
    const capture = world.open<Socket, object>(Type);
    assert.is(await codeOfCall(() => new Proxy(router, dealer, { capture })), 'EINVAL', Type.name);
  }
  assert.is(await codeOfCall(() => new Proxy(router, dealer, { capture: dealer })), 'EINVAL');
});

inWorld(joining, 'is not made of sockets that are closed, and does not run with them', async world => {
  const [open, closed, late] = [world.open(Dealer), world.open(Dealer), world.open(Dealer)];
  const capture = world.open(Push);
  const captured = new Proxy(world.open(Dealer), open, { capture });
  const proxies = [new Proxy(open, late), new Proxy(late, open), captured];
  for (const socket of [closed, late, capture]) await world.close(socket);
  assert.is(await codeOfCall(() => new Proxy(open, closed)), 'EBADF');
  assert.is(await codeOfCall(() => new Proxy(closed, open)), 'EBADF');
  for (const proxy of proxies) assert.is(await codeOfCall(() => proxy.run()), 'EBADF');
});

inWorld(joining, 'runs once', async world => {
  const proxy = await bound(world.open(Router), world.open(Dealer));
  const running = proxy.run();
  assert.throws(
    () => proxy.run(),
    (error: unknown) => error instanceof ZmtpError && error.name === 'UsageError' && error.code === 'EFSM',
  );
  const fate = fateOf(running);
  await world.settle();
  assert.is(fate.now, 'pending', 'the first run goes on');
  proxy.terminate();
  await running;
  assert.is(await codeOfCall(() => proxy.run()), 'EFSM');
});

inWorld(joining, 'ends on a signal and on nothing else that looks like one', async world => {
  const proxy = await bound(world.open(Router), world.open(Dealer));
  for (const wrong of [null, 5, {}] as unknown[]) {
    const bad = { signal: wrong as AbortSignal };
    assert.is(await codeOfCall(() => proxy.run(bad)), 'EINVAL');
  }
  const controller = new AbortController();
  const running = proxy.run(controller);
  const fate = fateOf(running);
  await world.settle();
  assert.is(fate.now, 'pending');
  controller.abort();
  await running;
  assert.is(world.clock.holds, 0);
});

inWorld(joining, 'ends at once when its signal was given before, or its end was asked for', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer)];
  await new Proxy(router, dealer).run({ signal: AbortSignal.abort() });
  const proxy = new Proxy(router, dealer);
  proxy.terminate();
  proxy.pause();
  proxy.resume();
  await proxy.run();
  proxy.terminate();
  assert.is(world.clock.holds, 0);
});

inWorld(joining, 'is not kept by its sockets or its signal when it has ended', async world => {
  const sockets = [world.open(Pull), world.open(Push), world.open(Push)] as const;
  const heap = new Heap();
  const { signal } = new AbortController();
  const runs = Array.from({ length: 5 }, () => {
    const proxy = heap.watch(new Proxy(sockets[0], sockets[1], { capture: sockets[2] }));
    const running = proxy.run({ signal });
    proxy.terminate();
    return running;
  });
  await Promise.all(runs);
  await world.settle();
  assert.ok((await heap.survivors()) <= 1); // the last may still lie on the stack
});

inWorld(joining, 'keeps the process alive while it runs, paused or not', async world => {
  const { proxy } = await pipeline(world);
  assert.is(world.clock.holds, 0);
  const running = proxy.run();
  assert.is(world.clock.holds, 1);
  proxy.pause();
  await world.settle();
  assert.is(world.clock.holds, 1);
  proxy.terminate();
  assert.is(world.clock.holds, 0);
  await running;
});

for (const which of ['frontEnd', 'backEnd', 'capture'] as const) {
  for (const paused of [false, true]) {
    inWorld(joining, `ends when its ${which} is closed${paused ? ' while it is paused' : ''}`, async world => {
      const capture = world.open(Push);
      const { proxy } = await pipeline(world, capture);
      const running = proxy.run();
      if (paused) proxy.pause();
      await world.settle();
      const sockets = { frontEnd: proxy.frontEnd, backEnd: proxy.backEnd, capture };
      const fate = fateOf(running);
      void sockets[which].close();
      await world.settle();
      assert.is(fate.now, 'fulfilled');
      const open = Object.values(sockets).filter(socket => !socket.closed);
      assert.is(open.length, 2, 'the others stay open');
    });
  }
}

inWorld(joining, 'rejects with what nobody has foreseen', async world => {
  class Broken extends Push {
    override trySend(): boolean {
      throw new TypeError('broken');
    }
  }
  const proxy = await bound(world.open(Pull), world.open(Broken));
  const source = await connected(world, world.open(Push), 'mem://front');
  await connected(world, world.open(Pull), 'mem://back');
  const running = proxy.run();
  await source.send('x');
  const error = await errorOf(() => world.until(running));
  assert.instance(error, TypeError);
  assert.is(world.clock.holds, 0);
});

joining.run();

// What passes.

const forwarding = suite('a running proxy');

inWorld(forwarding, 'brings requests to workers and answers back, in all their parts', async world => {
  const proxy = await bound(world.open(Router), world.open(Dealer));
  const running = proxy.run();
  const clients = [world.open(Request), world.open(Request), world.open(Request)];
  for (const client of clients) await world.connect(client, 'mem://front');
  for (const name of ['a', 'b']) {
    void answerAll(await connected(world, world.open(Reply), 'mem://back'), name);
  }
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(clients.map((client, i) => client.send([`${i}`, '', `${round}`, ''])));
    const answers = await world.until(Promise.all(clients.map(client => client.receive())));
    assert.equal(
      answers.map(answer => texts(answer).slice(1)),
      clients.map((_, i) => [`${i}`, '', `${round}`, '']),
    );
    const workers = new Set(answers.map(answer => texts(answer)[0]));
    assert.is(workers.size, 2, 'both workers have worked');
  }
  proxy.terminate();
  await running;
});

inWorld(forwarding, 'is one of several between a client and a worker', async world => {
  const proxies: Proxy[] = [];
  for (let i = 0; i < 3; i += 1) {
    const [router, dealer] = [world.open(Router), world.open(Dealer)];
    await router.bind(`mem://hop${i}`);
    dealer.connect(`mem://hop${i + 1}`);
    proxies.push(new Proxy(router, dealer));
  }
  const running = Promise.all(proxies.map(proxy => proxy.run()));
  const worker = world.open(Reply);
  await worker.bind('mem://hop3');
  void answerAll(worker);
  const clients = Array.from({ length: 5 }, () => world.open(Request));
  for (const client of clients) client.connect('mem://hop0');
  for (const [i, client] of clients.entries()) await client.send(['question', `${i}`]);
  const answers = await world.until(Promise.all(clients.map(client => client.receive())));
  assert.equal(
    answers.map(answer => texts(answer)),
    clients.map((_, i) => ['', 'question', `${i}`]),
  );
  for (const proxy of proxies) proxy.terminate();
  await running;
});

for (const Type of [Reply, Dealer, Router, Pair]) {
  inWorld(forwarding, `with one socket sends back what it receives: ${Type.name}`, async world => {
    const socket = world.open<Reply | Dealer | Router | Pair, object>(Type);
    await socket.bind('mem://echo');
    const proxy = new Proxy(socket, socket);
    void proxy.run();
    const client = world.open<Request | Dealer | Pair, object>(
      Type === Reply ? Request : Type === Pair ? Pair : Dealer,
    );
    await world.connect(client, 'mem://echo');
    for (const word of ['one', 'two']) {
      await client.send([word, '', 'x']);
      assert.equal(texts(await world.until(client.receive())), [word, '', 'x']);
    }
    const { frontend, backend } = proxy.statistics();
    assert.equal([frontend.received.messages, frontend.sent.messages], [2, 0]);
    assert.equal([backend.received.messages, backend.sent.messages], [0, 2]);
    proxy.terminate();
  });
}

inWorld(forwarding, 'with one socket counts what comes on one side and what goes on the other', async world => {
  const socket = world.open(Dealer, { receiveHighWaterMark: 0, sendHighWaterMark: 0 });
  await socket.bind('mem://echo');
  const client = world.open(Dealer, { receiveHighWaterMark: 0, sendHighWaterMark: 0 });
  await world.connect(client, 'mem://echo');
  const count = 50_000; // more than a turn's worth
  for (let i = 0; i < count; i += 1) client.trySend('x');
  await world.settle();
  const proxy = new Proxy(socket, socket);
  void proxy.run();
  await world.settle();
  const [all, nothing] = [count, 0].map(messages => ({ messages, octets: messages }));
  assert.equal(proxy.statistics(), {
    frontend: { received: all, sent: nothing },
    backend: { received: nothing, sent: all },
  });
  proxy.terminate();
});

inWorld(forwarding, 'takes the turns of a REP and a REQ', async world => {
  const proxy = await bound(world.open(Reply), world.open(Request));
  void proxy.run();
  void answerAll(await connected(world, world.open(Reply), 'mem://back'), 'w');
  const clients = [world.open(Request), world.open(Request)];
  for (const client of clients) await world.connect(client, 'mem://front');
  for (let round = 0; round < 3; round += 1) {
    for (const [i, client] of clients.entries()) await client.send(`${i}${round}`);
    const answers = await world.until(Promise.all(clients.map(client => client.receive())));
    assert.equal(
      answers.map(answer => texts(answer)),
      clients.map((_, i) => ['w', `${i}${round}`]),
    );
  }
  proxy.terminate();
});

inWorld(forwarding, 'takes the turns of a REP alone, and of a REQ alone', async world => {
  const cases = [
    [world.open(Reply), world.open(Dealer), world.open(Request), world.open(Dealer)],
    [world.open(Dealer), world.open(Request), world.open(Dealer), world.open(Reply)],
  ] as const;
  for (const [front, back, client, worker] of cases) {
    await world.join(front, client);
    await world.join(back, worker);
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    for (const round of ['1', '2', '3']) {
      await client.send(['question', round]);
      const question = await world.until(worker.receive());
      await worker.send([...question, 'answered']);
      assert.equal(texts(await world.until(client.receive())), ['question', round, 'answered']);
    }
    proxy.terminate();
    await running;
  }
});

inWorld(forwarding, 'goes one way where there is only one', async world => {
  const { proxy, source, sink } = await pipeline(world);
  void proxy.run();
  for (const message of numbers(0, 5)) await source.send(['work', ...message]);
  await world.settle();
  assert.equal(
    drain(sink),
    numbers(0, 5).map(message => ['work', ...message]),
  );
  const backwards = new Proxy(world.open(Push), world.open(Pull));
  await backwards.frontEnd.bind('mem://out');
  await backwards.backEnd.bind('mem://in');
  void backwards.run();
  const feeder = await connected(world, world.open(Push), 'mem://in');
  const eater = await connected(world, world.open(Pull), 'mem://out');
  await feeder.send('back');
  assert.equal(texts(await world.until(eater.receive())), ['back']);
  proxy.terminate();
  backwards.terminate();
});

inWorld(forwarding, 'takes subscriptions up and news down', async world => {
  const proxy = await bound(world.open(XPublisher), world.open(XSubscriber));
  void proxy.run();
  const publisher = world.open(XPublisher);
  await world.connect(publisher, 'mem://back');
  const [one, two] = [world.open(Subscriber), world.open(Subscriber)];
  for (const subscriber of [one, two]) await world.connect(subscriber, 'mem://front');
  const shown = (): string[] => drain(publisher).map(([part = '']) => part.replace('\x01', '+').replace('\x00', '-'));
  const publish = async (): Promise<void> => {
    for (const topic of ['A', 'B', 'C']) await publisher.send([topic, 'x', '']);
    await world.settle();
  };
  one.subscribe('A');
  two.subscribe('A', 'B');
  await world.settle();
  assert.equal(shown(), ['+A', '+B']);
  await publish();
  assert.equal(drain(one), [['A', 'x', '']]);
  assert.equal(drain(two), [
    ['A', 'x', ''],
    ['B', 'x', ''],
  ]);
  two.unsubscribe('A', 'B');
  await world.settle();
  assert.equal(shown(), ['-B']);
  await publish();
  assert.equal([drain(one).length, drain(two).length], [1, 0]);
  await world.close(one);
  await world.settle();
  assert.equal(shown(), ['-A']);
  proxy.terminate();
});

inWorld(forwarding, 'forwards one way while the other is blocked', async world => {
  const proxy = await bound(world.open(Router), world.open(Dealer, { sendHighWaterMark: 1 }));
  void proxy.run();
  const client = await connected(world, world.open(Dealer), 'mem://front');
  const worker = world.open(Dealer);
  const link = await world.connect(worker, 'mem://back');
  await client.send('request');
  const [id = new Uint8Array()] = await world.until(worker.receive());
  link.back.freeze(); // towards the worker
  for (let i = 0; i < 10; i += 1) await client.send(Buffer.alloc(100_000));
  await world.settle();
  assert.not.ok(proxy.backEnd.writable);
  for (let i = 0; i < 3; i += 1) await worker.send([id, `${i}`]);
  await world.settle();
  assert.equal(drain(client), numbers(0, 3));
  proxy.terminate();
});

inWorld(forwarding, 'gives the event loop its turn, however much there is', async world => {
  const proxy = await bound(world.open(Pull, { receiveHighWaterMark: 0 }), world.open(Push, { sendHighWaterMark: 0 }));
  const source = await connected(world, world.open(Push, { sendHighWaterMark: 0 }), 'mem://front');
  const sink = await connected(world, world.open(Pull, { receiveHighWaterMark: 0 }), 'mem://back');
  const count = 50_000;
  for (let i = 0; i < count; i += 1) source.trySend('x');
  await world.settle();
  void proxy.run();
  await new Promise(resolve => setImmediate(resolve));
  const { messages } = proxy.statistics().frontend.received;
  assert.ok(messages > 1000 && messages < count / 2, `${messages} messages before anybody else had a turn`);
  await world.settle();
  assert.is(drain(sink).length, count);
  proxy.terminate();
});

inWorld(forwarding, 'gives both directions their share of a turn', async world => {
  const proxy = await bound(world.open(Dealer), world.open(Dealer));
  const left = await connected(world, world.open(Dealer), 'mem://front');
  const right = await connected(world, world.open(Dealer), 'mem://back');
  fill(left, () => 'x'.repeat(20_000));
  fill(right, () => 'x'.repeat(20_000));
  await world.settle();
  void proxy.run();
  await new Promise(resolve => setImmediate(resolve));
  const { frontend, backend } = proxy.statistics();
  for (const { received } of [frontend, backend]) {
    assert.ok(received.octets > 1_000_000 && received.octets < 1_200_000, `${received.octets} octets of one side`);
  }
  proxy.terminate();
});

inWorld(forwarding, 'shares its sockets with the application, who came first is served first', async world => {
  const { proxy, source, sink } = await pipeline(world);
  const first = proxy.frontEnd.receive();
  void proxy.run();
  const second = proxy.frontEnd.receive();
  for (const message of numbers(0, 5)) await source.send(message);
  await proxy.backEnd.send('between');
  assert.equal([texts(await first), texts(await second)], numbers(0, 2));
  await world.settle();
  assert.equal(drain(sink).sort(), [...numbers(2, 5), ['between']]);
  proxy.terminate();
});

inWorld(forwarding, 'drops what the other side cannot send, and goes on', async world => {
  const proxy = await bound(world.open(Router), world.open(Dealer));
  const running = proxy.run();
  const client = await connected(world, world.open(Dealer), 'mem://front');
  const worker = await connected(world, world.open(Dealer), 'mem://back');
  await worker.send('no routing id, or nothing behind it');
  await worker.send(['nobody', 'of that name']);
  await client.send('request');
  const [id = new Uint8Array()] = await world.until(worker.receive());
  await worker.send([id, 'answer']);
  assert.equal(texts(await world.until(client.receive())), ['answer']);
  const { frontend, backend } = proxy.statistics();
  assert.is(backend.received.messages, 3);
  assert.is(frontend.sent.messages, 2, 'a ROUTER drops what has no route, and is content');
  proxy.terminate();
  await running;
});

inWorld(forwarding, 'carries messages of one part, both ways where both ways are', async world => {
  const proxy = await bound(world.open(Gather), world.open(Scatter));
  const source = await connected(world, world.open(Scatter), 'mem://front');
  const sink = await connected(world, world.open(Gather), 'mem://back');
  const running = proxy.run();
  for (let i = 0; i < 20; i += 1) await source.send(`${i}`);
  await world.settle();
  assert.equal(drain(sink), numbers(0, 20));
  proxy.terminate();
  await running;
  const [front, back] = [world.open(Channel), world.open(Client)];
  const both = new Proxy(front, back);
  const [near, far] = [world.open(Channel), world.open(Server)];
  await world.join(front, near);
  await world.join(back, far);
  const again = both.run();
  await near.send('there');
  const [body, from] = await far.receive();
  await far.send(`${String(body)} and back`, from);
  assert.equal(texts(await near.receive()), ['there and back']);
  both.terminate();
  await again;
});

inWorld(forwarding, 'drops messages of several parts where the other side sends one, and goes on', async world => {
  const proxy = await bound(world.open(Pull), world.open(Scatter));
  const source = await connected(world, world.open(Push), 'mem://front');
  const sink = await connected(world, world.open(Gather), 'mem://back');
  const running = proxy.run();
  for (const parts of [['one'], ['two', 'parts'], ['', '', ''], ['last']]) await source.send(parts);
  await world.settle();
  assert.equal(drain(sink), [['one'], ['last']]);
  const { frontend, backend } = proxy.statistics();
  assert.equal([frontend.received.messages, backend.sent.messages], [4, 2]);
  proxy.terminate();
  await running;
});

inWorld(forwarding, 'survives that a client of a mandatory ROUTER has gone', async world => {
  const proxy = await bound(world.open(Router, { mandatory: true }), world.open(Dealer));
  const running = proxy.run();
  const [early, client] = [world.open(Dealer), world.open(Dealer)];
  for (const socket of [early, client]) await world.connect(socket, 'mem://front');
  const worker = await connected(world, world.open(Dealer), 'mem://back');
  await early.send('goodbye');
  const [gone = new Uint8Array()] = await world.until(worker.receive());
  await world.close(early);
  await worker.send([gone, 'too late']);
  await client.send('request');
  const [id = new Uint8Array()] = await world.until(worker.receive());
  await worker.send([id, 'answer']);
  assert.equal(texts(await world.until(client.receive())), ['answer']);
  const { frontend, backend } = proxy.statistics();
  assert.equal([backend.received.messages, frontend.sent.messages], [2, 1]);
  proxy.terminate();
  await running;
});

inWorld(
  forwarding,
  'waits for a mute client of a mandatory ROUTER with one message, which its end does not lose',
  async world => {
    const proxy = await bound(world.open(Router, { mandatory: true, sendHighWaterMark: 1 }), world.open(Dealer));
    const running = proxy.run();
    const [slow, quick] = [world.open(Dealer, { routingId: 'slow' }), world.open(Dealer, { routingId: 'quick' })];
    const link = await world.connect(slow, 'mem://front');
    await world.connect(quick, 'mem://front');
    const worker = await connected(world, world.open(Dealer), 'mem://back');
    link.back.freeze();
    const body = (i: number): Buffer => Buffer.alloc(100_000, i);
    for (let i = 0; i < 6; i += 1) await worker.send(['slow', body(i)]);
    await worker.send(['quick', 'x']);
    await world.settle();
    const { frontend, backend } = proxy.statistics();
    assert.is(backend.received.messages, frontend.sent.messages + 1, 'one is on its way');
    assert.ok(backend.received.messages < 6);
    assert.not.ok(quick.readable, 'the line is a line');
    proxy.terminate();
    await running;
    link.back.release();
    await world.settle();
    assert.is(drain(slow).length, backend.received.messages);
    assert.is(proxy.statistics().frontend.sent.messages, backend.received.messages);
    assert.is(drain(proxy.backEnd).length, 7 - backend.received.messages, 'the rest has not been touched');
  },
);

inWorld(forwarding, 'goes on when the mute client that it waits for has gone', async world => {
  const proxy = await bound(world.open(Router, { mandatory: true, sendHighWaterMark: 1 }), world.open(Dealer));
  const running = proxy.run();
  const [slow, quick] = [world.open(Dealer, { routingId: 'slow' }), world.open(Dealer, { routingId: 'quick' })];
  const link = await world.connect(slow, 'mem://front');
  await world.connect(quick, 'mem://front');
  const worker = await connected(world, world.open(Dealer), 'mem://back');
  link.back.freeze();
  for (let i = 0; i < 6; i += 1) await worker.send(['slow', Buffer.alloc(100_000)]);
  await worker.send(['quick', 'x']);
  await world.settle();
  void slow.close({ linger: 0 });
  link.cut();
  assert.equal(texts(await world.until(quick.receive())), ['x']);
  proxy.terminate();
  await running;
});

forwarding.run();

// What holds it back.

const holdingBack = suite('a proxy that is held back');

inWorld(holdingBack, 'takes nothing that it cannot send', async world => {
  const proxy = await bound(world.open(Pull, { receiveHighWaterMark: 3 }), world.open(Push));
  const source = await connected(world, world.open(Push), 'mem://front');
  void proxy.run();
  for (const message of numbers(0, 10)) await source.send(message);
  await world.settle();
  assert.equal(proxy.statistics().frontend.received, { messages: 0, octets: 0 });
  assert.ok(proxy.frontEnd.readable);
  const sink = await connected(world, world.open(Pull), 'mem://back');
  assert.equal(drain(sink), numbers(0, 10));
  proxy.terminate();
});

inWorld(holdingBack, 'holds back who sends, and loses nothing', async world => {
  const proxy = await bound(world.open(Pull, { receiveHighWaterMark: 4 }), world.open(Push, { sendHighWaterMark: 4 }));
  const source = world.open(Push, { sendHighWaterMark: 4 });
  const sink = world.open(Pull, { receiveHighWaterMark: 4 });
  await world.connect(source, 'mem://front');
  const link = await world.connect(sink, 'mem://back');
  void proxy.run();
  link.back.freeze();
  const body = (i: number): string => String(i).padEnd(70_000, '.');
  const sends = Array.from({ length: 60 }, (_, i) => source.send(body(i)));
  await world.settle();
  assert.not.ok(source.writable, 'the first sender feels that the last receiver has stopped');
  assert.ok(proxy.statistics().frontend.received.messages <= 8);
  link.back.release();
  const received: string[] = [];
  for (let i = 0; i < 60; i += 1) received.push(texts(await world.until(sink.receive()))[0] ?? '');
  await world.until(Promise.all(sends));
  assert.equal(
    received.map(text => parseInt(text)),
    Array.from({ length: 60 }, (_, i) => i),
  );
  proxy.terminate();
});

inWorld(holdingBack, 'piles up while it is paused, and delivers in order when it goes on', async world => {
  const { proxy, source, sink } = await pipeline(world);
  const running = proxy.run();
  for (const message of numbers(0, 3)) await source.send(message);
  await world.settle();
  proxy.pause();
  proxy.pause();
  for (const message of numbers(3, 100)) await source.send(message);
  await world.settle();
  assert.equal(drain(sink), numbers(0, 3));
  proxy.resume();
  proxy.resume();
  for (const message of numbers(100, 110)) await source.send(message);
  await world.settle();
  assert.equal(drain(sink), numbers(3, 110));
  proxy.terminate();
  await running;
});

inWorld(holdingBack, 'may be paused before it runs', async world => {
  const { proxy, source, sink } = await pipeline(world);
  proxy.pause();
  const running = proxy.run();
  await source.send('x');
  await world.settle();
  assert.not.ok(sink.readable);
  proxy.resume();
  await world.settle();
  assert.equal(drain(sink), [['x']]);
  proxy.pause();
  proxy.terminate();
  await running;
});

inWorld(holdingBack, 'has sent what it took, wherever it ends, and leaves its sockets to others', async world => {
  const body = 'x'.repeat(3000);
  for (const rounds of [0, 1, 2, 3, 5, 8, 13, 21]) {
    const front = world.open(Pull, { receiveHighWaterMark: 7 });
    const back = world.open(Push, { sendHighWaterMark: 5 });
    const [source, sink] = [world.open(Push), world.open(Pull, { receiveHighWaterMark: 3 })];
    await world.join(front, source);
    await world.join(back, sink);
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    const sends = numbers(0, 300).map(message => source.send([...message, body]));
    const got: string[][] = [];
    for (let i = 0; i < rounds; i += 1) {
      await new Promise(resolve => setImmediate(resolve));
      got.push(...drain(sink));
    }
    proxy.terminate();
    await running;
    const { frontend, backend } = proxy.statistics();
    assert.equal(frontend.received, backend.sent);
    await world.settle();
    // the way goes on by hand
    while (got.length < 300) {
      for (let message; back.writable && (message = front.tryReceive()) !== undefined;) await back.send(message);
      await world.settle();
      got.push(...drain(sink));
    }
    await Promise.all(sends);
    assert.equal(
      got,
      numbers(0, 300).map(message => [...message, body]),
    );
    assert.equal(proxy.statistics(), { frontend, backend }, 'what has ended counts no more');
  }
});

inWorld(holdingBack, 'moves nothing any more once it was told to end', async world => {
  const { proxy, source, sink } = await pipeline(world);
  await source.send('x');
  await world.settle();
  const running = proxy.run();
  proxy.terminate();
  await running;
  await world.settle();
  assert.equal([drain(sink), drain(proxy.frontEnd)], [[], [['x']]]);
});

inWorld(holdingBack, 'may be followed by another between the same sockets', async world => {
  const { proxy, source, sink } = await pipeline(world);
  const first = proxy.run();
  await source.send('1');
  await world.settle();
  proxy.terminate();
  await first;
  await source.send('2');
  await world.settle();
  assert.equal(drain(sink), [['1']]);
  const next = new Proxy(proxy.frontEnd, proxy.backEnd);
  void next.run();
  await world.settle();
  assert.equal(drain(sink), [['2']]);
  next.terminate();
});

holdingBack.run();

// Who listens in, and what is counted.

const watching = suite('a proxy that is watched');

inWorld(watching, 'gives copies of both directions to its capture', async world => {
  const capture = world.open(Push);
  const listener = world.open(Pull);
  await world.join(capture, listener);
  const proxy = await bound(world.open(Dealer), world.open(Dealer), capture);
  void proxy.run();
  const left = await connected(world, world.open(Dealer), 'mem://front');
  const right = await connected(world, world.open(Dealer), 'mem://back');
  await left.send(['to the right', '', 'x']);
  await world.settle();
  await right.send(['to the left', '']);
  await world.settle();
  const messages = [
    ['to the right', '', 'x'],
    ['to the left', ''],
  ];
  assert.equal(drain(listener), messages);
  assert.equal([...drain(right), ...drain(left)], messages);
  proxy.terminate();
});

inWorld(watching, 'waits for a capture that is mute, in both directions', async world => {
  const capture = world.open(Push);
  await capture.bind('mem://capture');
  const proxy = await bound(world.open(Dealer), world.open(Dealer), capture);
  void proxy.run();
  const left = await connected(world, world.open(Dealer), 'mem://front');
  const right = await connected(world, world.open(Dealer), 'mem://back');
  await left.send('to the right');
  await right.send('to the left');
  await world.settle();
  assert.equal([left.readable, right.readable], [false, false]);
  assert.equal([proxy.frontEnd.readable, proxy.backEnd.readable], [true, true]);
  const listener = await connected(world, world.open(Pull), 'mem://capture');
  assert.equal(drain(listener).sort(), [['to the left'], ['to the right']]);
  assert.equal([drain(left), drain(right)], [[['to the left']], [['to the right']]]);
  proxy.terminate();
});

inWorld(watching, 'waits for nobody when its capture is a publisher', async world => {
  const capture = world.open(Publisher);
  const { proxy, source, sink } = await pipeline(world, capture);
  void proxy.run();
  await source.send('unheard');
  await world.settle();
  const listener = world.open(Subscriber);
  listener.subscribe();
  await world.join(capture, listener);
  await source.send('heard');
  await world.settle();
  assert.equal(drain(sink), [['unheard'], ['heard']]);
  assert.equal(drain(listener), [['heard']]);
  proxy.terminate();
});

inWorld(watching, 'counts whole messages and their octets, on each side', async world => {
  const proxy = await bound(world.open(Dealer), world.open(Dealer));
  const nothing = { messages: 0, octets: 0 };
  const before = proxy.statistics();
  assert.equal(before, {
    frontend: { received: nothing, sent: nothing },
    backend: { received: nothing, sent: nothing },
  });
  void proxy.run();
  const left = await connected(world, world.open(Dealer), 'mem://front');
  const right = await connected(world, world.open(Dealer), 'mem://back');
  await left.send(['12', '345', '']);
  await left.send('6');
  await right.send('7890');
  await world.settle();
  const [right6, left4] = [
    { messages: 2, octets: 6 },
    { messages: 1, octets: 4 },
  ];
  const after = { frontend: { received: right6, sent: left4 }, backend: { received: left4, sent: right6 } };
  assert.equal(proxy.statistics(), after);
  assert.equal(before.frontend.received, nothing, 'what was read does not change');
  proxy.terminate();
  assert.equal(proxy.statistics(), after, 'also afterwards');
});

watching.run();

// Peers that come and go.

const churning = suite('a proxy whose peers come and go');

inWorld(churning, 'waits for the next worker, and the next client', async world => {
  const proxy = await bound(world.open(Router), world.open(Dealer));
  void proxy.run();
  for (const name of ['1', '2', '3']) {
    const client = await connected(world, world.open(Request), 'mem://front');
    await client.send(name);
    await world.settle();
    const worker = await connected(world, world.open(Reply), 'mem://back');
    void answerAll(worker, 'w');
    assert.equal(texts(await world.until(client.receive())), ['w', name]);
    await world.close(worker);
    await world.close(client);
  }
  proxy.terminate();
});

inWorld(churning, 'answers every request that no lost worker had, and none twice', async world => {
  const [clientCount, workerCount, each] = [10, 10, 1000];
  const proxy = await bound(world.open(Router), world.open(Dealer));
  void proxy.run();
  const links: Link[] = [];
  const hire = async (name: string): Promise<Reply> => {
    const worker = world.open(Reply);
    links.push(await world.connect(worker, 'mem://back'));
    void answerAll(worker, name).catch(() => undefined);
    return worker;
  };
  const workers: Reply[] = [];
  for (let i = 0; i < workerCount; i += 1) workers.push(await hire(`w${i}`));
  const clients = Array.from({ length: clientCount }, (_, i) => ({ name: `c${i}`, socket: world.open(Dealer) }));
  for (const { socket } of clients) await world.connect(socket, 'mem://front');

  const answers = clients.map(() => new Map<string, number>());
  for (const [i, { name, socket }] of clients.entries()) {
    void (async () => {
      for await (const [, , from, request] of socket) {
        assert.is(String(from), name, 'an answer finds who has asked');
        answers[i]?.set(String(request), (answers[i].get(String(request)) ?? 0) + 1);
      }
    })();
  }
  const ask = async (): Promise<void> => {
    for (let i = 0; i < each; i += 1) {
      for (const { name, socket } of clients) await socket.send(['', name, `${i}`]);
      if (i % 100 !== 50) continue;
      // one worker in ten rounds is killed, and somebody else comes; clients' connections stay
      const [link] = links.splice(0, 1);
      const [victim] = workers.splice(0, 1);
      void victim?.close({ linger: 0 });
      link?.cut();
      workers.push(await hire(`w${workerCount + i}`));
    }
  };
  await world.until(ask());
  await world.settle();
  const answered = answers.map(map => map.size).reduce((sum, size) => sum + size);
  const asked = proxy.statistics().backend.sent.messages;
  assert.is(asked, clientCount * each, 'every request went to some worker');
  assert.ok(answered > asked * 0.5, `${answered} of ${asked}`);
  for (const map of answers) for (const times of map.values()) assert.is(times, 1);

  // what is missing went with a worker; asked again, it is answered
  for (const [i, { name, socket }] of clients.entries()) {
    for (let n = 0; n < each; n += 1) if (answers[i]?.has(`${n}`) === false) await socket.send(['', name, `${n}`]);
  }
  await world.settle();
  for (const map of answers) {
    assert.is(map.size, each);
    for (const times of map.values()) assert.is(times, 1);
  }
  proxy.terminate();
});

churning('and two of them in a row agree on what is wanted', async () => {
  const change = fc.record({
    subscriber: fc.nat(2),
    action: fc.constantFrom('subscribe', 'unsubscribe', 'cut', 'cutMiddle', 'settle'),
    topic: fc.constantFrom('', 'a', 'ab', 'b', 'bc'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 40 }), async changes => {
      const world = new World();
      const origin = world.open(Publisher);
      await origin.bind('mem://origin');
      const [near, far] = [0, 1].map(() => new Proxy(world.open(XPublisher), world.open(XSubscriber)));
      if (near === undefined || far === undefined) throw new Error('two were made');
      await near.frontEnd.bind('mem://near');
      await far.frontEnd.bind('mem://far');
      near.backEnd.connect('mem://origin');
      far.backEnd.connect('mem://near');
      const runs = [near.run(), far.run()];
      const subscribers = [0, 1, 2].map(() => ({ socket: world.open(Subscriber), wanted: [] as string[] }));
      const links: Link[] = [];
      for (const { socket } of subscribers) links.push(await world.connect(socket, 'mem://far'));

      for (const { subscriber: i, action, topic } of changes) {
        const subscriber = subscribers[i];
        if (subscriber === undefined) continue;
        const { socket, wanted } = subscriber;
        if (action === 'subscribe') {
          socket.subscribe(topic);
          wanted.push(topic);
        } else if (action === 'unsubscribe') {
          socket.unsubscribe(topic);
          if (wanted.includes(topic)) wanted.splice(wanted.indexOf(topic), 1);
        } else if (action === 'settle') {
          await world.settle();
        } else {
          const link = action === 'cut' ? links[i] : world.network.links[0];
          link?.cut();
        }
      }
      await world.advance(1000); // everybody is connected again
      for (const { socket } of subscribers) drain(socket);
      const before = near.statistics().backend.received;
      const topics = ['', 'a', 'ab', 'abc', 'b', 'bc', 'c'];
      for (const topic of topics) await origin.send([topic]);
      await world.settle();
      for (const { socket, wanted } of subscribers) {
        const expected = topics.filter(topic => wanted.some(prefix => topic.startsWith(prefix)));
        assert.equal(drain(socket).flat(), expected);
      }
      const anybody = topics.filter(topic => subscribers.some(({ wanted }) => wanted.some(p => topic.startsWith(p))));
      const passed = near.statistics().backend.received.messages - before.messages;
      assert.is(passed, anybody.length, 'nothing comes that nobody wants any more');
      near.terminate();
      far.terminate();
      await Promise.all(runs);
      await world.end();
    }),
    { numRuns: 60 },
  );
});

churning.run();

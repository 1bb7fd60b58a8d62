/** Sockets of one context, joined without anything between them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import { IncompatiblePeerError, TransportError, UsageError } from '../../src/errors.ts';
import { Context } from '../../src/sockets/context.ts';
import { Channel } from '../../src/sockets/channel.ts';
import { Client } from '../../src/sockets/client.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Gather } from '../../src/sockets/gather.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Peer } from '../../src/sockets/peer.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { Scatter } from '../../src/sockets/scatter.ts';
import { Server } from '../../src/sockets/server.ts';
import type { AnySocket } from '../../src/sockets/socket.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { CLASSIC_TYPES, mayTalk } from '../../src/zmtp/socket-type.ts';
import {
  codeOfCall,
  drain,
  errorOf,
  eventsOf,
  fateOf,
  fill,
  inWorld,
  texts,
  typesOf,
  type World,
} from '../support/world.ts';

const inproc = suite('inproc');

const NAME = 'inproc://name';
const MANY = 3_000_000; // messages: more than pass in a few turns of the event loop

/** A bound PULL and a PUSH that is connected to it. */
async function flow(world: World, options: { send?: number; receive?: number } = {}): Promise<[Push, Pull]> {
  const { send = 1000, receive = 1000 } = options;
  const [push, pull] = [
    world.open(Push, { sendHighWaterMark: send }),
    world.open(Pull, { receiveHighWaterMark: receive }),
  ];
  await pull.bind(NAME);
  push.connect(NAME);
  return [push, pull];
}

// names

inWorld(inproc, 'joins what connects to what is bound, at once', async world => {
  const [push, pull] = await flow(world);
  assert.ok(push.trySend(['a', 'b']));
  assert.equal(drain(pull), [['a', 'b']]);
  assert.equal([push.lastEndpoint, pull.lastEndpoint], [NAME, NAME]);
});

inWorld(inproc, 'lets a name be connected to before it is bound, and delivers what was sent meanwhile', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  push.connect(NAME);
  for (let i = 0; i < 3; i += 1) assert.ok(push.trySend(`${i}`));
  const receiving = pull.receive();
  await pull.bind(NAME);
  push.trySend('3');
  assert.equal(texts(await receiving), ['0']);
  assert.equal(drain(pull).flat(), ['1', '2', '3']);
});

inWorld(inproc, 'gives a name to one socket at a time', async world => {
  const [first, second] = [world.open(Pull), world.open(Pull)];
  const events = eventsOf(second);
  await first.bind(NAME);
  for (const socket of [first, second]) {
    const error = await errorOf(() => socket.bind(NAME));
    assert.ok(error instanceof TransportError);
    assert.is(error.code, 'EADDRINUSE');
  }
  await world.settle();
  assert.is(typesOf(events), 'bind:error');
});

inWorld(inproc, 'frees a name at once when it is unbound, or its socket is closed', async world => {
  const [first, second, third] = [world.open(Pull), world.open(Pull), world.open(Pull)];
  await first.bind(NAME);
  void first.unbind(NAME);
  await second.bind(NAME);
  void second.close();
  await third.bind(NAME);
  assert.is(await codeOfCall(() => third.unbind('inproc://other')), 'ENOENT');
  assert.is(await codeOfCall(() => first.unbind(NAME)), 'ENOENT');
  await third.unbind(NAME);
});

inWorld(inproc, 'knows names of its own context only', async world => {
  const [push, pull] = [world.open(Push), new Pull({ context: new Context({ clock: world.clock }) })];
  await pull.bind(NAME);
  push.connect(NAME);
  push.trySend('x');
  await world.settle();
  assert.equal(drain(pull), []);
  await pull.close();
});

inWorld(inproc, 'takes any name of 1 to 256 octets', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  for (const name of ['/', '://', ' ', '*', 'ä'.repeat(128), 'x'.repeat(256), 'a/b?c#d']) {
    await pull.bind(`inproc://${name}`);
    push.connect(`inproc://${name}`);
    push.trySend(name);
    assert.equal(drain(pull), [[name]]);
    push.disconnect(`inproc://${name}`);
  }
  for (const name of ['', 'ä'.repeat(129), 'x'.repeat(257)]) {
    const endpoint = `inproc://${name}`;
    assert.is(await codeOfCall(() => pull.bind(endpoint)), 'EINVAL', 'bind');
    assert.is(await codeOfCall(() => push.connect(endpoint)), 'EINVAL', 'connect');
  }
  assert.is(await codeOfCall(() => push.connect('INPROC://x')), 'EPROTONOSUPPORT');
});

inWorld(inproc, 'is offered where another transport is not known', async world => {
  const error = await errorOf(() => world.open(Push).connect('carrier-pigeon://x'));
  assert.match(error instanceof Error ? error.message : '', /only mem, udp, inproc$/);
});

// several pipes

inWorld(inproc, 'makes a pipe for each connect, also where other transports make one', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer)];
  await router.bind(NAME);
  dealer.connect(NAME);
  dealer.connect(NAME);
  for (const word of ['a', 'b']) dealer.trySend(word);
  const senders = new Set([router.tryReceive(), router.tryReceive()].map(message => String([...(message?.[0] ?? [])])));
  assert.is(senders.size, 2);
  const [publisher, subscriber] = [world.open(Publisher), world.open(Subscriber)];
  await publisher.bind('inproc://news');
  subscriber.subscribe('');
  subscriber.connect('inproc://news');
  subscriber.connect('inproc://news');
  publisher.trySend('x');
  assert.equal(drain(subscriber), [['x'], ['x']]);
});

inWorld(inproc, 'joins a socket with itself', async world => {
  const dealer = world.open(Dealer);
  await dealer.bind(NAME);
  dealer.connect(NAME);
  for (const word of ['a', 'b', 'c', 'd']) dealer.trySend(word);
  assert.equal(drain(dealer).flat().sort(), ['a', 'b', 'c', 'd']);
  dealer.disconnect(NAME);
  assert.not.ok(dealer.trySend('nobody is there'));
  dealer.connect(NAME);
  assert.ok(dealer.trySend('x'));
  assert.equal(await world.close(dealer), { dropped: 0 });
});

inWorld(inproc, 'serves as many as connect, before and after the bind', async world => {
  const pull = world.open(Pull);
  const pushes = Array.from({ length: 20 }, () => world.open(Push));
  for (const [i, push] of pushes.entries()) {
    if (i === 10) await pull.bind(NAME);
    push.connect(NAME);
    push.trySend(`${i}`);
  }
  assert.equal(
    drain(pull)
      .flat()
      .map(Number)
      .sort((a, b) => a - b),
    pushes.map((_, i) => i),
  );
});

// high-water marks

for (const [send, receive, takes] of [
  [1, 1, 2],
  [2, 3, 5],
  [1000, 1000, 2000],
  [0, 1, 5000],
  [1, 0, 5000],
  [0, 0, 5000],
] as const) {
  const unlimited = send === 0 || receive === 0;
  for (const first of ['bind', 'connect'] as const) {
    inWorld(inproc, `with marks of ${send} and ${receive} takes ${takes}, ${first} first`, async world => {
      const [push, pull] = [
        world.open(Push, { sendHighWaterMark: send }),
        world.open(Pull, { receiveHighWaterMark: receive }),
      ];
      let sent = 0;
      const sendAll = (): void => {
        while (sent < 5000 && push.trySend(`${sent}`)) sent += 1;
      };
      if (first === 'connect') {
        push.connect(NAME);
        sendAll();
        assert.is(sent, send === 0 ? 5000 : send, 'before the bind the own mark counts alone');
        await pull.bind(NAME);
      } else {
        await pull.bind(NAME);
        push.connect(NAME);
      }
      sendAll();
      assert.is(sent, takes);
      if (!unlimited) {
        for (let read = 1; read < Math.ceil(takes / 2); read += 1) {
          pull.tryReceive();
          assert.not.ok(push.writable, `after ${read} were read`);
        }
        pull.tryReceive();
        assert.ok(push.trySend('half has been read'));
      }
      drain(pull);
      assert.ok(push.trySend('all has been read'));
    });
  }
}

inWorld(inproc, 'lets either side change its mark while messages wait', async world => {
  const [push, pull] = await flow(world, { send: 2, receive: 2 });
  assert.is(fill(push), 4);
  push.options.sendHighWaterMark = 5;
  assert.is(fill(push), 3);
  pull.options.receiveHighWaterMark = 4;
  assert.is(fill(push), 2);
  const waiting = push.send('waits');
  assert.is(fateOf(waiting).now, 'pending');
  pull.options.receiveHighWaterMark = 0;
  await waiting;
  pull.options.receiveHighWaterMark = 1;
  assert.not.ok(push.writable, 'what is there stays there');
  assert.is(drain(pull).length, 10);
  assert.is(fill(push), 6);
  await pull.unbind(NAME);
  pull.options.receiveHighWaterMark = 3;
  assert.is(fill(push), 2, 'also when the name is free again');
});

inWorld(inproc, 'wakes a sender as soon as there is room, and keeps the order of all who wait', async world => {
  const [push, pull] = await flow(world, { send: 1, receive: 1 });
  const sending = Array.from({ length: 50 }, (_, i) => push.send(`${i}`));
  const expected = Array.from({ length: 50 }, (_, i) => `${i}`);
  const received = [];
  for (let i = 0; i < 25; i += 1) received.push(...texts(await pull.receive()));
  while (received.length < 50) for (const message of await pull.receiveBatch()) received.push(...texts(message));
  assert.equal(received, expected);
  await Promise.all(sending);
});

inWorld(inproc, 'gives each of several senders its turn when a batch has made room', async world => {
  const pull = world.open(Pull, { receiveHighWaterMark: 2 });
  await pull.bind(NAME);
  const pushes = ['a', 'b'].map(name => ({ name, push: world.open(Push, { sendHighWaterMark: 2 }) }));
  for (const { name, push } of pushes) {
    push.connect(NAME);
    for (let i = 0; i < 40; i += 1) void push.send(name);
  }
  const taken: string[] = [];
  for (let i = 0; i < 20; i += 1) taken.push(...(await pull.receiveBatch({ max: 4 })).flatMap(texts));
  while (taken.length < 80) taken.push(...(await pull.receiveBatch({ max: 100 })).flatMap(texts));
  assert.equal([taken.length, taken.filter(name => name === 'a').length], [80, 40]);
  for (let i = 0; i + 8 <= 64; i += 8) {
    const some = taken.slice(i, i + 8).filter(name => name === 'a').length;
    assert.ok(some >= 2 && some <= 6, `${some} of 8 from one of two who both have more to say`);
  }
});

// turns of the event loop

async function sendFast(push: Push): Promise<void> {
  while (push.trySend('x'));
  await push.send('x');
}

for (const [how, send, receive] of [
  ['await loops', async (push: Push) => push.send('x'), async (pull: Pull) => [await pull.receive()]],
  ['fast lanes', sendFast, (pull: Pull) => pull.receiveBatch()],
] as const) {
  for (const mark of [1, 1000]) {
    inWorld(inproc, `lets the event loop go round beside ${how} with marks of ${mark}`, async world => {
      const [push, pull] = await flow(world, { send: mark, receive: mark });
      const seen = { messages: 0, timer: false };
      const goesOn = (): boolean => seen.messages < MANY && !seen.timer;
      const sender = (async () => {
        while (goesOn()) await send(push);
      })();
      const receiver = (async () => {
        while (goesOn()) {
          const { length } = await receive(pull);
          seen.messages += length;
        }
      })();
      await new Promise(resolve => setTimeout(resolve, 1));
      seen.timer = true;
      assert.ok(seen.messages < MANY, 'a timer has had to wait for all messages');
      push.options.sendHighWaterMark = 0;
      push.trySend('x'); // somebody may still wait for one
      await Promise.all([sender, receiver]);
    });
  }
}

// ends

inWorld(inproc, 'keeps pipes when the name is unbound', async world => {
  const [push, pull] = await flow(world);
  push.trySend('before');
  await pull.unbind(NAME);
  assert.ok(push.trySend('after'));
  const other = world.open(Pull);
  await other.bind(NAME);
  push.trySend('still to the first');
  assert.equal([drain(pull).length, drain(other).length], [3, 0]);
  push.connect(NAME);
  for (let i = 0; i < 4; i += 1) push.trySend('to both');
  assert.equal([drain(pull).length, drain(other).length], [2, 2]);
});

for (const [who, close] of [
  ['closes', (push: Push) => push.close({ linger: 0 })],
  ['disconnects', (push: Push) => push.disconnect(NAME)],
] as const) {
  inWorld(inproc, `delivers all that was sent when the sender ${who} at once`, async world => {
    const [push, pull] = await flow(world);
    assert.is(fill(push), 2000);
    await close(push);
    assert.is(drain(pull).length, 2000);
    const waiting = fateOf(pull.receive({ timeout: 100 }));
    await world.advance(100);
    assert.is(waiting.now, 'EAGAIN');
  });
}

inWorld(inproc, 'counts nothing as dropped that has a receiver', async world => {
  const [push, pull] = await flow(world);
  fill(push);
  assert.equal([await push.close(), await pull.close()], [{ dropped: 0 }, { dropped: 0 }]);
});

inWorld(inproc, 'lets the connecting side read what a binder has sent before it closed', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  await push.bind(NAME);
  pull.connect(NAME);
  for (let i = 0; i < 3; i += 1) push.trySend(`${i}`);
  await push.close({ linger: 0 });
  assert.equal(drain(pull), [['0'], ['1'], ['2']]);
});

inWorld(inproc, 'does not come back when the binder has closed', async world => {
  const [push, pull] = await flow(world);
  await pull.close();
  assert.not.ok(push.trySend('nobody is there'));
  const sending = push.send('waits');
  const fate = fateOf(sending);
  const next = world.open(Pull);
  await next.bind(NAME);
  await world.advance(10_000);
  assert.is(fate.now, 'pending');
  assert.is(await codeOfCall(() => push.disconnect(NAME)), 'ENOENT', 'there is nothing to disconnect');
  push.connect(NAME);
  await sending;
  assert.equal(drain(next), [['waits']]);
});

inWorld(inproc, 'drops what a receiver leaves unread, without a word to the sender’s waiting calls', async world => {
  const [push, pull] = await flow(world, { send: 1, receive: 1 });
  fill(push);
  const sending = fateOf(push.send('waits'));
  await pull.close();
  await world.settle();
  assert.is(sending.now, 'pending', 'the room that has come free is not for it');
});

inWorld(inproc, 'disconnects all that was connected to a name', async world => {
  const [push, pull] = await flow(world);
  push.connect(NAME);
  push.connect('inproc://elsewhere');
  push.disconnect(NAME);
  assert.is(await codeOfCall(() => push.disconnect(NAME)), 'ENOENT');
  const elsewhere = world.open(Pull);
  await elsewhere.bind('inproc://elsewhere');
  for (let i = 0; i < 4; i += 1) push.trySend('x');
  assert.equal([drain(pull).length, drain(elsewhere).length], [0, 4]);
});

inWorld(inproc, 'drops what came in when it disconnects', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  await push.bind(NAME);
  pull.connect(NAME);
  push.trySend('unread');
  pull.disconnect(NAME);
  assert.equal(drain(pull), []);
  assert.not.ok(push.writable);
});

// a name that nobody has bound

inWorld(inproc, 'keeps what waits for a name as long as linger says, then counts it as dropped', async world => {
  const push = world.open(Push);
  push.connect(NAME);
  for (let i = 0; i < 3; i += 1) push.trySend('x');
  const closing = push.close({ linger: 500 });
  const fate = fateOf(closing);
  await world.advance(499);
  assert.is(fate.now, 'pending');
  await world.advance(1);
  assert.equal(await closing, { dropped: 3 });
  const late = world.open(Pull);
  await late.bind(NAME);
  assert.equal(drain(late), []);
});

inWorld(inproc, 'delivers it to who binds the name in that time', async world => {
  const [push, pull] = [world.open(Push, { sendHighWaterMark: 1 }), world.open(Pull)];
  push.connect(NAME);
  assert.is(fill(push), 1);
  const closing = push.close({ linger: 500 });
  await world.advance(100);
  const events = eventsOf(pull);
  await pull.bind(NAME);
  assert.equal(await closing, { dropped: 0 });
  assert.equal(drain(pull), [['0']]);
  await world.settle();
  assert.is(typesOf(events), 'bind accept handshake disconnect');
});

inWorld(inproc, 'leaves it to the context, and waits for nobody, with a linger for ever', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  push.connect(NAME);
  push.trySend('x');
  const events = eventsOf(push);
  assert.equal(await push.close({ linger: -1 }), { dropped: 0 });
  assert.is(world.clock.holds, 0);
  await world.advance(1_000_000);
  await pull.bind(NAME);
  assert.equal(drain(pull), [['x']]);
  await world.settle();
  assert.is(typesOf(events), 'end');
  assert.is(await codeOfCall(() => push.events.receive()), 'EBADF', 'nothing is told of a socket that is closed');
});

inWorld(inproc, 'drops it at once with a linger of zero, and does not wait where nothing waits', async world => {
  const [push, idle] = [world.open(Push), world.open(Subscriber)];
  idle.subscribe('x');
  for (const socket of [push, idle]) socket.connect(NAME);
  push.trySend('x');
  assert.equal([await push.close({ linger: 0 }), await idle.close({ linger: 5000 })], [{ dropped: 1 }, { dropped: 0 }]);
});

inWorld(inproc, 'forgets who waited for a name and has closed or disconnected', async world => {
  const [closed, disconnected, pull] = [world.open(Push), world.open(Push), world.open(Pull)];
  for (const push of [closed, disconnected]) push.connect(NAME);
  await closed.close();
  disconnected.disconnect(NAME);
  const events = eventsOf(pull);
  await pull.bind(NAME);
  await world.settle();
  assert.is(typesOf(events), 'bind');
});

inWorld(inproc, 'joins who has waited for a name with the first that binds it, not with the next', async world => {
  const [push, first, second] = [world.open(Push), world.open(Pull), world.open(Pull)];
  push.connect(NAME);
  const events = eventsOf(second);
  for (const pull of [first, second]) {
    await pull.bind(NAME);
    await pull.unbind(NAME);
  }
  push.trySend('x');
  assert.equal([drain(first).length, drain(second).length], [1, 0]);
  await world.settle();
  assert.is(typesOf(events), 'bind close');
});

inWorld(inproc, 'lingers after a disconnect, and lets close put an end to that', async world => {
  for (const linger of [100, 0]) {
    const push = world.open(Push, { linger: 5000 });
    push.connect(NAME);
    push.trySend('x');
    push.disconnect(NAME);
    assert.not.ok(push.writable);
    const closing = push.close({ linger });
    await world.advance(linger);
    assert.equal(await closing, { dropped: 1 });
  }
});

// types

/** What may meet on inproc: the classic types, and of the others those that are like them. */
const MEETING = [...CLASSIC_TYPES, 'CLIENT', 'SERVER', 'PEER', 'SCATTER', 'GATHER', 'CHANNEL'] as const;

const TYPES: Readonly<Record<(typeof MEETING)[number], new (options: { context: Context }) => AnySocket>> = {
  PAIR: Pair,
  PUB: Publisher,
  SUB: Subscriber,
  REQ: Request,
  REP: Reply,
  DEALER: Dealer,
  ROUTER: Router,
  PULL: Pull,
  PUSH: Push,
  XPUB: XPublisher,
  XSUB: XSubscriber,
  CLIENT: Client,
  SERVER: Server,
  PEER: Peer,
  SCATTER: Scatter,
  GATHER: Gather,
  CHANNEL: Channel,
};

inWorld(inproc, 'refuses types that may not talk to each other, where it is known that they meet', async world => {
  let refused = 0;
  for (const bound of MEETING) {
    for (const connecting of MEETING) {
      const [binder, connecter] = [world.open(TYPES[bound]), world.open(TYPES[connecting])];
      await binder.bind(NAME);
      if (mayTalk(bound, connecting)) {
        connecter.connect(NAME);
      } else {
        const error = await errorOf(() => connecter.connect(NAME));
        assert.ok(error instanceof UsageError);
        assert.is(error.code, 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
        assert.match(error.message, new RegExp(`${connecting} may not talk to an? ${bound}`));
        assert.not.ok(connecter.lastEndpoint, 'nothing has come of it');
        refused += 1;
      }
      await world.close(connecter);
      await world.close(binder);
    }
  }
  assert.is(refused, 17 ** 2 - 21 - 6);
});

inWorld(inproc, 'tells a socket that waited when its name goes to one it may not talk to', async world => {
  const [dealer, publisher] = [world.open(Dealer), world.open(Publisher)];
  const [events, others] = [eventsOf(dealer), eventsOf(publisher)];
  dealer.connect(NAME);
  dealer.trySend('lost');
  await publisher.bind(NAME);
  await world.settle();
  assert.is(typesOf(events), 'connect:delay connect:stop');
  const stop = events.at(-1);
  assert.ok(stop?.type === 'connect:stop');
  assert.instance(stop.error, IncompatiblePeerError);
  assert.is(stop.error.code, 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE');
  assert.is(typesOf(others), 'bind');
  assert.not.ok(dealer.writable);
  assert.equal(await dealer.close(), { dropped: 1 });
});

inWorld(inproc, 'ends the wait of a closed socket whose name goes to one it may not talk to', async world => {
  const [dealer, publisher] = [world.open(Dealer), world.open(Publisher)];
  dealer.connect(NAME);
  dealer.trySend('lost');
  const closing = dealer.close({ linger: 5000 });
  await publisher.bind(NAME);
  assert.equal(await closing, { dropped: 1 });
});

inWorld(inproc, 'refuses a second peer of a PAIR, for good', async world => {
  const [bound, first, second, waiting] = [world.open(Pair), world.open(Pair), world.open(Pair), world.open(Pair)];
  first.connect(NAME);
  waiting.connect(NAME);
  await bound.bind(NAME);
  const [events, others] = [eventsOf(bound), eventsOf(second)];
  second.connect(NAME);
  second.trySend('alien');
  await world.settle();
  assert.is(typesOf(events), 'accept handshake disconnect disconnect');
  assert.is(typesOf(others), 'connect:delay connect handshake disconnect connect:stop');
  for (const event of [events[2], events[3], others[3], others[4]]) {
    assert.is(event !== undefined && 'error' in event && event.error?.code, 'ERR_ZMTP_PAIR_TAKEN');
  }
  assert.equal([waiting.writable, second.writable, drain(bound)], [false, false, []]);
  first.trySend('x');
  bound.trySend('y');
  assert.equal([drain(bound), drain(first)], [[['x']], [['y']]]);
  await world.close(first);
  second.connect(NAME);
  second.trySend('now');
  assert.equal(drain(bound), [['now']]);
});

// what the patterns see

inWorld(inproc, 'tells a ROUTER who speaks, however early it spoke and whoever connects', async world => {
  const dealer = world.open(Dealer, { routingId: 'me' });
  const router = world.open(Router, { routingId: 'them' });
  dealer.connect(NAME);
  dealer.trySend('early');
  const receiving = router.receive();
  await router.bind(NAME);
  assert.equal(texts(await receiving), ['me', 'early']);
  router.trySend(['me', 'back']);
  assert.equal(drain(dealer), [['back']]);

  const [late, bound] = [world.open(Router), world.open(Dealer, { routingId: 'bound' })];
  await bound.bind('inproc://other');
  const sending = bound.send('as soon as somebody comes');
  const hearing = late.receive();
  late.connect('inproc://other');
  await sending;
  assert.equal(texts(await hearing), ['bound', 'as soon as somebody comes']);
  const nameless = world.open(Dealer);
  nameless.connect(NAME);
  nameless.trySend('x');
  const [id] = router.tryReceive() ?? [];
  assert.equal([id?.length, id?.[0]], [5, 0]);
});

inWorld(inproc, 'refuses a routing id that is taken, with handover ends who had it', async world => {
  for (const handover of [false, true]) {
    const router = world.open(Router, { handover });
    const [first, second] = [world.open(Dealer, { routingId: 'me' }), world.open(Dealer, { routingId: 'me' })];
    await router.bind(NAME);
    first.connect(NAME);
    second.connect(NAME);
    await world.settle();
    router.trySend(['me', 'x']);
    assert.equal([drain(first).length, drain(second).length], handover ? [0, 1] : [1, 0]);
    assert.equal([first.writable, second.writable], handover ? [false, true] : [true, false]);
    for (const socket of [router, first, second]) await world.close(socket);
  }
});

inWorld(inproc, 'lets a mandatory ROUTER know who is there and who has room', async world => {
  const router = world.open(Router, { mandatory: true, sendHighWaterMark: 1 });
  const dealer = world.open(Dealer, { routingId: 'me', receiveHighWaterMark: 1 });
  await router.bind(NAME);
  assert.is(await codeOfCall(() => router.send(['me', 'x'])), 'EHOSTUNREACH');
  dealer.connect(NAME);
  for (let i = 0; i < 2; i += 1) await router.send(['me', `${i}`]);
  const waiting = router.send(['me', '2']);
  const fate = fateOf(waiting);
  await world.settle();
  assert.is(fate.now, 'pending');
  assert.equal(texts(await dealer.receive()), ['0']);
  await waiting;
  const lost = fateOf(router.send(['me', '3']));
  await world.close(dealer);
  await world.settle();
  assert.is(lost.now, 'EHOSTUNREACH');
});

inWorld(inproc, 'asks and answers, also when the request was sent before anybody was there', async world => {
  const [request, reply] = [world.open(Request), world.open(Reply)];
  request.connect(NAME);
  await request.send('early');
  await reply.bind(NAME);
  for (const word of ['early', 'late']) {
    if (word === 'late') await request.send(word);
    assert.equal(texts(await reply.receive()), [word]);
    await reply.send(`to ${word}`);
    assert.equal(texts(await request.receive()), [`to ${word}`]);
  }
  await request.send('and goes');
  await reply.receive();
  await request.close();
  await reply.send('dropped');
});

for (const [publisher, subscriber] of [
  ['bound', 'connecting'],
  ['connecting', 'bound'],
  ['waiting', 'bound'],
  ['bound', 'waiting'],
] as const) {
  inWorld(inproc, `tells a ${publisher} XPUB what a ${subscriber} SUB wants`, async world => {
    const [xpub, sub] = [world.open(XPublisher), world.open(Subscriber)];
    const first = subscriber === 'waiting' ? sub : publisher === 'waiting' ? xpub : undefined;
    for (const topic of ['a', 'b', 'c']) sub.subscribe(topic);
    first?.connect(NAME);
    await (publisher === 'bound' ? xpub : sub).bind(NAME);
    if (first === undefined) (publisher === 'bound' ? sub : xpub).connect(NAME);
    assert.equal(drain(xpub), [['\x01a'], ['\x01b'], ['\x01c']]);
    for (const word of ['a1', 'x', 'c2']) xpub.trySend(word);
    sub.subscribe('x');
    xpub.trySend('x');
    assert.equal(drain(sub), [['a1'], ['c2'], ['x']]);
    sub.unsubscribe('b');
    assert.equal(drain(xpub), [['\x01x'], ['\x00b']]);
    await world.close(sub);
    assert.equal(drain(xpub).flat().sort(), ['\x00a', '\x00c', '\x00x']);
  });
}

inWorld(inproc, 'shows an XPUB one subscription and one cancellation of a SUB that comes and goes', async world => {
  const [xpub, sub] = [world.open(XPublisher), world.open(Subscriber)];
  await xpub.bind(NAME);
  sub.subscribe('x');
  const send = (): void => {
    for (let i = 0; i < 3; i += 1) xpub.trySend('x');
  };
  send();
  sub.connect(NAME);
  send();
  assert.is(drain(sub).length, 3);
  sub.disconnect(NAME);
  send();
  assert.equal([drain(xpub), drain(sub)], [[['\x01x'], ['\x00x']], []]);
});

for (const mark of [100, 1000]) {
  inWorld(inproc, `lets an XPUB with a mark of ${mark}, set late, deliver as many and drop the rest`, async world => {
    const [xpub, sub] = [world.open(XPublisher), world.open(Subscriber, { receiveHighWaterMark: 50 })];
    await xpub.bind(NAME);
    sub.connect(NAME);
    sub.subscribe('');
    xpub.options.sendHighWaterMark = mark;
    for (let i = 0; i < 3000; i += 1) xpub.trySend(`${i}`);
    const received = drain(sub).flat();
    assert.equal(
      received,
      Array.from({ length: mark + 50 }, (_, i) => `${i}`),
    );
  });
}

inWorld(inproc, 'holds back nobody whose subscriptions are more than its mark', async world => {
  const [pub, sub] = [world.open(Publisher), world.open(Subscriber)];
  pub.options.sendHighWaterMark = 1;
  for (let i = 0; i < 5000; i += 1) sub.subscribe(`${i}.`);
  sub.connect(NAME);
  await pub.bind(NAME);
  await world.settle(); // topics are told some at a time
  pub.trySend('4999.x');
  assert.equal(drain(sub), [['4999.x']]);
});

// messages

inWorld(inproc, 'hands messages over as they are, and shows all parts as Buffers', async world => {
  const [push, pull] = await flow(world);
  const [buffer, plain] = [Buffer.from('buffer'), Uint8Array.of(112, 108, 97, 105, 110)];
  const view = new Uint8Array(Buffer.from('(view)').buffer, 0, 0);
  for (const message of [buffer, plain, [buffer, plain], [plain, view, buffer], 'text', [null, 7]])
    push.trySend(message);
  const received = [];
  for (let message = pull.tryReceive(); message !== undefined; message = pull.tryReceive()) received.push(message);
  assert.equal(
    received.map(message => message.map(part => part.toString())),
    [['buffer'], ['plain'], ['buffer', 'plain'], ['plain', '', 'buffer'], ['text'], ['', '7']],
  );
  assert.ok(received.flat().every(part => Buffer.isBuffer(part)));
  assert.is(received[0]?.[0], buffer, 'not a copy');
  assert.is(received[1]?.[0]?.buffer, plain.buffer, 'nor of what had to be shown otherwise');
});

inWorld(inproc, 'shows envelopes, routing ids and subscriptions as Buffers too', async world => {
  const [request, router] = [world.open(Request, { routingId: Uint8Array.of(109, 101) }), world.open(Router)];
  await router.bind(NAME);
  request.connect(NAME);
  await request.send('x');
  const message = router.tryReceive() ?? [];
  assert.equal(
    message.map(part => Buffer.isBuffer(part) && part.toString()),
    ['me', '', 'x'],
  );
});

// events

inWorld(inproc, 'tells of it as of other transports', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer, { routingId: 'me' })];
  const [at, from] = [eventsOf(router), eventsOf(dealer)];
  dealer.connect(NAME);
  await router.bind(NAME);
  await router.unbind(NAME);
  await router.close();
  await dealer.close();
  await world.settle();
  assert.is(typesOf(at), 'bind accept handshake close end');
  assert.is(typesOf(from), 'connect:delay connect handshake disconnect end');
  assert.equal(
    at.concat(from).map(event => ('address' in event ? event.address : NAME)),
    at.concat(from).map(() => NAME),
  );
  const [handshake, other] = [...at, ...from].filter(event => event.type === 'handshake');
  assert.equal(named(handshake), { version: '3.1', socketType: 'DEALER', routingId: 'me', remoteAddress: NAME });
  assert.equal(named(other), { version: '3.1', socketType: 'ROUTER', routingId: '', remoteAddress: NAME });
  const ids = from.map(event => ('connectionId' in event ? event.connectionId : undefined)).filter(Boolean);
  assert.is(new Set(ids).size, 1);
});

function named(event: Extract<MonitorEvent, { type: 'handshake' }> | undefined): object {
  const { version, socketType, routingId } = event?.peer ?? {};
  const { remoteAddress } = event ?? {};
  return { version, socketType, routingId: Buffer.from(routingId ?? []).toString(), remoteAddress };
}

inproc.run();

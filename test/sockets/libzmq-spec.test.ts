/** What libzmq's own tests ask of the types, over inproc as over a wire (its names are in brackets). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import type { Socket } from '../../src/sockets/socket.ts';
import { codeOfCall, drain, fateOf, inWorld, texts, type World } from '../support/world.ts';

const spec = suite('types over every kind of endpoint');

const ENDPOINT = { 'a wire': 'mem://place', inproc: 'inproc://place' };

/** A test for either kind of endpoint. */
function overBoth(name: string, test: (world: World, endpoint: string) => Promise<void>): void {
  for (const [what, endpoint] of Object.entries(ENDPOINT)) {
    inWorld(spec, `${name}, over ${what}`, world => test(world, endpoint));
  }
}

/** Connects over either kind of endpoint. */
async function meet(world: World, connecting: Socket, endpoint: string): Promise<void> {
  connecting.connect(endpoint);
  await world.settle();
}

/** So many sockets of a type, connected one after the other. */
async function crowd<S extends Socket>(
  world: World,
  Type: new (options: object) => S,
  endpoint: string,
  count = 3,
): Promise<S[]> {
  const sockets: S[] = [];
  for (let i = 0; i < count; i += 1) {
    const socket = world.open<S, object>(Type, Type.name === 'Dealer' ? { routingId: `dealer ${i}` } : {});
    sockets.push(socket);
    await meet(world, socket, endpoint);
  }
  return sockets;
}

const THREE_BY_THREE = [
  ['0', '3', '6'],
  ['1', '4', '7'],
  ['2', '5', '8'],
];

for (const [Sender, Receiver, name] of [
  [Push, Pull, 'spec_pushpull'],
  [Dealer, Dealer, 'spec_dealer'],
] as const) {
  overBoth(`${Sender.name} gives its peers in turn [${name}]`, async (world, endpoint) => {
    const sender = world.open<Push | Dealer, object>(Sender);
    await sender.bind(endpoint);
    const receivers = await crowd<Pull | Dealer>(world, Receiver, endpoint);
    for (let i = 0; i < 9; i += 1) await sender.send(`${i}`);
    await world.settle();
    assert.equal(
      receivers.map(each => drain(each).flat()),
      THREE_BY_THREE,
    );
  });

  overBoth(`${Receiver.name} hears its peers in turn [${name}]`, async (world, endpoint) => {
    const receiver = world.open<Pull | Dealer, object>(Receiver);
    await receiver.bind(endpoint);
    const senders = await crowd<Push | Dealer>(world, Sender, endpoint);
    for (const [i, sender] of senders.entries()) {
      for (const number of THREE_BY_THREE[i] ?? []) await sender.send([number, '']);
    }
    await world.settle();
    const heard = drain(receiver);
    assert.ok(heard.every(([, tail]) => tail === ''));
    for (const round of [heard.slice(0, 3), heard.slice(3, 6), heard.slice(6)]) {
      assert.is(new Set(round.map(([number]) => Number(number) % 3)).size, 3);
    }
  });

  overBoth(`${Sender.name} waits when its last peer has gone [${name}]`, async (world, endpoint) => {
    const sender = world.open<Push | Dealer, object>(Sender);
    await sender.bind(endpoint);
    assert.is(await codeOfCall(() => sender.send('x', { timeout: 0 })), 'EAGAIN');
    const [receiver] = await crowd<Pull | Dealer>(world, Receiver, endpoint, 1);
    assert.ok(sender.trySend('x'));
    if (receiver !== undefined) await world.close(receiver);
    await world.settle();
    assert.is(await codeOfCall(() => sender.send('y', { timeout: 0 })), 'EAGAIN');
  });
}

overBoth('REQ asks in turn, and takes the answer of whom it has asked [spec_req]', async (world, endpoint) => {
  const request = world.open(Request);
  await request.bind(endpoint);
  const replies = await crowd(world, Reply, endpoint);
  for (let i = 0; i < 9; i += 1) {
    await request.send(['question', '', `${i}`]);
    await world.settle();
    const asked = replies[i % 3];
    assert.equal(
      replies.map(reply => reply.readable),
      replies.map(reply => reply === asked),
    );
    assert.equal(texts((await asked?.receive()) ?? []), ['question', '', `${i}`]);
    await asked?.send(`answer ${i}`);
    assert.equal(texts(await request.receive()), [`answer ${i}`]);
  }
});

overBoth(
  'REQ puts an empty part in front, and does not hear whom it has not asked [spec_req]',
  async (world, endpoint) => {
    const request = world.open(Request);
    await request.bind(endpoint);
    const [asked, other] = await crowd(world, Router, endpoint, 2);
    await request.send(['A', 'B']);
    const [id = Buffer.of(), ...rest] = (await asked?.receive()) ?? [];
    assert.equal(texts(rest), ['', 'A', 'B']);
    const answer = fateOf(request.receive());
    await other?.send([id, '', 'stranger']);
    await world.settle();
    assert.is(answer.now, 'pending');
    await asked?.send([id, '', 'right']);
    await world.settle();
    assert.is(answer.now, 'fulfilled');
  },
);

overBoth('REQ gets the answer behind one that could not be sent [invalid_rep]', async (world, endpoint) => {
  const [request, router] = [world.open(Request), world.open(Router)];
  await router.bind(endpoint);
  await meet(world, request, endpoint);
  await request.send('question');
  const [id = Buffer.of(), delimiter = Buffer.from('none')] = await router.receive();
  assert.is(delimiter.length, 0);
  assert.is(await codeOfCall(() => router.send([id])), 'EINVAL');
  await router.send([id, delimiter, 'answer']);
  assert.equal(texts(await request.receive()), ['answer']);
});

overBoth('REP hears its askers in turn, and puts their envelopes back [spec_rep]', async (world, endpoint) => {
  const reply = world.open(Reply);
  await reply.bind(endpoint);
  const askers = await crowd(world, Dealer, endpoint);
  for (const [i, asker] of askers.entries()) {
    await asker.send(['X', `Y${i}`, '', 'A', `${i}`]);
    await asker.send(['', 'B', `${i}`]);
  }
  await world.settle();
  const heard: string[][] = [];
  for (let i = 0; i < 6; i += 1) {
    const question = await reply.receive();
    heard.push(texts(question));
    await reply.send(question);
  }
  await world.settle();
  assert.equal(
    heard.slice(0, 3).sort(),
    ['0', '1', '2'].map(i => ['A', i]),
  );
  assert.equal(
    heard.slice(3).sort(),
    ['0', '1', '2'].map(i => ['B', i]),
  );
  for (const [i, asker] of askers.entries()) {
    assert.equal(drain(asker), [
      ['X', `Y${i}`, '', 'A', `${i}`],
      ['', 'B', `${i}`],
    ]);
  }
});

overBoth('ROUTER hears its peers in turn, and reaches each by its id [spec_router]', async (world, endpoint) => {
  const router = world.open(Router);
  await router.bind(endpoint);
  const dealers = await crowd(world, Dealer, endpoint);
  for (const dealer of dealers) for (const word of ['a', 'b']) await dealer.send([word, '']);
  await world.settle();
  const heard = drain(router);
  const ids = dealers.map((_, i) => `dealer ${i}`);
  for (const [round, word] of [
    [heard.slice(0, 3), 'a'],
    [heard.slice(3), 'b'],
  ] as const) {
    assert.equal(
      [...round].sort(),
      ids.map(id => [id, word, '']),
    );
  }
  for (const id of ids) await router.send([id, 'to', id]);
  await router.send(['nobody', 'lost']);
  await world.settle();
  assert.equal(
    dealers.map(each => drain(each)),
    ids.map(id => [['to', id]]),
  );
});

overBoth(
  'ROUTER knows by another name whom it connects to, and keeps both apart [connect_rid]',
  async (world, endpoint) => {
    const [hub, bound, other] = [world.open(Router), world.open(Router, { routingId: 'own' }), world.open(Router)];
    await hub.bind(endpoint);
    await bound.bind(`${endpoint}-1`);
    await other.bind(`${endpoint}-2`);
    const [feeder] = await crowd(world, Dealer, endpoint, 1);
    for (let i = 0; i < 50; i += 1) await feeder?.send(`${i}`);
    hub.connect(`${endpoint}-1`, { routingId: 'one' });
    for (let i = 50; i < 100; i += 1) await feeder?.send(`${i}`);
    hub.connect(`${endpoint}-2`, { routingId: 'two' });
    await hub.send(['one', 'to one']);
    await hub.send(['two', 'to two']);
    await world.settle();
    for (const [router, word] of [
      [bound, 'to one'],
      [other, 'to two'],
    ] as const) {
      const [id = Buffer.of(), ...rest] = await router.receive();
      assert.equal(texts(rest), [word]);
      await router.send([id, `re ${word}`]);
    }
    await world.settle();
    const heard = drain(hub);
    assert.equal(
      heard.filter(([id]) => id === 'dealer 0').map(([, number]) => Number(number)),
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.equal(heard.filter(([id]) => id !== 'dealer 0').sort(), [
      ['one', 're to one'],
      ['two', 're to two'],
    ]);
  },
);

overBoth('ROUTER makes itself known to a ROUTER, which can answer [probe_router]', async (world, endpoint) => {
  const [bound, prober] = [world.open(Router), world.open(Router, { routingId: 'prober', probeRouter: true })];
  await bound.bind(endpoint);
  await meet(world, prober, endpoint);
  assert.equal(drain(bound), [['prober', '']]);
  await bound.send(['prober', 'hello']);
  await world.settle();
  assert.is(drain(prober)[0]?.[1], 'hello');
});

overBoth(
  'ROUTER still knows who has sent what, when it has looked for messages before [metadata]',
  async (world, endpoint) => {
    const router = world.open(Router);
    await router.bind(endpoint);
    for (const name of ['one', 'two', 'three']) {
      const dealer = world.open(Dealer, { routingId: name, metadata: { 'X-Name': name } });
      await meet(world, dealer, endpoint);
      for (const word of ['a', 'b']) await dealer.send(word);
    }
    await world.settle();
    for (let i = 0; i < 6; i += 1) {
      assert.ok(router.readable);
      const { message, peer } = await router.receiveFrom();
      const [id] = texts(message);
      assert.equal([peer?.metadata.get('X-Name'), peer?.socketType], [id, 'DEALER']);
      assert.is(peer?.metadata.get('X-Other'), undefined);
    }
    assert.not.ok(router.readable);
  },
);

for (const end of ['disconnects', 'closes'] as const) {
  overBoth(`ROUTER hears the hello of a DEALER, and that it ${end} [disconnect_msg]`, async (world, endpoint) => {
    const router = world.open(Router, { disconnectMessage: 'D' });
    const dealer = world.open(Dealer, { routingId: 'it', helloMessage: 'H' });
    await router.bind(endpoint);
    await meet(world, dealer, endpoint);
    assert.equal(drain(router), [['it', 'H']]);
    if (end === 'closes') await world.close(dealer);
    else dealer.disconnect(endpoint);
    await world.settle();
    assert.equal(drain(router), [['it', 'D']]);
  });
}

for (const binder of ['ROUTER', 'DEALER']) {
  overBoth(`DEALER hears the hello of a ROUTER, a ${binder} being bound late [hello_msg]`, async (world, endpoint) => {
    const [router, dealer] = [world.open(Router, { helloMessage: 'H' }), world.open(Dealer)];
    const [bound, connecting] = binder === 'ROUTER' ? [router, dealer] : [dealer, router];
    connecting.connect(endpoint);
    await world.settle();
    await bound.bind(endpoint);
    await world.advance(1000);
    assert.equal(drain(dealer), [['H']]);
  });
}

overBoth('marks of a sender that are set before or after it connects add up [sockopt_hwm]', async (world, endpoint) => {
  const counts: number[] = [];
  for (const [i, before] of [true, false].entries()) {
    const push = world.open(Push);
    if (before) push.options.sendHighWaterMark = 2;
    push.connect(`${endpoint}-${i}`);
    if (!before) push.options.sendHighWaterMark = 2;
    for (let sent = 0; push.trySend(`${sent}`); sent += 1);
    const pull = world.open(Pull, { receiveHighWaterMark: 2 });
    await pull.bind(`${endpoint}-${i}`);
    await world.advance(1000);
    let sent = 2;
    for (; push.trySend(`${sent}`); sent += 1);
    await world.settle();
    // a wire may hold some besides, which is not the marks' doing
    counts.push(sent);
    if (endpoint.startsWith('inproc')) assert.is(sent, 4);
    const heard: string[] = [];
    for (let more = drain(pull); more.length > 0; more = drain(pull)) {
      heard.push(...more.flat());
      await world.settle();
    }
    assert.equal(
      heard,
      Array.from({ length: sent }, (_, number) => `${number}`),
    );
  }
  assert.is(counts[0], counts[1]);
});

spec.run();

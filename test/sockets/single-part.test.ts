/** CLIENT, SCATTER, GATHER and CHANNEL: what their messages have in common, which is that they have one part. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Channel } from '../../src/sockets/channel.ts';
import { Client } from '../../src/sockets/client.ts';
import { Gather } from '../../src/sockets/gather.ts';
import { Scatter } from '../../src/sockets/scatter.ts';
import { Server } from '../../src/sockets/server.ts';
import type { MessageLike } from '../../src/sockets/message-like.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, errorOf, fateOf, fill, inWorld, texts, type World } from '../support/world.ts';

const single = suite('messages of one part');

const SENDERS: readonly (readonly [SocketType, (world: World) => Client | Scatter | Channel, SocketType])[] = [
  ['CLIENT', world => world.open(Client), 'SERVER'],
  ['SCATTER', world => world.open(Scatter), 'GATHER'],
  ['CHANNEL', world => world.open(Channel), 'CHANNEL'],
];

for (const [type, open, other] of SENDERS) {
  inWorld(single, `${type} sends those, and says at once how many parts another has, peer or none`, async world => {
    const socket = open(world);
    const refuse = async (): Promise<void> => {
      for (const parts of [[], ['a', 'b'], ['', '', '']]) {
        for (const call of [() => socket.send(parts), () => socket.trySend(parts)]) {
          const error = await errorOf(call);
          assert.ok(error instanceof UsageError);
          assert.is(error.code, 'EINVAL');
          assert.match(error.message, `message of ${parts.length} parts, a ${type}`);
        }
      }
    };
    await refuse();
    const waiting = socket.send('waits'); // somebody in line is no reason to say it later
    await refuse();
    await socket.bind('mem://here');
    const raw = (await world.dialRaw('mem://here')).shakeHands(other);
    await world.settle();
    await waiting;
    await refuse();
    const given: MessageLike[] = ['text', Buffer.from('octets'), new Uint8Array(0).fill(1), 7, null, ['a list'], ['']];
    for (const each of given) await socket.send(each);
    assert.ok(socket.trySend(['tried']));
    await world.settle();
    const expected = ['waits', 'text', 'octets', '', '7', '', 'a list', '', 'tried'];
    assert.equal(
      raw.messages,
      expected.map(text => [text]),
    );
    for (const wrong of [undefined, {}, true, [undefined], [[]]] as unknown as MessageLike[]) {
      assert.is(await codeOfCall(() => socket.send(wrong)), 'EINVAL');
    }
  });
}

const RECEIVERS: readonly (readonly [SocketType, (world: World) => Client | Gather | Channel, SocketType])[] = [
  ['CLIENT', world => world.open(Client), 'SERVER'],
  ['GATHER', world => world.open(Gather), 'SCATTER'],
  ['CHANNEL', world => world.open(Channel), 'CHANNEL'],
];

for (const [type, open, other] of RECEIVERS) {
  inWorld(single, `${type} receives those, and discards others with a count`, async world => {
    const socket = open(world);
    await socket.bind('mem://here');
    const raw = (await world.dialRaw('mem://here')).shakeHands(other);
    raw.write(message('a', 'b'), message('one'), message('c', '', ''), message(''), message('two'));
    await world.settle();
    assert.equal(drain(socket), [['one'], [''], ['two']]);
    assert.is(socket.stats().dropped.unexpected, 2);
    raw.write(message('begun', 'never ended').subarray(0, 4));
    const another = (await world.dialRaw('mem://here')).shakeHands(other);
    await world.settle();
    if (type !== 'CHANNEL') {
      another.write(message('of another'));
      assert.equal(texts(await socket.receive()), ['of another']);
    }
    assert.is(raw.closedWith, undefined);
  });

  inWorld(single, `${type} has them in batches, in a loop, with who sent them`, async world => {
    const socket = open(world);
    await socket.bind('mem://here');
    const raw = (await world.dialRaw('mem://here')).shakeHands(other);
    const waiting = socket.receiveFrom();
    raw.write(...['1', '2', '3', '4'].map(text => message(text)));
    await world.settle();
    const { message: first, peer } = await waiting;
    assert.equal([...texts(first), peer?.socketType], ['1', other]);
    assert.equal((await socket.receiveBatch({ max: 2 })).flatMap(texts), ['2', '3']);
    for await (const each of socket) {
      assert.equal(texts(each), ['4']);
      break;
    }
    assert.is(socket.tryReceiveFrom(), undefined);
  });
}

const client = suite('CLIENT');

inWorld(client, 'sends to its peers in turn, and skips who is full', async world => {
  const sender = world.open(Client, { sendHighWaterMark: 1 });
  const servers = [world.open(Server), world.open(Server)];
  for (const [i, server] of servers.entries()) {
    await server.bind(`mem://${i}`);
    await world.connect(sender, `mem://${i}`);
  }
  for (let i = 0; i < 4; i += 1) {
    await sender.send(`${i}`);
    await world.settle();
  }
  const all = (server: Server): string[] => {
    const bodies: string[] = [];
    for (let next = server.tryReceive(); next !== undefined; next = server.tryReceive()) bodies.push(String(next[0]));
    return bodies;
  };
  assert.equal(servers.map(all), [
    ['0', '2'],
    ['1', '3'],
  ]);
  world.network.link.forth.freeze();
  for (let i = 0; i < 6; i += 1) {
    await sender.send(Buffer.alloc(100_000));
    await world.settle();
  }
  assert.ok((servers[0]?.stats().queued.receive ?? 0) >= 4, 'all but what the other could still take');
});

inWorld(client, 'waits for its first peer, and lets who waits leave', async world => {
  const socket = world.open(Client);
  assert.not.ok(socket.writable || socket.readable);
  const abort = new AbortController();
  const [timed, aborted, closed] = [
    fateOf(socket.send('a', { timeout: 10 })),
    fateOf(socket.send('b', { signal: abort.signal })),
    fateOf(socket.receive()),
  ];
  abort.abort('enough');
  await world.advance(10);
  assert.equal([timed.now, aborted.now, closed.now], ['EAGAIN', 'enough', 'pending']);
  await world.close(socket);
  assert.is(closed.now, 'EBADF');
});

inWorld(client, 'hears a hiccup when a connection of its own is lost, and says hello on the next', async world => {
  const socket = world.open(Client, { hiccupMessage: 'hiccup', helloMessage: 'hello' });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(socket, 'mem://there');
  peers[0]?.shakeHands('SERVER').write(message('answer'));
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('SERVER');
  await world.settle();
  assert.equal(drain(socket), [['answer'], ['hiccup']]);
  assert.equal([peers[0]?.messages, peers[1]?.messages], [[['hello']], [['hello']]]);
});

inWorld(client, 'gets the answers to its own questions, through losses of the connection too', async world => {
  const server = world.open(Server);
  await server.bind('mem://server');
  void (async () => {
    for await (const [body, from] of server) server.trySend(`re ${String(body)}`, from);
  })().catch(() => undefined);
  const clients = [world.open(Client), world.open(Client)];
  for (const each of clients) await world.connect(each, 'mem://server');
  for (const word of ['a', 'b']) {
    for (const [i, each] of clients.entries()) {
      await each.send(`${word}${i}`);
      await world.settle();
      assert.equal(drain(each), [[`re ${word}${i}`]]);
    }
    for (const link of [...world.network.links]) link.cut();
    await world.advance(1000);
  }
});

const scatter = suite('SCATTER and GATHER');

inWorld(scatter, 'deal messages out in turn, and collect them fairly', async world => {
  const [scatters, gathers] = [
    [world.open(Scatter), world.open(Scatter)],
    [world.open(Gather), world.open(Gather)],
  ];
  for (const [i, gather] of gathers.entries()) await gather.bind(`mem://${i}`);
  for (const each of scatters) for (const i of gathers.keys()) await world.connect(each, `mem://${i}`);
  for (let i = 0; i < 4; i += 1) for (const [name, each] of scatters.entries()) await each.send(`${name}${i}`);
  await world.settle();
  assert.equal(
    gathers.map(gather => drain(gather).flat()),
    [
      ['00', '10', '02', '12'],
      ['01', '11', '03', '13'],
    ],
  );
});

inWorld(scatter, 'wait without a peer, and at the high-water mark, and lose nothing', async world => {
  const [sender, receiver] = [
    world.open(Scatter, { sendHighWaterMark: 2 }),
    world.open(Gather, { receiveHighWaterMark: 2 }),
  ];
  world.network.nature.bufferBytes = 100;
  assert.not.ok(sender.trySend('no'));
  assert.is(await codeOfCall(() => sender.send('no', { timeout: 0 })), 'EAGAIN');
  const sending = (async () => {
    for (let i = 0; i < 200; i += 1) await sender.send(`message ${i}`);
  })();
  const fate = fateOf(sending);
  await world.join(receiver, sender);
  await world.settle();
  assert.is(fate.now, 'pending');
  for (let i = 0; i < 200; i += 1) assert.equal(texts(await receiver.receive()), [`message ${i}`]);
  assert.is(fate.now, 'fulfilled');
});

inWorld(scatter, 'know only one direction', async world => {
  const [sender, receiver] = [world.open(Scatter), world.open(Gather)];
  await world.join(sender, receiver);
  assert.not.ok('receive' in sender || 'send' in receiver);
  assert.not.ok(sender.readable || receiver.writable);
  assert.ok(sender.writable);
});

const channel = suite('CHANNEL');

inWorld(channel, 'talks to one peer both ways, and refuses a second by its own name', async world => {
  const [bound, first, second] = [world.open(Channel), world.open(Channel), world.open(Channel)];
  await world.join(bound, first);
  const failed = (async () => {
    for await (const event of bound.events) if (event.type === 'disconnect') return event.error;
    return undefined;
  })();
  await world.connect(second, bound.lastEndpoint ?? '');
  const error = await failed;
  assert.is(error?.code, 'ERR_ZMTP_PAIR_TAKEN');
  assert.match(error?.message ?? '', 'CHANNEL');
  await bound.send('there');
  await first.send('back');
  assert.equal([texts(await first.receive()), texts(await bound.receive())], [['there'], ['back']]);
});

inWorld(channel, 'waits while its peer is full or away, and serves the next', async world => {
  const [bound, first, second] = [
    world.open(Channel, { sendHighWaterMark: 1 }),
    world.open(Channel),
    world.open(Channel),
  ];
  const link = await world.join(bound, first);
  link.back.freeze();
  fill(bound);
  await world.settle();
  fill(bound);
  const waiting = fateOf(bound.send('for whoever is there'));
  await world.settle();
  assert.is(waiting.now, 'pending');
  await first.send('last words');
  await world.close(first);
  await world.connect(second, bound.lastEndpoint ?? '');
  assert.is(waiting.now, 'fulfilled');
  assert.equal(drain(second), [['for whoever is there']]);
  assert.equal(texts(await bound.receive()), ['last words']);
});

const inproc = suite('messages of one part on inproc');

for (const [type, open, receiver] of [
  [
    'CLIENT',
    world => world.open(Client, { sendHighWaterMark: 2 }),
    world => world.open(Server, { receiveHighWaterMark: 3 }),
  ],
  [
    'SCATTER',
    world => world.open(Scatter, { sendHighWaterMark: 2 }),
    world => world.open(Gather, { receiveHighWaterMark: 3 }),
  ],
  [
    'CHANNEL',
    world => world.open(Channel, { sendHighWaterMark: 2 }),
    world => world.open(Channel, { receiveHighWaterMark: 3 }),
  ],
] as readonly (readonly [
  string,
  (world: World) => Client | Scatter | Channel,
  (world: World) => Server | Gather | Channel,
])[]) {
  inWorld(inproc, `of a ${type} are handed over, up to both marks together, and wait beyond`, async world => {
    const [sender, reader] = [open(world), receiver(world)];
    sender.connect('inproc://name');
    assert.is(fill(sender), 2, 'before the bind its own mark counts');
    await reader.bind('inproc://name');
    assert.is(
      fill(sender, i => `${i + 2}`),
      3,
    );
    const waiting = fateOf(sender.send('5'));
    assert.is(await codeOfCall(() => sender.trySend(['a', 'b'])), 'EINVAL');
    const got: string[] = [];
    for (let next = reader.tryReceive(); next !== undefined; next = reader.tryReceive()) got.push(String(next[0]));
    await world.settle();
    assert.is(waiting.now, 'fulfilled');
    for (let next = reader.tryReceive(); next !== undefined; next = reader.tryReceive()) got.push(String(next[0]));
    assert.equal(got, ['0', '1', '2', '3', '4', '5']);
  });
}

inWorld(inproc, 'reach the CLIENT whose number it is; who waits for one that closes is turned away', async world => {
  const server = world.open(Server, { sendHighWaterMark: 1 });
  const clients = [world.open(Client, { receiveHighWaterMark: 1 }), world.open(Client)];
  await server.bind('inproc://name');
  for (const each of clients) {
    each.connect('inproc://name');
    await each.send('here');
  }
  const froms = [await server.receive(), await server.receive()].map(([, from]) => from);
  const [full = { routingId: 0 }, other = { routingId: 0 }] = froms;
  assert.is(fill({ trySend: text => server.trySend(text, full) }), 2);
  const waiting = fateOf(server.send('x', full));
  const behind = fateOf(server.send('y', other));
  await world.settle();
  assert.equal([waiting.now, behind.now], ['pending', 'pending']);
  await clients[0]?.close();
  await world.settle();
  assert.equal([waiting.now, behind.now], ['EHOSTUNREACH', 'fulfilled']);
  assert.equal(texts((await clients[1]?.receive()) ?? []), ['y']);
});

single.run();
inproc.run();
client.run();
scatter.run();
channel.run();

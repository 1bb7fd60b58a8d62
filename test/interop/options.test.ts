// @deadline 120
/** Options that change what is said, or to whom, between ours and either libzmq. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer, Pull, Push, Reply, Request, Router } from '../../src/index.ts';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { deadlineMs } from '../support/peers/deadline.ts';
import type { PeerSocket } from '../support/peers/peer-socket.ts';
import { type Peer, startPeer } from '../support/peers/peer.ts';
import { texts } from '../support/world.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);
const options = suite('options, ours and libzmq');

type Ours = Dealer | Pull | Push | Reply | Request | Router;

/** The sockets of one test, which are closed with it. */
class Table {
  readonly #peer: Peer;
  readonly #ours: Ours[] = [];
  readonly #theirs = new Set<PeerSocket>();

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  ours<S extends Ours>(socket: S): S {
    this.#ours.push(socket);
    return socket;
  }

  async theirs(type: SocketType, given: object = {}): Promise<PeerSocket> {
    const socket = await this.#peer.open(type, given);
    this.#theirs.add(socket);
    return socket;
  }

  /** One of theirs goes before the test is over. */
  async lose(socket: PeerSocket): Promise<void> {
    this.#theirs.delete(socket);
    await socket.close();
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#theirs].map(socket => socket.close()));
    await Promise.all(this.#ours.map(socket => socket.close({ linger: 0 })));
  }
}

/** Adds a test with each libzmq. */
function both(name: string, play: (table: Table) => Promise<void>): void {
  for (const peer of peers) {
    options(`${peer.name}: ${name}`, async () => {
      const table = new Table(peer);
      try {
        await play(table);
      } finally {
        await table.clear();
      }
    });
  }
}

async function bound(socket: Ours): Promise<string> {
  await socket.bind('tcp://127.0.0.1:*');
  return socket.lastEndpoint ?? '';
}

async function heard(socket: {
  receive(options: { timeout: number }): Promise<readonly Uint8Array[]>;
}): Promise<string[]> {
  return texts(await socket.receive({ timeout: deadlineMs }));
}

async function heardBy(socket: PeerSocket): Promise<string[]> {
  return texts(await socket.receive());
}

function until(socket: Ours, type: MonitorEvent['type']): Promise<MonitorEvent> {
  return new Promise(resolve => {
    socket.events.on(type, resolve);
  });
}

// REQ

both('our REQ that correlates is answered by a REP, and takes only the right reply of a ROUTER', async table => {
  const request = table.ours(new Request({ correlate: true, routingId: 'me' }));
  const reply = await table.theirs('REP');
  const endpoint = await reply.bind();
  request.connect(endpoint);
  for (let i = 0; i < 3; i += 1) {
    await request.send(`${i}`);
    await reply.echo(1);
    assert.equal(await heard(request), [`${i}`]);
  }
  request.disconnect(endpoint);
  const router = await table.theirs('ROUTER');
  request.connect(await router.bind());
  await request.send('question');
  const [me = '', id = Buffer.of(), ...rest] = await router.receive();
  assert.equal([String(me), id.length, ...texts(rest)], ['me', 4, '', 'question']);
  const wrong = Uint8Array.from(id, octet => octet ^ 1);
  await router.sendAll([
    [me, wrong, '', 'wrong'],
    [me, '', 'without'],
    [me, id, '', 'right'],
  ]);
  assert.equal(await heard(request), ['right']);
});

both('their REQ that correlates takes what our REP answers, and the right reply of our ROUTER', async table => {
  const request = await table.theirs('REQ', { correlate: true, relaxed: true, routingId: 'them' });
  const reply = table.ours(new Reply());
  const endpoint = await bound(reply);
  await request.connect(endpoint);
  for (let i = 0; i < 3; i += 1) {
    await request.send([`${i}`]);
    assert.equal(await heard(reply), [`${i}`]);
    await reply.send(`answer ${i}`);
    assert.equal(await heardBy(request), [`answer ${i}`]);
  }
  await request.disconnect(endpoint);
  const router = table.ours(new Router());
  await request.connect(await bound(router));
  await request.send(['question']);
  const [them = '', id = Buffer.of(), ...rest] = await router.receive({ timeout: deadlineMs });
  assert.equal([String(them), id.length, ...texts(rest)], ['them', 4, '', 'question']);
  await router.send([them, Uint8Array.from(id, octet => octet ^ 1), '', 'wrong']);
  await router.send([them, id, '', 'right']);
  assert.equal(await heardBy(request), ['right']);
});

both('our REQ that is relaxed asks twice and takes the second answer', async table => {
  const request = table.ours(new Request({ correlate: true, relaxed: true }));
  const reply = await table.theirs('REP');
  request.connect(await reply.bind());
  for (const question of ['1', '2', '3']) await request.send(question);
  await reply.echo(3);
  assert.equal(await heard(request), ['3']);
});

both('a reply of theirs without a delimiter ends the connection, and our REQ comes back', async table => {
  const request = table.ours(new Request({ relaxed: true, routingId: 'me', reconnectInterval: 10 }));
  const router = await table.theirs('ROUTER');
  const end = until(request, 'disconnect');
  request.connect(await router.bind());
  await request.send('question');
  assert.equal(await heardBy(router), ['me', '', 'question']);
  await router.send(['me', 'no delimiter']);
  const receiving = request.receive({ timeout: deadlineMs });
  const event = await end;
  assert.is(event.type === 'disconnect' && event.error?.code, 'ERR_ZMTP_MALFORMED_REPLY');
  await request.send('again');
  assert.equal(await heardBy(router), ['me', '', 'again']);
  await router.send(['me', '', 'answer']);
  assert.equal(texts(await receiving), ['answer']);
});

// PROBE_ROUTER

both('a probe of ours makes us known to their ROUTER, and of theirs to ours', async table => {
  const [ours, theirs] = [table.ours(new Router()), await table.theirs('ROUTER')];
  const [ourEndpoint, theirEndpoint] = [await bound(ours), await theirs.bind()];
  for (const Type of [Dealer, Request, Router]) {
    const name = Type.name;
    table.ours(new Type({ probeRouter: true, routingId: name })).connect(theirEndpoint);
    assert.equal(await heardBy(theirs), [name, '']);
  }
  for (const type of ['DEALER', 'REQ', 'ROUTER'] as const) {
    const socket = await table.theirs(type, { probeRouter: true, routingId: type });
    await socket.connect(ourEndpoint);
    assert.equal(await heard(ours), [type, '']);
  }
});

both('a probe of their ROUTER is an empty message to our DEALER, and of ours to theirs', async table => {
  const dealer = table.ours(new Dealer());
  const router = await table.theirs('ROUTER', { probeRouter: true });
  dealer.connect(await router.bind());
  assert.equal(await heard(dealer), ['']);
  const theirs = await table.theirs('DEALER');
  await theirs.connect(await bound(table.ours(new Router({ probeRouter: true }))));
  assert.equal(await heardBy(theirs), ['']);
});

// ROUTER

both('our ROUTER says hello, and hears of theirs that come and go', async table => {
  const router = table.ours(
    new Router({ helloMessage: 'H', notifyConnect: true, notifyDisconnect: true, disconnectMessage: 'D' }),
  );
  const endpoint = await bound(router);
  for (const routingId of ['a', 'b']) {
    const dealer = await table.theirs('DEALER', { routingId });
    await dealer.connect(endpoint);
    assert.equal(await heardBy(dealer), ['H']);
    await dealer.send(['x', '']);
    assert.equal(await heard(router), [routingId, '']);
    assert.equal(await heard(router), [routingId, 'x', '']);
    await table.lose(dealer);
    assert.equal(await heard(router), [routingId, '']);
    assert.equal(await heard(router), [routingId, 'D']);
  }
});

both('our DEALER and REP say hello to theirs', async table => {
  for (const socket of [table.ours(new Dealer({ helloMessage: 'H' })), table.ours(new Reply({ helloMessage: 'H' }))]) {
    const dealer = await table.theirs('DEALER');
    await dealer.connect(await bound(socket));
    assert.equal(await heardBy(dealer), ['H']);
  }
});

both('our ROUTER hands an id over to the second of theirs', async table => {
  const router = table.ours(new Router({ handover: true, mandatory: true }));
  const endpoint = await bound(router);
  const first = await table.theirs('DEALER', { routingId: 'X', reconnectInterval: -1 });
  await first.connect(endpoint);
  await first.send(['from the first']);
  assert.equal(await heard(router), ['X', 'from the first']);
  const second = await table.theirs('DEALER', { routingId: 'X' });
  await second.connect(endpoint);
  await second.send(['from the second']);
  assert.equal(await heard(router), ['X', 'from the second']);
  await first.untilEvent('disconnect');
  await router.send(['X', 'reply']);
  assert.equal(await heardBy(second), ['reply']);
});

both('our ROUTER sends at once to one of theirs that it names, and hears it under that name', async table => {
  const router = table.ours(new Router({ mandatory: true, routingId: 'ours' }));
  for (const name of ['one', 'two']) {
    const theirs = await table.theirs('ROUTER', { routingId: `calls itself ${name}` });
    router.connect(await theirs.bind(), { routingId: name });
    await router.send([name, `for ${name}`]);
    assert.equal(await heardBy(theirs), ['ours', `for ${name}`]);
    await theirs.send(['ours', 'reply']);
    assert.equal(await heard(router), [name, 'reply']);
  }
});

both('a ROUTER reaches peers that come with a new id each, and are sent to until they answer', async table => {
  const [ours, theirs] = [table.ours(new Router()), await table.theirs('ROUTER')];
  const [ourEndpoint, theirEndpoint] = [await bound(ours), await theirs.bind()];
  for (let i = 0; i < 20; i += 1) {
    const id = `dealer ${i}`;
    const [dealer, their] = [
      table.ours(new Dealer({ routingId: id })),
      await table.theirs('DEALER', { routingId: id }),
    ];
    dealer.connect(theirEndpoint);
    await their.connect(ourEndpoint);
    const [toUs, toThem] = [dealer.receive({ timeout: deadlineMs }), their.receive()];
    const arrived = Promise.all([toUs, toThem]).then(() => true);
    do {
      await theirs.send([id, 'hello']);
      await ours.send([id, 'hello']);
    } while (!(await Promise.race([arrived, new Promise(resolve => setTimeout(resolve, 5, false))])));
    await dealer.send('hello back');
    await their.send(['hello back']);
    assert.equal(await heardBy(theirs), [id, 'hello back']);
    assert.equal(await heard(ours), [id, 'hello back']);
  }
});

// DEALER

both('our DEALER hears a hiccup when theirs goes', async table => {
  const dealer = table.ours(new Dealer({ hiccupMessage: 'hiccup', routingId: 'me' }));
  const router = await table.theirs('ROUTER');
  dealer.connect(await router.bind());
  await dealer.send('x');
  assert.equal(await heardBy(router), ['me', 'x']);
  await router.send(['me', 'y']);
  assert.equal(await heard(dealer), ['y']);
  await table.lose(router);
  assert.equal(await heard(dealer), ['hiccup']);
});

// CONFLATE, IMMEDIATE

both('our PULL keeps the last of what their PUSH has sent', async table => {
  const pull = table.ours(new Pull({ conflate: true }));
  const push = await table.theirs('PUSH');
  await push.connect(await bound(pull));
  await push.sendAll(Array.from({ length: 20 }, (_, i) => [`${i}`]));
  const received: string[] = [];
  while (received.at(-1) !== '19') received.push((await heard(pull)).join());
  assert.is(pull.tryReceive(), undefined);
});

both('our PUSH keeps the last of what is sent before their PULL is there', async table => {
  const push = table.ours(new Push({ conflate: true, sendHighWaterMark: 2 }));
  const pull = await table.theirs('PULL');
  const endpoint = await pull.bind();
  push.connect(endpoint);
  for (let i = 0; i < 20; i += 1) assert.ok(push.trySend([`${i}`, 'of 20']));
  assert.equal(await heardBy(pull), ['19', 'of 20']);
  await push.send('end');
  assert.equal(await heardBy(pull), ['end']);
});

both('our PUSH that is immediate sends only to theirs that is there, and waits for it', async table => {
  const push = table.ours(new Push({ immediate: true, reconnectInterval: 10 }));
  const nobody = table.ours(new Pull());
  const dead = await bound(nobody);
  await nobody.close();
  const pull = await table.theirs('PULL');
  const endpoint = await pull.bind();
  for (const there of [dead, endpoint]) push.connect(there);
  assert.not.ok(push.trySend('too early'));
  const all = Array.from({ length: 10 }, (_, i) => `${i}`);
  for (const message of all) await push.send(message);
  assert.equal((await pull.receiveAll(10)).flatMap(texts), all);
  const end = until(push, 'disconnect');
  await table.lose(pull);
  await end;
  assert.not.ok(push.trySend('too late'));
  const sending = push.send('again', { timeout: deadlineMs });
  const next = await table.theirs('PULL');
  await next.bind(endpoint);
  assert.equal(await heardBy(next), ['again']);
  await sending;
});

options.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
options.run();

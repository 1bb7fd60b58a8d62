// @deadline 120
/** Our proxy between sockets of two libzmqs, whichever of them is at which side. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Context,
  Dealer,
  Proxy,
  Pull,
  Push,
  Reply,
  Router,
  XPublisher,
  XSubscriber,
  type Socket,
} from '../../src/index.ts';
import { subscription, type PeerSocket } from '../support/peers/peer-socket.ts';
import { startPeer, type Peer } from '../support/peers/peer.ts';
import { assertAllSame, assertSame } from './pair.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);

const interop = suite(`a proxy between ${peers.map(({ name }) => name).join(' and ')}`);

/** What a test opens, closed with it. */
class Stage {
  readonly #context = new Context();
  readonly #open: { close(): Promise<unknown> }[] = [];
  readonly #running: Promise<void>[] = [];

  /** A running proxy and where its two sides listen. */
  async proxy<F extends Socket, B extends Socket>(
    Front: new (options: { context: Context }) => F,
    Back: new (options: { context: Context }) => B,
  ): Promise<{ readonly proxy: Proxy<F, B>; readonly front: string; readonly back: string }> {
    const [frontEnd, backEnd] = [new Front({ context: this.#context }), new Back({ context: this.#context })];
    this.#open.push(frontEnd, backEnd);
    for (const socket of [frontEnd, backEnd]) await socket.bind('tcp://127.0.0.1:*');
    const proxy = new Proxy(frontEnd, backEnd);
    this.#running.push(proxy.run());
    return { proxy, front: frontEnd.lastEndpoint ?? '', back: backEnd.lastEndpoint ?? '' };
  }

  /** Sends everything back. */
  async echo(): Promise<string> {
    const socket = new Reply({ context: this.#context });
    this.#open.push(socket);
    await socket.bind('tcp://127.0.0.1:*');
    this.#running.push(new Proxy(socket, socket).run());
    return socket.lastEndpoint ?? '';
  }

  async connect(peer: Peer, type: PeerSocket['type'], endpoint: string): Promise<PeerSocket> {
    const socket = await peer.open(type);
    this.#open.push(socket);
    await socket.connect(endpoint);
    await socket.untilEvent('handshake');
    return socket;
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.map(socket => socket.close()));
    await Promise.all(this.#running); // that a socket is closed ends its proxy
  }
}

function onStage(name: string, test: (stage: Stage) => Promise<void>): void {
  interop(name, async () => {
    const stage = new Stage();
    try {
      await test(stage);
    } finally {
      await stage.end();
    }
  });
}

const REQUESTS = Array.from({ length: 50 }, (_, i) => [`request ${i}`, '', 'x'.repeat(i * 100), '']);

for (const left of peers) {
  for (const right of peers) {
    const who = `${left.name} and ${right.name}`;

    onStage(`${who}: REQ to REP, several of each`, async stage => {
      const { proxy, front, back } = await stage.proxy(Router, Dealer);
      const clients = await Promise.all([1, 2, 3].map(() => stage.connect(left, 'REQ', front)));
      const workers = await Promise.all([1, 2].map(() => stage.connect(right, 'REP', back)));
      const half = (clients.length * REQUESTS.length) / workers.length;
      const [answers] = await Promise.all([
        Promise.all(clients.map(client => client.converse(REQUESTS))),
        ...workers.map(worker => worker.echo(half)), // a DEALER deals evenly
      ]);
      for (const all of answers) assertAllSame(all, REQUESTS);
      assert.is(proxy.statistics().frontend.sent.messages, half * workers.length);
    });

    onStage(`${who}: REQ to REP through two proxies`, async stage => {
      const [near, far] = [await stage.proxy(Router, Dealer), await stage.proxy(Router, Dealer)];
      near.proxy.backEnd.connect(far.front);
      const client = await stage.connect(left, 'REQ', near.front);
      const worker = await stage.connect(right, 'REP', far.back);
      const [answers] = await Promise.all([client.converse(REQUESTS), worker.echo(REQUESTS.length)]);
      assertAllSame(answers, REQUESTS);
    });

    onStage(`${who}: PUSH to PULL, in order`, async stage => {
      const { front, back } = await stage.proxy(Pull, Push);
      const sink = await stage.connect(right, 'PULL', back);
      const source = await stage.connect(left, 'PUSH', front);
      const messages = Array.from({ length: 5000 }, (_, i) => [`${i}`, '']);
      const [received] = await Promise.all([sink.receiveAll(messages.length), source.sendAll(messages)]);
      assertAllSame(received, messages);
    });

    onStage(`${who}: XPUB to SUB, subscriptions upstream`, async stage => {
      const { front, back } = await stage.proxy(XPublisher, XSubscriber);
      const publisher = await stage.connect(left, 'XPUB', back);
      const subscriber = await stage.connect(right, 'SUB', front);
      await subscriber.subscribe('a', 'b');
      assertSame(await publisher.receive(), [subscription(1, 'a')], 'the first subscription');
      assertSame(await publisher.receive(), [subscription(1, 'b')], 'the second subscription');
      await subscriber.unsubscribe('a');
      assertSame(await publisher.receive(), [subscription(0, 'a')], 'the cancellation');
      await publisher.sendAll([
        ['a', 'unwanted'],
        ['c', 'never wanted'],
        ['bb', '', 'wanted'],
      ]);
      assertSame(await subscriber.receive(), ['bb', '', 'wanted'], 'the news');
    });
  }

  onStage(`${left.name}: a socket that is both sides sends back what it receives`, async stage => {
    const client = await stage.connect(left, 'REQ', await stage.echo());
    assertAllSame(await client.converse(REQUESTS), REQUESTS);
  });
}

onStage('goes on with the workers that are left when a process is killed', async stage => {
  const [left] = peers;
  const { proxy, front, back } = await stage.proxy(Router, Dealer);
  const doomed = await startPeer('python');
  await stage.connect(doomed, 'REP', back);
  const worker = await stage.connect(left, 'REP', back);
  const client = await stage.connect(left, 'REQ', front);
  const lost = new Promise(resolve => proxy.backEnd.events.on('disconnect', resolve));
  await doomed.crash();
  await lost;
  const [answers] = await Promise.all([client.converse(REQUESTS), worker.echo(REQUESTS.length)]);
  assertAllSame(answers, REQUESTS);
});

interop.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
interop.run();

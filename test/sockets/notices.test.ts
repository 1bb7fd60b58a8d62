/** Messages that no application sends: what options make a socket say, or hear, with each connection. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { frame, message } from '../support/raw-zmtp.ts';
import { drain, inWorld, texts } from '../support/world.ts';

const hello = suite('helloMessage');

for (const [Type, peer] of [
  [Dealer, 'DEALER'],
  [Router, 'DEALER'],
  [Reply, 'DEALER'],
] as const) {
  inWorld(hello, `${Type.name} says it to whoever connects, and to each again that comes back`, async world => {
    const socket = world.open<Dealer | Router | Reply, object>(Type, { helloMessage: 'hello' });
    await socket.bind('mem://here');
    for (let i = 0; i < 2; i += 1) {
      const raw = (await world.dialRaw('mem://here')).shakeHands(peer);
      await world.settle();
      assert.equal(raw.messages, [['hello']]);
      raw.destroy();
      await world.settle();
    }
  });

  inWorld(hello, `${Type.name} says it with each connection that it makes itself`, async world => {
    const socket = world.open<Dealer | Router | Reply, object>(Type, { helloMessage: 'hello' });
    const { peers } = await world.listenRaw('mem://there');
    await world.connect(socket, 'mem://there');
    for (let i = 0; i < 3; i += 1) {
      peers[i]?.shakeHands(peer);
      await world.settle();
      assert.equal(peers[i]?.messages, [['hello']]);
      peers[i]?.destroy();
      await world.advance(1000);
    }
  });
}

inWorld(hello, 'goes ahead of what was sent before there was a connection', async world => {
  const dealer = world.open(Dealer, { helloMessage: Buffer.from('hello') });
  dealer.connect('mem://later');
  await dealer.send('1');
  await dealer.send(['2', '']);
  await world.settle();
  const { peers } = await world.listenRaw('mem://later');
  await world.advance(1000);
  peers[0]?.shakeHands('ROUTER');
  await world.settle();
  assert.equal(peers[0]?.messages, [['hello'], ['1'], ['2', '']]);
});

inWorld(hello, 'of a ROUTER that is bound late reaches a DEALER, and the other way round', async world => {
  const [dealer, router] = [world.open(Dealer), world.open(Router, { helloMessage: 'H' })];
  dealer.connect('mem://late');
  await world.settle();
  await router.bind('mem://late');
  await world.advance(1000);
  assert.equal(drain(dealer), [['H']]);
  const [speaker, hearer] = [
    world.open(Dealer, { helloMessage: 'D', routingId: 'speaker' }),
    world.open(Router, { routingId: 'hearer' }),
  ];
  speaker.connect('mem://later');
  await world.settle();
  await hearer.bind('mem://later');
  await world.advance(1000);
  assert.equal(drain(hearer), [['speaker', 'D']]);
});

inWorld(hello, 'may be empty; null says nothing', async world => {
  for (const [helloMessage, expected] of [
    ['', [['']]],
    [null, []],
  ] as const) {
    const dealer = world.open(Dealer, { helloMessage });
    await dealer.bind(`mem://${helloMessage === null ? 'silent' : 'empty'}`);
    const raw = (await world.dialRaw(dealer.lastEndpoint ?? '')).shakeHands('DEALER');
    await world.settle();
    assert.equal(raw.messages, expected);
  }
});

inWorld(hello, 'is not said to a peer that is refused', async world => {
  const router = world.open(Router, { helloMessage: 'hello' });
  await router.bind('mem://hub');
  const [first, second] = [await world.dialRaw('mem://hub'), await world.dialRaw('mem://hub')];
  first.shakeHands('DEALER', { identity: 'same' });
  await world.settle();
  second.shakeHands('DEALER', { identity: 'same' });
  await world.advance(2000);
  assert.equal([first.messages, second.messages], [[['hello']], []]);
});

inWorld(hello, 'is said when a closing socket at last can send what is queued', async world => {
  const dealer = world.open(Dealer, { helloMessage: 'hello', linger: -1 });
  dealer.connect('mem://later');
  await dealer.send('1');
  const closing = dealer.close();
  const { peers } = await world.listenRaw('mem://later');
  await world.advance(1000);
  peers[0]?.shakeHands('ROUTER');
  await world.settle();
  assert.equal(peers[0]?.messages, [['hello'], ['1']]);
  peers[0]?.destroy();
  assert.equal(await world.until(closing), { dropped: 0 });
});

inWorld(hello, 'that is set late is for endpoints that come later', async world => {
  const dealer = world.open(Dealer, { helloMessage: 'old' });
  await dealer.bind('mem://one');
  dealer.options.helloMessage = Buffer.from('new');
  await dealer.bind('mem://two');
  const raws = [await world.dialRaw('mem://one'), await world.dialRaw('mem://two')];
  for (const raw of raws) raw.shakeHands('DEALER');
  await world.settle();
  assert.equal(
    raws.map(raw => raw.messages),
    [[['old']], [['new']]],
  );
});

inWorld(hello, 'counts for no high-water mark', async world => {
  const dealer = world.open(Dealer, { helloMessage: 'hello', sendHighWaterMark: 1 });
  dealer.connect('mem://later');
  await dealer.send('1');
  assert.not.ok(dealer.writable);
  const { peers } = await world.listenRaw('mem://later');
  await world.advance(1000);
  peers[0]?.shakeHands('DEALER');
  await world.settle();
  assert.equal(peers[0]?.messages, [['hello'], ['1']]);
});

const probe = suite('probeRouter');

inWorld(probe, 'lets a ROUTER know of a DEALER and of a ROUTER, and answer', async world => {
  const hub = world.open(Router, { mandatory: true });
  await hub.bind('mem://hub');
  for (const Type of [Dealer, Router]) {
    const name = Type.name;
    const socket = world.open<Dealer | Router, object>(Type, { probeRouter: true, routingId: name });
    await world.connect(socket, 'mem://hub');
    assert.equal(drain(hub), [[name, '']]);
    await hub.send([name, 'welcome']);
    await world.settle();
    assert.equal(drain(socket).at(-1)?.at(-1), 'welcome');
  }
});

inWorld(probe, 'of a REQ is heard by a ROUTER and does not disturb a REP', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const requester = world.open(Request, { probeRouter: true, routingId: 'me' });
  await world.connect(requester, 'mem://hub');
  assert.equal(drain(hub), [['me', '']]);
  const replier = world.open(Reply);
  await replier.bind('mem://replier');
  const other = world.open(Request, { probeRouter: true });
  await world.connect(other, 'mem://replier');
  await other.send('question');
  assert.equal(texts(await replier.receive()), ['question']);
  await replier.send('answer');
  assert.equal(texts(await other.receive()), ['answer']);
});

inWorld(probe, 'is sent by a bound socket too, and comes behind the hello', async world => {
  const router = world.open(Router, { probeRouter: true, helloMessage: 'hello' });
  await router.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  await world.settle();
  assert.equal(raw.messages, [['hello'], ['']]);
});

inWorld(probe, 'comes with each connection, for a ROUTER that has started again knows nobody', async world => {
  const dealer = world.open(Dealer, { probeRouter: true });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.shakeHands('ROUTER');
  await world.settle();
  await dealer.send('1');
  await world.settle();
  peers[0]?.destroy();
  await world.settle();
  await dealer.send('2');
  await world.advance(1000);
  peers[1]?.shakeHands('ROUTER');
  await world.settle();
  assert.equal(
    [peers[0]?.messages, peers[1]?.messages],
    [
      [[''], ['1']],
      [[''], ['2']],
    ],
  );
});

inWorld(probe, 'is live', async world => {
  const dealer = world.open(Dealer);
  await dealer.bind('mem://here');
  for (const probeRouter of [false, true, false]) {
    dealer.options.probeRouter = probeRouter;
    const raw = (await world.dialRaw('mem://here')).shakeHands('ROUTER');
    await world.settle();
    assert.equal(raw.messages.slice(0, 1), probeRouter ? [['']] : []);
    raw.write(message('done'));
    await dealer.receive();
    raw.destroy();
    await world.settle();
  }
});

const notify = suite('notifyConnect and notifyDisconnect');

const BOTH = { notifyConnect: true, notifyDisconnect: true };

inWorld(notify, 'tell of each peer that comes and goes, around all that it has sent', async world => {
  const hub = world.open(Router, BOTH);
  await hub.bind('mem://hub');
  for (const identity of ['a', 'b']) {
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity }).write(message('1'), message('2'));
    await world.settle();
    raw.destroy();
    await world.settle();
    assert.equal(drain(hub), [
      [identity, ''],
      [identity, '1'],
      [identity, '2'],
      [identity, ''],
    ]);
  }
});

for (const [on, expected] of [
  ['notifyConnect', [['a', ''], ['a', 'x']]], // prettier-ignore
  ['notifyDisconnect', [['a', 'x'], ['a', '']]], // prettier-ignore
] as const) {
  inWorld(notify, `are two: ${on} alone`, async world => {
    const hub = world.open(Router, { [on]: true });
    await hub.bind('mem://hub');
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'a' }).write(message('x'));
    await world.settle();
    raw.destroy();
    await world.settle();
    assert.equal(drain(hub), expected);
  });
}

inWorld(notify, 'tell of a peer that this side connects to, each time', async world => {
  const hub = world.open(Router, BOTH);
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  for (let i = 0; i < 2; i += 1) {
    peers[i]?.shakeHands('DEALER', { identity: `w${i}` });
    await world.settle();
    assert.equal(drain(hub), [[`w${i}`, '']]);
    peers[i]?.destroy();
    await world.settle();
    assert.equal(drain(hub), [[`w${i}`, '']]);
    await world.advance(1000);
  }
});

inWorld(notify, 'find the way back: the id of the news can be answered', async world => {
  const hub = world.open(Router, { ...BOTH, mandatory: true });
  await hub.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  const [id = Buffer.of()] = await hub.receive();
  assert.is(id.length, 5);
  await hub.send([id, 'welcome']);
  await world.settle();
  assert.equal(raw.messages, [['welcome']]);
});

inWorld(notify, 'say nothing of a handshake that fails', async world => {
  const hub = world.open(Router, { ...BOTH, disconnectMessage: 'D' });
  await hub.bind('mem://hub');
  const raws = [await world.dialRaw('mem://hub'), await world.dialRaw('mem://hub'), await world.dialRaw('mem://hub')];
  raws[0]?.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  raws[1]?.shakeHands('PULL');
  await world.settle();
  raws[2]?.destroy();
  await world.advance(60_000);
  assert.equal(drain(hub), []);
});

inWorld(notify, 'say nothing of a peer that is refused because its id is taken', async world => {
  const hub = world.open(Router, { ...BOTH, disconnectMessage: 'D' });
  await hub.bind('mem://hub');
  for (let i = 0; i < 2; i += 1) {
    (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'same' }).write(message(`${i}`));
    await world.settle();
  }
  await world.advance(2000);
  assert.equal(drain(hub), [
    ['same', ''],
    ['same', '0'],
  ]);
});

inWorld(notify, 'do not say that an id has gone which another has taken over', async world => {
  const hub = world.open(Router, { ...BOTH, handover: true });
  await hub.bind('mem://hub');
  const raws = [];
  for (let i = 0; i < 2; i += 1) {
    raws.push((await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'same' }));
    await world.settle();
  }
  await world.advance(2000);
  assert.equal(drain(hub), [
    ['same', ''],
    ['same', ''],
  ]);
  raws[1]?.destroy();
  await world.settle();
  assert.equal(drain(hub), [['same', '']]);
});

inWorld(notify, 'come alone when a peer breaks off in the midst of a message', async world => {
  const hub = world.open(Router, { ...BOTH, maxMessageSize: 64 });
  await hub.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'a' });
  raw.write(frame(1, 'whole?'), frame(0, 'x'.repeat(64)));
  await world.advance(2000);
  assert.ok(raw.closedWith);
  assert.equal(drain(hub), [
    ['a', ''],
    ['a', ''],
  ]);
});

inWorld(notify, 'wait for what a peer has sent, however late the application reads', async world => {
  const hub = world.open(Router, { ...BOTH, receiveHighWaterMark: 2 });
  await hub.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'a' });
  raw.write(...Array.from({ length: 50 }, (_, i) => message(`${i}`)));
  raw.end();
  await world.advance(2000);
  const heard: string[] = [];
  for (let i = 0; i < 52; i += 1) heard.push(texts(await hub.receive())[1] ?? 'nothing');
  await world.settle();
  assert.equal(drain(hub), []);
  assert.equal(heard, ['', ...Array.from({ length: 50 }, (_, i) => `${i}`), '']);
});

inWorld(notify, 'say nothing of what this side ends itself', async world => {
  const hub = world.open(Router, { ...BOTH, disconnectMessage: 'D' });
  await hub.bind('mem://hub');
  (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'a' });
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER', { identity: 'w' });
  await world.settle();
  assert.is(drain(hub).length, 2);
  await hub.unbind('mem://hub');
  hub.disconnect('mem://worker');
  await world.advance(2000);
  assert.equal(drain(hub), []);
});

const goodbye = suite('disconnectMessage');

inWorld(
  goodbye,
  'is heard from a peer that had connected, behind what it had sent and behind the notice',
  async world => {
    const hub = world.open(Router, { disconnectMessage: 'D', notifyDisconnect: true });
    const dealer = world.open(Dealer, { helloMessage: 'H', routingId: 'a' });
    await world.join(hub, dealer);
    await dealer.send('x');
    await world.close(dealer);
    await world.settle();
    assert.equal(drain(hub), [
      ['a', 'H'],
      ['a', 'x'],
      ['a', ''],
      ['a', 'D'],
    ]);
  },
);

inWorld(goodbye, 'is not heard of a peer that this side has connected to', async world => {
  const hub = world.open(Router, { disconnectMessage: 'D' });
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER', { identity: 'w' });
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  assert.equal(drain(hub), []);
});

inWorld(goodbye, "is the receiver's own each time", async world => {
  const hub = world.open(Router, { disconnectMessage: Buffer.from('D') });
  await hub.bind('mem://hub');
  for (let i = 0; i < 2; i += 1) {
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
    await world.settle();
    raw.destroy();
    const [, said] = await hub.receive();
    assert.is(String(said), 'D');
    said?.fill(0);
  }
});

const hiccup = suite('hiccupMessage');

inWorld(
  hiccup,
  'is heard each time a connection is lost that this side had made, behind what came with it',
  async world => {
    const dealer = world.open(Dealer, { hiccupMessage: 'hiccup' });
    const { peers } = await world.listenRaw('mem://there');
    await world.connect(dealer, 'mem://there');
    for (let i = 0; i < 3; i += 1) {
      peers[i]?.shakeHands('DEALER').write(message(`${i}`), message('', ''));
      await world.settle();
      peers[i]?.destroy();
      await world.settle();
      assert.equal(drain(dealer), [[`${i}`], ['', ''], ['hiccup']]);
      await world.advance(1000);
    }
  },
);

inWorld(hiccup, 'is heard when the server closes, before the next hello', async world => {
  const dealer = world.open(Dealer, { hiccupMessage: 'hiccup' });
  for (let i = 0; i < 2; i += 1) {
    const server = world.open(Router, { helloMessage: `hello ${i}` });
    await server.bind('mem://server');
    if (i === 0) dealer.connect('mem://server');
    await world.advance(1000);
    await world.close(server);
  }
  await world.advance(1000);
  assert.equal(drain(dealer), [['hello 0'], ['hiccup'], ['hello 1'], ['hiccup']]);
});

inWorld(hiccup, 'is not heard of an accepted peer, nor of an attempt or a handshake that fails', async world => {
  const dealer = world.open(Dealer, { hiccupMessage: 'hiccup' });
  await dealer.bind('mem://here');
  const raw = (await world.dialRaw('mem://here')).shakeHands('DEALER');
  await world.settle();
  raw.destroy();
  dealer.connect('mem://nobody');
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('PULL');
  await world.advance(1000);
  assert.ok(peers.length > 2);
  assert.equal(drain(dealer), []);
});

inWorld(hiccup, 'is heard once, though the next handshake fails', async world => {
  const dealer = world.open(Dealer, { hiccupMessage: 'hiccup' });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.shakeHands('DEALER');
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.destroy();
  await world.advance(1000);
  assert.ok(peers.length > 2);
  assert.equal(drain(dealer), [['hiccup']]);
});

inWorld(hiccup, 'is not heard of a connection that is lost while this side ends it', async world => {
  const dealer = world.open(Dealer, { hiccupMessage: 'hiccup', linger: -1 });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.shakeHands('DEALER');
  await world.settle();
  world.network.link.forth.freeze();
  for (let i = 0; i < 20; i += 1) await dealer.send('x'.repeat(100_000));
  dealer.disconnect('mem://there');
  await world.settle();
  peers[0]?.destroy();
  await world.settle();
  assert.equal(drain(dealer), []);
});

inWorld(hiccup, 'is not heard when this side disconnects', async world => {
  const dealer = world.open(Dealer, { hiccupMessage: 'hiccup' });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.shakeHands('DEALER');
  await world.settle();
  dealer.disconnect('mem://there');
  await world.advance(2000);
  assert.equal(drain(dealer), []);
});

inWorld(hiccup, 'is heard of a connection that is the last', async world => {
  const dealer = world.open(Dealer, { hiccupMessage: 'hiccup', reconnectInterval: 0 });
  const { peers } = await world.listenRaw('mem://there');
  await world.connect(dealer, 'mem://there');
  peers[0]?.shakeHands('DEALER');
  await world.settle();
  peers[0]?.destroy();
  await world.settle();
  assert.equal(drain(dealer), [['hiccup']]);
});

hello.run();
probe.run();
notify.run();
goodbye.run();
hiccup.run();

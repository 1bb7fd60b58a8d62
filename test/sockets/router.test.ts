import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Router, RouterPattern } from '../../src/sockets/router.ts';
import { FakePeer, text } from '../support/fake-peer.ts';
import { message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, errorOf, eventsOf, fateOf, fill, inWorld, texts, type World } from '../support/world.ts';

const router = suite('ROUTER');

async function dealerAt(world: World, endpoint: string, routingId?: string | Uint8Array): Promise<Dealer> {
  const dealer = world.open(Dealer, routingId === undefined ? {} : { routingId });
  await world.connect(dealer, endpoint);
  return dealer;
}

inWorld(router, "puts the sender's id in front, and takes the receiver's off", async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const [a, b] = [await dealerAt(world, 'mem://hub', 'a'), await dealerAt(world, 'mem://hub', 'b')];
  await a.send(['x', '']);
  assert.equal(texts(await hub.receive()), ['a', 'x', '']);
  await hub.send(['b', 'y', '']);
  await hub.send(['a', '']);
  assert.equal(texts(await b.receive()), ['y', '']);
  assert.equal(texts(await a.receive()), ['']);
});

inWorld(router, 'takes ids of any octets and any length', async world => {
  const hub = world.open(Router, { mandatory: true });
  await hub.bind('mem://hub');
  const ids = [Buffer.of(255), Buffer.alloc(255, 200), Buffer.from([1, 0, 0, 13, 10]), Buffer.from('é')];
  for (const id of ids) {
    const dealer = await dealerAt(world, 'mem://hub', id);
    await dealer.send('hello');
    const [heard] = await hub.receive();
    assert.is(Buffer.compare(heard ?? Buffer.of(), id), 0);
    await hub.send([id, 'echo']);
    assert.equal(texts(await dealer.receive()), ['echo']);
  }
});

inWorld(router, 'gives five octets to peers that announce nothing, each its own', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const seen = new Set<string>();
  for (let i = 0; i < 5; i += 1) {
    const dealer = await dealerAt(world, 'mem://hub');
    await dealer.send('hello');
    const [id = Buffer.of()] = await hub.receive();
    assert.is(id.length, 5);
    assert.is(id[0], 0);
    seen.add(Buffer.from(id).toString('hex'));
    await hub.send([id, `for ${i}`]);
    assert.equal(texts(await dealer.receive()), [`for ${i}`]);
  }
  assert.is(seen.size, 5);
});

inWorld(router, 'refuses a peer whose id is taken, with an event, and the first is not disturbed', async world => {
  const hub = world.open(Router);
  const events = eventsOf(hub);
  await hub.bind('mem://hub');
  const first = await dealerAt(world, 'mem://hub', 'same');
  const second = world.open(Dealer, { routingId: 'same', reconnectInterval: 0 });
  second.connect('mem://hub');
  second.trySend('from the second');
  await world.settle();
  await world.advance(10);
  const end = events.find(event => event.type === 'disconnect');
  assert.is(end?.error?.code, 'ERR_ZMTP_ROUTING_ID_TAKEN');
  await first.send('from the first');
  assert.equal(texts(await hub.receive()), ['same', 'from the first']);
  await hub.send(['same', 'reply']);
  await world.settle();
  assert.equal(drain(first), [['reply']]);
  assert.equal(drain(hub), []);
});

inWorld(router, 'takes a refused peer that tries again when the id is free', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const first = await dealerAt(world, 'mem://hub', 'same');
  const second = await dealerAt(world, 'mem://hub', 'same');
  await world.close(first);
  await world.advance(60_000);
  await hub.send(['same', 'hello']);
  await world.settle();
  assert.equal(drain(second), [['hello']]);
});

inWorld(router, 'hands an id over when it is told to', async world => {
  const hub = world.open(Router, { handover: true });
  const events = eventsOf(hub);
  await hub.bind('mem://hub');
  const first = world.open(Dealer, { routingId: 'same', reconnectInterval: 0 });
  await world.connect(first, 'mem://hub');
  await first.send('unread');
  await world.settle();
  const second = await dealerAt(world, 'mem://hub', 'same');
  assert.is(events.find(event => event.type === 'disconnect')?.error?.code, 'ERR_ZMTP_ROUTING_ID_TAKEN');
  await hub.send(['same', 'reply']);
  await second.send('from the second');
  await world.settle();
  assert.equal([drain(first), drain(second)], [[], [['reply']]]);
  assert.equal(drain(hub).at(-1), ['same', 'from the second']);
});

inWorld(router, 'hands an id over while messages wait for its old holder, who gets them or nobody', async world => {
  const hub = world.open(Router, { handover: true });
  await hub.bind('mem://hub');
  const old = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'same' });
  await world.settle();
  world.network.link.back.freeze();
  await hub.send(['same', 'for the old one']);
  await world.settle();
  await hub.send(['same', 'for the old one too']);
  const young = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'same' });
  await world.settle();
  await hub.send(['same', 'for the young one']);
  await world.advance(5000);
  assert.ok(old.closedWith === undefined || old.messages.length <= 2);
  assert.equal(young.messages, [['for the young one']]);
});

inWorld(router, 'drops what is for nobody', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  await hub.send(['nobody', 'x']);
  assert.ok(hub.trySend(['nobody', 'x']));
  assert.ok(hub.writable);
  const dealer = await dealerAt(world, 'mem://hub', 'gone');
  await world.close(dealer);
  await hub.send(['gone', 'x']);
  await hub.send([Buffer.of(), 'x']);
});

inWorld(router, 'fails at once for a peer that is not there, when it is told to', async world => {
  const hub = world.open(Router, { mandatory: true });
  await hub.bind('mem://hub');
  const error = await errorOf(() => hub.send(['nobody', 'x']));
  assert.ok(error instanceof Error && 'code' in error && 'errno' in error);
  assert.equal([error.name, error.code, error.errno], ['NoRouteError', 'EHOSTUNREACH', 113]);
  assert.is(await codeOfCall(() => hub.trySend(['nobody', 'x'])), 'EHOSTUNREACH');
  const dealer = await dealerAt(world, 'mem://hub', 'gone');
  await hub.send(['gone', 'x']);
  await world.close(dealer);
  assert.is(await codeOfCall(() => hub.send(['gone', 'x'])), 'EHOSTUNREACH');
  assert.not.ok(hub.writable);
});

inWorld(router, 'drops what a full peer cannot take, and the others do not notice', async world => {
  const hub = world.open(Router, { sendHighWaterMark: 3 });
  await hub.bind('mem://hub');
  await dealerAt(world, 'mem://hub', 'full');
  world.network.link.back.freeze();
  const other = await dealerAt(world, 'mem://hub', 'other');
  for (let i = 0; i < 100; i += 1) {
    await hub.send(['full', 'x']);
    await world.settle();
  }
  await hub.send(['other', 'y']);
  assert.equal(texts(await other.receive()), ['y']);
});

inWorld(router, 'waits for a full peer, when it is told to', async world => {
  const hub = world.open(Router, { mandatory: true, sendHighWaterMark: 3 });
  await hub.bind('mem://hub');
  const dealer = await dealerAt(world, 'mem://hub', 'full');
  const { back } = world.network.link;
  back.freeze();
  const toFull = { trySend: (text: string) => hub.trySend(['full', text]) };
  fill(toFull);
  await world.settle();
  fill(toFull);
  assert.not.ok(hub.writable);
  assert.is(await codeOfCall(() => hub.send(['full', 'x'], { timeout: 0 })), 'EAGAIN');
  const sending = hub.send(['full', 'last']);
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending');
  back.release();
  await sending;
  await world.settle();
  assert.equal(drain(dealer).at(-1), ['last']);
});

inWorld(router, 'fails a send that waits for a peer when the peer goes', async world => {
  const hub = world.open(Router, { mandatory: true, sendHighWaterMark: 3 });
  await hub.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'full' });
  await world.settle();
  world.network.link.back.freeze();
  const toFull = { trySend: (text: string) => hub.trySend(['full', text]) };
  fill(toFull);
  await world.settle();
  fill(toFull);
  const sending = fateOf(hub.send(['full', 'x']));
  await world.settle();
  assert.is(sending.now, 'pending');
  raw.destroy();
  await world.settle();
  assert.is(sending.now, 'EHOSTUNREACH');
});

inWorld(router, 'is told while it runs to fail, and to drop again', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  await hub.send(['nobody', 'x']);
  hub.options.mandatory = true;
  assert.is(await codeOfCall(() => hub.send(['nobody', 'x'])), 'EHOSTUNREACH');
  hub.options.mandatory = false;
  await hub.send(['nobody', 'x']);
});

inWorld(router, 'waits for a peer that was there before it was told to', async world => {
  const hub = world.open(Router, { sendHighWaterMark: 3 });
  await hub.bind('mem://hub');
  const dealer = await dealerAt(world, 'mem://hub', 'full');
  const { back } = world.network.link;
  back.freeze();
  hub.options.mandatory = true;
  const toFull = { trySend: (text: string) => hub.trySend(['full', text]) };
  fill(toFull);
  await world.settle();
  fill(toFull);
  const sending = hub.send(['full', 'last']);
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending');
  back.release();
  await sending;
  await world.settle();
  assert.equal(drain(dealer).at(-1), ['last']);
});

inWorld(router, 'drops a message that waits for a peer that goes, when it is told to meanwhile', async world => {
  const hub = world.open(Router, { mandatory: true, sendHighWaterMark: 3 });
  await hub.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'full' });
  await world.settle();
  world.network.link.back.freeze();
  const toFull = { trySend: (text: string) => hub.trySend(['full', text]) };
  fill(toFull);
  await world.settle();
  fill(toFull);
  const sending = fateOf(hub.send(['full', 'x']));
  hub.options.mandatory = false;
  raw.destroy();
  await world.settle();
  assert.is(sending.now, 'fulfilled');
});

inWorld(router, 'begins to hand ids over when it is told to', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const raws = [];
  for (const handover of [false, true]) {
    hub.options.handover = handover;
    raws.push((await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'same' }));
    await world.settle();
  }
  const [first, second] = raws;
  await hub.send(['same', 'x']);
  await world.advance(2000);
  assert.equal([first?.messages, second?.messages], [[], [['x']]]);
  assert.ok(first?.closedWith);
});

inWorld(router, 'wants an id and something behind it', async world => {
  const hub = world.open(Router);
  assert.is(await codeOfCall(() => hub.send('only an id')), 'EINVAL');
  assert.is(await codeOfCall(() => hub.trySend(['only an id'])), 'EINVAL');
});

inWorld(router, 'hears what a peer said before it went, under its id, and cannot answer', async world => {
  const hub = world.open(Router, { mandatory: true });
  await hub.bind('mem://hub');
  const dealer = await dealerAt(world, 'mem://hub', 'late');
  await dealer.send('last words');
  await world.close(dealer);
  assert.equal(texts(await hub.receive()), ['late', 'last words']);
  assert.is(await codeOfCall(() => hub.send(['late', 'x'])), 'EHOSTUNREACH');
});

inWorld(router, 'hears its peers fairly', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const [a, b] = [await dealerAt(world, 'mem://hub', 'a'), await dealerAt(world, 'mem://hub', 'b')];
  for (let i = 0; i < 100; i += 1) a.trySend('flood');
  for (let i = 0; i < 3; i += 1) b.trySend('word');
  await world.settle();
  const heard = drain(hub).map(([id]) => id);
  assert.is(heard.slice(0, 6).filter(id => id === 'b').length, 3);
  assert.is(heard.length, 103);
});

inWorld(router, 'knows a peer that it connects to by id, and keeps its messages while that is away', async world => {
  const hub = world.open(Router, { mandatory: true });
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  assert.is(await codeOfCall(() => hub.send(['w', 'too early'])), 'EHOSTUNREACH');
  peers[0]?.shakeHands('DEALER', { identity: 'w' });
  await world.settle();
  await hub.send(['w', '1']);
  await world.settle();
  peers[0]?.destroy();
  await world.settle();
  await hub.send(['w', '2']);
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER', { identity: 'w' });
  await world.settle();
  assert.equal([peers[0]?.messages, peers[1]?.messages], [[['1']], [['2']]]);
});

inWorld(router, 'follows a peer that comes back with another id', async world => {
  const hub = world.open(Router, { mandatory: true });
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER', { identity: 'old' });
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER', { identity: 'new' }).write(message('hello'));
  assert.equal(texts(await hub.receive()), ['new', 'hello']);
  assert.is(await codeOfCall(() => hub.send(['old', 'x'])), 'EHOSTUNREACH');
  await hub.send(['new', 'y']);
  await world.settle();
  assert.equal(peers[1]?.messages, [['y']]);
});

inWorld(router, 'does not know a peer by its old name that comes back without one', async world => {
  const hub = world.open(Router, { mandatory: true });
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER', { identity: 'old' });
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER').write(message('hello'));
  const [id] = await hub.receive();
  assert.is(id?.length, 5);
  assert.is(await codeOfCall(() => hub.send(['old', 'x'])), 'EHOSTUNREACH');
});

inWorld(router, 'gives what was sent under the old id under the old id', async world => {
  const hub = world.open(Router);
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER', { identity: 'old' }).write(message('1'), message('2'));
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER', { identity: 'new' }).write(message('3'));
  await world.settle();
  assert.equal(drain(hub), [
    ['old', '1'],
    ['old', '2'],
    ['new', '3'],
  ]);
});

inWorld(router, 'gives nothing that was meant for one peer to another that is now in its place', async world => {
  const hub = world.open(Router);
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER', { identity: 'old' });
  await world.settle();
  peers[0]?.destroy();
  await world.settle();
  await hub.send(['old', 'a secret']);
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER', { identity: 'new' });
  await world.settle();
  await hub.send(['new', 'hello']);
  await world.settle();
  assert.equal(peers[1]?.messages, [['hello']]);
});

inWorld(router, 'keeps a generated id when the peer it connects to comes back without one', async world => {
  const hub = world.open(Router, { mandatory: true });
  const { peers } = await world.listenRaw('mem://worker');
  await world.connect(hub, 'mem://worker');
  peers[0]?.shakeHands('DEALER').write(message('1'));
  const [id = Buffer.of()] = await hub.receive();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER');
  await world.settle();
  await hub.send([id, 'still you']);
  await world.settle();
  assert.equal(peers[1]?.messages, [['still you']]);
});

inWorld(router, 'gives a generated id to no other peer later', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const ids: string[] = [];
  for (let i = 0; i < 20; i += 1) {
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER').write(message('x'));
    const [id = Buffer.of()] = await hub.receive();
    ids.push(Buffer.from(id).toString('hex'));
    raw.destroy();
    await world.settle();
  }
  assert.is(new Set(ids).size, 20);
});

inWorld(router, 'talks to another ROUTER', async world => {
  const [one, two] = [world.open(Router, { routingId: 'one' }), world.open(Router, { routingId: 'two' })];
  await world.join(one, two);
  await one.send(['two', 'hi']);
  assert.equal(texts(await two.receive()), ['one', 'hi']);
  await two.send(['one', 'ho']);
  assert.equal(texts(await one.receive()), ['two', 'ho']);
});

const named = suite('ROUTER that names whom it connects to');

inWorld(named, 'sends under that id at once, and hears under it, whatever the peer calls itself', async world => {
  const hub = world.open(Router, { mandatory: true });
  hub.connect('mem://worker', { routingId: 'w' });
  await hub.send(['w', '1']);
  await hub.send(['w', '2']);
  const { peers } = await world.listenRaw('mem://worker');
  await world.advance(1000);
  peers[0]?.shakeHands('DEALER', { identity: 'calls itself otherwise' }).write(message('hello'));
  await world.settle();
  await hub.send(['w', '3']);
  await world.settle();
  assert.equal(drain(hub), [['w', 'hello']]);
  assert.equal(peers[0]?.messages, [['1'], ['2'], ['3']]);
  assert.is(await codeOfCall(() => hub.send(['calls itself otherwise', 'x'])), 'EHOSTUNREACH');
});

inWorld(named, 'keeps to it however often the peer comes back', async world => {
  const hub = world.open(Router, { mandatory: true });
  const { peers } = await world.listenRaw('mem://worker');
  hub.connect('mem://worker', { routingId: Buffer.from('w') });
  await world.settle();
  for (let i = 0; i < 3; i += 1) {
    peers[i]?.shakeHands('DEALER', { identity: `${i}` }).write(message(`from ${i}`));
    await world.settle();
    await hub.send(['w', `to ${i}`]);
    await world.settle();
    assert.equal([drain(hub), peers[i]?.messages], [[['w', `from ${i}`]], [[`to ${i}`]]]);
    peers[i]?.destroy();
    await world.advance(1000);
  }
});

inWorld(named, 'keeps to the high-water mark before there is a connection', async world => {
  const hub = world.open(Router, { mandatory: true, sendHighWaterMark: 3 });
  hub.connect('mem://nobody', { routingId: 'w' });
  assert.is(fill({ trySend: text => hub.trySend(['w', text]) }), 3);
  assert.not.ok(hub.writable);
});

inWorld(named, 'does not mix two of them up, nor with one that connects', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  const accepted = await dealerAt(world, 'mem://hub', 'x');
  const bound = [world.open(Dealer, { routingId: 'a' }), world.open(Dealer, { routingId: 'b' })];
  for (const [i, dealer] of bound.entries()) {
    await dealer.bind(`mem://bound${i}`);
    accepted.trySend(`fed ${i}`);
    hub.connect(`mem://bound${i}`, { routingId: ['b', 'a'][i] ?? '' });
  }
  for (const id of ['a', 'b', 'x']) await hub.send([id, `for ${id}`]);
  await world.settle();
  assert.equal(
    [...bound, accepted].map(dealer => drain(dealer)),
    [[['for b']], [['for a']], [['for x']]],
  );
  assert.equal(drain(hub), [
    ['x', 'fed 0'],
    ['x', 'fed 1'],
  ]);
});

inWorld(named, 'knows nobody by an empty id', async world => {
  const hub = world.open(Router, { mandatory: true });
  hub.connect('mem://nobody');
  assert.is(await codeOfCall(() => hub.send(['', 'x'])), 'EHOSTUNREACH');
});

inWorld(named, 'gives no id twice', async world => {
  const hub = world.open(Router);
  await hub.bind('mem://hub');
  await dealerAt(world, 'mem://hub', 'here');
  hub.connect('mem://a', { routingId: 'a' });
  for (const routingId of ['here', 'a']) {
    const error = await errorOf(() => hub.connect('mem://b', { routingId }));
    assert.ok(error instanceof UsageError);
    assert.equal([error.code, error.address], ['ERR_ZMTP_ROUTING_ID_TAKEN', 'mem://b']);
  }
  assert.is(hub.lastEndpoint, 'mem://a');
  hub.disconnect('mem://a');
  hub.connect('mem://b', { routingId: 'a' });
});

inWorld(named, 'refuses a peer that comes with an id that is given', async world => {
  const hub = world.open(Router);
  const events = eventsOf(hub);
  await hub.bind('mem://hub');
  hub.connect('mem://nobody', { routingId: 'a' });
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'a' });
  await world.advance(2000);
  assert.ok(raw.closedWith);
  assert.is(events.find(event => event.type === 'disconnect')?.error?.code, 'ERR_ZMTP_ROUTING_ID_TAKEN');
});

inWorld(named, 'takes for an id what it takes for its own', async world => {
  const hub = world.open(Router);
  for (const routingId of ['', Buffer.of(0, 1), 'x'.repeat(256), 5, null]) {
    const options = { routingId } as unknown as { routingId: string };
    const error = await errorOf(() => hub.connect('mem://b', options));
    assert.ok(error instanceof UsageError);
    assert.is(error.code, 'EINVAL');
    assert.match(error.message, 'routingId');
  }
  assert.is(hub.lastEndpoint, null);
  hub.connect('mem://a', { routingId: Buffer.alloc(255, 255) });
});

inWorld(named, 'copies the id', async world => {
  const hub = world.open(Router, { mandatory: true });
  const routingId = Buffer.from('a');
  hub.connect('mem://a', { routingId });
  routingId.fill(98);
  assert.ok(hub.trySend(['a', 'x']));
  assert.is(await codeOfCall(() => hub.trySend(['b', 'x'])), 'EHOSTUNREACH');
});

const spec = suite('ROUTER, as libzmq tests it');

inWorld(
  spec,
  'reaches a hundred peers in turn that come with a new id each and are sent to until they answer',
  async world => {
    const hub = world.open(Router);
    await hub.bind('mem://hub');
    for (let i = 0; i < 100; i += 1) {
      const dealer = world.open(Dealer, { routingId: `dealer ${i}` });
      dealer.connect('mem://hub');
      let tries = 0;
      while (!hub.readable) {
        assert.ok((tries += 1) < 100);
        await hub.send([`dealer ${i}`, 'hello']);
        if (dealer.tryReceive() !== undefined) await dealer.send('hello back');
        await world.advance(1);
      }
      assert.equal(drain(hub)[0], [`dealer ${i}`, 'hello back']);
      await world.close(dealer);
    }
  },
);

const routerPattern = suite('ROUTER pattern');

function patternWith(settings: { mandatory?: boolean; handover?: boolean; random?: number }): RouterPattern {
  const { mandatory = false, handover = false, random = 0 } = settings;
  return new RouterPattern({ readable: () => {}, writable: () => {} }, { mandatory, handover }, () => random);
}

function arrive(pattern: RouterPattern, peer: FakePeer): FakePeer {
  pattern.attach(peer);
  pattern.connected(peer);
  return peer;
}

routerPattern('knows the new holder of an id at once, and the old one no more', () => {
  const pattern = patternWith({ handover: true });
  const [old, young] = [1, 2].map(id => arrive(pattern, new FakePeer(id, { routingId: 'same' })));
  pattern.trySend([Buffer.from('same'), Buffer.from('x')]);
  assert.equal([old?.outbound.size, young?.outbound.size, old?.refusals.length], [0, 1, 1]);
});

routerPattern('begins to count the ids that it gives anywhere', () => {
  const ids = [0, 0.5].map(random => {
    const pattern = patternWith({ random });
    const peer = arrive(pattern, new FakePeer(1));
    peer.inbound.write(text('x'));
    return Buffer.from(pattern.tryReceive()?.[0] ?? []).toString('hex');
  });
  assert.equal(ids, ['0000000001', '0080000001']);
});

/** What may happen to a ROUTER: a peer is accepted, or connected to under a name, comes, goes; somebody is sent to. */
type Step =
  | { readonly kind: 'accept' | 'name' | 'send'; readonly id: string }
  | { readonly kind: 'connected'; readonly peer: number }
  | { readonly kind: 'leave'; readonly peer: number }
  | { readonly kind: 'set'; readonly mandatory: boolean; readonly handover: boolean };

const id = fc.constantFrom('a', 'b', 'c');
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('accept' as const, 'name' as const, 'send' as const), id }),
    fc.record({ kind: fc.constantFrom('connected' as const, 'leave' as const), peer: fc.nat(5) }),
    fc.record({ kind: fc.constant('set' as const), mandatory: fc.boolean(), handover: fc.boolean() }),
  ),
  { maxLength: 60 },
);

routerPattern('sends to whoever holds the id, however peers come, go and take over', () => {
  fc.assert(
    fc.property(steps, script => {
      const settings = { mandatory: false, handover: false };
      const pattern = new RouterPattern({ readable: () => {}, writable: () => {} }, settings, () => 0);
      const peers: FakePeer[] = [];
      const refused = new Map<FakePeer, number>();
      const holders = new Map<string, FakePeer>();
      const meet = (peer: FakePeer): void => {
        const name = String(peer.routingId);
        const holder = holders.get(name);
        const loser = holder === undefined || holder === peer ? undefined : settings.handover ? holder : peer;
        if (loser !== undefined) refused.set(loser, (refused.get(loser) ?? 0) + 1);
        if (loser !== peer) holders.set(name, peer);
        pattern.connected(peer);
      };
      for (const [number, step] of script.entries()) {
        if (step.kind === 'set') {
          Object.assign(settings, step);
        } else if (step.kind === 'connected') {
          const peer = peers[step.peer];
          if (peer !== undefined) meet(peer); // once more, after a loss
        } else if (step.kind === 'leave') {
          for (const peer of peers.splice(step.peer, 1)) {
            pattern.detach(peer);
            if (holders.get(String(peer.routingId)) === peer) holders.delete(String(peer.routingId));
          }
        } else if (step.kind === 'send') {
          const holder = holders.get(step.id);
          const message = [Buffer.from(step.id), Buffer.from(`${number}`)];
          if (holder === undefined && settings.mandatory) assert.throws(() => pattern.trySend(message), /no peer has/);
          else assert.ok(pattern.trySend(message));
          if (holder !== undefined) assert.is(String(holder.outbound.read()?.[0]), `${number}`);
          assert.ok(peers.every(peer => peer.outbound.size === 0));
        } else {
          const peer = new FakePeer(number, { routingId: step.id });
          assert.is(pattern.knows(peer.routingId), holders.has(step.id));
          if (step.kind === 'name' && holders.has(step.id)) continue; // connect() does not let it
          peers.push(peer);
          pattern.attach(peer);
          if (step.kind === 'name') holders.set(step.id, peer);
          else meet(peer);
        }
      }
      for (const peer of peers) assert.is(peer.refusals.length, refused.get(peer) ?? 0);
    }),
  );
});

inWorld(routerPattern, 'gives a message that waited for the old holder of an id to the new one', async world => {
  const hub = world.open(Router, { mandatory: true, handover: true, sendHighWaterMark: 1 });
  await hub.bind('mem://hub');
  await dealerAt(world, 'mem://hub', 'same');
  world.network.link.back.freeze();
  const toSame = { trySend: (text: string) => hub.trySend(['same', text]) };
  fill(toSame);
  await world.settle();
  fill(toSame);
  const waiting = hub.send(['same', 'at last']);
  const fate = fateOf(waiting);
  await world.settle();
  assert.is(fate.now, 'pending');
  const young = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'same' });
  await world.settle();
  assert.equal([fate.now, young.messages], ['fulfilled', [['at last']]]);
});

router.run();
named.run();
spec.run();
routerPattern.run();

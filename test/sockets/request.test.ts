import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { message, ping } from '../support/raw-zmtp.ts';
import { codeOfCall, eventsOf, fateOf, inWorld, texts, type World } from '../support/world.ts';
import type { RawPeer } from '../support/raw-peer.ts';

const request = suite('REQ');

/** A REQ that has asked a peer by hand. */
async function asked(world: World): Promise<{ requester: Request; raw: RawPeer }> {
  const requester = world.open(Request);
  await requester.bind('mem://service');
  const raw = await world.dialRaw('mem://service');
  raw.shakeHands('REP');
  await requester.send('question');
  await world.settle();
  return { requester, raw };
}

inWorld(request, 'puts an empty part in front, and takes it off the reply', async world => {
  const { requester, raw } = await asked(world);
  assert.equal(raw.messages, [['', 'question']]);
  raw.write(message('', 'an', '', 'answer'));
  assert.equal(texts(await requester.receive()), ['an', '', 'answer']);
});

inWorld(request, 'accepts an empty reply', async world => {
  const { requester, raw } = await asked(world);
  raw.write(message('', ''));
  assert.equal(texts(await requester.receive()), ['']);
});

inWorld(request, 'asks and hears in turn, and says at once who is out of turn', async world => {
  const [requester, replier] = [world.open(Request), world.open(Reply)];
  await world.join(replier, requester);
  assert.is(await codeOfCall(() => requester.receive()), 'EFSM');
  assert.is(await codeOfCall(() => requester.tryReceive()), 'EFSM');
  await requester.send('1');
  assert.is(await codeOfCall(() => requester.send('2')), 'EFSM');
  assert.is(await codeOfCall(() => requester.trySend('2')), 'EFSM');
  assert.equal(texts(await replier.receive()), ['1']);
  await replier.send('one');
  assert.equal(texts(await requester.receive()), ['one']);
  assert.is(await codeOfCall(() => requester.receive()), 'EFSM');
  await requester.send('2');
});

inWorld(request, 'is writable and readable in turn', async world => {
  const [requester, replier] = [world.open(Request), world.open(Reply)];
  await world.join(replier, requester);
  assert.equal([requester.writable, requester.readable], [true, false]);
  await requester.send('1');
  assert.equal([requester.writable, requester.readable], [false, false]);
  await replier.receive();
  await replier.send('one');
  await world.settle();
  assert.equal([requester.writable, requester.readable], [false, true]);
  await requester.receive();
  assert.equal([requester.writable, requester.readable], [true, false]);
});

inWorld(request, 'takes only one of two calls that ask at the same time', async world => {
  const requester = world.open(Request);
  await requester.bind('mem://service');
  const [first, second] = [fateOf(requester.send('1')), fateOf(requester.send('2'))];
  const raw = await world.dialRaw('mem://service');
  raw.shakeHands('REP');
  await world.settle();
  assert.equal([first.now, second.now], ['fulfilled', 'EFSM']);
  assert.equal(raw.messages, [['', '1']]);
});

inWorld(request, 'asks its peers in turn', async world => {
  const requester = world.open(Request);
  const repliers = [world.open(Reply), world.open(Reply)];
  for (const [i, replier] of repliers.entries()) {
    await replier.bind(`mem://service${i}`);
    await world.connect(requester, `mem://service${i}`);
  }
  const askedOnes = [];
  for (let i = 0; i < 4; i += 1) {
    await requester.send(`${i}`);
    await world.settle();
    const index = repliers.findIndex(replier => replier.readable);
    askedOnes.push(index);
    await repliers[index]?.receive();
    await repliers[index]?.send('ok');
    await requester.receive();
  }
  assert.equal(askedOnes, [0, 1, 0, 1]);
});

inWorld(request, 'waits without a peer', async world => {
  const requester = world.open(Request);
  assert.not.ok(requester.trySend('x'));
  assert.is(await codeOfCall(() => requester.send('x', { timeout: 0 })), 'EAGAIN');
  const { now } = fateOf(requester.send('x', { timeout: 100 }));
  assert.is(now, 'pending');
  await world.advance(100);
  await requester.bind('mem://service');
  const raw = await world.dialRaw('mem://service');
  raw.shakeHands('REP');
  await requester.send('y');
  await world.settle();
  assert.equal(raw.messages, [['', 'y']], 'the call that gave up has left nothing behind');
});

inWorld(request, 'drops the reply of a peer that was not asked', async world => {
  const { requester, raw } = await asked(world);
  const other = await world.dialRaw('mem://service');
  other.shakeHands('REP').write(message('', 'wrong'));
  await world.settle();
  assert.is(requester.tryReceive(), undefined);
  raw.write(message('', 'right'));
  await world.settle();
  assert.equal(drainOne(requester), ['right']);
  assert.is(other.closedWith, undefined);
});

inWorld(request, 'drops what came before it asked, and a second reply to the same question', async world => {
  const requester = world.open(Request);
  await requester.bind('mem://service');
  const raw = await world.dialRaw('mem://service');
  raw.shakeHands('REP').write(message('', 'early'));
  await world.settle();
  await requester.send('1');
  raw.write(message('', 'one'), message('', 'one again'));
  await world.settle();
  assert.equal(drainOne(requester), ['one']);
  await requester.send('2');
  assert.is(requester.tryReceive(), undefined);
  raw.write(message('', 'two'));
  await world.settle();
  assert.equal(drainOne(requester), ['two']);
});

const MALFORMED: Record<string, Buffer> = {
  'one part': message('answer'),
  'no empty part in front': message('xx', 'answer'),
  'the empty part alone': message(''),
  'a long first part': message('abcd', 'x', 'answer'),
};

for (const [name, reply] of Object.entries(MALFORMED)) {
  inWorld(request, `ends the connection of a peer whose reply is malformed: ${name}`, async world => {
    const { requester, raw } = await asked(world);
    const events = eventsOf(requester);
    const receiving = fateOf(requester.receive());
    raw.write(reply);
    await world.advance(2000);
    assert.ok(raw.closedWith);
    const end = events.find(event => event.type === 'disconnect');
    assert.is(end?.error?.code, 'ERR_ZMTP_MALFORMED_REPLY');
    assert.is(receiving.now, 'pending');
  });
}

inWorld(request, "skips a reply to somebody else's request with an id", async world => {
  const { requester, raw } = await asked(world);
  raw.write(message('abcd', '', 'not yours'), message('', 'yours'));
  await world.settle();
  assert.equal(drainOne(requester), ['yours']);
});

inWorld(request, 'does not mind heartbeats between the parts of a reply', async world => {
  const { requester, raw } = await asked(world);
  const reply = message('', 'answer');
  raw.write(ping(0, 'a'), reply.subarray(0, 2), ping(0, 'b'), reply.subarray(2));
  assert.equal(texts(await requester.receive()), ['answer']);
  await world.settle();
  assert.equal(raw.commands, ['PONG a', 'PONG b']);
});

inWorld(request, 'waits on when the asked peer has gone: the request is neither repeated nor failed', async world => {
  const { requester, raw } = await asked(world);
  const receiving = requester.receive({ timeout: 5000 });
  const fate = fateOf(receiving);
  raw.destroy();
  const other = await world.dialRaw('mem://service');
  other.shakeHands('REP');
  await world.advance(4999);
  assert.is(fate.now, 'pending');
  assert.equal(other.messages, []);
  assert.is(await codeOfCall(() => requester.send('again')), 'EFSM');
  await world.advance(1);
  assert.is(fate.now, 'EAGAIN');
});

inWorld(request, 'takes the reply from whoever sends one when the asked peer has gone for good', async world => {
  const { requester, raw } = await asked(world);
  const other = await world.dialRaw('mem://service');
  other.shakeHands('REP').write(message('', 'too early'));
  await world.settle();
  assert.is(requester.tryReceive(), undefined);
  raw.destroy();
  await world.settle();
  other.write(message('', 'instead'));
  await world.settle();
  assert.equal(drainOne(requester), ['instead']);
});

inWorld(request, 'still waits for the asked peer when another has gone', async world => {
  const { requester, raw } = await asked(world);
  const [gone, other] = [await world.dialRaw('mem://service'), await world.dialRaw('mem://service')];
  for (const peer of [gone, other]) peer.shakeHands('REP');
  await world.settle();
  gone.destroy();
  await world.settle();
  other.write(message('', 'wrong'));
  await world.settle();
  assert.is(requester.tryReceive(), undefined);
  raw.write(message('', 'right'));
  await world.settle();
  assert.equal(drainOne(requester), ['right']);
});

inWorld(request, 'takes a reply that comes with the next connection', async world => {
  const requester = world.open(Request);
  const { peers } = await world.listenRaw('mem://service');
  await world.connect(requester, 'mem://service');
  peers[0]?.shakeHands('REP');
  await requester.send('question');
  await world.settle();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('REP').write(message('', 'late'));
  await world.settle();
  assert.equal(drainOne(requester), ['late']);
  assert.equal(peers[1]?.messages, [], 'the request was not repeated');
});

inWorld(request, 'keeps its state when a receive gives up', async world => {
  const [requester, replier] = [world.open(Request), world.open(Reply)];
  await world.join(replier, requester);
  await requester.send('1');
  const receiving = codeOfCall(() => requester.receive({ timeout: 10 }));
  await world.advance(10);
  assert.is(await receiving, 'EAGAIN');
  await replier.receive();
  await replier.send('one');
  assert.equal(texts(await requester.receive()), ['one']);
});

inWorld(request, 'gives a batch of one, for there is never more', async world => {
  const [requester, replier] = [world.open(Request), world.open(Reply)];
  await world.join(replier, requester);
  await requester.send('1');
  await replier.receive();
  await replier.send('one');
  assert.equal((await requester.receiveBatch()).map(texts), [['one']]);
  await requester.send('2');
});

inWorld(request, 'works through a chain of ROUTER and DEALER', async world => {
  const [requester, replier] = [world.open(Request), world.open(Reply)];
  const hops = Array.from({ length: 3 }, () => ({ front: world.open(Router), back: world.open(Dealer) }));
  let endpoint = 'mem://end';
  await replier.bind(endpoint);
  for (const [i, { front, back }] of hops.entries()) {
    await world.connect(back, endpoint);
    endpoint = `mem://hop${i}`;
    await front.bind(endpoint);
    void (async () => {
      for await (const forth of front) await back.send(forth);
    })();
    void (async () => {
      for await (const reply of back) await front.send(reply);
    })();
  }
  await world.connect(requester, endpoint);
  for (let i = 0; i < 3; i += 1) {
    await requester.send(['deep', `${i}`]);
    assert.equal(texts(await replier.receive()), ['deep', `${i}`]);
    await replier.send(`answer ${i}`);
    assert.equal(texts(await requester.receive()), [`answer ${i}`]);
  }
});

function drainOne(socket: Request): string[] {
  return texts(socket.tryReceive() ?? []);
}

request.run();

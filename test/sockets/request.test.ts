import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../src/message.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request, RequestPattern } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { FakePeer, text } from '../support/fake-peer.ts';
import { message, ping } from '../support/raw-zmtp.ts';
import { codeOfCall, eventsOf, fateOf, inWorld, texts, type World } from '../support/world.ts';
import type { RawPeer } from '../support/raw-peer.ts';

const request = suite('REQ');

const SILENT = { readable: (): void => {}, writable: (): void => {} };

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

const checked = suite('REQ and the form of replies');

inWorld(checked, 'ends the connection of a peer that was not asked, if what it sends is no reply', async world => {
  const { requester, raw } = await asked(world);
  const other = await world.dialRaw('mem://service');
  other.shakeHands('REP').write(message('no reply'));
  await world.settle();
  assert.is(requester.tryReceive(), undefined);
  await world.advance(2000);
  assert.ok(other.closedWith);
  raw.write(message('', 'answer'));
  await world.settle();
  assert.equal(drainOne(requester), ['answer']);
});

inWorld(checked, 'ends it too if nothing was asked, when something is', async world => {
  const requester = world.open(Request);
  await requester.bind('mem://service');
  const [bad, good] = [await world.dialRaw('mem://service'), await world.dialRaw('mem://service')];
  bad.shakeHands('REP').write(message('abcd', '', 'fine'), message('', 'fine'), message('abcd', ''));
  good.shakeHands('REP').write(message('abcd', '', 'fine'), message('', 'fine'));
  await world.settle();
  await requester.send('question');
  await world.advance(2000);
  assert.ok(bad.closedWith);
  assert.is(good.closedWith, undefined);
});

const correlate = suite('REQ that correlates');

/** A REQ with options, and peers by hand. */
async function service(
  world: World,
  options: object,
  count = 1,
): Promise<{ requester: Request; raws: RawPeer[]; raw: RawPeer }> {
  const requester = world.open(Request, options);
  await requester.bind('mem://service');
  const raws: RawPeer[] = [];
  for (let i = 0; i < count; i += 1) {
    raws.push((await world.dialRaw('mem://service')).shakeHands('ROUTER'));
    await world.settle();
  }
  const [raw] = raws;
  if (raw === undefined) throw new Error('no peer');
  return { requester, raws, raw };
}

/** The ids of the requests that a peer has got. */
function idsAt(raw: RawPeer): Buffer[] {
  return raw.frames.filter(({ flags, body }) => flags === 1 && body.length > 0).map(({ body }) => body);
}

inWorld(correlate, 'puts a counter of four octets, the least first, in front of the delimiter', async world => {
  const { requester, raw } = await service(world, { correlate: true, relaxed: true });
  for (let i = 0; i < 3; i += 1) await requester.send(`${i}`);
  await world.settle();
  assert.equal(
    raw.messages.map(parts => parts.slice(1)),
    [0, 1, 2].map(i => ['', `${i}`]),
  );
  const ids = idsAt(raw);
  assert.equal(
    ids.map(id => id.length),
    [4, 4, 4],
  );
  const [first = 0, ...others] = ids.map(id => id.readUInt32LE());
  assert.equal(others, [(first + 1) >>> 0, (first + 2) >>> 0]);
});

correlate('counts over the end of the octets, and begins anywhere', () => {
  const first = [0, 0.5, 1 - 2 ** -32].map(random => {
    const pattern = new RequestPattern(SILENT, { correlate: true, relaxed: true }, () => random);
    const peer = new FakePeer(1);
    pattern.attach(peer);
    pattern.trySend(text('x'));
    return Buffer.from(peer.outbound.read()?.[0] ?? []).readUInt32LE();
  });
  assert.equal(first, [1, 2 ** 31 + 1, 0]);
});

inWorld(correlate, 'takes only the reply that has the id, the delimiter and something behind', async world => {
  const { requester, raw } = await service(world, { correlate: true });
  await requester.send('question');
  await world.settle();
  const [id = Buffer.of()] = idsAt(raw);
  const other = Buffer.alloc(4);
  other.writeUInt32LE((id.readUInt32LE() + 1) >>> 0);
  raw.write(message(other, '', 'wrong id'), message('', 'no id'), message(other, '', ''));
  await world.settle();
  assert.is(requester.tryReceive(), undefined);
  raw.write(message(id, '', 'right', ''), message(id, '', 'again'));
  await world.settle();
  assert.equal(drainOne(requester), ['right', '']);
  assert.is(await codeOfCall(() => requester.tryReceive()), 'EFSM');
  assert.is(raw.closedWith, undefined);
});

inWorld(correlate, 'is answered by a REP, through ROUTERs and DEALERs too', async world => {
  const requester = world.open(Request, { correlate: true });
  const [front, back, replier] = [world.open(Router), world.open(Dealer), world.open(Reply)];
  await world.join(replier, back);
  await world.join(front, requester);
  for (let i = 0; i < 3; i += 1) {
    await requester.send(['question', `${i}`]);
    await back.send(await front.receive());
    assert.equal(texts(await replier.receive()), ['question', `${i}`]);
    await replier.send(`answer ${i}`);
    await front.send(await back.receive());
    assert.equal(texts(await requester.receive()), [`answer ${i}`]);
  }
});

inWorld(correlate, 'is live: the next request has an id or none, and its reply is like it', async world => {
  const { requester, raw } = await service(world, {});
  await requester.send('without');
  requester.options.correlate = true;
  raw.write(message('abcd', '', 'wrong'), message('', 'right'));
  await world.settle();
  assert.equal(drainOne(requester), ['right']);
  await requester.send('with');
  requester.options.correlate = false;
  await world.settle();
  const [id = Buffer.of()] = idsAt(raw);
  raw.write(message('', 'wrong'), message(id, '', 'right'));
  await world.settle();
  assert.equal(drainOne(requester), ['right']);
  await requester.send('without');
  await world.settle();
  assert.equal(raw.messages.at(-1), ['', 'without']);
});

const relaxed = suite('REQ that is relaxed');

inWorld(relaxed, 'may ask again at any time, and is writable all the while', async world => {
  const { requester, raw } = await service(world, { relaxed: true });
  for (let i = 0; i < 3; i += 1) {
    assert.ok(requester.writable);
    await requester.send(`${i}`);
  }
  assert.ok(requester.writable);
  await world.settle();
  assert.equal(raw.messages, [
    ['', '0'],
    ['', '1'],
    ['', '2'],
  ]);
  assert.is(requester.tryReceive(), undefined);
});

inWorld(relaxed, 'asks the next peer, and does not take the reply of the one before', async world => {
  const { requester, raws } = await service(world, { relaxed: true }, 2);
  await requester.send('1');
  await requester.send('2');
  raws[0]?.write(message('', 'one'));
  await world.settle();
  assert.is(requester.tryReceive(), undefined);
  raws[1]?.write(message('', 'two'));
  await world.settle();
  assert.equal(drainOne(requester), ['two']);
});

inWorld(relaxed, 'throws away the reply that had come when it asks again', async world => {
  const { requester, raw } = await service(world, { relaxed: true });
  await requester.send('1');
  raw.write(message('', 'one'));
  await world.settle();
  assert.ok(requester.readable);
  await requester.send('2');
  assert.is(requester.tryReceive(), undefined);
  raw.write(message('', 'two'));
  await world.settle();
  assert.equal(drainOne(requester), ['two']);
});

inWorld(relaxed, 'serves who waits for a reply with that to the newest request', async world => {
  const { requester, raw } = await service(world, { relaxed: true, correlate: true });
  await requester.send('1');
  const receiving = requester.receive();
  await requester.send('2');
  await world.settle();
  const [one = Buffer.of(), two = Buffer.of()] = idsAt(raw);
  raw.write(message(one, '', 'one'), message(two, '', 'two'));
  assert.equal(texts(await receiving), ['two']);
});

inWorld(
  relaxed,
  'has two requests answered that were sent before anybody was there, and takes the second',
  async world => {
    const requester = world.open(Request, { relaxed: true, correlate: true });
    requester.connect('mem://late');
    await requester.send('1');
    await requester.send('2');
    const replier = world.open(Reply);
    await replier.bind('mem://late');
    await world.advance(1000);
    for (const question of ['1', '2']) {
      assert.equal(texts(await replier.receive()), [question]);
      await replier.send(`answer ${question}`);
    }
    assert.equal(texts(await requester.receive()), ['answer 2']);
    await world.settle();
    assert.is(await codeOfCall(() => requester.tryReceive()), 'EFSM');
  },
);

inWorld(relaxed, 'gets over the loss of whom it has asked', async world => {
  const { requester, raws } = await service(world, { relaxed: true, correlate: true }, 2);
  await requester.send('1');
  await world.settle();
  raws[0]?.destroy();
  await world.settle();
  await requester.send('1 again');
  await world.settle();
  const [id = Buffer.of()] = raws.slice(1).flatMap(idsAt);
  raws[1]?.write(message(id, '', 'answer'));
  await world.settle();
  assert.equal(drainOne(requester), ['answer']);
});

inWorld(relaxed, 'keeps the request that is out when there is no room for another', async world => {
  const requester = world.open(Request, { relaxed: true, sendHighWaterMark: 1 });
  await requester.bind('mem://service');
  const raw = (await world.dialRaw('mem://service')).shakeHands('REP');
  await world.settle();
  world.network.link.back.freeze();
  let asked = 0;
  while (requester.trySend('x'.repeat(100_000))) {
    asked += 1;
    await world.settle();
  }
  assert.ok(asked > 1);
  assert.not.ok(requester.writable);
  raw.write(message('', 'answer'));
  await world.settle();
  assert.equal(drainOne(requester), ['answer']);
});

inWorld(relaxed, 'is live, both ways', async world => {
  const { requester } = await service(world, {});
  await requester.send('1');
  assert.is(await codeOfCall(() => requester.send('2')), 'EFSM');
  requester.options.relaxed = true;
  await requester.send('2');
  requester.options.relaxed = false;
  assert.not.ok(requester.writable);
  assert.is(await codeOfCall(() => requester.send('3')), 'EFSM');
});

/** What may happen to a REQ and its three peers. */
type Step =
  | { readonly kind: 'ask' | 'receive' }
  | { readonly kind: 'answer'; readonly peer: number; readonly request: number }
  | { readonly kind: 'lose'; readonly peer: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'ask' }) },
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'receive' }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('answer' as const), peer: fc.nat(2), request: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), peer: fc.nat(2) }) },
  ),
  { maxLength: 60 },
);

relaxed('with correlate takes the answer to its newest request, once, whatever peers do', () => {
  fc.assert(
    fc.property(steps, script => {
      const pattern = new RequestPattern(SILENT, { correlate: true, relaxed: true }, () => 0);
      let peers = [0, 1, 2].map(id => new FakePeer(id));
      for (const peer of peers) pattern.attach(peer);
      const heard = new Map<number, Message[]>(); // the requests each peer has got
      let asked = 0;
      let received = 0; // the newest request whose answer was received
      let due = false; // the answer to the newest request has come
      for (const step of script) {
        if (step.kind === 'ask') {
          if (peers.length === 0) assert.not.ok(pattern.trySend(text('x')));
          else if (pattern.trySend(text(`${(asked += 1)}`))) collect(peers, heard);
          if (peers.length > 0) due = false;
        } else if (step.kind === 'lose') {
          const gone = peers.find(({ id }) => id === step.peer);
          if (gone !== undefined) pattern.detach(gone);
          peers = peers.filter(peer => peer !== gone);
        } else if (step.kind === 'answer') {
          const requests = heard.get(step.peer) ?? [];
          const [id, delimiter, question] = requests[step.request % requests.length] ?? [];
          const peer = peers.find(({ id }) => id === step.peer);
          if (id !== undefined && delimiter !== undefined && question !== undefined) {
            peer?.inbound.write([id, delimiter, question]);
            due ||= peer !== undefined && String(question) === `${asked}`;
          }
        } else if (asked > received) {
          const [answer] = texts(pattern.tryReceive() ?? []);
          assert.is(answer, due ? `${asked}` : undefined);
          if (due) received = asked;
        } else {
          assert.throws(() => pattern.tryReceive(), /must send a request/);
        }
      }
    }),
  );
});

function collect(peers: readonly FakePeer[], heard: Map<number, Message[]>): void {
  for (const peer of peers) {
    for (let request = peer.outbound.read(); request !== undefined; request = peer.outbound.read()) {
      heard.set(peer.id, [...(heard.get(peer.id) ?? []), request]);
    }
  }
}

function drainOne(socket: Request): string[] {
  return texts(socket.tryReceive() ?? []);
}

request.run();
checked.run();
correlate.run();
relaxed.run();

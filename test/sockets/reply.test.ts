import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { message } from '../support/raw-zmtp.ts';
import { codeOfCall, fateOf, inWorld, texts, type World } from '../support/world.ts';
import type { RawPeer } from '../support/raw-peer.ts';

const reply = suite('REP');

/** A REP with some peers by hand. */
async function replierWith(world: World, count: number): Promise<{ replier: Reply; raw: RawPeer[] }> {
  const replier = world.open(Reply);
  await replier.bind('mem://service');
  const raw: RawPeer[] = [];
  for (let i = 0; i < count; i += 1) raw.push((await world.dialRaw('mem://service')).shakeHands('DEALER'));
  await world.settle();
  return { replier, raw };
}

for (const depth of [0, 1, 2, 20]) {
  inWorld(reply, `puts an envelope of ${depth} ids back in front of the answer`, async world => {
    const { replier, raw } = await replierWith(world, 1);
    const ids = Array.from({ length: depth }, (_, i) => `id${i}`);
    raw[0]?.write(message(...ids, '', 'a', '', 'question'));
    assert.equal(texts(await replier.receive()), ['a', '', 'question']);
    await replier.send(['an', '', 'answer']);
    await world.settle();
    assert.equal(raw[0]?.messages, [[...ids, '', 'an', '', 'answer']]);
  });
}

inWorld(reply, 'drops requests without an empty part, or with nothing behind it, and hears the next', async world => {
  const { replier, raw } = await replierWith(world, 1);
  raw[0]?.write(message('a', 'b'), message('a'), message('id', ''), message(''), message('', 'good'));
  assert.equal(texts(await replier.receive()), ['good']);
  assert.is(raw[0]?.closedWith, undefined);
});

inWorld(reply, 'hears and answers in turn, and says at once who is out of turn', async world => {
  const { replier, raw } = await replierWith(world, 1);
  assert.is(await codeOfCall(() => replier.send('x')), 'EFSM');
  assert.is(await codeOfCall(() => replier.trySend('x')), 'EFSM');
  raw[0]?.write(message('', '1'), message('', '2'));
  await replier.receive();
  assert.is(await codeOfCall(() => replier.receive()), 'EFSM');
  assert.is(await codeOfCall(() => replier.tryReceive()), 'EFSM');
  await replier.send('one');
  assert.is(await codeOfCall(() => replier.send('one again')), 'EFSM');
  assert.equal(texts(await replier.receive()), ['2']);
});

inWorld(reply, 'is readable and writable in turn', async world => {
  const { replier, raw } = await replierWith(world, 1);
  assert.equal([replier.readable, replier.writable], [false, false]);
  raw[0]?.write(message('', '1'), message('', '2'));
  await world.settle();
  assert.equal([replier.readable, replier.writable], [true, false]);
  await replier.receive();
  assert.equal([replier.readable, replier.writable], [false, true]);
  await replier.send('x');
  assert.equal([replier.readable, replier.writable], [true, false]);
});

inWorld(reply, 'answers whom it heard, and hears everybody fairly', async world => {
  const { replier, raw } = await replierWith(world, 2);
  raw[0]?.write(message('', 'a1'), message('', 'a2'), message('', 'a3'));
  raw[1]?.write(message('', 'b1'), message('', 'b2'));
  await world.settle();
  const heard: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    const [question = ''] = texts(await replier.receive());
    heard.push(question);
    await replier.send(`re ${question}`);
  }
  assert.equal(heard, ['a1', 'b1', 'a2', 'b2', 'a3']);
  await world.settle();
  assert.equal(raw[0]?.messages, [
    ['', 're a1'],
    ['', 're a2'],
    ['', 're a3'],
  ]);
  assert.equal(raw[1]?.messages, [
    ['', 're b1'],
    ['', 're b2'],
  ]);
});

inWorld(reply, 'drops the answer to an asker that has gone, and goes on', async world => {
  const { replier, raw } = await replierWith(world, 2);
  raw[0]?.write(message('', 'question'));
  await replier.receive();
  raw[0]?.destroy();
  await world.settle();
  await replier.send('for nobody');
  raw[1]?.write(message('', 'next'));
  assert.equal(texts(await replier.receive()), ['next']);
  await replier.send('answer');
  await world.settle();
  assert.equal(raw[1]?.messages, [['', 'answer']]);
});

inWorld(reply, 'hears a question whose asker has gone meanwhile, and drops the answer', async world => {
  const { replier, raw } = await replierWith(world, 1);
  raw[0]?.write(message('', 'last words'));
  raw[0]?.end();
  await world.settle();
  assert.equal(texts(await replier.receive()), ['last words']);
  await replier.send('for nobody');
  assert.is(await codeOfCall(() => replier.send('x')), 'EFSM');
});

inWorld(reply, 'gives an answer to nobody but the connection that asked', async world => {
  const replier = world.open(Reply);
  const { peers } = await world.listenRaw('mem://asker');
  await world.connect(replier, 'mem://asker');
  peers[0]?.shakeHands('DEALER').write(message('first', '', 'question'));
  await replier.receive();
  peers[0]?.destroy();
  await world.advance(1000);
  peers[1]?.shakeHands('DEALER');
  await world.settle();
  await replier.send('for the first connection');
  await world.settle();
  assert.equal(peers[1]?.messages, []);
});

inWorld(reply, 'does not wait for an asker who does not read', async world => {
  const replier = world.open(Reply, { sendHighWaterMark: 1 });
  await replier.bind('mem://service');
  const raw = (await world.dialRaw('mem://service')).shakeHands('DEALER');
  await world.settle();
  world.network.link.back.freeze();
  for (let i = 0; i < 10; i += 1) {
    raw.write(message('', `${i}`));
    await replier.receive();
    await replier.send('answer');
    await world.settle();
  }
});

inWorld(reply, 'turns away a second receive that could only be served out of turn', async world => {
  const { replier, raw } = await replierWith(world, 1);
  const [first, second] = [fateOf(replier.receive()), fateOf(replier.receive())];
  raw[0]?.write(message('', 'only one'), message('', 'another'));
  await world.settle();
  assert.equal([first.now, second.now], ['fulfilled', 'EFSM']);
  await replier.send('answer');
  assert.equal(texts(await replier.receive()), ['another'], 'nothing was lost');
});

inWorld(reply, 'gives a batch of one, for the next must wait for the answer', async world => {
  const { replier, raw } = await replierWith(world, 1);
  raw[0]?.write(message('', '1'), message('', '2'));
  assert.equal((await replier.receiveBatch()).map(texts), [['1']]);
  await replier.send('one');
  assert.equal((await replier.receiveBatch({ max: 10 })).map(texts), [['2']]);
});

inWorld(reply, 'answers in a loop', async world => {
  const [replier, requester] = [world.open(Reply), world.open(Request)];
  await world.join(replier, requester);
  void (async () => {
    for await (const [question] of replier) await replier.send(`re ${String(question)}`);
  })();
  for (let i = 0; i < 3; i += 1) {
    await requester.send(`${i}`);
    assert.equal(texts(await requester.receive()), [`re ${i}`]);
  }
});

inWorld(reply, 'serves a DEALER that makes the envelope itself', async world => {
  const [replier, dealer] = [world.open(Reply), world.open(Dealer)];
  await world.join(replier, dealer);
  await dealer.send(['1', '', 'a']);
  await dealer.send(['2', '', 'b']);
  for (let i = 0; i < 2; i += 1) await replier.send(await replier.receive());
  assert.equal(
    [texts(await dealer.receive()), texts(await dealer.receive())],
    [
      ['1', '', 'a'],
      ['2', '', 'b'],
    ],
  );
});

reply.run();

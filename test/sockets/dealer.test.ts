import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { codeOfCall, drain, inWorld, texts } from '../support/world.ts';

const dealer = suite('DEALER');

inWorld(dealer, 'passes messages unchanged, both ways', async world => {
  const [left, right] = [world.open(Dealer), world.open(Dealer)];
  await world.join(left, right);
  await left.send(['a', '', 'b']);
  await right.send(['', 'c']);
  assert.equal(texts(await right.receive()), ['a', '', 'b']);
  assert.equal(texts(await left.receive()), ['', 'c']);
});

inWorld(dealer, 'sends in turn and hears fairly', async world => {
  const middle = world.open(Dealer);
  await middle.bind('mem://middle');
  const [one, two] = [world.open(Dealer), world.open(Dealer)];
  await world.connect(one, 'mem://middle');
  await world.connect(two, 'mem://middle');
  for (let i = 0; i < 6; i += 1) await middle.send(`${i}`);
  for (let i = 0; i < 3; i += 1) one.trySend(`one ${i}`);
  for (let i = 0; i < 3; i += 1) two.trySend(`two ${i}`);
  await world.settle();
  assert.equal([drain(one).flat().join(''), drain(two).flat().join('')], ['024', '135']);
  const heard = drain(middle).flat();
  assert.equal(heard, ['one 0', 'two 0', 'one 1', 'two 1', 'one 2', 'two 2']);
});

inWorld(dealer, 'waits without a peer', async world => {
  const lonely = world.open(Dealer);
  assert.not.ok(lonely.trySend('x'));
  assert.is(await codeOfCall(() => lonely.send('x', { timeout: 0 })), 'EAGAIN');
  const sending = codeOfCall(() => lonely.send('x', { timeout: 50 }));
  await world.advance(50);
  assert.is(await sending, 'EAGAIN');
});

inWorld(dealer, 'makes one connection of two connects to one endpoint', async world => {
  const [bound, connecting] = [world.open(Dealer), world.open(Dealer)];
  await world.join(bound, connecting);
  await world.connect(connecting, bound.lastEndpoint ?? '');
  assert.is(world.network.links.length, 1);
});

dealer.run();

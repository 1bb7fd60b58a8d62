import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pair } from '../../src/sockets/pair.ts';
import { codeOfCall, drain, eventsOf, fateOf, inWorld, texts, typesOf } from '../support/world.ts';

const pair = suite('PAIR');

inWorld(pair, 'passes messages unchanged, both ways', async world => {
  const [left, right] = [world.open(Pair), world.open(Pair)];
  await world.join(left, right);
  await left.send(['', 'x']);
  await right.send('');
  assert.equal(texts(await right.receive()), ['', 'x']);
  assert.equal(texts(await left.receive()), ['']);
});

inWorld(pair, 'refuses a second peer with an event, and serves the first all the same', async world => {
  const [bound, first, second] = [world.open(Pair), world.open(Pair), world.open(Pair)];
  await world.join(bound, first);
  const events = eventsOf(bound);
  await second.send('alien', { timeout: 0 }).catch(() => undefined);
  await world.connect(second, bound.lastEndpoint ?? '');
  second.trySend('alien');
  await world.advance(20);
  const end = events.find(event => event.type === 'disconnect');
  assert.is(end?.error?.code, 'ERR_ZMTP_PAIR_TAKEN');
  assert.equal(drain(bound), []);
  await bound.send('for the first');
  await world.settle();
  assert.equal([drain(first), drain(second)], [[['for the first']], []]);
});

inWorld(pair, 'serves a later peer when the first has gone', async world => {
  const [bound, first, second] = [world.open(Pair), world.open(Pair), world.open(Pair)];
  await world.join(bound, first);
  await first.send('before I go');
  await world.close(first);
  const sending = bound.send('for the next');
  assert.is(fateOf(sending).now, 'pending');
  await world.connect(second, bound.lastEndpoint ?? '');
  await sending;
  assert.equal(texts(await second.receive()), ['for the next']);
  await second.send('hello');
  assert.equal([texts(await bound.receive()), texts(await bound.receive())], [['before I go'], ['hello']]);
});

inWorld(pair, 'serves a refused peer that tries again when the first has gone', async world => {
  const [bound, first, second] = [world.open(Pair), world.open(Pair), world.open(Pair)];
  await world.join(bound, first);
  await world.connect(second, bound.lastEndpoint ?? '');
  await world.close(first);
  await world.advance(60_000);
  await bound.send('now');
  await world.settle();
  assert.equal(drain(second), [['now']]);
});

inWorld(pair, 'gives nothing to a refused peer when the first goes before the refused has left', async world => {
  const [bound, first] = [world.open(Pair), world.open(Pair)];
  const link = await world.join(bound, first);
  const raw = await world.dialRaw(bound.lastEndpoint ?? '');
  raw.pause(); // so it never sees that it was refused
  raw.shakeHands('PAIR');
  await world.settle();
  link.cut();
  await world.settle();
  const sending = bound.send('precious');
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending');
  await world.advance(200);
  await sending;
  assert.equal(texts(await first.receive()), ['precious'], 'the first has come back');
});

inWorld(pair, 'talks to the first of two endpoints that it connects to', async world => {
  const [left, middle, right] = [world.open(Pair), world.open(Pair), world.open(Pair)];
  await left.bind('mem://left');
  await right.bind('mem://right');
  const events = eventsOf(middle);
  await world.connect(middle, 'mem://left');
  await world.connect(middle, 'mem://right');
  for (let i = 0; i < 3; i += 1) await middle.send('x');
  await world.settle();
  assert.equal([drain(left).length, drain(right).length], [3, 0]);
  assert.match(typesOf(events), /connect:retry/, 'the other is asked again later');
  middle.disconnect('mem://left');
  await world.advance(60_000);
  await middle.send('y');
  await world.settle();
  assert.equal(drain(right), [['y']]);
});

inWorld(pair, 'has room as soon as it connects, before anybody is there', async world => {
  const [left, right] = [world.open(Pair), world.open(Pair)];
  left.connect('mem://late');
  assert.ok(left.trySend('early'));
  await right.bind('mem://late');
  await world.advance(1000);
  assert.equal(drain(right), [['early']]);
});

inWorld(pair, 'waits without a peer, and while its peer is mute', async world => {
  const [left, right] = [world.open(Pair, { sendHighWaterMark: 2 }), world.open(Pair)];
  assert.is(await codeOfCall(() => left.send('x', { timeout: 0 })), 'EAGAIN');
  const link = await world.join(left, right);
  link.back.freeze();
  while (left.trySend('x')) await world.settle();
  const sending = left.send('last');
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending');
  link.back.release();
  await sending;
  await world.settle();
  assert.equal(drain(right).at(-1), ['last']);
});

pair.run();

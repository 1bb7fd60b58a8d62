import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { drain, fateOf, inWorld, texts } from '../support/world.ts';

const pull = suite('PULL');

inWorld(pull, 'hears from its peers in turn, though one of them floods it', async world => {
  const receiver = world.open(Pull);
  await receiver.bind('mem://sink');
  const [flooder, ...others] = Array.from({ length: 4 }, () => world.open(Push));
  for (const sender of [flooder, ...others]) await world.connect(sender ?? receiver, 'mem://sink');
  for (let i = 0; i < 1000; i += 1) flooder?.trySend('flood');
  for (const [i, sender] of others.entries()) for (let k = 0; k < 3; k += 1) sender.trySend(`${i}.${k}`);
  await world.settle();
  const first = [];
  for (let i = 0; i < 12; i += 1) first.push(texts(await receiver.receive())[0]);
  assert.is(first.filter(text => text === 'flood').length, 3, first.join(' '));
  assert.is(drain(receiver).length, 997);
});

inWorld(pull, 'changes nothing of what it receives', async world => {
  const receiver = world.open(Pull);
  const sender = world.open(Push);
  await world.join(receiver, sender);
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const long = Buffer.alloc(300_000, 7);
  await sender.send([all, '', long, Buffer.of(0), 'x'.repeat(255), 'y'.repeat(256)]);
  const message = await receiver.receive();
  assert.equal(
    message.map(part => part.length),
    [256, 0, 300_000, 1, 255, 256],
  );
  assert.is(Buffer.compare(message[0] ?? all, all), 0);
  assert.is(Buffer.compare(message[2] ?? all, long), 0);
});

inWorld(pull, 'holds back those who send more than it receives', async world => {
  world.network.nature.bufferBytes = 1000;
  const receiver = world.open(Pull, { receiveHighWaterMark: 3 });
  const sender = world.open(Push, { sendHighWaterMark: 3 });
  const link = await world.join(receiver, sender);
  const sending = (async () => {
    for (let i = 0; i < 100; i += 1) await sender.send('x'.repeat(500));
  })();
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending');
  assert.ok(link.forth.arrivedBytes < 5000, `${link.forth.arrivedBytes} octets were read for three messages`);
  for (let i = 0; i < 100; i += 1) await receiver.receive();
  await sending;
});

inWorld(pull, 'still gives what a peer said before it went', async world => {
  const receiver = world.open(Pull);
  const sender = world.open(Push);
  await world.join(receiver, sender);
  for (let i = 0; i < 10; i += 1) await sender.send(`${i}`);
  await world.close(sender);
  assert.equal(drain(receiver).flat().join(''), '0123456789');
});

inWorld(pull, 'never sends', async world => {
  const receiver = world.open(Pull);
  assert.not.ok('send' in receiver);
  assert.not.ok(receiver.writable);
});

pull.run();

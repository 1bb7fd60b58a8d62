import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { command, message } from '../support/raw-zmtp.ts';
import { codeOfCall, drain, fateOf, fill, inWorld, texts } from '../support/world.ts';

const push = suite('PUSH');

inWorld(push, 'sends to its peers in turn, each message whole', async world => {
  const sender = world.open(Push);
  const receivers = [world.open(Pull), world.open(Pull), world.open(Pull)];
  await sender.bind('mem://work');
  for (const receiver of receivers) await world.connect(receiver, 'mem://work');
  for (let i = 0; i < 9; i += 1) await sender.send([`${i}`, 'more', '', 'last']);
  await world.settle();
  const got = receivers.map(receiver => drain(receiver));
  for (const messages of got) {
    assert.is(messages.length, 3);
    for (const parts of messages) assert.equal(parts.slice(1), ['more', '', 'last']);
  }
  assert.equal(
    got.map(messages => messages.map(([first]) => first)),
    [
      ['0', '3', '6'],
      ['1', '4', '7'],
      ['2', '5', '8'],
    ],
  );
});

inWorld(push, 'waits for its first peer', async world => {
  const sender = world.open(Push);
  await sender.bind('mem://work');
  assert.not.ok(sender.writable);
  assert.not.ok(sender.trySend('no'));
  const sending = sender.send('yes');
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending');
  const receiver = world.open(Pull);
  await world.connect(receiver, 'mem://work');
  await sending;
  assert.equal(texts(await receiver.receive()), ['yes']);
  assert.ok(sender.writable);
});

inWorld(push, 'has room as soon as it connects, before anybody is there', async world => {
  const sender = world.open(Push, { sendHighWaterMark: 3 });
  sender.connect('mem://work');
  assert.is(fill(sender), 3);
  await world.settle();
  assert.not.ok(sender.trySend('no'), 'without a connection nothing leaves');
});

inWorld(push, 'skips a peer that is mute, and serves it again when half of its pipe has been read', async world => {
  const size = 64 * 1024; // as much as an engine takes at a time, so that it takes messages one by one
  const part = (name: string): Buffer => Buffer.from(name.padEnd(size, '.'));
  const sender = world.open(Push, { sendHighWaterMark: 4 });
  const [slow, quick] = [world.open(Pull), world.open(Pull)];
  await sender.bind('mem://work');
  const link = await world.connect(slow, 'mem://work');
  link.back.freeze();
  let sent = 0;
  const next = (): Buffer => part(`${(sent += 1)}`);
  const names = (receiver: Pull): string =>
    drain(receiver)
      .map(([text]) => text?.replace(/\.+$/, ''))
      .join(' ');

  await sender.send(next()); // is on its way, and goes no further
  await world.settle();
  for (let i = 0; i < 4; i += 1) assert.ok(sender.trySend(next()));
  assert.not.ok(sender.trySend('no'), 'four wait, and there is nobody else');

  await world.connect(quick, 'mem://work');
  for (let i = 0; i < 4; i += 1) {
    assert.ok(sender.trySend(next()));
    await world.settle();
  }
  assert.is(names(quick), '6 7 8 9', 'all for the one that can take them');

  const frameBytes = size + 9;
  link.back.release(frameBytes);
  await world.settle();
  link.back.freeze();
  assert.is(names(slow), '1');
  assert.ok(sender.trySend(next()));
  assert.ok(sender.trySend(next()));
  await world.settle();
  assert.is(names(quick), '10 11', 'three of four still wait: not yet');

  link.back.release(frameBytes);
  await world.settle();
  link.back.freeze();
  assert.is(names(slow), '2');
  assert.ok(sender.trySend(next()));
  assert.ok(sender.trySend(next()));
  await world.settle();
  assert.match(names(quick), /^(12|13)$/, 'in turn again');
  link.back.release();
  await world.settle();
  assert.match(names(slow), /^3 4 5 (12|13)$/);
});

inWorld(push, 'loses nothing at its high-water mark', async world => {
  const sender = world.open(Push, { sendHighWaterMark: 5 });
  const receiver = world.open(Pull, { receiveHighWaterMark: 5 });
  world.network.nature.bufferBytes = 100;
  await world.join(sender, receiver);
  const sending = (async () => {
    for (let i = 0; i < 500; i += 1) await sender.send(`message ${i}`);
  })();
  const fate = fateOf(sending);
  await world.settle();
  assert.is(fate.now, 'pending', 'held back by the receiver, who does not receive');
  for (let i = 0; i < 500; i += 1) assert.equal(texts(await receiver.receive()), [`message ${i}`]);
  await sending;
});

inWorld(push, 'gives a message that waits to nobody who is just leaving', async world => {
  const sender = world.open(Push, { sendHighWaterMark: 2 });
  await sender.bind('mem://work');
  const link = await world.connect(world.open(Pull), 'mem://work');
  link.back.freeze();
  fill(sender);
  await world.settle();
  fill(sender);
  const sending = sender.send('precious');
  const fate = fateOf(sending);
  await world.settle();
  link.cut();
  await world.settle();
  assert.is(fate.now, 'pending', 'the only peer has gone');
  const heir = world.open(Pull);
  await world.connect(heir, 'mem://work');
  await sending;
  assert.equal(texts(await heir.receive()), ['precious']);
});

inWorld(push, 'holds back a peer that speaks although nobody listens', async world => {
  const sender = world.open(Push);
  await sender.bind('mem://work');
  const raw = await world.dialRaw('mem://work');
  raw.shakeHands('PULL');
  await world.settle();
  const { forth } = world.network.link;
  const chunk = message('x'.repeat(1000));
  for (let i = 0; i < 5000; i += 1) raw.write(chunk);
  await world.settle();
  assert.ok(forth.arrivedBytes < 2_000_000, `${forth.arrivedBytes} octets were read`);
  await sender.send('still served');
  await world.settle();
  assert.equal(raw.messages, [['still served']]);
});

inWorld(push, 'ignores subscriptions and unknown commands of a peer', async world => {
  const sender = world.open(Push);
  await sender.bind('mem://work');
  const raw = await world.dialRaw('mem://work');
  raw.shakeHands('PULL').write(command('SUBSCRIBE', 'a'), command('WHATEVER', 'b'));
  await sender.send('x');
  await world.settle();
  assert.equal(raw.messages, [['x']]);
  assert.is(raw.closedWith, undefined);
});

inWorld(push, 'never receives', async world => {
  const sender = world.open(Push);
  assert.not.ok('receive' in sender);
  assert.not.ok(sender.readable);
});

inWorld(push, 'talks to PULL only', async world => {
  const sender = world.open(Push);
  await sender.bind('mem://work');
  for (const type of ['PUSH', 'PUB', 'SUB', 'PAIR', 'DEALER', 'pull', '']) {
    const raw = await world.dialRaw('mem://work');
    raw.shakeHands(type);
    await world.until(world.advance(2000));
    assert.ok(raw.closedWith, type);
    assert.equal(raw.commands, ['ERROR \x18Incompatible socket type'], type);
  }
  assert.is(await codeOfCall(() => sender.send('x', { timeout: 0 })), 'EAGAIN');
});

push.run();

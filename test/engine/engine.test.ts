import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Router } from '../../src/sockets/router.ts';
import { command, frame, longHead, message, ping } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { drain, eventsOf, fateOf, fill, inWorld, texts, typesOf, type World } from '../support/world.ts';

const backpressure = suite('backpressure');

inWorld(backpressure, 'keeps what a slow peer has not read in the pipe, not in the engine', async world => {
  world.network.nature.bufferBytes = 10_000;
  const sender = world.open(Push, { sendHighWaterMark: 100 });
  const link = await world.join(sender, world.open(Pull));
  link.back.freeze();
  for (let i = 0; i < 3; i += 1) {
    fill(sender, () => 'x'.repeat(10_000));
    await world.settle();
  }
  const { unwrittenBytes } = link.accepting;
  assert.ok(
    unwrittenBytes > 0 && unwrittenBytes < 64 * 1024 + 20_000,
    `${unwrittenBytes} octets are in the engine's hands`,
  );
});

inWorld(backpressure, 'reads no more from a peer than there is room for', async world => {
  world.network.nature.chunkBytes = 1000;
  const receiver = world.open(Pull, { receiveHighWaterMark: 5 });
  await receiver.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH');
  await world.settle();
  const { forth } = world.network.link;
  const before = forth.arrivedBytes;
  for (let i = 0; i < 100; i += 1) raw.write(message('x'.repeat(100)));
  await world.settle();
  assert.ok(forth.arrivedBytes - before <= 2000, `${forth.arrivedBytes - before} octets for 5 messages`);
  let received = 0;
  while (received < 100) {
    await receiver.receive();
    received += 1;
    await world.settle();
    assert.ok(forth.arrivedBytes - before <= (received + 5) * 102 + 2000);
  }
});

inWorld(backpressure, 'gives others a turn after each mebibyte', async world => {
  world.network.nature.bufferBytes = Infinity;
  const sender = world.open(Push, { sendHighWaterMark: 0 });
  const link = await world.join(sender, world.open(Pull));
  link.back.hold();
  const part = Buffer.alloc(256 * 1024);
  for (let i = 0; i < 64; i += 1) sender.trySend(part);
  const written: number[] = [];
  for (let i = 0; i < 32; i += 1) {
    await new Promise(resolve => setImmediate(resolve));
    written.push(link.back.waitingBytes);
  }
  const steps = written.map((bytes, i) => bytes - (written[i - 1] ?? 0));
  assert.ok(Math.max(...steps) < 1.5 * 1024 * 1024, `${Math.max(...steps)} octets in one turn`);
  assert.ok((written.at(-1) ?? 0) > 64 * 256 * 1024);
});

inWorld(backpressure, 'on both sides at once stops neither for ever', async world => {
  world.network.nature.bufferBytes = 500;
  const options = { sendHighWaterMark: 2, receiveHighWaterMark: 2 };
  const [left, right] = [world.open(Dealer, options), world.open(Dealer, options)];
  await world.join(left, right);
  const count = 200;
  const send = async (from: Dealer): Promise<void> => {
    for (let i = 0; i < count; i += 1) await from.send(`${i}`.padEnd(100));
  };
  const receive = async (to: Dealer): Promise<void> => {
    for (let i = 0; i < count; i += 1) assert.is(texts(await to.receive())[0]?.trim(), `${i}`);
  };
  await Promise.all([send(left), send(right), receive(left), receive(right)]);
});

inWorld(backpressure, 'does not keep a peer from being answered when somebody else is slow', async world => {
  const router = world.open(Router, { sendHighWaterMark: 2 });
  await router.bind('mem://hub');
  const slow = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { identity: 'slow' });
  await world.settle();
  world.network.link.back.freeze();
  const quick = world.open(Dealer, { routingId: 'quick' });
  await world.connect(quick, 'mem://hub');
  for (let i = 0; i < 50; i += 1) {
    await router.send(['slow', 'x'.repeat(100_000)]);
    await router.send(['quick', `${i}`]);
    assert.equal(texts(await quick.receive()), [`${i}`]);
  }
  assert.is(slow.closedWith, undefined);
});

const answers = suite('answers');

inWorld(answers, 'go out for each PING, in order', async world => {
  const dealer = world.open(Dealer);
  await dealer.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  raw.write(...Array.from({ length: 100 }, (_, i) => ping(0, `${i}`)));
  await world.settle();
  assert.equal(
    raw.commands,
    Array.from({ length: 100 }, (_, i) => `PONG ${i}`),
  );
});

inWorld(answers, 'to a peer that does not read them are bounded', async world => {
  const dealer = world.open(Dealer);
  await dealer.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  await world.settle();
  const { forth, back, accepting } = world.network.link;
  back.freeze();
  const flood = Buffer.concat(Array.from({ length: 1000 }, () => ping(0, 'sixteen octets!!')));
  for (let i = 0; i < 400; i += 1) raw.write(flood);
  await world.settle();
  assert.ok(forth.arrivedBytes < 1_000_000, `${forth.arrivedBytes} octets of PINGs were read`);
  assert.ok(accepting.unwrittenBytes < 500_000, `${accepting.unwrittenBytes} octets of PONGs wait`);
  back.release();
  await world.settle();
  assert.is(raw.commands.length, 400_000, 'and none is forgotten');
});

const heartbeats = suite('heartbeats');

/** A socket with heartbeats, and a peer by hand. */
async function beating(world: World, options: object, type = 'DEALER'): Promise<{ dealer: Dealer; raw: RawPeer }> {
  const dealer = world.open(Dealer, options);
  await dealer.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands(type);
  await world.settle();
  return { dealer, raw };
}

inWorld(heartbeats, 'give up a peer that is silent, exactly when they should', async world => {
  const { dealer } = await beating(world, { heartbeatInterval: 100, heartbeatTimeout: 300 });
  const events = eventsOf(dealer);
  await world.advance(399);
  assert.is(typesOf(events), '');
  await world.advance(1);
  assert.is(events.find(event => event.type === 'disconnect')?.error?.code, 'ERR_ZMTP_PEER_SILENT');
});

inWorld(heartbeats, 'have the interval for a timeout when none is given', async world => {
  const { dealer } = await beating(world, { heartbeatInterval: 100 });
  const events = eventsOf(dealer);
  await world.advance(199);
  assert.is(typesOf(events), '');
  await world.advance(1);
  assert.is(typesOf(events), 'disconnect');
});

inWorld(heartbeats, 'without a timeout never give up', async world => {
  const { raw } = await beating(world, { heartbeatInterval: 100, heartbeatTimeout: 0 });
  await world.advance(100_000);
  assert.is(raw.closedWith, undefined);
  assert.is(raw.commands.length, 1, 'one PING at a time');
});

inWorld(heartbeats, 'are content with any sign of life, also a single octet of a long message', async world => {
  const { dealer, raw } = await beating(world, { heartbeatInterval: 100, heartbeatTimeout: 300 });
  const slow = message('x'.repeat(50));
  for (const octet of slow) {
    await world.advance(250);
    raw.write(Buffer.of(octet));
  }
  assert.equal(texts(await dealer.receive()), ['x'.repeat(50)]);
  assert.is(raw.closedWith, undefined);
});

inWorld(heartbeats, 'tell the peer how long it may take our silence', async world => {
  const { raw } = await beating(world, { heartbeatInterval: 100, heartbeatTimeToLive: 1250 });
  await world.advance(100);
  assert.equal(raw.commands, ['PING \x00\x0c']);
});

inWorld(heartbeats, 'of a peer that then falls silent end the connection after its time to live', async world => {
  const { dealer, raw } = await beating(world, {});
  const events = eventsOf(dealer);
  raw.write(ping(5));
  await world.settle();
  await world.advance(499);
  assert.is(typesOf(events), '');
  await world.advance(1);
  assert.is(typesOf(events), 'disconnect');
});

inWorld(heartbeats, 'find that a link has turned into a hole, on both sides, and the dialer returns', async world => {
  const options = { heartbeatInterval: 100, heartbeatTimeout: 300 };
  const [bound, connecting] = [world.open(Dealer, options), world.open(Dealer, options)];
  const [here, there] = [eventsOf(bound), eventsOf(connecting)];
  const link = await world.join(bound, connecting);
  await world.advance(10_000);
  assert.is(typesOf(there), 'connect:delay connect handshake', 'all is well');
  link.swallow();
  await world.advance(400);
  assert.equal([here.at(-1)?.type, there.at(-1)?.type], ['disconnect', 'connect:retry']);
  await world.advance(1000);
  await connecting.send('here again');
  assert.equal(texts(await bound.receive()), ['here again']);
});

inWorld(heartbeats, 'that failed send nothing more to the silent peer while there are others', async world => {
  const sender = world.open(Push, { heartbeatInterval: 100, heartbeatTimeout: 300 });
  await sender.bind('mem://work');
  const silent = (await world.dialRaw('mem://work')).shakeHands('PULL');
  await world.settle();
  world.network.link.swallow();
  const alive = world.open(Pull);
  await world.connect(alive, 'mem://work');
  await world.advance(400);
  for (let i = 0; i < 10; i += 1) await sender.send(`${i}`);
  await world.advance(5000);
  assert.equal(drain(alive).flat().join(''), '0123456789');
  assert.equal(silent.messages, []);
});

inWorld(heartbeats, 'know that silence proves nothing while we do not read', async world => {
  const receiver = world.open(Pull, { receiveHighWaterMark: 2, heartbeatInterval: 100, heartbeatTimeout: 300 });
  const events = eventsOf(receiver);
  await receiver.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH');
  for (let i = 0; i < 4; i += 1) raw.write(message(`${i}`));
  await world.advance(600_000);
  assert.is(typesOf(events), 'bind accept handshake', 'the pipe is full, so nothing can be heard');
  assert.equal(drain(receiver).length, 2);
  await world.settle();
  assert.equal(drain(receiver).length, 2);
  await world.settle();
  await world.advance(299);
  assert.is(typesOf(events), 'bind accept handshake', 'the whole time once more');
  await world.advance(101);
  assert.match(typesOf(events), /disconnect$/);
});

inWorld(heartbeats, 'go on while a peer is slow to take what we send', async world => {
  const options = { heartbeatInterval: 100, heartbeatTimeout: 300 };
  const [sender, receiver] = [world.open(Push, options), world.open(Pull, options)];
  const events = eventsOf(sender);
  world.network.nature.bufferBytes = 100;
  const link = await world.join(sender, receiver);
  fill(sender);
  for (let i = 0; i < 1000; i += 1) {
    link.back.release(10);
    await world.advance(50);
    drain(receiver);
  }
  assert.is(typesOf(events), 'bind accept handshake');
});

inWorld(heartbeats, 'come to rest while an error waits behind messages for a peer to read its answers', async world => {
  const { dealer, raw } = await beating(world, { heartbeatInterval: 100, heartbeatTimeout: 50 });
  const events = eventsOf(dealer);
  const { back } = world.network.link;
  back.freeze();
  await dealer.send('x'.repeat(100_000)); // the system takes no more
  await world.settle();
  const pings = (length: number): Buffer => Buffer.concat(Array.from({ length }, () => ping(0, 'sixteen octets!!')));
  raw.write(pings(2800)); // answered with a little less than may wait
  await world.settle();
  raw.write(Buffer.concat([message('good'), pings(100), frame(4, '')])); // with more, before the end is told
  await world.advance(1000);
  assert.equal(drain(dealer), [['good']]);
  assert.is(typesOf(events), '');
  back.release();
  await world.settle();
  assert.equal(
    events.filter(event => event.type === 'disconnect').map(({ error }) => error?.code),
    ['ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'],
  );
});

inWorld(heartbeats, 'are not sent to a peer of ZMTP 3.0, who is not blamed for silence', async world => {
  const dealer = world.open(Dealer, { heartbeatInterval: 100 });
  await dealer.bind('mem://hub');
  const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER', { minor: 0 });
  await world.advance(10_000);
  assert.equal([raw.commands, raw.closedWith], [[], undefined]);
});

inWorld(heartbeats, 'do not begin before the handshake is done', async world => {
  const dealer = world.open(Dealer, { heartbeatInterval: 100 });
  await dealer.bind('mem://hub');
  const raw = await world.dialRaw('mem://hub');
  await world.advance(1000);
  assert.is(raw.closedWith, undefined);
  raw.shakeHands('DEALER');
  await world.settle();
  assert.equal(raw.commands, []);
  await world.advance(100);
  assert.equal(raw.commands, ['PING \x00\x00']);
});

const faults = suite('a peer that breaks the rules');

const BROKEN: Record<string, { octets: Buffer[]; code: string; options?: object }> = {
  'a frame beyond the limit': {
    octets: [longHead(0, 101n)],
    code: 'ERR_ZMTP_FRAME_TOO_LARGE',
    options: { maxMessageSize: 100 },
  },
  'frames that are beyond the limit together': {
    octets: [frame(1, 'x'.repeat(60)), frame(0, 'x'.repeat(60))],
    code: 'ERR_ZMTP_MESSAGE_TOO_LARGE',
    options: { maxMessageSize: 100 },
  },
  'a size of 2^63': { octets: [longHead(0, 2n ** 63n)], code: 'ERR_ZMTP_FRAME_TOO_LARGE' },
  'a command of 2^63': { octets: [longHead(4, 2n ** 63n)], code: 'ERR_ZMTP_FRAME_TOO_LARGE' },
  'a command without a name': { octets: [frame(4, '')], code: 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED' },
  'a PING without a time to live': { octets: [command('PING', 'x')], code: 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED' },
};

for (const [name, { octets, code, options = {} }] of Object.entries(BROKEN)) {
  inWorld(faults, `with ${name} loses its connection, and what it said before is received`, async world => {
    const receiver = world.open(Pull, options);
    const events = eventsOf(receiver);
    await receiver.bind('mem://sink');
    const good = world.open(Push);
    await world.connect(good, 'mem://sink');
    const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH').write(message('fine'), ...octets);
    raw.write(message('too late'));
    await world.advance(2000);
    assert.ok(raw.closedWith);
    assert.is(events.find(event => event.type === 'disconnect')?.error?.code, code);
    await good.send('undisturbed');
    await world.settle();
    assert.equal(drain(receiver), [['fine'], ['undisturbed']]);
  });
}

inWorld(faults, 'is not waited for when it does not close its side', async world => {
  const receiver = world.open(Pull, { heartbeatInterval: 100 });
  await receiver.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).shakeHands('PUSH').write(frame(4, ''));
  raw.pause();
  await world.advance(999);
  assert.is(world.network.links.length, 1);
  await world.advance(1);
  raw.destroy();
  await world.settle();
  assert.is(world.network.links.length, 0);
});

inWorld(faults, 'is given no more messages while it is shown out', async world => {
  const sender = world.open(Push);
  await sender.bind('mem://work');
  const raw = await world.dialRaw('mem://work');
  raw.shakeHands('PULL');
  const good = world.open(Pull);
  await world.connect(good, 'mem://work');
  raw.write(frame(4, ''));
  raw.pause();
  await world.settle();
  for (let i = 0; i < 10; i += 1) await sender.send(`${i}`);
  await world.advance(5000);
  assert.is(drain(good).flat().join(''), '0123456789');
});

inWorld(faults, 'does not disturb others whose messages come at the same time', async world => {
  const receiver = world.open(Pull);
  await receiver.bind('mem://sink');
  const good = world.open(Push);
  await world.connect(good, 'mem://sink');
  for (let i = 0; i < 50; i += 1) {
    const raw = await world.dialRaw('mem://sink');
    raw.shakeHands('PUSH').write(message(`raw ${i}`), Buffer.alloc(100, i));
    await good.send(`good ${i}`);
    await world.settle();
  }
  await world.advance(5000);
  const got = drain(receiver)
    .flat()
    .filter(text => text.startsWith('good'));
  assert.equal(
    got,
    Array.from({ length: 50 }, (_, i) => `good ${i}`),
  );
});

const lastWords = suite('what a peer said before it went');

for (const how of ['end', 'destroy'] as const) {
  inWorld(lastWords, `is received, however slow the receiver: ${how}`, async world => {
    world.network.nature.bufferBytes = 3000;
    const receiver = world.open(Pull, { receiveHighWaterMark: 3 });
    await receiver.bind('mem://sink');
    const sender = world.open(Push, { linger: -1 });
    await world.connect(sender, 'mem://sink');
    const sent = fill(sender, i => `${i}`.padEnd(20));
    const closed = sender.close();
    const fate = fateOf(closed);
    for (let i = 0; i < sent; i += 1) {
      const [text = ''] = texts(await world.until(receiver.receive({ timeout: 100_000 })));
      assert.is(text.trim(), `${i}`);
      if (i % 10 === 0) await world.advance(how === 'end' ? 10 : 3000); // longer than a farewell
    }
    await world.until(closed);
    assert.is(fate.now, 'fulfilled');
    assert.is(receiver.tryReceive(), undefined);
  });
}

inWorld(lastWords, 'is received also where this side connects', async world => {
  world.network.nature.bufferBytes = 3000;
  const receiver = world.open(Pull, { receiveHighWaterMark: 3 });
  const sender = world.open(Push, { linger: -1 });
  await world.join(sender, receiver);
  const sent = fill(sender, i => `${i}`.padEnd(20));
  const closed = sender.close();
  for (let i = 0; i < sent; i += 1) {
    assert.is(texts(await world.until(receiver.receive({ timeout: 100_000 })))[0]?.trim(), `${i}`);
    if (i % 10 === 0) await world.advance(3000);
  }
  await world.until(closed);
});

inWorld(lastWords, 'is received when it hangs up in the same breath', async world => {
  const receiver = world.open(Pull, { receiveHighWaterMark: 2 });
  const events = eventsOf(receiver);
  await receiver.bind('mem://sink');
  const raw = await world.dialRaw('mem://sink');
  raw.shakeHands('PUSH').write(...Array.from({ length: 20 }, (_, i) => message(`${i}`)));
  raw.end();
  for (let i = 0; i < 20; i += 1) assert.equal(texts(await receiver.receive()), [`${i}`]);
  await world.settle();
  assert.is(typesOf(events), 'bind accept handshake disconnect');
});

backpressure.run();
answers.run();
heartbeats.run();
faults.run();
lastWords.run();

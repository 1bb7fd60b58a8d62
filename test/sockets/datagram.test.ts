/** DGRAM: plain datagrams, to and from anybody. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Datagram } from '../../src/index.ts';
import { codeOfCall, errorOf, fateOf, inWorld, texts, type World } from '../support/world.ts';

const datagram = suite('DGRAM');

const ONE = '10.0.0.1:5600';
const TWO = '10.0.0.2:5600';

/** Two that are bound. */
async function pair(world: World): Promise<[Datagram, Datagram]> {
  const [one, two] = [world.open(Datagram), world.open(Datagram)];
  await one.bind(`udp://${ONE}`);
  await two.bind(`udp://${TWO}`);
  return [one, two];
}

inWorld(datagram, 'what arrives has the address of who has sent it, which can be answered', async world => {
  const [one, two] = await pair(world);
  await one.send([TWO, 'question']);
  const [address = '', body] = await world.until(two.receive());
  assert.equal([String(address), String(body)], [ONE, 'question']);
  await two.send([address, 'answer']);
  assert.equal(texts(await world.until(one.receive())), [TWO, 'answer']);
});

inWorld(datagram, 'is received by every road there is', async world => {
  const [one, two] = await pair(world);
  for (const body of ['a', 'b', 'c', 'd', 'e']) await one.send([TWO, body]);
  await world.settle();
  assert.equal(texts(two.tryReceive() ?? []), [ONE, 'a']);
  assert.equal((await two.receiveFrom()).message.map(String), [ONE, 'b']);
  assert.equal((await two.receiveBatch({ max: 2 })).map(texts), [
    [ONE, 'c'],
    [ONE, 'd'],
  ]);
  for await (const message of two) {
    assert.equal(texts(message), [ONE, 'e']);
    break;
  }
  assert.is(two.readable, false);
});

inWorld(datagram, 'takes two parts, and an address in numbers: all else throws at once', async world => {
  const [one] = await pair(world);
  for (const message of [
    'x',
    [TWO],
    [TWO, 'x', 'y'],
    ['', 'x'],
    ['10.0.0.2', 'x'],
    ['10.0.0.2:0', 'x'],
    ['10.0.0.2:65536', 'x'],
    ['localhost:5600', 'x'],
    ['udp://10.0.0.2:5600', 'x'],
    ['[::1]:5600', 'x'],
    [null, 'x'],
  ]) {
    assert.is(await codeOfCall(() => one.send(message)), 'EINVAL', String(message));
    assert.is(await codeOfCall(async () => one.trySend(message)), 'EINVAL', String(message));
  }
  await world.settle();
  assert.equal(world.datagrams.taken, []);
  assert.match(String(await errorOf(() => one.send('x'))), 'message of 1 part, a DGRAM sends an address and a body');
  assert.match(String(await errorOf(() => one.send([TWO, 'x', 'y']))), 'message of 3 parts');
});

inWorld(datagram, 'IPv6 takes the option of that name', async world => {
  const six = world.open(Datagram, { ipv6: true });
  await six.bind(`udp://${ONE}`);
  await six.send(['[::1]:5600', 'x']);
  await world.settle();
  assert.equal(
    world.datagrams.taken.map(({ to }) => to),
    [{ host: '::1', port: 5600 }],
  );
});

inWorld(datagram, 'the zero octet that libzmq puts behind addresses does no harm', async world => {
  const [one, two] = await pair(world);
  await one.send([`${TWO}\0`, 'x']);
  assert.equal(texts(await world.until(two.receive())), [ONE, 'x']);
  assert.is(await codeOfCall(() => one.send([`${TWO}\0\0`, 'x'])), 'EINVAL');
});

inWorld(datagram, 'a body of 8,192 octets is sent, one more is EMSGSIZE at once', async world => {
  const [one, two] = await pair(world);
  await one.send([TWO, new Uint8Array(8192)]);
  for (const call of [
    () => one.send([TWO, new Uint8Array(8193)]),
    async () => one.trySend([TWO, new Uint8Array(8193)]),
    () => world.open(Datagram).send([TWO, new Uint8Array(8193)]), // bound or not
  ]) {
    const error = await errorOf(call);
    assert.match(String(error), 'datagram of 8193 octets, limit 8192');
    assert.is(await codeOfCall(call), 'EMSGSIZE');
  }
  await world.settle();
  assert.is(two.tryReceive()?.[1]?.length, 8192);
});

inWorld(datagram, 'larger ones of others are received whole', async world => {
  const [one] = await pair(world);
  world.datagrams.inject(new Uint8Array(60_000), { host: '10.0.0.1', port: 5600 });
  await world.settle();
  assert.is(one.tryReceive()?.[1]?.length, 60_000);
});

inWorld(datagram, 'before there is an endpoint send() waits, and trySend() says no', async world => {
  const [, two] = await pair(world);
  const late = world.open(Datagram);
  assert.equal([late.writable, late.trySend([TWO, 'x'])], [false, false]);
  const fate = fateOf(late.send([TWO, 'patience']));
  assert.is(await codeOfCall(() => late.send([TWO, 'x'], { timeout: 0 })), 'EAGAIN');
  await world.settle();
  assert.is(fate.now, 'pending');
  await late.bind('udp://10.0.0.3:*');
  await world.settle();
  assert.equal([fate.now, late.writable], ['fulfilled', true]);
  assert.is(String(two.tryReceive()?.[1]), 'patience');
});

inWorld(datagram, 'has one endpoint, and another after it', async world => {
  const [one, two] = await pair(world);
  assert.is(await codeOfCall(() => one.bind('udp://10.0.0.3:1')), 'EINVAL');
  const both = world.open(Datagram);
  const codes = await Promise.all(
    ['udp://10.0.0.4:1', 'udp://10.0.0.5:1'].map(each =>
      codeOfCall(async () => {
        await both.bind(each);
        throw new Error('bound');
      }),
    ),
  );
  assert.equal(codes, ['Error: bound', 'EINVAL']);
  await one.unbind(`udp://${ONE}`);
  await one.bind('udp://10.0.0.3:1');
  await two.send(['10.0.0.3:1', 'x']);
  assert.equal(texts(await world.until(one.receive())), [TWO, 'x']);
  await one.send([TWO, 'y']);
  assert.equal(texts(await world.until(two.receive())), ['10.0.0.3:1', 'y']);
});

inWorld(datagram, 'when nobody takes what is sent, send() waits', async world => {
  const [one] = await pair(world);
  one.options.sendHighWaterMark = 2;
  world.datagrams.congest();
  await one.send([TWO, '0']); // is with the system
  await world.settle();
  await one.send([TWO, '1']);
  await one.send([TWO, '2']);
  const fate = fateOf(one.send([TWO, '3']));
  await world.settle();
  assert.is(fate.now, 'pending');
  world.datagrams.flow();
  await world.settle();
  assert.equal([fate.now, world.datagrams.taken.length], ['fulfilled', 4]);
});

inWorld(datagram, 'what has been sent leaves before the endpoint is given up', async world => {
  const [one, two] = await pair(world);
  await one.send([TWO, 'last words']);
  await one.unbind(`udp://${ONE}`);
  assert.is(world.datagrams.ports, 1);
  assert.equal(texts(await world.until(two.receive())), [ONE, 'last words']);
});

inWorld(datagram, 'what comes to an endpoint that is being given up is for nobody', async world => {
  const [one, two] = await pair(world);
  world.datagrams.congest();
  await one.send([TWO, 'last words']);
  await world.settle();
  await one.unbind(`udp://${ONE}`); // it stays until the system has taken them
  world.datagrams.inject(Buffer.from('too late'), { host: '10.0.0.1', port: 5600 });
  await world.settle();
  assert.equal([one.readable, one.tryReceive(), one.peers()[0]?.state], [false, undefined, 'closing']);
  world.datagrams.flow();
  assert.equal(texts(await world.until(two.receive())), [ONE, 'last words']);
  await world.settle();
  assert.equal([one.peers(), world.datagrams.ports], [[], 1]);
});

inWorld(datagram, 'an empty datagram is a message', async world => {
  const [one, two] = await pair(world);
  await one.send([TWO, null]);
  assert.equal(texts(await world.until(two.receive())), [ONE, '']);
});

datagram.run();

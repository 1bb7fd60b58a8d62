import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { command, frame, message } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { drain, inWorld, texts, type World } from '../support/world.ts';

const xpublisher = suite('XPUB');

async function withPeers(world: World, count: number): Promise<{ xpub: XPublisher; raw: RawPeer[] }> {
  const xpub = world.open(XPublisher);
  await xpub.bind('mem://news');
  const raw: RawPeer[] = [];
  for (let i = 0; i < count; i += 1) raw.push((await world.dialRaw('mem://news')).shakeHands('SUB'));
  await world.settle();
  return { xpub, raw };
}

/** What the application is shown, as `+topic` and `-topic`. */
function shown(xpub: XPublisher): string {
  return drain(xpub)
    .map(parts => parts.join('|').replace('\x01', '+').replace('\x00', '-'))
    .join(' ');
}

inWorld(xpublisher, 'shows the first subscription to a topic and the end of the last', async world => {
  const { xpub, raw } = await withPeers(world, 2);
  raw[0]?.write(command('SUBSCRIBE', 'A'), command('SUBSCRIBE', 'A'));
  await world.settle();
  raw[1]?.write(command('SUBSCRIBE', 'A'), command('SUBSCRIBE', 'B'));
  await world.settle();
  assert.is(shown(xpub), '+A +B');
  raw[0]?.write(command('CANCEL', 'A'));
  await world.settle();
  assert.is(shown(xpub), '');
  raw[1]?.write(command('CANCEL', 'A'));
  await world.settle();
  assert.is(shown(xpub), '-A');
});

inWorld(xpublisher, 'shows the same form whichever way a subscription came, one by one', async world => {
  const { xpub, raw } = await withPeers(world, 1);
  raw[0]?.write(command('SUBSCRIBE', 'A'), frame(0, '\x01B'), message('\x01C', '\x01D'), frame(0, '\x00B'));
  await world.settle();
  assert.is(shown(xpub), '+A +B +C +D -B');
});

inWorld(xpublisher, 'shows the end of what a peer had wanted when the peer goes', async world => {
  const { xpub, raw } = await withPeers(world, 2);
  raw[0]?.write(command('SUBSCRIBE', 'A'), command('SUBSCRIBE', 'B'), command('SUBSCRIBE', ''));
  await world.settle();
  raw[1]?.write(command('SUBSCRIBE', 'B'));
  await world.settle();
  shown(xpub);
  raw[0]?.destroy();
  await world.settle();
  assert.equal(shown(xpub).split(' ').sort(), ['-', '-A']);
  raw[1]?.destroy();
  await world.settle();
  assert.is(shown(xpub), '-B');
});

inWorld(xpublisher, 'shows a cancel of a topic that nobody had', async world => {
  const { xpub, raw } = await withPeers(world, 1);
  raw[0]?.write(command('CANCEL', 'never'));
  await world.settle();
  assert.is(shown(xpub), '-never');
});

inWorld(xpublisher, 'does not show a cancel by one who had not subscribed, while others have', async world => {
  const { xpub, raw } = await withPeers(world, 2);
  raw[0]?.write(command('SUBSCRIBE', 'A'));
  await world.settle();
  shown(xpub);
  raw[1]?.write(command('CANCEL', 'A'));
  await world.settle();
  await xpub.send('A1');
  await world.settle();
  assert.equal(raw[0]?.messages, [['A1']], 'the other one is not touched');
});

inWorld(xpublisher, 'gives messages of its peers to the application', async world => {
  const [xpub, xsub] = [world.open(XPublisher), world.open(XSubscriber)];
  await world.join(xpub, xsub);
  await xsub.send(['hello', 'w']);
  await xsub.send('');
  assert.equal([texts(await xpub.receive()), texts(await xpub.receive())], [['hello', 'w'], ['']]);
});

inWorld(xpublisher, 'applies subscriptions before the application has seen them', async world => {
  const { xpub, raw } = await withPeers(world, 1);
  raw[0]?.write(command('SUBSCRIBE', 'A'));
  await world.settle();
  await xpub.send('A1');
  await world.settle();
  assert.equal(raw[0]?.messages, [['A1']]);
});

inWorld(xpublisher, 'wakes who waits for a subscription, in order', async world => {
  const { xpub, raw } = await withPeers(world, 1);
  const receiving = [xpub.receive(), xpub.receive(), xpub.receive()];
  raw[0]?.write(command('SUBSCRIBE', 'A'), message('word'), command('CANCEL', 'A'));
  assert.equal((await Promise.all(receiving)).map(texts), [['\x01A'], ['word'], ['\x00A']]);
});

inWorld(xpublisher, 'holds peers back whose messages nobody looks at', async world => {
  const { xpub, raw } = await withPeers(world, 1);
  const { forth } = world.network.link;
  const chunk = Buffer.concat(Array.from({ length: 1000 }, () => message('x')));
  for (let i = 0; i < 1200; i += 1) raw[0]?.write(chunk);
  await world.settle();
  assert.ok(forth.waitingBytes > 0, 'a million wait already');
  assert.is(raw[0]?.closedWith, undefined);
  let seen = 0;
  for (let quiet = 0; quiet < 2; quiet += 1) {
    while (xpub.tryReceive() !== undefined) {
      seen += 1;
      quiet = 0;
    }
    await world.settle();
  }
  assert.is(seen, 1_200_000);
});

inWorld(xpublisher, 'works as a PUB for a SUB', async world => {
  const [xpub, sub] = [world.open(XPublisher), world.open(Subscriber)];
  sub.subscribe('A');
  await world.join(xpub, sub);
  assert.is(shown(xpub), '+A');
  await xpub.send(['A', '1']);
  await xpub.send(['B', '2']);
  assert.equal(texts(await sub.receive()), ['A', '1']);
  await world.close(sub);
  assert.is(shown(xpub), '-A');
});

xpublisher.run();

/** What our sockets and libzmq's tell each other of themselves, and what a message tells of its sender. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer, Pull, Push, Reply, Request, Router } from '../../src/index.ts';
import { startPeer } from '../support/peers/peer.ts';
import { inTcpWorld } from '../support/tcp-world.ts';
import { texts } from '../support/world.ts';

const peer = await startPeer('python');

const metadata = suite(`metadata, with ${peer.name}`);

inTcpWorld(metadata, 'of ours is read by libzmq, wherever we are', async world => {
  const theirs = await peer.open('PULL');
  const push = world.open(Push, { metadata: { 'X-Role': 'worker', 'X-a': 'first', 'X-Umlaut': 'ä' } });
  push.connect(await theirs.bind());
  await push.send('x');
  const told = await theirs.receiveProperties('X-Role', 'X-a', 'X-Umlaut', 'X-None', 'Socket-Type', 'Peer-Address');
  assert.equal(told, ['worker', 'first', 'ä', null, 'PUSH', '127.0.0.1']);
  await theirs.close();

  const connecting = await peer.open('DEALER');
  const router = world.open(Router, { metadata: { 'X-Role': 'router' } });
  await connecting.connect(await world.bind(router));
  await connecting.send(['hello']);
  const [id = ''] = await router.receive();
  await router.send([id, 'x']);
  assert.equal(await connecting.receiveProperties('X-Role', 'Socket-Type'), ['router', 'ROUTER']);
  await connecting.close();
});

inTcpWorld(metadata, "of libzmq's is read by us, with what else is known of the sender", async world => {
  const options = { metadata: { 'X-Role': 'worker', 'X-b': '2', 'X-B': '3' }, routingId: 'me' };
  const dealer = await peer.open('DEALER', options);
  const router = world.open(Router);
  const handshake = world.event(router, 'handshake');
  await dealer.connect(await world.bind(router));
  await dealer.send(['x']);
  const { message, peer: sender } = await router.receiveFrom();
  assert.equal(texts(message), ['me', 'x']);
  assert.equal(
    [sender?.socketType, sender?.version, texts([sender?.routingId ?? Buffer.of()])],
    ['DEALER', '3.1', ['me']],
  );
  assert.match(sender?.remoteAddress ?? '', /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.is(sender?.connectionId, (await handshake).connectionId);
  assert.equal(
    [sender?.metadata.get('x-role'), sender?.metadata.get('X-B'), sender?.metadata.size],
    ['worker', '3', 2],
  );
  assert.equal(router.peers()[0]?.metadata, sender?.metadata);
  await dealer.close();
});

inTcpWorld(metadata, 'of both sides is there for questions and answers', async world => {
  const theirs = await peer.open('REP', { metadata: { 'X-Name': 'answerer' } });
  const request = world.open(Request, { metadata: { 'X-Name': 'asker' } });
  request.connect(await theirs.bind());
  await request.send('?');
  assert.equal(await theirs.receiveProperties('X-Name'), ['asker']);
  await theirs.send(['!']);
  assert.is((await request.receiveFrom()).peer?.metadata.get('X-Name'), 'answerer');
  await theirs.close();

  const asking = await peer.open('REQ', { metadata: { 'X-Name': 'asker' } });
  const reply = world.open(Reply, { metadata: { 'X-Name': 'answerer' } });
  await asking.connect(await world.bind(reply));
  await asking.send(['?']);
  assert.is((await reply.receiveFrom()).peer?.metadata.get('X-Name'), 'asker');
  await reply.send('!');
  assert.equal(await asking.receiveProperties('X-Name', 'Socket-Type'), ['answerer', 'REP']);
  await asking.close();
});

inTcpWorld(metadata, 'of senders that have gone is still there', async world => {
  const pull = world.open(Pull);
  const endpoint = await world.bind(pull);
  for (const name of ['one', 'two']) {
    const push = await peer.open('PUSH', { metadata: { 'X-Name': name } });
    const gone = world.event(pull, 'disconnect', () => true);
    await push.connect(endpoint);
    await push.send([name]);
    await push.untilEvent('handshake');
    while (pull.stats().queued.receive === (name === 'one' ? 0 : 1)) await new Promise(setImmediate);
    await push.close();
    await gone;
  }
  for (let i = 0; i < 2; i += 1) {
    const { message, peer: sender } = await pull.receiveFrom();
    assert.equal([sender?.metadata.get('X-Name')], texts(message));
  }
});

inTcpWorld(metadata, 'large enough for a long frame arrives whole, both ways', async world => {
  const long = 'x'.repeat(3000);
  const theirs = await peer.open('DEALER', { metadata: { 'X-Long': long } });
  const dealer = world.open(Dealer, { metadata: { 'X-Long': long } });
  await theirs.connect(await world.bind(dealer));
  await theirs.send(['x']);
  assert.is((await dealer.receiveFrom()).peer?.metadata.get('X-Long'), long);
  await dealer.send('x');
  assert.equal(await theirs.receiveProperties('X-Long'), [long]);
  await theirs.close();
});

metadata.after(() => peer.kill());
metadata.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { Peer } from '../../src/sockets/peer.ts';
import { codeOfCall, errorOf, inWorld } from '../support/world.ts';

const peers = suite('PEER connects');

inWorld(peers, 'and tells at once whom to send to, before anybody is there', async world => {
  const [left, right] = [world.open(Peer), world.open(Peer)];
  const routingId = left.connectPeer('mem://right');
  assert.ok(Number.isInteger(routingId) && routingId > 0);
  await left.send('early', { routingId });
  await world.settle();
  await right.bind('mem://right');
  await world.advance(1000);
  const [body, from] = await right.receive();
  assert.is(String(body), 'early');
  await right.send('answer', from);
  const [answer, answerer] = await left.receive();
  assert.equal([String(answer), answerer.routingId], ['answer', routingId]);
  assert.is(left.lastEndpoint, 'mem://right');
});

inWorld(peers, 'to several, to each under its own number, twice to one as well', async world => {
  const socket = world.open(Peer);
  const others = [world.open(Peer), world.open(Peer)];
  for (const [i, other] of others.entries()) await other.bind(`mem://${i}`);
  const ids = ['mem://0', 'mem://1', 'mem://0'].map(endpoint => socket.connectPeer(endpoint));
  assert.is(new Set(ids).size, 3);
  await world.settle();
  for (const routingId of ids) await socket.send(`${routingId}`, { routingId });
  await world.settle();
  const of = (peer: Peer | undefined): string[] =>
    [peer?.tryReceive(), peer?.tryReceive()].map(each => String(each?.[0]));
  assert.equal(of(others[0]).sort(), [`${ids[0]}`, `${ids[2]}`].sort());
  assert.equal(of(others[1]), [`${ids[1]}`, 'undefined']);
});

inWorld(peers, 'on inproc, to a name that is bound, that will be, and to itself', async world => {
  const [left, right] = [world.open(Peer), world.open(Peer)];
  const early = left.connectPeer('inproc://right');
  await left.send('early', { routingId: early });
  await right.bind('inproc://right');
  const late = left.connectPeer('inproc://right');
  await left.send('late', { routingId: late });
  assert.equal(
    [right.tryReceive(), right.tryReceive()].map(each => String(each?.[0])),
    ['early', 'late'],
  );
  const own = right.connectPeer('inproc://right');
  await right.send('to myself', { routingId: own });
  const [body, from] = await right.receive();
  assert.is(String(body), 'to myself');
  assert.is(from.routingId, own + 1, 'the end that is bound comes after the one that connects');
  await right.send('and back', from);
  assert.is((await right.receive())[1].routingId, own);
});

inWorld(peers, 'in the ordinary way too, and learns the number from what comes', async world => {
  const [left, right] = [world.open(Peer, { helloMessage: 'hello' }), world.open(Peer)];
  await world.join(left, right);
  const [, from] = await right.receive();
  await right.send('found you', from);
  await world.settle();
  assert.is(String((await left.receive())[0]), 'found you');
});

inWorld(peers, 'but names nobody where it is immediate, or where an endpoint is none', async world => {
  const socket = world.open(Peer, { immediate: true });
  const error = await errorOf(() => socket.connectPeer('mem://there'));
  assert.ok(error instanceof UsageError);
  assert.equal([error.code, error.errno, error.address], ['EFAULT', 14, 'mem://there']);
  assert.is(socket.lastEndpoint, null, 'nothing has come of it');
  const other = world.open(Peer);
  assert.is(await codeOfCall(() => other.connectPeer('nonsense')), 'EINVAL');
  assert.is(await codeOfCall(() => other.connectPeer('carrier://x')), 'EPROTONOSUPPORT');
  await world.close(other);
  assert.is(await codeOfCall(() => other.connectPeer('mem://there')), 'EBADF');
});

inWorld(peers, 'and hears a hiccup under that number when the connection is lost', async world => {
  const socket = world.open(Peer, { hiccupMessage: 'hiccup', disconnectMessage: 'not this' });
  const { peers: raws } = await world.listenRaw('mem://there');
  const id = socket.connectPeer('mem://there');
  await world.settle();
  raws[0]?.shakeHands('PEER');
  await world.settle();
  raws[0]?.destroy();
  await world.settle();
  const [body, from] = await socket.receive();
  assert.equal([String(body), from.routingId], ['hiccup', id]);
});

peers.run();

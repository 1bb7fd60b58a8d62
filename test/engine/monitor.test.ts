import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Router } from '../../src/sockets/router.ts';
import { error, greeting, message, ready } from '../support/raw-zmtp.ts';
import { eventsOf, inWorld, typesOf } from '../support/world.ts';

const monitor = suite('events');

function only<T extends MonitorEvent['type']>(
  events: readonly MonitorEvent[],
  type: T,
): Extract<MonitorEvent, { type: T }> {
  const found = events.filter((event): event is Extract<MonitorEvent, { type: T }> => event.type === type);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${type} in ${typesOf(events)}`);
  return first;
}

inWorld(monitor, 'of two who meet, talk and part', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const [bound, connecting] = [eventsOf(pull), eventsOf(push)];
  await world.join(pull, push, 'mem://sink');
  await push.send('x');
  await world.close(push);
  await world.close(pull);
  assert.is(typesOf(connecting), 'connect:delay connect handshake end');
  assert.is(typesOf(bound), 'bind accept handshake disconnect close end');
});

inWorld(monitor, 'name the connection and the peer', async world => {
  const [router, dealer] = [world.open(Router), world.open(Dealer, { routingId: 'me' })];
  const [bound, connecting] = [eventsOf(router), eventsOf(dealer)];
  await world.join(router, dealer, 'mem://hub');
  const [accept, here] = [only(bound, 'accept'), only(bound, 'handshake')];
  assert.is(accept.address, 'mem://hub');
  assert.ok(accept.remoteAddress.length > 0);
  assert.is(here.connectionId, accept.connectionId);
  assert.equal(
    { ...here.peer, routingId: Buffer.from(here.peer.routingId).toString() },
    {
      version: '3.1',
      socketType: 'DEALER',
      routingId: 'me',
      userId: undefined,
    },
  );
  const there = only(connecting, 'handshake');
  assert.equal(
    { ...there.peer, routingId: there.peer.routingId.length },
    {
      version: '3.1',
      socketType: 'ROUTER',
      routingId: 0,
      userId: undefined,
    },
  );
  assert.is(there.address, 'mem://hub');
  assert.is(only(connecting, 'connect').connectionId, there.connectionId);
  assert.is.not(there.connectionId, here.connectionId);
});

inWorld(monitor, 'of a peer of ZMTP 3.0', async world => {
  const pull = world.open(Pull);
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  (await world.dialRaw('mem://sink')).shakeHands('PUSH', { minor: 0 });
  await world.settle();
  assert.is(only(events, 'handshake').peer.version, '3.0');
});

inWorld(monitor, 'of somebody who is refused by the network', async world => {
  const push = world.open(Push);
  const events = eventsOf(push);
  push.connect('mem://nobody');
  await world.advance(250);
  assert.match(typesOf(events), /^connect:delay close connect:retry connect:delay close connect:retry/);
  const retry = events.find(event => event.type === 'connect:retry');
  assert.equal([retry?.error.name, retry?.error.code], ['TransportError', 'ECONNREFUSED']);
  assert.ok(retry?.error.cause instanceof Error);
  assert.equal([retry.connectionId, retry.remoteAddress], [undefined, undefined], 'it never was a connection');
  assert.is(events.find(event => event.type === 'close')?.error?.code, 'ECONNREFUSED');
});

inWorld(monitor, 'of two who lose each other', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const [bound, connecting] = [eventsOf(pull), eventsOf(push)];
  const link = await world.join(pull, push, 'mem://sink');
  link.cut();
  await world.advance(1000);
  assert.is(
    typesOf(connecting),
    'connect:delay connect handshake disconnect connect:retry connect:delay connect handshake',
  );
  assert.is(typesOf(bound), 'bind accept handshake disconnect accept handshake');
  for (const events of [bound, connecting]) assert.is(only(events, 'disconnect').error?.code, 'ECONNRESET');
  const ids = connecting.flatMap(event => ('connectionId' in event ? [event.connectionId] : []));
  const [first, second] = [ids[0], ids.at(-1)];
  assert.is.not(first, second);
  assert.equal(ids, [first, first, first, first, second, second], 'the retry names the connection that was lost');
  const lost = only(connecting, 'connect:retry');
  assert.equal(lost.remoteAddress, only(connecting, 'disconnect').remoteAddress);
});

inWorld(monitor, 'of an end for a reason that has no name of ours', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const events = eventsOf(pull);
  const link = await world.join(pull, push, 'mem://sink');
  const cause = Object.assign(new Error('broken pipe'), { code: 'EPIPE' });
  link.accepting.fail(cause);
  await world.settle();
  const { error } = only(events, 'disconnect');
  assert.equal([error?.name, error?.code, error?.message], ['TransportError', 'ECONNRESET', 'broken pipe']);
  assert.is(error?.cause, cause);
});

inWorld(monitor, 'of a peer that left in good order has no error', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const events = eventsOf(pull);
  await world.join(pull, push, 'mem://sink');
  await world.close(push);
  assert.is(only(events, 'disconnect').error, undefined);
});

inWorld(monitor, 'of a disconnect: nothing here, an end there', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const [bound, connecting] = [eventsOf(pull), eventsOf(push)];
  await world.join(pull, push, 'mem://sink');
  push.disconnect('mem://sink');
  await world.advance(5000);
  assert.is(typesOf(connecting), 'connect:delay connect handshake');
  assert.is(typesOf(bound), 'bind accept handshake disconnect');
});

inWorld(monitor, 'of an unbind: the listener closes here, an end and another try there', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const [bound, connecting] = [eventsOf(pull), eventsOf(push)];
  await world.join(pull, push, 'mem://sink');
  await pull.unbind('mem://sink');
  await world.advance(50);
  assert.is(typesOf(bound), 'bind accept handshake close');
  assert.is(typesOf(connecting), 'connect:delay connect handshake disconnect connect:retry');
});

inWorld(monitor, 'of a bind that fails', async world => {
  const [one, two] = [world.open(Pull), world.open(Pull)];
  await one.bind('mem://sink');
  const events = eventsOf(two);
  await two.bind('mem://sink').catch(() => undefined);
  await world.settle();
  assert.is(typesOf(events), 'bind:error');
  assert.equal(
    [only(events, 'bind:error').address, only(events, 'bind:error').error.code],
    ['mem://sink', 'EADDRINUSE'],
  );
});

const FAILURES: Record<string, { octets: Buffer[]; type: MonitorEvent['type']; code: string }> = {
  'speaks another protocol': {
    octets: [Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    type: 'handshake:error:protocol',
    code: 'ERR_ZMTP_NOT_ZMTP',
  },
  'wants another mechanism': {
    octets: [greeting({ mechanism: 'CURVE' })],
    type: 'handshake:error:protocol',
    code: 'ERR_ZMTP_MECHANISM_MISMATCH',
  },
  'is of the wrong type': {
    octets: [greeting(), ready('SUB')],
    type: 'handshake:error:protocol',
    code: 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE',
  },
  'sends a message before READY': {
    octets: [greeting(), message('x')],
    type: 'handshake:error:protocol',
    code: 'ERR_ZMTP_UNEXPECTED_COMMAND',
  },
  'refuses us': { octets: [greeting(), error('no')], type: 'handshake:error:auth', code: 'ERR_ZMTP_REFUSED_BY_PEER' },
  'hangs up': { octets: [greeting()], type: 'handshake:error:other', code: 'ERR_ZMTP_HANDSHAKE_CLOSED' },
};

for (const [name, { octets, type, code }] of Object.entries(FAILURES)) {
  inWorld(monitor, `of a peer that ${name}`, async world => {
    const pull = world.open(Pull);
    const bound = eventsOf(pull);
    await pull.bind('mem://sink');
    (await world.dialRaw('mem://sink')).write(...octets).end();
    await world.advance(2000);
    assert.is(typesOf(bound), `bind accept ${type} disconnect`);
    for (const event of bound.slice(2)) assert.is('error' in event && event.error?.code, code);

    const push = world.open(Push);
    const connecting = eventsOf(push);
    const { peers } = await world.listenRaw('mem://other');
    push.connect('mem://other');
    await world.settle();
    peers[0]?.write(...octets).end();
    await world.advance(50);
    const last = type === 'handshake:error:auth' ? 'connect:stop' : 'connect:retry';
    assert.is(typesOf(connecting), `connect:delay connect ${type} disconnect ${last}`);
  });
}

inWorld(monitor, 'come in no case after the last one', async world => {
  const [push, pull] = [world.open(Push, { linger: -1 }), world.open(Pull)];
  const [ours, theirs] = [eventsOf(push), eventsOf(pull)];
  await world.join(pull, push, 'mem://sink');
  push.connect('mem://nobody');
  for (let i = 0; i < 4; i += 1) await push.send('x');
  await world.settle();
  const closed = push.close({ linger: 500 });
  await world.until(closed);
  await world.close(pull);
  await world.advance(10_000);
  for (const events of [ours, theirs]) assert.is(typesOf(events).split(' ').indexOf('end'), events.length - 1);
});

inWorld(monitor, 'do not stop for a listener that throws', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const thrown = new Error('from a listener');
  const caught: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', error => caught.push(error));
  pull.events.on('accept', () => {
    throw thrown;
  });
  const events = eventsOf(pull);
  await world.join(pull, push, 'mem://sink');
  await push.send('x');
  await pull.receive();
  process.removeAllListeners('uncaughtException');
  for (const listener of listeners) process.on('uncaughtException', listener);
  assert.equal(caught, [thrown]);
  assert.is(typesOf(events), 'bind accept handshake');
});

monitor.run();

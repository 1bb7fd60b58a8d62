/** Handshakes under way at one endpoint: how many, and who has to go. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Router } from '../../src/sockets/router.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { command, greeting, message, ready } from '../support/raw-zmtp.ts';
import { all, outcomes } from '../support/zap-world.ts';
import { drain, eventsOf, inWorld, typesOf, type World } from '../support/world.ts';

const TOO_MANY = 'other ERR_ZMTP_TOO_MANY_HANDSHAKES';

/** Somebody who connects and does no more. */
async function silent(world: World, count = 1): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let i = 0; i < count; i += 1) peers.push(await world.dialRaw('mem://sink'));
  await world.settle();
  return peers;
}

const handshakes = suite('handshakes under way');

inWorld(handshakes, 'are at most as many as the option says: one more is turned away', async world => {
  const pull = world.open(Pull, { maxHandshakes: 3 });
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  const first = await silent(world, 3);
  await world.advance(999);
  const [late] = await silent(world);
  assert.equal([late?.closedWith, late?.octets.length], ['end', 0]);
  assert.ok(first.every(({ closedWith }) => closedWith === undefined));
  assert.is(typesOf(events), 'bind accept accept accept accept handshake:error:other disconnect');
  assert.equal(outcomes(events), [TOO_MANY]);
  const [accept] = all(events, 'accept').slice(-1);
  const [failed] = all(events, 'handshake:error:other');
  const [ended] = all(events, 'disconnect');
  assert.equal([failed?.connectionId, ended?.connectionId], [accept?.connectionId, accept?.connectionId]);
  assert.is(new Set(all(events, 'accept').map(({ connectionId }) => connectionId)).size, 4);
  assert.equal([failed?.address, failed?.remoteAddress], ['mem://sink', accept?.remoteAddress]);
  assert.equal(pull.stats().handshakeFailures, { ERR_ZMTP_TOO_MANY_HANDSHAKES: 1 });
  assert.is(pull.peers().length, 3);
});

inWorld(handshakes, 'give way to newcomers, oldest first, when they have had a second', async world => {
  const pull = world.open(Pull, { maxHandshakes: 2 });
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  const [oldest] = await silent(world);
  await world.advance(600);
  const [second] = await silent(world);
  await world.advance(400);
  const [third] = await silent(world);
  assert.equal([oldest?.closedWith, second?.closedWith, third?.closedWith], ['end', undefined, undefined]);
  assert.equal(outcomes(events), [TOO_MANY]);
  assert.is(all(events, 'disconnect')[0]?.connectionId, all(events, 'accept')[0]?.connectionId);
  const [fourth] = await silent(world);
  assert.equal([second?.closedWith, third?.closedWith, fourth?.closedWith], [undefined, undefined, 'end']);
  await world.advance(600);
  await silent(world);
  assert.equal([second?.closedWith, third?.closedWith], ['end', undefined]);
});

inWorld(handshakes, 'end at once when they give way: nothing lingers', async world => {
  const pull = world.open(Pull, { maxHandshakes: 100 });
  await pull.bind('mem://sink');
  await silent(world, 100);
  await world.advance(1000);
  const crowd = await silent(world, 300);
  assert.is(world.network.links.length, 100);
  assert.is(crowd.filter(({ closedWith }) => closedWith === undefined).length, 100);
  assert.is(pull.peers().length, 100);
});

inWorld(handshakes, 'that are done do not count, nor do those that have failed', async world => {
  const router = world.open(Router, { maxHandshakes: 1 });
  const events = eventsOf(router);
  await router.bind('mem://sink');
  for (let i = 0; i < 5; i += 1) {
    const peer = await world.dialRaw('mem://sink');
    peer.shakeHands('DEALER', { identity: `peer ${i}` });
    await world.settle();
  }
  for (let i = 0; i < 5; i += 1) {
    const peer = await world.dialRaw('mem://sink');
    peer.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await world.settle();
  }
  for (let i = 0; i < 5; i += 1) {
    const peer = await world.dialRaw('mem://sink');
    peer.destroy();
    await world.settle();
  }
  const expected = [
    ...Array<string>(5).fill('handshake'),
    ...Array<string>(5).fill('protocol ERR_ZMTP_NOT_ZMTP'),
    ...Array<string>(5).fill('other ERR_ZMTP_HANDSHAKE_CLOSED'),
  ];
  assert.equal(outcomes(events), expected);
  assert.is(router.peers().filter(({ state }) => state === 'connected').length, 5);
});

inWorld(handshakes, 'of a crowd of the silent do not keep a good one out for long', async world => {
  const pull = world.open(Pull, { maxHandshakes: 50 });
  await pull.bind('mem://sink');
  await silent(world, 50);
  const push = world.open(Push, { reconnectInterval: 100 });
  push.connect('mem://sink');
  await push.send('x');
  await world.settle();
  assert.equal(drain(pull), []);
  await world.advance(3000);
  assert.equal(drain(pull), [['x']]);
});

inWorld(handshakes, 'count at each endpoint by themselves', async world => {
  const pull = world.open(Pull, { maxHandshakes: 1 });
  await pull.bind('mem://sink');
  await pull.bind('mem://other');
  const [first] = await silent(world);
  const other = await world.dialRaw('mem://other');
  await world.settle();
  assert.equal([first?.closedWith, other.closedWith], [undefined, undefined]);
});

inWorld(handshakes, 'that wait for somebody else’s decision count, and the question is taken back', async world => {
  const signals: AbortSignal[] = [];
  world.context.authenticator = (_request, { signal }) => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const pull = world.open(Pull, { maxHandshakes: 1, zapDomain: 'd' });
  await pull.bind('mem://sink');
  const asked = await world.dialRaw('mem://sink');
  asked.shakeHands('PUSH');
  await world.settle();
  await world.advance(1000);
  await silent(world);
  assert.equal([asked.closedWith, signals.map(({ aborted }) => aborted)], ['end', [true]]);
});

/** What it returns has something done once, in the moment in which a newcomer gets its number: when the oldest has just had to go. */
function atNewcomer(world: World): (act: () => void) => void {
  const { nextId } = world.context;
  let pending: (() => void) | undefined;
  Object.assign(world.context, {
    nextId: () => {
      const act = pending;
      pending = undefined;
      act?.();
      return nextId();
    },
  });
  return act => {
    pending = act;
  };
}

inWorld(handshakes, 'that are given up do not get in with octets that come in the same turn', async world => {
  const newcomer = atNewcomer(world);
  const pull = world.open(Pull, { maxHandshakes: 1 });
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).write(greeting());
  await world.settle();
  await world.advance(1000);
  const { accepting } = world.network.link;
  newcomer(() => {
    accepting.receive(Buffer.concat([ready('PUSH'), message('too late')]));
  });
  await silent(world);
  assert.equal([outcomes(events), drain(pull)], [[TOO_MANY], []]);
  assert.is(raw.closedWith, 'end');
});

inWorld(handshakes, 'that are given up are not asked about any more', async world => {
  const newcomer = atNewcomer(world);
  let questions = 0;
  world.context.authenticator = () => {
    questions += 1;
    return { status: 200 };
  };
  const pull = world.open(Pull, { maxHandshakes: 1, plainServer: true });
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  await silent(world);
  await world.advance(1000);
  const { accepting } = world.network.link;
  newcomer(() => {
    accepting.receive(Buffer.concat([greeting({ mechanism: 'PLAIN' }), command('HELLO', Buffer.alloc(2))]));
  });
  await silent(world);
  assert.equal([outcomes(events), questions], [[TOO_MANY], 0]);
});

inWorld(handshakes, 'end without goodbye, also of those who do not read', async world => {
  const pull = world.open(Pull, { maxHandshakes: 5 });
  await pull.bind('mem://sink');
  await silent(world, 5);
  const old = world.network.links.map(link => {
    link.back.hold();
    return link.accepting;
  });
  await world.advance(1000);
  await silent(world, 5);
  assert.ok(old.every(({ gone }) => gone));
});

inWorld(handshakes, 'cost the same for each newcomer, however many there are', async world => {
  const pull = world.open(Pull, { maxHandshakes: 5000 });
  await pull.bind('mem://sink');
  await silent(world, 5000);
  const events = eventsOf(pull);
  await silent(world, 5000);
  assert.is(outcomes(events).length, 5000);
  assert.is(world.network.links.length, 5000);
});

handshakes.run();

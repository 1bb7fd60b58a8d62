import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Exclusive } from '../../../src/sockets/routing/exclusive.ts';
import { FakePeer, text } from '../../support/fake-peer.ts';

const exclusive = suite('exclusive');

function setUp(): { one: Exclusive; writable: () => number; readable: () => number } {
  let writable = 0;
  let readable = 0;
  const one = new Exclusive({ writable: () => (writable += 1), readable: () => (readable += 1) }, 'PAIR');
  return { one, writable: () => writable, readable: () => readable };
}

function arrive(one: Exclusive, peer: FakePeer): FakePeer {
  one.attach(peer);
  one.connected(peer);
  return peer;
}

exclusive('serves the first peer and refuses the second', () => {
  const { one, writable } = setUp();
  assert.not.ok(one.hasRoom);
  assert.not.ok(one.trySend(text('x')));
  const first = arrive(one, new FakePeer(1));
  const second = arrive(one, new FakePeer(2));
  assert.is(writable(), 1);
  assert.equal(first.refusals.length, 0);
  assert.equal(
    second.refusals.map(({ code }) => code),
    ['ERR_ZMTP_PAIR_TAKEN'],
  );
  assert.ok(one.trySend(text('x')));
  assert.equal([first.outbound.size, second.outbound.size], [1, 0]);
});

exclusive('hears nobody but its peer, and that peer also after it has gone', () => {
  const { one } = setUp();
  const first = arrive(one, new FakePeer(1));
  const second = arrive(one, new FakePeer(2));
  first.inbound.write(text('mine'));
  second.inbound.write(text('alien'));
  one.detach(first);
  assert.is(Buffer.from(one.tryReceive()?.[0] ?? []).toString(), 'mine');
  assert.is(one.tryReceive(), undefined);
});

exclusive('serves a peer that comes after the first has gone', () => {
  const { one } = setUp();
  const first = arrive(one, new FakePeer(1));
  one.detach(first);
  assert.not.ok(one.hasRoom);
  const next = arrive(one, new FakePeer(2));
  assert.is(next.refusals.length, 0);
  assert.ok(one.trySend(text('x')));
  assert.is(next.outbound.size, 1);
});

exclusive('does not mind the room in the pipe of one who has gone', () => {
  const { one, writable } = setUp();
  const first = arrive(one, new FakePeer(1, { highWaterMark: 1 }));
  one.trySend(text('x'));
  one.detach(first);
  const before = writable();
  first.outbound.clear();
  assert.is(writable(), before);
});

exclusive('does not serve a peer that it has refused and that is still on its way out', () => {
  const { one } = setUp();
  const first = arrive(one, new FakePeer(1));
  const refused = arrive(one, new FakePeer(2));
  one.detach(first);
  assert.not.ok(one.trySend(text('lost')), 'nobody is there');
  assert.is(refused.outbound.size, 0);
});

exclusive('serves a peer that it connects to and had refused, when that is connected again', () => {
  const { one } = setUp();
  const first = arrive(one, new FakePeer(1));
  const dialled = arrive(one, new FakePeer(2));
  one.disconnected(dialled);
  one.detach(first);
  assert.ok(one.trySend(text('waits for the connection')));
  one.connected(dialled);
  assert.is(dialled.refusals.length, 1);
  assert.ok(one.trySend(text('x')));
  assert.is(dialled.outbound.size, 2);
});

exclusive('lets a peer that it connects to wait for its turn', () => {
  const { one } = setUp();
  const first = arrive(one, new FakePeer(1));
  const waiting = new FakePeer(2);
  one.attach(waiting);
  one.detach(first);
  assert.ok(one.trySend(text('x')));
  assert.is(waiting.outbound.size, 1);
});

exclusive.run();

import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FairQueue } from '../../../src/sockets/routing/fair-queue.ts';
import { FakePeer, text } from '../../support/fake-peer.ts';

const fairQueue = suite('fair queue');

function setUp(peers: number): { queue: FairQueue; peers: FakePeer[]; calls: () => number; next: () => string } {
  let calls = 0;
  const queue = new FairQueue(() => (calls += 1));
  const list = Array.from({ length: peers }, (_, id) => new FakePeer(id));
  for (const peer of list) queue.add(peer);
  const next = (): string => {
    const message = queue.tryReceive();
    return message === undefined ? 'nothing' : message.map(part => Buffer.from(part).toString()).join('|');
  };
  return { queue, peers: list, calls: () => calls, next };
}

function say(peer: FakePeer | undefined, ...parts: string[]): void {
  for (const part of parts) peer?.inbound.write(text(part));
}

fairQueue('takes one message from each peer in turn', () => {
  const { peers, next } = setUp(3);
  say(peers[0], 'a1', 'a2', 'a3');
  say(peers[1], 'b1', 'b2');
  say(peers[2], 'c1');
  assert.equal([1, 2, 3, 4, 5, 6, 7].map(next), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'nothing']);
});

fairQueue('takes messages whole', () => {
  const { peers, next } = setUp(2);
  peers[0]?.inbound.write([...text('a'), ...text('b')]);
  say(peers[1], 'c');
  assert.equal([next(), next()], ['a|b', 'c']);
});

fairQueue('tells when there is something after there was nothing', () => {
  const { queue, peers, calls } = setUp(2);
  assert.not.ok(queue.hasMessage);
  say(peers[0], 'a');
  assert.is(calls(), 1);
  assert.ok(queue.hasMessage);
  queue.tryReceive();
  assert.not.ok(queue.hasMessage);
  say(peers[0], 'b');
  assert.is(calls(), 2);
});

fairQueue('knows whom the last message came from', () => {
  const { queue, peers } = setUp(2);
  say(peers[1], 'b');
  queue.tryReceive();
  assert.is(queue.lastPeer, peers[1]);
});

fairQueue('hears a peer that had spoken before it was added', () => {
  const queue = new FairQueue(() => undefined);
  const peer = new FakePeer(1);
  say(peer, 'early');
  queue.add(peer);
  assert.ok(queue.hasMessage);
  assert.is(queue.tryReceive()?.length, 1);
});

fairQueue('never hears a peer that was removed, whatever it has said or says, and passes nobody over for it', () => {
  const { queue, peers, calls, next } = setUp(3);
  say(peers[0], 'a1');
  say(peers[1], 'b1', 'b2');
  say(peers[2], 'c1');
  if (peers[1] !== undefined) queue.remove(peers[1]);
  const before = calls();
  say(peers[1], 'b3');
  assert.is(calls(), before);
  assert.equal([next(), next(), next()], ['a1', 'c1', 'nothing']);
  assert.is(peers[1]?.inbound.size, 3);
});

fairQueue('tells the peer of each of many messages, of one who talks alone and of several', () => {
  const { queue, peers } = setUp(3);
  const take = (most: number): string[] =>
    queue.tryTakeMany(most, ([part], { id }) => `${String(part)} of ${String(id)}`);
  assert.equal(take(5), []);
  say(peers[1], 'b1', 'b2', 'b3');
  assert.equal(take(2), ['b1 of 1', 'b2 of 1']);
  say(peers[0], 'a1', 'a2');
  assert.equal(take(2), ['b3 of 1', 'a1 of 0']);
  say(peers[2], 'c1', 'c2');
  assert.equal(take(9), ['a2 of 0', 'c1 of 2', 'c2 of 2']);
  assert.not.ok(queue.hasMessage);
});

fairQueue('passes over a pipe that was cleared', () => {
  const { queue, peers, next } = setUp(2);
  say(peers[0], 'a');
  say(peers[1], 'b');
  peers[0]?.inbound.clear();
  assert.equal([next(), next()], ['b', 'nothing']);
  assert.not.ok(queue.hasMessage);
  say(peers[0], 'again');
  assert.equal([next(), next()], ['again', 'nothing']);
});

fairQueue('serves a peer that has much to say while another speaks each time it was heard', () => {
  const { peers, next } = setUp(2);
  say(peers[0], 'flood', 'flood', 'flood', 'flood');
  let heard = '';
  for (let i = 0; i < 6; i += 1) {
    if (peers[1]?.inbound.size === 0) say(peers[1], 'pong');
    heard += `${next()} `;
  }
  assert.is(heard, 'flood pong flood pong flood pong ');
});

/**
 * While a peer waits, nobody else is served more than twice: once for the round that was under way when it began to wait,
 * once for its own. Any choice of arrivals must not change that.
 */
fairQueue('lets nobody wait for more than two turns of anybody else', () => {
  // who speaks before each message is taken: any, then the same again and again
  const step = fc.subarray([0, 1, 2, 3, 4]);
  const steps = fc
    .tuple(fc.array(step, { maxLength: 30 }), fc.array(step, { minLength: 1, maxLength: 2 }))
    .map(([first, again]) => [...first, ...Array.from({ length: 20 }, () => again).flat()]);
  fc.assert(
    fc.property(steps, speakersOfSteps => {
      const { queue, peers } = setUp(5);
      const passedBy = peers.map(() => new Map<FakePeer, number>());
      for (const speakers of speakersOfSteps) {
        for (const speaker of speakers) {
          if (speaker === 0 || peers[speaker]?.inbound.size === 0) say(peers[speaker], 'x');
        }
        const waiting = peers.filter(peer => peer.inbound.size > 0);
        const message = queue.tryReceive();
        assert.is(message !== undefined, waiting.length > 0, 'takes what there is');
        const served = peers.find(peer => peer === queue.lastPeer);
        if (message === undefined || served === undefined) continue;
        passedBy[served.id]?.clear();
        for (const peer of waiting) {
          if (peer === served) continue;
          const times = (passedBy[peer.id]?.get(served) ?? 0) + 1;
          passedBy[peer.id]?.set(served, times);
          assert.ok(times <= 2, `peer ${peer.id} was passed ${times} times by peer ${served.id}`);
        }
      }
    }),
    { numRuns: 500, includeErrorInReport: true },
  );
});

fairQueue('gives one turn in a round to a peer that writes as soon as a batch has made room', () => {
  const { queue, peers } = setUp(2);
  const [eager, other] = peers;
  if (eager === undefined || other === undefined) throw new Error('no peers');
  eager.inbound.highWaterMark = 2;
  let left = 20;
  const write = (): void => {
    while (left > 0 && eager.inbound.tryWrite(text('e'))) left -= 1;
  };
  eager.inbound.onRoom = write;
  write();
  for (let i = 0; i < 3; i += 1) assert.is(queue.tryReceiveMany(10).length, 2);
  say(other, ...Array.from({ length: 8 }, () => 'o'));
  const names = Array.from({ length: 16 }, () => Buffer.concat(queue.tryReceive() ?? []).toString()).join('');
  assert.is(names.split('o').length - 1, 8);
  assert.match(names, /^(?:eo|oe){8}$/);
});

fairQueue.run();

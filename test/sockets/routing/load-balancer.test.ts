import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LoadBalancer } from '../../../src/sockets/routing/load-balancer.ts';
import { FakePeer, text } from '../../support/fake-peer.ts';

const loadBalancer = suite('load balancer');

function setUp(peers: number, highWaterMark = 0): { balancer: LoadBalancer; peers: FakePeer[]; calls: () => number } {
  let calls = 0;
  const balancer = new LoadBalancer(() => (calls += 1));
  const list = Array.from({ length: peers }, (_, id) => new FakePeer(id, { highWaterMark }));
  for (const peer of list) balancer.add(peer);
  return { balancer, peers: list, calls: () => calls };
}

/** The ids of those who get the next messages. */
function send(balancer: LoadBalancer, times: number): string {
  return Array.from({ length: times }, () => (balancer.trySend(text('x')) ? balancer.lastPeer?.id : '-')).join('');
}

loadBalancer('sends to each peer in turn', () => {
  const { balancer, peers } = setUp(3);
  assert.is(send(balancer, 7), '0120120');
  assert.equal(
    peers.map(peer => peer.outbound.size),
    [3, 2, 2],
  );
});

loadBalancer('takes nothing without a peer', () => {
  const { balancer } = setUp(0);
  assert.not.ok(balancer.hasRoom);
  assert.is(send(balancer, 1), '-');
});

loadBalancer('keeps to the turn when a peer joins', () => {
  const { balancer } = setUp(2);
  assert.is(send(balancer, 1), '0');
  balancer.add(new FakePeer(2));
  const turns = send(balancer, 6);
  assert.is(turns[0], '1', 'whose turn it was');
  assert.equal(Array.from(turns.slice(1, 4)).sort(), ['0', '1', '2']);
  assert.is(turns.slice(3, 6), turns.slice(0, 3));
});

loadBalancer('skips a peer that is mute, until half of its pipe has been read', () => {
  const { balancer, peers } = setUp(2, 4);
  assert.is(send(balancer, 9), '01010101-');
  assert.not.ok(balancer.hasRoom);
  for (const peer of peers) peer.outbound.read();
  assert.is(send(balancer, 1), '-', 'three of four are not half');
  peers[1]?.outbound.read();
  assert.ok(balancer.hasRoom);
  assert.is(send(balancer, 3), '11-');
});

loadBalancer('tells when a mute peer has room again, once', () => {
  const { balancer, peers, calls } = setUp(1, 2);
  assert.is(calls(), 1, 'the peer that came has room');
  send(balancer, 2);
  peers[0]?.outbound.read();
  assert.is(calls(), 2);
  peers[0]?.outbound.read();
  assert.is(calls(), 2);
});

loadBalancer('forgets a peer that is removed, whose pipe may be cleared afterwards', () => {
  const { balancer, peers, calls } = setUp(2, 2);
  assert.is(send(balancer, 5), '0101-');
  const [first] = peers;
  if (first !== undefined) balancer.remove(first);
  const before = calls();
  first?.outbound.clear();
  assert.is(calls(), before);
  assert.not.ok(balancer.hasRoom);
  peers[1]?.outbound.clear();
  assert.is(send(balancer, 3), '11-');
});

loadBalancer('keeps to the turn when a peer is removed', () => {
  const { balancer, peers } = setUp(4);
  assert.is(send(balancer, 1), '0');
  const [first] = peers;
  if (first !== undefined) balancer.remove(first);
  const turns = send(balancer, 6);
  assert.equal(Array.from(turns.slice(0, 3)).sort(), ['1', '2', '3']);
  assert.is(turns.slice(3), turns.slice(0, 3));
});

loadBalancer('serves nobody who was removed, whenever that was', () => {
  for (let sent = 0; sent < 10; sent += 1) {
    for (let index = 0; index < 4; index += 1) {
      const { balancer, peers } = setUp(4);
      send(balancer, sent);
      const peer = peers[index] ?? new FakePeer(99);
      balancer.remove(peer);
      const turns = send(balancer, 9);
      assert.not.ok(turns.includes(`${index}`), `${index} removed after ${sent}: ${turns}`);
      assert.is(new Set(turns).size, 3);
    }
  }
});

loadBalancer('does not feed a peer that is always about to be full, while another is idle', () => {
  const { balancer, peers } = setUp(2, 3);
  const [idle, busy] = peers;
  if (idle === undefined || busy === undefined) throw new Error('two were asked for');
  busy.outbound.write(text('old'));
  busy.outbound.write(text('old'));
  let turns = '';
  for (let i = 0; i < 24; i += 1) {
    assert.ok(balancer.trySend(text('new')));
    turns += balancer.lastPeer === idle ? 'i' : 'b';
    if (balancer.lastPeer === idle) idle.outbound.clear();
    else readUntilRoom(busy);
  }
  assert.is(turns.slice(-12), 'ib'.repeat(6));
});

function readUntilRoom({ outbound }: FakePeer): void {
  while (!outbound.hasRoom) outbound.read();
}

/** While a peer has room, nobody else is served more than twice: once in the round under way, once in its own. */
loadBalancer('passes nobody who has room more than twice for the sake of anybody else', () => {
  // who reads before each message, everything or until there is room: any, then the same again and again
  const step = fc.subarray([0, 1, 2, 3, 4]);
  const steps = fc
    .tuple(fc.array(step, { maxLength: 30 }), fc.array(step, { minLength: 1, maxLength: 2 }))
    .map(([first, again]) => [...first, ...Array.from({ length: 20 }, () => again).flat()]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), steps, (highWaterMark, readersOfSteps) => {
      const { balancer, peers } = setUp(5, highWaterMark);
      const passedBy = peers.map(() => new Map<FakePeer, number>());
      for (const readers of readersOfSteps) {
        for (const reader of readers) {
          const peer = peers[reader] ?? new FakePeer(99);
          if (reader < 2) peer.outbound.clear();
          else readUntilRoom(peer);
        }
        const willing = peers.filter(peer => peer.outbound.hasRoom);
        assert.is(balancer.hasRoom, willing.length > 0);
        const sent = balancer.trySend(text('x'));
        assert.is(sent, willing.length > 0, 'sends when anybody has room');
        const served = peers.find(peer => peer === balancer.lastPeer);
        if (!sent || served === undefined) continue;
        assert.ok(willing.includes(served), 'only to a peer with room');
        passedBy[served.id]?.clear();
        for (const peer of peers) {
          if (peer === served) continue;
          if (!willing.includes(peer)) {
            passedBy[peer.id]?.clear();
            continue;
          }
          const times = (passedBy[peer.id]?.get(served) ?? 0) + 1;
          passedBy[peer.id]?.set(served, times);
          assert.ok(times <= 2, `peer ${peer.id} was passed ${times} times by peer ${served.id}`);
        }
      }
    }),
    { numRuns: 500, includeErrorInReport: true },
  );
});

loadBalancer('passes over a peer whose mark was lowered, and gives it one turn in a round afterwards', () => {
  const { balancer, peers } = setUp(2, 4);
  assert.is(send(balancer, 4), '0101');
  const [lowered] = peers;
  if (lowered !== undefined) lowered.outbound.highWaterMark = 1;
  assert.is(send(balancer, 1), '1');
  lowered?.outbound.read();
  lowered?.outbound.read();
  if (lowered !== undefined) lowered.outbound.highWaterMark = 0;
  const other = peers[1];
  if (other !== undefined) other.outbound.highWaterMark = 0;
  assert.is(send(balancer, 6).split('0').length - 1, 3);
});

loadBalancer('adds nobody twice whose mark was lowered when nothing was sent meanwhile', () => {
  const { balancer, peers } = setUp(2, 4);
  assert.is(send(balancer, 4), '0101');
  const [lowered] = peers;
  if (lowered !== undefined) lowered.outbound.highWaterMark = 1;
  while (lowered?.outbound.read() !== undefined);
  for (const peer of peers) peer.outbound.highWaterMark = 0;
  assert.is(send(balancer, 8).split('0').length - 1, 4);
  if (lowered !== undefined) balancer.remove(lowered);
  assert.is(send(balancer, 4), '1111');
});

loadBalancer.run();

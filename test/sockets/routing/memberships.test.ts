import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../../src/pipe.ts';
import { Memberships } from '../../../src/sockets/routing/memberships.ts';
import { FakePeer } from '../../support/fake-peer.ts';

const memberships = suite('memberships');

const octets = (name: string): Uint8Array => Buffer.from(name, 'latin1');

function members(groups: Memberships, group: string | Uint8Array): number[] {
  const ids: number[] = [];
  groups.match(Buffer.from(group), peer => ids.push(peer.id));
  return ids.sort((a, b) => a - b);
}

memberships('counts: who joined twice must leave twice, and is visited once', () => {
  const [groups, peer] = [new Memberships(), new FakePeer(1)];
  groups.subscribe(octets('a'), peer);
  groups.subscribe(octets('a'), peer);
  assert.equal(members(groups, 'a'), [1]);
  groups.cancel(octets('a'), peer);
  assert.equal(members(groups, 'a'), [1]);
  groups.cancel(octets('a'), peer);
  assert.equal(members(groups, 'a'), []);
  assert.is(groups.topicsCount, 0);
});

memberships('counts each group of each peer by itself', () => {
  const [groups, one, two] = [new Memberships(), new FakePeer(1), new FakePeer(2)];
  for (const name of ['a', 'a', 'a', 'b', 'b']) groups.subscribe(octets(name), one);
  groups.subscribe(octets('a'), two);
  groups.cancel(octets('a'), two);
  groups.cancel(octets('a'), two);
  for (let i = 0; i < 2; i += 1) groups.cancel(octets('b'), one);
  groups.cancel(octets('a'), one);
  groups.cancel(octets('a'), one);
  assert.equal([members(groups, 'a'), members(groups, 'b')], [[1], []]);
  groups.cancel(octets('a'), one);
  assert.equal(members(groups, 'a'), []);
});

memberships('forget at once, and for good, how often a peer had joined', () => {
  const [groups, peer, other] = [new Memberships(), new FakePeer(1), new FakePeer(2)];
  for (const name of ['a', 'a', 'b']) groups.subscribe(octets(name), peer);
  groups.subscribe(octets('b'), other);
  groups.forget(peer);
  assert.equal([members(groups, 'a'), members(groups, 'b'), groups.count(peer)], [[], [2], 0]);
  groups.subscribe(octets('a'), peer);
  groups.cancel(octets('a'), peer);
  assert.equal(members(groups, 'a'), [], 'it came back, and joined once');
  assert.is(groups.sweep(1), 1);
  assert.is(groups.sweep(9), 1);
  assert.is(groups.topicsCount, 1);
});

memberships('a peer that is in all groups is visited with each, once, until it is forgotten', () => {
  const [groups, all, some] = [new Memberships(), new FakePeer(1), new FakePeer(2)];
  groups.subscribeToAll(all);
  groups.subscribe(octets('a'), some);
  assert.equal([members(groups, 'a'), members(groups, 'b'), members(groups, '')], [[1, 2], [1], [1]]);
  assert.ok(groups.count(all) > 0, 'it is waited for');
  groups.forget(all);
  assert.equal([members(groups, 'a'), groups.count(all)], [[2], 0]);
});

memberships('a peer in more than a million groups is refused, and others are not', () => {
  const [groups, greedy, other] = [new Memberships(), new FakePeer(1), new FakePeer(2)];
  for (let i = 0; i < 1_000_000; i += 1) groups.subscribe(octets(`${i}`), greedy);
  assert.is(greedy.refusals.length, 0);
  groups.subscribe(octets('one more'), greedy);
  groups.subscribe(octets('one more'), other);
  assert.equal(
    [greedy, other].map(({ refusals }) => refusals.map(({ code }) => code)),
    [['ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS'], []],
  );
});

memberships('repetitions count too: a peer cannot join one group for ever', () => {
  const [groups, greedy] = [new Memberships(), new FakePeer(1)];
  for (let i = 0; i < 999_999; i += 1) groups.subscribe(octets('a'), greedy);
  for (let i = 0; i < 10; i += 1) {
    groups.subscribe(octets('b'), greedy);
    groups.cancel(octets('b'), greedy);
    groups.subscribe(octets('a'), greedy);
    groups.cancel(octets('a'), greedy);
  }
  groups.subscribe(octets('a'), greedy);
  assert.is(greedy.refusals.length, 0, 'a million');
  groups.subscribe(octets('a'), greedy);
  assert.equal(
    greedy.refusals.map(({ code }) => code),
    ['ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS'],
  );
});

// Beside the slow and obvious: how often each peer has joined each group.

const PEERS = 20;
const groupNames = fc.oneof(
  fc.uint8Array({ maxLength: 3 }).map(name => name.map(octet => octet & 1)),
  fc.uint8Array({ minLength: 250, maxLength: 255 }).map(name => name.map(octet => (octet < 250 ? 0 : 255))),
);
const steps = fc.record({
  what: fc.constantFrom('join', 'join', 'join', 'leave', 'leave', 'forget', 'sweep'),
  who: fc.nat({ max: PEERS - 1 }),
  group: groupNames,
  most: fc.nat({ max: 5 }),
});

memberships('behave as a Map of counts does', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 200, size: 'max' }), list => {
      const groups = new Memberships();
      const peers: Peer[] = Array.from({ length: PEERS }, (_, id) => new FakePeer(id));
      const model = peers.map(() => new Map<string, number>());
      for (const { what, who, group, most } of list) {
        const [peer, counts, name] = [peers[who], model[who], Buffer.from(group).toString('latin1')];
        if (peer === undefined || counts === undefined) throw new Error('nobody');
        const before = counts.get(name) ?? 0;
        if (what === 'join') {
          groups.subscribe(group, peer);
          counts.set(name, before + 1);
        } else if (what === 'leave') {
          groups.cancel(group, peer);
          if (before > 1) counts.set(name, before - 1);
          else counts.delete(name);
        } else if (what === 'forget') {
          groups.forget(peer);
          counts.clear();
        } else {
          groups.sweep(most);
        }
        const expected = model.flatMap((joined, id) => (joined.has(name) ? [id] : []));
        assert.equal(members(groups, group), expected);
        assert.is(groups.count(peer), counts.size);
      }
      while (groups.sweep(10) === 10);
      assert.is(groups.topicsCount, new Set(model.flatMap(joined => [...joined.keys()])).size);
    }),
    { numRuns: 300 },
  );
});

memberships.run();

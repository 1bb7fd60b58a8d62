import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RoutingTable } from '../../../src/sockets/routing/routing-table.ts';
import { FakePeer } from '../../support/fake-peer.ts';

const routingTable = suite('routing table');

const octets = (...values: number[]): Uint8Array => Uint8Array.from(values);

routingTable('finds a peer by octets, whoever holds them', () => {
  const table = new RoutingTable(() => 0.5);
  const peer = new FakePeer(1);
  table.set(octets(0, 255, 1), peer);
  assert.is(table.get(Buffer.from('00ff01', 'hex')), peer);
  assert.is(table.get(octets(0, 255)), undefined);
  assert.is(table.get(octets(0, 255, 1, 0)), undefined);
  assert.is(table.get(octets()), undefined);
});

routingTable('keeps octets of its own', () => {
  const table = new RoutingTable(() => 0.5);
  const peer = new FakePeer(1);
  const id = octets(1, 2);
  table.set(id, peer);
  id[0] = 9;
  assert.is(table.get(octets(1, 2)), peer);
  assert.equal(Array.from(table.idOf(peer) ?? []), [1, 2]);
  table.delete(peer);
  assert.is(table.get(octets(1, 2)), undefined);
});

routingTable('frees the old id of a peer that gets another', () => {
  const table = new RoutingTable(() => 0.5);
  const peer = new FakePeer(1);
  table.set(octets(1), peer);
  table.set(octets(2), peer);
  assert.is(table.get(octets(1)), undefined);
  assert.is(table.get(octets(2)), peer);
});

routingTable('knows whether some peer is such as is asked for', () => {
  const table = new RoutingTable(() => 0.5);
  assert.not.ok(table.some(() => true));
  const peer = new FakePeer(1);
  table.set(octets(1), peer);
  assert.ok(table.some(one => one === peer));
  assert.not.ok(table.some(one => one !== peer));
  table.delete(peer);
  assert.not.ok(table.some(() => true));
});

/** Few short ids, so that they meet often; held to a Map over text. */
routingTable('does as a slow map does', () => {
  const id = fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 });
  const step = fc.record({ id, peer: fc.nat({ max: 5 }), action: fc.constantFrom('set', 'delete', 'get') });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.array(step), (seed, steps) => {
      const table = new RoutingTable(() => seed);
      const model = new Map<string, FakePeer>();
      const peers = Array.from({ length: 6 }, (_, i) => new FakePeer(i));
      const forget = (peer: FakePeer): void => {
        for (const [key, holder] of model) if (holder === peer) model.delete(key);
      };
      for (const { id, peer: index, action } of steps) {
        const key = Buffer.from(id).toString('hex');
        const peer = peers[index] ?? new FakePeer(99);
        if (action === 'delete') {
          table.delete(peer);
          forget(peer);
        } else if (action === 'set' && (model.get(key) ?? peer) === peer) {
          table.set(id, peer);
          forget(peer);
          model.set(key, peer);
        }
        assert.is(table.get(id), model.get(key));
        for (const [held, holder] of model) {
          assert.is(Buffer.from(table.idOf(holder) ?? []).toString('hex'), held);
        }
      }
    }),
  );
});

routingTable.run();

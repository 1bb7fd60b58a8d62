import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NumberedPeers } from '../../../src/sockets/routing/numbered-peers.ts';
import { FakePeer } from '../../support/fake-peer.ts';

const numbered = suite('numbered peers');

const LARGEST = 0xffff_ffff;

/** Ids begin behind this one. */
function behind(last: number): NumberedPeers {
  return new NumberedPeers(() => last / 0x1_0000_0000);
}

function add(peers: NumberedPeers, count: number): { peer: FakePeer; id: number }[] {
  return Array.from({ length: count }, (_, number) => {
    const peer = new FakePeer(number);
    peers.add(peer);
    return { peer, id: peers.originOf(peer).routingId };
  });
}

const idsOf = (added: readonly { readonly id: number }[]): number[] => added.map(({ id }) => id);

numbered('counts from anywhere', () => {
  assert.equal(idsOf(add(behind(0), 3)), [1, 2, 3]);
  assert.equal(idsOf(add(behind(0x7fff_fffe), 3)), [0x7fff_ffff, 0x8000_0000, 0x8000_0001]);
});

numbered('counts on behind the largest number, without zero', () => {
  assert.equal(idsOf(add(behind(LARGEST - 1), 3)), [LARGEST, 1, 2]);
  assert.equal(idsOf(add(behind(LARGEST), 2)), [1, 2]);
});

numbered('knows who has a number, until it goes, and goes on telling whose a number was', () => {
  const peers = behind(10);
  const [first, second] = add(peers, 2);
  assert.is(peers.get(11), first?.peer);
  assert.is(peers.get(12), second?.peer);
  assert.is(peers.get(13), undefined);
  assert.is(first === undefined ? undefined : peers.remove(first.peer), true);
  assert.is(peers.get(11), undefined);
  assert.is(first === undefined ? undefined : peers.originOf(first.peer).routingId, 11);
  assert.is(peers.get(12), second?.peer);
  assert.equal(idsOf(add(peers, 1)), [13], 'it is not given again at once');
});

numbered('gives all messages of a peer one origin, which nobody can change', () => {
  const peers = behind(0);
  const [added] = add(peers, 1);
  if (added === undefined) throw new Error('nobody');
  const origin = peers.originOf(added.peer);
  assert.is(peers.originOf(added.peer), origin);
  assert.ok(Object.isFrozen(origin));
  assert.is(peers.originOf(new FakePeer(9)).routingId, 0, 'a stranger');
});

numbered('gives no number twice at a time, nor zero, and tells each beforehand, however peers come and go', () => {
  const few = 7; // so that they come round
  fc.assert(
    fc.property(fc.integer({ min: 0, max: few }), fc.array(fc.nat(few)), (last, script) => {
      const peers = new NumberedPeers(() => last / (few + 1), few);
      const here: { peer: FakePeer; id: number }[] = [];
      for (const step of script) {
        const [gone] = here.length === few - 1 || step % 2 === 0 ? here.splice(step % few, 1) : [];
        if (gone !== undefined) {
          assert.ok(peers.remove(gone.peer));
          assert.not.ok(peers.remove(gone.peer), 'once more does no harm');
        } else if (here.length < few - 1) {
          const { upcoming } = peers;
          const added = add(peers, 1);
          assert.equal(idsOf(added), [upcoming]);
          assert.ok(upcoming > 0 && upcoming <= few);
          assert.not.ok(idsOf(here).includes(upcoming));
          here.push(...added);
        }
        for (const { peer, id } of here) assert.is(peers.get(id), peer);
      }
    }),
  );
});

numbered.run();

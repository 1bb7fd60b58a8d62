/** What a subscriber has sent before it went, but nobody had looked at yet: its wishes are over, its words are not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeOptions } from '../../src/sockets/option-table.ts';
import { PublisherPattern } from '../../src/sockets/publisher.ts';
import { XPublisherPattern } from '../../src/sockets/xpublisher.ts';
import { FakePeer, text } from '../support/fake-peer.ts';
import { World, drain } from '../support/world.ts';

const leftBehind = suite('left behind');

const events = { readable: (): void => {}, writable: (): void => {} };
const { values: options } = makeOptions({}, { own: [], typical: {}, changed: () => undefined });

for (const Pattern of [PublisherPattern, XPublisherPattern]) {
  leftBehind(`by a subscriber of a ${Pattern.name}: its subscriptions do not count any more`, async () => {
    const world = new World();
    const pattern = new Pattern(events, options, world.context);
    const peer = new FakePeer(1);
    pattern.attach(peer);
    pattern.connected(peer);
    peer.inbound.writeAll(Array.from({ length: 5000 }, (_, i) => text(`\x01t${i}`)));
    assert.is(pattern.topicsCount, 1000, 'the others have to wait');
    pattern.disconnected(peer);
    peer.inbound.write(text('\x01late'));
    await world.settle();
    assert.equal([pattern.topicsCount, peer.inbound.size], [0, 0]);
    pattern.connected(peer); // the peer is the same one, its wishes are new
    peer.inbound.write(text('\x01new'));
    await world.settle();
    assert.is(pattern.topicsCount, 1);
    pattern.trySend(text('t4999'));
    pattern.trySend(text('late'));
    assert.is(peer.outbound.size, 0);
    pattern.trySend(text('new'));
    assert.is(peer.outbound.size, 1);
  });
}

leftBehind('by a subscriber of an XPUB: its other messages can still be received', async () => {
  const world = new World();
  const xpub = new XPublisherPattern(events, options, world.context);
  const peer = new FakePeer(1);
  xpub.attach(peer);
  xpub.connected(peer);
  peer.inbound.writeAll(Array.from({ length: 1500 }, (_, i) => text(`word ${i}`)));
  xpub.disconnected(peer);
  peer.inbound.write([...text('\x01no'), ...text('last word')]);
  await world.settle();
  const words = drain(xpub);
  assert.is(words.length, 1501);
  assert.equal(words.at(-1), ['last word']);
});

leftBehind.run();

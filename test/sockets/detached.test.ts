/** A socket may be told to disconnect: its pattern then lets go of a peer that was connected to the last. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeOptions } from '../../src/sockets/option-table.ts';
import type { Pattern } from '../../src/sockets/pattern.ts';
import { DealerPattern } from '../../src/sockets/dealer.ts';
import { PairPattern } from '../../src/sockets/pair.ts';
import { PublisherPattern } from '../../src/sockets/publisher.ts';
import { PushPattern } from '../../src/sockets/push.ts';
import { RequestPattern } from '../../src/sockets/request.ts';
import { RouterPattern } from '../../src/sockets/router.ts';
import { XPublisherPattern } from '../../src/sockets/xpublisher.ts';
import { XSubscriberPattern } from '../../src/sockets/xsubscriber.ts';
import { FakePeer, text } from '../support/fake-peer.ts';
import { World } from '../support/world.ts';

const detached = suite('a peer that was let go');

const { context } = new World();
const { values: options } = makeOptions({}, { own: [], typical: {}, changed: () => undefined });
const events = { readable: (): void => {}, writable: (): void => {} };

const SENDERS: Record<string, () => Pattern> = {
  DEALER: () => new DealerPattern(events),
  PAIR: () => new PairPattern(events),
  PUB: () => new PublisherPattern(events, options, context),
  PUSH: () => new PushPattern(events),
  REQ: () => new RequestPattern(events, { correlate: false, relaxed: false }, () => 0),
  ROUTER: () => new RouterPattern(events, { mandatory: false, handover: false }, () => 0),
  XPUB: () => new XPublisherPattern(events, options, context),
  XSUB: () => new XSubscriberPattern(events, options, context),
};

for (const [name, make] of Object.entries(SENDERS)) {
  detached(`gets nothing more from a ${name}`, () => {
    const message = name === 'ROUTER' ? [...text('me'), ...text('x')] : text('x');
    for (const letGo of [false, true]) {
      const pattern = make();
      const peer = new FakePeer(1, { routingId: 'me' });
      pattern.attach(peer);
      pattern.connected(peer);
      peer.inbound.write(text('\x01')); // a publisher takes it for a wish to hear everything
      if (letGo) pattern.detach(peer);
      pattern.trySend(message);
      assert.is(peer.outbound.size, letGo ? 0 : 1, letGo ? 'let go' : 'connected');
    }
  });
}

detached.run();

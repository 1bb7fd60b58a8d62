import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Traffic } from '../../src/engine/counters.ts';
import { LivePeer } from '../../src/engine/live-peer.ts';
import type { Sender } from '../../src/message.ts';
import { text } from '../support/fake-peer.ts';
import { Heap } from '../support/zmtp-heap.ts';

const peer = suite('a peer');

function sender(connectionId: number): Sender {
  return {
    connectionId,
    remoteAddress: 'mem://x',
    version: '3.1',
    socketType: 'PUSH',
    userId: undefined,
    routingId: new Uint8Array(0),
    metadata: new Map(),
  };
}

peer('keeps of those who were there before only who has said something that is unread', async () => {
  const heap = new Heap();
  const live = new LivePeer(1, {
    marks: { send: 0, receive: 0 },
    conflation: { send: false, receive: false },
    traffic: new Traffic(),
  });
  const bring = (words: number): void => {
    live.traffic.receivedMessages(words);
    for (let i = 0; i < words; i += 1) live.inbound.write(text('x'));
  };
  for (let i = 0; i < 100; i += 1) {
    live.meet(heap.watch(sender(i)));
    bring(i === 10 || i === 20 ? 3 : 0);
  }
  assert.is(await heap.survivors(), 3, 'the two, and who is there now');
  const names: (number | undefined)[] = [];
  for (let i = 0; i < 6; i += 1) {
    live.inbound.read();
    names.push(live.sender?.connectionId);
  }
  assert.equal(names, [10, 10, 10, 20, 20, 20]);
  live.meet(sender(100));
  assert.is(await heap.survivors(), 0);
  assert.is(live.connections, 101);
});

peer.run();

// @deadline 60
/** Sealed messages wait in memory that is used again: none may change while a slow libzmq has not read it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Push } from '../../src/index.ts';
import { startPeer } from '../support/peers/peer.ts';
import { body } from './matrix.ts';
import { CURVE_SERVER, curveClient } from './security.ts';

const COUNT = 40;

const slow = suite('sealed messages for a slow reader');

for (const library of ['npm', 'python'] as const) {
  slow(`arrive at a libzmq of ${library} as they were sent, whatever waits`, async () => {
    const peer = await startPeer(library);
    const [one, other] = [new Push(curveClient()), new Push(curveClient())];
    try {
      const pull = await peer.open('PULL', { ...CURVE_SERVER, receiveHighWaterMark: 1 });
      const endpoint = await pull.bind('tcp://127.0.0.1:*');
      const messages = Array.from({ length: COUNT }, (_, i) => Buffer.from(body(150_000 + 10_000 * i)).fill(i, 0, 4));
      for (const push of [one, other]) push.connect(endpoint);
      const sending = [one, other].map(async (push, which) => {
        for (const [i, message] of messages.entries()) if (i % 2 === which) await push.send(message);
      });
      const left = new Set(messages.map((_, i) => i));
      while (left.size > 0) {
        const [received] = await pull.receive();
        const i = received?.[0] ?? -1;
        assert.ok(left.delete(i), `message ${String(i)} came once`);
        assert.ok(messages[i]?.equals(received ?? Buffer.of()), `message ${String(i)} is as it was sent`);
      }
      await Promise.all(sending);
    } finally {
      await Promise.all([one, other].map(push => push.close({ linger: 0 })));
      await peer.kill();
    }
  });
}

slow.run();

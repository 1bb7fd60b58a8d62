import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull, Push } from '../../src/index.ts';

const turns = suite('turns of the event loop');

/** How many messages of 1,000 octets leave before the event loop goes round, when nobody holds the sender back. */
async function sentInOneTurn(send: (push: Push) => Promise<void>): Promise<number> {
  const [push, pull] = [new Push({ sendHighWaterMark: 50, linger: 0 }), new Pull()];
  await pull.bind('tcp://127.0.0.1:*');
  push.connect(pull.lastEndpoint ?? '');
  await push.send('first');
  await pull.receive(); // the connection stands, and the system's buffers are empty
  const loop = { wentRound: false };
  setImmediate(() => (loop.wentRound = true));
  let sent = 0;
  while (!loop.wentRound && sent < 5000) {
    await send(push);
    sent += 1;
  }
  await Promise.all([push.close(), pull.close()]);
  return sent;
}

const body = Buffer.alloc(1000);

turns('come to everybody while one socket sends and sends', async () => {
  assert.ok((await sentInOneTurn(push => push.send(body))) < 1500);
});

turns('come to everybody also when the sender only waits for room', async () => {
  const sent = await sentInOneTurn(async push => {
    if (!push.trySend(body)) await push.send(body);
  });
  assert.ok(sent < 1500, `${String(sent)} messages`);
});

turns.run();

/** On the real loopback: what a peer has sent arrives, although the peer has gone and the receiver takes its time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { inTcpWorld, until } from '../support/tcp-world.ts';
import { texts } from '../support/world.ts';

const lastWords = suite('last words');

const COUNT = 5000;

for (const senderBinds of [false, true]) {
  inTcpWorld(
    lastWords,
    `arrive at a slow receiver, of one that ${senderBinds ? 'is bound' : 'connects'}`,
    async world => {
      const pull = world.open(Pull, { receiveHighWaterMark: 5 });
      const push = world.open(Push, { linger: -1 });
      if (senderBinds) pull.connect(await world.bind(push));
      else push.connect(await world.bind(pull));
      const sending = (async () => {
        for (let i = 0; i < COUNT; i += 1) await push.send([`${i}`, 'x'.repeat(100)]);
        assert.equal(await push.close(), { dropped: 0 });
      })();
      let ended = false;
      pull.events.on('disconnect', () => (ended = true));
      for (let i = 0; i < COUNT; i += 1) {
        // a pause in which the sender goes: its farewell takes a second at most
        if (i === 100) await new Promise(resolve => setTimeout(resolve, 1500));
        assert.is(texts(await pull.receive({ timeout: 5000 }))[0], `${i}`);
      }
      await sending;
      await until(() => ended, 'the end of the stream');
    },
  );
}

lastWords.run();

/** Contracts: pausing, letting go, closing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import * as assert from 'uvu/assert';
import { ascii, filled } from '../../../conformance/src/raw/octets.ts';
import type { SocketType } from '../../../conformance/src/target/protocol.ts';
import type { TargetSocket } from '../../../conformance/src/target/target-socket.ts';
import type { Trial } from '../../../conformance/src/trial/trial.ts';
import { join, type Contract } from './bench.ts';

const X = { parts: [ascii('x')] };
const LARGE_BYTES = 256 * 1024;
const TRIES = 1000;

/** Binds where somebody has just let go, which may take the system a moment. */
async function bindAgain(trial: Trial, type: SocketType, endpoint: string): Promise<TargetSocket> {
  for (let i = 0; ; i += 1) {
    try {
      return await trial.open({}, { type, role: 'bind', endpoint });
    } catch (cause) {
      if (i === TRIES) throw cause;
    }
  }
}

export const lifeContracts: readonly Contract[] = [
  {
    name: 'who is paused receives nothing, so that its peer has to wait, and all of it later',
    needs: ['type:PULL'],
    run: async bench => {
      const [pull, push] = await join(bench, ['PULL', 'bind', { recvQueue: 2 }], ['PUSH', { sendQueue: 2 }]);
      assert.is(await push.send({ parts: [ascii('first')] }), 'sent');
      await pull.expectMessage(); // now one receive more has begun
      await pull.pause();
      let sent = 0;
      while (sent < 100 && (await push.send({ parts: [filled(LARGE_BYTES, sent)] }, 300)) === 'sent') sent += 1;
      assert.ok(sent < 100, 'the peer never had to wait');
      assert.is(pull.waiting, 0);
      await pull.resume();
      for (let i = 0; i < sent; i += 1) assert.equal((await pull.expectMessage()).parts[0]?.[0], i);
      assert.is(await push.send(X), 'sent');
      assert.equal((await pull.expectMessage()).parts, X.parts);
    },
  },

  {
    name: 'who disconnects has no peer any more',
    needs: ['type:PUSH'],
    run: async bench => {
      const [push, pull] = await join(bench, ['PUSH', 'connect'], ['PULL']);
      assert.is(await push.send(X), 'sent');
      await pull.expectMessage();
      await push.disconnect();
      assert.is(await push.send(X, 0), 'would-block');
    },
  },

  {
    name: 'who disconnects from where it was bound leaves the place to others',
    needs: ['type:PULL'],
    run: async ({ it, other }) => {
      const pull = await it.open({}, { type: 'PULL', role: 'bind' });
      await pull.disconnect();
      const there = await bindAgain(other, 'PULL', pull.endpoint);
      assert.is(there.endpoint, pull.endpoint);
    },
  },

  {
    name: 'who closes leaves its place and its peers',
    needs: ['type:PULL'],
    run: async bench => {
      const [pull, push] = await join(bench, ['PULL', 'bind'], ['PUSH']);
      assert.is(await push.send({ parts: [ascii('to the old one')] }), 'sent');
      await pull.expectMessage();
      await pull.close();
      const there = await bindAgain(bench.other, 'PULL', pull.endpoint);
      let heard;
      while (heard === undefined) {
        await push.send({ parts: [ascii('to the new one')] }, 100);
        heard = await there.receive(100);
      }
      assert.equal(heard.parts, [ascii('to the new one')]);
    },
  },

  {
    name: 'what lingers leaves after the close, over ipc',
    needs: ['transport:ipc', 'type:PUSH'],
    run: async ({ it, other }) => {
      const folder = mkdtempSync(joinPath(tmpdir(), 'adaptors-'));
      try {
        const endpoint = `ipc://${joinPath(folder, 's')}`;
        const push = await it.open({ lingerMs: 5000 }, { type: 'PUSH', role: 'connect', endpoint });
        assert.is(await push.send(X), 'sent');
        const closed = push.close();
        const pull = await other.open({}, { type: 'PULL', role: 'bind', endpoint });
        assert.equal((await pull.expectMessage()).parts, X.parts);
        await closed;
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },

  {
    name: 'a context ends with all that is in it, and its name may be used again',
    needs: ['type:PUSH', 'type:PULL'],
    run: async ({ it, other }) => {
      const context = 'to be ended';
      const pull = await it.open({}, { type: 'PULL', role: 'bind', context });
      const absent = await other.open({}, { type: 'PULL', role: 'bind' });
      await absent.disconnect();
      const push = await it.open(
        { lingerMs: 60_000 },
        { type: 'PUSH', role: 'connect', endpoint: absent.endpoint, context },
      );
      assert.is(await push.send(X), 'sent'); // and never leaves
      await it.zap({}, context);
      await it.process.ask({ do: 'end-context', context });
      await it.zap({}, context);
      const again = await it.open({}, { type: 'PULL', role: 'bind', context });
      const there = await other.open({}, { type: 'PUSH', role: 'connect', endpoint: again.endpoint });
      assert.is(await there.send(X), 'sent');
      assert.equal((await again.expectMessage()).parts, X.parts);
      await bindAgain(other, 'PULL', pull.endpoint);
      await it.process.ask({ do: 'end-context', context });
      await it.process.ask({ do: 'end-context', context: 'never heard of' });
      it.process.forget(push.sid);
    },
  },
];

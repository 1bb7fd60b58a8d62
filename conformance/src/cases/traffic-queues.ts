/** Traffic: what waits for a connection, and for which. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { parts, told } from '../raw/parts.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import { emitted, mustSend, settle } from '../trial/exchange.ts';
import { sendUntilRefused } from '../trial/flood.ts';

export const trafficQueueCases: readonly Case[] = [
  defineCase({
    id: 'traffic/3',
    roles: ['connect'],
    types: ['DEALER'],
    judge: { 'after a reconnect': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const first = await settle(trial, socket);
      for (const text of ['one', 'two', 'three']) await mustSend(socket, parts(text));
      for (const text of ['one', 'two', 'three']) await first.expectMessage(text);
      first.destroy();
      const second = await trial.join(socket); // no PING: what is sent again may come ahead of its answer
      await mustSend(socket, parts('four'));
      const next = told(await second.expectMessage('the next message'));
      return { 'after a reconnect': next === 'four' ? 'as-required' : `differs(${next} again)` };
    },
  }),

  defineCase({
    id: 'traffic/4',
    roles: ['connect'],
    types: ['DEALER'],
    judge: {
      'before the listener exists': { rfc: ['delivered'] },
      'between connections': { rfc: ['delivered'] },
    },
    run: async trial => {
      const reserved = await trial.listen();
      const { port, endpoint } = reserved;
      reserved.close();
      const socket = await trial.open({}, { endpoint });
      await mustSend(socket, parts('one'));
      await mustSend(socket, parts('two'));
      const listener = await trial.listen(port);
      const call = async (): Promise<RawPeer> => trial.keep(await listener.expectCall(3 * trial.stepMs));
      const first = await call();
      await trial.introduce(first, socket.type);
      const before = await bothCome(first, 'one', 'two');

      first.destroy();
      // Its next call shows that it knows; this one leads nowhere.
      const held = await call();
      await mustSend(socket, parts('three'));
      await mustSend(socket, parts('four'));
      held.destroy();
      const second = await call();
      await trial.introduce(second, socket.type);
      return {
        'before the listener exists': before,
        'between connections': await bothCome(second, 'three', 'four'),
      };
    },
  }),

  defineCase({
    id: 'traffic/5',
    roles: ['bind'],
    types: ['DEALER'],
    judge: { 'to the next peer': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open({ sendQueue: 5 });
      const first = await settle(trial, socket);
      first.pause();
      const { refused } = await sendUntilRefused(socket);
      if (!refused) return { 'to the next peer': 'unreached(the queue was never full)' };
      first.destroy();
      const second = await trial.join(socket); // no PING: the first that comes is the question
      // Several: some may still be for the peer that has left.
      for (const text of ['new 1', 'new 2', 'new 3', 'new 4']) await mustSend(socket, parts(text));
      const next = await second.expectMessage('a message');
      const stale = !told(next).startsWith('new ');
      return { 'to the next peer': stale ? 'differs(what was for the one before)' : 'as-required' };
    },
  }),
];

async function bothCome(peer: RawPeer, ...texts: readonly string[]): Promise<Token> {
  for (const text of texts) {
    const one = await emitted(peer, parts(text));
    if (one !== 'delivered') return one;
  }
  return 'delivered';
}

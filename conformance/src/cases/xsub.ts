/** XSUB: what its application tells publishers. RFC 29 "The XSUB Socket Type". */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ascii, filled, toAscii } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { reach } from '../trial/arrivals.ts';
import { ask, countTold, expectTold, judgeTold, toldIn, toldUpToNow } from '../trial/upstream.ts';

const A = ascii('A');

export const xsubCases: readonly Case[] = [
  defineCase({
    id: 'xsub/1',
    types: ['XSUB'],
    judge: {
      '01 A': { rfc: ['as-required'] },
      '00 A': { rfc: ['as-required'] },
      '01 and 300 octets': { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket);
      await ask(socket, 'subscribe', ascii('before'));
      await expectTold(peer); // in either form: the socket may not have known of its peer yet
      await ask(socket, 'subscribe', A);
      const begun = judgeTold(await expectTold(peer), { kind: 'SUBSCRIBE', topic: A, command: true });
      await ask(socket, 'unsubscribe', A);
      const ended = judgeTold(await expectTold(peer), { kind: 'CANCEL', topic: A, command: true });
      const topic = filled(300, 0x61);
      await ask(socket, 'subscribe', topic);
      const long = judgeTold(await expectTold(peer), { kind: 'SUBSCRIBE', topic, command: true });
      return { '01 A': begun, '00 A': ended, '01 and 300 octets': long };
    },
  }),

  defineCase({
    id: 'xsub/2',
    types: ['XSUB'],
    judge: {
      'one publisher': { rfc: ['delivered'] },
      'one publisher, two parts': { rfc: ['delivered'] },
      'another publisher': { rfc: ['delivered'] },
      'another publisher, two parts': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peers = [await trial.join(socket), ...(trial.role === 'bind' ? [await trial.join(socket)] : [])];
      await ask(socket, 'subscribe', A);
      for (const peer of peers) await expectTold(peer); // and so it has seen them
      await socket.send({ parts: [ascii('user')] });
      await socket.send({ parts: [ascii('user'), ascii('w')] });
      await ask(socket, 'unsubscribe', A);
      const [one, other] = await Promise.all(peers.map(peer => sentTo(peer)));
      return {
        'one publisher': one?.has('user') === true ? 'delivered' : 'dropped',
        'one publisher, two parts': one?.has('user,w') === true ? 'delivered' : 'dropped',
        ...(other && {
          'another publisher': other.has('user') ? 'delivered' : 'dropped',
          'another publisher, two parts': other.has('user,w') ? 'delivered' : 'dropped',
        }),
      };
    },
  }),

  defineCase({
    id: 'xsub/3',
    types: ['XSUB'],
    judge: {
      'a message of no subscription': { rfc: ['delivered', 'dropped'], wire: ['delivered'] },
      'a cancellation of an unknown topic': { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket);
      await ask(socket, 'subscribe', A);
      await expectTold(peer);
      const { it } = await reach(trial, socket, peer, { it: [ascii('B1')] }, [A]);
      await ask(socket, 'unsubscribe', 'B');
      const told = await toldUpToNow(socket, peer);
      return {
        'a message of no subscription': it,
        'a cancellation of an unknown topic': countTold(told, 'CANCEL', 'B') === 0 ? 'dropped' : 'delivered',
      };
    },
  }),

  defineCase({
    id: 'xsub/4',
    types: ['XSUB', 'SUB'],
    judge: {
      'an XSUB is closed': { rfc: ['as-required'] },
      'an XSUB is disconnected': { rfc: ['as-required'] },
      // Only an XSUB should: a SUB may send requests, or not.
      'a SUB is closed': { rfc: ['as-required', 'closed'] },
      'a SUB is disconnected': { rfc: ['as-required', 'closed'] },
    },
    run: async trial => {
      const subscribed = async (): Promise<[TargetSocket, RawPeer]> => {
        const socket = await trial.open({ lingerMs: 500 }); // time for last words
        const peer = await trial.join(socket);
        for (const topic of ['A', 'B']) await ask(socket, 'subscribe', topic);
        await expectTold(peer);
        await expectTold(peer);
        return [socket, peer];
      };
      const [first, one] = await subscribed();
      await first.close();
      const closed = await lastWords(one);
      const who = trial.type === 'XSUB' ? 'an XSUB' : 'a SUB';
      if (trial.role === 'bind') return { [`${who} is closed`]: closed }; // who unbinds may keep whom it has
      const [second, other] = await subscribed();
      await second.disconnect();
      return { [`${who} is closed`]: closed, [`${who} is disconnected`]: await lastWords(other) };
    },
  }),
];

/** The messages that come in front of a cancellation, parts joined by commas. */
async function sentTo(peer: RawPeer): Promise<ReadonlySet<string>> {
  const messages = new Set<string>();
  let parts: string[] = [];
  for (;;) {
    const frame = await peer.expectFrame('a cancellation');
    if (parts.length === 0 && toldIn(frame)?.kind === 'CANCEL') return messages;
    if (frame.command) continue;
    parts.push(toAscii(frame.body));
    if (frame.more) continue;
    messages.add(parts.join());
    parts = [];
  }
}

/** Whether both subscriptions are cancelled before the connection ends. */
async function lastWords(peer: RawPeer): Promise<Token> {
  let cancelled = 0;
  for (;;) {
    const frame = await peer.frame();
    if (frame === 'closed') return cancelled === 2 ? 'as-required' : peer.closed();
    if (frame === 'silent') return 'open';
    if (toldIn(frame)?.kind === 'CANCEL') cancelled += 1;
  }
}

/** REP. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { join } from '../raw/octets.ts';
import { parts, sameParts, told } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { emitted, mustSend, settle, taken } from '../trial/exchange.ts';
import { fairly } from '../trial/turns.ts';

/** A request that the application gets, and its answer. */
async function dialogue(socket: TargetSocket, peer: RawPeer, envelope: readonly string[]): Promise<Token> {
  peer.write(message(...parts(...envelope, 'question')));
  const asked = await taken(socket, parts('question'));
  if (asked !== 'delivered') return asked;
  await mustSend(socket, parts('answer'));
  return emitted(peer, parts(...envelope, 'answer'));
}

/** Nothing says what becomes of a connection on which such a request came, but no application may be asked. */
const MALFORMED = { rfc: ['dropped', 'closed', 'closed+ERROR(*)'], wire: ['dropped'] } as const;

export const repCases: readonly Case[] = [
  defineCase({
    id: 'rep/1',
    types: ['REP'],
    judge: { 'two ids': { rfc: ['delivered'] }, 'the delimiter alone': { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      return {
        'two ids': await dialogue(socket, peer, ['id1', 'id2', '']),
        'the delimiter alone': await dialogue(socket, peer, ['']),
      };
    },
  }),

  defineCase({
    id: 'rep/2',
    types: ['REP'],
    judge: { 'no delimiter': MALFORMED, 'one part': MALFORMED, 'the delimiter last': MALFORMED },
    run: async trial => {
      const ask = async (...bad: string[]): Promise<Token> => {
        const socket = await trial.open(); // a connecting target may not come back
        const peer = await settle(trial, socket);
        peer.write(join(message(...parts(...bad)), message(...parts('', 'good'))));
        const got = await socket.receive();
        if (got === undefined) return peer.closedAt === undefined ? 'mute' : peer.closed();
        return sameParts(got.parts, parts('good')) ? 'dropped' : 'delivered';
      };
      return {
        'no delimiter': await ask('a', 'b'),
        'one part': await ask('a'),
        'the delimiter last': await ask('id', ''),
      };
    },
  }),

  defineCase({
    id: 'rep/3',
    types: ['REP'],
    judge: {
      'send first': { rfc: ['refused'] },
      'a request, after that': { rfc: ['delivered'] },
      'send twice': { rfc: ['refused'] },
      'a second request, before the reply': { rfc: ['as-required'] },
      'a second request, after it': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket, { socketType: 'DEALER' });
      const unasked = await socket.send({ parts: parts('x') }, 50);
      const regular = await dialogue(socket, peer, ['']);
      const twice = await socket.send({ parts: parts('x') }, 50);
      peer.write(join(message(...parts('', 'one')), message(...parts('', 'two'))));
      const one = await socket.expectMessage();
      await trial.fate(peer);
      const early = socket.waiting > 0 || !sameParts(one.parts, parts('one'));
      await mustSend(socket, parts('to one'));
      return {
        'send first': unasked === 'sent' ? 'differs(sent)' : 'refused',
        'a request, after that': regular,
        'send twice': twice === 'sent' ? 'differs(sent)' : 'refused',
        'a second request, before the reply': early ? 'differs(delivered)' : 'as-required',
        'a second request, after it': await taken(socket, parts('two')),
      };
    },
  }),

  defineCase({
    id: 'rep/4',
    roles: ['bind'],
    types: ['REP'],
    judge: { fairly: { rfc: ['as-required'] }, 'replies to who asked': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      // Only a DEALER may ask again before it is answered.
      const asker = () => settle(trial, socket, { socketType: 'DEALER' });
      const [a, b] = [await asker(), await asker()];
      await socket.pause();
      a.write(join(...['a1', 'a2', 'a3'].map(text => message(...parts('', text)))));
      b.write(join(...['b1', 'b2'].map(text => message(...parts('', text)))));
      await trial.fate(a);
      await trial.fate(b);
      await socket.resume();
      const order: string[] = [];
      while (order.length < 5) {
        const { parts: asked } = await socket.expectMessage();
        order.push(told(asked));
        await mustSend(socket, asked);
      }
      const replies = [a, a, a, b, b];
      const got: string[] = [];
      for (const peer of replies) got.push(told(await peer.expectMessage('reply')));
      const right = got.join(' ') === '(empty)+a1 (empty)+a2 (empty)+a3 (empty)+b1 (empty)+b2';
      return { fairly: fairly(order), 'replies to who asked': right ? 'as-required' : `differs(${got.join(' ')})` };
    },
  }),

  defineCase({
    id: 'rep/5',
    types: ['REP'],
    judge: {
      // RFC 28 lets a target say that the peer is gone, too; it may only not wait.
      'the reply': { rfc: ['dropped', 'refused'] },
      'the next dialogue': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const first = await settle(trial, socket);
      first.write(message(...parts('', 'question')));
      if ((await taken(socket, parts('question'))) !== 'delivered') throw new Unreached('no request was taken');
      first.destroy();
      const second = await settle(trial, socket);
      const began = performance.now();
      const late = await socket.send({ parts: parts('late') }, trial.stepMs);
      const blocks = performance.now() - began > trial.stepMs / 2;
      return {
        'the reply': late === 'sent' ? 'dropped' : blocks ? 'differs(blocks)' : 'refused',
        'the next dialogue': await dialogue(socket, second, ['']),
      };
    },
  }),
];

/** DEALER. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { Inbox } from '../raw/inbox.ts';
import { join } from '../raw/octets.ts';
import { parts, told } from '../raw/parts.ts';
import { emitted, mustSend, settle, taken } from '../trial/exchange.ts';
import { fairly, inTurn } from '../trial/turns.ts';

export const dealerCases: readonly Case[] = [
  defineCase({
    id: 'dealer/1',
    types: ['DEALER'],
    judge: { in: { rfc: ['delivered'] }, out: { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      peer.write(message(...parts('a', '', 'b')));
      const inward = await taken(socket, parts('a', '', 'b'));
      await mustSend(socket, parts('a', '', 'b'));
      return { in: inward, out: await emitted(peer, parts('a', '', 'b')) };
    },
  }),

  defineCase({
    id: 'dealer/2',
    roles: ['bind'],
    types: ['DEALER'],
    judge: { 'round-robin out': { rfc: ['as-required'] }, 'fairly in': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const [a, b] = [await settle(trial, socket), await settle(trial, socket)];
      await socket.pause();
      a.write(join(...['a1', 'a2', 'a3', 'a4'].map(text => message(...parts(text)))));
      b.write(join(...['b1', 'b2', 'b3', 'b4'].map(text => message(...parts(text)))));
      await trial.fate(a);
      await trial.fate(b);
      await socket.resume();
      const order: string[] = [];
      while (order.length < 8) order.push(told((await socket.expectMessage()).parts));

      const inbox = new Inbox(a, b);
      const sent = ['1', '2', '3', '4', '5', '6'];
      for (const text of sent) await mustSend(socket, parts(text));
      return { 'round-robin out': await inTurn(inbox, sent, trial.stepMs), 'fairly in': fairly(order) };
    },
  }),

  defineCase({
    id: 'dealer/3',
    roles: ['bind'],
    types: ['DEALER'],
    judge: { 'no peer yet': { rfc: ['refused'] } },
    run: async trial => {
      const socket = await trial.open();
      const answer = await socket.send({ parts: parts('x') }, 50);
      return { 'no peer yet': answer === 'sent' ? 'dropped' : 'refused' };
    },
  }),
];

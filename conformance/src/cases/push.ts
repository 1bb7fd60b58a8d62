/** PUSH and PULL. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { Inbox } from '../raw/inbox.ts';
import { join } from '../raw/octets.ts';
import { parts, told } from '../raw/parts.ts';
import { emitted, mustSend, settle } from '../trial/exchange.ts';
import { LARGE, numbers, piece, sendUntilRefused } from '../trial/flood.ts';
import { fairly, inTurn } from '../trial/turns.ts';

/** More messages than any queue is set to by default. */
const MANY = 2_000;

export const pushCases: readonly Case[] = [
  defineCase({
    id: 'push/1',
    roles: ['bind'],
    types: ['PUSH'],
    judge: { 'no peer yet': { rfc: ['refused'] }, 'two peers': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const alone = await socket.send({ parts: parts('x') }, 50);
      const inbox = new Inbox(await settle(trial, socket), await settle(trial, socket));
      const sent = ['1', '2', '3', '4', '5', '6'];
      for (const text of sent) await mustSend(socket, parts(text));
      return {
        'no peer yet': alone === 'sent' ? 'dropped' : 'refused',
        'two peers': await inTurn(inbox, sent, trial.stepMs),
      };
    },
  }),

  defineCase({
    id: 'push/2',
    types: ['PUSH'],
    judge: {
      'at the limit': { rfc: ['refused'] },
      'what was taken': { rfc: ['delivered'] },
      afterwards: { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open({ sendQueue: 5 });
      const peer = await settle(trial, socket);
      peer.pause();
      const { sent, refused } = await sendUntilRefused(socket);
      peer.resume();
      const got = await numbers(peer, sent);
      await mustSend(socket, parts('after'));
      return {
        'at the limit': refused ? 'refused' : 'differs(takes whatever comes)',
        'what was taken': got.length === sent && got.every((number, i) => number === i) ? 'delivered' : 'altered',
        afterwards: await emitted(peer, parts('after')),
      };
    },
  }),

  defineCase({
    id: 'push/3',
    types: ['PUSH'],
    judge: {
      // RFC 30 has no word for what a PULL sends; a target may as well read and discard it.
      'the flood': { rfc: ['mute', 'dropped', 'closed', 'closed+ERROR(*)'], wire: ['mute'] },
    },
    run: async trial => {
      const socket = await trial.open({ recvQueue: 10 });
      const peer = await settle(trial, socket);
      peer.write(join(...Array.from({ length: MANY }, () => message(...parts('x')))), 'small ones');
      peer.write(join(...[...LARGE, ...LARGE].map(number => message(piece(number)))), 'more than buffers take');
      const fate = await trial.fate(peer);
      if (fate === 'mute' && peer.drained) return { 'the flood': 'differs(taken, and no PING answered)' };
      return { 'the flood': fate === 'open' ? 'dropped' : fate };
    },
  }),

  defineCase({
    id: 'push/4',
    roles: ['bind'],
    types: ['PULL'],
    judge: { fairly: { rfc: ['as-required'] }, unchanged: { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const [a, b] = [await settle(trial, socket), await settle(trial, socket)];
      await socket.pause();
      a.write(join(...['a1', 'a2', 'a3', 'a4'].map(text => message(...parts(text, '', 'x')))));
      b.write(join(...['b1', 'b2', 'b3', 'b4'].map(text => message(...parts(text, '', 'x')))));
      await trial.fate(a);
      await trial.fate(b);
      await socket.resume();
      const got: string[] = [];
      while (got.length < 8) got.push(told((await socket.expectMessage()).parts));
      const odd = got.find(text => !/^[ab][1-4]\+\(empty\)\+x$/.test(text));
      return {
        fairly: fairly(got.map(text => text.slice(0, 2))),
        unchanged: odd === undefined ? 'as-required' : `differs(${odd})`,
      };
    },
  }),
];

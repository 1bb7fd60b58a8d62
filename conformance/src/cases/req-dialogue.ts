/** REQ: requests, one at a time, each to whose turn it is. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ping } from '../raw/command.ts';
import { frame, message, MORE } from '../raw/frame.ts';
import { Inbox } from '../raw/inbox.ts';
import { ascii, same } from '../raw/octets.ts';
import { parts, told } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import { heardUntilPong, mustSend, settle, taken } from '../trial/exchange.ts';

export const reqDialogueCases: readonly Case[] = [
  defineCase({
    id: 'req/1',
    types: ['REQ'],
    judge: { 'one part': { rfc: ['as-required'] }, 'several parts': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      const ask = async (...question: string[]): Promise<Token> => {
        await mustSend(socket, parts(...question));
        const form = await requestForm(peer, question);
        peer.write(message(...parts('', 'answer')));
        await socket.expectMessage();
        return form;
      };
      return { 'one part': await ask('q1'), 'several parts': await ask('q2', '', 'q3') };
    },
  }),

  defineCase({
    id: 'req/3',
    types: ['REQ'],
    judge: {
      'a second request': { rfc: ['refused'] },
      'on the wire': { rfc: ['as-required'] },
      'the reply to the first': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      await mustSend(socket, parts('q1'));
      const second = await socket.send({ parts: parts('q2') }, 50);
      await peer.expectMessage('request');
      const more = await heardUntilPong(trial, peer);
      peer.write(message(...parts('', 'answer')));
      return {
        'a second request': second === 'sent' ? 'differs(sent)' : 'refused',
        'on the wire': more.length === 0 ? 'as-required' : `differs(${told(more)})`,
        'the reply to the first': await taken(socket, parts('answer')),
      };
    },
  }),

  defineCase({
    id: 'req/4',
    roles: ['bind'],
    types: ['REQ'],
    judge: { 'no peer yet': { rfc: ['refused'] }, 'two peers': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const alone = await socket.send({ parts: parts('x') }, 50);
      const peers = [await settle(trial, socket), await settle(trial, socket)];
      const inbox = new Inbox(...peers);
      const asked: number[] = [];
      while (asked.length < 4) {
        await mustSend(socket, parts('question'));
        const arrival = await inbox.next(trial.stepMs);
        if (arrival === undefined) throw new Unreached('no request arrived');
        asked.push(arrival.peer);
        peers[arrival.peer]?.write(message(...parts('', 'answer')));
        await socket.expectMessage();
      }
      const order = asked.join(' ');
      return {
        'no peer yet': alone === 'sent' ? 'dropped' : 'refused',
        'two peers': order === '0 1 0 1' || order === '1 0 1 0' ? 'as-required' : `differs(${order})`,
      };
    },
  }),

  defineCase({
    id: 'req/8',
    types: ['REQ'],
    judge: {
      'PING before the reply': { rfc: ['delivered'] },
      'PING between its frames': { rfc: ['delivered'] },
      'PING behind it': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      const reply = [frame(ascii(''), { flags: MORE }), frame(ascii('answer'))];
      const answer = async (pingAt: number): Promise<Token> => {
        await mustSend(socket, parts('question'));
        await peer.expectMessage('request');
        for (const [i, octets] of [...reply, undefined].entries()) {
          if (i === pingAt) {
            peer.write(ping('heartbeat'), 'PING');
            const pong = await peer.expectCommand('PONG');
            if (!same(pong.data, ascii('heartbeat'))) return 'differs(PONG)';
          }
          if (octets !== undefined) peer.write(octets);
        }
        return taken(socket, parts('answer'));
      };
      return {
        'PING before the reply': await answer(0),
        'PING between its frames': await answer(1),
        'PING behind it': await answer(2),
      };
    },
  }),

  defineCase({
    id: 'req/9',
    types: ['REQ'],
    judge: {
      // RFC 28 does not know of lost requests: to ask again, or to let ask again, is a way of its own.
      'the request': { rfc: ['dropped', 'replied(again)'], wire: ['dropped'] },
      'the next send': { rfc: ['refused', 'open'], wire: ['refused'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const first = await settle(trial, socket);
      await mustSend(socket, parts('question'));
      await first.expectMessage('request');
      first.destroy();
      const second = await trial.join(socket);
      // Twice: the first answer may overtake what the handshake has set free.
      const again = [...(await heardUntilPong(trial, second)), ...(await heardUntilPong(trial, second))];
      const next = await socket.send({ parts: parts('next') }, 50);
      return {
        'the request': again.length === 0 ? 'dropped' : 'replied(again)',
        'the next send': next === 'sent' ? 'open' : 'refused',
      };
    },
  }),
];

/** Frame by frame: an empty one with MORE, then the question's own. */
async function requestForm(peer: RawPeer, question: readonly string[]): Promise<Token> {
  for (const [i, text] of ['', ...question].entries()) {
    const { command, more, body } = await peer.expectFrame('request');
    const wanted = !command && more === i < question.length && same(body, ascii(text));
    if (!wanted) return `differs(frame ${i}: ${told([body])}${more ? ', more' : ''})`;
  }
  return 'as-required';
}

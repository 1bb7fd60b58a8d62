/** CLIENT, SERVER and PEER. RFC 41, 51; RFC 37 "Thread-Safe Socket Types". */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { ascii, toAscii } from '../raw/octets.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { flood } from '../trial/flood.ts';
import { discardParts, SINGLE_PART_JUDGE } from '../trial/single-part.ts';
import { takesTurns } from '../trial/turns.ts';

/** Large messages that are sent to a peer that does not read: no queue and no system takes as many. */
const TOO_MANY = 200;
/** What an application waits for room. */
const PATIENCE_MS = 100;

export const csCases: readonly Case[] = [
  defineCase({
    id: 'cs/1',
    types: ['CLIENT', 'SERVER', 'PEER'],
    judge: SINGLE_PART_JUDGE,
    run: trial => discardParts(trial, 'many peers'),
  }),

  defineCase({
    id: 'cs/2',
    types: ['CLIENT', 'SERVER'],
    judge: {
      'two parts': { rfc: ['refused'] },
      'one part behind': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket);
      const routingId = await idOf(socket, peer);
      const to = trial.type === 'SERVER' && routingId !== undefined ? { routingId } : {};
      const two = await socket.send({ parts: [ascii('m1'), ascii('m2')], ...to });
      await socket.send({ parts: [ascii('single')], ...to });
      const got = await peer.message();
      const came = typeof got === 'string' ? got : got.map(toAscii).join();
      return {
        'two parts': two === 'sent' ? 'delivered' : 'refused',
        'one part behind': came === 'single' ? 'delivered' : `differs(${came})`,
      };
    },
  }),

  defineCase({
    id: 'cs/3',
    types: ['CLIENT'],
    roles: ['bind'],
    judge: { 'four messages to two peers': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const peers = [await trial.join(socket), await trial.join(socket)] as const;
      return { 'four messages to two peers': await takesTurns(socket, peers) };
    },
  }),

  defineCase({
    id: 'cs/4',
    types: ['SERVER', 'PEER'],
    judge: {
      'one peer': { rfc: ['as-required'] },
      'two peers of one Identity': { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const identity = ascii('same');
      const one = await idOf(socket, await trial.join(socket, { identity }));
      if (trial.role === 'connect') return { 'one peer': soundId(one) };
      const other = await idOf(socket, await trial.join(socket, { identity }));
      const sound = soundId(other);
      return {
        'one peer': soundId(one),
        'two peers of one Identity': sound === 'as-required' && one === other ? 'differs(the same id)' : sound,
      };
    },
  }),

  defineCase({
    id: 'cs/5',
    types: ['SERVER'],
    judge: {
      'to one of two': { rfc: ['delivered'] },
      'to the other': { rfc: ['delivered'] },
      'to nobody': { rfc: ['refused'] },
      'to one that does not read': { rfc: ['refused'] },
      'to one that reads, meanwhile': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open({ sendQueue: 2 });
      const first = await trial.join(socket);
      const firstId = await expectId(socket, first);
      const nobody = async (...known: readonly number[]): Promise<Token> => {
        const routingId = [12345, 12346, 12347].find(id => !known.includes(id)) ?? 0;
        const answer = await socket.send({ parts: [ascii('nobody')], routingId });
        return answer === 'no-route' ? 'refused' : `differs(${answer})`;
      };
      const send = async (routingId: number, peer: RawPeer, body: string): Promise<Token> => {
        await socket.send({ parts: [ascii(body)], routingId });
        const got = await peer.message();
        if (typeof got === 'string') return 'dropped';
        return got.map(toAscii).join() === body ? 'delivered' : 'altered';
      };
      if (trial.role === 'connect') {
        return { 'to one of two': await send(firstId, first, 'only'), 'to nobody': await nobody(firstId) };
      }
      const second = await trial.join(socket);
      const secondId = await expectId(socket, second);
      const toSecond = await send(secondId, second, 'second');
      const toFirst = await send(firstId, first, 'first');
      const unknown = await nobody(firstId, secondId);
      first.pause();
      const full = await flood(socket, TOO_MANY, body => ({ parts: [body], routingId: firstId }), PATIENCE_MS);
      return {
        'to one of two': toFirst,
        'to the other': toSecond,
        'to nobody': unknown,
        'to one that does not read': full === 'would-block' ? 'refused' : `differs(${full})`,
        'to one that reads, meanwhile': await send(secondId, second, 'meanwhile'),
      };
    },
  }),
];

/** The number that the target's application is told of this peer. */
async function idOf(socket: TargetSocket, peer: RawPeer): Promise<number | undefined> {
  peer.write(message(ascii('who am I?')));
  return (await socket.expectMessage()).routingId;
}

async function expectId(socket: TargetSocket, peer: RawPeer): Promise<number> {
  const id = await idOf(socket, peer);
  if (id === undefined) throw new Unreached('a message without a routing id');
  return id;
}

function soundId(id: number | undefined): Token {
  if (id === undefined) return 'differs(no id)';
  return Number.isInteger(id) && id > 0 && id <= 0xffff_ffff ? 'as-required' : `differs(${id})`;
}

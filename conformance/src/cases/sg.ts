/** SCATTER, GATHER and CHANNEL. RFC 49, 52; RFC 37 "Thread-Safe Socket Types". */
import { defineCase, type Case } from '../catalogue/case.ts';
import { ascii } from '../raw/octets.ts';
import { discardParts, SINGLE_PART_JUDGE } from '../trial/single-part.ts';
import { takesTurns } from '../trial/turns.ts';

/** What an application waits for a peer. */
const PATIENCE_MS = 100;

export const sgCases: readonly Case[] = [
  defineCase({
    id: 'sg/1',
    types: ['SCATTER'],
    roles: ['bind'],
    judge: {
      'without a peer': { rfc: ['refused'] },
      'four messages to two peers': { rfc: ['as-required'] },
      'two parts': { rfc: ['refused'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const alone = await socket.send({ parts: [ascii('nobody')] }, PATIENCE_MS);
      const peers = [await trial.join(socket), await trial.join(socket)] as const;
      const turns = await takesTurns(socket, peers);
      const two = await socket.send({ parts: [ascii('m1'), ascii('m2')] }, PATIENCE_MS);
      return {
        'without a peer': alone === 'sent' ? 'delivered' : 'refused',
        'four messages to two peers': turns,
        'two parts': two === 'invalid' ? 'refused' : `differs(${two})`,
      };
    },
  }),

  defineCase({
    id: 'sg/2',
    types: ['GATHER', 'CHANNEL'],
    judge: SINGLE_PART_JUDGE,
    run: trial => discardParts(trial, trial.type === 'CHANNEL' ? 'one peer' : 'many peers'),
  }),
];

/** PUB: what becomes of what subscribers send, and of what they do not read. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { subscribe } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, hex, join } from '../raw/octets.ts';
import { Audience } from '../trial/audience.ts';
import { overflow } from '../trial/overflow.ts';

export const pubDeliveryCases: readonly Case[] = [
  defineCase({
    id: 'pub/8',
    types: ['PUB'],
    judge: {
      'comes back': { rfc: ['dropped'] },
      'published behind "hello"': { rfc: ['delivered'] },
      'published behind two parts and an empty message': { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      const early = await audience.settle(join(subscribe(''), message(ascii('hello'))));
      const first = await audience.become({ it: [ascii('A1')] });
      const late = await audience.settle(join(message(ascii('hello'), hex('02')), message(ascii(''))));
      const second = await audience.become({ it: [ascii('A2')] });
      return {
        'comes back': early.length + late.length === 0 ? 'dropped' : 'delivered',
        'published behind "hello"': first.it,
        'published behind two parts and an empty message': second.it,
      };
    },
  }),

  defineCase({
    id: 'pub/10',
    types: ['PUB'],
    judge: {
      sending: { rfc: ['as-required'] },
      'what is too much': { rfc: ['dropped'] },
      afterwards: { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open({ sendQueue: 2 }));
      await audience.settle(subscribe('A'));
      return overflow(audience, ascii('A'));
    },
  }),
];

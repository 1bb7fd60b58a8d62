/** RADIO: who gets what. RFC 48, and RFC 37 "The Radio-Dish Pattern". */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { joinGroup, leaveGroup } from '../raw/command.ts';
import { message, MORE } from '../raw/frame.ts';
import { ascii, filled, hex, join, same } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import { Unreached } from '../raw/raw-peer.ts';
import { Audience, publish } from '../trial/audience.ts';
import { overflow } from '../trial/overflow.ts';

export const radioCases: readonly Case[] = [
  defineCase({
    id: 'radio/1',
    types: ['RADIO'],
    judge: {
      'the group itself': { rfc: ['delivered'] },
      'a longer one': { rfc: ['dropped'] },
      'in the other case': { rfc: ['dropped'] },
      'the empty one': { rfc: ['dropped'] },
      'before anything was joined': { rfc: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const audience = await Audience.join(trial, socket);
      await trial.fate(audience.peer);
      for (let i = 0; i < 3; i += 1) await publish(socket, [ascii('A'), ascii('unasked')]);
      const unasked = await audience.settle();
      await audience.settle(joinGroup('A'));
      const tokens = await audience.become({
        'the group itself': [ascii('A'), ascii('1')],
        'a longer one': [ascii('AB'), ascii('2')],
        'in the other case': [ascii('a'), ascii('3')],
        'the empty one': [ascii(''), ascii('A')],
      });
      return { ...tokens, 'before anything was joined': unasked.length === 0 ? 'dropped' : 'delivered' };
    },
  }),

  defineCase({
    id: 'radio/2',
    types: ['RADIO'],
    judge: {
      'group, then body': { rfc: ['as-required'] },
      'an empty body': { rfc: ['as-required'] },
      'a body of 300 octets': { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const audience = await Audience.join(trial, socket);
      await audience.settle(joinGroup('A'));
      const { peer } = audience;
      const written = async (body: Uint8Array): Promise<Token> => {
        await publish(socket, [ascii('A'), body]);
        for (;;) {
          const group = await peer.expectFrame('a group');
          if (group.command) continue;
          const second = group.more ? await peer.expectFrame('a body') : group;
          if (!group.more) return 'differs(one frame)';
          if (group.body[0] === 0x7e) continue; // a marker that came late
          if (group.flags !== MORE || !same(group.body, ascii('A'))) return `differs(group with flags ${group.flags})`;
          if (second.more || second.command) return `differs(body with flags ${second.flags})`;
          return same(second.body, body) ? 'as-required' : 'altered';
        }
      };
      return {
        'group, then body': await written(ascii('hello')),
        'an empty body': await written(ascii('')),
        'a body of 300 octets': await written(filled(300, 0x62)),
      };
    },
  }),

  defineCase({
    id: 'radio/3',
    types: ['RADIO'],
    judge: {
      'left: A': { rfc: ['dropped'] },
      'still joined: B': { rfc: ['delivered'] },
      'still joined after an unknown one was left': { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(join(joinGroup('A'), joinGroup('B'), leaveGroup('A')));
      const first = await audience.become({ a: [ascii('A'), ascii('1')], b: [ascii('B'), ascii('1')] });
      await audience.settle(join(leaveGroup('ZZ'), leaveGroup('A')));
      const second = await audience.become({ b: [ascii('B'), ascii('2')] });
      return {
        'left: A': first.a,
        'still joined: B': first.b,
        'still joined after an unknown one was left': second.b,
      };
    },
  }),

  defineCase({
    id: 'radio/4',
    types: ['RADIO'],
    judge: {
      'joined twice': { rfc: ['delivered'] },
      'joined twice, left once': { rfc: ['delivered'] },
      'joined twice, left twice': { rfc: ['dropped'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(join(joinGroup('A'), joinGroup('A')));
      const first = await audience.become({ it: [ascii('A'), ascii('1')] });
      await audience.settle(leaveGroup('A'));
      const second = await audience.become({ it: [ascii('A'), ascii('2')] });
      await audience.settle(leaveGroup('A'));
      const third = await audience.become({ it: [ascii('A'), ascii('3')] });
      return {
        'joined twice': first.it,
        'joined twice, left once': second.it,
        'joined twice, left twice': third.it,
      };
    },
  }),

  defineCase({
    id: 'radio/6',
    types: ['RADIO'],
    judge: {
      'joined n 00 x, sent to n': { rfc: ['dropped', 'closed', 'closed+ERROR(*)'], lenient: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      try {
        await audience.settle(joinGroup(hex('6e 00 78')));
      } catch (cause) {
        if (!(cause instanceof Unreached) || audience.peer.closedAt === undefined) throw cause;
        return { 'joined n 00 x, sent to n': audience.peer.closed() };
      }
      return { 'joined n 00 x, sent to n': (await audience.become({ it: [ascii('n'), ascii('1')] })).it };
    },
  }),

  defineCase({
    id: 'radio/7',
    types: ['RADIO'],
    judge: {
      'comes back': { rfc: ['dropped'] },
      'sent behind a message of one frame': { rfc: ['delivered'] },
      'sent behind a message of two': { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      const strange = [ascii('A'), ascii('mine')];
      const early = await audience.settle(join(joinGroup('A'), message(ascii('A'))));
      const first = await audience.become({ it: [ascii('A'), ascii('1')] });
      const late = await audience.settle(message(...strange));
      const second = await audience.become({ it: [ascii('A'), ascii('2')] });
      return {
        'comes back': [...early, ...late].some(parts => sameParts(parts, strange)) ? 'delivered' : 'dropped',
        'sent behind a message of one frame': first.it,
        'sent behind a message of two': second.it,
      };
    },
  }),

  defineCase({
    id: 'radio/8',
    types: ['RADIO'],
    judge: {
      sending: { rfc: ['as-required'] },
      'what is too much': { rfc: ['dropped'] },
      afterwards: { rfc: ['delivered'] },
      'two parts': { rfc: ['refused'] },
    },
    run: async trial => {
      const socket = await trial.open({ sendQueue: 2 });
      const audience = await Audience.join(trial, socket);
      await audience.settle(joinGroup('A'));
      const tokens = await overflow(audience, ascii('A'));
      const two = await socket.send({ parts: [ascii('m1'), ascii('m2')], group: ascii('A') });
      return { ...tokens, 'two parts': two === 'invalid' ? 'refused' : `differs(${two})` };
    },
  }),
];

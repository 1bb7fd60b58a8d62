/** PUB: which messages a subscription lets through, and how it begins and ends. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { cancel, subscribe } from '../raw/command.ts';
import { frame, MORE } from '../raw/frame.ts';
import { ascii, filled, hex, join } from '../raw/octets.ts';
import { Audience, type Form } from '../trial/audience.ts';

const BOTH = ['PUB', 'XPUB'] as const;

/** As ZMTP 3.0 has them: messages. */
const subscribe30: Form = topic => frame(join(hex('01'), topic));
const cancel30: Form = topic => frame(join(hex('00'), topic));

export const pubTopicCases: readonly Case[] = [
  defineCase({
    id: 'pub/1',
    types: ['PUB'],
    judge: {
      'without a subscription': { rfc: ['dropped'] },
      'subscribed to another topic': { rfc: ['dropped'] },
      subscribed: { rfc: ['delivered'] },
      'after the return': { rfc: ['dropped'] },
      // RFC 29 has the queue of an outgoing connection outlive it, and does not say whether its subscriptions do.
      'after the return, target connects': { rfc: ['dropped', 'delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const first = await Audience.join(trial, socket);
      await trial.fate(first.peer);
      for (let i = 0; i < 3; i += 1) await socket.send({ parts: [ascii('unasked')] });
      const unasked = await first.settle();
      const another = await first.become({ other: [ascii('A')] });
      await first.settle(subscribe('A'));
      const { subscribed } = await first.become({ subscribed: [ascii('A'), ascii('first')] });
      first.peer.destroy();
      const second = await Audience.join(trial, socket);
      await trial.fate(second.peer);
      await second.settle();
      const { again } = await second.become({ again: [ascii('A'), ascii('second')] });
      return {
        'without a subscription': unasked.length === 0 ? 'dropped' : 'delivered',
        'subscribed to another topic': another.other,
        subscribed,
        [trial.role === 'bind' ? 'after the return' : 'after the return, target connects']: again,
      };
    },
  }),

  defineCase({
    id: 'pub/2',
    types: BOTH,
    judge: {
      'the topic itself': { rfc: ['delivered'] },
      'a prefix': { rfc: ['delivered'] },
      'another topic': { rfc: ['dropped'] },
      'less than the topic': { rfc: ['dropped'] },
      'first frame matches': { rfc: ['delivered'] },
      'second frame matches': { rfc: ['dropped'] },
      'topic 00 FF': { rfc: ['delivered'] },
      'topic 00 FE': { rfc: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const audience = await Audience.join(trial, socket);
      await audience.settle(join(subscribe('Ab'), subscribe(hex('00 ff'))));
      return audience.become({
        'the topic itself': [ascii('Ab')],
        'a prefix': [ascii('Ab1')],
        'another topic': [ascii('ab1')],
        'less than the topic': [ascii('A')],
        'first frame matches': [ascii('Ab'), ascii('B')],
        'second frame matches': [ascii('x'), ascii('Ab')],
        'topic 00 FF': [hex('00 ff 00')],
        'topic 00 FE': [hex('00 fe 00')],
      });
    },
  }),

  defineCase({
    id: 'pub/3',
    types: BOTH,
    judge: {
      'any topic': { rfc: ['delivered'] },
      'an empty message': { rfc: ['delivered'] },
      'an empty first frame': { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(subscribe(''));
      return audience.become({
        'any topic': [ascii('x')],
        'an empty message': [ascii('')],
        'an empty first frame': [ascii(''), ascii('y')],
      });
    },
  }),

  defineCase({
    id: 'pub/4',
    types: BOTH,
    judge: {
      'cancelled: the empty topic': { rfc: ['dropped'] },
      'left: A': { rfc: ['delivered'] },
      'left after unknown topics were cancelled': { rfc: ['delivered'] },
      'cancelled: A': { rfc: ['dropped'] },
      'left: B': { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(join(subscribe('A'), subscribe(''), subscribe('B'), cancel('')));
      const first = await audience.become({ other: [ascii('C')], topic: [ascii('A1')] });
      await audience.settle(join(cancel('ZZ'), cancel('A1'), cancel('')));
      const second = await audience.become({ topic: [ascii('A1')] });
      await audience.settle(cancel('A'));
      const third = await audience.become({ cancelled: [ascii('A1')], left: [ascii('B1')] });
      return {
        'cancelled: the empty topic': first.other,
        'left: A': first.topic,
        'left after unknown topics were cancelled': second.topic,
        'cancelled: A': third.cancelled,
        'left: B': third.left,
      };
    },
  }),

  defineCase({
    id: 'pub/5',
    types: BOTH,
    judge: {
      // A SUB of libzmq repeats SUBSCRIBE, but sends one CANCEL alone: a publisher that counts would never stop.
      'two SUBSCRIBE, one CANCEL': { rfc: ['delivered'], wire: ['dropped'] },
      'two SUBSCRIBE, two CANCEL': { rfc: ['dropped'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(join(subscribe('A'), subscribe('A'), cancel('A')));
      const { one } = await audience.become({ one: [ascii('A1')] });
      await audience.settle(cancel('A'));
      const { two } = await audience.become({ two: [ascii('A2')] });
      return { 'two SUBSCRIBE, one CANCEL': one, 'two SUBSCRIBE, two CANCEL': two };
    },
  }),

  defineCase({
    id: 'pub/6',
    types: BOTH,
    judge: {
      'both topics match': { rfc: ['delivered'] },
      'one is cancelled': { rfc: ['delivered'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(join(subscribe('A'), subscribe('AB')));
      const { both } = await audience.become({ both: [ascii('ABC')] });
      await audience.settle(cancel('A'));
      const { one } = await audience.become({ one: [ascii('ABD')] });
      return { 'both topics match': both, 'one is cancelled': one };
    },
  }),

  defineCase({
    id: 'pub/7',
    types: BOTH,
    judge: {
      'minor 0: 01 A': { rfc: ['delivered'] },
      'minor 0: 00 A': { rfc: ['dropped'] },
      // RFC 37 knows commands alone, and says nothing of messages.
      'minor 1: 01 A': { rfc: ['delivered', 'dropped'], wire: ['delivered'] },
      'minor 1: 00 A': { rfc: ['dropped'] },
      'SUBSCRIBE B, 00 B': { rfc: ['delivered', 'dropped'], wire: ['dropped'] },
      '01 C, CANCEL C': { rfc: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const talk = async (audience: Audience) => {
        await audience.settle(subscribe30(ascii('A')), '01 A');
        const { begun } = await audience.become({ begun: [ascii('A1')] });
        await audience.settle(cancel30(ascii('A')), '00 A');
        const { ended } = await audience.become({ ended: [ascii('A2')] });
        return { begun, ended };
      };
      const old = await Audience.join(trial, socket, { minor: 0 }, subscribe30);
      const asMessages = await talk(old);
      old.peer.destroy();
      const audience = await Audience.join(trial, socket);
      const asBoth = await talk(audience);
      await audience.settle(join(subscribe('B'), subscribe30(ascii('C'))));
      await audience.settle(join(cancel30(ascii('B')), cancel('C')));
      const { b, c } = await audience.become({ b: [ascii('B1')], c: [ascii('C1')] });
      return {
        'minor 0: 01 A': asMessages.begun,
        'minor 0: 00 A': asMessages.ended,
        'minor 1: 01 A': asBoth.begun,
        'minor 1: 00 A': asBoth.ended,
        'SUBSCRIBE B, 00 B': b,
        '01 C, CANCEL C': c,
      };
    },
  }),

  defineCase({
    id: 'pub/9',
    types: ['PUB'],
    // RFC 29 has a PUB discard whatever else a subscriber sends.
    judge: { 'xx MORE, 01 mp': { rfc: ['delivered', 'dropped'], wire: ['delivered'] } },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      await audience.settle(join(frame(ascii('xx'), { flags: MORE }), subscribe30(ascii('mp'))));
      return { 'xx MORE, 01 mp': (await audience.become({ it: [ascii('mp1')] })).it };
    },
  }),

  defineCase({
    id: 'pub/11',
    types: ['PUB'],
    judge: {
      '300 octets: subscribed': { rfc: ['delivered'] },
      '300 octets: one is another': { rfc: ['dropped'] },
      '300 octets: cancelled': { rfc: ['dropped'] },
      '200000 octets: subscribed': { rfc: ['delivered'] },
      '200000 octets: one is another': { rfc: ['dropped'] },
      '200000 octets: cancelled': { rfc: ['dropped'] },
    },
    run: async trial => {
      const audience = await Audience.join(trial, await trial.open());
      const tryLength = async (octets: number) => {
        const topic = filled(octets, 0x61);
        const other = topic.slice();
        other[octets - 1] = 0x62;
        await audience.settle(subscribe(topic));
        const before = await audience.become({ same: [topic], other: [other] });
        await audience.settle(cancel(topic));
        const after = await audience.become({ same: [topic] });
        return { subscribed: before.same, other: before.other, cancelled: after.same };
      };
      const long = await tryLength(300);
      const huge = await tryLength(200_000);
      return {
        '300 octets: subscribed': long.subscribed,
        '300 octets: one is another': long.other,
        '300 octets: cancelled': long.cancelled,
        '200000 octets: subscribed': huge.subscribed,
        '200000 octets: one is another': huge.other,
        '200000 octets: cancelled': huge.cancelled,
      };
    },
  }),
];

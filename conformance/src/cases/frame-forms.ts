/** The forms of a frame: short and long, MORE, the bits that are reserved, and how messages are cut. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { frame, LONG, message } from '../raw/frame.ts';
import { ascii, join, random } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { landing } from '../trial/arrivals.ts';
import { exchange, joinToTalk, mustSend, type Talker } from '../trial/exchange.ts';
import { holds, type Trial } from '../trial/trial.ts';

const MANY = 1000;
/** Between two octets that are to be read one by one: without it several of them come at once. */
const APART_MS = 1;

export const frameFormCases: readonly Case[] = [
  defineCase({
    id: 'frame/1',
    judge: {
      '0 octets in': { rfc: ['delivered'] },
      '1 octet in': { rfc: ['delivered'] },
      '255 octets in': { rfc: ['delivered'] },
      '0 octets out': { rfc: ['delivered'] },
      '1 octet out': { rfc: ['delivered'] },
      '255 octets out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const talker = await joinToTalk(trial, socket);
      return {
        '0 octets in': await arrives(trial, socket, talker, 0),
        '1 octet in': await arrives(trial, socket, talker, 1),
        '255 octets in': await arrives(trial, socket, talker, 255),
        '0 octets out': await leaves(trial, socket, talker, 0),
        '1 octet out': await leaves(trial, socket, talker, 1),
        '255 octets out': await leaves(trial, socket, talker, 255),
      };
    },
  }),

  defineCase({
    id: 'frame/2',
    judge: {
      '256 octets in': { rfc: ['delivered'] },
      '70000 octets in': { rfc: ['delivered'] },
      '256 octets out': { rfc: ['delivered'] },
      '70000 octets out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const talker = await joinToTalk(trial, socket);
      return {
        '256 octets in': await arrives(trial, socket, talker, 256),
        '70000 octets in': await arrives(trial, socket, talker, 70_000),
        '256 octets out': await leaves(trial, socket, talker, 256),
        '70000 octets out': await leaves(trial, socket, talker, 70_000),
      };
    },
  }),

  defineCase({
    id: 'frame/3',
    judge: {
      '0 octets': { rfc: ['delivered'] },
      '1 octet': { rfc: ['delivered'] },
      '255 octets': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const { peer } = await joinToTalk(trial, socket);
      const long = (size: number) => {
        const body = random(size);
        return landing(trial, socket, peer, frame(body, { long: true }), [body]);
      };
      return { '0 octets': await long(0), '1 octet': await long(1), '255 octets': await long(255) };
    },
  }),

  defineCase({
    id: 'frame/4',
    judge: { '255 octets': { rfc: ['as-required'] }, '256 octets': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer, to } = await joinToTalk(trial, socket);
      const form = async (size: number, wanted: number) => {
        await mustSend(socket, [...to, random(size)]);
        const { flags } = await peer.expectFrame('frame');
        return flags === wanted ? ('as-required' as const) : (`differs(flags ${flags})` as const);
      };
      return { '255 octets': await form(255, 0), '256 octets': await form(256, LONG) };
    },
  }),

  defineCase({
    id: 'frame/5',
    types: ['ROUTER', 'DEALER', 'PAIR', 'PULL', 'PUSH'],
    judge: { in: { rfc: ['delivered'] }, out: { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer, to } = await joinToTalk(trial, socket);
      const parts = [ascii('a'), new Uint8Array(0), ascii('c')];
      const there = async () => landing(trial, socket, peer, message(...parts), parts);
      const back = async () => {
        await mustSend(socket, [...to, ...parts]);
        const frames = [];
        while (frames.length < parts.length) frames.push(await peer.expectFrame('frame'));
        const bodies = frames.map(({ body }) => body);
        const ends = frames.findIndex(({ more }) => !more) + 1;
        return sameParts(bodies, parts) && ends === parts.length ? ('delivered' as const) : ('altered' as const);
      };
      return {
        ...(socket.type !== 'PUSH' && { in: await there() }),
        ...(socket.type !== 'PULL' && { out: await back() }),
      };
    },
  }),

  defineCase({
    id: 'frame/7',
    // The bits must be sent as zero; what a receiver makes of others is its own affair.
    judge: {
      'all five': { rfc: ['delivered', 'dropped', 'closed', 'closed+ERROR(*)'], wire: ['delivered'] },
      'bit 3': { rfc: ['delivered', 'dropped', 'closed', 'closed+ERROR(*)'], wire: ['delivered'] },
    },
    run: async trial => {
      const reserved = async (flags: number) => {
        const socket = await trial.open();
        const { peer } = await joinToTalk(trial, socket);
        const body = ascii('reserved');
        return landing(trial, socket, peer, frame(body, { flags }), [body]);
      };
      return { 'all five': await reserved(0xf8), 'bit 3': await reserved(0x08) };
    },
  }),

  defineCase({
    id: 'frame/12',
    judge: {
      'octet by octet': { rfc: ['delivered'] },
      '1000 frames in one write': { rfc: ['delivered'] },
      '1000 messages in one write': { rfc: ['delivered'] },
      'both ways behind them': { rfc: ['open'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const talker = await joinToTalk(trial, socket);
      const parts = [ascii('a'), random(256), ascii('c')];
      await talker.peer.writeSlowly(message(...parts), APART_MS);
      const slow = await landing(trial, socket, talker.peer, new Uint8Array(0), parts);
      return {
        'octet by octet': slow,
        '1000 frames in one write': await inOneWrite(socket, talker, 100),
        '1000 messages in one write': await inOneWrite(socket, talker, 1),
        'both ways behind them': await exchange(trial, socket, talker),
      };
    },
  }),

  defineCase({
    id: 'frame/13',
    types: ['ROUTER', 'PAIR', 'PULL', 'PUSH'],
    judge: { in: { rfc: ['delivered'] }, out: { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer, to } = await joinToTalk(trial, socket);
      const parts = Array.from({ length: MANY }, (_, i) => ascii(String(i)));
      const there = async () => landing(trial, socket, peer, message(...parts), parts);
      const back = async () => {
        await mustSend(socket, [...to, ...parts]);
        const got = await peer.expectMessage('message');
        return sameParts(got, parts) ? ('delivered' as const) : ('altered' as const);
      };
      return {
        ...(socket.type !== 'PUSH' && { in: await there() }),
        ...(socket.type !== 'PULL' && { out: await back() }),
      };
    },
  }),
];

async function arrives(trial: Trial, socket: TargetSocket, { peer }: Talker, size: number) {
  const body = random(size);
  return landing(trial, socket, peer, frame(body), [body]);
}

/** One frame, with the flags of a last one; whether a small one is short is another question. */
async function leaves(trial: Trial, socket: TargetSocket, { peer, to }: Talker, size: number) {
  const body = random(size);
  await mustSend(socket, [...to, body]);
  const { flags, body: got } = await peer.expectFrame('frame');
  const sound = sameParts([got], [body]) && (flags & ~LONG) === 0;
  return sound ? 'delivered' : 'altered';
}

/** In messages of so many frames, each with its number. */
async function inOneWrite(socket: TargetSocket, { peer }: Talker, each: number) {
  const bodies = Array.from({ length: MANY }, (_, i) => ascii(String(i)));
  const messages = Array.from({ length: MANY / each }, (_, i) => bodies.slice(i * each, (i + 1) * each));
  peer.write(join(...messages.map(parts => message(...parts))), `${MANY} frames`);
  for (const parts of messages) {
    const got = await socket.receive();
    if (got === undefined) return 'dropped';
    if (!holds(socket.type, got, parts)) return 'altered';
  }
  return 'delivered';
}

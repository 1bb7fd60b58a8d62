/** REQ: which replies count, and what becomes of the others. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { join } from '../raw/octets.ts';
import { parts, sameParts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import { fateInTheEnd, heardUntilPong, mustSend, settle, taken } from '../trial/exchange.ts';
import type { Trial } from '../trial/trial.ts';

/** What the application may not be given; beyond that the RFC names no reaction. */
const MALFORMED = { rfc: ['closed', 'closed+ERROR(*)', 'dropped'], wire: ['closed', 'closed+ERROR(*)'] } as const;

export const reqRepliesCases: readonly Case[] = [
  defineCase({
    id: 'req/2',
    types: ['REQ'],
    judge: { 'one part': { rfc: ['delivered'] }, 'several parts': { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      const reply = async (...answer: string[]): Promise<Token> => {
        await mustSend(socket, parts('question'));
        await peer.expectMessage('request');
        peer.write(message(...parts('', ...answer)));
        return taken(socket, parts(...answer));
      };
      return { 'one part': await reply('a'), 'several parts': await reply('a', '', 'b') };
    },
  }),

  defineCase({
    id: 'req/5',
    types: ['REQ'],
    judge: {
      'a reply of the other peer': { rfc: ['delivered'] },
      'a reply before any request': { rfc: ['delivered'] },
      'two replies to one request': { rfc: ['delivered'] },
    },
    run: async trial => ({
      // Only a socket that binds has two peers.
      ...(trial.role === 'bind' ? { 'a reply of the other peer': await otherFirst(trial) } : {}),
      'a reply before any request': await unasked(trial),
      'two replies to one request': await answeredTwice(trial),
    }),
  }),

  defineCase({
    id: 'req/6',
    types: ['REQ'],
    judge: { 'a single frame': MALFORMED, 'no empty frame in front': MALFORMED, 'the delimiter alone': MALFORMED },
    run: async trial => {
      const reply = async (...bad: string[]): Promise<Token> => {
        const socket = await trial.open(); // a connecting target may not come back
        const peer = await settle(trial, socket);
        await mustSend(socket, parts('question'));
        await peer.expectMessage('request');
        peer.write(message(...parts(...bad)));
        const fate = await fateInTheEnd(trial, peer);
        if (fate !== 'open') return fate;
        peer.write(message(...parts('', 'good')));
        const got = await socket.receive();
        if (got === undefined) return 'mute';
        return sameParts(got.parts, parts('good')) ? 'dropped' : 'delivered';
      };
      const [single, filled, lone] = await Promise.all([reply('a'), reply('xx', 'a'), reply('')]);
      return { 'a single frame': single, 'no empty frame in front': filled, 'the delimiter alone': lone };
    },
  }),

  defineCase({
    id: 'req/7',
    types: ['REQ'],
    judge: {
      // Without the option nobody asked for an id: whether it is looked through, or at, is not said anywhere.
      'a reply with an id': { rfc: ['dropped', 'delivered', 'closed', 'closed+ERROR(*)'], wire: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      await mustSend(socket, parts('question'));
      await peer.expectMessage('request');
      peer.write(message(...parts('abcd', '', 'with an id')));
      const fate = await trial.fate(peer);
      if (fate !== 'open') return { 'a reply with an id': fate };
      peer.write(message(...parts('', 'good')));
      const got = await socket.expectMessage();
      const known = sameParts(got.parts, parts('with an id')) ? 'delivered' : 'altered';
      return { 'a reply with an id': sameParts(got.parts, parts('good')) ? 'dropped' : known };
    },
  }),
];

/** The peer that was not asked is the first to speak. */
async function otherFirst(trial: Trial): Promise<Token> {
  const socket = await trial.open();
  const [a, b] = [await settle(trial, socket), await settle(trial, socket)];
  await mustSend(socket, parts('question'));
  const [asked, other] = (await isAsked(trial, a, b)) ? [a, b] : [b, a];
  other.write(message(...parts('', 'of the other')));
  await trial.fate(other);
  asked.write(message(...parts('', 'right')));
  return taken(socket, parts('right'));
}

/** Which of two peers the one request goes to. */
async function isAsked(trial: Trial, a: RawPeer, b: RawPeer): Promise<boolean> {
  const deadline = performance.now() + trial.stepMs;
  while (performance.now() < deadline) {
    if ((await heardUntilPong(trial, a)).length > 0) return true;
    if ((await heardUntilPong(trial, b)).length > 0) return false;
  }
  throw new Unreached('no request arrived');
}

async function unasked(trial: Trial): Promise<Token> {
  const socket = await trial.open();
  const peer = await settle(trial, socket);
  peer.write(message(...parts('', 'early')));
  await heldBefore(trial, peer);
  await mustSend(socket, parts('question'));
  await peer.expectMessage('request');
  peer.write(message(...parts('', 'right')));
  return taken(socket, parts('right'));
}

async function answeredTwice(trial: Trial): Promise<Token> {
  const socket = await trial.open();
  const peer = await settle(trial, socket);
  await mustSend(socket, parts('first'));
  await peer.expectMessage('request');
  peer.write(join(message(...parts('', 'to the first')), message(...parts('', 'once more'))));
  const first = await taken(socket, parts('to the first'));
  if (first !== 'delivered') return first;
  await heldBefore(trial, peer);
  await mustSend(socket, parts('second'));
  await peer.expectMessage('request');
  peer.write(message(...parts('', 'to the second')));
  return taken(socket, parts('to the second'));
}

/** A PONG may leave before what was read with its PING has reached the socket: it has by the next one. */
async function heldBefore(trial: Trial, peer: RawPeer): Promise<void> {
  await trial.fate(peer);
  await trial.fate(peer);
}

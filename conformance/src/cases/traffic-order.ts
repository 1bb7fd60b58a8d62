/** Traffic: messages whole and in order, and how it ends. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { ascii, join } from '../raw/octets.ts';
import { parts, told } from '../raw/parts.ts';
import { emitted, heardUntilPong, mustSend, settle } from '../trial/exchange.ts';
import { LARGE, numbers, piece } from '../trial/flood.ts';
import { freshIdentity, type Trial } from '../trial/trial.ts';

const MANY = 1_000;
const LINGER_MS = 3_000;

export const trafficOrderCases: readonly Case[] = [
  defineCase({
    id: 'traffic/1',
    types: ['PULL'],
    judge: { 'a thousand messages': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      peer.write(join(...Array.from({ length: MANY }, (_, i) => message(...parts(`${i}`)))), 'numbers 0 to 999');
      for (let i = 0; i < MANY; i += 1) {
        const got = told((await socket.expectMessage()).parts);
        if (got !== `${i}`) return { 'a thousand messages': `differs(${got} in place of ${i})` };
      }
      return { 'a thousand messages': 'as-required' };
    },
  }),

  defineCase({
    id: 'traffic/2',
    types: ['PUSH'],
    judge: { 'before the last part': { rfc: ['as-required'] }, 'the whole message': { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      for (const text of ['first', 'second']) {
        const answer = await socket.sendPart(ascii(text));
        if (answer !== 'sent') return { 'before the last part': `unreached(${answer})` };
      }
      // Twice: what an application has handed over may be a round trip behind.
      const early = [...(await heardUntilPong(trial, peer)), ...(await heardUntilPong(trial, peer))];
      if (early.length > 0) return { 'before the last part': `differs(${told(early)})` };
      await mustSend(socket, parts('last'));
      return {
        'before the last part': 'as-required',
        'the whole message': await emitted(peer, parts('first', 'second', 'last')),
      };
    },
  }),

  defineCase({
    id: 'traffic/9',
    judge: { 'after our FIN': { rfc: ['closed'] } },
    run: async trial => {
      const socket = await trial.open();
      const identity = freshIdentity();
      const peer = await settle(trial, socket, { identity });
      peer.end();
      const outcome = await peer.outcome(trial.stepMs / 2);
      if (outcome !== 'open') return { 'after our FIN': outcome };
      await socket.send({ parts: [identity, ascii('still there?')] });
      const sent = await emitted(peer, parts('still there?'));
      return { 'after our FIN': sent === 'delivered' ? 'open' : 'mute' };
    },
  }),

  defineCase({
    id: 'traffic/10',
    types: ['PUSH'],
    judge: {
      'five messages': { rfc: ['delivered'] },
      'more than buffers take': { rfc: ['delivered'] },
      'before the handshake': { rfc: ['delivered'] },
      'the connection, then': { rfc: ['closed'] },
    },
    run: async trial => {
      const small = await closing(trial, [5, 6, 7, 8, 9]);
      const large = await closing(trial, LARGE);
      return {
        'five messages': small.messages,
        'more than buffers take': large.messages,
        // A socket that binds has no queue for a peer that it does not know.
        ...(trial.role === 'connect' ? { 'before the handshake': await closingEarly(trial) } : {}),
        'the connection, then': small.connection === 'closed' ? large.connection : small.connection,
      };
    },
  }),
];

/** The application sends and closes, while the peer reads nothing; then it reads. */
async function closing(trial: Trial, pieces: readonly number[]): Promise<{ messages: Token; connection: Token }> {
  const socket = await trial.open({ lingerMs: LINGER_MS });
  const peer = await settle(trial, socket);
  peer.pause();
  for (const number of pieces) await mustSend(socket, [piece(number)]);
  const [, read] = await Promise.all([
    socket.close(),
    (async () => {
      peer.resume();
      const got = await numbers(peer, pieces.length);
      const connection = await peer.outcome(2 * trial.stepMs);
      peer.destroy(); // the target may wait for our end of it
      return { messages: inFull(got, pieces), connection };
    })(),
  ]);
  return read;
}

/** Everything happens before the peer has said a word. */
async function closingEarly(trial: Trial): Promise<Token> {
  const pieces = [5, 6, 7, 8, 9];
  const socket = await trial.open({ lingerMs: LINGER_MS });
  const peer = await trial.meet(socket);
  for (const number of pieces) await mustSend(socket, [piece(number)]);
  const [, got] = await Promise.all([
    socket.close(),
    (async () => {
      await trial.introduce(peer, socket.type);
      const read = await numbers(peer, pieces.length);
      peer.destroy();
      return inFull(read, pieces);
    })(),
  ]);
  return got;
}

function inFull(got: readonly number[], sent: readonly number[]): Token {
  if (!got.every((number, i) => number === sent[i])) return 'altered';
  return got.length === sent.length ? 'delivered' : 'dropped';
}

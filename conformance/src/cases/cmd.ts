/** Commands: how they are written, and what comes of those that are unknown, malformed or out of place. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { cancel, command, error, joinGroup, leaveGroup, ping, ready, subscribe } from '../raw/command.ts';
import { COMMAND, frame, LONG, MORE, type Frame } from '../raw/frame.ts';
import { ascii, filled, hex, join, random, same } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { CLOSED, entry, keptOut, onwards } from '../trial/after.ts';
import { ownSockets, sideBySide, type Step } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';
import { commandShapeCase } from './cmd-shape.ts';

export const cmdCases: readonly Case[] = [
  commandShapeCase,

  defineCase({
    id: 'cmd/2',
    judge: { '255 octets': { rfc: ['as-required'] }, '256 octets': { rfc: ['as-required'] } },
    run: async trial => {
      const readyWith = async (identityLength: number): Promise<Frame> => {
        const peer = await trial.meet(await trial.open({ identity: filled(identityLength, 0x69) }));
        await peer.greet();
        peer.write(ready(trial.metadataOf(trial.type)), 'READY');
        return peer.expectFrame('READY');
      };
      // what else is in READY is the target's business: it is filled up by its identity
      const { body } = await readyWith(1);
      const sized = (length: number, flags: number) => async (): Promise<Token> => {
        const found = await readyWith(1 + length - body.length);
        const sound = found.flags === flags && found.body.length === length;
        return sound ? 'as-required' : `differs(flags ${found.flags} for ${found.body.length} octets)`;
      };
      return sideBySide({ '255 octets': sized(255, COMMAND), '256 octets': sized(256, COMMAND | LONG) });
    },
  }),

  defineCase({
    id: 'cmd/3',
    judge: { READY: { rfc: ['open'] }, PING: { rfc: ['replied(PONG)'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      await peer.greet();
      peer.write(ready(trial.metadataOf(trial.type), { long: true }), 'READY, long');
      const fate = await entry(trial, peer);
      if (fate !== 'open') return { READY: fate };
      const context = random(8);
      peer.write(command('PING', join(hex('0000'), context), { long: true }), 'PING, long');
      const pong = await peer.command('PONG');
      if (typeof pong === 'string') return { READY: fate, PING: pong === 'closed' ? peer.closed() : 'mute' };
      return { READY: fate, PING: same(pong.data, context) ? 'replied(PONG)' : 'altered' };
    },
  }),

  defineCase({
    id: 'cmd/4',
    types: ['ROUTER'],
    judge: {
      'without data': { rfc: ['open', ...CLOSED], wire: ['open'] },
      'with data': { rfc: ['open', ...CLOSED], wire: ['open'] },
    },
    run: trial =>
      ownSockets(trial, {
        'without data': behind(trial, command('XYZZY'), onwards),
        'with data': behind(trial, command('XYZZY', random(300)), onwards),
      }),
  }),

  defineCase({
    id: 'cmd/5',
    judge: {
      'empty body': { rfc: CLOSED, lenient: ['open'] },
      'name length 0': { rfc: CLOSED, lenient: ['open'] },
      'name longer than body': { rfc: CLOSED, lenient: ['open'] },
    },
    run: trial =>
      ownSockets(trial, {
        'empty body': behind(trial, hex('04 00'), onwards),
        'name length 0': behind(trial, command('', ascii('PING')), onwards),
        'name longer than body': behind(trial, command('PING', hex('0000'), { nameLength: 9 }), onwards),
      }),
  }),

  defineCase({
    id: 'cmd/6',
    judge: {
      ping: { rfc: ['dropped', 'replied(PONG)', ...CLOSED], wire: ['dropped'] },
      subscribe: { rfc: ['dropped', 'delivered', ...CLOSED], wire: ['dropped'] },
      join: { rfc: ['dropped', 'delivered', ...CLOSED], wire: ['dropped'] },
      'ready in the handshake': { rfc: ['open', ...CLOSED], wire: CLOSED },
    },
    run: trial =>
      sideBySide({
        ping: async () => {
          const context = random(8);
          const peer = await trial.join(await trial.open());
          peer.write(command('ping', join(hex('0000'), context)), 'ping');
          peer.write(ping('behind'));
          const pong = await peer.command('PONG');
          if (typeof pong === 'string') return pong === 'closed' ? peer.closed() : 'mute';
          return same(pong.data, context) ? 'replied(PONG)' : 'dropped';
        },
        subscribe: trial.can('type:XPUB') ? () => lowerCaseSubscribe(trial) : undefined,
        join: trial.can('type:RADIO') ? () => lowerCaseJoin(trial) : undefined,
        'ready in the handshake': async () => {
          const peer = await trial.meet(await trial.open());
          await peer.greet();
          const sound = ready(trial.metadataOf(trial.type));
          peer.write(join(sound.subarray(0, 3), ascii('ready'), sound.subarray(8)), 'ready');
          return entry(trial, peer);
        },
      }),
  }),

  defineCase({
    id: 'cmd/7',
    types: ['ROUTER', 'REQ'],
    judge: {
      PING: { rfc: ['replied(PONG)', 'dropped', ...CLOSED], wire: ['replied(PONG)'] },
      message: { rfc: ['delivered', ...CLOSED], wire: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket);
      const envelope: Uint8Array[] = [];
      if (trial.type === 'REQ') {
        await socket.send({ parts: [ascii('question')] });
        await peer.expectMessage('question');
        envelope.push(hex(''));
      }
      const [first, last, context] = [random(12), random(12), random(8)];
      peer.write(join(...[...envelope, first].map(part => frame(part, { flags: MORE }))), 'all but the last frame');
      peer.write(ping(context), 'PING');
      peer.write(frame(last), 'the last frame');
      const pong = await peer.command('PONG');
      if (pong === 'closed') return { PING: peer.closed(), message: peer.closed() };
      return {
        PING: pong === 'silent' ? 'dropped' : same(pong.data, context) ? 'replied(PONG)' : 'altered',
        message: await trial.delivery(socket, [first, last]),
      };
    },
  }),

  defineCase({
    id: 'cmd/8',
    types: ['ROUTER'],
    judge: {
      READY: { rfc: ['open', ...CLOSED], wire: ['open'] },
      ERROR: { rfc: ['open', ...CLOSED], wire: ['open'] },
    },
    run: trial =>
      ownSockets(trial, {
        READY: behind(trial, ready(trial.metadataOf(trial.type)), onwards),
        ERROR: behind(trial, error('late'), onwards),
      }),
  }),

  defineCase({
    id: 'cmd/9',
    types: ['ROUTER', 'DEALER', 'PULL', 'SUB', 'PAIR'],
    judge: { SUBSCRIBE: { rfc: ['dropped', ...CLOSED] }, CANCEL: { rfc: ['dropped', ...CLOSED] } },
    run: trial =>
      ownSockets(trial, {
        SUBSCRIBE: behind(trial, subscribe('topic'), keptOut),
        CANCEL: behind(trial, cancel('topic'), keptOut),
      }),
  }),

  defineCase({
    id: 'cmd/10',
    judge: { JOIN: { rfc: ['dropped', ...CLOSED] }, LEAVE: { rfc: ['dropped', ...CLOSED] } },
    run: trial =>
      ownSockets(trial, {
        JOIN: behind(trial, joinGroup('group'), keptOut),
        LEAVE: behind(trial, leaveGroup('group'), keptOut),
      }),
  }),
];

/** Writes these octets into traffic, and looks at what comes of them. */
function behind(
  trial: Trial,
  octets: Uint8Array,
  look: (trial: Trial, socket: TargetSocket, peer: RawPeer) => Promise<Token>,
): Step {
  return async (peer, socket) => {
    if (socket.type === 'SUB') await socket.subscribe(hex(''));
    await trial.introduce(peer, socket.type);
    peer.write(octets);
    return look(trial, socket, peer);
  };
}

/** An application that publishes sees the subscription behind, or that in lower case before it. */
async function lowerCaseSubscribe(trial: Trial): Promise<Token> {
  const socket = await trial.open({}, { type: 'XPUB' });
  const peer = await trial.join(socket);
  peer.write(command('subscribe', ascii('lower')), 'subscribe');
  peer.write(subscribe('upper'), 'SUBSCRIBE');
  const seen = await socket.receive();
  if (seen === undefined) return peer.closedAt === undefined ? 'mute' : peer.closed();
  return seen.parts.some(part => same(part, join(hex('01'), ascii('upper')))) ? 'dropped' : 'delivered';
}

/** How often a RADIO's application says it again, which may not have been told of its member yet. */
const ROUNDS = 20;

async function lowerCaseJoin(trial: Trial): Promise<Token> {
  const socket = await trial.open({}, { type: 'RADIO' });
  const peer = await trial.join(socket);
  peer.write(command('join', ascii('lower')), 'join');
  peer.write(joinGroup('upper'), 'JOIN');
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const group of ['lower', 'upper']) await socket.send({ parts: [ascii('body')], group: ascii(group) });
    const seen = await peer.message(trial.stepMs / ROUNDS);
    if (seen === 'closed') return peer.closed();
    if (seen !== 'silent') return seen.some(part => same(part, ascii('lower'))) ? 'delivered' : 'dropped';
  }
  return 'mute';
}

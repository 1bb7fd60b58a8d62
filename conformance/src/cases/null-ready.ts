/** READY under NULL: who sends it when, what may stand in its place, and what may follow at once. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, ping, ready } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { greeting } from '../raw/greeting.ts';
import { ascii, hex, join, random, same } from '../raw/octets.ts';
import { hello } from '../raw/plain.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { CLOSED, entry, keptOut } from '../trial/after.ts';
import { CurveClient } from '../trial/curve-client.ts';
import { greetAsPlainClient } from '../trial/plain.ts';
import { optionsFor } from '../trial/security.ts';
import { connections, ownSockets, sideBySide, type Step } from '../trial/steps.ts';
import { freshIdentity, type Trial } from '../trial/trial.ts';

/** How long a message is given that must not come. One that does was queued before, and leaves at once. */
const NOTHING_MS = 150;

/** A target of 3.1 need not speak 3.0: it may end the connection, or go by its own order and wait. RFC 37 "Version Negotiation" */
const AS_3_1 = ['replied(3.1, and the end)', 'replied(3.1 alone)'] as const;
/** Who passes over a handshake's command waits for one that is sound. */
const IGNORED_OR_CLOSED = [...CLOSED, 'mute'] as const;

export const readyCases: readonly Case[] = [
  defineCase({
    id: 'null/1',
    judge: {
      message: { rfc: CLOSED, lenient: ['open'] },
      PING: { rfc: CLOSED, lenient: ['open'] },
      HELLO: { rfc: CLOSED, lenient: ['open'] },
      READYX: { rfc: CLOSED, lenient: ['open'] },
      'empty command': { rfc: CLOSED, lenient: ['open'] },
    },
    run: trial => {
      const sound = trial.metadataOf(trial.type);
      const properties = ready(sound).subarray(8);
      return ownSockets(trial, {
        message: inPlaceOfReady(trial, message(random(12))),
        PING: inPlaceOfReady(trial, ping('early')),
        HELLO: inPlaceOfReady(trial, command('HELLO', join(hex('04'), ascii('user'), hex('04'), ascii('pass')))),
        READYX: inPlaceOfReady(trial, command('READYX', properties)),
        'empty command': inPlaceOfReady(trial, hex('04 00')),
      });
    },
  }),

  defineCase({
    id: 'null/2',
    roles: ['bind'],
    judge: {
      // RFC 37 has the side that connects go first, so that a target may wait for it
      'to a 3.1 peer': { rfc: ['as-required', 'mute'] },
      'to a 3.0 peer': { rfc: ['as-required', ...AS_3_1] },
    },
    run: trial => connections(trial, { 'to a 3.1 peer': unasked(1), 'to a 3.0 peer': unasked(0) }),
  }),

  defineCase({
    id: 'null/3',
    roles: ['connect'],
    judge: {
      'to a 3.1 peer': { rfc: ['as-required'] },
      'to a 3.0 peer': { rfc: ['as-required', 'replied(3.1, and the end)'] },
    },
    run: trial => connections(trial, { 'to a 3.1 peer': unasked(1), 'to a 3.0 peer': unasked(0) }),
  }),

  defineCase({
    id: 'null/4',
    roles: ['connect'],
    types: ['DEALER'],
    judge: { 'before our READY': { rfc: ['dropped'] }, 'after it': { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const word = random(12);
      await socket.send({ parts: [word] });
      const peer = await trial.meet(socket);
      await peer.greet();
      await peer.expectReady();
      const early = await peer.frame(NOTHING_MS);
      if (early !== 'silent') return { 'before our READY': early === 'closed' ? peer.closed() : 'delivered' };
      peer.write(ready(trial.metadataOf(trial.type)), 'READY');
      const parts = await peer.message();
      if (parts === 'closed') return { 'before our READY': 'dropped', 'after it': peer.closed() };
      const [part, ...more] = parts === 'silent' ? [] : parts;
      if (part === undefined) return { 'before our READY': 'dropped', 'after it': 'dropped' };
      return {
        'before our READY': 'dropped',
        'after it': more.length === 0 && same(part, word) ? 'delivered' : 'altered',
      };
    },
  }),

  defineCase({
    id: 'null/5',
    judge: { 'READY and a message in one write': { rfc: ['delivered'] } },
    run: trial =>
      ownSockets(trial, {
        'READY and a message in one write': async (peer, socket) => {
          const word = random(12);
          await peer.greet();
          peer.write(join(ready(trial.metadataOf(trial.type)), message(word)), 'READY and a message');
          return arrival(trial, socket, peer, word);
        },
      }),
  }),

  defineCase({
    id: 'null/6',
    race: true,
    judge: { 'all in one write': { rfc: ['delivered'] } },
    run: trial =>
      ownSockets(trial, {
        'all in one write': async (peer, socket) => {
          const word = random(12);
          const opening = [greeting({ minor: 0 }), ready(trial.metadataOf(trial.type)), message(word)];
          peer.write(join(...opening), 'greeting, READY and a message');
          const greeted = await peer.octets(64);
          return greeted === 'closed' ? 'closed' : arrival(trial, socket, peer, word);
        },
      }),
  }),

  defineCase({
    id: 'null/7',
    race: true,
    judge: {
      'in the opening write': { rfc: ['open', ...CLOSED], lenient: ['altered'] },
      'behind its greeting': { rfc: ['open', ...CLOSED], lenient: ['altered'] },
    },
    run: trial =>
      ownSockets(trial, {
        'in the opening write': async (peer, socket) => {
          const first = freshIdentity();
          peer.write(join(greeting(), twoOf(trial, first)), 'greeting, READY and READY');
          const greeted = await peer.octets(64);
          return greeted === 'closed' ? 'closed' : called(trial, socket, peer, first);
        },
        'behind its greeting': async (peer, socket) => {
          const first = freshIdentity();
          await peer.greet();
          peer.write(twoOf(trial, first), 'READY and READY');
          return called(trial, socket, peer, first);
        },
      }),
  }),

  defineCase({
    id: 'null/12',
    judge: {
      READY: { rfc: IGNORED_OR_CLOSED, lenient: ['open'] },
      'HELLO of PLAIN': { rfc: IGNORED_OR_CLOSED, lenient: ['open'] },
      'HELLO of CURVE': { rfc: IGNORED_OR_CLOSED, lenient: ['open'] },
    },
    run: async trial => {
      // libzmq lets nobody in under PLAIN without one
      if (trial.can('zap-host')) await trial.zap({ code: '200' });
      return sideBySide({
        READY: async () => {
          const peer = await trial.meet(await trial.open());
          await peer.greet();
          peer.write(ready(trial.metadataOf(trial.type), { flags: 0 }), 'READY in a message frame');
          return entry(trial, peer);
        },
        'HELLO of PLAIN': trial.can('mech:PLAIN') ? () => plainHello(trial) : undefined,
        'HELLO of CURVE': trial.can('mech:CURVE') ? () => curveHello(trial) : undefined,
      });
    },
  }),
];

/** A sound READY follows, so that who passes over the other thing shows it. */
function inPlaceOfReady(trial: Trial, octets: Uint8Array): Step {
  return async (peer, socket) => {
    await peer.greet();
    peer.write(octets);
    peer.write(ready(trial.metadataOf(trial.type)), 'READY');
    const fate = await entry(trial, peer);
    if (fate !== 'open') return fate;
    const behind = await keptOut(trial, socket, peer); // what came too early would reach the application first
    return behind === 'dropped' ? 'open' : behind;
  };
}

/** Sends the greeting alone. */
function unasked(minor: number): Step {
  return async peer => {
    const theirs = await peer.greet({ minor });
    const found = await peer.command('READY');
    if (typeof found !== 'string') return 'as-required';
    if (theirs.minor > minor) return found === 'closed' ? 'replied(3.1, and the end)' : 'replied(3.1 alone)';
    return found === 'closed' ? peer.closed() : 'mute';
  };
}

/** What became of a message that was written with our READY. The connection is looked at first: a lost one tells at once. */
async function arrival(trial: Trial, socket: TargetSocket, peer: RawPeer, word: Uint8Array): Promise<Token> {
  const theirs = await peer.command('READY');
  if (theirs === 'closed') return socket.waiting > 0 ? 'delivered' : peer.closed();
  return trial.delivery(socket, [word]);
}

function twoOf(trial: Trial, first: Uint8Array): Uint8Array {
  return join(
    ready(trial.metadataOf(trial.type, { identity: first })),
    ready(trial.metadataOf(trial.type, { identity: freshIdentity() })),
  );
}

/** Whether a peer that has introduced itself twice is let in, and by its first name. */
async function called(trial: Trial, socket: TargetSocket, peer: RawPeer, first: Uint8Array): Promise<Token> {
  const fate = await entry(trial, peer);
  if (fate !== 'open') return fate;
  const word = random(12);
  peer.write(message(word), 'a message, to see its id');
  const delivery = await trial.delivery(socket, [first, word]);
  return delivery === 'delivered' ? 'open' : delivery === 'altered' ? 'altered' : 'mute';
}

async function plainHello(trial: Trial): Promise<Token> {
  const peer = await trial.meet(await trial.open(optionsFor('PLAIN', 'server')));
  await greetAsPlainClient(peer);
  peer.write(hello({}, { flags: 0 }), 'HELLO in a message frame');
  return welcomed(peer);
}

async function curveHello(trial: Trial): Promise<Token> {
  const client = await CurveClient.meet(trial, await trial.open(optionsFor('CURVE', 'server')));
  client.write(client.helloBody(), 'HELLO in a message frame', { flags: 0 });
  return welcomed(client.peer);
}

async function welcomed(peer: RawPeer): Promise<Token> {
  const welcome = await peer.command('WELCOME');
  if (welcome === 'closed') return peer.closed();
  return welcome === 'silent' ? 'mute' : 'open';
}

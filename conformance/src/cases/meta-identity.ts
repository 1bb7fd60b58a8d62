/** Identity: who announces one, whose counts, and what a ROUTER calls a peer by. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { property, ready, type Metadata } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, filled, hex, join, random, same } from '../raw/octets.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import { SOCKET_TYPES, type TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { CLOSED, entry, idOf, onwards } from '../trial/after.ts';
import { WITH_IDENTITY } from '../trial/pairs.ts';
import { connections, ownSockets, type Step } from '../trial/steps.ts';
import { freshIdentity, type Trial } from '../trial/trial.ts';

export const identityCases: readonly Case[] = [
  defineCase({
    id: 'meta/5',
    judge: { identity: { rfc: ['as-required'] }, IDENTITY: { rfc: ['as-required'] } },
    run: trial => {
      const spelt = (name: string): Step => {
        const identity = freshIdentity();
        return async (peer, socket) => {
          await introduce(peer, { socketType: 'DEALER', others: property(name, identity) });
          const id = await idOf(socket, peer);
          return same(id, identity) ? 'as-required' : 'differs(another id)';
        };
      };
      return ownSockets(trial, { identity: spelt('identity'), IDENTITY: spelt('IDENTITY') });
    },
  }),

  defineCase({
    id: 'meta/12',
    types: ['ROUTER'],
    judge: {
      'Socket-Type: DEALER, PUB': { rfc: ['open', ...CLOSED], wire: CLOSED },
      'Socket-Type: PUB, DEALER': { rfc: ['open', ...CLOSED], wire: CLOSED },
      Identity: { rfc: ['replied(first)', 'replied(last)', ...CLOSED], wire: ['replied(last)'] },
      'X-Test': { rfc: ['replied(first)', 'replied(last)', ...CLOSED], wire: ['replied(first)'] },
    },
    run: async trial => ({
      ...(await connections(trial, {
        'Socket-Type: DEALER, PUB': twoTypes(trial, 'DEALER', 'PUB'),
        'Socket-Type: PUB, DEALER': twoTypes(trial, 'PUB', 'DEALER'),
      })),
      ...(await ownSockets(trial, {
        Identity: twoIdentities(trial),
        'X-Test': trial.can('properties') ? twoValues(trial) : undefined,
      })),
    }),
  }),

  defineCase({
    id: 'meta/13',
    types: ['ROUTER'],
    judge: {
      '255 octets': { rfc: ['delivered'] },
      '256 octets': { rfc: ['dropped', ...CLOSED], lenient: ['delivered'] },
      '5000 octets': { rfc: ['dropped', ...CLOSED], lenient: ['delivered'] },
    },
    run: trial => {
      const sized = (length: number): Step => {
        const identity = join(freshIdentity(), filled(length, 0x69)).subarray(0, length);
        return async (peer, socket) => {
          const fate = await entryWith(trial, peer, { socketType: 'DEALER', identity });
          if (fate !== 'open') return fate;
          return same(await idOf(socket, peer), identity) ? 'delivered' : 'dropped';
        };
      };
      return ownSockets(trial, { '255 octets': sized(255), '256 octets': sized(256), '5000 octets': sized(5000) });
    },
  }),

  defineCase({
    id: 'meta/15',
    types: SOCKET_TYPES,
    judge: { 'identity set': { rfc: ['as-required', 'refused'] }, 'no identity': { rfc: ['as-required'] } },
    run: async trial => {
      const identity = freshIdentity();
      return { 'identity set': await announced(trial, identity), 'no identity': await announced(trial, undefined) };
    },
  }),

  defineCase({
    id: 'meta/16',
    types: ['PULL', 'REP'],
    judge: {
      'an identity': { rfc: ['open'] },
      'the same on another connection': { rfc: ['open'] },
    },
    run: async trial => {
      const identity = freshIdentity();
      const socket = await trial.open();
      const serve = async (): Promise<Token> => {
        const peer = await trial.meet(socket);
        await introduce(peer, { socketType: trial.type === 'PULL' ? 'PUSH' : 'REQ', identity });
        return trial.type === 'PULL' ? onwards(trial, socket, peer) : replies(socket, peer);
      };
      const first = await serve();
      // a socket that connects has one connection at a time here
      if (trial.role === 'connect') return { 'an identity': first };
      return { 'an identity': first, 'the same on another connection': await serve() };
    },
  }),
];

async function introduce(peer: RawPeer, fields: Metadata): Promise<ReadonlyMap<string, Uint8Array>> {
  await peer.greet();
  peer.write(ready(fields), 'READY');
  return peer.expectReady();
}

/** Introduces itself with these properties: `open` if it is let in, and else how it was refused. */
async function entryWith(trial: Trial, peer: RawPeer, fields: Metadata): Promise<Token> {
  await peer.greet();
  peer.write(ready(fields), 'READY');
  return entry(trial, peer);
}

function twoTypes(trial: Trial, first: string, second: string): Step {
  return async peer => {
    return entryWith(trial, peer, { socketType: first, others: property('Socket-Type', second) });
  };
}

function twoIdentities(trial: Trial): Step {
  return async (peer, socket) => {
    const [first, last] = [freshIdentity(), freshIdentity()];
    const others = property('Identity', last);
    const fate = await entryWith(trial, peer, { socketType: 'DEALER', identity: first, others });
    if (fate !== 'open') return fate;
    const id = await idOf(socket, peer);
    return same(id, last) ? 'replied(last)' : same(id, first) ? 'replied(first)' : 'differs(another id)';
  };
}

function twoValues(trial: Trial): Step {
  return async (peer, socket) => {
    const others = join(property('X-Test', 'first'), property('X-Test', 'last'));
    const fate = await entryWith(trial, peer, { ...trial.metadataOf(trial.type), others });
    if (fate !== 'open') return fate;
    peer.write(message(random(12)), 'a message, to see its properties');
    const { properties } = await socket.expectMessage();
    const value = properties?.['X-Test'];
    return value === 'first' || value === 'last' ? `replied(${value})` : `differs(${value ?? 'absent'})`;
  };
}

/** What READY says of the identity, against what the type and the application's wish make of it. */
async function announced(trial: Trial, identity: Uint8Array | undefined): Promise<Token> {
  const announces = WITH_IDENTITY.has(trial.type);
  const socket = await openedWith(trial, identity === undefined ? {} : { identity });
  if (socket === undefined) return announces ? 'differs(cannot be set)' : 'refused';
  const found = (await introduce(await trial.meet(socket), trial.metadataOf(trial.type))).get('Identity');
  if (!announces) return found === undefined ? 'as-required' : 'differs(announced)';
  // an empty one says the same as none
  if (same(found ?? hex(''), identity ?? hex(''))) return 'as-required';
  return `differs(${found === undefined ? 'absent' : 'another'})`;
}

/** Undefined where the target's application is told no. */
async function openedWith(trial: Trial, options: TargetOptions): Promise<TargetSocket | undefined> {
  try {
    return await trial.open(options);
  } catch (cause) {
    if (cause instanceof Unreached) return undefined;
    throw cause;
  }
}

/** Asks a REP, whose application answers. */
async function replies(socket: TargetSocket, peer: RawPeer): Promise<Token> {
  const [question, answer] = [random(12), ascii('answer')];
  peer.write(message(hex(''), question), 'a question');
  const asked = await socket.receive();
  if (asked === undefined) return peer.closedAt === undefined ? 'mute' : peer.closed();
  if (!asked.parts.every(part => same(part, question))) return 'altered';
  await socket.send({ parts: [answer] });
  const reply = await peer.message();
  if (typeof reply === 'string') return reply === 'closed' ? peer.closed() : 'mute';
  const [, body] = reply;
  return body !== undefined && same(body, answer) ? 'open' : 'altered';
}

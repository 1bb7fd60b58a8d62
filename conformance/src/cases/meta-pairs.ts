/** Who may talk to whom: every pair of socket types, the target's against all that a peer can call itself. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ready } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import { SOCKET_TYPES, type SocketType } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { LEGAL_PEERS } from '../trial/pairs.ts';
import { connections, ownSockets, type Step, type Tokens } from '../trial/steps.ts';
import { freshIdentity, type Trial } from '../trial/trial.ts';

export const pairCases: readonly Case[] = [
  defineCase({
    id: 'meta/19',
    types: SOCKET_TYPES,
    judge: { 'every other type': { rfc: ['closed+ERROR(*)'] } },
    run: async trial => {
      const strangers = SOCKET_TYPES.filter(type => !LEGAL_PEERS[trial.type].includes(type));
      const fates = await connections(
        trial,
        stepsFor(strangers, (peer, _, type) => turnedAway(trial, peer, type)),
      );
      return { 'every other type': together(fates, ['closed+ERROR(', 'closed']) };
    },
  }),

  defineCase({
    id: 'meta/20',
    types: SOCKET_TYPES,
    judge: { 'every partner': { rfc: ['open'] } },
    run: async trial => {
      const partners = LEGAL_PEERS[trial.type];
      const fates = await ownSockets(
        trial,
        stepsFor(partners, async (peer, socket, type) => {
          await trial.introduce(peer, trial.type, { socketType: type });
          return trial.type === 'DISH' ? heard(socket, peer) : trial.fate(peer);
        }),
      );
      return { 'every partner': together(fates, ['open']) };
    },
  }),
];

function stepsFor(
  types: readonly SocketType[],
  step: (peer: RawPeer, socket: TargetSocket, type: SocketType) => Promise<Token>,
): Partial<Record<SocketType, Step>> {
  return Object.fromEntries(types.map((type): [string, Step] => [type, (peer, socket) => step(peer, socket, type)]));
}

/** Nothing is written behind READY: the target has its say to the end. */
async function turnedAway(trial: Trial, peer: RawPeer, socketType: SocketType): Promise<Token> {
  await peer.greet();
  peer.write(ready(trial.metadataOf(trial.type, { socketType })), 'READY');
  const outcome = await peer.outcome();
  return outcome === 'open' ? trial.fate(peer) : outcome;
}

/** A libzmq DISH has no ear for PING, but for its group. */
async function heard(socket: TargetSocket, peer: RawPeer): Promise<Token> {
  const [group, body] = [ascii('group'), freshIdentity()];
  await socket.join(group);
  peer.write(message(group, body), 'a good message');
  const got = await socket.receive();
  if (got !== undefined) return 'open';
  return peer.closedAt === undefined ? 'mute' : peer.closed();
}

/**
 * What became of them all: the worst of it, which is what it was with all of them if that is the best.
 *
 * @param wanted - how the tokens begin that will do, the best first
 */
function together(fates: Tokens<SocketType>, wanted: readonly string[]): Token {
  const all = Object.entries(fates);
  let worst = all[0]?.[1];
  for (const begins of wanted) {
    const other = all.find(([, fate]) => !fate.startsWith(begins));
    if (other === undefined && worst !== undefined) return worst;
    worst = other?.[1];
  }
  const last = wanted.at(-1) ?? '';
  const [type, fate] = all.find(([, one]) => !one.startsWith(last)) ?? ['', 'nothing'];
  return `differs(${type} ${fate === 'open' ? 'accepted' : fate})`;
}

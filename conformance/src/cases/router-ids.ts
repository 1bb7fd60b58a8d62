/** ROUTER: who is who. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ready } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, same, toHex } from '../raw/octets.ts';
import { parts } from '../raw/parts.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { whereSupported } from '../target/where-supported.ts';
import { idOf } from '../trial/after.ts';
import { emitted, fateInTheEnd, heardUntilPong, mustSend, settle, taken } from '../trial/exchange.ts';
import { freshIdentity, type Trial } from '../trial/trial.ts';

export const routerIdCases: readonly Case[] = [
  defineCase({
    id: 'router/1',
    judge: { in: { rfc: ['delivered'] }, out: { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const identity = freshIdentity();
      const peer = await settle(trial, socket, { identity });
      peer.write(message(...parts('', 'in')));
      const inward = await taken(socket, [identity, ...parts('', 'in')]);
      await mustSend(socket, [identity, ...parts('', 'out')]);
      return { in: inward, out: await emitted(peer, parts('', 'out')) };
    },
  }),

  defineCase({
    id: 'router/2',
    judge: { 'the id in front': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket, { identity: ascii('me') });
      const id = await idOf(socket, peer);
      return { 'the id in front': same(id, ascii('me')) ? 'as-required' : `differs(${toHex(id)})` };
    },
  }),

  defineCase({
    id: 'router/3',
    roles: ['bind'],
    judge: {
      ids: { rfc: ['as-required'] },
      'to the one': { rfc: ['delivered'] },
      'to the other': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const silent = await trial.meet(socket);
      await silent.greet();
      silent.write(ready({ socketType: 'DEALER' }), 'READY without Identity');
      await silent.expectReady();
      const empty = await settle(trial, socket, { identity: ascii('') });
      const [one, other] = [await idOf(socket, silent), await idOf(socket, empty)];
      const usable = one.length > 0 && other.length > 0 && !same(one, other);
      await mustSend(socket, [one, ascii('to the one')]);
      await mustSend(socket, [other, ascii('to the other')]);
      return {
        ids: usable ? 'as-required' : `differs(${toHex(one)} and ${toHex(other)})`,
        'to the one': await emitted(silent, parts('to the one')),
        'to the other': await emitted(empty, parts('to the other')),
      };
    },
  }),

  defineCase({
    id: 'router/6',
    roles: ['bind'],
    judge: {
      // To refuse it, to ignore it and to give it an id of its own all keep it apart.
      'the second': { rfc: ['closed', 'closed+ERROR(*)', 'mute', 'open'] },
      'the first, in': { rfc: ['delivered'] },
      'the first, out': { rfc: ['delivered'] },
      'handover, in': { rfc: ['delivered'] },
      'handover, out': { rfc: ['delivered'] },
      'handover, the first': { rfc: ['closed', 'closed+ERROR(*)', 'mute', 'open'] },
    },
    run: async trial => ({ ...(await refused(trial)), ...(await whereSupported(() => handedOver(trial))) }),
  }),
];

/** Two peers with one identity, one after the other; each then says something, the second first. */
async function twins(
  trial: Trial,
  socket: TargetSocket,
): Promise<{ identity: Uint8Array; first: RawPeer; second: RawPeer }> {
  const identity = freshIdentity();
  const first = await settle(trial, socket, { identity });
  await idOf(socket, first);
  const second = await trial.meet(socket);
  await second.greet();
  second.write(ready({ socketType: 'DEALER', identity }), 'READY');
  return { identity, first, second };
}

/** What became of a message that must not be taken for one of the other peer with this identity. */
async function apart(socket: TargetSocket, identity: Uint8Array, fate: Token, text: string): Promise<Token> {
  if (socket.waiting === 0) return fate === 'open' ? 'mute' : fate;
  const { parts: got } = await socket.expectMessage();
  const [id] = got;
  const confused = id !== undefined && same(id, identity);
  return confused ? `differs(${text})` : 'open';
}

async function refused(trial: Trial): Promise<Record<'the second' | 'the first, in' | 'the first, out', Token>> {
  const socket = await trial.open();
  const { identity, first, second } = await twins(trial, socket);
  second.write(message(ascii('of the second')));
  const kept = await apart(socket, identity, await fateInTheEnd(trial, second), 'the second has the id of the first');
  first.write(message(ascii('of the first')));
  const inward = await taken(socket, [identity, ascii('of the first')]);
  await mustSend(socket, [identity, ascii('to the first')]);
  return { 'the second': kept, 'the first, in': inward, 'the first, out': await emitted(first, parts('to the first')) };
}

async function handedOver(
  trial: Trial,
): Promise<Record<'handover, in' | 'handover, out' | 'handover, the first', Token>> {
  const socket = await trial.open({ routerHandover: true });
  const { identity, first, second } = await twins(trial, socket);
  await second.expectReady();
  second.write(message(ascii('of the second')));
  const inward = await taken(socket, [identity, ascii('of the second')]);
  await mustSend(socket, [identity, ascii('to the second')]);
  const outward = await emitted(second, parts('to the second'));
  first.write(message(ascii('of the first')));
  const fate = await fateInTheEnd(trial, first);
  await heardUntilPong(trial, second);
  const kept = await apart(socket, identity, fate, 'the first still has the id');
  return { 'handover, in': inward, 'handover, out': outward, 'handover, the first': kept };
}

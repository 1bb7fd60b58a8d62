/** DISH: what it tells RADIOs, and what it takes from them. RFC 48, and RFC 37 "The Radio-Dish Pattern". */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ping } from '../raw/command.ts';
import { frame, message, MORE } from '../raw/frame.ts';
import { ascii, filled, join, same } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { afterOctets, reach, upTo } from '../trial/arrivals.ts';
import type { Trial } from '../trial/trial.ts';
import { ask, expectTold, judgeTold } from '../trial/upstream.ts';

const B = ascii('B');

export const dishCases: readonly Case[] = [
  defineCase({
    id: 'dish/1',
    types: ['DISH'],
    judge: {
      'a group there before': { rfc: ['as-required'] },
      'a new one': { rfc: ['as-required'] },
      'its end': { rfc: ['as-required'] },
      'after the return': { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      await ask(socket, 'subscribe', B);
      const peer = await trial.join(socket);
      const before = judgeTold(await expectTold(peer), { kind: 'JOIN', topic: B, command: true });
      const topic = ascii('new');
      await ask(socket, 'subscribe', topic);
      const begun = judgeTold(await expectTold(peer), { kind: 'JOIN', topic, command: true });
      await ask(socket, 'unsubscribe', topic);
      const ended = judgeTold(await expectTold(peer), { kind: 'LEAVE', topic, command: true });
      peer.destroy();
      const again = await trial.join(socket);
      const after = judgeTold(await expectTold(again), { kind: 'JOIN', topic: B, command: true });
      return { 'a group there before': before, 'a new one': begun, 'its end': ended, 'after the return': after };
    },
  }),

  defineCase({
    id: 'dish/2',
    types: ['DISH'],
    judge: {
      'a group that is joined': { rfc: ['delivered'] },
      'an empty body': { rfc: ['delivered'] },
      // It is the RADIO that must look (RFC 37); a DISH may, too (RFC 48).
      'a group that is not': { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
      'a longer one': { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
      'in the other case': { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
    },
    run: async trial => {
      const [socket, peer] = await joined(trial);
      const messages = {
        'a group that is joined': [B, ascii('hello')],
        'an empty body': [B, ascii('')],
        'a group that is not': [ascii('A'), ascii('x')],
        'a longer one': [ascii('BB'), ascii('y')],
        'in the other case': [ascii('b'), ascii('z')],
      };
      return reach(trial, socket, peer, messages, [B]);
    },
  }),

  defineCase({
    id: 'dish/3',
    types: ['DISH'],
    judge: {
      'one frame': { rfc: ['dropped', 'closed', 'closed+ERROR(*)'] },
      'three frames': { rfc: ['dropped', 'closed', 'closed+ERROR(*)'] },
      'a group of 256 octets': { rfc: ['dropped', 'closed', 'closed+ERROR(*)'] },
    },
    run: async trial => {
      const after = async (...parts: readonly Uint8Array[]): Promise<Token> => {
        const [socket, peer] = await joined(trial); // a connecting target may not come back
        return afterOctets(trial, socket, peer, message(...parts), parts, [B]);
      };
      return {
        'one frame': await after(B),
        'three frames': await after(B, ascii('x'), ascii('y')),
        'a group of 256 octets': await after(filled(256, 0x42), ascii('x')),
      };
    },
  }),

  defineCase({
    id: 'dish/4',
    types: ['DISH'],
    judge: {
      'PING while idle': { rfc: ['replied(PONG)'] },
      'a message behind it': { rfc: ['delivered'] },
      'PING between group and body': { rfc: ['replied(PONG)'] },
      'the message around it': { rfc: ['delivered'] },
    },
    run: async trial => {
      const [socket, peer] = await joined(trial);
      peer.write(ping('idle'));
      const idle = await answered(peer, 'idle');
      const { behind } = await reach(trial, socket, peer, { behind: [B, ascii('behind')] }, [B]);

      const [second, other] = await joined(trial);
      other.write(join(frame(B, { flags: MORE }), ping('between'), frame(ascii('around'))));
      const between = await answered(other, 'between');
      const arrived = await upTo(trial, second, other, [B]);
      const around = (): Token => {
        if (typeof arrived === 'string') return arrived;
        if (arrived.length === 0) return 'dropped';
        return arrived.length === 1 && sameParts(arrived[0] ?? [], [B, ascii('around')]) ? 'delivered' : 'altered';
      };
      return {
        'PING while idle': idle,
        'a message behind it': behind,
        'PING between group and body': between,
        'the message around it': around(),
      };
    },
  }),
];

/** A DISH that has joined B, and a RADIO that was told. */
async function joined(trial: Trial): Promise<[TargetSocket, RawPeer]> {
  const socket = await trial.open();
  await ask(socket, 'subscribe', B);
  const peer = await trial.join(socket);
  await expectTold(peer);
  return [socket, peer];
}

async function answered(peer: RawPeer, context: string): Promise<Token> {
  const pong = await peer.command('PONG');
  if (pong === 'closed') return peer.closed();
  if (pong === 'silent') return 'mute';
  return same(pong.data, ascii(context)) ? 'replied(PONG)' : 'altered';
}

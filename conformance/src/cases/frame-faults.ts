/** Frames that are not as they should be, and messages that never end. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { command, ping, ready } from '../raw/command.ts';
import { COMMAND, frame, LONG, message, MORE } from '../raw/frame.ts';
import { ascii, filled, join, random, same, uint16, uint64 } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import { arrival, landing } from '../trial/arrivals.ts';
import { joinToTalk } from '../trial/exchange.ts';
import { holds, type Trial } from '../trial/trial.ts';

export const frameFaultCases: readonly Case[] = [
  defineCase({
    id: 'frame/8',
    judge: {
      READY: { rfc: ['closed', 'closed+ERROR(*)', 'mute'], lenient: ['open'] },
      PING: { rfc: ['closed', 'closed+ERROR(*)', 'open'], lenient: ['replied(PONG)'] },
      // A command that nobody knows is ignored in any case.
      unknown: { rfc: ['closed', 'closed+ERROR(*)', 'open'] },
    },
    run: async trial => ({
      READY: await readyWithMore(trial),
      PING: await commandWithMore(trial, context => withMore('PING', join(uint16(0), context))),
      unknown: await commandWithMore(trial, () => withMore('UNKNOWN', ascii('x'))),
    }),
  }),

  defineCase({
    id: 'frame/9',
    judge: {
      '2^63': { rfc: ['closed', 'closed+ERROR(*)'], lenient: ['mute'] },
      '2^64-1': { rfc: ['closed', 'closed+ERROR(*)'], lenient: ['mute'] },
      'a connection after them': { rfc: ['delivered'] },
    },
    run: async trial => {
      let socket = await trial.open();
      const announce = async (size: bigint) => {
        const { peer } = await joinToTalk(trial, socket);
        peer.write(join(Uint8Array.of(LONG), uint64(size)), `a frame of ${size} octets is announced`);
        const outcome = await peer.outcome();
        peer.destroy();
        // Who has met a peer that breaks the rules need not come back.
        if (trial.role === 'connect') socket = await trial.open();
        return outcome === 'open' ? ('mute' as const) : outcome;
      };
      const least = await announce(2n ** 63n);
      const most = await announce(2n ** 64n - 1n);
      const body = ascii('sound');
      const after = await landing(trial, socket, await trial.join(socket), message(body), [body]);
      return { '2^63': least, '2^64-1': most, 'a connection after them': after };
    },
  }),

  defineCase({
    id: 'frame/10',
    types: ['ROUTER', 'PULL'],
    judge: {
      'FIN behind MORE': { rfc: ['delivered'] },
      'FIN within a size': { rfc: ['delivered'] },
      'RST within a body': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const more = frame(ascii('half'), { flags: MORE });
      let peer = await trial.join(socket);
      const cut = async (rest: Uint8Array, end: (peer: RawPeer) => void) => {
        const whole = ascii('whole');
        peer.write(join(message(whole), more, rest), 'a whole message, and one that is cut off');
        const first = await arrival(trial, socket, peer); // so that the octets behind it have been seen as well
        if (typeof first === 'string') return 'dropped';
        if (!holds(socket.type, first, [whole])) return 'altered';
        end(peer);
        await peer.outcome(); // what it makes of the end comes before what another connection brings
        peer = await trial.join(socket);
        const body = ascii('sound');
        return landing(trial, socket, peer, message(body), [body]);
      };
      return {
        'FIN behind MORE': await cut(new Uint8Array(0), peer => peer.end()),
        'FIN within a size': await cut(Uint8Array.of(LONG, 0, 0, 0), peer => peer.end()),
        'RST within a body': await cut(frame(filled(100, 0x62), { size: 200 }), peer => peer.reset()),
      };
    },
  }),

  defineCase({
    id: 'frame/11',
    roles: ['bind'],
    types: ['PULL', 'ROUTER'],
    judge: { 'the other peer': { rfc: ['delivered'] }, 'the unfinished message': { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer: slow } = await joinToTalk(trial, socket);
      const { peer: other } = await joinToTalk(trial, socket);
      const before = ascii('before');
      const parts = [ascii('begun'), ascii('ended')];
      const [begun, ended] = [message(...parts).subarray(0, 7), message(...parts).subarray(7)];
      slow.write(join(message(before), begun), 'a whole message, and the first frame of another');
      const first = await arrival(trial, socket, slow);
      if (typeof first === 'string' || !holds(socket.type, first, [before])) return { 'the other peer': 'altered' };
      const meanwhile = ascii('meanwhile');
      return {
        'the other peer': await landing(trial, socket, other, message(meanwhile), [meanwhile]),
        'the unfinished message': await landing(trial, socket, slow, ended, parts),
      };
    },
  }),
];

async function readyWithMore(trial: Trial) {
  const socket = await trial.open();
  const peer = await trial.meet(socket);
  await peer.greet();
  peer.write(ready(trial.metadataOf(socket.type), { flags: COMMAND | MORE }), 'READY with MORE');
  const theirs = await peer.command('READY');
  if (theirs === 'closed') return peer.closed();
  return trial.fate(peer);
}

function withMore(name: string, data: Uint8Array): Uint8Array {
  return command(name, data, { flags: COMMAND | MORE });
}

/** MORE may neither bind the command to the message behind it, nor that message to anything. */
async function commandWithMore(trial: Trial, build: (context: Uint8Array) => Uint8Array) {
  const socket = await trial.open();
  const { peer } = await joinToTalk(trial, socket);
  const context = random(8);
  const body = ascii('behind');
  const landed = await landing(trial, socket, peer, join(build(context), message(body)), [body]);
  if (landed !== 'delivered') return landed;
  const last = random(8);
  peer.write(ping(last), 'PING: what was answered?');
  for (let replied = false; ;) {
    const pong = await peer.command('PONG');
    if (pong === 'closed') return peer.closed();
    if (pong === 'silent') return 'mute';
    if (same(pong.data, last)) return replied ? 'replied(PONG)' : 'open';
    replied ||= same(pong.data, context);
  }
}

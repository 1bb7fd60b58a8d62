/** Traffic: what a connecting target does when its connection has ended. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, property, ready } from '../raw/command.ts';
import { frame, message } from '../raw/frame.ts';
import { greeting } from '../raw/greeting.ts';
import { ascii, filled } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Trial } from '../trial/trial.ts';

type Act = (peer: RawPeer, socket: TargetSocket) => Promise<void> | void;

const PLAIN: TargetOptions = { mechanism: 'PLAIN', plainUsername: ascii('user'), plainPassword: ascii('pass') };
const LIMIT = 4_096;

/** Sockets that call side by side: a busy machine makes delays longer, never shorter, so the shortest of several tells. */
const SOCKETS = 8;
const DELAYS = 4;
const RECONNECT_MS = 100;
/** A first delay is still short. */
const SHORT_MS = 1_000;
/** How far the first delays of all sockets are apart, or the second, or …, at least: more than timers stray. */
const SPREAD_MS = 15;
/**
 * How much longer the last delay is than the first, at least. A difference, since what a busy machine adds is in both;
 * more than a random part can be, and less than any growth worth the name comes to in four steps.
 */
const GROWTH_MS = 150;

/** By the text an end is temporary, whoever caused it; libzmq does not come back to a peer that it found at fault. */
const OWN_FINDING = { rfc: ['reconnects', 'gives-up'], wire: ['gives-up'] } as const;

export const trafficReconnectCases: readonly Case[] = [
  defineCase({
    id: 'traffic/6',
    roles: ['connect'],
    judge: {
      'FIN before the greeting': { rfc: ['reconnects'] },
      'FIN inside it': { rfc: ['reconnects'] },
      'FIN after it': { rfc: ['reconnects'] },
      'FIN after the handshake': { rfc: ['reconnects'] },
      'RST after the handshake': { rfc: ['reconnects'] },
      'FIN in place of WELCOME': { rfc: ['reconnects'] },
    },
    run: async trial => {
      const after = async (act: Act, options: TargetOptions = {}): Promise<Token> => {
        const socket = await trial.open(options);
        const peer = await trial.meet(socket);
        await act(peer, socket);
        peer.end();
        return comesBack(trial, socket);
      };
      const [before, inside, behind, traffic, reset] = await Promise.all([
        after(() => undefined),
        after(peer => {
          peer.write(greeting().subarray(0, 20), 'part of a greeting');
        }),
        after(async peer => {
          await peer.greet();
        }),
        after(async (peer, socket) => {
          await trial.introduce(peer, socket.type);
        }),
        after(async (peer, socket) => {
          await trial.introduce(peer, socket.type);
          peer.reset();
        }),
      ]);
      const inPlaceOfWelcome: Act = async peer => {
        await peer.greet({ mechanism: 'PLAIN', asServer: 1 });
        await peer.expectCommand('HELLO');
      };
      return {
        'FIN before the greeting': before,
        'FIN inside it': inside,
        'FIN after it': behind,
        'FIN after the handshake': traffic,
        'RST after the handshake': reset,
        ...(trial.can('mech:PLAIN') ? { 'FIN in place of WELCOME': await after(inPlaceOfWelcome, PLAIN) } : {}),
      };
    },
  }),

  defineCase({
    id: 'traffic/7',
    roles: ['connect'],
    judge: {
      short: { rfc: ['as-required'] },
      'partly random': { rfc: ['as-required'] },
      grows: { rfc: ['as-required'] },
    },
    run: async trial => {
      const delays = await Promise.all(Array.from({ length: SOCKETS }, () => delaysOf(trial)));
      const first = delays.map(([delay]) => delay ?? Infinity);
      const last = delays.map(list => list.at(-1) ?? 0);
      const [shortest, longest] = [Math.min(...first), Math.max(...first)];
      return {
        short: longest <= SHORT_MS ? 'as-required' : 'differs(long)',
        'partly random':
          Math.max(...Array.from({ length: DELAYS }, (_, i) => spread(delays, i))) >= SPREAD_MS
            ? 'as-required'
            : 'differs(in step)',
        grows: Math.min(...last) - shortest >= GROWTH_MS ? 'as-required' : 'differs(constant)',
      };
    },
  }),

  defineCase({
    id: 'traffic/8',
    roles: ['connect'],
    judge: {
      'foreign mechanism': OWN_FINDING,
      'wrong socket type': OWN_FINDING,
      'malformed READY': OWN_FINDING,
      'oversized frame': OWN_FINDING,
      'impossible size': OWN_FINDING,
    },
    run: async trial => {
      const after = async (act: Act): Promise<Token> => {
        const socket = await trial.open({ maxMessageSize: LIMIT });
        const peer = await trial.meet(socket);
        await act(peer, socket);
        const outcome = await peer.outcome();
        if (outcome === 'open') return 'unreached(it stays)';
        peer.destroy();
        return comesBack(trial, socket);
      };
      const inTraffic =
        (octets: Uint8Array): Act =>
        async (peer, socket) => {
          await trial.introduce(peer, socket.type);
          peer.write(octets);
        };
      const introducedAs =
        (octets: Uint8Array): Act =>
        async peer => {
          await peer.greet();
          peer.write(octets, 'READY');
        };
      const [mechanism, type, malformed, oversized, impossible] = await Promise.all([
        after(peer => {
          peer.write(greeting({ mechanism: 'XYZ' }), 'greeting');
        }),
        after(introducedAs(ready({ socketType: 'PUB' }))),
        after(introducedAs(command('READY', property('Socket-Type', 'DEALER', { valueLength: 100 })))),
        after(inTraffic(message(filled(LIMIT + 1, 0)))),
        after(inTraffic(frame(ascii('x'), { long: true, size: 2n ** 63n }))),
      ]);
      return {
        'foreign mechanism': mechanism,
        'wrong socket type': type,
        'malformed READY': malformed,
        'oversized frame': oversized,
        'impossible size': impossible,
      };
    },
  }),
];

async function comesBack(trial: Trial, socket: TargetSocket): Promise<Token> {
  const next = await trial.listenerOf(socket).accept(2 * trial.stepMs);
  if (next === undefined) return 'gives-up';
  trial.keep(next).destroy();
  return 'reconnects';
}

/** Milliseconds from the end of each connection, which comes at once, to the next. */
async function delaysOf(trial: Trial): Promise<readonly number[]> {
  const listener = trial.listenerOf(await trial.open({ reconnectMs: RECONNECT_MS }));
  const delays: number[] = [];
  let since: number | undefined;
  while (delays.length < DELAYS) {
    const call = await listener.expectCall(3 * trial.stepMs);
    if (since !== undefined) delays.push(performance.now() - since);
    call.destroy();
    since = performance.now();
  }
  return delays;
}

/** How far the delays of all sockets are apart, the first, the second, or … */
function spread(delays: readonly (readonly number[])[], index: number): number {
  const those = delays.map(list => list[index] ?? 0);
  return Math.max(...those) - Math.min(...those);
}

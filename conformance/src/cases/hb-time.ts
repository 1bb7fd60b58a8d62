/**
 * How long a target takes silence: after a PING with a TTL, and after a PING of its own. These rows are about real time;
 * what is looked at lies a third of a second and more from where it would turn.
 */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, ping } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, filled } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import { inParallel } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';

const HEARTBEAT = ['heartbeat'];
/** Half a second after an unanswered PING is too late. */
const STRICT: TargetOptions = { heartbeatMs: 100, heartbeatTimeoutMs: 500 };
/** Long enough for STRICT to have given up by then. */
const LONG_MS = 1200;

const DECISECOND_MS = 100;
/** Whoever takes a TTL of 1.5 s for twice as long is later than this. */
const LATE_MS = 1000;

/** TTL 1 s; something comes after 0.6 s; looked at after 1.3 s, before a clock that began anew would be over. */
const TTL = { deciseconds: 10, lifeAtMs: 600, lookAtMs: 1300 };

export const hbTimeCases: readonly Case[] = [
  defineCase({
    id: 'hb/6',
    judge: { 'TTL 0.5 s': { rfc: ['closed'] }, 'TTL 1.5 s': { rfc: ['closed'] } },
    run: trial =>
      inParallel({ 'TTL 0.5 s': 5, 'TTL 1.5 s': 15 }, async ttl => {
        const peer = await trial.join(await trial.open());
        peer.write(ping('', ttl), `PING, TTL ${ttl / 10} s`);
        const began = performance.now();
        const outcome = await peer.outcome(ttl * DECISECOND_MS + LATE_MS);
        const early = peer.closedAt !== undefined && peer.closedAt - began < (ttl - 1) * DECISECOND_MS;
        return early ? 'differs(early)' : outcome;
      }),
  }),

  defineCase({
    id: 'hb/7',
    types: ['ROUTER'],
    judge: { message: { rfc: ['open'] }, 'PING with TTL 0': { rfc: ['open'] }, 'unknown command': { rfc: ['open'] } },
    run: trial =>
      inParallel(
        {
          message: message(ascii('alive')),
          'PING with TTL 0': ping('alive', 0),
          'unknown command': command('ALIVE'),
        },
        async octets => {
          const peer = await trial.join(await trial.open());
          const outcome = await silenceBroken(peer, octets);
          return outcome === 'open' ? trial.fate(peer) : outcome;
        },
      ),
  }),

  defineCase({
    id: 'hb/8',
    judge: { 'half a frame within the TTL': { rfc: ['delivered'] }, 'an octet for each PING': { rfc: ['delivered'] } },
    run: async trial => {
      const half = async (): Promise<Token> => {
        const socket = await trial.open();
        const peer = await trial.join(socket);
        const part = ascii('in two pieces');
        const octets = message(part);
        const outcome = await silenceBroken(peer, octets.subarray(0, 6));
        if (outcome !== 'open') return outcome;
        peer.write(octets.subarray(6), 'the other half');
        return trial.delivery(socket, [part]);
      };
      const trickle = async (): Promise<Token> => {
        const socket = await trial.open(STRICT);
        const peer = await trial.join(socket);
        const part = filled(64, 0x61);
        const octets = message(part);
        let sent = 0;
        const left = await keptAlive(peer, () => octets.subarray(sent, (sent += 1)));
        if (left !== 'open') return left;
        peer.write(octets.subarray(sent), 'the rest');
        return trial.delivery(socket, [part]);
      };
      const [inTwo, octetwise] = await Promise.all([half(), trial.can('heartbeat') ? trickle() : undefined]);
      return {
        'half a frame within the TTL': inTwo,
        ...(octetwise === undefined ? {} : { 'an octet for each PING': octetwise }),
      };
    },
  }),

  defineCase({
    id: 'hb/9',
    judge: {
      '65.5 s': { rfc: ['open'] },
      '65.6 s': { rfc: ['open'] },
      '131.1 s': { rfc: ['open'] },
      '655.4 s': { rfc: ['open'] },
    },
    run: trial =>
      inParallel({ '65.5 s': 655, '65.6 s': 656, '131.1 s': 1311, '655.4 s': 6554 }, async ttl => {
        const peer = await trial.join(await trial.open());
        peer.write(ping('', ttl), `PING, TTL ${ttl / 10} s`);
        const outcome = await peer.outcome(2000);
        return outcome === 'open' ? trial.fate(peer) : outcome;
      }),
  }),

  defineCase({
    id: 'hb/11',
    needs: HEARTBEAT,
    judge: {
      silence: { rfc: ['closed'] },
      'PONG for each PING': { rfc: ['open'] },
      'a message for each PING': { rfc: ['open'] },
      'an unknown command for each PING': { rfc: ['open'] },
    },
    run: async trial => {
      const silence = async (): Promise<Token> => (await strictPeer(trial)).outcome(1500);
      const answers = {
        'PONG for each PING': command('PONG'),
        'a message for each PING': message(ascii('alive')),
        'an unknown command for each PING': command('ALIVE'),
      };
      const [silent, answered] = await Promise.all([
        silence(),
        inParallel(answers, async octets => keptAlive(await strictPeer(trial), () => octets)),
      ]);
      return { silence: silent, ...answered };
    },
  }),

  defineCase({
    id: 'hb/15',
    roles: ['connect'],
    judge: { 'an expired TTL': { rfc: ['reconnects'] }, 'a failed heartbeat': { rfc: ['reconnects'] } },
    run: async trial => {
      const returns = async (options: TargetOptions, octets?: Uint8Array): Promise<Token> => {
        const socket = await trial.open(options);
        const peer = await trial.join(socket);
        if (octets !== undefined) peer.write(octets, 'PING with a TTL');
        const outcome = await peer.outcome(1500);
        if (outcome === 'open') return outcome;
        peer.destroy(); // some wait for our half to be closed, too, before they come back
        const again = await trial.listenerOf(socket).accept();
        if (again === undefined) return 'gives-up';
        trial.keep(again);
        return 'reconnects';
      };
      const [ttl, own] = await Promise.all([
        returns({}, ping('', 3)),
        trial.can('heartbeat') ? returns({ heartbeatMs: 100, heartbeatTimeoutMs: 200 }) : undefined,
      ]);
      return { 'an expired TTL': ttl, ...(own === undefined ? {} : { 'a failed heartbeat': own }) };
    },
  }),
];

async function strictPeer(trial: Trial): Promise<RawPeer> {
  return trial.join(await trial.open(STRICT));
}

/** PING with a TTL, then silence but for these octets; what has become of the connection after the TTL. */
async function silenceBroken(
  peer: RawPeer,
  octets: Uint8Array,
): Promise<'open' | 'closed' | `closed+ERROR(${string})`> {
  const began = performance.now();
  peer.write(ping('', TTL.deciseconds), 'PING, TTL 1 s');
  const before = await peer.outcome(TTL.lifeAtMs);
  if (before !== 'open') return before;
  peer.write(octets, 'a sign of life');
  return peer.outcome(began + TTL.lookAtMs - performance.now());
}

/** Far fewer than intervals. */
const PINGS_LEAST = 3;

/** An answer to each of the target's PINGs, for a while; one that does not go on with them is of no use: `mute`. */
async function keptAlive(peer: RawPeer, answer: () => Uint8Array): Promise<'open' | 'mute' | Token> {
  const until = performance.now() + LONG_MS;
  for (let pings = 0; ; pings += 1) {
    const next = await peer.command('PING', Math.max(0, until - performance.now()));
    if (next === 'closed') return peer.closed();
    if (next === 'silent') return pings < PINGS_LEAST ? 'mute' : 'open';
    peer.write(answer(), 'a sign of life');
  }
}

/** PING and PONG as such: what comes back, what the target's own look like, and when they may not come at all. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { commandIn, ping, pong, ready } from '../raw/command.ts';
import { COMMAND, LONG, message } from '../raw/frame.ts';
import { ascii, filled, join, random, same, toAscii, toHex } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Trial } from '../trial/trial.ts';

const HEARTBEAT = ['heartbeat'];
/** Nothing is ever too late. */
const PATIENT = { heartbeatMs: 100, heartbeatTimeoutMs: 10_000 };
const CONTEXT_MAX = 16;

export const hbPingCases: readonly Case[] = [
  defineCase({
    id: 'hb/1',
    judge: {
      'no context': { rfc: ['as-required'] },
      '3 octets': { rfc: ['as-required'] },
      '16 octets': { rfc: ['as-required'] },
    },
    run: async trial => {
      const peer = await trial.join(await trial.open());
      const echo = async (context: Uint8Array): Promise<Token> => {
        const data = await pongTo(peer, context);
        if (typeof data === 'string') return data === 'closed' ? peer.closed() : 'mute';
        return same(data, context) ? 'as-required' : `differs(${toHex(data)})`;
      };
      return {
        'no context': await echo(new Uint8Array(0)),
        '3 octets': await echo(random(3)),
        '16 octets': await echo(random(CONTEXT_MAX)),
      };
    },
  }),

  defineCase({
    id: 'hb/2',
    judge: {
      '17 octets': { rfc: ['closed', 'closed+ERROR(*)', 'open'], lenient: ['replied(16 octets)'] },
      '300 octets': { rfc: ['closed', 'closed+ERROR(*)', 'open'], lenient: ['replied(16 octets)'] },
    },
    run: async trial => {
      const tooLong = async (size: number): Promise<Token> => {
        const peer = await trial.join(await trial.open());
        const context = random(size);
        peer.write(join(ping(context), ping('behind')), 'PING, and another behind');
        const next = await peer.command('PONG');
        if (typeof next === 'string') return next === 'closed' ? peer.closed() : 'mute';
        if (toAscii(next.data) === 'behind') return 'open';
        return same(next.data, context.subarray(0, next.data.length))
          ? `replied(${next.data.length} octets)`
          : `differs(${toHex(next.data)})`;
      };
      const [seventeen, many] = await Promise.all([tooLong(17), tooLong(300)]);
      return { '17 octets': seventeen, '300 octets': many };
    },
  }),

  defineCase({
    id: 'hb/4',
    judge: { '100 at once': { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.join(await trial.open());
      const contexts = Array.from({ length: 100 }, (_, i) => `no. ${i}`);
      peer.write(join(...contexts.map(context => ping(context))), '100 PINGs');
      for (const context of contexts) {
        const answer = await peer.expectCommand('PONG');
        if (toAscii(answer.data) !== context) return { '100 at once': `differs(${toAscii(answer.data)})` };
      }
      return { '100 at once': 'as-required' };
    },
  }),

  defineCase({
    id: 'hb/5',
    judge: {
      unsolicited: { rfc: ['delivered', 'closed', 'closed+ERROR(*)'], wire: ['delivered'] },
      'of 100 octets': { rfc: ['delivered', 'closed', 'closed+ERROR(*)'], wire: ['delivered'] },
    },
    run: async trial => {
      const after = async (context: Uint8Array): Promise<Token> => {
        const socket = await trial.open();
        const peer = await trial.join(socket);
        const part = ascii('behind a PONG');
        peer.write(join(pong(context), message(part)), 'PONG, message');
        const seen = await trial.delivery(socket, [part]);
        return seen === 'dropped' && peer.closedAt !== undefined ? peer.closed() : seen;
      };
      const [unsolicited, long] = await Promise.all([after(ascii('zz')), after(filled(100, 0x7a))]);
      return { unsolicited, 'of 100 octets': long };
    },
  }),

  defineCase({
    id: 'hb/10',
    needs: HEARTBEAT,
    judge: { PING: { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.join(await trial.open({ ...PATIENT, heartbeatTtlMs: 1000 }));
      for (;;) {
        const next = await peer.expectFrame('PING');
        const found = commandIn(next);
        if (found?.name !== 'PING') continue;
        const { data } = found;
        const ttl = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
        const sound =
          (next.flags & ~LONG) === COMMAND && ttl === 10 && data.length >= 2 && data.length <= 2 + CONTEXT_MAX;
        return { PING: sound ? 'as-required' : `differs(${next.flags} ${toHex(next.body)})` };
      }
    },
  }),

  defineCase({
    id: 'hb/12',
    needs: HEARTBEAT,
    judge: { 'before READY': { rfc: ['as-required'] }, 'after READY': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await trial.open(PATIENT);
      const peer = await trial.meet(socket);
      await peer.greet();
      const early = await pingsWithin(peer, 600);
      peer.write(ready(trial.metadataOf(socket.type)), 'READY');
      const late = await peer.command('PING');
      return {
        'before READY': peer.closedAt !== undefined ? peer.closed() : early === 0 ? 'as-required' : 'differs(PING)',
        'after READY': typeof late === 'string' ? 'differs(no PING)' : 'as-required',
      };
    },
  }),

  defineCase({
    id: 'hb/13',
    needs: HEARTBEAT,
    judge: {
      PING: { rfc: ['as-required'], wire: ['as-required', 'differs(PING)'] },
      'without an answer': { rfc: ['delivered'], wire: ['delivered', 'closed'] },
    },
    run: async trial => {
      const socket = await trial.open({ heartbeatMs: 100, heartbeatTimeoutMs: 200 });
      const peer = await trial.join(socket, { minor: 0 });
      const pings = await pingsWithin(peer, 700);
      return {
        PING: pings === 0 ? 'as-required' : 'differs(PING)',
        'without an answer': peer.closedAt === undefined ? await sendOne(trial, peer, socket) : peer.closed(),
      };
    },
  }),

  defineCase({
    id: 'hb/14',
    needs: HEARTBEAT,
    judge: { unanswered: { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.join(await trial.open({ heartbeatMs: 50, heartbeatTimeoutMs: 1500 }));
      const pings = await pingsWithin(peer, 1000);
      if (pings === 0) return { unanswered: 'differs(none)' };
      return { unanswered: pings <= FEW ? 'as-required' : 'differs(one an interval)' };
    },
  }),
];

/** Of 20 intervals. */
const FEW = 5;

async function pongTo(peer: RawPeer, context: Uint8Array): Promise<Uint8Array | 'closed' | 'silent'> {
  peer.write(ping(context), 'PING');
  const answer = await peer.command('PONG');
  return typeof answer === 'string' ? answer : answer.data;
}

/** How many come while nothing is said; ends with the connection. */
async function pingsWithin(peer: RawPeer, ms: number): Promise<number> {
  const until = performance.now() + ms;
  for (let count = 0; ; count += 1) {
    const next = await peer.command('PING', Math.max(0, until - performance.now()));
    if (typeof next === 'string') return count;
  }
}

async function sendOne(trial: Trial, peer: RawPeer, socket: TargetSocket): Promise<Token> {
  const part = ascii('still here');
  peer.write(message(part), 'message');
  const seen = await trial.delivery(socket, [part]);
  return seen === 'dropped' && peer.closedAt !== undefined ? peer.closed() : seen;
}

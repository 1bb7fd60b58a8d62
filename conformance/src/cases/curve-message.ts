/** MESSAGE: its nonce, its box and its size, and what may not come in its place. */
import { defineCase, type Case, type Judge, type Token } from '../catalogue/case.ts';
import { command, ping, ready } from '../raw/command.ts';
import { PREFIX, seal, shortNonce } from '../raw/curve-box.ts';
import { frame } from '../raw/frame.ts';
import { ascii, filled, same } from '../raw/octets.ts';
import type { CurveSession } from '../trial/curve-session.ts';
import { curveJoin, curveSockets, REFUSED, taken, type Joined, type Sockets } from '../trial/curve-sides.ts';
import type { Trial } from '../trial/trial.ts';
import { end, onEither, onEitherSide } from './curve-either.ts';

const needs = ['mech:CURVE'];
const HELLO = ascii('hello');
const AGAIN = ascii('again');
const DELIVERED: readonly Token[] = ['delivered'];

export const curveMessageCases: readonly Case[] = [
  defineCase({
    id: 'curve/34',
    roles: ['bind'], // where a connection of its own can show, behind the one that ended, that nothing was delivered
    needs,
    judge: onEither({
      'the same MESSAGE twice': { rfc: ['closed'] },
      'nonce 30, then 10': { rfc: ['closed'] },
      'the nonce of the handshake': { rfc: ['closed'] },
      'nonce 2^64-1, then 0': { rfc: ['closed'] },
    }),
    run: trial =>
      onEitherSide(trial, async (_, side) => {
        const replay = (write: (session: CurveSession) => void, allowed = 0) =>
          replayed(trial, curveSockets(trial, side), write, allowed);
        const nonces = (first: bigint, second: bigint) => (session: CurveSession) => {
          session.write(HELLO, { counter: first });
          session.write(AGAIN, { counter: second });
        };
        const [twice, lower, old, round] = await Promise.all([
          replay(session => {
            const octets = session.sealed(AGAIN);
            session.peer.write(octets, 'MESSAGE');
            session.peer.write(octets, 'the same MESSAGE');
          }, 1),
          replay(nonces(30n, 10n)),
          replay(session => {
            session.write(AGAIN, { counter: session.sent });
          }),
          replay(nonces(2n ** 64n - 1n, 0n)),
        ]);
        return {
          'the same MESSAGE twice': twice,
          'nonce 30, then 10': lower,
          'the nonce of the handshake': old,
          'nonce 2^64-1, then 0': round,
        };
      }),
  }),

  defineCase({
    id: 'curve/35',
    needs,
    judge: onEither({ 'the next but 96': { rfc: ['delivered', ...REFUSED], wire: DELIVERED } }),
    run: trial =>
      onEitherSide(trial, async join => {
        const joined = await join();
        joined.session.write(HELLO, { counter: joined.session.sent + 97n });
        return { 'the next but 96': end(joined, await taken(trial, joined, HELLO)) };
      }),
  }),

  defineCase({
    id: 'curve/36',
    needs,
    judge: onEither({ 'a bit of the payload': { rfc: ['closed'] }, 'a bit of the tag': { rfc: ['closed'] } }),
    run: trial =>
      onEitherSide(trial, async join => {
        const changed = async (at: number) => {
          const joined = await join();
          const octets = joined.session.sealed(HELLO);
          octets[octets.length - at] = (octets[octets.length - at] ?? 0) ^ 1;
          joined.session.peer.write(octets, 'MESSAGE with a bit changed');
          return end(joined, await taken(trial, joined, HELLO));
        };
        return { 'a bit of the payload': await changed(1), 'a bit of the tag': await changed(HELLO.length + 2) };
      }),
  }),

  defineCase({
    id: 'curve/37',
    needs,
    judge: {
      'a message': { rfc: ['closed'] },
      'a PING': { rfc: ['closed'] },
      READY: { rfc: ['closed'] },
      'an unknown command': { rfc: ['closed'] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const clear = async (octets: Uint8Array) => {
        const joined = await curveJoin(trial, sockets);
        joined.session.peer.write(octets, 'in the clear');
        return end(joined, await taken(trial, joined, HELLO));
      };
      return {
        'a message': await clear(frame(HELLO)),
        'a PING': await clear(ping('clear')),
        READY: await clear(ready(trial.metadataOf(trial.type))),
        'an unknown command': await clear(command('UNKNOWN')),
      };
    },
  }),

  defineCase({
    id: 'curve/38',
    needs,
    judge: {
      '16 octets': { rfc: ['closed'] },
      '32 octets': { rfc: ['closed'] },
      '33 octets': { rfc: DELIVERED },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const nothing = new Uint8Array(0);
      const withBox = async (box: ((joined: Joined, counter: bigint) => Uint8Array) | undefined) => {
        const joined = await curveJoin(trial, sockets);
        const counter = joined.session.sent + 1n;
        joined.session.write(nothing, { counter, ...(box === undefined ? {} : { box: box(joined, counter) }) });
        return end(joined, await taken(trial, joined, nothing));
      };
      return {
        '16 octets': await withBox(() => nothing),
        '32 octets': await withBox(({ session }, counter) =>
          seal(session.key, shortNonce(PREFIX.messageOfClient, counter), nothing),
        ),
        '33 octets': await withBox(undefined),
      };
    },
  }),

  defineCase({
    id: 'curve/39',
    needs,
    judge: withoutError([
      'a box that does not open',
      'a nonce used before',
      'too short',
      'in the clear',
      'another name',
    ]),
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const bad = async (write: (joined: Joined) => void) => {
        const joined = await curveJoin(trial, sockets);
        write(joined);
        const became = await taken(trial, joined, HELLO);
        await joined.session.peer.outcome(0); // an ERROR may stand unread on a connection that lives on
        const { errorReason } = joined.session.peer;
        return end(joined, errorReason === undefined ? became : 'replied(ERROR)');
      };
      return {
        'a box that does not open': await bad(({ session }) => {
          session.write(HELLO, { box: filled(22, 0xaa) });
        }),
        'a nonce used before': await bad(({ session }) => {
          session.write(HELLO, { counter: session.sent });
        }),
        'too short': await bad(({ session }) => {
          session.write(HELLO, { box: new Uint8Array(0) });
        }),
        'in the clear': await bad(({ session }) => {
          session.peer.write(frame(HELLO), 'in the clear');
        }),
        'another name': await bad(({ session }) => {
          session.peer.write(command('MASSAGE', filled(40, 0xaa)), 'MASSAGE');
        }),
      };
    },
  }),
];

/** @param allowed - how often `AGAIN` may reach the application */
async function replayed(
  trial: Trial,
  sockets: Sockets,
  write: (session: CurveSession) => void,
  allowed: number,
): Promise<Token> {
  const { session } = await curveJoin(trial, sockets);
  write(session);
  const outcome = await session.peer.outcome();
  const behind = await curveJoin(trial, sockets);
  behind.session.message(ascii('behind'));
  let delivered = 0;
  for (;;) {
    const last = (await behind.socket.expectMessage()).parts.at(-1);
    if (last === undefined || same(last, ascii('behind'))) break;
    if (same(last, AGAIN)) delivered += 1;
  }
  return delivered > allowed ? 'delivered' : outcome;
}

function withoutError(steps: readonly string[]): Record<string, Judge> {
  return Object.fromEntries(steps.map(step => [step, { rfc: ['closed', 'dropped', 'mute', 'delivered', 'altered'] }]));
}

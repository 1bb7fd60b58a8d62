/** MESSAGE: its frame, its nonce, its box and what is in it, with the target on either side. */
import { defineCase, type Case, type Judge, type Token } from '../catalogue/case.ts';
import { PREFIX, seal, shortNonce } from '../raw/curve-box.ts';
import { INNER_MORE, openMessage } from '../raw/curve.ts';
import { COMMAND, frame, LONG, MORE } from '../raw/frame.ts';
import { command, ping, ready } from '../raw/command.ts';
import { ascii, filled, same } from '../raw/octets.ts';
import type { CurveSession } from '../trial/curve-session.ts';
import {
  curveJoin,
  curveSockets,
  REFUSED,
  SIDES,
  taken,
  type Joined,
  type Side,
  type Sockets,
} from '../trial/curve-sides.ts';
import type { Trial } from '../trial/trial.ts';

const needs = ['mech:CURVE'];
const HELLO = ascii('hello');
const AGAIN = ascii('again');
/** Too long for a size of one octet. */
const LARGE = filled(300, 0x4c);
const DELIVERED: readonly Token[] = ['delivered'];

export const curveMessageCases: readonly Case[] = [
  defineCase({
    id: 'curve/27',
    types: ['DEALER'],
    needs,
    judge: onEither({
      theirs: { rfc: ['as-required'] },
      'by its own prefix': { rfc: DELIVERED },
      "by the other side's prefix": { rfc: ['closed'] },
      "by the grammar's prefix": { rfc: ['closed'] },
    }),
    run: trial =>
      onEitherSide(trial, async (join, side) => {
        const ours = side === 'server' ? PREFIX.messageOfClient : PREFIX.messageOfServer;
        const other = side === 'server' ? PREFIX.messageOfServer : PREFIX.messageOfClient;
        const { socket, session } = await join();
        await socket.send({ parts: [HELLO] });
        const theirs = await session.peer.expectFrame('MESSAGE');
        const opens = openMessage(theirs.body, session.key, other) !== undefined;
        session.peer.destroy();
        const sealedBy = async (prefix: string) => {
          const joined = await join();
          joined.session.write(HELLO, { prefix });
          return end(joined, await taken(trial, joined, HELLO));
        };
        return {
          theirs: opens ? 'as-required' : 'differs(does not open)',
          'by its own prefix': await sealedBy(ours),
          "by the other side's prefix": await sealedBy(other),
          "by the grammar's prefix": await sealedBy(PREFIX.messageOfGrammar),
        };
      }),
  }),

  defineCase({
    id: 'curve/28',
    types: ['DEALER'],
    needs,
    judge: onEither({
      short: { rfc: ['replied(command frame)'], wire: ['replied(message frame)'] },
      long: { rfc: ['replied(command frame)'], wire: ['replied(message frame)'] },
    }),
    run: trial =>
      onEitherSide(trial, async join => {
        const { socket, session } = await join();
        const sent = async (part: Uint8Array): Promise<Token> => {
          await socket.send({ parts: [part] });
          const { outer } = await session.expectNext('MESSAGE');
          if (outer.flags === (outer.long ? COMMAND | LONG : COMMAND)) return 'replied(command frame)';
          return outer.flags === (outer.long ? LONG : 0) ? 'replied(message frame)' : `differs(flags ${outer.flags})`;
        };
        return { short: await sent(HELLO), long: await sent(LARGE) };
      }),
  }),

  defineCase({
    id: 'curve/29',
    needs,
    judge: onEither({
      'in a command frame': { rfc: DELIVERED, wire: ['delivered', 'dropped', ...REFUSED] },
      'in a long one': { rfc: DELIVERED, wire: ['delivered', 'dropped', ...REFUSED] },
    }),
    run: trial =>
      onEitherSide(trial, async join => ({
        'in a command frame': await inFrame(trial, await join(), HELLO, COMMAND),
        'in a long one': await inFrame(trial, await join(), LARGE, COMMAND),
      })),
  }),

  defineCase({
    id: 'curve/30',
    needs,
    judge: onEither({
      'in a message frame': { rfc: ['delivered', 'dropped', ...REFUSED], wire: DELIVERED },
      'in a long one': { rfc: ['delivered', 'dropped', ...REFUSED], wire: DELIVERED },
    }),
    run: trial =>
      onEitherSide(trial, async join => ({
        'in a message frame': await inFrame(trial, await join(), HELLO, 0),
        'in a long one': await inFrame(trial, await join(), LARGE, 0),
      })),
  }),

  defineCase({
    id: 'curve/31',
    needs,
    judge: { 'outer 01, inner 00': { rfc: ['delivered', 'dropped', ...REFUSED], lenient: ['altered'] } },
    run: async trial => {
      const joined = await curveJoin(trial, curveSockets(trial, 'server'));
      return { 'outer 01, inner 00': await inFrame(trial, joined, HELLO, MORE) };
    },
  }),

  defineCase({
    id: 'curve/32',
    types: ['DEALER'],
    needs,
    judge: onEither({ in: { rfc: DELIVERED }, out: { rfc: DELIVERED } }),
    run: trial =>
      onEitherSide(trial, async join => {
        const { socket, session } = await join();
        const parts = [ascii('one'), ascii('two')];
        session.message(...parts);
        const came = await trial.delivery(socket, parts);
        await socket.send({ parts });
        const flags: number[] = [];
        for (const part of parts) {
          const next = await session.expectNext('MESSAGE');
          flags.push(same(next.payload, part) ? next.flags : -1);
        }
        const went = flags[0] === INNER_MORE && flags[1] === 0;
        return { in: came, out: went ? 'delivered' : `differs(flags ${flags.join(', ')})` };
      }),
  }),

  defineCase({
    id: 'curve/33',
    needs,
    judge: onEither({
      // There is no other way to send a command, and none is needed.
      'those of its PING': { rfc: ['as-required'], wire: ['as-required', 'replied(02)'] },
      'FC in': { rfc: REFUSED, wire: ['delivered', 'dropped', ...REFUSED] },
    }),
    run: trial =>
      onEitherSide(trial, async (join, side) => {
        const joined = await join();
        joined.session.write(HELLO, { flags: 0xfc });
        const taking = end(joined, await taken(trial, joined, HELLO));
        if (!trial.can('heartbeat')) return { 'FC in': taking };
        const beating = await curveJoin(trial, curveSockets(trial, side, { heartbeatMs: 50 }));
        return { 'those of its PING': await flagsOfNext(beating), 'FC in': taking };
      }),
  }),

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
        return end(joined, await taken(trial, joined, HELLO));
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

type OnEither<Step extends string> = `as ${Side}: ${Step}`;

/** Each step for a target on either side of the handshake. */
function onEither<Step extends string>(steps: Readonly<Record<Step, Judge>>): Record<string, Judge> {
  return Object.fromEntries(
    SIDES.flatMap(side => Object.entries<Judge>(steps).map(([step, judge]) => [named(step, side), judge])),
  );
}

function named<Step extends string>(step: Step, side: Side): OnEither<Step> {
  return `as ${side}: ${step}`;
}

async function onEitherSide(
  trial: Trial,
  run: (join: () => Promise<Joined>, side: Side) => Promise<Readonly<Partial<Record<string, Token>>>>,
): Promise<Record<string, Token | undefined>> {
  const seen: Record<string, Token | undefined> = {};
  for (const side of SIDES) {
    const sockets = curveSockets(trial, side);
    const tokens = await run(() => curveJoin(trial, sockets), side);
    for (const [step, token] of Object.entries(tokens)) seen[named(step, side)] = token;
  }
  return seen;
}

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

/** A message of one part in a frame with these flags outside. */
async function inFrame(trial: Trial, joined: Joined, part: Uint8Array, flags: number): Promise<Token> {
  joined.session.write(part, { outer: { flags } });
  return end(joined, await taken(trial, joined, part));
}

/** The flags of what the target sends of itself, if it sends anything. */
async function flagsOfNext({ session }: Joined): Promise<Token> {
  const next = await session.next();
  if (next === 'closed') return session.peer.closed();
  if (next === 'silent' || next.flags <= INNER_MORE) return 'as-required';
  return `replied(${next.flags.toString(16).padStart(2, '0')})`;
}

/** The connection is of no further use. */
function end(joined: Joined, token: Token): Token {
  joined.session.peer.destroy();
  return token;
}

/** MESSAGE: its frame, its prefix and its flags, with the target on either side. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { PREFIX } from '../raw/curve-box.ts';
import { INNER_MORE, openMessage } from '../raw/curve.ts';
import { COMMAND, LONG, MORE } from '../raw/frame.ts';
import { ascii, filled, same } from '../raw/octets.ts';
import { curveJoin, curveSockets, REFUSED, taken, type Joined } from '../trial/curve-sides.ts';
import type { Trial } from '../trial/trial.ts';
import { end, onEither, onEitherSide } from './curve-either.ts';

const needs = ['mech:CURVE'];
const HELLO = ascii('hello');
/** Too long for a size of one octet. */
const LARGE = filled(300, 0x4c);
const DELIVERED: readonly Token[] = ['delivered'];

export const curveEnvelopeCases: readonly Case[] = [
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
];

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

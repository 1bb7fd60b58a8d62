/** Commands behind the handshake of CURVE, for which RFC 26 has no place. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { commandBody, parseCommand } from '../raw/command.ts';
import { INNER_COMMAND } from '../raw/curve.ts';
import { ascii, join, same } from '../raw/octets.ts';
import { curveJoin, curveSockets, type Joined } from '../trial/curve-sides.ts';
import type { Trial } from '../trial/trial.ts';

const TOPIC = ascii('topic');

export const curveCommandCases: readonly Case[] = [
  defineCase({
    id: 'curve/42',
    types: ['PUB', 'SUB', 'ROUTER'],
    needs: ['mech:CURVE'],
    judge: {
      'PING in': { rfc: ['open'] },
      'SUBSCRIBE in': { rfc: ['delivered'] },
      'SUBSCRIBE in, as a message of 3.0': { rfc: ['delivered'] },
      'SUBSCRIBE out': { rfc: ['replied(02 SUBSCRIBE)'] },
      'SUBSCRIBE out, to 3.0': { rfc: ['replied(00 message)'] },
    },
    run: async (trial): Promise<Partial<Record<string, Token>>> => {
      const joined = (minor = 1) => curveJoin(trial, curveSockets(trial, 'server'), { minor });
      switch (trial.type) {
        case 'PUB': {
          return {
            'SUBSCRIBE in': await subscribing(trial, await joined(), ({ session }) => {
              session.command('SUBSCRIBE', TOPIC);
            }),
            'SUBSCRIBE in, as a message of 3.0': await subscribing(trial, await joined(0), ({ session }) => {
              session.write(join(Uint8Array.of(1), TOPIC));
            }),
          };
        }
        case 'SUB':
          return {
            'SUBSCRIBE out': await subscribed(await joined()),
            'SUBSCRIBE out, to 3.0': await subscribed(await joined(0)),
          };
        default:
          return { 'PING in': await (await joined()).session.fate() };
      }
    },
  }),
];

/** Whether a subscription is taken: what is published until then is lost, so it is published until it comes. */
async function subscribing(trial: Trial, joined: Joined, subscribe: (joined: Joined) => void): Promise<Token> {
  subscribe(joined);
  const { socket, session } = joined;
  const deadline = performance.now() + trial.stepMs;
  while (performance.now() < deadline) {
    await socket.send({ parts: [join(TOPIC, ascii(' and more'))] });
    const parts = await session.receive(50);
    if (parts === 'closed') return session.peer.closed();
    if (parts !== 'silent') return 'delivered';
  }
  return 'dropped';
}

/** The form in which the target subscribes. */
async function subscribed({ socket, session }: Joined): Promise<Token> {
  await socket.subscribe(TOPIC);
  const { flags, payload } = await session.expectNext('a subscription');
  const hex = flags.toString(16).padStart(2, '0');
  const command = parseCommand(payload);
  if (flags === INNER_COMMAND && command !== undefined && same(payload, commandBody('SUBSCRIBE', TOPIC))) {
    return `replied(${hex} SUBSCRIBE)`;
  }
  return same(payload, join(Uint8Array.of(1), TOPIC)) ? `replied(${hex} message)` : `differs(flags ${hex})`;
}

/** Mechanisms that are not the target's own, and roles that both sides claim. */
import { defineCase, type Case, type Judge, type Token } from '../catalogue/case.ts';
import { command, commandIn } from '../raw/command.ts';
import { curveFrame, helloBody } from '../raw/curve.ts';
import { greeting, GREETING_SIZE, type GreetingFields } from '../raw/greeting.ts';
import { random } from '../raw/octets.ts';
import { hello } from '../raw/plain.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import { mechanismsOf, optionsFor, type Mechanism } from '../trial/security.ts';
import type { Trial } from '../trial/trial.ts';

const ENDS: Judge = { rfc: ['closed', 'closed+ERROR(*)'] };
/** A server that meets a server has nothing to say; it may see from the greeting that nothing will come of it. */
const SERVER_WAITS: Judge = { rfc: ['closed', 'closed+ERROR(*)', 'open'] };
const CLIENT_BEGINS: Judge = { rfc: ['closed', 'closed+ERROR(*)', 'replied(HELLO)'] };
const TURNS_AWAY: Judge = { rfc: ['closed', 'closed+ERROR(*)', 'mute'] };

type RoleStep =
  `${Mechanism} ${'server' | 'client'}` | `${Mechanism} server, at WELCOME` | `${Mechanism} client, at HELLO`;

export const greetingMechanismCases: readonly Case[] = [
  defineCase({
    id: 'greeting/11',
    judge: { 'PLAIN to NULL': ENDS, 'CURVE to NULL': ENDS, 'NULL to PLAIN': ENDS, 'NULL to CURVE': ENDS },
    run: async trial => {
      const [plain, curve, toPlain, toCurve] = await Promise.all([
        fateOf(trial, {}, { mechanism: 'PLAIN' }),
        fateOf(trial, {}, { mechanism: 'CURVE' }),
        trial.can('mech:PLAIN') ? fateOf(trial, optionsFor('PLAIN', 'server'), {}) : undefined,
        trial.can('mech:CURVE') ? fateOf(trial, optionsFor('CURVE', 'server'), {}) : undefined,
      ]);
      return {
        'PLAIN to NULL': plain,
        'CURVE to NULL': curve,
        ...(toPlain !== undefined && { 'NULL to PLAIN': toPlain }),
        ...(toCurve !== undefined && { 'NULL to CURVE': toCurve }),
      };
    },
  }),

  defineCase({
    id: 'greeting/12',
    judge: {
      'small letters': ENDS,
      'one letter more': ENDS,
      'a letter behind NUL': ENDS,
      '20 NULs': ENDS,
      '20 letters': ENDS,
    },
    run: async trial => {
      const named = (mechanism: string) => fateOf(trial, {}, { mechanism });
      const [small, more, behind, none, full] = await Promise.all([
        named('null'),
        named('NULLX'),
        named('NULL\0x'),
        named(''),
        named('NULLNULLNULLNULLNULL'),
      ]);
      return {
        'small letters': small,
        'one letter more': more,
        'a letter behind NUL': behind,
        '20 NULs': none,
        '20 letters': full,
      };
    },
  }),

  defineCase({
    id: 'greeting/17',
    judge: {
      'PLAIN server': SERVER_WAITS,
      'PLAIN server, at WELCOME': TURNS_AWAY,
      'PLAIN client': CLIENT_BEGINS,
      'PLAIN client, at HELLO': TURNS_AWAY,
      'CURVE server': SERVER_WAITS,
      'CURVE server, at WELCOME': TURNS_AWAY,
      'CURVE client': CLIENT_BEGINS,
      'CURVE client, at HELLO': TURNS_AWAY,
    },
    run: async trial => {
      const seen: Partial<Record<RoleStep, Token>> = {};
      const claims = mechanismsOf(trial).flatMap(mechanism =>
        (['server', 'client'] as const).map(async role => {
          const who = `${mechanism} ${role}` as const;
          const [first, then] = await claim(trial, mechanism, role);
          seen[who] = first;
          if (then === undefined) return;
          if (role === 'server') seen[`${mechanism} server, at WELCOME`] = then;
          else seen[`${mechanism} client, at HELLO`] = then;
        }),
      );
      await Promise.all(claims);
      return seen;
    },
  }),
];

/** What becomes of a whole greeting; whether the target's own comes is another question. */
async function fateOf(trial: Trial, options: TargetOptions, fields: GreetingFields) {
  const peer = await trial.meet(await trial.open(options));
  peer.write(greeting(fields), 'greeting');
  const theirs = await peer.octets(GREETING_SIZE);
  return theirs === 'closed' ? theirs : peer.outcome();
}

/** We claim the target's own role and go on as that role has it: what came of the greeting, and of what followed. */
async function claim(trial: Trial, mechanism: Mechanism, role: 'server' | 'client'): Promise<readonly [Token, Token?]> {
  const peer = await trial.meet(await trial.open(optionsFor(mechanism, role)));
  peer.write(greeting({ mechanism, asServer: role === 'server' ? 1 : 0 }), 'greeting');
  const theirs = await peer.octets(GREETING_SIZE);
  if (theirs === 'closed') return ['closed'];
  // What a server's silence is worth is seen behind it; it need not be waited for as long as an answer.
  const first = await firstReply(peer, role === 'server' ? trial.stepMs / 4 : trial.stepMs);
  if (first.startsWith('closed')) return [first];
  peer.write(ofRole(mechanism, role), 'what the target itself would say');
  const then = await firstReply(peer, trial.stepMs);
  return [first, then === 'open' ? 'mute' : then];
}

async function firstReply(peer: RawPeer, withinMs: number): Promise<Token> {
  const frame = await peer.frame(withinMs);
  if (frame === 'silent') return 'open';
  if (frame === 'closed') return peer.closed();
  const name = commandIn(frame)?.name ?? 'a message';
  return name === 'ERROR' ? peer.outcome() : (`replied(${name})` as const);
}

/** The first command of that role, sound as far as it can be without having been asked. */
function ofRole(mechanism: Mechanism, role: 'server' | 'client'): Uint8Array {
  if (role === 'server') return command('WELCOME', mechanism === 'PLAIN' ? new Uint8Array(0) : random(160));
  if (mechanism === 'PLAIN') return hello();
  return curveFrame(helloBody({ key: random(32), counter: 0n, clientShortKey: random(32), box: random(80) }));
}

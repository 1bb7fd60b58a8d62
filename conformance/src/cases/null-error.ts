/** ERROR under NULL: what a target makes of one, and how it refuses. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, error, ready } from '../raw/command.ts';
import { greeting } from '../raw/greeting.ts';
import { freshName, join, toAscii, toHex } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import { CLOSED } from '../trial/after.ts';
import { connections, ownSockets, sideBySide, type Step } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';

/** How long a target that was refused is watched: its time between attempts is 20 ms. */
const WATCHED_MS = 2_000;

export const errorCases: readonly Case[] = [
  defineCase({
    id: 'null/8',
    race: true,
    judge: { 'after its READY': { rfc: CLOSED }, 'glued to our greeting': { rfc: CLOSED } },
    run: trial =>
      connections(trial, {
        'after its READY': answered(error('go away')),
        'glued to our greeting': async peer => {
          peer.write(join(greeting(), error('go away')), 'greeting and ERROR');
          const greeted = await peer.octets(64);
          return greeted === 'closed' ? 'closed' : ending(peer);
        },
      }),
  }),

  defineCase({
    id: 'null/9',
    roles: ['connect'],
    judge: {
      'status 400': { rfc: ['gives-up'] },
      'status 500': { rfc: ['gives-up'] },
      'free text': { rfc: ['gives-up'] },
    },
    run: trial => {
      const refusedFor = (reason: string): Step => {
        const refuse = answered(error(reason));
        return async (peer, socket) => {
          const ended = await refuse(peer, socket);
          if (ended === 'mute') return 'mute';
          peer.destroy(); // some wait for our half to be closed, too, before they come back
          const again = await trial.listenerOf(socket).accept(WATCHED_MS);
          if (again === undefined) return 'gives-up';
          trial.keep(again);
          return 'reconnects';
        };
      };
      return ownSockets(trial, {
        'status 400': refusedFor('400'),
        'status 500': refusedFor('500'),
        'free text': refusedFor('no such service'),
      });
    },
  }),

  defineCase({
    id: 'null/10',
    judge: {
      'no reason': { rfc: CLOSED, lenient: ['mute'] },
      'length 9 of 2': { rfc: CLOSED, lenient: ['mute'] },
      'length 0': { rfc: CLOSED },
      'free text': { rfc: CLOSED },
    },
    run: trial =>
      connections(trial, {
        'no reason': answered(command('ERROR')),
        'length 9 of 2': answered(error('no', { reasonLength: 9 })),
        'length 0': answered(error('')),
        'free text': answered(error('not in the mood: \u00e9\u00ff')),
      }),
  }),

  defineCase({
    id: 'null/11',
    roles: ['bind'],
    needs: ['zap-host'],
    race: true,
    judge: {
      // RFC 37 gives the reason no meaning; libzmq tells of a status, and takes any other.
      'status 400': { rfc: ['replied(*)'] },
      'status 500': { rfc: ['replied(*)'] },
    },
    run: trial => sideBySide({ 'status 400': () => refusal(trial, '400'), 'status 500': () => refusal(trial, '500') }),
  }),
];

/** Answers the target's READY with these octets. */
function answered(octets: Uint8Array): Step {
  return async peer => {
    await peer.greet();
    await peer.command('READY'); // a target that binds may leave it to us to begin
    peer.write(octets);
    return ending(peer);
  };
}

async function ending(peer: RawPeer): Promise<Token> {
  const outcome = await peer.outcome();
  return outcome === 'open' ? 'mute' : outcome;
}

/** What a peer is told whom the handler does not let in. Each status has a handler, and so a context, of its own. */
async function refusal(trial: Trial, code: string): Promise<Token> {
  const context = freshName('refusing-');
  await trial.zap({ code }, context);
  const peer = await trial.meet(await trial.open({ zapDomain: 'tests' }, { context }));
  await peer.greet();
  peer.write(ready(trial.metadataOf(trial.type)), 'READY');
  const found = await peer.command('ERROR');
  if (found === 'closed') return 'closed';
  if (found === 'silent') return 'mute';
  const [length, ...reason] = found.data;
  return length === reason.length ? `replied(${toAscii(found.data.subarray(1))})` : `differs(${toHex(found.data)})`;
}

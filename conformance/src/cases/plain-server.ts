/** PLAIN with the target as the server: whom it lets in, how it says no, and what it makes of a wrong client. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, error, parseCommand, ready } from '../raw/command.ts';
import { COMMAND, frame, message } from '../raw/frame.ts';
import { ascii, filled, same, toHex } from '../raw/octets.ts';
import { hello, initiate, parseError } from '../raw/plain.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { ZapPlan } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { freshContext, greetAsPlainClient, joinPlainServer, openPlainServer, PLAIN_SERVER } from '../trial/plain.ts';
import { reaction, reactionToBad } from '../trial/reaction.ts';
import { inParallel } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';

const NEEDS = ['mech:PLAIN', 'zap-host'];

/** How long nothing must come where nothing may: long enough for what is already under way. */
const QUIET_MS = 150;

const CLOSED: readonly Token[] = ['closed', 'closed+ERROR(*)'];
/** Closes, or goes on as if it had not been said. */
const REFUSED: readonly Token[] = [...CLOSED, 'open', 'mute'];

export const plainServerCases: readonly Case[] = [
  defineCase({
    id: 'plain/2',
    needs: NEEDS,
    judge: {
      WELCOME: { rfc: ['as-required'] },
      'before INITIATE': { rfc: ['as-required'] },
      READY: { rfc: ['as-required'] },
      message: { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await openPlainServer(trial);
      const peer = await trial.meet(socket);
      await greetAsPlainClient(peer);
      peer.write(hello(), 'HELLO');
      const first = await peer.expectFrame('WELCOME');
      const early = await peer.frame(QUIET_MS);
      peer.write(initiate(trial.metadataOf(socket.type)), 'INITIATE');
      const properties = await peer.expectReady();
      const socketType = properties.get('Socket-Type');
      const sound = first.command && !first.more && same(first.body, ascii('\x07WELCOME'));
      return {
        WELCOME: sound ? 'as-required' : `differs(${first.flags} ${toHex(first.body)})`,
        'before INITIATE':
          early === 'silent' ? 'as-required' : early === 'closed' ? 'closed' : `differs(${toHex(early.body)})`,
        READY:
          socketType !== undefined && same(socketType, ascii(socket.type))
            ? 'as-required'
            : `differs(${[...properties.keys()].join(' ')})`,
        message: await sendOne(trial, socket, peer),
      };
    },
  }),

  defineCase({
    id: 'plain/4',
    needs: NEEDS,
    judge: { 'status 400': { rfc: ['as-required'] }, 'status 500': { rfc: ['as-required'] } },
    run: async trial => {
      const answerTo = async (code: string): Promise<Token> => {
        const peer = await refusedPeer(trial, code);
        const next = await peer.frame();
        if (next === 'closed') return 'closed';
        if (next === 'silent') return 'mute';
        const parsed = parseCommand(next.body);
        const sound = next.command && !next.more && parsed?.name === 'ERROR' && parseError(parsed.data) !== undefined;
        return sound ? 'as-required' : `differs(${toHex(next.body.subarray(0, 32))})`;
      };
      const [e400, e500] = await Promise.all([answerTo('400'), answerTo('500')]);
      return { 'status 400': e400, 'status 500': e500 };
    },
  }),

  defineCase({
    id: 'plain/5',
    needs: NEEDS,
    judge: { 'status 400': { rfc: CLOSED }, 'status 500': { rfc: CLOSED } },
    run: async trial => {
      const outcomeOf = async (code: string): Promise<Token> => (await refusedPeer(trial, code)).outcome();
      const [e400, e500] = await Promise.all([outcomeOf('400'), outcomeOf('500')]);
      return { 'status 400': e400, 'status 500': e500 };
    },
  }),

  defineCase({
    id: 'plain/7',
    needs: ['mech:PLAIN'],
    judge: { HELLO: { rfc: [...CLOSED, 'mute'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open(PLAIN_SERVER));
      await greetAsPlainClient(peer);
      peer.write(hello(), 'HELLO');
      return { HELLO: await reaction(peer, 'WELCOME') };
    },
  }),

  defineCase({
    id: 'plain/8',
    needs: NEEDS,
    judge: {
      'no user': { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
      'no password': { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
      'user longer than the body': { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
      'password longer than the body': { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
      'an octet behind': { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
    },
    run: trial =>
      onServers(trial, {
        'no user': peer => badHello(peer, command('HELLO')),
        'no password': peer => badHello(peer, command('HELLO', ascii('\x04user'))),
        'user longer than the body': peer => badHello(peer, hello({ userLength: 200 })),
        'password longer than the body': peer => badHello(peer, hello({ passwordLength: 9 })),
        'an octet behind': peer => badHello(peer, hello({ behind: Uint8Array.of(0) })),
      }),
  }),

  defineCase({
    id: 'plain/9',
    needs: NEEDS,
    judge: {
      'padded to eight octets': { rfc: [...REFUSED, 'replied(WELCOME)'], wire: REFUSED },
      'behind its length': { rfc: ['replied(WELCOME)'] },
    },
    run: trial =>
      onServers(trial, {
        'padded to eight octets': peer => badHello(peer, frame(ascii('HELLO   \x04user\x01p'), { flags: COMMAND })),
        'behind its length': peer => badHello(peer, hello()),
      }),
  }),

  defineCase({
    id: 'plain/10',
    needs: NEEDS,
    judge: {
      // Who is let in without a HELLO was never asked for a password: nothing lenient is in that.
      'INITIATE first': { rfc: REFUSED },
      'READY first': { rfc: REFUSED },
      'message first': { rfc: REFUSED },
      'INITIATE before WELCOME': { rfc: REFUSED, lenient: ['replied(READY)'] },
      'ERROR from the client': { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
    },
    run: async trial => {
      const properties = trial.metadataOf(trial.type);
      const inPlaceOfHello = async (peer: RawPeer, octets: Uint8Array, note: string): Promise<Token> => {
        peer.write(octets, note);
        const seen = await reaction(peer, 'READY');
        return seen === 'mute' ? badHello(peer, hello()) : seen;
      };
      const [inOrder, overtaking] = await Promise.all([
        onServers(trial, {
          'INITIATE first': peer => inPlaceOfHello(peer, initiate(properties), 'INITIATE'),
          'READY first': peer => inPlaceOfHello(peer, ready(properties), 'READY'),
          'message first': async (peer, socket) => {
            const seen = await inPlaceOfHello(peer, message(ascii('early')), 'message');
            return socket.waiting > 0 ? 'delivered' : seen;
          },
          'ERROR from the client': peer => inPlaceOfHello(peer, error('400'), 'ERROR'),
        }),
        onServers(
          trial,
          {
            'INITIATE before WELCOME': peer => {
              peer.write(hello(), 'HELLO');
              peer.write(initiate(properties), 'INITIATE');
              return reaction(peer, 'READY');
            },
          },
          { delayMs: 200 },
        ),
      ]);
      return { ...inOrder, ...overtaking };
    },
  }),

  defineCase({
    id: 'plain/11',
    needs: NEEDS,
    judge: {
      empty: { rfc: ['replied(WELCOME)'] },
      '255 octets': { rfc: ['replied(WELCOME)'] },
      NUL: { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
      LF: { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
      FF: { rfc: REFUSED, lenient: ['replied(WELCOME)'] },
    },
    run: trial => {
      const both = (octets: Uint8Array) => (peer: RawPeer) => badHello(peer, hello({ user: octets, password: octets }));
      return onServers(trial, {
        empty: both(new Uint8Array(0)),
        '255 octets': both(filled(255, 0x61)),
        NUL: both(Uint8Array.of(0x61, 0, 0x62)),
        LF: both(Uint8Array.of(0x61, 0x0a, 0x62)),
        FF: both(Uint8Array.of(0x61, 0xff, 0x62)),
      });
    },
  }),

  defineCase({
    id: 'plain/13',
    needs: NEEDS,
    judge: {
      'Socket-Type PUB': { rfc: ['closed+ERROR(*)', 'replied(ERROR)'] },
      'a list cut short': { rfc: ['closed+ERROR(*)', 'replied(ERROR)'] },
    },
    run: trial => {
      const answerTo = async (peer: RawPeer, octets: Uint8Array): Promise<Token> => {
        peer.write(hello(), 'HELLO');
        await peer.expectCommand('WELCOME');
        peer.write(octets, 'INITIATE');
        const next = await reaction(peer, 'ERROR');
        if (next !== 'replied(ERROR)') return next;
        const outcome = await peer.outcome();
        return outcome === 'open' ? next : outcome;
      };
      return onServers(trial, {
        'Socket-Type PUB': peer => answerTo(peer, initiate({ socketType: 'PUB' })),
        'a list cut short': peer => answerTo(peer, initiate(ascii('\x0bSocket-Type\0\0\0\x06DEAL'))),
      });
    },
  }),

  defineCase({
    id: 'plain/14',
    roles: ['connect'],
    needs: NEEDS,
    judge: { handshake: { rfc: ['open'] }, message: { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await openPlainServer(trial);
      const peer = await joinPlainServer(trial, socket);
      return { handshake: await trial.fate(peer), message: await sendOne(trial, socket, peer) };
    },
  }),
];

async function sendOne(trial: Trial, socket: TargetSocket, peer: RawPeer): Promise<Token> {
  const part = ascii('through PLAIN');
  peer.write(message(part), 'message');
  return trial.delivery(socket, [part]);
}

/** Behind a HELLO that the handler answers with this status. */
async function refusedPeer(trial: Trial, code: string): Promise<RawPeer> {
  const peer = await trial.meet(await openPlainServer(trial, { code }));
  await greetAsPlainClient(peer);
  peer.write(hello(), 'HELLO');
  return peer;
}

/**
 * All at once, each with a server of its own, which may give up after what it is told, behind one handler. The peers have
 * greeted.
 */
async function onServers<Step extends string>(
  trial: Trial,
  steps: Readonly<Record<Step, (peer: RawPeer, socket: TargetSocket) => Promise<Token>>>,
  plan: ZapPlan = {},
): Promise<Readonly<Partial<Record<Step, Token>>>> {
  const context = freshContext();
  await trial.zap(plan, context);
  return inParallel(steps, async act => {
    const socket = await trial.open(PLAIN_SERVER, { context });
    const peer = await trial.meet(socket);
    await greetAsPlainClient(peer);
    return act(peer, socket);
  });
}

/** Where silence follows, a sound HELLO behind shows whether it was ignored. */
function badHello(peer: RawPeer, octets: Uint8Array): Promise<Token> {
  peer.write(octets, 'HELLO');
  return reactionToBad(peer, 'WELCOME', hello());
}

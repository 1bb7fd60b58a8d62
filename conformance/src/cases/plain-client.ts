/** PLAIN with the target as the client: what it tells a server, when, and what it makes of the answers. */
import { BOTH_ROLES, defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, error, parseCommand, parseProperties, ping, ready } from '../raw/command.ts';
import { message, type Frame } from '../raw/frame.ts';
import { ascii, filled, same, toHex } from '../raw/octets.ts';
import { parseHello, parseInitiate, welcome } from '../raw/plain.ts';
import type { Gone, RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import { greetAsPlainServer, isHello, joinPlainClient } from '../trial/plain.ts';
import { reaction, reactionToBad, type Reaction } from '../trial/reaction.ts';
import type { Trial } from '../trial/trial.ts';

const USER = ascii('alice');
const PASSWORD = ascii('secret 42');
const CLIENT: TargetOptions = { mechanism: 'PLAIN', plainUsername: USER, plainPassword: PASSWORD };
const NEEDS = ['mech:PLAIN'];

/** How long nothing must come where nothing may: long enough for what is already under way. */
const QUIET_MS = 150;

const REFUSED: readonly Token[] = ['closed', 'closed+ERROR(*)', 'open', 'mute'];

export const plainClientCases: readonly Case[] = [
  defineCase({
    id: 'plain/1',
    roles: ['connect'],
    needs: NEEDS,
    judge: { 'a few octets each': { rfc: ['as-required'] }, '255 octets each': { rfc: ['as-required'] } },
    run: async trial => {
      const helloWith = async (user: Uint8Array, password: Uint8Array): Promise<Token> => {
        const socket = await trial.open({ ...CLIENT, plainUsername: user, plainPassword: password });
        const peer = await trial.meet(socket);
        await peer.greet({ mechanism: 'PLAIN', asServer: 1 });
        const { flags, command: isCommand, more, body } = await peer.expectFrame('HELLO');
        const parsed = parseCommand(body);
        const data = parsed?.name === 'HELLO' ? parsed.data : undefined;
        const sound = data !== undefined && isHello(parseHello(data), user, password);
        return sound && isCommand && !more ? 'as-required' : `differs(${flags} ${toHex(body.subarray(0, 32))})`;
      };
      const [few, many] = await Promise.all([
        helloWith(USER, PASSWORD),
        helloWith(filled(255, 0x75), filled(255, 0x70)),
      ]);
      return { 'a few octets each': few, '255 octets each': many };
    },
  }),

  defineCase({
    id: 'plain/3',
    roles: ['connect'],
    types: ['DEALER'], // it has something to send before there is a peer
    needs: NEEDS,
    judge: {
      'before WELCOME': { rfc: ['as-required'] },
      INITIATE: { rfc: ['as-required'] },
      'before READY': { rfc: ['as-required'] },
      message: { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open(CLIENT);
      const part = ascii('waits for READY');
      await socket.send({ parts: [part] });
      const peer = await trial.meet(socket);
      await greetAsPlainServer(peer);
      const beforeWelcome = quiet(await peer.frame(QUIET_MS));
      peer.write(welcome(), 'WELCOME');
      const initiate = await peer.expectFrame('INITIATE');
      const beforeReady = quiet(await peer.frame(QUIET_MS));
      peer.write(ready(trial.metadataOf(socket.type)), 'READY');
      const parts = await peer.expectMessage('message');
      return {
        'before WELCOME': beforeWelcome,
        INITIATE: lookAtInitiate(initiate, socket.type),
        'before READY': beforeReady,
        message: parts.length === 1 && same(parts[0] ?? part, part) ? 'delivered' : 'altered',
      };
    },
  }),

  defineCase({
    id: 'plain/6',
    roles: ['connect'],
    needs: NEEDS,
    judge: {
      'after HELLO, 400': { rfc: ['gives-up'] },
      'after HELLO, a text': { rfc: ['gives-up'] },
      'after WELCOME': { rfc: ['gives-up'] },
    },
    run: async trial => {
      const [status, text, later] = await Promise.all([
        afterError(trial, '400', 'at once'),
        afterError(trial, 'Access denied', 'at once'),
        afterError(trial, '500', 'after INITIATE'),
      ]);
      return { 'after HELLO, 400': status, 'after HELLO, a text': text, 'after WELCOME': later };
    },
  }),

  defineCase({
    id: 'plain/12',
    roles: BOTH_ROLES,
    needs: NEEDS,
    judge: {
      'a sound server': { rfc: ['open'] },
      'WELCOME with a body': { rfc: REFUSED, lenient: ['replied(INITIATE)'] },
      'WELCOME cut short': { rfc: REFUSED, lenient: ['replied(INITIATE)'] },
      'READY in place of WELCOME': { rfc: REFUSED, lenient: ['replied(INITIATE)', 'replied(PONG)'] },
      'message in place of WELCOME': { rfc: REFUSED },
      'READY with a list that does not add up': { rfc: REFUSED, lenient: ['replied(PONG)'] },
    },
    run: async trial => {
      const sound = async (): Promise<Token> => trial.fate(await joinPlainClient(trial, await trial.open(CLIENT)));
      const [control, body, short, early, data, broken] = await Promise.all([
        sound(),
        onClient(trial, peer => {
          peer.write(welcome(Uint8Array.of(0)), 'WELCOME and an octet');
          return reactionToBad(peer, 'INITIATE', welcome());
        }),
        onClient(trial, peer => {
          peer.write(command('WELCOM', undefined, { nameLength: 7 }), 'WELCOM');
          return reactionToBad(peer, 'INITIATE', welcome());
        }),
        onClient(trial, async peer => {
          peer.write(ready(trial.metadataOf(trial.type)), 'READY');
          const first = await reaction(peer, 'INITIATE');
          return first === 'mute' ? inTraffic(peer) : first;
        }),
        onClient(trial, async (peer, received) => {
          peer.write(message(ascii('early')), 'message');
          const first = await reactionToBad(peer, 'INITIATE', welcome());
          return (await received(0)) ? 'delivered' : first;
        }),
        onClient(trial, async peer => {
          peer.write(welcome(), 'WELCOME');
          await peer.expectCommand('INITIATE');
          peer.write(command('READY', ascii('\x0bSocket-Type\0\0\0\x7fROUTER')), 'READY, broken');
          return inTraffic(peer);
        }),
      ]);
      return {
        'a sound server': control,
        'WELCOME with a body': body,
        'WELCOME cut short': short,
        'READY in place of WELCOME': early,
        'message in place of WELCOME': data,
        'READY with a list that does not add up': broken,
      };
    },
  }),
];

function quiet(next: Frame | Gone): Token {
  if (next === 'silent') return 'as-required';
  if (next === 'closed') return 'closed';
  return `differs(${toHex(next.body.subarray(0, 32))})`;
}

/** A command, named INITIATE, with a property list and nothing else. */
function lookAtInitiate({ flags, command: isCommand, more, body }: Frame, type: string): Token {
  const parsed = parseCommand(body);
  const told = parsed?.name === 'INITIATE' ? parseInitiate(parsed.data)?.get('Socket-Type') : undefined;
  return isCommand && !more && told !== undefined && same(told, ascii(type))
    ? 'as-required'
    : `differs(${flags} ${toHex(body.subarray(0, 32))})`;
}

/** What a client does that was told ERROR: whether it ends the connection, and comes back. */
async function afterError(trial: Trial, reason: string, when: 'at once' | 'after INITIATE'): Promise<Token> {
  const socket = await trial.open(CLIENT);
  const peer = await trial.meet(socket);
  await greetAsPlainServer(peer);
  if (when === 'after INITIATE') {
    peer.write(welcome(), 'WELCOME');
    const { data } = await peer.expectCommand('INITIATE');
    if (parseProperties(data) === undefined) return 'altered';
  }
  peer.write(error(reason), `ERROR ${reason}`);
  if ((await peer.outcome()) === 'open') return 'open';
  peer.destroy(); // some wait for our half to be closed, too, before they come back
  const again = await trial.listenerOf(socket).accept();
  if (again === undefined) return 'gives-up';
  trial.keep(again);
  return 'reconnects';
}

/** On a client of its own, behind its HELLO. */
async function onClient<T>(
  trial: Trial,
  act: (peer: RawPeer, received: (withinMs: number) => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const socket = await trial.open(CLIENT);
  const peer = await trial.meet(socket);
  await greetAsPlainServer(peer);
  return act(peer, async withinMs => (await socket.receive(withinMs)) !== undefined);
}

/** Whether it takes itself for past the handshake: then it answers PING. */
function inTraffic(peer: RawPeer): Promise<Reaction<'PONG'>> {
  peer.write(ping('?'), 'PING');
  return reaction(peer, 'PONG');
}

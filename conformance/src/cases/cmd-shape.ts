/** What commands look like that a target sends by itself. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, commandBody, parseProperties, ping, ready } from '../raw/command.ts';
import { ascii, hex, join, random, same, toHex } from '../raw/octets.ts';
import type { Gone } from '../raw/raw-peer.ts';
import type { Frame } from '../raw/frame.ts';
import { sideBySide } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';

const AS_REQUIRED = { rfc: ['as-required'] } as const;

export const commandShapeCase: Case = defineCase({
  id: 'cmd/1',
  judge: {
    READY: AS_REQUIRED,
    // Before 3.1 there are none; whether a target of 3.1 answers is another question.
    PONG: { rfc: ['as-required', 'mute'] },
    PING: { rfc: ['as-required', 'mute'] },
    // Who subscribes by messages, as before 3.1, sends no wrong command; whether it should is another question.
    SUBSCRIBE: { rfc: ['as-required', 'replied(a message)'] },
    CANCEL: { rfc: ['as-required', 'replied(a message)'] },
    JOIN: AS_REQUIRED,
    LEAVE: AS_REQUIRED,
    HELLO: AS_REQUIRED,
    INITIATE: AS_REQUIRED,
  },
  run: async trial => ({
    ...(await sideBySide({
      READY: () => readyOf(trial),
      PONG: () => pongOf(trial),
      PING: trial.can('heartbeat') ? () => pingOf(trial) : undefined,
    })),
    ...(trial.can('type:SUB') ? await subscriptionsOf(trial) : {}),
    ...(trial.can('type:DISH') ? await membershipsOf(trial) : {}),
    ...(trial.can('mech:PLAIN') ? await plainClientOf(trial) : {}),
  }),
});

async function readyOf(trial: Trial): Promise<Token> {
  const peer = await trial.meet(await trial.open());
  await peer.greet();
  peer.write(ready(trial.metadataOf(trial.type)), 'READY');
  return shape(await peer.frame(), body => isNamed(body, 'READY') && parseProperties(body.subarray(6)) !== undefined);
}

async function pongOf(trial: Trial): Promise<Token> {
  const peer = await trial.join(await trial.open());
  const context = random(8);
  peer.write(ping(context));
  return exactly(await peer.frame(), 'PONG', context);
}

async function pingOf(trial: Trial): Promise<Token> {
  const peer = await trial.join(await trial.open({ heartbeatMs: 50 }));
  return shape(await peer.frame(), body => isNamed(body, 'PING') && body.length >= 7 && body.length <= 7 + 16);
}

async function subscriptionsOf(trial: Trial): Promise<{ SUBSCRIBE: Token; CANCEL: Token }> {
  const socket = await trial.open({}, { type: 'SUB' });
  const peer = await trial.join(socket);
  await socket.subscribe(ascii('topic'));
  const SUBSCRIBE = subscription(await peer.frame(), 'SUBSCRIBE');
  await socket.unsubscribe(ascii('topic'));
  return { SUBSCRIBE, CANCEL: subscription(await peer.frame(), 'CANCEL') };
}

async function membershipsOf(trial: Trial): Promise<{ JOIN: Token; LEAVE: Token }> {
  const socket = await trial.open({}, { type: 'DISH' });
  const peer = await trial.join(socket);
  await socket.join(ascii('group'));
  const JOIN = exactly(await peer.frame(), 'JOIN', ascii('group'));
  await socket.leave(ascii('group'));
  return { JOIN, LEAVE: exactly(await peer.frame(), 'LEAVE', ascii('group')) };
}

async function plainClientOf(trial: Trial): Promise<{ HELLO: Token; INITIATE: Token }> {
  const credentials = { plainUsername: ascii('someone'), plainPassword: ascii('password') };
  const peer = await trial.meet(await trial.open({ mechanism: 'PLAIN', ...credentials }));
  await peer.greet({ mechanism: 'PLAIN', asServer: 1 });
  const hello = join(hex('07'), ascii('someone'), hex('08'), ascii('password'));
  const HELLO = exactly(await peer.frame(), 'HELLO', hello);
  peer.write(command('WELCOME'), 'WELCOME');
  const INITIATE = shape(
    await peer.frame(),
    body => isNamed(body, 'INITIATE') && parseProperties(body.subarray(9)) !== undefined,
  );
  return { HELLO, INITIATE };
}

function subscription(found: Frame | Gone, name: 'SUBSCRIBE' | 'CANCEL'): Token {
  const asMessage = join(hex(name === 'SUBSCRIBE' ? '01' : '00'), ascii('topic'));
  if (typeof found !== 'string' && !found.command && same(found.body, asMessage)) return 'replied(a message)';
  return exactly(found, name, ascii('topic'));
}

function exactly(found: Frame | Gone, name: string, data: Uint8Array): Token {
  return shape(found, body => same(body, commandBody(name, data)));
}

function shape(found: Frame | Gone, sound: (body: Uint8Array) => boolean): Token {
  if (found === 'closed') return 'closed';
  if (found === 'silent') return 'mute';
  return found.command && sound(found.body) ? 'as-required' : `differs(${toHex(found.body.subarray(0, 32))})`;
}

function isNamed(body: Uint8Array, name: string): boolean {
  return same(body.subarray(0, 1 + name.length), commandBody(name, hex('')));
}

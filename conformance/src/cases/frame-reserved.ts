/** The reserved bits of whatever a target can be brought to send: commands of every kind, and messages. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { command, commandIn, joinGroup, ping, ready, subscribe } from '../raw/command.ts';
import type { Frame } from '../raw/frame.ts';
import { ascii, filled, random } from '../raw/octets.ts';
import { hello, initiate } from '../raw/plain.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import { CurveClient } from '../trial/curve-client.ts';
import { joinToTalk, mustSend } from '../trial/exchange.ts';
import { optionsFor } from '../trial/security.ts';
import type { Trial } from '../trial/trial.ts';

const RESERVED = 0b1111_1000;
const HEARTBEAT_MS = 50;
/** How long a message of a publisher may take before it is sent again: it may not know of our subscription yet. */
const AGAIN_MS = 50;

type Subject =
  | 'READY'
  | 'ERROR'
  | 'PING'
  | 'PONG'
  | 'messages'
  | 'subscriptions'
  | 'groups'
  | 'PLAIN client'
  | 'PLAIN server'
  | 'PLAIN refusal'
  | 'CURVE client'
  | 'CURVE server';
type Looks = Partial<Record<Subject, Token>>;

export const frameReservedCases: readonly Case[] = [
  defineCase<Subject>({
    id: 'frame/6',
    types: ['ROUTER', 'PUSH', 'PUB', 'SUB', 'RADIO', 'DISH'],
    judge: {
      READY: { rfc: ['as-required'] },
      // Whoever says nothing sends no wrong bit either; before 3.1 there is no PING.
      ERROR: { rfc: ['as-required', 'closed', 'mute'] },
      PING: { rfc: ['as-required', 'mute'] },
      PONG: { rfc: ['as-required', 'mute'] },
      messages: { rfc: ['as-required'] },
      subscriptions: { rfc: ['as-required'] },
      groups: { rfc: ['as-required'] },
      'PLAIN client': { rfc: ['as-required'] },
      'PLAIN server': { rfc: ['as-required'] },
      'PLAIN refusal': { rfc: ['as-required', 'closed', 'mute'] },
      'CURVE client': { rfc: ['as-required'] },
      'CURVE server': { rfc: ['as-required'] },
    },
    run: async trial => ({ ...(await handshakes(trial)), ...(await traffic(trial)) }),
  }),
];

function traffic(trial: Trial): Promise<Looks> {
  switch (trial.type) {
    case 'ROUTER':
      return answers(trial);
    case 'PUSH':
      return pushed(trial);
    case 'SUB':
      return subscriptions(trial);
    case 'DISH':
      return groups(trial);
    default:
      return published(trial);
  }
}

async function handshakes(trial: Trial): Promise<Looks> {
  const peer = await trial.meet(await trial.open());
  await peer.greet();
  peer.write(ready(trial.metadataOf(trial.type)), 'READY');
  const seen = { READY: await look(peer, named('READY')), ERROR: await refusal(trial) };
  if (trial.type !== 'ROUTER') return seen;
  return { ...seen, ...(await plain(trial)), ...(await curve(trial)) };
}

async function refusal(trial: Trial): Promise<Token> {
  const peer = await trial.meet(await trial.open());
  await peer.greet();
  peer.write(ready({ socketType: 'NOBODY' }), 'READY of an unknown type');
  const first = await look(peer, () => true); // a READY that crossed ours, or all there is
  if (first !== 'as-required') return first;
  return look(peer, () => true);
}

async function answers(trial: Trial): Promise<Looks> {
  const socket = await trial.open();
  const { peer, to } = await joinToTalk(trial, socket);
  peer.write(ping('context'), 'PING');
  const pong = await look(peer, named('PONG'));
  await mustSend(socket, [...to, new Uint8Array(0), random(255), random(256), random(70_000), new Uint8Array(0)]);
  const messages = await look(peer, last);
  if (!trial.can('heartbeat')) return { PONG: pong, messages };
  const beating = await trial.join(await trial.open({ heartbeatMs: HEARTBEAT_MS }));
  return { PONG: pong, messages, PING: await look(beating, named('PING')) };
}

async function pushed(trial: Trial): Promise<Looks> {
  const socket = await trial.open();
  const peer = await trial.join(socket);
  await mustSend(socket, [new Uint8Array(0), random(256)]);
  return { messages: await look(peer, last) };
}

async function published(trial: Trial): Promise<Looks> {
  const radio = trial.type === 'RADIO';
  const socket = await trial.open();
  const peer = await trial.join(socket);
  peer.write(radio ? joinGroup('group') : subscribe(''), 'what shall be sent');
  const message = radio ? { parts: [random(256)], group: ascii('group') } : { parts: [random(1), random(256)] };
  const deadline = performance.now() + trial.stepMs;
  let messages: Token = 'mute';
  while (messages === 'mute' && performance.now() < deadline) {
    await socket.send(message);
    messages = await look(peer, last, AGAIN_MS);
  }
  return { messages };
}

async function subscriptions(trial: Trial): Promise<Looks> {
  const socket = await trial.open();
  const peer = await trial.join(socket);
  const topics = [new Uint8Array(0), ascii('topic'), filled(300, 0x74)];
  let seen: Token = 'as-required';
  for (const topic of topics) {
    await socket.subscribe(topic);
    if (seen === 'as-required') seen = await look(peer, () => true);
  }
  for (const topic of topics) {
    await socket.unsubscribe(topic);
    if (seen === 'as-required') seen = await look(peer, () => true);
  }
  return { subscriptions: seen };
}

async function groups(trial: Trial): Promise<Looks> {
  const socket = await trial.open();
  const peer = await trial.join(socket);
  await socket.join(ascii('group'));
  const joined = await look(peer, named('JOIN'));
  await socket.leave(ascii('group'));
  return { groups: joined === 'as-required' ? await look(peer, named('LEAVE')) : joined };
}

async function plain(trial: Trial): Promise<Looks> {
  if (!trial.can('mech:PLAIN')) return {};
  const client = await greeted(trial, optionsFor('PLAIN', 'client'), { mechanism: 'PLAIN', asServer: 1 });
  const first = await look(client, named('HELLO'));
  client.write(command('WELCOME'), 'WELCOME');
  const second = await look(client, named('INITIATE'));
  if (!trial.can('zap-host')) return { 'PLAIN client': both(first, second) };

  const context = `${trial.type} ${trial.role} PLAIN`;
  await trial.zap({}, `${context} in`);
  await trial.zap({ code: '400' }, `${context} out`);
  const sayHello = async (name: string) => {
    const peer = await greeted(trial, optionsFor('PLAIN', 'server'), { mechanism: 'PLAIN' }, `${context} ${name}`);
    peer.write(hello(), 'HELLO');
    return peer;
  };
  const server = await sayHello('in');
  const welcome = await look(server, named('WELCOME'));
  server.write(initiate(trial.metadataOf(trial.type)), 'INITIATE');
  const readied = await look(server, named('READY'));
  return {
    'PLAIN client': both(first, second),
    'PLAIN server': both(welcome, readied),
    'PLAIN refusal': await look(await sayHello('out'), () => true),
  };
}

async function curve(trial: Trial): Promise<Looks> {
  if (!trial.can('mech:CURVE')) return {};
  const peer = await greeted(trial, optionsFor('CURVE', 'client'), { mechanism: 'CURVE', asServer: 1 });
  const client = await CurveClient.meet(trial, await trial.open(optionsFor('CURVE', 'server')));
  client.hello();
  const { body, flags } = await client.peer.expectFrame('WELCOME');
  client.take(body);
  client.initiate();
  const welcome = (flags & RESERVED) === 0 ? 'as-required' : (`differs(flags ${flags})` as const);
  return {
    'CURVE client': await look(peer, named('HELLO')),
    'CURVE server': both(welcome, await look(client.peer, named('READY'))),
  };
}

async function greeted(
  trial: Trial,
  options: TargetOptions,
  greeting: { readonly mechanism: string; readonly asServer?: number },
  context?: string,
): Promise<RawPeer> {
  const peer = await trial.meet(await trial.open(options, context === undefined ? {} : { context }));
  await peer.greet(greeting);
  return peer;
}

/** Every frame up to the one that is wanted. */
async function look(peer: RawPeer, wanted: (frame: Frame) => boolean, withinMs?: number): Promise<Token> {
  for (;;) {
    const frame = await peer.frame(withinMs);
    if (frame === 'closed') return 'closed';
    if (frame === 'silent') return 'mute';
    if ((frame.flags & RESERVED) !== 0) return `differs(flags ${frame.flags})`;
    if (wanted(frame)) return 'as-required';
  }
}

function named(name: string): (frame: Frame) => boolean {
  return frame => commandIn(frame)?.name === name;
}

function last({ command: isCommand, more }: Frame): boolean {
  return !isCommand && !more;
}

function both(first: Token, second: Token): Token {
  return first === 'as-required' ? second : first;
}

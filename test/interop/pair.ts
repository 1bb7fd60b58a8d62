/**
 * The pairs of socket types that may talk to each other (RFC 37 "The Socket-Type Property"), and how a message crosses
 * between them. By convention the left end speaks first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { subscription } from '../support/peers/peer-socket.ts';
import type { End, EndOptions, Parts } from './end.ts';

/** One row of the table. */
export interface Pair {
  readonly left: SocketType;
  readonly right: SocketType;
  /** The parts in front of every message as the left application sends and sees it: its envelope. */
  readonly leftEnvelope: Parts;
  readonly rightEnvelope: Parts;
  /** Whether the right end can answer. */
  readonly answers: boolean;
}

/** All legal pairs of the eleven classic types. */
export const PAIRS: readonly Pair[] = [
  pair('REQ', 'REP'),
  pair('REQ', 'ROUTER', { rightEnvelope: ['left', ''] }),
  pair('DEALER', 'REP', { leftEnvelope: [''] }),
  pair('DEALER', 'DEALER'),
  pair('DEALER', 'ROUTER', { rightEnvelope: ['left'] }),
  pair('ROUTER', 'ROUTER', { leftEnvelope: ['right'], rightEnvelope: ['left'] }),
  pair('PUSH', 'PULL', { answers: false }),
  pair('PUB', 'SUB', { answers: false }),
  pair('PUB', 'XSUB', { answers: false }),
  pair('XPUB', 'SUB', { answers: false }),
  pair('XPUB', 'XSUB'),
  pair('PAIR', 'PAIR'),
];

function pair(left: SocketType, right: SocketType, rest: Partial<Pair> = {}): Pair {
  return { left, right, leftEnvelope: [], rightEnvelope: [], answers: true, ...rest };
}

/** What the types of a pair need to be told; heartbeats are on, far apart from any limit a busy machine could reach. */
export function optionsOf(type: SocketType, routingId: 'left' | 'right'): EndOptions {
  return { heartbeatInterval: 50, heartbeatTimeout: 5000, heartbeatTimeToLive: 5000, ...ownOptionsOf(type, routingId) };
}

function ownOptionsOf(type: SocketType, routingId: 'left' | 'right'): EndOptions {
  switch (type) {
    case 'REQ':
    case 'DEALER':
      return { routingId };
    case 'ROUTER':
      // handover: a peer that comes back may find its old connection not cleared away yet
      return { routingId, mandatory: true, handover: true };
    // where a full queue means loss there is none
    case 'PUB':
      return { sendHighWaterMark: 0 };
    case 'SUB':
      return { receiveHighWaterMark: 0 };
    case 'XPUB':
    case 'XSUB':
      return { sendHighWaterMark: 0, receiveHighWaterMark: 0 };
    default:
      return {};
  }
}

/** Subscribes to everything where that is needed; before the end is bound or connected. */
export async function prepare(end: End): Promise<void> {
  if (isSubscriber(end)) await end.subscribe('');
}

/** The pause between two attempts to reach a subscriber of whom a PUB cannot know. */
const CALL_PAUSE_MS = 5;
const CALL = ['is anybody there?'];
const LAST_CALL = ['so let us begin'];

/** Waits until messages from left to right arrive: publishers drop what nobody has subscribed to yet. */
export async function meet(left: End, right: End): Promise<void> {
  if (!isPublisher(left.type)) return;
  const state = { arrived: false };
  const first = right.receive().finally(() => (state.arrived = true));
  const sending = (async () => {
    while (!state.arrived) {
      await left.send(CALL);
      await delay(CALL_PAUSE_MS);
    }
    await left.send(LAST_CALL);
  })();
  const [message] = await Promise.all([first, sending]);
  for (let latest = message; !sameParts(latest, LAST_CALL); latest = await right.receive()) {
    assertSame(latest, CALL, 'while the ends met');
  }
}

/** Sends one message by all the ways the pair has, and compares it wherever it arrives. */
export async function cross(pair: Pair, left: End, right: End, message: Parts): Promise<void> {
  await left.send([...pair.leftEnvelope, ...message]);
  assertSame(await right.receive(), [...pair.rightEnvelope, ...message], `${left.type} to ${right.type}`);
  if (!pair.answers) return;
  await right.send([...pair.rightEnvelope, ...message]);
  assertSame(await receivePastNotices(left), [...pair.leftEnvelope, ...message], `${right.type} to ${left.type}`);
}

/** Sends many messages as fast as the types allow, and compares what arrives, and what comes back, in order. */
export async function crossAll(pair: Pair, left: End, right: End, messages: readonly Parts[]): Promise<void> {
  const wrapped = messages.map(message => [...pair.leftEnvelope, ...message]);
  if (pair.answers) {
    if (left.type === 'XPUB') assertSame(await left.receive(), [subscription(1, '')], 'the notice of the subscription');
    const [answers] = await Promise.all([left.converse(wrapped), right.echo(messages.length)]);
    assertAllSame(answers, wrapped);
  } else {
    const [arrivals] = await Promise.all([right.receiveAll(messages.length), left.sendAll(wrapped)]);
    assertAllSame(arrivals, wrapped);
  }
}

/** An XPUB hears of subscriptions, too, which are no business of a test of messages. */
async function receivePastNotices(end: End): Promise<Uint8Array[]> {
  for (;;) {
    const message = await end.receive();
    if (end.type !== 'XPUB' || !isNotice(message)) return message;
  }
}

function isNotice([first, ...more]: readonly Uint8Array[]): boolean {
  return more.length === 0 && (first?.[0] === 0 || first?.[0] === 1);
}

/** Whether it sends to subscribers only. */
export function isPublisher(type: string): boolean {
  return type === 'PUB' || type === 'XPUB';
}

function isSubscriber({ type }: End): boolean {
  return type === 'SUB' || type === 'XSUB';
}

/** Message by message, octet by octet. */
export function assertAllSame(actual: readonly Uint8Array[][], expected: readonly Parts[]): void {
  assert.is(actual.length, expected.length);
  for (const [i, message] of actual.entries()) assertSame(message, expected[i] ?? [], `message ${i}`);
}

/** Octet by octet; a mismatch is described without printing a mebibyte. */
export function assertSame(actual: readonly Uint8Array[], expected: Parts, where: string): void {
  if (sameParts(actual, expected)) return;
  assert.unreachable(`${where}: expected ${describe(expected)}, got ${describe(actual)}`);
}

function sameParts(actual: readonly Uint8Array[], expected: Parts): boolean {
  return actual.length === expected.length && actual.every((part, i) => Buffer.from(expected[i] ?? '').equals(part));
}

const SHOWN_OCTETS = 16;

function describe(message: Parts): string {
  const parts = message.map(part => {
    const octets = Buffer.from(part);
    const more = octets.length > SHOWN_OCTETS ? '…' : '';
    return `${octets.length}:${octets.subarray(0, SHOWN_OCTETS).toString('hex')}${more}`;
  });
  return `[${parts.join(' | ')}]`;
}

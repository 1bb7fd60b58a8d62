/**
 * What two sockets say to each other in a cell: every size, parts, both directions where there are two, subscriptions,
 * a cut of the line and what comes after, a clean end. Each step has a name; the first that fails is the cell's result.
 */
import { ascii, filled, join, random, same, toHex } from '../raw/octets.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Pair } from './pairs.ts';
import type { Relay } from './relay.ts';

/** The step that failed, and how. */
export class Failed extends Error {}

export interface Ends {
  readonly pair: Pair;
  readonly speaker: TargetSocket;
  readonly listener: TargetSocket;
  readonly relay: Relay;
  /** How long a step may take. */
  readonly stepMs: number;
  /** Octets of the longest topic. */
  readonly topicSize: number;
}

/** Identities of ROUTERs, for those who have to name them. */
export const SPEAKER_ID: Uint8Array = ascii('speaker');
export const LISTENER_ID: Uint8Array = ascii('listener');

const SIZES: readonly number[] = [0, 1, 255, 256, 70_000];
const GROUP = ascii('group');
/** Begins what is said until it is heard. A topic, too. */
const MARK = ascii('mark:');
/** Time between two attempts to be heard, while nobody may be there yet. */
const AGAIN_MS = 20;

export async function converse(ends: Ends): Promise<void> {
  await step('subscribe', subscribe(ends));
  await step('meet', meet(ends));
  for (const size of SIZES) await step(`${size} octets`, exchange(ends, [random(size)]));
  if (ends.pair.multipart) await step('three parts', exchange(ends, [ascii('a'), filled(0, 0), random(300)]));
  if (ends.pair.talk === 'publish') await step('topics', topics(ends));
  const lines = ends.relay.made;
  ends.relay.cut();
  await step('return', returned(ends, lines + 1));
  await step('meet again', meet(ends));
  await step('after the cut', exchange(ends, [random(1000)]));
  await step('close', Promise.all([ends.speaker.close(), ends.listener.close()]));
}

async function step(name: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw new Failed(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function returned({ relay, stepMs }: Ends, lines: number): Promise<void> {
  if (!(await relay.reached(lines, 3 * stepMs))) throw new Error('the connecting side did not come back');
}

async function subscribe({ pair, listener, topicSize }: Ends): Promise<void> {
  switch (pair.talk) {
    case 'publish': {
      const wanted = [ascii('m'), ascii('dup'), ascii('dup'), longTopic(topicSize)];
      for (const topic of wanted) {
        if (listener.type === 'SUB') await listener.subscribe(topic);
        else await listener.send({ parts: [join(Uint8Array.of(1), topic)] });
      }
      break;
    }
    case 'broadcast':
      await listener.join(GROUP);
      break;
    case 'ask':
    case 'tell':
      break;
  }
}

/** Speaks until it is heard, and has its answer: before that there may be no connection, or no subscription yet. */
async function meet(ends: Ends): Promise<void> {
  const { pair, speaker, listener, stepMs } = ends;
  const mark = join(MARK, random(8));
  const deadline = performance.now() + 3 * stepMs;
  let said = '';
  while (performance.now() < deadline) {
    said = await speaker.send(addressed(ends, [mark]), 0);
    // All that is heard is answered before the next attempt: a REQ takes the answer to its last question alone.
    for (let heard = await listener.receive(AGAIN_MS); heard !== undefined; heard = await listener.receive(AGAIN_MS)) {
      if (pair.talk === 'ask') await listener.send(heard, 0); // who asked may be gone already
      const answer = pair.talk === 'ask' ? await speaker.receive(AGAIN_MS) : heard;
      if (answer !== undefined && same(lastOf(answer), mark)) return;
    }
  }
  throw new Error(said === 'sent' ? 'nothing arrived' : `sending is refused: ${said}`);
}

function longTopic(size: number): Uint8Array {
  return filled(size, 0x74);
}

function lastOf({ parts }: TargetMessage): Uint8Array {
  return parts.at(-1) ?? filled(0, 0);
}

/** A mark may have been said several times before it was heard: the rest comes later. */
function isMark(message: TargetMessage): boolean {
  return same(lastOf(message).subarray(0, MARK.length), MARK);
}

/** One message there, and where the pair answers, back again, unchanged. */
async function exchange(ends: Ends, body: readonly Uint8Array[]): Promise<void> {
  const parts = ends.pair.talk === 'publish' ? [join(ascii('m'), body[0] ?? filled(0, 0)), ...body.slice(1)] : body;
  await expectSent(ends.speaker.send(addressed(ends, parts)), 'the message');
  const heard = await expectMessage(ends, ends.listener, parts);
  if (ends.pair.talk !== 'ask') return;
  await expectSent(ends.listener.send(heard), 'the answer');
  await expectMessage(ends, ends.speaker, parts);
}

/** A topic as long as a short frame, and one that was subscribed to twice: each is heard once. */
async function topics(ends: Ends): Promise<void> {
  const said = [[longTopic(ends.topicSize)], [ascii('duplicate')], [ascii('unheard')], [ascii('m: the last')]];
  for (const parts of said) await expectSent(ends.speaker.send({ parts }), 'the message');
  for (const parts of said.filter(([topic]) => topic !== undefined && !same(topic, ascii('unheard')))) {
    await expectMessage(ends, ends.listener, parts);
  }
}

async function expectSent(work: Promise<string>, what: string): Promise<void> {
  const said = await work;
  if (said !== 'sent') throw new Error(`${what} is refused: ${said}`);
}

async function expectMessage(
  { pair, listener, stepMs }: Ends,
  socket: TargetSocket,
  parts: readonly Uint8Array[],
): Promise<TargetMessage> {
  for (;;) {
    const message = await socket.receive(stepMs);
    if (message === undefined) throw new Error(`${socket.type} got nothing in place of ${shown(parts)}`);
    if (isMark(message)) {
      if (pair.talk === 'ask' && socket === listener) await expectSent(listener.send(message), 'the answer to a mark');
      continue;
    }
    const extra = message.parts.length - parts.length; // routing id, request id, delimiter
    const fits = extra >= 0 && extra <= 3 && parts.every((part, i) => same(part, message.parts[i + extra] ?? MARK));
    if (!fits) throw new Error(`${socket.type} got ${shown(message.parts)} in place of ${shown(parts)}`);
    return message;
  }
}

/** As the speaker's application has to send it: to whom, in which group, behind which delimiter. */
function addressed({ pair, speaker }: Ends, parts: readonly Uint8Array[]): TargetMessage {
  if (pair.talk === 'broadcast') return { parts, group: GROUP };
  if (speaker.type === 'ROUTER') return { parts: [LISTENER_ID, ...parts] };
  if (speaker.type === 'PEER')
    return { parts, ...(speaker.routingId === undefined ? {} : { routingId: speaker.routingId }) };
  if (pair.first === 'DEALER' && pair.second === 'REP') return { parts: [filled(0, 0), ...parts] };
  return { parts };
}

function shown(parts: readonly Uint8Array[]): string {
  return parts.map(part => `${part.length} octets ${toHex(part.subarray(0, 12))}`).join(' + ');
}

/**
 * Subscriptions made and taken back while messages flow: a subscriber hears what it asked for, once, and no more of it
 * when it has asked for that to end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { deadlineMs } from '../support/peers/deadline.ts';
import { subscription } from '../support/peers/peer-socket.ts';
import type { End, Side } from './end.ts';
import { matches, play } from './matrix.ts';
import { assertSame, isPublisher } from './pair.ts';

/** Adds a test for every match of two sides in which one publishes. */
export function addSubscriptions(suite: Test, one: Side, other: Side): void {
  for (const match of matches(one, other)) {
    if (!isPublisher(match.pair.left)) continue;
    suite(`${match.name}: subscriptions`, () => play(match, comeAndGo));
  }
}

/** In the beginning the subscriber has asked for everything. `b` is asked for all the time, so it can end a round. */
export async function comeAndGo(publisher: End, subscriber: End): Promise<void> {
  await expectNotices(publisher, subscription(1, ''));
  await subscriber.subscribe('b', 'berlin', 'paris');
  await subscriber.unsubscribe('');
  await expectNotices(publisher, ...['b', 'berlin', 'paris'].map(topic => subscription(1, topic)), subscription(0, ''));
  await untilHeard(publisher, subscriber, ['berlin', 'paris', 'b']);
  await subscriber.unsubscribe('paris');
  await expectNotices(publisher, subscription(0, 'paris'));
  await untilHeard(publisher, subscriber, ['berlin', 'b']);
}

/** An XPUB hears of every change, in order; a PUB does not tell. */
async function expectNotices(publisher: End, ...notices: readonly Uint8Array[]): Promise<void> {
  if (publisher.type !== 'XPUB') return;
  for (const notice of notices) assertSame(await publisher.receive(), [notice], 'a notice');
}

const ROUND_PAUSE_MS = 5;

/** Publishes on all topics, again and again: a change takes its time to get here, but then it must hold. */
async function untilHeard(publisher: End, subscriber: End, expected: readonly string[]): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (let round = 1; ; round += 1) {
    for (const topic of ['rome', 'berlin', 'paris', 'b']) await publisher.send([topic, `round ${round}`]);
    const heard = await hearRound(subscriber, round);
    if (heard.join() === expected.join()) return;
    if (performance.now() > deadline) assert.equal(heard, expected);
    await delay(ROUND_PAUSE_MS);
  }
}

async function hearRound(subscriber: End, round: number): Promise<string[]> {
  const heard: string[] = [];
  while (heard.at(-1) !== 'b') {
    const [topic = new Uint8Array(), ...rest] = await subscriber.receive();
    assertSame(rest, [`round ${round}`], String(topic));
    heard.push(String(topic));
  }
  return heard;
}

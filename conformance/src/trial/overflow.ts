/** A publisher and a subscriber that does not read: sending goes on, and what is too much is dropped whole. */
import type { Token } from '../catalogue/case.ts';
import { ascii } from '../raw/octets.ts';
import type { Audience, Parts } from './audience.ts';
import { flood, LARGE } from './flood.ts';

/** Messages: ten megabytes, more than a system usually buffers; and where it did buffer them, more. */
const ROUNDS = [20, 40] as const;

/** @param topic - what the audience has subscribed to, or the group that it has joined */
export async function overflow(
  audience: Audience,
  topic: Uint8Array,
): Promise<Readonly<Partial<Record<'sending' | 'what is too much' | 'afterwards', Token>>>> {
  let excess: Token = 'delivered';
  for (const count of ROUNDS) {
    audience.peer.pause();
    const sent = await flood(audience.socket, count, body => audience.toPublish([topic, body]));
    audience.peer.resume();
    if (sent !== 'sent') return { sending: `differs(${sent})` };
    const arrived = await audience.settle();
    if (!areWhole(arrived)) excess = 'altered';
    else if (arrived.length < count) excess = 'dropped';
    if (excess !== 'delivered') break;
  }
  const { afterwards } = await audience.become({ afterwards: [topic, ascii('small')] });
  return { sending: 'as-required', 'what is too much': excess, afterwards };
}

/** Each as large as it was, and in order. */
function areWhole(arrived: readonly Parts[]): boolean {
  let last = -1;
  return arrived.every(({ length, 1: body }) => {
    const number = body?.[0] ?? -1;
    const rising = number > last;
    last = number;
    return length === 2 && rising && body?.length === LARGE;
  });
}

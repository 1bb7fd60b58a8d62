/** A publisher and a subscriber that does not read: sending goes on, and what is too much is dropped whole. */
import type { Token } from '../catalogue/case.ts';
import type { Parts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { Audience } from './audience.ts';
import { BODY_SIZE, flood } from './flood.ts';

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
    const arrived = await afterFlood(audience);
    if (typeof arrived === 'string') return { sending: 'as-required', afterwards: arrived };
    if (!areWhole(arrived)) excess = 'altered';
    else if (arrived.length < count) excess = 'dropped';
    if (excess !== 'delivered') break;
  }
  return { sending: 'as-required', 'what is too much': excess, afterwards: 'delivered' };
}

/** What arrives in front of a message that is published until it is not dropped. */
async function afterFlood(audience: Audience): Promise<readonly Parts[] | 'mute' | ReturnType<RawPeer['closed']>> {
  try {
    return await audience.settle();
  } catch (cause) {
    if (!(cause instanceof Unreached)) throw cause;
    return audience.peer.closedAt === undefined ? 'mute' : audience.peer.closed();
  }
}

/** Each as large as it was, and in order. */
function areWhole(arrived: readonly Parts[]): boolean {
  let last = -1;
  return arrived.every(({ length, 1: body }) => {
    const number = body?.[0] ?? -1;
    const rising = number > last;
    last = number;
    return length === 2 && rising && body?.length === BODY_SIZE;
  });
}

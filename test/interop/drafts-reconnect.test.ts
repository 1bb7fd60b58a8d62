// @deadline 120
/** Our sockets of draft types and libzmq's, losing each other: what is known of groups and peers afterwards. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PeerSocket } from '../support/peers/peer-socket.ts';
import { startPeer } from '../support/peers/peer.ts';
import { type DraftMatch, GROUP, call, draftMatches, greet, meetDrafts, openDraft } from './drafts.ts';
import { type End, ours } from './end.ts';
import { type Pair, assertSame, cross } from './pair.ts';
import { Phoenix } from './reconnect.ts';

const libzmq = new Phoenix('drafts', await startPeer('drafts'));

const reconnect = suite(`ours and ${libzmq.name}, draft types, reconnecting`);

for (const match of draftMatches(ours, libzmq)) {
  reconnect(`${match.name}, libzmq is killed and comes back`, () => loseLibzmq(match));
  reconnect(`${match.name}, ours is closed and comes back`, () => loseOurs(match));
}

reconnect.after(() => libzmq.kill());
reconnect.run();

/** Which end is ours, and who binds. */
interface Casting {
  readonly match: DraftMatch;
  readonly our: 'left' | 'right';
  readonly weBind: boolean;
  openOurs(): Promise<End>;
  openTheirs(): Promise<PeerSocket>;
}

function cast(match: DraftMatch): Casting {
  const [our, their] = match.leftSide === ours ? (['left', 'right'] as const) : (['right', 'left'] as const);
  return {
    match,
    our,
    weBind: match.binds === our,
    openOurs: () => openDraft(ours, match[our]),
    openTheirs: () => openDraft(libzmq, match[their]),
  };
}

async function loseLibzmq(match: DraftMatch): Promise<void> {
  const casting = cast(match);
  const ourEnd = await casting.openOurs();
  try {
    const before = await begin(casting, ourEnd, await casting.openTheirs());
    await libzmq.killAndStart();
    await ourEnd.untilEvent('disconnect');
    const newEnd = await casting.openTheirs();
    await goOn(casting, before, { ourEnd, theirEnd: newEnd, stayed: ourEnd });
    await newEnd.close();
  } finally {
    await ourEnd.close();
  }
}

async function loseOurs(match: DraftMatch): Promise<void> {
  const casting = cast(match);
  const ends: End[] = [];
  try {
    const ourEnd = await casting.openOurs();
    ends.push(ourEnd);
    const theirEnd = await casting.openTheirs();
    ends.push(theirEnd);
    const before = await begin(casting, ourEnd, theirEnd);
    await ourEnd.close();
    await theirEnd.untilEvent('disconnect');
    if (!casting.weBind) await forgotten(theirEnd);
    const newEnd = await casting.openOurs();
    ends.push(newEnd);
    await goOn(casting, before, { ourEnd: newEnd, theirEnd, stayed: theirEnd });
  } finally {
    await Promise.all(ends.map(end => end.close()));
  }
}

interface Beginning {
  readonly endpoint: string;
  readonly pair: Pair;
}

function sort(casting: Casting, ourEnd: End, theirEnd: End): { left: End; right: End; bound: End; connecting: End } {
  const [left, right] = casting.our === 'left' ? [ourEnd, theirEnd] : [theirEnd, ourEnd];
  const [bound, connecting] = casting.weBind ? [ourEnd, theirEnd] : [theirEnd, ourEnd];
  return { left, right, bound, connecting };
}

async function begin(casting: Casting, ourEnd: End, theirEnd: End): Promise<Beginning> {
  const { left, right, bound, connecting } = sort(casting, ourEnd, theirEnd);
  const endpoint = await bound.bind();
  const pair = await meetDrafts(left, right, connecting, endpoint);
  await cross(pair, left, right, ['before']);
  if (pair.left === 'RADIO') {
    await right.join('late', 'gone');
    await call(left, right, 'gone');
    await right.leave('gone');
  }
  return { endpoint, pair };
}

interface Ends {
  readonly ourEnd: End;
  readonly theirEnd: End;
  /** The one that knew the other before. */
  readonly stayed: End;
}

async function goOn(casting: Casting, { endpoint, pair: before }: Beginning, ends: Ends): Promise<void> {
  const { left, right, bound, connecting } = sort(casting, ends.ourEnd, ends.theirEnd);
  const envelope = ends.stayed === left ? before.leftEnvelope : before.rightEnvelope;
  if (ends.stayed === connecting) await bound.bind(endpoint);
  const pair =
    ends.stayed === connecting
      ? await greet({ left, right, connecting, known: String(envelope[0] ?? '') })
      : await meetDrafts(left, right, connecting, endpoint);
  await cross(pair, left, right, ['after']);
  const now = ends.stayed === left ? pair.leftEnvelope : pair.rightEnvelope;
  if (pair.left === 'CLIENT' || pair.left === 'PEER')
    checkId(String(envelope), String(now), ends.stayed === connecting);
  if (pair.left === 'RADIO' && ends.stayed === right) await checkGroups(left, right);
}

/** Who has connected keeps its number for whom it has connected to; who is bound gives each newcomer the next one. */
function checkId(before: string, after: string, connected: boolean): void {
  if (connected) assert.is(after, before);
  else if (before !== '') assert.is(Number(after), (Number(before) + 1) % 2 ** 32);
}

async function checkGroups(radio: End, dish: End): Promise<void> {
  await call(radio, dish, 'late');
  await radio.send(['gone', 'to nobody']);
  await radio.send([GROUP, 'to the dish']);
  assertSame(await dish.receive(), [GROUP, 'to the dish'], 'after what is for nobody');
}

const FORGETTING_PAUSE_MS = 5;

/** As in `reconnect.ts`: a bound libzmq would still send to whom its monitor has told to be lost. */
async function forgotten(end: PeerSocket): Promise<void> {
  if (!['CHANNEL', 'SCATTER', 'CLIENT'].includes(end.type)) return;
  while (await end.writable()) await delay(FORGETTING_PAUSE_MS);
}

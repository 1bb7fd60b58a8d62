/**
 * The pairs of draft types (RFC 41, 48, 49, 51, 52), and how two ends of one come to know each other: what stands in front
 * of messages, a routing id or a group, is found out while they meet. From there on they are as `pair.ts` has it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { Cell } from './at-once.ts';
import type { DraftType } from './draft-sockets.ts';
import type { End, EndOptions, Parts, Side } from './end.ts';
import { body } from './matrix.ts';
import { type Pair, assertSame, cross, crossAll } from './pair.ts';

/** One pair of types, with a side for each end, and one of them to bind. The left end speaks first. */
export interface DraftMatch {
  readonly left: DraftType;
  readonly right: DraftType;
  readonly leftSide: Side;
  readonly rightSide: Side;
  readonly binds: 'left' | 'right';
  readonly name: string;
}

const TYPES: readonly (readonly [left: DraftType, right: DraftType])[] = [
  ['CLIENT', 'SERVER'],
  ['RADIO', 'DISH'],
  ['SCATTER', 'GATHER'],
  ['PEER', 'PEER'],
  ['CHANNEL', 'CHANNEL'],
];

/** All matches of two sides, as `matrix.ts` has them for the classic types. */
export function draftMatches(one: Side, other: Side): DraftMatch[] {
  return TYPES.flatMap(([left, right]) => {
    const sides: readonly (readonly [Side, Side])[] =
      left === right
        ? [[one, other]]
        : [
            [one, other],
            [other, one],
          ];
    return sides.flatMap(([leftSide, rightSide]) =>
      (['left', 'right'] as const).map(binds => {
        const names = [`${leftSide.name} ${left}`, `${rightSide.name} ${right}`];
        const [binding, connecting] = binds === 'left' ? names : names.reverse();
        return { left, right, leftSide, rightSide, binds, name: `${binding} binds, ${connecting} connects` };
      }),
    );
  });
}

/** What the types need to be told: where a full queue means loss there is none. */
function optionsOf(type: DraftType): EndOptions {
  if (type === 'RADIO') return { sendHighWaterMark: 0 };
  return type === 'DISH' ? { receiveHighWaterMark: 0 } : {};
}

/** The group that a DISH has joined before it is bound or connected. */
export const GROUP = 'a group';

/** One end, ready to bind or connect. */
export async function openDraft<E extends End>(side: Side<E>, type: DraftType): Promise<E> {
  const end = await side.open(type, optionsOf(type));
  if (type === 'DISH') await end.join(GROUP);
  return end;
}

const FIRST = 'is anybody there?';
const LAST = 'so let us begin';
const CALL_PAUSE_MS = 5;

/** Joins two ends at an endpoint, and gives what their messages have in front. */
export async function joinDrafts(left: End, right: End, binds: 'left' | 'right', endpoint?: string): Promise<Pair> {
  const [bound, connecting] = binds === 'left' ? [left, right] : [right, left];
  return meetDrafts(left, right, connecting, await bound.bind(endpoint));
}

/** Has the connecting one of two ends connect. */
export async function meetDrafts(left: End, right: End, connecting: End, endpoint: string): Promise<Pair> {
  if (connecting.type !== 'PEER') {
    await connecting.connect(endpoint);
    return greet({ left, right, connecting, known: '' });
  }
  return greet({ left, right, connecting, known: await connecting.connectPeer(endpoint) });
}

/** Two ends, one of which has connected, and as a PEER knows whom to. */
export interface Meeting {
  readonly left: End;
  readonly right: End;
  readonly connecting: End;
  readonly known: string;
}

/** Waits until messages cross, and gives what they have in front. */
export async function greet({ left, right, connecting, known }: Meeting): Promise<Pair> {
  const pair = { left: draftType(left), right: draftType(right), leftEnvelope: [], rightEnvelope: [], answers: true };
  switch (pair.left) {
    case 'PEER': {
      await connecting.send([known, FIRST]);
      const heard = await theirId(connecting === left ? right : left);
      const [leftId, rightId] = connecting === left ? [known, heard] : [heard, known];
      return { ...pair, leftEnvelope: [leftId], rightEnvelope: [rightId] };
    }
    case 'CLIENT':
      await left.send([FIRST]);
      return { ...pair, rightEnvelope: [await theirId(right)] };
    case 'RADIO':
      await call(left, right);
      return { ...pair, leftEnvelope: [GROUP], rightEnvelope: [GROUP], answers: false };
    default:
      return { ...pair, answers: pair.left === 'CHANNEL' };
  }
}

function draftType({ type }: End): DraftType {
  for (const types of TYPES) for (const known of types) if (known === type) return known;
  throw new Error(`${type} is not a type of drafts`);
}

/** Who has sent {@link FIRST}. */
async function theirId(end: End): Promise<string> {
  const [id, ...parts] = await end.receive();
  assertSame(parts, [FIRST], 'the first message');
  assert.match(String(id), /^[1-9][0-9]*$/, 'a routing id is never 0');
  assert.ok(Number(String(id)) <= 0xffff_ffff, 'a routing id has 32 bits');
  return String(id);
}

/** A RADIO speaks until a DISH hears it: what is sent to a group that nobody has joined yet is lost. */
export async function call(radio: End, dish: End, group: string = GROUP): Promise<void> {
  const state = { heard: false };
  const first = dish.receive().finally(() => (state.heard = true));
  while (!state.heard) {
    await radio.send([group, FIRST]);
    await delay(CALL_PAUSE_MS);
  }
  await radio.send([group, LAST]);
  for (let latest = await first; String(latest[1]) !== LAST; latest = await dish.receive()) {
    assertSame(latest, [group, FIRST], 'while the ends met');
  }
}

/** Opens both ends, has them meet, and closes them whatever happened between. */
export async function playDrafts(
  match: DraftMatch,
  talk: (pair: Pair, left: End, right: End) => Promise<void>,
  endpoint?: string,
): Promise<void> {
  const ends: End[] = [];
  try {
    const left = await openDraft(match.leftSide, match.left);
    ends.push(left);
    const right = await openDraft(match.rightSide, match.right);
    ends.push(right);
    await talk(await joinDrafts(left, right, match.binds, endpoint), left, right);
  } finally {
    await Promise.all(ends.map(end => end.close()));
  }
}

const SIZES = [0, 1, 254, 255, 256, 65_537, 1024 * 1024];
const NUMBERED: readonly Parts[] = Array.from({ length: 300 }, (_, i) => [`message ${i}`]);

/** Bodies of many sizes one by one, then many messages in a row, in both directions where there are two. */
export async function traffic(pair: Pair, left: End, right: End): Promise<void> {
  for (const size of SIZES) await cross(pair, left, right, [body(size)]);
  await crossAll(pair, left, right, NUMBERED);
}

/** A test for each match. */
export function trafficCells(what: string, one: Side, other: Side, fresh?: () => string): Cell[] {
  return draftMatches(one, other).map(match => ({
    name: `${what}: ${match.name}`,
    play: () => playDrafts(match, traffic, fresh?.()),
  }));
}

/**
 * The matrix in which one side goes away and comes back on the same port: libzmq by being killed, process and all, ours
 * by being closed and opened anew. Messages must cross before and after.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'uvu';
import type { PeerSocket } from '../support/peers/peer-socket.ts';
import { type Library, type Peer, startPeer } from '../support/peers/peer.ts';
import { type End, type Side, ours } from './end.ts';
import { type Match, matches, openEnd } from './matrix.ts';
import { type Pair, cross, meet } from './pair.ts';

const BEFORE = ['before', '', 'the end'];
const AFTER = ['after', '', 'the end'];

/** A libzmq that is started again after it has been killed. */
export class Phoenix {
  readonly #library: Library;
  #peer: Peer;

  constructor(library: Library, peer: Peer) {
    this.#library = library;
    this.#peer = peer;
  }

  get name(): string {
    return this.#peer.name;
  }

  readonly open: Peer['open'] = (type, options) => this.#peer.open(type, options);

  async killAndStart(): Promise<void> {
    await this.#peer.crash();
    this.#peer = await startPeer(this.#library);
  }

  kill(): Promise<void> {
    return this.#peer.kill();
  }
}

/** Adds a test for every match of ours and that libzmq, and for either of them going away. */
export function addReconnects(suite: Test, libzmq: Phoenix): void {
  for (const match of matches(ours, libzmq)) {
    const sides = { ours, theirs: libzmq };
    suite(`${match.name}, libzmq is killed and comes back`, () => loseLibzmq(match, sides, libzmq));
    suite(`${match.name}, ours is closed and comes back`, () => loseOurs(match, sides));
  }
}

/** The two sides of a match, by whose they are. */
export interface OursAndTheirs {
  readonly ours: Side;
  readonly theirs: Side<PeerSocket>;
}

/** The ends of a match by whose they are. */
interface Casting {
  readonly pair: Pair;
  /** Which end is ours. */
  readonly our: 'left' | 'right';
  readonly weBind: boolean;
  openOurs(): Promise<End>;
  openTheirs(): Promise<PeerSocket>;
}

function cast({ pair, left, binds }: Match, sides: OursAndTheirs): Casting {
  const [our, their] = left === sides.ours ? (['left', 'right'] as const) : (['right', 'left'] as const);
  return {
    pair,
    our,
    weBind: binds === our,
    openOurs: () => openEnd(sides.ours, pair[our], our),
    openTheirs: () => openEnd(sides.theirs, pair[their], their),
  };
}

/** Messages cross, the process of theirs is killed, and messages cross again. */
export async function loseLibzmq(match: Match, sides: OursAndTheirs, libzmq: Phoenix): Promise<void> {
  const casting = cast(match, sides);
  const ourEnd = await casting.openOurs();
  try {
    const theirEnd = await casting.openTheirs();
    const endpoint = await join(casting, ourEnd, theirEnd);
    await talk(casting, ourEnd, theirEnd, BEFORE);
    await libzmq.killAndStart();
    await ourEnd.untilEvent('disconnect');
    const newEnd = await casting.openTheirs();
    if (casting.weBind) await newEnd.connect(endpoint);
    else await newEnd.bind(endpoint);
    await talk(casting, ourEnd, newEnd, AFTER);
    await newEnd.close();
  } finally {
    await ourEnd.close();
  }
}

/** Messages cross, ours is closed and opened anew, and messages cross again. */
export async function loseOurs(match: Match, sides: OursAndTheirs): Promise<void> {
  const casting = cast(match, sides);
  const ends: End[] = [];
  try {
    const ourEnd = await casting.openOurs();
    ends.push(ourEnd);
    const theirEnd = await casting.openTheirs();
    ends.push(theirEnd);
    const endpoint = await join(casting, ourEnd, theirEnd);
    await talk(casting, ourEnd, theirEnd, BEFORE);
    await ourEnd.close();
    await theirEnd.untilEvent('disconnect');
    if (!casting.weBind) await forgotten(theirEnd);
    const newEnd = await casting.openOurs();
    ends.push(newEnd);
    if (casting.weBind) await newEnd.bind(endpoint);
    else await newEnd.connect(endpoint);
    await talk(casting, newEnd, theirEnd, AFTER);
  } finally {
    await Promise.all(ends.map(end => end.close()));
  }
}

async function join(casting: Casting, ourEnd: End, theirEnd: End): Promise<string> {
  const [binding, connecting] = casting.weBind ? [ourEnd, theirEnd] : [theirEnd, ourEnd];
  const endpoint = await binding.bind();
  await connecting.connect(endpoint);
  return endpoint;
}

async function talk(casting: Casting, ourEnd: End, theirEnd: End, message: readonly string[]): Promise<void> {
  const [left, right] = casting.our === 'left' ? [ourEnd, theirEnd] : [theirEnd, ourEnd];
  await meet(left, right);
  await cross(casting.pair, left, right, message);
}

const FORGETTING_PAUSE_MS = 5;

/**
 * A bound libzmq hears of a lost peer from its own I/O thread, some calls after its monitor has told of it. Until then
 * it would still send there, and a PAIR would turn the newcomer away.
 */
async function forgotten(end: PeerSocket): Promise<void> {
  if (!['PAIR', 'PUSH', 'DEALER', 'REQ'].includes(end.type)) return;
  while (await end.writable()) await delay(FORGETTING_PAUSE_MS);
}

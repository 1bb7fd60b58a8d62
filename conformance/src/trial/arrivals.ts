/**
 * What of the octets that a raw peer writes reaches the target's application. That nothing does is shown by a sentinel
 * behind them, or by the end of the connection, whichever comes first.
 */
import type { Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { ascii, freshName } from '../raw/octets.ts';
import { sameParts, type Parts } from '../raw/parts.ts';
import type { Gone, RawPeer } from '../raw/raw-peer.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { tokenOf } from './audience.ts';
import { holds, type Trial } from './trial.ts';

/** How often a wait alternates between the application and the connection, in milliseconds. */
const LOOK_MS = 20;

export type Ended = 'closed' | `closed+ERROR(${string})`;

/** The next message of the application's, whatever it is; none comes once the connection has ended. */
export async function arrival(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  withinMs: number = trial.stepMs,
): Promise<TargetMessage | Gone> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const closed = peer.closedAt !== undefined; // before the last look: what came first counts
    const late = performance.now() >= deadline;
    const message = await socket.receive(LOOK_MS);
    if (message !== undefined) return message;
    if (closed) return 'closed';
    if (late) return 'silent';
  }
}

/** What becomes of one message that was written, without a sentinel. */
export async function reception(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  expected: Parts,
  withinMs?: number,
): Promise<'delivered' | 'altered' | 'closed' | 'dropped'> {
  const found = await arrival(trial, socket, peer, withinMs);
  if (typeof found === 'string') return found === 'closed' ? 'closed' : 'dropped';
  return holds(socket.type, found, expected) ? 'delivered' : 'altered';
}

/** The same as the fate of the connection, for wires without a PING. */
export async function fateByMessage(
  ...looked: Parameters<typeof reception>
): Promise<'open' | 'altered' | 'closed' | 'mute'> {
  const found = await reception(...looked);
  return found === 'delivered' ? 'open' : found === 'dropped' ? 'mute' : found;
}

/**
 * What becomes of these octets. A sound message follows, in a write of its own: where nothing comes of the octets it
 * shows that without waiting, and where something does it shows that the connection was not harmed.
 */
export async function landing(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  octets: Uint8Array,
  expected: Parts,
): Promise<'delivered' | 'altered' | 'dropped' | 'mute' | Ended> {
  const sentinel = ascii(freshName('behind-'));
  peer.write(octets, 'what is tried');
  peer.write(message(sentinel), 'a sound message behind');
  const first = await arrival(trial, socket, peer);
  if (typeof first === 'string') return fallen(peer);
  if (holds(socket.type, first, [sentinel])) return 'dropped';
  if (!holds(socket.type, first, expected)) return 'altered';
  const second = await arrival(trial, socket, peer);
  if (typeof second === 'string') return fallen(peer);
  return holds(socket.type, second, [sentinel]) ? 'delivered' : 'altered';
}

/**
 * Writes these messages and a sentinel, and tells of each what became of it.
 *
 * @param sentinel - the first parts of one that must arrive; its last is made up. Default: none but that
 */
export async function reach<Step extends string>(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  messages: Readonly<Record<Step, Parts>>,
  sentinel: Parts = [],
): Promise<Record<Step, Token>> {
  const all = new Map<string, Parts>(Object.entries(messages));
  for (const parts of all.values()) peer.write(message(...parts), 'message');
  const arrived = await upTo(trial, socket, peer, sentinel);
  const tokens = [...all].map(([step, parts]): [string, Token] => {
    return [step, typeof arrived === 'string' ? arrived : tokenOf(parts, arrived, [...all.values()])];
  });
  return Object.fromEntries(tokens) as Record<Step, Token>; // the very keys that came in
}

/**
 * Writes octets that are no good message, and tells whether they were dropped: nothing but the sentinel arrives. What
 * does arrive is `delivered` where these parts are, else `altered`.
 */
export async function afterOctets(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  octets: Uint8Array,
  parts: Parts,
  sentinel: Parts = [],
): Promise<Token> {
  peer.write(octets, 'no good message');
  const arrived = await upTo(trial, socket, peer, sentinel);
  if (typeof arrived === 'string') return arrived;
  return arrived.length > 0 ? tokenOf(parts, arrived, [parts]) : 'dropped';
}

/** Writes a sentinel and gathers what arrives in front of it; or what has become of the connection. */
export async function upTo(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  sentinel: Parts = [],
): Promise<readonly Parts[] | 'mute' | Ended> {
  const last = [...sentinel, ascii(freshName('end-'))];
  peer.write(message(...last), 'sentinel');
  const arrived: Parts[] = [];
  const deadline = performance.now() + trial.stepMs;
  for (;;) {
    const message = await arrival(trial, socket, peer, deadline - performance.now());
    if (typeof message === 'string') return fallen(peer);
    const parts = onTheWire(message);
    if (sameParts(parts, last)) return arrived;
    arrived.push(parts);
  }
}

/** A DISH's message with its group in front, as it travels. */
export function onTheWire({ parts, group }: TargetMessage): Parts {
  return group === undefined ? parts : [group, ...parts];
}

/** Why nothing came any more. */
async function fallen(peer: RawPeer): Promise<'mute' | Ended> {
  const outcome = await peer.outcome(0);
  return outcome === 'open' ? 'mute' : outcome;
}

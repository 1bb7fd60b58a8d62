/** What of the octets that a raw peer writes reaches the target's application, shown by a sentinel behind them. */
import type { Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { ascii, freshName } from '../raw/octets.ts';
import { sameParts, type Parts } from '../raw/parts.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { tokenOf } from './audience.ts';
import type { Trial } from './trial.ts';

/** How often a wait for the application looks at the connection. */
const LOOK_MS = 20;

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
): Promise<readonly Parts[] | 'mute' | 'closed' | `closed+ERROR(${string})`> {
  const last = [...sentinel, ascii(freshName('end-'))];
  peer.write(message(...last), 'sentinel');
  const arrived: Parts[] = [];
  const deadline = performance.now() + trial.stepMs;
  while (performance.now() < deadline) {
    const message = await socket.receive(LOOK_MS);
    if (message === undefined) {
      if (peer.closedAt === undefined) continue;
      await peer.outcome(0); // an ERROR may have come before
      return peer.closed();
    }
    const parts = onTheWire(message);
    if (sameParts(parts, last)) return arrived;
    arrived.push(parts);
  }
  return 'mute';
}

/** A DISH's message with its group in front, as it travels. */
export function onTheWire({ parts, group }: TargetMessage): Parts {
  return group === undefined ? parts : [group, ...parts];
}

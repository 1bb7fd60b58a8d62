/** What a target says to octets in a handshake. */
import type { RawPeer } from '../raw/raw-peer.ts';

export type Reaction<Name extends string = string> = 'mute' | 'closed' | `closed+ERROR(${string})` | `replied(${Name})`;

/** Whether this command comes, or the connection ends, or neither. Frames that come before are skipped. */
export async function reaction<Name extends string>(
  peer: RawPeer,
  wanted: Name,
  withinMs?: number,
): Promise<Reaction<Name>> {
  const found = await peer.command(wanted, withinMs);
  if (found === 'closed') return peer.closed();
  return found === 'silent' ? 'mute' : `replied(${wanted})`;
}

/**
 * The same for octets that ought to have been refused: where nothing comes of them, a sound command behind shows whether
 * they were ignored (`open`) or have spoilt the connection (`mute`).
 */
export async function reactionToBad<Name extends string>(
  peer: RawPeer,
  wanted: Name,
  sound: Uint8Array,
): Promise<Reaction<Name> | 'open'> {
  const first = await reaction(peer, wanted);
  if (first !== 'mute') return first;
  peer.write(sound, 'a sound one');
  const second = await reaction(peer, wanted);
  return second === `replied(${wanted})` ? 'open' : second;
}

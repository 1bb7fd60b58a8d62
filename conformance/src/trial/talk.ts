/**
 * Messages between a raw peer and the target's application, for types that have both ways or one: what becomes of
 * octets that are written, and what the wire shows of a message that is sent.
 */
import { message } from '../raw/frame.ts';
import { ascii, random, freshName } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { PeerFields, Trial } from './trial.ts';

/** A peer in traffic. */
export interface Talker {
  readonly peer: RawPeer;
  /** What the target's application puts in front of a message for it. */
  readonly to: readonly Uint8Array[];
}

export type Ended = 'closed' | `closed+ERROR(${string})`;

/** How often it is looked whether a connection has ended on which a message is awaited. */
const LOOK_MS = 25;

/**
 * Joins. A ROUTER has also heard from the peer, since only then everyone's knows where to send; the id is what its
 * application was told, which after a reconnection may be that of the connection before.
 */
export async function joinToTalk(trial: Trial, socket: TargetSocket, fields: PeerFields = {}): Promise<Talker> {
  const peer = await trial.join(socket, fields);
  if (socket.type !== 'ROUTER') return { peer, to: [] };
  peer.write(message(ascii('here')), 'a first message');
  const { parts } = await socket.expectMessage();
  return { peer, to: parts.slice(0, 1) };
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
  expected: readonly Uint8Array[],
): Promise<'delivered' | 'altered' | 'dropped' | 'mute' | Ended> {
  const sentinel = ascii(freshName('behind-'));
  peer.write(octets, 'what is tried');
  peer.write(message(sentinel), 'a sound message behind');
  const first = await arrival(socket, peer, trial.stepMs);
  if (first === undefined) return fallen(peer);
  if (holds(socket, first, [sentinel])) return 'dropped';
  if (!holds(socket, first, expected)) return 'altered';
  const second = await arrival(socket, peer, trial.stepMs);
  if (second === undefined) return fallen(peer);
  return holds(socket, second, [sentinel]) ? 'delivered' : 'altered';
}

/** One message each way. `open`: both came whole. */
export async function exchange(
  trial: Trial,
  socket: TargetSocket,
  { peer, to }: Talker,
): Promise<'open' | 'altered' | 'mute' | Ended> {
  const parts = [ascii('one'), new Uint8Array(0), random(300)];
  const there = await landing(trial, socket, peer, message(...parts), parts);
  if (there === 'dropped') return 'mute';
  if (there !== 'delivered') return there;
  await send(trial, socket, to, parts);
  const back = await peer.message();
  if (back === 'closed') return peer.closed();
  if (back === 'silent') return 'mute';
  return sameParts(back, parts) ? 'open' : 'altered';
}

/** The target's application sends. */
export async function send(
  trial: Trial,
  socket: TargetSocket,
  to: readonly Uint8Array[],
  parts: readonly Uint8Array[],
): Promise<void> {
  const sent = await socket.send({ parts: [...to, ...parts] }, trial.stepMs);
  if (sent !== 'sent') throw new Unreached(`the application could not send: ${sent}`);
}

/** The next message that reaches the application; none comes once the connection has ended. */
export async function arrival(
  socket: TargetSocket,
  peer: RawPeer,
  withinMs: number,
): Promise<TargetMessage | undefined> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const last = peer.closedAt !== undefined || performance.now() >= deadline;
    const message = await socket.receive(LOOK_MS);
    if (message !== undefined || last) return message;
  }
}

/** Whether the message has just these parts, behind the id that a ROUTER puts in front. */
export function holds({ type }: TargetSocket, { parts }: TargetMessage, expected: readonly Uint8Array[]): boolean {
  return sameParts(type === 'ROUTER' ? parts.slice(1) : parts, expected);
}

/** Why nothing came any more. */
async function fallen(peer: RawPeer): Promise<'mute' | Ended> {
  const outcome = await peer.outcome(0);
  return outcome === 'open' ? 'mute' : outcome;
}

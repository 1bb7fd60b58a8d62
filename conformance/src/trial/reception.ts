/** What becomes of a message on a connection that may end because of it: whichever comes first is told, without waiting on. */
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Trial } from './trial.ts';

/** How often a look alternates between the application and the connection, in milliseconds. */
const LOOK_MS = 10;

/** A message that was written: the application gets it, or another one, or the connection ends, or nothing happens. */
export async function reception(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  expected: readonly Uint8Array[],
  withinMs: number = trial.stepMs,
): Promise<'delivered' | 'altered' | 'closed' | 'dropped'> {
  const found = await unlessClosed(peer, withinMs, async lookMs => {
    const delivery = await trial.delivery(socket, expected, lookMs);
    return delivery === 'dropped' ? undefined : delivery;
  });
  return found === 'silent' ? 'dropped' : found;
}

/** The next message of the application's, whatever it is. */
export function arrival(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
  withinMs: number = trial.stepMs,
): Promise<TargetMessage | 'closed' | 'silent'> {
  return unlessClosed(peer, withinMs, lookMs => socket.receive(lookMs));
}

async function unlessClosed<T>(
  peer: RawPeer,
  withinMs: number,
  look: (withinMs: number) => Promise<T | undefined>,
): Promise<T | 'closed' | 'silent'> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const closed = peer.closedAt !== undefined; // before the last look: what came first counts
    const late = performance.now() >= deadline;
    const found = await look(LOOK_MS);
    if (found !== undefined) return found;
    if (closed) return 'closed';
    if (late) return 'silent';
  }
}

/** The same as the fate of the connection, for wires without a PING. */
export async function fateByMessage(
  ...looked: Parameters<typeof reception>
): Promise<'open' | 'altered' | 'closed' | 'mute'> {
  const found = await reception(...looked);
  return found === 'delivered' ? 'open' : found === 'dropped' ? 'mute' : found;
}

/**
 * Sends again and again until the look finds something: a publisher does not tell when it has taken note of a
 * subscription.
 */
export async function sendUntil<T>(
  trial: Trial,
  socket: TargetSocket,
  message: TargetMessage,
  look: (withinMs: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + trial.stepMs;
  for (;;) {
    await socket.send(message);
    const found = await look(LOOK_MS);
    if (found !== 'silent' || performance.now() >= deadline) return found;
  }
}

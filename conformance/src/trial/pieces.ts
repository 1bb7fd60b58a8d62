/**
 * More than the system's buffers take, so that queues fill: some megabytes, in numbered messages, and no more than it
 * takes to see what was to be seen.
 */
import { filled, join, uint32 } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';

export const PIECE_SIZE = 65_536;
/** How long an application waits for room before it is sure that there is none. */
const PATIENCE_MS = 150;

export function piece(number: number): Uint8Array {
  return join(uint32(number), filled(PIECE_SIZE - 4, 0x2e));
}

export function numberOf(octets: Uint8Array): number {
  return new DataView(octets.buffer, octets.byteOffset).getUint32(0);
}

/** The application sends until it is told to wait, or has sent `most`. @returns how many were taken */
export async function sendUntilRefused(
  socket: TargetSocket,
  { most = 256, envelope = [] }: { readonly most?: number; readonly envelope?: readonly Uint8Array[] } = {},
): Promise<{ sent: number; refused: boolean }> {
  for (let sent = 0; sent < most; sent += 1) {
    const answer = await socket.send({ parts: [...envelope, piece(sent)] }, PATIENCE_MS);
    if (answer !== 'sent') return { sent, refused: true };
  }
  return { sent: most, refused: false };
}

/** The numbers of so many messages, or of those that came until none came any more. */
export async function numbers(peer: RawPeer, count: number): Promise<readonly number[]> {
  const got: number[] = [];
  while (got.length < count) {
    const message = await peer.message();
    if (typeof message === 'string') break;
    const [body] = message;
    got.push(message.length === 1 && body?.length === PIECE_SIZE ? numberOf(body) : -1);
  }
  return got;
}

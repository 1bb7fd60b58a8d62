/**
 * How queues are made to fill, and what then comes. A flood is of large messages alone. Pieces are some large ones that
 * together are more than what a connection's buffers take while nobody reads, and small ones behind them, until what was
 * to be seen is seen. Each begins with its number.
 */
import { filled, join, uint32 } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { Refusal, TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';

/** Octets of one message: few messages fill what the system buffers. */
export const BODY_SIZE: number = 1 << 19;

/** A large body with its number in front. */
function largeBody(number: number): Uint8Array {
  const body = filled(BODY_SIZE, 0x2e);
  body[0] = number;
  return body;
}

/** Sends until it is refused, or all are sent. */
export async function flood(
  socket: TargetSocket,
  count: number,
  messageOf: (body: Uint8Array) => TargetMessage,
  withinMs?: number,
): Promise<'sent' | Refusal> {
  for (let number = 0; number < count; number += 1) {
    const answer = await socket.send(messageOf(largeBody(number)), withinMs);
    if (answer !== 'sent') return answer;
  }
  return 'sent';
}

/** The large ones: five megabytes together. */
export const LARGE: readonly number[] = [0, 1, 2, 3, 4];
const LARGE_SIZE = 1_048_576;
const SMALL_SIZE = 1_000;
/** How long an application waits for room before it is sure that there is none. */
const PATIENCE_MS = 150;

export function piece(number: number): Uint8Array {
  return join(uint32(number), filled(sizeOf(number) - 4, 0x2e));
}

function sizeOf(number: number): number {
  return number < LARGE.length ? LARGE_SIZE : SMALL_SIZE;
}

function numberOf(message: readonly Uint8Array[]): number {
  const [body] = message;
  if (message.length !== 1 || body === undefined || body.length < 4) return -1;
  const number = new DataView(body.buffer, body.byteOffset).getUint32(0);
  return body.length === sizeOf(number) ? number : -1;
}

/** The application sends until it is told to wait, or has sent `most`. @returns how many were taken */
export async function sendUntilRefused(socket: TargetSocket, most = 100): Promise<{ sent: number; refused: boolean }> {
  for (let sent = 0; sent < most; sent += 1) {
    const answer = await socket.send({ parts: [piece(sent)] }, PATIENCE_MS);
    if (answer !== 'sent') return { sent, refused: true };
  }
  return { sent: most, refused: false };
}

/** The numbers of so many messages, or of those that came until none came for a while; -1 is none of ours. */
export async function numbers(peer: RawPeer, count: number, withinMs?: number): Promise<readonly number[]> {
  const got: number[] = [];
  while (got.length < count) {
    const message = await peer.message(withinMs);
    if (typeof message === 'string') break;
    got.push(numberOf(message));
  }
  return got;
}

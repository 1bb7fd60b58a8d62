/** More than any queue and any system's buffers hold, for a peer that does not read. */
import type { Refusal, TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { filled } from '../raw/octets.ts';

/** Octets of one message: few messages fill what the system buffers. */
export const LARGE: number = 1 << 19;

/** A large body with its number in front. */
export function largeBody(number: number): Uint8Array {
  const body = filled(LARGE, 0x2e);
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

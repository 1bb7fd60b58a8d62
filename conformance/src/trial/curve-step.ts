/** How a handshake that does not go as it should is told of. */
import { Unreached } from '../raw/raw-peer.ts';

/** @param body - of the command that came */
export function inPlaceOf(wanted: string, body: Uint8Array): Unreached {
  const name = Buffer.from(body.subarray(1, 1 + (body[0] ?? 0))).toString('latin1');
  if (name === wanted) return new Unreached(`${wanted} is malformed, or does not open`);
  return new Unreached(`${/^[A-Z]{1,20}$/.test(name) ? name : 'something else'} in place of ${wanted}`);
}

/** What was read before, or a mistake in the case. */
export function known<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('asked for what no command has brought yet');
  return found;
}

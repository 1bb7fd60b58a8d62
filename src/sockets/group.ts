/** What applications may call a group: RFC 48, and what libzmq, whose groups are C strings, can carry as it is. */
import { UsageError } from '../errors.ts';
import { GROUP_MAX } from '../zmtp/membership.ts';

/**
 * The octets of a group; text goes out as UTF-8. Octets are not copied.
 * @throws UsageError EINVAL for one that is too long, has an octet 0, or is neither text nor octets
 */
export function toGroup(group: unknown): Uint8Array {
  const octets = typeof group === 'string' ? Buffer.from(group) : group;
  if (!(octets instanceof Uint8Array)) {
    throw new UsageError('EINVAL', `group of type ${typeof group}, expected text or octets`);
  }
  if (octets.length > GROUP_MAX) {
    throw new UsageError('EINVAL', `group of ${String(octets.length)} octets, limit ${String(GROUP_MAX)}`);
  }
  if (octets.includes(0)) throw new UsageError('EINVAL', `group ${shown(octets)} with an octet 0, expected none`);
  return octets;
}

/** A group as error texts show it. */
export function shown(group: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(group));
}

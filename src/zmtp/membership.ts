/**
 * Membership of groups on the wire: RFC 48, RFC 37 "The Radio-Dish Pattern". A DISH tells each RADIO with commands which
 * groups it has joined; a message is two frames, its group and its body.
 *
 *      DISH → RADIO    command   | 04 | JOIN | group         | 05 | LEAVE | group
 *      RADIO → DISH    message   | group | body |
 *
 * The octets of a group are 1 to 255 in the RFCs. Zero is let pass, for a group is compared whole: libzmq, where it ends
 * what is compared, takes "a", 0, "b" for the group "a".
 *
 * Inside, a membership is a message in the form that subscriptions have (`subscription.ts`), and the only kind of message
 * that a DISH sends.
 */
import { ProtocolError } from '../errors.ts';
import type { Message } from '../message.ts';
import { concat, EMPTY } from './octets.ts';

/** RFC 48: a group has at most this many octets. */
export const GROUP_MAX = 255;

const LEAVE = 0;
const JOIN = 1;

/** What a message of the inner form says. */
export interface Membership {
  readonly action: 'join' | 'leave';
  /** A view of the message. */
  readonly group: Uint8Array;
}

/** The octets of the inner form. */
export function encodeMembership({ action, group }: Membership): Uint8Array {
  return concat(Uint8Array.of(action === 'join' ? JOIN : LEAVE), group);
}

/** What a message of a DISH says, or undefined for what none of ours would send. */
export function asMembership([part = EMPTY, ...more]: Message): Membership | undefined {
  const [first] = part;
  if (more.length > 0 || (first !== JOIN && first !== LEAVE)) return undefined;
  return { action: first === JOIN ? 'join' : 'leave', group: part.subarray(1) };
}

/** @throws ProtocolError ERR_ZMTP_MALFORMED_GROUP for a group that is too long */
export function checkGroup(group: Uint8Array): void {
  if (group.length <= GROUP_MAX) return;
  const what = `group of ${String(group.length)} octets, limit ${String(GROUP_MAX)}`;
  throw new ProtocolError('ERR_ZMTP_MALFORMED_GROUP', what);
}

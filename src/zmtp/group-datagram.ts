/**
 * A message for a group as one datagram, which no RFC describes: libzmq's RADIO and DISH over `udp://`.
 *
 *      | group length | group | body |       07 77656174686572 73756e6e79    "weather", "sunny"
 *            1          0–255    rest       00                              no group, no body: a message all the same
 *
 * The length is an octet without a sign. There is nothing else: no greeting, no joins, no numbers. What gets lost is lost,
 * and who listens filters for itself.
 *
 * Limits are for those who send, so that every version of libzmq gets the whole of it: groups of 127 octets, datagrams of
 * 8,192, behind which its receivers cut without a word. What comes is taken as it is.
 */
import type { Message } from '../message.ts';
import { EMPTY } from './octets.ts';

/** Octets of a datagram that every receiver takes whole. */
export const DATAGRAM_MAX = 8192;
/** Octets of a group that every receiver understands in a datagram. */
export const DATAGRAM_GROUP_MAX = 127;

/** The octets of a group and a body; both must have been checked against the limits. */
export function encodeGroupDatagram([group = EMPTY, body = EMPTY]: Message): Uint8Array {
  const octets = new Uint8Array(1 + group.length + body.length);
  octets[0] = group.length;
  octets.set(group, 1);
  octets.set(body, 1 + group.length);
  return octets;
}

/** The group and the body, views of the datagram; undefined for one that ends within its group, or has not even a length. */
export function decodeGroupDatagram(octets: Uint8Array): Message | undefined {
  const [length] = octets;
  if (length === undefined || octets.length <= length) return undefined;
  return [octets.subarray(1, 1 + length), octets.subarray(1 + length)];
}

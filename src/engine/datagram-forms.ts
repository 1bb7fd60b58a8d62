/**
 * What a message is as a datagram, for each of the three socket types that have them.
 *
 *      RADIO   [group, body]     ──▶  len group body                         nothing is heard
 *      DISH    [group, body]    ◀──   len group body                         nothing is said: joins are local
 *      DGRAM   [address, body]  ◀─▶   body, from and to `127.0.0.1:5555`
 *
 * A message that is too large for anybody to take whole is refused when it is sent, with EMSGSIZE. libzmq 4.3.5 sends it,
 * and its receivers cut it without a word; later versions drop it without a word.
 */
import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { DatagramEnd } from '../transports/datagram.ts';
import { DATAGRAM_GROUP_MAX, DATAGRAM_MAX, decodeGroupDatagram, encodeGroupDatagram } from '../zmtp/group-datagram.ts';
import { EMPTY, latin1 } from '../zmtp/octets.ts';

/** One datagram on its way out. */
export interface Outgoing {
  readonly octets: Uint8Array;
  readonly to: DatagramEnd;
}

/** How one socket type uses datagrams. */
export interface DatagramForm {
  /** @throws UsageError EMSGSIZE for a message that no datagram can carry to everybody */
  check(message: Message): void;
  /** Undefined where nothing is to be sent for a message. */
  encode(message: Message, remote: DatagramEnd | undefined): Outgoing | undefined;
  /** Undefined for what is no message. */
  decode(octets: Uint8Array, from: DatagramEnd): Message | undefined;
}

const RADIO: DatagramForm = {
  check([group = EMPTY, body = EMPTY]) {
    if (group.length > DATAGRAM_GROUP_MAX) {
      throw tooLarge(`group of ${group.length} octets, limit ${DATAGRAM_GROUP_MAX} in a datagram`);
    }
    const size = 1 + group.length + body.length;
    if (size > DATAGRAM_MAX) throw tooLarge(`datagram of ${size} octets with its group, limit ${DATAGRAM_MAX}`);
  },
  encode: (message, to) => (to === undefined ? undefined : { octets: encodeGroupDatagram(message), to }),
  decode: () => undefined,
};

const DISH: DatagramForm = {
  check() {
    // what a DISH says of its groups goes nowhere
  },
  encode: () => undefined,
  decode: decodeGroupDatagram,
};

const DGRAM: DatagramForm = {
  check([, body = EMPTY]) {
    if (body.length > DATAGRAM_MAX) throw tooLarge(`datagram of ${body.length} octets, limit ${DATAGRAM_MAX}`);
  },
  encode([address = EMPTY, octets = EMPTY]) {
    const to = parseDatagramEnd(address);
    return to === undefined ? undefined : { octets, to };
  },
  decode: (octets, from) => [formatDatagramEnd(from), octets],
};

/** The socket types that use datagrams, each for one half of what endpoints are for. */
export const DATAGRAM_FORMS: Readonly<Record<'RADIO' | 'DISH' | 'DGRAM', DatagramForm>> = { RADIO, DISH, DGRAM };

// A port of 1 to 65535 behind an address; libzmq's own receivers put a zero octet at the end.
const END = /^(?:\[([0-9a-f:.]+(?:%[a-z0-9_.-]+)?)\]|([0-9.]+)):([0-9]{1,5})\0?$/i;
const END_MAX = 128; // octets: the longest address there is, and the longest name of an interface

/** What `127.0.0.1:5555` or `[::1]:5555` says; undefined for what is no address in numbers with a port. */
export function parseDatagramEnd(address: Uint8Array): DatagramEnd | undefined {
  if (address.length > END_MAX) return undefined;
  const [, ipv6, ipv4, digits] = END.exec(latin1(address)) ?? [];
  const host = ipv6 ?? ipv4 ?? '';
  const port = Number(digits);
  if (isIP(host) !== (ipv6 === undefined ? 4 : 6) || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** The octets that {@link parseDatagramEnd} reads back. */
export function formatDatagramEnd({ host, port }: DatagramEnd): Uint8Array {
  return Buffer.from(`${host.includes(':') ? `[${host}]` : host}:${port}`);
}

function tooLarge(what: string): UsageError {
  return new UsageError('EMSGSIZE', what);
}

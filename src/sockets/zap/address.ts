/** A peer's address as RFC 27 has it told. */

/**
 * What is told of a peer's end of a stream: its IP address without brackets and port. libzmq says `localhost` of ipc, and
 * behind it user, group and process, which Node cannot find out. An IPv4 address is told as one, also where the listener is
 * of IPv6 (libzmq: `::ffff:192.0.2.1`), so that it has one spelling in lists of addresses.
 */
export function visitorAddress(remoteAddress: string): string {
  const [, scheme, rest = ''] = /^([^:]*):\/\/(.*)$/s.exec(remoteAddress) ?? [];
  if (scheme === 'ipc') return 'localhost';
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*)):\d+$/.exec(rest) ?? [];
  return bracketed ?? plain ?? rest;
}

/**
 * The part behind `udp://`, without asking the system anything.
 *
 *      bind      [interface;]host:port    *:5555   127.0.0.1:*   eth0:0   239.1.2.3:5600   eth0;239.1.2.3:5600   [::1]:5555
 *      connect   [interface;]host:port    127.0.0.1:5555   example.org:5555   10.0.0.1;239.1.2.3:5600   eth0;[ff15::5]:5600
 *
 * A host that is a multicast group is joined by who binds. The interface is that of the group, by name or by one of its
 * addresses; `*` or none leaves it to the system's routes. With a host that is no group it is EINVAL, as is an interface
 * that is a group. Hosts and ports are those of `tcp-address.ts`, and as strict: libzmq connects to port 0 and to port
 * 99999, and sends to some other port or to none.
 */
import { UsageError } from '../errors.ts';
import { parseDestination, parseEnd, parseHost, type TcpEnd, type TcpHost, type TcpRoute } from './tcp-address.ts';

/** Where datagrams pass through, by name or address. */
export type UdpInterface = Exclude<TcpHost, { kind: 'any' }>;

/** One end, and the interface of its group where it matters. */
export interface UdpPlace<End extends TcpEnd = TcpEnd> {
  readonly via: UdpInterface | undefined;
  readonly end: End;
}

/**
 * What `bind` takes: any host, any port, `*` for either.
 * @throws UsageError with code EINVAL
 */
export function parseUdpBind(address: string): UdpPlace {
  const { endpoint, via, rest } = cutInterface(address);
  const end = parseEnd(rest, endpoint);
  checkGroup(via, end.host, endpoint);
  return { via, end };
}

/**
 * What `connect` takes: one certain host and port.
 * @throws UsageError with code EINVAL
 */
export function parseUdpConnect(address: string): UdpPlace<TcpRoute['destination']> {
  const { endpoint, via, rest } = cutInterface(address);
  const end = parseDestination(rest, endpoint);
  checkGroup(via, end.host, endpoint);
  return { via, end };
}

/** Whether a numeric address is a group: 224.0.0.0/4 (RFC 5771), ff00::/8 (RFC 4291). */
export function isMulticast(address: string): boolean {
  if (address.includes(':')) return /^ff[0-9a-f]{2}:/i.test(address);
  const first = Number.parseInt(address, 10);
  return first >= 224 && first <= 239;
}

/** The interface is for groups, and the host is none. */
export function noGroup(host: string, endpoint: string): UsageError {
  return invalid(endpoint, `an interface, but ${host} is no multicast group`);
}

function cutInterface(address: string): { endpoint: string; via: UdpInterface | undefined; rest: string } {
  const endpoint = `udp://${address}`;
  const cut = address.indexOf(';');
  if (cut < 0) return { endpoint, via: undefined, rest: address };
  const host = parseHost(address.slice(0, cut), endpoint);
  if (host.kind !== 'any' && host.kind !== 'name' && isMulticast(host.address)) {
    throw invalid(endpoint, `interface ${host.address} is a multicast group`);
  }
  return { endpoint, via: host.kind === 'any' ? undefined : host, rest: address.slice(cut + 1) };
}

/** A name may turn out to be that of a group. */
function checkGroup(via: UdpInterface | undefined, host: TcpHost, endpoint: string): void {
  if (via === undefined || host.kind === 'name') return;
  const numeric = host.kind === 'any' ? '*' : host.address;
  if (!isMulticast(numeric)) throw noGroup(numeric, endpoint);
}

function invalid(endpoint: string, reason: string): UsageError {
  return new UsageError('EINVAL', `${endpoint}: ${reason}`, { address: endpoint });
}

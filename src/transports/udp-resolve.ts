/** From `udp://` as written to what `node:dgram` needs: interfaces of this machine, then DNS, as `tcp-resolve.ts`. */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import {
  interfaceAddress,
  isInterface,
  noDevice,
  requireIPv6,
  resolveBind,
  resolveDestination,
  type Family,
  type Resolving,
} from './tcp-resolve.ts';
import { isMulticast, noGroup, parseUdpBind, parseUdpConnect, type UdpInterface } from './udp-address.ts';

/** Where a port is opened, or where it sends to. */
export interface UdpTarget {
  readonly family: Family;
  /** Numeric. */
  readonly host: string;
  /** 0 leaves it to the system. */
  readonly port: number;
  readonly multicast: boolean;
  /** The interface of the group as node:dgram wants it: an address, or `::%eth0`; undefined leaves it to the system. */
  readonly via: string | undefined;
}

/**
 * What can be known of an address at once.
 * @throws UsageError EINVAL; TransportError ENODEV for an interface that is not there, or IPv6 that is not switched on
 */
export function checkUdp(address: string, use: 'bind' | 'connect', ipv6: boolean): void {
  const endpoint = `udp://${address}`;
  const { via, end } = use === 'bind' ? parseUdpBind(address) : parseUdpConnect(address);
  if (end.host.kind === 'ipv6') requireIPv6(end.host.address, { ipv6, endpoint });
  if (via === undefined) return;
  if (end.host.kind === 'name') nameOf(via, endpoint);
  else groupInterface(via, end.host.kind === 'ipv6' ? 'IPv6' : 'IPv4', endpoint);
}

/**
 * Resolves an address. Of several addresses of a name the first counts: nobody answers, so none can be found wanting.
 * Rejects with a UsageError EINVAL, or a TransportError ENODEV, or the resolver's error.
 */
export async function resolveUdp(address: string, use: 'bind' | 'connect', resolving: Resolving): Promise<UdpTarget> {
  const { endpoint } = resolving;
  const { via, end } = use === 'bind' ? parseUdpBind(address) : parseUdpConnect(address);
  const host =
    end.host.kind === 'any' || use === 'bind'
      ? await resolveBind(end.host, resolving)
      : ((await resolveDestination(end.host, resolving))[0] ?? '');
  const multicast = isMulticast(host);
  if (via !== undefined && !multicast) throw noGroup(host, endpoint);
  const family = isIPv6(host) ? 'IPv6' : 'IPv4';
  return {
    family,
    host,
    port: end.port,
    multicast,
    via: via === undefined ? undefined : groupInterface(via, family, endpoint),
  };
}

function groupInterface(via: UdpInterface, family: Family, endpoint: string): string {
  const name = nameOf(via, endpoint);
  if (family === 'IPv6') return `::%${name}`;
  const address = via.kind === 'ipv4' ? via.address : interfaceAddress(name, 'IPv4');
  if (address === undefined) throw noDevice(endpoint, `interface ${name} has no IPv4 address`);
  return address;
}

/** The name of the interface, which must be there. */
function nameOf(via: UdpInterface, endpoint: string): string {
  if (via.kind === 'name') {
    if (isInterface(via.name)) return via.name;
    throw noDevice(endpoint, `${via.name} is no interface`);
  }
  const [address = ''] = via.address.split('%');
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some(each => each.address === address)) return name;
  }
  throw noDevice(endpoint, `no interface has the address ${via.address}`);
}

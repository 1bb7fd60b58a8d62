/**
 * From hosts as written to numeric ones: interfaces of this machine, then DNS. Done anew for each bind and each attempt
 * to connect, because both change.
 */
import { lookup } from 'node:dns/promises';
import { isIPv6, type TcpNetConnectOpts } from 'node:net';
import { networkInterfaces } from 'node:os';
import { TransportError } from '../errors.ts';
import { formatHostAndPort, type TcpEnd, type TcpHost, type TcpRoute } from './tcp-address.ts';

/** The numeric addresses of a name in the resolver's order; family 0 asks for both. Rejects when there is none. */
export type Lookup = (name: string, family: 0 | 4) => Promise<readonly string[]>;

/** Asks the system, which also reads its hosts file. */
export const systemLookup: Lookup = async (name, family) => {
  const found = await lookup(name, { all: true, family, verbatim: true });
  return found.map(({ address }) => address);
};

/** What resolving depends on besides the address. */
export interface Resolving {
  readonly ipv6: boolean;
  readonly lookup: Lookup;
  /** For errors. */
  readonly endpoint: string;
}

/**
 * The numeric host to listen on.
 * Rejects with a TransportError ENODEV when there is none.
 */
export async function resolveBind(host: TcpHost, resolving: Resolving): Promise<string> {
  const { ipv6, endpoint } = resolving;
  switch (host.kind) {
    case 'any':
      return ipv6 ? '::' : '0.0.0.0';
    case 'ipv4':
      return host.address;
    case 'ipv6':
      return requireIPv6(host.address, resolving);
    case 'name': {
      const own = interfaceAddress(host.name, 'IPv4') ?? (ipv6 ? interfaceAddress(host.name, 'IPv6') : undefined);
      if (own !== undefined) return own;
      const [first] = await lookUp(host.name, resolving).catch((cause: unknown) => {
        throw noDevice(endpoint, `${host.name} is neither an interface nor a name with an address`, cause);
      });
      return first;
    }
  }
}

/**
 * The ways to a destination, in the order in which to try them, as node:net wants them.
 * Rejects with a TransportError when there is none.
 */
export async function resolveRoutes(route: TcpRoute, resolving: Resolving): Promise<readonly TcpNetConnectOpts[]> {
  const { source, destination } = route;
  const hosts = await resolveDestination(destination.host, resolving);
  const routes: TcpNetConnectOpts[] = [];
  for (const host of hosts) {
    const from = source === undefined ? {} : resolveSource(source, isIPv6(host) ? 'IPv6' : 'IPv4', resolving);
    if (from !== undefined) routes.push({ host, port: destination.port, ...from });
  }
  if (routes.length > 0) return routes;
  const { endpoint } = resolving;
  const reason = `the source has no address of the family of ${hosts.join(', ')}`;
  throw new TransportError('EADDRNOTAVAIL', `cannot connect to ${endpoint}: ${reason}`, { address: endpoint });
}

/** `tcp://127.0.0.1:5555`; IPv4 stays IPv4 when it came through a dual-stack listener. */
export function formatTcpEnd(host: string, port: number): string {
  return `tcp://${formatHostAndPort(host.replace(/^::ffff:(?=[0-9.]+$)/, ''), port)}`;
}

/**
 * The numeric hosts of a destination, in the resolver's order.
 * Rejects with the resolver's error, or a TransportError ENODEV for IPv6 that is not switched on.
 */
export async function resolveDestination(
  host: TcpRoute['destination']['host'],
  resolving: Resolving,
): Promise<readonly string[]> {
  switch (host.kind) {
    case 'ipv4':
      return [host.address];
    case 'ipv6':
      return [requireIPv6(host.address, resolving)];
    case 'name':
      return lookUp(host.name, resolving);
  }
}

/** What node:net has to bind to before it connects, or undefined when the source cannot reach that family. */
function resolveSource({ host, port }: TcpEnd, family: Family, { endpoint }: Resolving): Source | undefined {
  const localPort = port === 0 ? {} : { localPort: port };
  switch (host.kind) {
    case 'any':
      return localPort;
    case 'ipv4':
    case 'ipv6':
      return isIPv6(host.address) === (family === 'IPv6') ? { localAddress: host.address, ...localPort } : undefined;
    case 'name': {
      // As in libzmq a source is never looked up in DNS.
      if (!isInterface(host.name)) throw noDevice(endpoint, `${host.name} is no interface`);
      const localAddress = interfaceAddress(host.name, family);
      return localAddress === undefined ? undefined : { localAddress, ...localPort };
    }
  }
}

type Source = Pick<TcpNetConnectOpts, 'localAddress' | 'localPort'>;
/** As node:os names them. */
export type Family = 'IPv4' | 'IPv6';

/** At least one address. */
async function lookUp(name: string, { ipv6, lookup }: Resolving): Promise<[string, ...string[]]> {
  const [first, ...others] = await lookup(name, ipv6 ? 0 : 4);
  if (first === undefined) throw new Error(`${name} has no address`);
  return [first, ...others];
}

/**
 * The address itself.
 * @throws TransportError ENODEV where IPv6 is not switched on
 */
export function requireIPv6(address: string, { ipv6, endpoint }: Pick<Resolving, 'ipv6' | 'endpoint'>): string {
  if (ipv6) return address;
  throw noDevice(endpoint, `${address} is IPv6, which is not switched on`);
}

// hasOwn, because `constructor` is a name that users may write.
/** Whether this machine has an interface of that name. */
export function isInterface(name: string): boolean {
  return Object.hasOwn(networkInterfaces(), name);
}

/** The first address of an interface in a family. */
export function interfaceAddress(name: string, family: Family): string | undefined {
  if (!isInterface(name)) return undefined;
  const found = networkInterfaces()[name]?.find(each => each.family === family);
  if (found === undefined) return undefined;
  // A link-local address means nothing without its zone.
  return found.family === 'IPv6' && found.scopeid !== 0 ? `${found.address}%${name}` : found.address;
}

/** There is no such interface, name or family here. */
export function noDevice(endpoint: string, reason: string, cause?: unknown): TransportError {
  return new TransportError('ENODEV', `${endpoint}: ${reason}`, { address: endpoint, cause });
}

/**
 * The part behind `tcp://`, without asking the system anything.
 *
 *      bind      host:port                     *:5555   127.0.0.1:*   [::1]:0   eth0:5555   localhost:5555
 *      connect   [source-host:port;]host:port  example.org:5555   [fe80::1%eth0]:5555   lo:0;127.0.0.1:5555
 *
 * Stricter than libzmq, which reads `5670x` as 5670 and 70001 as 4465, and finds out about port 0 or 99999 only when it
 * connects: a port here is digits and in range, or the call is refused. IPv6 needs its brackets.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { UsageError } from '../errors.ts';

/** A host as written. A `name` may turn out to be an interface or something for DNS. */
export type TcpHost =
  | { readonly kind: 'any' }
  | { readonly kind: 'ipv4'; readonly address: string }
  /** Without brackets, with its zone: `fe80::1%eth0`. */
  | { readonly kind: 'ipv6'; readonly address: string }
  | { readonly kind: 'name'; readonly name: string };

/** One end of a connection. Port 0 leaves the choice to the system. */
export interface TcpEnd {
  readonly host: TcpHost;
  readonly port: number;
}

/** Where to connect, and from where if that matters. */
export interface TcpRoute {
  readonly source: TcpEnd | undefined;
  readonly destination: { readonly host: Exclude<TcpHost, { kind: 'any' }>; readonly port: number };
}

/**
 * What `bind` takes: any host, any port, `*` for either.
 * @throws UsageError with code EINVAL
 */
export function parseTcpBind(address: string): TcpEnd {
  return parseEnd(address, `tcp://${address}`);
}

/**
 * What `connect` takes: a destination in full, behind a source as for `bind` and a semicolon.
 * @throws UsageError with code EINVAL
 */
export function parseTcpConnect(address: string): TcpRoute {
  const cut = address.indexOf(';');
  const endpoint = `tcp://${address}`;
  const source = cut < 0 ? undefined : parseEnd(address.slice(0, cut), endpoint);
  return { source, destination: parseDestination(address.slice(cut + 1), endpoint) };
}

/**
 * A host and a port, either of which may be `*`.
 * @param endpoint - the whole, for errors
 * @throws UsageError with code EINVAL
 */
export function parseEnd(text: string, endpoint: string): TcpEnd {
  const cut = text.lastIndexOf(':');
  if (cut < 0) throw invalid(endpoint, 'no port, expected host:port');
  return { host: parseHost(text.slice(0, cut), endpoint), port: parsePort(portText(text), endpoint) };
}

/**
 * One certain host and port.
 * @param endpoint - the whole, for errors
 * @throws UsageError with code EINVAL
 */
export function parseDestination(text: string, endpoint: string): TcpRoute['destination'] {
  const { host, port } = parseEnd(text, endpoint);
  if (host.kind === 'any') throw invalid(endpoint, 'host *, but a connection needs one certain host');
  if (port === 0) throw invalid(endpoint, `port ${portText(text)}, but a connection needs one of 1 to ${PORT_LIMIT}`);
  return { host, port };
}

/** `127.0.0.1:5555` or `[::1]:5555`, from a numeric host. */
export function formatHostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function portText(text: string): string {
  return text.slice(text.lastIndexOf(':') + 1);
}

const PORT_LIMIT = 65535;

function parsePort(text: string, endpoint: string): number {
  if (text === '*') return 0;
  if (!/^[0-9]+$/.test(text) || Number(text) > PORT_LIMIT) {
    throw invalid(endpoint, `port ${JSON.stringify(text)}, expected digits, limit ${PORT_LIMIT}`);
  }
  return Number(text);
}

// RFC 1123 names, with the underscore that interfaces and container networks like.
const NAME = /^[a-z0-9_][a-z0-9_.-]*$/i;
const NUMERIC = /^[0-9.]+$/;

/**
 * A host alone, which may be `*`.
 * @param endpoint - the whole, for errors
 * @throws UsageError with code EINVAL
 */
export function parseHost(text: string, endpoint: string): TcpHost {
  if (text === '*') return { kind: 'any' };
  if (isIPv4(text)) return { kind: 'ipv4', address: text };
  if (text.startsWith('[') && text.endsWith(']')) {
    const inner = text.slice(1, -1);
    if (!isIPv6(inner))
      throw invalid(endpoint, `host ${JSON.stringify(text)}, expected an IPv6 address in the brackets`);
    return { kind: 'ipv6', address: inner };
  }
  if (isIPv6(text)) throw invalid(endpoint, `host ${text}, IPv6 needs brackets`);
  // A resolver would read 10.1 as 10.0.0.1 and look 256.1.1.1 up as a name, for ever.
  if (NUMERIC.test(text)) throw invalid(endpoint, `host ${text} is neither an IPv4 address nor a name`);
  if (!NAME.test(text)) throw invalid(endpoint, `host ${JSON.stringify(text)} is neither an address nor a name`);
  return { kind: 'name', name: text };
}

function invalid(endpoint: string, reason: string): UsageError {
  return new UsageError('EINVAL', `${endpoint}: ${reason}`, { address: endpoint });
}

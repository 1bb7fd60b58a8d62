/**
 * `tcp://`: connections to and from other machines. What is written in an address is in `tcp-address.ts`, what it means
 * on this machine in `tcp-resolve.ts`; the octets pass through {@link NetDuplex}.
 */
import type { ListenOptions, Server, Socket, TcpNetConnectOpts } from 'node:net';
import { TransportError } from '../errors.ts';
import { NetDial } from './net-dial.ts';
import { NetDuplex } from './net-duplex.ts';
import { listen, NetListener } from './net-listener.ts';
import { systemCode, toTransportError } from './system-error.ts';
import { acceptFilter, type AcceptFilter } from './accept-filter.ts';
import { leadThrough, proxyEnd, routeTo, type SocksDestination } from './socks.ts';
import { parseTcpBind, parseTcpConnect } from './tcp-address.ts';
import { formatTcpEnd, type Lookup, resolveBind, resolveRoutes, systemLookup } from './tcp-resolve.ts';
import type { Dial, DialSink, Listener, ListenerSink, Transport, TransportOptions } from './transport.ts';

/** TCP through node:net. */
export class TcpTransport implements Transport {
  readonly scheme = 'tcp';
  readonly #lookup: Lookup;

  /** @param lookup - where names are resolved; by default by the system */
  constructor(lookup: Lookup = systemLookup) {
    this.#lookup = lookup;
  }

  check(address: string, use: 'bind' | 'connect'): void {
    if (use === 'bind') parseTcpBind(address);
    else parseTcpConnect(address);
  }

  async bind(address: string, options: TransportOptions, sink: ListenerSink): Promise<Listener> {
    const { host, port } = parseTcpBind(address);
    const endpoint = `tcp://${address}`;
    const numeric = await resolveBind(host, { ipv6: options.ipv6, lookup: this.#lookup, endpoint });
    const admits = acceptFilter(options.tcpAcceptFilter ?? []);
    const listening = {
      accepted: (socket: Socket) => accept(socket, { options, sink, endpoint, admits }),
      failed: (cause: Error) =>
        sink.failed(toTransportError({ doing: 'cannot accept on', endpoint, cause, otherwise: 'EMFILE' })),
    };
    try {
      const at = { host: numeric, port, backlog: options.backlog };
      const server = await withoutIPv6(at, each => listen({ at: each, ...listening }));
      return new NetListener(server, boundEndpoint(server, endpoint));
    } catch (cause) {
      throw toTransportError({ doing: 'cannot bind', endpoint, cause, otherwise: 'EADDRNOTAVAIL' });
    }
  }

  connect(address: string, options: TransportOptions, sink: DialSink): Dial {
    const { socksProxy } = options;
    const endpoint = `tcp://${address}`;
    const route =
      socksProxy === undefined ? parseTcpConnect(address) : parseTcpConnect(routeTo(proxyEnd(socksProxy.address)));
    const plan = {
      endpoint,
      prepare: socksProxy && ((socket: Socket) => leadThrough(socket, socksProxy, destinationOf(address))),
      timeoutMs: options.connectTimeoutMs,
      routes: (): Promise<readonly TcpNetConnectOpts[]> =>
        resolveRoutes(route, { ipv6: options.ipv6, lookup: this.#lookup, endpoint }),
      adopt: (socket: Socket): NetDuplex => {
        refuseSelfConnection(socket, endpoint);
        return adopt(socket, options);
      },
    };
    return new NetDial(plan, sink);
  }
}

interface Accepting {
  readonly options: TransportOptions;
  readonly sink: ListenerSink;
  readonly endpoint: string;
  readonly admits: AcceptFilter;
}

function accept(socket: Socket, { options, sink, endpoint, admits }: Accepting): void {
  const { remoteAddress } = socket;
  socket.unref();
  // A peer that has already reset the connection has no address any more: nobody to hand over.
  if (remoteAddress === undefined) {
    socket.on('error', ignore).destroy();
  } else if (admits(remoteAddress)) {
    sink.accepted(adopt(socket, options));
  } else {
    socket.on('error', ignore).destroy();
    sink.failed(new TransportError('EACCES', `${remoteAddress} may not connect to ${endpoint}`, { address: endpoint }));
  }
}

/** What a proxy is asked for: the host as it was written. */
function destinationOf(address: string): SocksDestination {
  const { host, port } = parseTcpConnect(address).destination;
  return { host: host.kind === 'name' ? host.name : host.address, port };
}

function adopt(socket: Socket, options: TransportOptions): NetDuplex {
  socket.setNoDelay(true);
  const { tcpKeepalive, tcpKeepaliveIdleSeconds } = options;
  // An idle time of 0 is Node's word for "as the system has it".
  if (tcpKeepalive >= 0) socket.setKeepAlive(tcpKeepalive === 1, Math.max(tcpKeepaliveIdleSeconds, 0) * 1000);
  return new NetDuplex(socket, {
    localAddress: formatTcpEnd(socket.localAddress ?? '', socket.localPort ?? 0),
    remoteAddress: formatTcpEnd(socket.remoteAddress ?? '', socket.remotePort ?? 0),
  });
}

/**
 * Who dials a port of this machine that nobody listens on may be given that very port as its own, and TCP then joins
 * the two halves of the one socket (RFC 9293, section 3.5, simultaneous open). The dialer would talk to itself, and the
 * owner of the port could not bind it.
 */
function refuseSelfConnection(socket: Socket, endpoint: string): void {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localPort !== remotePort || localAddress !== remoteAddress) return;
  const reason = 'the connection led back to the port it came from, on which nobody listens';
  throw new TransportError('ERR_ZMTP_SELF_CONNECTION', `${endpoint}: ${reason}`, { address: endpoint });
}

/** Listens on every IPv4 address where every address of both families was asked for and there is no IPv6. */
async function withoutIPv6<T>(at: ListenOptions, attempt: (at: ListenOptions) => Promise<T>): Promise<T> {
  try {
    return await attempt(at);
  } catch (cause) {
    if (at.host !== '::' || systemCode(cause) !== 'EAFNOSUPPORT') throw cause;
    return attempt({ ...at, host: '0.0.0.0' });
  }
}

function boundEndpoint(server: Server, asked: string): string {
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? asked : formatTcpEnd(bound.address, bound.port);
}

function ignore(): void {
  // whatever the socket still has to say concerns nobody
}

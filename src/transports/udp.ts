/**
 * `udp://` through node:dgram. What is written in an address is in `udp-address.ts`, what it means on this machine in
 * `udp-resolve.ts`.
 *
 *      bind      a group: every address at its port, shared with others who have joined it, and the group joined
 *                else the address and port, for this socket alone
 *      connect   a port of the system's choice; nothing is said to anybody, and nobody need be there
 *
 * Where we stray from libzmq: it shares (SO_REUSEADDR) the ports of single hosts, too, so that a second bind succeeds and
 * takes all datagrams from the first, whoever it belongs to; here that is EADDRINUSE. And the endpoint that is told has
 * the port that the system chose.
 *
 * What follows from the system: a port with a group hears whatever is sent to that port of this machine, to other groups
 * that anybody here has joined too (IP_MULTICAST_ALL, which Node cannot set). Nobody is told that nobody listens: a port
 * that is connected here is not connected to the system, which would else answer datagrams with errors of those before.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { LookupOneOptions } from 'node:dns';
import { isIPv4, isIPv6 } from 'node:net';
import { UsageError } from '../errors.ts';
import type { DatagramEnd, DatagramOptions, DatagramPort, DatagramSink, DatagramTransport } from './datagram.ts';
import { toTransportError } from './system-error.ts';
import { formatHostAndPort } from './tcp-address.ts';
import { type Lookup, systemLookup } from './tcp-resolve.ts';
import { checkUdp, resolveUdp, type UdpTarget } from './udp-resolve.ts';

/** Octets in user land from which on no more are handed over. */
const CONGESTED_BYTES = 64 * 1024;

/** UDP through node:dgram. */
export class UdpTransport implements DatagramTransport {
  readonly scheme = 'udp';
  readonly #lookup: Lookup;

  /** @param lookup - where names are resolved; by default by the system */
  constructor(lookup: Lookup = systemLookup) {
    this.#lookup = lookup;
  }

  check(address: string, use: 'bind' | 'connect', { ipv6 }: DatagramOptions): void {
    checkUdp(address, use, ipv6);
  }

  async open(
    address: string,
    use: 'bind' | 'connect',
    options: DatagramOptions,
    sink: DatagramSink,
  ): Promise<DatagramPort> {
    const endpoint = `udp://${address}`;
    const doing = use === 'bind' ? 'cannot bind' : 'cannot connect to';
    let target: UdpTarget;
    try {
      target = await resolveUdp(address, use, { ipv6: options.ipv6, lookup: this.#lookup, endpoint });
    } catch (cause) {
      if (cause instanceof UsageError) throw cause;
      throw toTransportError({ doing, endpoint, cause, otherwise: 'EHOSTUNREACH' });
    }
    const socket = makeSocket(target, use);
    try {
      await bindSocket(socket, target, use);
      joinGroup(socket, target, use, options);
    } catch (cause) {
      socket.close();
      throw toTransportError({ doing, endpoint, cause, otherwise: 'EADDRNOTAVAIL' });
    }
    const { family, host, port } = target;
    return use === 'bind'
      ? new UdpPort(socket, sink, { endpoint: boundEndpoint(socket, target, address), remote: undefined, family })
      : new UdpPort(socket, sink, {
          endpoint: `udp://${formatHostAndPort(host, port)}`,
          remote: { host, port },
          family,
        });
  }
}

/** What a port is made with. */
interface UdpPortMake {
  readonly endpoint: string;
  readonly remote: DatagramEnd | undefined;
  readonly family: UdpTarget['family'];
}

/** A socket of node:dgram that is bound. */
class UdpPort implements DatagramPort {
  readonly endpoint: string;
  readonly remote: DatagramEnd | undefined;
  readonly #socket: Socket;
  readonly #sink: DatagramSink;
  readonly #family: UdpTarget['family'];
  #congested = false;
  #waiting = false; // for the system to take what it was handed
  #closed = false;

  constructor(socket: Socket, sink: DatagramSink, { endpoint, remote, family }: UdpPortMake) {
    this.endpoint = endpoint;
    this.remote = remote;
    this.#socket = socket;
    this.#sink = sink;
    this.#family = family;
    socket.on('message', (octets, from) => {
      if (!this.#closed) sink.received(octets, senderOf(from));
    });
    socket.on('error', cause => {
      if (!this.#closed) sink.failed(cause);
    });
  }

  get unsent(): number {
    return this.#closed ? 0 : this.#socket.getSendQueueCount();
  }

  send(octets: Uint8Array, { host, port }: DatagramEnd): boolean {
    if (this.#closed) return false;
    const to = this.#family === 'IPv6' && isIPv4(host) ? `::ffff:${host}` : host;
    this.#socket.send(octets, port, to, this.#sent);
    this.#waiting ||= this.#socket.getSendQueueCount() > 0;
    this.#congested ||= this.#socket.getSendQueueSize() >= CONGESTED_BYTES;
    return !this.#congested;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #sent = (cause: Error | null): void => {
    if (this.#closed) return;
    if (cause !== null) this.#sink.lost(cause);
    if (!this.#waiting || this.#socket.getSendQueueCount() > 0) return;
    this.#waiting = this.#congested = false;
    this.#sink.drained();
  };
}

function makeSocket({ family, multicast }: UdpTarget, use: 'bind' | 'connect'): Socket {
  const shared = multicast && use === 'bind';
  const socket = createSocket({
    type: family === 'IPv6' ? 'udp6' : 'udp4',
    reuseAddr: shared,
    ...(shared && process.platform === 'linux' ? REUSE_PORT : {}),
    lookup: alreadyNumeric,
  });
  socket.unref(); // waiting for datagrams is no reason for a process to live
  return socket;
}

/** As libzmq, besides reuseAddr; Node takes notice of it from version 22.12 on. */
const REUSE_PORT = { reusePort: true };

/** Every address has been looked up before: Node would do it once more, a turn later, for each datagram. */
function alreadyNumeric(
  host: string,
  _options: LookupOneOptions,
  found: (error: null, address: string, family: number) => void,
): void {
  found(null, host, isIPv6(host) ? 6 : 4);
}

/** Rejects with the system's error. */
function bindSocket(
  socket: Socket,
  { family, host, port, multicast }: UdpTarget,
  use: 'bind' | 'connect',
): Promise<void> {
  const any = family === 'IPv6' ? '::' : '0.0.0.0';
  // `exclusive`: in a worker of node:cluster it is this process that binds, not its parent for all of them.
  const at = use === 'connect' ? { address: any, port: 0 } : { address: multicast ? any : host, port };
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ ...at, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

/** Who binds a group joins it. How groups are sent to matters for both: a DGRAM that is bound sends, too. */
function joinGroup(
  socket: Socket,
  { host, multicast, via }: UdpTarget,
  use: 'bind' | 'connect',
  { multicastHops, multicastLoop }: DatagramOptions,
): void {
  socket.setMulticastTTL(multicastHops);
  socket.setMulticastLoopback(multicastLoop);
  if (via !== undefined) socket.setMulticastInterface(via);
  if (multicast && use === 'bind') socket.addMembership(host, via);
}

function boundEndpoint(socket: Socket, target: UdpTarget, address: string): string {
  const bound = socket.address();
  if (!target.multicast) return `udp://${formatHostAndPort(bound.address, bound.port)}`;
  const interfaceAsWritten = address.slice(0, address.indexOf(';') + 1);
  return `udp://${interfaceAsWritten}${formatHostAndPort(target.host, bound.port)}`;
}

/** IPv4 stays IPv4 when it came through a port of both families. */
function senderOf({ address, port }: RemoteInfo): DatagramEnd {
  return { host: address.replace(/^::ffff:(?=[0-9.]+$)/, ''), port };
}

/**
 * A way through a SOCKS5 proxy (RFC 1928, and RFC 1929 for a name and a password), by the package `socks`, which programs
 * that use a proxy have to install.
 */
import { isIP, type Socket } from 'node:net';
import { TransportError } from '../errors.ts';
import type { SocksProxy } from './transport.ts';

/** Where the proxy is to lead. A name is resolved by the proxy. */
export interface SocksDestination {
  readonly host: string;
  readonly port: number;
}

/** Asks the proxy at the other end of a socket to lead it on; afterwards the socket is paused, and the destination's. */
export async function leadThrough(
  socket: Socket,
  { username, password }: SocksProxy,
  destination: SocksDestination,
): Promise<void> {
  const { SocksClient } = await loadSocks();
  const led = SocksClient.createConnection({
    command: 'connect',
    existing_socket: socket,
    proxy: {
      host: '127.0.0.1', // checked, but of no effect with a socket that is connected already
      port: 1,
      type: 5,
      ...(username !== null && { userId: username, password: password ?? '' }),
    },
    destination: { ...destination },
  });
  socket.resume();
  await led.catch((error: unknown) => {
    // the package's own error holds the password
    throw new Error(`the SOCKS proxy ${error instanceof Error ? `says: ${error.message}` : 'failed'}`);
  });
  await putBack(socket);
}

/** The package gives octets that came right behind the proxy's answer to whoever listens, then resumes the socket. */
function putBack(socket: Socket): Promise<void> {
  const early: Buffer[] = [];
  const keep = (octets: Buffer): void => void early.push(octets);
  return new Promise((resolve, reject) => {
    socket.once('close', reject);
    socket.once('resume', () => {
      socket.off('close', reject);
      socket.off('data', keep);
      socket.pause();
      for (const octets of early.toReversed()) socket.unshift(octets);
      resolve();
    });
    socket.on('data', keep);
  });
}

async function loadSocks(): Promise<typeof import('socks')> {
  try {
    return await import('socks');
  } catch (cause) {
    throw new TransportError('ENOTSUP', 'a SOCKS proxy needs the package "socks", which is not installed', { cause });
  }
}

/** The host and port of `host:port` or `[host]:port`. */
export function proxyEnd(address: string): SocksDestination {
  const cut = address.lastIndexOf(':');
  const host = address.slice(0, cut).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(cut + 1)) };
}

/** As the address of a route: IPv6 needs brackets. */
export function routeTo({ host, port }: SocksDestination): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

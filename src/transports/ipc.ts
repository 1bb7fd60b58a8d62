/**
 * `ipc://`: connections within one machine, through Unix sockets, or named pipes on Windows (of which only the names are
 * tested). What is written in an address is in `ipc-address.ts`, what becomes of files in `ipc-file.ts`; the octets pass
 * through {@link NetDuplex}. Who may connect is the directory's question, and the umask's when the file is made.
 */
import { randomUUID } from 'node:crypto';
import { rmdirSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import type { NetConnectOpts, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TransportError } from '../errors.ts';
import { type IpcPlace, padsAbstractNames, parseIpcBind, parseIpcConnect } from './ipc-address.ts';
import { BoundFile, removeDeadSocket } from './ipc-file.ts';
import { NetDial } from './net-dial.ts';
import { NetDuplex } from './net-duplex.ts';
import { listen, type Listening, NetListener } from './net-listener.ts';
import { systemCode, toTransportError } from './system-error.ts';
import type { Dial, DialSink, Listener, ListenerSink, Transport, TransportOptions } from './transport.ts';

/** Unix sockets and named pipes through node:net. */
export class IpcTransport implements Transport {
  readonly scheme = 'ipc';
  readonly #platform: NodeJS.Platform;
  #warned = false;

  /** @param platform - whose addresses these are; by default this system's */
  constructor(platform: NodeJS.Platform = process.platform) {
    this.#platform = platform;
  }

  check(address: string, use: 'bind' | 'connect'): void {
    if (use === 'bind') parseIpcBind(address, this.#platform);
    else parseIpcConnect(address, this.#platform);
  }

  async bind(address: string, options: TransportOptions, sink: ListenerSink): Promise<Listener> {
    const place = parseIpcBind(address, this.#platform);
    const endpoint = `ipc://${address}`;
    try {
      if (place.kind !== 'any') return await this.#bindAt(place, endpoint, options, sink);
      return await this.#bindAnywhere(options, sink);
    } catch (cause) {
      throw toTransportError({ doing: 'cannot bind', endpoint, cause, otherwise: 'EADDRNOTAVAIL' });
    }
  }

  connect(address: string, options: TransportOptions, sink: DialSink): Dial {
    const place = parseIpcConnect(address, this.#platform);
    const endpoint = `ipc://${address}`;
    this.#warnOfPadding(place);
    const plan = {
      endpoint,
      timeoutMs: options.connectTimeoutMs,
      routes: (): Promise<readonly NetConnectOpts[]> => Promise.resolve([{ path: place.path }]),
      adopt: (socket: Socket): NetDuplex => adopt(socket, endpoint),
    };
    return new NetDial(plan, sink);
  }

  async #bindAt(
    place: IpcPlace,
    endpoint: string,
    options: TransportOptions,
    sink: ListenerSink,
  ): Promise<NetListener | FileListener> {
    this.#warnOfPadding(place);
    const listening: Listening = {
      at: { path: place.path, backlog: options.backlog },
      accepted: socket => {
        socket.unref();
        sink.accepted(adopt(socket, endpoint));
      },
      failed: cause =>
        sink.failed(toTransportError({ doing: 'cannot accept on', endpoint, cause, otherwise: 'EMFILE' })),
    };
    if (place.kind !== 'file') return new NetListener(await listen(listening), endpoint);
    return new FileListener(await listenOnFile(place.path, endpoint, listening), endpoint, place.path);
  }

  async #bindAnywhere(options: TransportOptions, sink: ListenerSink): Promise<Listener> {
    if (this.#platform === 'win32') return this.bind(`zmtp-${randomUUID()}`, options, sink);
    const directory = await mkdtemp(join(tmpdir(), 'zmtp-')); // for this user only
    try {
      const path = join(directory, 'socket');
      const place = parseIpcConnect(path, this.#platform);
      const listener = await this.#bindAt(place, `ipc://${path}`, options, sink);
      return new TemporaryListener(listener, directory);
    } catch (cause) {
      rmdirSync(directory);
      throw cause;
    }
  }

  #warnOfPadding({ kind }: IpcPlace): void {
    const { uv, node } = process.versions;
    if (kind !== 'abstract' || this.#warned || !padsAbstractNames(uv)) return;
    this.#warned = true;
    process.emitWarning(
      `Node ${node} pads the names of abstract sockets: only other programs on such a Node can be reached with ipc://@`,
      { code: 'ZMTP_PADDED_NAME', detail: 'Node 22 and later do not, and reach libzmq.' },
    );
  }
}

/** A listener with a file. */
class FileListener implements Listener {
  readonly endpoint: string;
  readonly #server: NetListener;
  /** Until it is closed: afterwards the path may be somebody else's. */
  #file: BoundFile | undefined;

  constructor(server: Server, endpoint: string, path: string) {
    this.endpoint = endpoint;
    this.#server = new NetListener(server, endpoint);
    this.#file = new BoundFile(path);
  }

  close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    file?.removeAround(() => void this.#server.close());
    return Promise.resolve();
  }
}

/** A listener in a directory that was made for it. */
class TemporaryListener implements Listener {
  readonly #listener: Listener;
  readonly #directory: string;

  constructor(listener: Listener, directory: string) {
    this.#listener = listener;
    this.#directory = directory;
  }

  get endpoint(): string {
    return this.#listener.endpoint;
  }

  async close(): Promise<void> {
    const closed = this.#listener.close();
    try {
      rmdirSync(this.#directory);
    } catch {
      // gone already, or somebody keeps something in it
    }
    await closed;
  }
}

/** Listens where a file can be made, or where one was left by somebody who is not there any more. */
async function listenOnFile(path: string, endpoint: string, listening: Listening): Promise<Server> {
  try {
    return await listen(listening);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EACCES') requireDirectory(path);
    if (code !== 'EADDRINUSE') throw cause;
    const obstacle = await removeDeadSocket(path);
    if (obstacle === undefined) return listen(listening);
    throw new TransportError('EADDRINUSE', `cannot bind ${endpoint}: ${obstacle}`, { cause, address: endpoint });
  }
}

/** Throws the system's own ENOENT, which node:net turns into EACCES. */
function requireDirectory(path: string): void {
  statSync(dirname(path));
}

/** The connecting end of a Unix socket has no name, so both ends go by the listener's. */
function adopt(socket: Socket, endpoint: string): NetDuplex {
  return new NetDuplex(socket, { localAddress: endpoint, remoteAddress: endpoint });
}

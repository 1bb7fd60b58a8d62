/** Where a connecting target's calls come in; each can be taken as a raw peer, in order. */
import { connect, createServer, type Server, type Socket as NetSocket } from 'node:net';
import { Bell } from './bell.ts';
import { RawPeer, Unreached } from './raw-peer.ts';
import type { WireLog } from './wire-log.ts';

const LOOPBACK = '127.0.0.1';

export class RawListener {
  readonly #server: Server;
  readonly #stepMs: number;
  readonly #log: WireLog;
  readonly #calls: NetSocket[] = [];
  readonly #open = new Set<NetSocket>();
  readonly #bell: Bell = new Bell();

  private constructor(server: Server, stepMs: number, log: WireLog) {
    this.#server = server;
    this.#stepMs = stepMs;
    this.#log = log;
    server.on('connection', socket => {
      socket.pause();
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      socket.on('error', () => undefined);
      this.#calls.push(socket);
      this.#bell.ring();
    });
  }

  /** @param port - 0: any */
  static async open(stepMs: number, log: WireLog, port = 0): Promise<RawListener> {
    const server = createServer({ allowHalfOpen: true });
    const listener = new RawListener(server, stepMs, log);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, LOOPBACK, resolve);
    });
    return listener;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get endpoint(): string {
    return `tcp://${LOOPBACK}:${this.port}`;
  }

  /** The next call, or undefined when none comes in time. */
  async accept(withinMs: number = this.#stepMs): Promise<RawPeer | undefined> {
    const socket = await this.#bell.until(() => this.#calls.shift(), withinMs);
    if (socket === undefined) return undefined;
    const peer = new RawPeer(socket, this.#stepMs, this.#log);
    socket.resume();
    return peer;
  }

  async expectCall(withinMs?: number): Promise<RawPeer> {
    const peer = await this.accept(withinMs);
    if (peer === undefined) throw new Unreached('no call came');
    return peer;
  }

  /** No further calls; those that were taken live on. */
  stop(): void {
    this.#server.close();
  }

  /** Ends everything that is left. */
  close(): void {
    this.stop();
    for (const socket of this.#open) socket.destroy();
  }
}

/**
 * @param endpoint - `tcp://host:port` or `ipc://path`
 * @throws Unreached when there is no connection, which may take as long as a step
 */
export async function dial(endpoint: string, stepMs: number, log: WireLog): Promise<RawPeer> {
  const socket = connect({ ...addressOf(endpoint), allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    // Some hosts answer nothing at all, and the system would wait for minutes.
    const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${stepMs} ms`)), stepMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.once('error', cause => {
      clearTimeout(timer);
      reject(new Unreached(`no connection to ${endpoint}: ${cause.message || 'refused'}`));
    });
  });
  return new RawPeer(socket, stepMs, log);
}

function addressOf(endpoint: string): { host: string; port: number } | { path: string } {
  const tcp = /^(?:tcp|ws):\/\/(.+):(\d+)(?:\/.*)?$/.exec(endpoint);
  if (tcp !== null) return { host: (tcp[1] ?? '').replaceAll(/[[\]]/g, ''), port: Number(tcp[2]) };
  const ipc = /^ipc:\/\/(.+)$/.exec(endpoint);
  if (ipc !== null) return { path: ipc[1] ?? '' };
  throw new Error(`cannot dial ${endpoint}`);
}

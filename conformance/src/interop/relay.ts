/** Stands between two targets, hands on every octet, remembers the last of them, and can cut the line. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Bell } from '../raw/bell.ts';
import { WireLog } from '../raw/wire-log.ts';
import type { Transport } from './pairs.ts';

type Address = { readonly port: number; readonly host: string } | { readonly path: string };

export class Relay {
  readonly log: WireLog = new WireLog();
  readonly #server: Server;
  readonly #to: Address;
  readonly #lines = new Map<Socket, Socket>();
  #endpoint = '';
  #made = 0;
  readonly #bell = new Bell();

  private constructor(to: Address) {
    this.#to = to;
    this.#server = createServer({ allowHalfOpen: true }, caller => this.#join(caller));
  }

  /**
   * @param endpoint - where the binding target is
   * @param path - where the relay shall be, for ipc
   */
  static async open(transport: Transport, endpoint: string, path: string): Promise<Relay> {
    const relay = new Relay(transport === 'ipc' ? { path: endpoint.slice('ipc://'.length) } : tcpAddress(endpoint));
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject);
      if (transport === 'ipc') relay.#server.listen(path, resolve);
      else relay.#server.listen(0, '127.0.0.1', resolve);
    });
    relay.#endpoint =
      transport === 'ipc'
        ? `ipc://${path}`
        : `${transport}://127.0.0.1:${(relay.#server.address() as AddressInfo).port}${transport === 'ws' ? '/' : ''}`;
    return relay;
  }

  /** What the connecting target is given. */
  get endpoint(): string {
    return this.#endpoint;
  }

  /** Lines that were ever made. */
  get made(): number {
    return this.#made;
  }

  /** Ends all lines, both ways, at once. */
  cut(): void {
    for (const [caller, called] of this.#lines) {
      caller.destroy();
      called.destroy();
    }
  }

  /** Waits until so many lines were made. */
  async reached(count: number, withinMs: number): Promise<boolean> {
    return (await this.#bell.until(() => (this.#made >= count ? true : undefined), withinMs)) === true;
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #join(caller: Socket): void {
    const called = connect(this.#to);
    const number = this.log.nextPeer();
    this.#lines.set(caller, called);
    this.#made += 1;
    const pass = (from: Socket, to: Socket, dir: 'in' | 'out', note: string): void => {
      from.on('data', (chunk: Uint8Array) => {
        this.log.add(number, dir, chunk, note);
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.#lines.delete(caller);
      });
    };
    pass(caller, called, 'in', 'to the binding side');
    pass(called, caller, 'out', 'to the connecting side');
    this.#bell.ring();
  }
}

function tcpAddress(endpoint: string): Address {
  const found = /^\w+:\/\/(.+):(\d+)/.exec(endpoint);
  if (found === null) throw new Error(`no address: ${endpoint}`);
  return { host: found[1] ?? '', port: Number(found[2]) };
}

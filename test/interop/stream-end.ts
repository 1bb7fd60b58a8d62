/**
 * A STREAM, ours or libzmq's, and plain sockets of the system around it: what they see of each other as short texts, so
 * that one script can be played on all of them and the outcomes compared.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket as NetSocket } from 'node:net';
import { Stream } from '../../src/index.ts';
import { deadlineMs } from '../support/peers/deadline.ts';
import type { Peer } from '../support/peers/peer.ts';
import type { Part, PeerSocket } from '../support/peers/peer-socket.ts';
import { inTime, until } from '../support/tcp-world.ts';

/** What all of them can do. */
export type StreamEnd = Pick<PeerSocket, 'bind' | 'connect' | 'attempt' | 'receive' | 'close'>;

/** The options that the tests set. */
export interface StreamEndOptions {
  readonly notify?: boolean;
  readonly reconnectInterval?: number;
  readonly sendTimeout?: number;
}

/** Whose STREAM. */
export interface StreamSide {
  readonly name: string;
  open(options?: StreamEndOptions): Promise<StreamEnd>;
}

/** Our side. */
export const ourStreams: StreamSide = {
  name: 'ours',
  open: options => Promise.resolve(new OurStream(new Stream(options ?? {}))),
};

/** libzmq's. */
export function streamsOf(peer: Peer): StreamSide {
  return { name: peer.name, open: options => peer.open('STREAM', options) };
}

class OurStream implements StreamEnd {
  readonly #socket: Stream;

  constructor(socket: Stream) {
    this.#socket = socket;
  }

  async bind(endpoint = 'tcp://127.0.0.1:*'): Promise<string> {
    await this.#socket.bind(endpoint);
    return this.#socket.lastEndpoint ?? endpoint;
  }

  async connect(endpoint: string, routingId?: Part): Promise<void> {
    this.#socket.connect(endpoint, routingId === undefined ? {} : { routingId });
  }

  async attempt(message: readonly Part[]): Promise<string> {
    try {
      return this.#socket.trySend(message) ? 'ok' : 'EAGAIN';
    } catch (error) {
      if (error instanceof Error && 'code' in error) return String(error.code);
      throw error;
    }
  }

  async receive(): Promise<Uint8Array[]> {
    return [...(await this.#socket.receive({ timeout: deadlineMs }))];
  }

  async close(): Promise<void> {
    await this.#socket.close({ linger: 0 });
  }
}

/** A STREAM in a script, and what it has seen. */
export class Scene {
  /** `A` for the first id, `B` for the next …; chosen ones as they are. */
  readonly seen: string[] = [];
  readonly #end: StreamEnd;
  readonly #ids: string[] = [];
  readonly #closers: (() => unknown)[] = [];

  constructor(end: StreamEnd) {
    this.#end = end;
    this.#closers.push(() => end.close());
  }

  /** Binds it. */
  bind(): Promise<string> {
    return this.#end.bind('tcp://127.0.0.1:*');
  }

  connect(endpoint: string, routingId?: string): Promise<void> {
    return this.#end.connect(endpoint, routingId);
  }

  /** Receives a notice, and gives the id. */
  async notice(): Promise<Uint8Array> {
    const [id = Buffer.of(), octets, ...more] = await this.#end.receive();
    this.seen.push(`${this.#nameOf(id)} ${octets?.length === 0 && more.length === 0 ? 'notice' : 'octets'}`);
    return id;
  }

  /** Receives so many octets, in however many messages, but from one peer and without a notice. */
  async octets(count: number): Promise<void> {
    const names = new Set<string>();
    const chunks: Uint8Array[] = [];
    for (let size = 0; size < count;) {
      const [id = Buffer.of(), octets = Buffer.of(), ...more] = await this.#end.receive();
      if (octets.length === 0 || more.length > 0) names.add('something else');
      names.add(this.#nameOf(id));
      chunks.push(octets);
      size += Math.max(1, octets.length);
    }
    const whole = Buffer.concat(chunks);
    const shown = whole.length > 20 ? `${whole.length} octets` : whole.toString();
    this.seen.push(`${[...names].join(' and ')} ${shown}`);
  }

  /** Sends, and notes what came of it. */
  async send(id: Part, octets: Part): Promise<void> {
    this.seen.push(await this.#end.attempt([id, octets]));
  }

  /** Sends so many times, until it is refused. */
  async fill(id: Part, most: number): Promise<void> {
    for (let sent = 0; sent < most; sent += 1) {
      const outcome = await this.#end.attempt([id, 'x']);
      if (outcome === 'ok') continue;
      this.seen.push(`${sent} taken, then ${outcome}`);
      return;
    }
    this.seen.push(`${most} taken`);
  }

  /** Waits until nobody has this id. libzmq says EAGAIN while it closes. */
  async untilUnknown(id: Part): Promise<void> {
    const asking = async (): Promise<void> => {
      while ((await this.#end.attempt([id, 'too late'])) !== 'EHOSTUNREACH') await new Promise(setImmediate);
    };
    await inTime(asking(), 'EHOSTUNREACH');
  }

  /** A client of the system's. */
  dial(endpoint: string): Promise<Wire> {
    const socket = connect({
      port: Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)),
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    this.#closers.push(() => socket.destroy());
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Wire(socket)));
    });
  }

  /** A server of the system's. */
  async listen(): Promise<Wires> {
    const wires = new Wires();
    await wires.start();
    this.#closers.push(() => wires.stop());
    return wires;
  }

  async end(): Promise<void> {
    for (const close of this.#closers) await close();
  }

  #nameOf(id: Uint8Array): string {
    if (id[0] !== 0) return Buffer.from(id).toString();
    if (id.length !== 5) return `an id of ${id.length} octets`;
    const hex = Buffer.from(id).toString('hex');
    if (!this.#ids.includes(hex)) this.#ids.push(hex);
    return String.fromCharCode(65 + this.#ids.indexOf(hex));
  }
}

/** The far end of a connection. */
export class Wire {
  readonly #socket: NetSocket;
  #octets = Buffer.of();
  #over = false;

  constructor(socket: NetSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // that a stream breaks is what some scripts are about
    socket.on('data', chunk => (this.#octets = Buffer.concat([this.#octets, chunk])));
    socket.on('end', () => (this.#over = true));
  }

  write(octets: Part): void {
    this.#socket.write(octets);
  }

  /** Our direction is over, the other is not. */
  shutdown(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** So many octets, when they are there. */
  async read(count: number): Promise<string> {
    await until(() => this.#octets.length >= count, `${count} octets`);
    const octets = this.#octets.subarray(0, count);
    this.#octets = this.#octets.subarray(count);
    return octets.toString('latin1');
  }

  /** What came before the other side closed. */
  async rest(): Promise<Buffer> {
    await until(() => this.#over, 'the end of the stream');
    return this.#octets;
  }
}

/** A server, and who has come. */
export class Wires {
  readonly #server: Server;
  readonly #wires: Wire[] = [];
  #taken = 0;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true }, socket => this.#wires.push(new Wire(socket)));
  }

  get endpoint(): string {
    return `tcp://127.0.0.1:${this.#port}`;
  }

  start(port = 0): Promise<void> {
    return new Promise(resolve => this.#server.listen(port, '127.0.0.1', resolve));
  }

  /** Stops listening for a while; gives the port to {@link start} with again. */
  pause(): Promise<number> {
    const port = this.#port;
    return new Promise(resolve => this.#server.close(() => resolve(port)));
  }

  /** The next who comes. */
  async next(): Promise<Wire> {
    await until(() => this.#wires.length > this.#taken, 'a connection');
    const wire = this.#wires[this.#taken];
    this.#taken += 1;
    if (wire === undefined) throw new Error('nobody');
    return wire;
  }

  stop(): void {
    for (const wire of this.#wires) wire.close();
    this.#server.close();
  }

  get #port(): number {
    // a server that listens on TCP has such an address
    return (this.#server.address() as AddressInfo).port;
  }
}

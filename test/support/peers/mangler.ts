/**
 * Somebody on the wire: a tcp relay between two peers of ZMTP 3 that can do to each frame what it likes. Greetings pass as
 * they come.
 *
 *      connecting side ──► mangler.endpoint ═══ frame by frame ═══► target
 */
import { once } from 'node:events';
import { type Socket, createConnection, createServer } from 'node:net';
import { GREETING_LENGTH, firstFrame } from './wire-frames.ts';

/** A frame on its way. */
export interface Passing {
  readonly from: 'connecting' | 'bound';
  /** How many connections there were before this one. */
  readonly connection: number;
  /** How many frames came before it, on this connection from this side. */
  readonly index: number;
  /** Head and body. */
  readonly octets: Buffer;
  readonly body: Buffer;
}

/** What becomes of a frame. */
export interface Fate {
  /** What goes on in its place. */
  readonly on: readonly Uint8Array[];
  /** What goes back to who sent it. */
  readonly back?: readonly Uint8Array[];
  /** The connection ends behind it. */
  readonly cut?: boolean;
}

/** Decides about each frame; undefined: it passes. */
export type Mangle = (frame: Passing) => Fate | undefined;

/** Starts a relay to `target`, an endpoint of the form `tcp://host:port`. */
export async function mangler(target: string, mangle: Mangle): Promise<Mangler> {
  const { hostname, port } = new URL(target);
  const relay = new Mangler({ host: hostname, port: Number(port) }, mangle);
  await relay.listen();
  return relay;
}

/** A relay, see {@link mangler}. */
export class Mangler {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #mangle: Mangle;
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  constructor(target: { readonly host: string; readonly port: number }, mangle: Mangle) {
    this.#target = target;
    this.#mangle = mangle;
    this.#server.on('connection', connecting => {
      const connection = this.#connections;
      this.#connections += 1;
      const bound = createConnection({ ...this.#target, noDelay: true });
      connecting.setNoDelay(true);
      this.#relay(connecting, bound, { from: 'connecting', connection });
      this.#relay(bound, connecting, { from: 'bound', connection });
    });
  }

  /** Where to connect instead of to the target. */
  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the mangler is not listening');
    return `tcp://127.0.0.1:${address.port}`;
  }

  /** Starts to take connections. */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(source: Socket, sink: Socket, direction: Pick<Passing, 'from' | 'connection'>): void {
    this.#sockets.add(source);
    let greeted = 0;
    let index = 0;
    let rest: Buffer = Buffer.alloc(0);
    source.on('data', octets => {
      const greeting = octets.subarray(0, GREETING_LENGTH - greeted);
      greeted += greeting.length;
      if (greeting.length > 0) sink.write(greeting);
      rest = Buffer.concat([rest, octets.subarray(greeting.length)]);
      for (let frame = firstFrame(rest); frame !== undefined; frame = firstFrame(rest)) {
        rest = rest.subarray(frame.octets.length);
        const fate: Fate = this.#mangle({ ...direction, index, ...frame }) ?? { on: [frame.octets] };
        index += 1;
        for (const part of fate.on) sink.write(part);
        for (const part of fate.back ?? []) source.write(part);
        if (fate.cut === true) {
          source.destroy();
          sink.end();
          return;
        }
      }
    });
    source.on('error', () => undefined); // told by 'close', which comes next
    source.on('close', () => {
      this.#sockets.delete(source);
      sink.end();
    });
    source.on('end', () => sink.end());
  }
}

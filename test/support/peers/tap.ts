/**
 * A wire with a listener on it: a tcp relay between whoever connects and the endpoint behind it. It writes down what
 * passes, and can fall silent without closing anything, as a cable does when it is pulled.
 *
 *      connecting side ──► tap.endpoint ═══ recorded ═══► target
 */
import { once } from 'node:events';
import { type Socket, createConnection, createServer } from 'node:net';
import { deadlineMs } from './deadline.ts';

/** Octets that arrived together. */
export interface Passage {
  readonly from: 'connecting' | 'bound';
  readonly octets: Uint8Array;
}

/** Starts a relay to `target`, an endpoint of the form `tcp://host:port`. */
export async function tap(target: string): Promise<Tap> {
  const { hostname, port } = new URL(target);
  const relay = new Tap({ host: hostname, port: Number(port) });
  await relay.listen();
  return relay;
}

interface Wire {
  readonly connecting: Socket;
  readonly bound: Socket;
}

/** A relay, see {@link tap}. */
export class Tap {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server = createServer({ allowHalfOpen: true });
  readonly #wires = new Set<Wire>();
  readonly #passages: Passage[] = [];
  #silent = false;
  #watchers: (() => void)[] = [];

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server.on('connection', socket => {
      this.#join(socket);
    });
  }

  /** Where to connect instead of to the target. */
  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the tap is not listening');
    return `tcp://127.0.0.1:${address.port}`;
  }

  /** All that has passed, in the order in which it came, on all connections. */
  get passages(): readonly Passage[] {
    return this.#passages;
  }

  /** What one side has sent. */
  sent(from: Passage['from']): Buffer {
    return Buffer.concat(this.#passages.filter(passage => passage.from === from).map(({ octets }) => octets));
  }

  /** Resolves when what has passed meets the condition. */
  until(condition: (tap: Tap) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`the tap waited ${deadlineMs} ms for octets that did not pass`));
      }, deadlineMs);
      const look = (): void => {
        if (!condition(this)) {
          this.#watchers.push(look);
          return;
        }
        clearTimeout(timer);
        resolve();
      };
      look();
    });
  }

  /** Lets nothing through any more, on connections old and new, and closes none. */
  silence(): void {
    this.#silent = true;
    for (const wire of this.#wires) still(wire);
  }

  /** Ends the silent connections; new ones are relayed again. */
  resume(): void {
    this.#silent = false;
    for (const wire of this.#wires) cut(wire);
  }

  /** Starts to take connections. */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends everything. */
  async close(): Promise<void> {
    for (const wire of this.#wires) cut(wire);
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(connecting: Socket): void {
    const bound = createConnection({ ...this.#target, allowHalfOpen: true, noDelay: true });
    connecting.setNoDelay(true);
    const wire = { connecting, bound };
    this.#wires.add(wire);
    this.#relay(connecting, bound, 'connecting');
    this.#relay(bound, connecting, 'bound');
    for (const socket of [connecting, bound]) {
      socket.on('error', () => undefined); // told by 'close', which comes next
      socket.on('close', () => {
        if (this.#silent) return;
        cut(wire);
        this.#wires.delete(wire);
      });
    }
    if (this.#silent) still(wire);
  }

  #relay(source: Socket, sink: Socket, from: Passage['from']): void {
    source.on('data', octets => {
      this.#passages.push({ from, octets });
      sink.write(octets);
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
    source.on('end', () => sink.end());
  }
}

function still({ connecting, bound }: Wire): void {
  connecting.pause();
  bound.pause();
}

function cut({ connecting, bound }: Wire): void {
  connecting.destroy();
  bound.destroy();
}

/** A tcp stream in the hand of a test, to either kind of socket: what it writes and has heard, octet by octet. */
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { deadlineMs } from './deadline.ts';

/** One end of a stream. */
export class RawStream {
  /** Whether the other side has closed it. */
  ended = false;
  readonly #socket: Socket;
  readonly #heard: Buffer[] = [];
  #watcher: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', octets => {
      this.#heard.push(octets);
      this.#watcher();
    });
    socket.on('error', () => undefined); // its end is what counts
    socket.on('close', () => {
      this.ended = true;
      this.#watcher();
    });
  }

  /** All that has come so far. */
  get heard(): Buffer {
    return Buffer.concat(this.#heard);
  }

  /** Resolves when the octets have been handed to the system. */
  write(octets: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(octets, error => (error ? reject(error) : resolve()));
    });
  }

  /** Resolves with all that has come when that is what is waited for. */
  until(holds: (heard: Buffer) => boolean, what: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no ${what} in ${deadlineMs} ms, but ${this.heard.toString('hex')}`));
      }, deadlineMs);
      this.#watcher = () => {
        if (!holds(this.heard)) return;
        clearTimeout(timer);
        resolve(this.heard);
      };
      this.#watcher();
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects to an endpoint of the form `tcp://host:port`. */
export async function dialRaw(endpoint: string): Promise<RawStream> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return new RawStream(socket);
}

/** Lets one side connect: `connecting` is given the endpoint. */
export async function awaitRaw(connecting: (endpoint: string) => Promise<void>): Promise<RawStream> {
  const server = createServer();
  const accepted = new Promise<Socket>(resolve => server.once('connection', resolve));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a server on tcp that listens
  try {
    await connecting(`tcp://127.0.0.1:${port}`);
    return new RawStream(await accepted);
  } finally {
    server.close();
  }
}

/** A SOCKS5 proxy by hand (RFC 1928, RFC 1929), as strict as a test needs: it says what it was asked, and leads there. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** How it behaves. */
export interface ProxyNature {
  /** Names and passwords it lets in; without, it asks for none. */
  readonly account?: { readonly name: string; readonly password: string };
  /** What it answers to CONNECT; 0 is success. */
  readonly reply?: number;
  /** Says this instead of anything of SOCKS. */
  readonly garbage?: Buffer;
  /** Sent in one piece with the answer to CONNECT, as what the destination says at once would be. */
  readonly early?: Buffer;
  /** Falls silent after the connection. */
  readonly silent?: true;
}

/** A proxy that listens. */
export class SocksServer {
  /** Each CONNECT it was asked for: `host:port`, with the type of the address in front. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #nature: ProxyNature;

  private constructor(nature: ProxyNature) {
    this.#nature = nature;
    this.#server = createServer(socket => void this.#serve(socket).catch(() => socket.destroy()));
  }

  static async listen(nature: ProxyNature = {}, port = 0): Promise<SocksServer> {
    const proxy = new SocksServer(nature);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(socket: Socket): Promise<void> {
    this.#keep(socket);
    const { account, garbage, silent, reply = 0, early = Buffer.alloc(0) } = this.#nature;
    if (silent === true) return;
    if (garbage !== undefined) {
      socket.write(garbage);
      return;
    }
    const read = reader(socket);
    const [, methods = 0] = await read(2);
    const offered = await read(methods);
    const method = account === undefined ? 0 : 2;
    if (!offered.includes(method)) {
      socket.end(Buffer.of(5, 0xff));
      return;
    }
    socket.write(Buffer.of(5, method));
    if (account !== undefined) {
      const name = await read((await read(2))[1] ?? 0);
      const password = await read((await read(1))[0] ?? 0);
      const good = name.toString() === account.name && password.toString() === account.password;
      socket.write(Buffer.of(1, good ? 0 : 1));
      if (!good) return;
    }
    const [, , , kind = 0] = await read(4);
    const host =
      kind === 1
        ? [...(await read(4))].join('.')
        : kind === 4
          ? ipv6(await read(16))
          : (await read((await read(1))[0] ?? 0)).toString();
    const port = (await read(2)).readUInt16BE();
    this.asked.push(`${kind} ${host}:${port}`);
    const answer = Buffer.concat([Buffer.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0), early]);
    if (reply !== 0 || early.length > 0) {
      socket.write(answer);
      return;
    }
    const onward = this.#keep(connect({ port, host: kind === 3 ? '127.0.0.1' : host }));
    await once(onward, 'connect');
    socket.write(answer);
    socket.pipe(onward).pipe(socket);
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    return socket;
  }
}

/** Reads exactly so many octets at a time. */
function reader(socket: Socket): (count: number) => Promise<Buffer> {
  return async count => {
    if (count === 0) return Buffer.alloc(0);
    while (true) {
      const octets: unknown = socket.read(count);
      if (Buffer.isBuffer(octets)) return octets;
      await once(socket, 'readable');
    }
  };
}

function ipv6(octets: Buffer): string {
  return Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16)).join(':');
}

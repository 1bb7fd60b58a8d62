/** UDP without a library: what a test says by hand, and hears as it came. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { deadlineMs } from './peers/deadline.ts';

/** Where a plain socket is, or somebody else. */
export interface UdpEnd {
  readonly host: string;
  readonly port: number;
}

/** One datagram as it came. */
export interface Heard {
  readonly octets: Buffer;
  readonly from: UdpEnd;
}

/** A plain socket on this machine. */
export class PlainUdp {
  readonly end: UdpEnd;
  readonly #socket: Socket;
  readonly #heard: Heard[] = [];
  readonly #waiting: ((heard: Heard) => void)[] = [];

  private constructor(socket: Socket) {
    const { address, port } = socket.address();
    this.end = { host: address, port };
    this.#socket = socket;
    socket.on('message', (octets, { address: host, port: from }) => {
      const heard = { octets, from: { host, port: from } };
      const first = this.#waiting.shift();
      if (first === undefined) this.#heard.push(heard);
      else first(heard);
    });
  }

  static async open(host = '127.0.0.1'): Promise<PlainUdp> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new PlainUdp(socket);
  }

  send(octets: Uint8Array, { host, port }: UdpEnd): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(octets, port, host, error => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** The next datagram, soon. */
  next(): Promise<Heard> {
    const first = this.#heard.shift();
    if (first !== undefined) return Promise.resolve(first);
    return soon(new Promise(resolve => this.#waiting.push(resolve)), 'a datagram');
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#socket.close(resolve));
  }
}

/** Fails when the promise takes longer than any step may. */
export async function soon<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A port that nobody has at the moment; libzmq does not tell which one the system gave it. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const plain = await PlainUdp.open(host);
  await plain.close();
  return plain.end.port;
}

/** What an endpoint of ours says. */
export function endOf(endpoint: string | null): UdpEnd {
  const [, ipv6, ipv4, port] = /(?:\[([^\]]+)\]|([^;:/]+)):([0-9]+)$/.exec(endpoint ?? '') ?? [];
  return { host: ipv6 ?? ipv4 ?? '', port: Number(port) };
}

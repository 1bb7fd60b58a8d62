/** A client on a bare socket, so that every contestant's server has the very same clients. */
import { connect, type Socket } from 'node:net';

const GREETING_LENGTH = 64;
const LONG = 0b010;
const COMMAND = 0b100;
const MOST = 65_536; // octets of a frame: no handshake has more

/** RFC 37: signature, version 3.1, the mechanism, not a server, filler. */
export function greetingOf(mechanism: string): Buffer {
  return Buffer.concat([
    Buffer.from('ff00000000000000007f0301', 'hex'),
    Buffer.from(mechanism.padEnd(20, '\0')),
    Buffer.alloc(32),
  ]);
}

/** A command frame. */
export function commandFrame(name: string, ...fields: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Uint8Array.of(name.length), Buffer.from(name), ...fields]);
  if (body.length <= 0xff) return Buffer.concat([Uint8Array.of(COMMAND, body.length), body]);
  const head = Buffer.alloc(9);
  head[0] = COMMAND | LONG;
  head.writeUInt32BE(body.length, 5);
  return Buffer.concat([head, body]);
}

/** RFC 37: the properties of a peer of that type, and no others. */
export function propertiesOf(socketType: string): Buffer {
  const [name, value] = [Buffer.from('Socket-Type'), Buffer.from(socketType)];
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([Uint8Array.of(name.length), name, length, value]);
}

/** One connection while it shakes hands: says what it is told to, hears one command after the other. */
export class BareClient {
  readonly socket: Socket;
  #heard: Buffer = Buffer.alloc(0);
  #greeted = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};
  readonly #hear = (chunk: Buffer): void => {
    this.#heard = this.#heard.length === 0 ? chunk : Buffer.concat([this.#heard, chunk]);
    this.#wake();
  };

  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint);
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('data', this.#hear);
    this.socket.on('error', error => this.#fail(error));
    this.socket.on('end', () => this.#fail(new Error('the server hung up')));
  }

  say(octets: Uint8Array): void {
    this.socket.write(octets);
  }

  /** The body of the next command, once it has come whole; the server's greeting is passed over. */
  async command(name: string): Promise<Buffer> {
    while (true) {
      const body = this.#takeCommand();
      if (body?.subarray(1, 1 + name.length).toString() === name) return body;
      if (body !== undefined) throw new Error(`the server did not answer with ${name}`);
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }

  /** From here on nothing is heard any more; the connection stays. */
  rest(): Socket {
    this.socket.off('data', this.#hear);
    return this.socket.resume();
  }

  #takeCommand(): Buffer | undefined {
    if (!this.#greeted) {
      if (this.#heard.length < GREETING_LENGTH) return undefined;
      this.#greeted = true;
      this.#heard = this.#heard.subarray(GREETING_LENGTH);
    }
    const heard = this.#heard;
    const flags = heard[0] ?? 0;
    const headLength = (flags & LONG) === 0 ? 2 : 9;
    if (heard.length < headLength) return undefined;
    const size = headLength === 2 ? heard.readUInt8(1) : heard.readUInt32BE(5);
    if ((flags & COMMAND) === 0 || size > MOST) throw new Error('the server did not answer with a command');
    if (heard.length < headLength + size) return undefined;
    this.#heard = heard.subarray(headLength + size);
    return heard.subarray(headLength, headLength + size);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}

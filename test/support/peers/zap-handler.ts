/**
 * A handler of ZAP (RFC 27), played by a test through any socket that can be one: a REP or a ROUTER of libzmq in its child
 * process, or of ours.
 */
import type { Part } from './peer-socket.ts';

/** Where handlers are. */
export const ZAP_ENDPOINT = 'inproc://zeromq.zap.01';

/** What the handler is asked, frame by frame behind the delimiter. */
export type ZapFrames = readonly Buffer[];

/** What it answers, frame by frame behind the delimiter; undefined: nothing, ever. */
export type ZapAnswer = (frames: ZapFrames) => readonly Part[] | undefined;

/** The socket of a handler. */
export interface ZapSocket {
  readonly type: string;
  bind(endpoint: string): Promise<string>;
  next(): Promise<Uint8Array[] | undefined>;
  send(message: readonly Part[]): Promise<void>;
  close(): Promise<void>;
}

/** Answers for one context until it is closed. */
export class ZapHandler {
  /** All that it was asked so far. */
  readonly requests: ZapFrames[] = [];
  readonly #socket: ZapSocket;
  readonly #answer: ZapAnswer;

  constructor(socket: ZapSocket, answer: ZapAnswer) {
    this.#socket = socket;
    this.#answer = answer;
  }

  /** Takes the handler's place in the context of the socket. */
  static async at(socket: ZapSocket, answer: ZapAnswer): Promise<ZapHandler> {
    const handler = new ZapHandler(socket, answer);
    await socket.bind(ZAP_ENDPOINT);
    handler.#serve().catch(() => undefined); // the socket was closed, and there is nobody left to be answered
    return handler;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  async #serve(): Promise<void> {
    for (let message = await this.#socket.next(); message !== undefined; message = await this.#socket.next()) {
      const envelope = this.#socket.type === 'ROUTER' ? 2 : 0;
      const frames = message.slice(envelope).map(frame => Buffer.from(frame));
      this.requests.push(frames);
      const answer = this.#answer(frames);
      if (answer === undefined && this.#socket.type === 'REP') return; // a REP that has not answered hears no more
      if (answer !== undefined) await this.#socket.send([...message.slice(0, envelope), ...answer]);
    }
  }
}

/** An answer as RFC 27 has it. */
export interface ZapReply {
  readonly status: 200 | 300 | 400 | 500;
  readonly userId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Its frames. */
export function zapReply({ status, userId = '', metadata = {} }: ZapReply): Part[] {
  return ['1.0', '1', String(status), 'a text', userId, zapMetadata(metadata)];
}

/** Properties as ZMTP has them: names behind one octet of length, values behind four. */
export function zapMetadata(metadata: Readonly<Record<string, string>>): Uint8Array {
  const properties = Object.entries(metadata).flatMap(([name, value]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(value));
    return [Buffer.of(Buffer.byteLength(name)), Buffer.from(name), length, Buffer.from(value)];
  });
  return Buffer.concat(properties);
}

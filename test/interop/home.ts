/** A context of its own on either side, in which sockets of a test share a handler of ZAP and nothing else. */
import { Context } from '../../src/index.ts';
import { type ZapAnswer, ZapHandler } from '../support/peers/zap-handler.ts';
import { type End, type EndOptions, type Side, ours, oursIn } from './end.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';

/** All sockets of one side in one test. */
export class Home implements Side {
  readonly name: string;
  readonly #side: Side;
  readonly #ends: End[] = [];

  /** @param peerOptions - what a libzmq's sockets get besides */
  constructor(side: Side, peerOptions: PeerOptions = {}) {
    this.name = side.name;
    this.#side =
      side === ours ? oursIn(new Context()) : asPeer(side, { ...peerOptions, context: `home ${(homes += 1)}` });
  }

  async open(type: SocketType, options: EndOptions): Promise<End> {
    const end = await this.#side.open(type, options);
    this.#ends.push(end);
    return end;
  }

  /** Has somebody answer for this context. */
  async handler(answer: ZapAnswer, type: 'REP' | 'ROUTER' = 'ROUTER'): Promise<ZapHandler> {
    return ZapHandler.at(await this.open(type, {}), answer);
  }

  /** Closes one end before the others. */
  async lose(end: End): Promise<void> {
    this.#ends.splice(this.#ends.indexOf(end), 1);
    await end.close();
  }

  /** Closes everything, handlers last. */
  async clear(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end.close();
  }
}

let homes = 0;

/** The options that peer.ts has besides libzmq's. */
interface PeerOptions {
  readonly context?: string;
  readonly monitored?: boolean;
}

function asPeer(side: Side, options: PeerOptions): Side {
  return { name: side.name, open: (type, more) => side.open(type, { ...more, ...options }) };
}

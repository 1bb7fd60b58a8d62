/**
 * Our sockets of draft types, driven as a libzmq's are (see `peer-socket.ts`): what is kept beside a message, a routing id
 * in digits or a group, is its first part. No digits are the routing id 0, which is nobody's.
 */
import { Channel, Client, type Context, Dish, Gather, Peer, Radio, Scatter, Server } from '../../src/index.ts';
import type { DRAFT_TYPES } from '../../src/zmtp/socket-type.ts';
import type { EndOptions, OurSocket, Parts } from './our-socket.ts';
import type { Part } from '../support/peers/peer-socket.ts';

/** One of the types that came with drafts. */
export type DraftType = (typeof DRAFT_TYPES)[number];

/** Opens one of each type. */
export const OPEN_DRAFTS: Readonly<Record<DraftType, (options: EndOptions & { context?: Context }) => OurSocket>> = {
  SERVER: options => new Routed(new Server(options)),
  CLIENT: options => new Client(options),
  RADIO: options => new ToGroups(new Radio(options)),
  DISH: options => new FromGroups(new Dish(options)),
  GATHER: options => new Gather(options),
  SCATTER: options => new Scatter(options),
  PEER: options => new Knowing(new Peer(options)),
  CHANNEL: options => new Channel(options),
};

type WithoutMessages = Omit<OurSocket, 'send' | 'trySend' | 'receive' | 'tryReceive'>;

/** What does not depend on the form of messages. */
class Dressed<S extends WithoutMessages> {
  protected readonly socket: S;

  constructor(socket: S) {
    this.socket = socket;
  }

  get events(): OurSocket['events'] {
    return this.socket.events;
  }

  get lastEndpoint(): string | null {
    return this.socket.lastEndpoint;
  }

  get writable(): boolean {
    return this.socket.writable;
  }

  bind(endpoint: string): Promise<unknown> {
    return this.socket.bind(endpoint);
  }

  connect(endpoint: string): void {
    this.socket.connect(endpoint);
  }

  close(options: { linger: number }): Promise<unknown> {
    return this.socket.close(options);
  }
}

class Routed<S extends Server | Peer> extends Dressed<S> {
  send([id = '', ...parts]: Parts, options: { signal: AbortSignal }): Promise<unknown> {
    return this.socket.send(parts, { ...options, routingId: Number(String(Buffer.from(id))) });
  }

  trySend([id = '', ...parts]: Parts): boolean {
    return this.socket.trySend(parts, { routingId: Number(String(Buffer.from(id))) });
  }

  async receive(options?: { timeout: number }): Promise<readonly Uint8Array[]> {
    const [body, { routingId }] = await this.socket.receive(options);
    return [Buffer.from(String(routingId)), body];
  }

  tryReceive(): unknown {
    return this.socket.tryReceive();
  }
}

class Knowing extends Routed<Peer> {
  connectPeer(endpoint: string): number {
    return this.socket.connectPeer(endpoint);
  }
}

class ToGroups extends Dressed<Radio> {
  send([group = '', ...parts]: Parts, options: { signal: AbortSignal }): Promise<unknown> {
    return this.socket.send(parts, { ...options, group });
  }

  trySend([group = '', ...parts]: Parts): boolean {
    return this.socket.trySend(parts, { group });
  }
}

class FromGroups extends Dressed<Dish> {
  async receive(options?: { timeout: number }): Promise<readonly Uint8Array[]> {
    const [body, { group }] = await this.socket.receive(options);
    return [group, body];
  }

  tryReceive(): unknown {
    return this.socket.tryReceive();
  }

  join(...groups: Part[]): void {
    this.socket.join(...groups);
  }

  leave(...groups: Part[]): void {
    this.socket.leave(...groups);
  }
}

import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { SENDING } from './option-table.ts';
import type { ConflateOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { LoadBalancer } from './routing/load-balancer.ts';
import { SendingSocket } from './sending-socket.ts';

/** RFC 30: a PUSH sends to its peers in turn. What a peer sends is never read, so its pipe fills and holds it back. */
export class PushPattern implements Pattern {
  readonly readable = false;
  readonly #out: LoadBalancer;

  constructor(events: PatternEvents) {
    this.#out = new LoadBalancer(events.writable);
  }

  get writable(): boolean {
    return this.#out.hasRoom;
  }

  attach(peer: Peer): void {
    this.#out.add(peer);
  }

  connected(): void {
    // what is queued goes out with any connection
  }

  disconnected(): void {
    // and waits for the next one
  }

  detach(peer: Peer): void {
    this.#out.remove(peer);
  }

  trySend(message: Message): boolean {
    return this.#out.trySend(message);
  }

  tryReceive(): never {
    throw new UsageError('ENOTSUP', 'a PUSH does not receive');
  }
}

/**
 * Distributes messages among PULL peers, one each in turn. Without a peer that has room, `send()` waits.
 *
 * @example
 * ```ts
 * const push = new Push();
 * await push.bind('tcp://127.0.0.1:5555');
 * await push.send('work');
 * ```
 */
export class Push extends SendingSocket<PushPattern> {
  constructor(options: SendOptions & ConflateOptions = {}) {
    super({ type: 'PUSH', ownOptions: [...SENDING, 'conflate'], pattern: events => new PushPattern(events) }, options);
  }
}

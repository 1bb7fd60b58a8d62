import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { RECEIVING, SENDING } from './option-table.ts';
import type { HelloOptions, ReceiveOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';

/** Who asked, and what must stand in front of the answer. */
interface Asker {
  readonly peer: Peer;
  readonly envelope: Message;
  /** Its connection has ended since: an answer would reach another, or nobody. */
  gone: boolean;
}

/**
 * RFC 28: a REP hears requests fairly and answers each before it takes the next. What stands in front of a request, up
 * to and with the first empty part, is put back in front of the answer, however many ROUTERs have added to it.
 *
 *      | id | id | … | (empty) | request …          | id | id | … | (empty) | answer …
 */
export class ReplyPattern implements Pattern {
  readonly drops: { disconnected: number; unexpected: number } = { disconnected: 0, unexpected: 0 };
  readonly #in: FairQueue;
  #asker: Asker | undefined;

  constructor(events: PatternEvents) {
    this.#in = new FairQueue(events.readable);
  }

  get writable(): boolean {
    return this.#asker !== undefined;
  }

  get readable(): boolean {
    return this.#asker === undefined && this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
  }

  connected(): void {
    // a peer is heard as soon as it speaks
  }

  disconnected(peer: Peer): void {
    if (this.#asker?.peer === peer) this.#asker.gone = true;
  }

  detach(peer: Peer): void {
    this.disconnected(peer);
  }

  /** Always taken: an answer that cannot reach its asker is dropped (RFC 28). */
  trySend(message: Message): boolean {
    const asker = this.#asker;
    if (asker === undefined) throw new UsageError('EFSM', 'a REP must receive a request before it sends');
    this.#asker = undefined;
    if (asker.gone) this.drops.disconnected += 1;
    else asker.peer.outbound.offer([...asker.envelope, ...message]);
    return true;
  }

  tryReceive(): Message | undefined {
    if (this.#asker !== undefined) throw new UsageError('EFSM', 'a REP must answer before it receives again');
    for (let request = this.#in.tryReceive(); request !== undefined; request = this.#in.tryReceive()) {
      const peer = this.#in.lastPeer;
      const delimiter = request.findIndex(part => part.length === 0);
      // no envelope, or nothing behind it: dropped, as in libzmq; the peer may do better next time
      if (peer === undefined || delimiter === -1 || delimiter === request.length - 1) {
        this.drops.unexpected += 1;
        continue;
      }
      this.#asker = { peer, envelope: request.slice(0, delimiter + 1), gone: false };
      return request.slice(delimiter + 1);
    }
    return undefined;
  }
}

/**
 * Answers REQ or DEALER peers: receive, send, receive, send.
 *
 * @example
 * ```ts
 * const reply = new Reply();
 * await reply.bind('tcp://127.0.0.1:5555');
 * for await (const [question] of reply) await reply.send(`you asked ${question}`);
 * ```
 */
export class Reply extends DuplexSocket<ReplyPattern> {
  constructor(options: SendOptions & ReceiveOptions & HelloOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, 'helloMessage'] as const;
    super({ type: 'REP', ownOptions, pattern: events => new ReplyPattern(events) }, options);
  }
}

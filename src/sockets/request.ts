import { ProtocolError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { IDENTITY, RECEIVING, SENDING } from './option-table.ts';
import type { IdentityOptions, ReceiveOptions, RequestOnlyOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { LoadBalancer } from './routing/load-balancer.ts';

const DELIMITER = new Uint8Array(0);
/** What libzmq's ZMQ_REQ_CORRELATE puts in front of the delimiter. */
const REQUEST_ID_LENGTH = 4;

/**
 * RFC 28: a REQ sends a request to one peer in turn, then waits for that peer's reply, then may send again.
 *
 *      on the wire   | (empty) | request …          | (empty) | reply …
 *
 * If the asked peer goes away for good, the reply may come from anybody, that is, for want of another request, from
 * nobody: `receive()` then waits as long as it was told to, as in libzmq.
 */
export class RequestPattern implements Pattern {
  readonly drops: { unexpected: number } = { unexpected: 0 };
  readonly #out: LoadBalancer;
  readonly #in: FairQueue;
  #awaiting = false;
  #asked: Peer | undefined; // whom, as long as it is there

  constructor(events: PatternEvents) {
    this.#out = new LoadBalancer(events.writable);
    this.#in = new FairQueue(events.readable);
  }

  get writable(): boolean {
    return !this.#awaiting && this.#out.hasRoom;
  }

  get readable(): boolean {
    return this.#awaiting && this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#out.add(peer);
    this.#in.add(peer);
  }

  connected(): void {
    // a request that waits goes out with any connection
  }

  disconnected(): void {
    // a late reply may still come with the next one
  }

  detach(peer: Peer): void {
    this.#out.remove(peer);
    if (this.#asked === peer) this.#asked = undefined;
  }

  trySend(message: Message): boolean {
    if (this.#awaiting) throw new UsageError('EFSM', 'a REQ must receive the reply before it sends again');
    if (!this.#out.hasRoom) return false;
    while (this.#in.tryReceive() !== undefined) this.drops.unexpected += 1; // whatever came unasked
    this.#out.trySend([DELIMITER, ...message]);
    this.#asked = this.#out.lastPeer;
    this.#awaiting = true;
    return true;
  }

  tryReceive(): Message | undefined {
    if (!this.#awaiting) throw new UsageError('EFSM', 'a REQ must send a request before it receives');
    for (let reply = this.#in.tryReceive(); reply !== undefined; reply = this.#in.tryReceive()) {
      const from = this.#in.lastPeer;
      if (this.#asked !== undefined && from !== this.#asked) {
        this.drops.unexpected += 1;
        continue;
      }
      if (reply.length >= 2 && reply[0]?.length === 0) {
        this.#awaiting = false;
        return reply.slice(1);
      }
      this.drops.unexpected += 1;
      if (!isCorrelated(reply)) from?.refuse(malformed(reply));
    }
    return undefined;
  }
}

/** The reply to somebody's request with an id, which this socket has not sent: it is not ours, but no fault either. */
function isCorrelated(reply: Message): boolean {
  return reply.length >= 3 && reply[0]?.length === REQUEST_ID_LENGTH && reply[1]?.length === 0;
}

function malformed(reply: Message): ProtocolError {
  const what = `reply of ${String(reply.length)} parts without an empty delimiter in front`;
  return new ProtocolError('ERR_ZMTP_MALFORMED_REPLY', what);
}

/**
 * Asks REP or ROUTER peers in turn: send, receive, send, receive.
 *
 * @example
 * ```ts
 * const request = new Request();
 * request.connect('tcp://127.0.0.1:5555');
 * await request.send('how are you?');
 * const [answer] = await request.receive({ timeout: 1000 });
 * ```
 */
export class Request extends DuplexSocket<RequestPattern> {
  constructor(options: SendOptions & ReceiveOptions & IdentityOptions & RequestOnlyOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, ...IDENTITY, 'correlate', 'relaxed'] as const;
    super({ type: 'REQ', ownOptions, pattern: events => new RequestPattern(events) }, options);
  }
}

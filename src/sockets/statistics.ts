/** What a socket can tell of itself in numbers. It is added up when somebody asks, so nothing is spent otherwise. */
import { DROP_REASONS, SocketCounters, type Drops, type TrafficCounts } from '../engine/counters.ts';
import type { PeerHost } from '../engine/link.ts';
import type { ErrorCode } from '../errors.ts';
import type { Peer } from '../pipe.ts';
import type { PeerKeeper } from './pattern.ts';

/** The numbers of a socket since it was made. They only grow, `queued` aside. */
export interface SocketStats extends TrafficCounts {
  /** Whole messages that wait to be sent, and to be received. */
  readonly queued: { readonly send: number; readonly receive: number };
  /** Messages that reached nobody, by the reason. */
  readonly dropped: Readonly<Drops>;
  /** Handshakes done, here and there. */
  readonly connections: number;
  /** Those of them that came after another with the same peer: an endpoint that was connected to and was lost. */
  readonly reconnects: number;
  /** Handshakes that failed, by the code of the error. */
  readonly handshakeFailures: Readonly<Partial<Record<ErrorCode, number>>>;
}

const GONE_AT_LEAST = 16;

/** Stands between a socket's endpoints and its pattern, and knows who is there. */
export class Statistics implements PeerHost {
  readonly counters: SocketCounters = new SocketCounters();
  readonly #pattern: PeerKeeper;
  readonly #peers = new Set<Peer>();
  #gone = new Set<Peer>(); // detached, perhaps with messages in their pipes
  #goneMost = GONE_AT_LEAST; // a look at all of them for each that goes would be too much
  #droppedByGone = 0;

  constructor(pattern: PeerKeeper) {
    this.#pattern = pattern;
  }

  attach(peer: Peer): void {
    this.#peers.add(peer);
    this.#pattern.attach(peer);
  }

  connected(peer: Peer): void {
    this.#pattern.connected(peer);
  }

  disconnected(peer: Peer): void {
    this.#pattern.disconnected(peer);
  }

  detach(peer: Peer): void {
    this.#pattern.detach(peer);
    if (!this.#peers.delete(peer)) return;
    this.#droppedByGone += peer.outbound.dropped;
    if (!holdsMessages(peer)) return;
    this.#gone.add(peer);
    if (this.#gone.size >= this.#goneMost) this.#forgetEmpty();
  }

  lastHeard(peer: Peer): void {
    this.#pattern.lastHeard?.(peer);
  }

  /** The socket is closed: nobody will receive what those have left who went before. */
  close(): void {
    for (const { inbound } of this.#gone) this.counters.drops.unread += inbound.clear();
  }

  /** As they are now. */
  read(): SocketStats {
    this.#forgetEmpty();
    const { traffic, drops, connections, reconnects, handshakeFailures } = this.counters;
    const dropped: Drops = { ...drops };
    for (const reason of DROP_REASONS) dropped[reason] += this.#pattern.drops?.[reason] ?? 0;
    dropped.highWaterMark += this.#droppedByGone;
    dropped.unexpected += traffic.messagesDiscarded;
    const queued = { send: 0, receive: 0 };
    for (const peer of this.#peers) dropped.highWaterMark += peer.outbound.dropped;
    for (const { inbound, outbound } of [...this.#peers, ...this.#gone]) {
      queued.send += outbound.size;
      queued.receive += inbound.size;
    }
    return {
      messagesSent: traffic.messagesSent,
      messagesReceived: traffic.messagesReceived,
      bytesSent: traffic.bytesSent,
      bytesReceived: traffic.bytesReceived,
      queued,
      dropped,
      connections,
      reconnects,
      handshakeFailures: Object.fromEntries(handshakeFailures),
    };
  }

  #forgetEmpty(): void {
    this.#gone = new Set([...this.#gone].filter(holdsMessages));
    this.#goneMost = Math.max(GONE_AT_LEAST, 2 * this.#gone.size);
  }
}

function holdsMessages({ inbound, outbound }: Peer): boolean {
  return inbound.size > 0 || outbound.size > 0;
}

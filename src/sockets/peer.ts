import { UsageError } from '../errors.ts';
import { RECEIVING, SENDING } from './option-table.ts';
import type { DisconnectOptions, HelloOptions, HiccupOptions, ReceiveOptions, SendOptions } from './options.ts';
import { RoutedPattern, RoutedSocket } from './routed-socket.ts';

/** What a {@link Peer} can be told. */
export type PeerOptions = SendOptions & ReceiveOptions & HelloOptions & DisconnectOptions & HiccupOptions;

/**
 * Talks to any number of other PEERs by the numbers it gives them (RFC 51), whoever has connected to whom. Messages have
 * one part; of several parts they are discarded when they come, and counted (`stats().dropped.unexpected`).
 *
 * @example
 * ```ts
 * const peer = new Peer();
 * const routingId = peer.connectPeer('tcp://127.0.0.1:5555');
 * await peer.send('hello', { routingId });
 * const [answer, from] = await peer.receive(); // from.routingId tells who it was
 * ```
 */
export class Peer extends RoutedSocket {
  constructor(options: PeerOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, 'helloMessage', 'disconnectMessage', 'hiccupMessage'] as const;
    super({ type: 'PEER', ownOptions, pattern: (events, _, { random }) => new RoutedPattern(events, random) }, options);
  }

  /**
   * Connects as {@link connect} does, and tells the routing id of whoever is there: it can be sent to at once, and what is
   * sent before there is a connection waits for it. The id stays that of the endpoint when the connection is made again.
   *
   * @returns the routing id
   * @throws UsageError EFAULT when the socket is `immediate`, which knows nobody without a connection; what
   * {@link connect} throws
   */
  connectPeer(endpoint: string): number {
    if (this.options.immediate) {
      throw new UsageError('EFAULT', 'the socket is immediate: there is no peer before a connection', {
        address: endpoint,
      });
    }
    const routingId = this.pattern.upcomingId;
    this.connect(endpoint);
    return routingId;
  }
}

/**
 * What makes one socket type differ from another: which pipe a message goes to, which one it comes from. A pattern never
 * waits, knows no time and no network. Messages move whole through it.
 */
import type { Drops } from '../engine/counters.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';

/** How a pattern tells its socket that something may be possible now that was not before. */
export interface PatternEvents {
  /** `tryReceive` may have a message. */
  readonly readable: () => void;
  /** `trySend` may take a message. */
  readonly writable: () => void;
}

/** What a pattern is told of its peers, and what it has done to their messages. */
export interface PeerKeeper {
  /** A peer's pipes exist. A peer that this side connects to is attached before its first connection. */
  attach(peer: Peer): void;
  /** A connection to an attached peer is through its handshake: the first, or one more after a loss. */
  connected(peer: Peer): void;
  /** That connection is gone; the peer stays attached, and may be connected again. */
  disconnected(peer: Peer): void;
  /** The peer is gone for good. What it sent before may still be received. */
  detach(peer: Peer): void;
  /**
   * All that came over a connection is in the inbound pipe: the last that is heard of it, after `disconnected` and, if the
   * peer was accepted, after `detach`. Never for what the application has ended.
   */
  lastHeard?(peer: Peer): void;
  /** What the pattern has dropped for reasons of its own; pipes count what they had no room for. */
  readonly drops?: Partial<Readonly<Drops>>;
}

/**
 * A socket type's behaviour between the application and its peers.
 *
 * @typeParam Out - what the application sends: parts, or where the type wants a number with them, that and one part
 * @typeParam In - what it receives
 */
export interface Pattern<Out = Message, In = Message> extends PeerKeeper {
  /**
   * False: no peer has room (the socket is mute), try again when `writable` tells.
   * @throws UsageError EFSM out of turn, ENOTSUP when the type never sends; NoRouteError EHOSTUNREACH
   */
  trySend(message: Out): boolean;
  /**
   * Undefined: nothing is there, try again when `readable` tells.
   * @throws UsageError EFSM out of turn, ENOTSUP when the type never receives
   */
  tryReceive(): In | undefined;
  /** At most so many messages at the cost of few, where a pattern can do that; none: nothing is there. */
  tryReceiveMany?(most: number): In[];
  /** Whether `trySend` would take a message now; never throws. */
  readonly writable: boolean;
  /** Whether `tryReceive` would give a message now; never throws. */
  readonly readable: boolean;
  /** Whom the message came from that `tryReceive` gave last, where the pattern can tell. */
  readonly lastPeer?: Peer | undefined;
}

/** What is known of a peer at one moment. */
import type { TrafficCounts } from './counters.ts';
import type { Sender } from '../message.ts';
import type { Peer } from '../pipe.ts';

/** How far it is with a peer. */
export type PeerPhase =
  /** An attempt to connect is under way. */
  | 'connecting'
  /** The stream is there, the handshake is not done. */
  | 'handshake'
  /** Messages can flow. */
  | 'connected'
  /** The next attempt to connect comes after a delay. */
  | 'waiting'
  /** There will be no further attempt; `connect()` begins anew. */
  | 'stopped'
  /** What is queued is still being sent, or what has come is still being taken in; nothing new begins. */
  | 'closing';

/** One peer, as `socket.peers()` tells of it: a picture that does not change afterwards. */
export interface PeerState extends TrafficCounts {
  /** The peer's own number: the same for as long as an endpoint stays connected to, however often the connection is lost. */
  readonly id: number;
  /** The endpoint that was bound or connected to. */
  readonly address: string;
  readonly direction: 'bound' | 'connected';
  readonly state: PeerPhase;
  /** The connection of the moment, as monitor events name it; undefined when there is none. */
  readonly connectionId: number | undefined;
  /** The peer's end of that connection. */
  readonly remoteAddress: string | undefined;
  /** `3.0` or `3.1`. This and what follows is what the last handshake has told; undefined before there was one. */
  readonly version: string | undefined;
  readonly socketType: string | undefined;
  /** What the peer calls itself, or was called by `connect()`; empty when there is no such name. */
  readonly routingId: Uint8Array;
  /** What whoever let it in knows it by; undefined when nobody was asked, or nobody has said. */
  readonly userId: string | undefined;
  /** What whoever let it in knows of it, then the `X-` properties of the peer; looked up in any case. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Handshakes done with this peer. */
  readonly connections: number;
  /** Whole messages that wait to be sent to it, and to be received. */
  readonly queued: { readonly send: number; readonly receive: number };
  /** Messages for it that were dropped because it had no room. */
  readonly dropped: number;
}

/** Where a peer is met, and how far it is. */
export interface PeerPlace {
  readonly address: string;
  readonly direction: 'bound' | 'connected';
  readonly state: PeerPhase;
}

const NOTHING: ReadonlyMap<string, string> = new Map<string, string>();

/** What a picture is made of: a peer of any kind. */
export interface PeerFacts extends Pick<Peer, 'id' | 'inbound' | 'outbound' | 'routingId'> {
  /** The connection of the moment. */
  readonly engine: { readonly id: number; readonly remoteAddress: string } | undefined;
  /** Who was there at the last handshake. */
  readonly latest: Sender | undefined;
  readonly traffic: TrafficCounts;
  readonly connections: number;
}

/** A picture of a peer as it is now. */
export function stateOf(peer: PeerFacts, place: PeerPlace): PeerState {
  const { id, engine, inbound, outbound, latest, routingId, traffic, connections } = peer;
  return {
    id,
    ...place,
    connectionId: engine?.id,
    remoteAddress: engine?.remoteAddress,
    version: latest?.version,
    socketType: latest?.socketType,
    routingId,
    userId: latest?.userId,
    metadata: latest?.metadata ?? NOTHING,
    connections,
    queued: { send: outbound.size, receive: inbound.size },
    dropped: outbound.dropped,
    messagesSent: traffic.messagesSent,
    messagesReceived: traffic.messagesReceived,
    bytesSent: traffic.bytesSent,
    bytesReceived: traffic.bytesReceived,
  };
}

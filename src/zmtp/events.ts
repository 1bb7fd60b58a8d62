/** All that a connection can tell, oldest first. */
import type { ProtocolError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Version } from './greeting.ts';
import type { Admission, Credentials } from './mechanism.ts';
import type { Metadata } from './metadata.ts';

/** What the handshake has shown of the peer. */
export interface PeerProfile {
  /** The version spoken on this connection. */
  readonly version: Version;
  /** As the peer calls itself; undefined when it does not say, as 1.0 cannot, which libzmq lets pass and so do we. */
  readonly socketType: string | undefined;
  /** The identity it announced; empty when it has none or is of a type that announces none. */
  readonly routingId: Uint8Array;
  /** All it said, as it said it; nothing before ZMTP 3.0. */
  readonly metadata: Metadata;
  /** What whoever let it in knows of it; none when nobody was asked. */
  readonly admission?: Admission | undefined;
}

/** May this peer come in? The connection goes on when `answer()` was called. Comes once at most, before the handshake is done. */
export interface AuthenticateEvent {
  readonly kind: 'authenticate';
  readonly credentials: Credentials;
}

/** The handshake is done: from now on messages may be sent. Comes once, before any message. */
export interface HandshakeEvent {
  readonly kind: 'handshake';
  readonly peer: PeerProfile;
}

/**
 * Whole messages, oldest first. On a publisher's connection subscriptions are messages too (`subscription.ts`), on a RADIO's
 * memberships (`membership.ts`).
 */
export interface MessagesEvent {
  readonly kind: 'messages';
  /** At least one, unless some were discarded. Whoever takes the event owns the list. */
  readonly messages: Message[];
  /** How many came besides that the socket type has no use for; undefined: none. */
  readonly discarded?: number;
}

/**
 * The connection is over because of what the peer did or did not do. Output that is still there (an ERROR command)
 * should be sent before the stream is closed. Nothing follows.
 */
export interface OverEvent {
  readonly kind: 'over';
  readonly error: ProtocolError;
}

export type ConnectionEvent = AuthenticateEvent | HandshakeEvent | MessagesEvent | OverEvent;

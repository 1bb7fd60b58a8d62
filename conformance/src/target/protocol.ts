/**
 * What goes over an adaptor's stdin and stdout: one JSON object a line, octets in base64url. `adaptors/protocol.md` is
 * the same for people who write an adaptor.
 */

/** Whether the target binds and the raw peer connects, or the other way round. */
export type Role = 'bind' | 'connect';

export const SOCKET_TYPES = [
  'PAIR',
  'PUB',
  'SUB',
  'REQ',
  'REP',
  'DEALER',
  'ROUTER',
  'PULL',
  'PUSH',
  'XPUB',
  'XSUB',
  'SERVER',
  'CLIENT',
  'RADIO',
  'DISH',
  'GATHER',
  'SCATTER',
  'PEER',
  'CHANNEL',
] as const;

export type SocketType = (typeof SOCKET_TYPES)[number];

/** What a target's socket can be told when it is opened. Times in milliseconds, keys and names as octets. */
export interface TargetOptions {
  readonly mechanism?: 'NULL' | 'PLAIN' | 'CURVE';
  /** For PLAIN and CURVE: be the server. */
  readonly securityServer?: boolean;
  readonly plainUsername?: Uint8Array;
  readonly plainPassword?: Uint8Array;
  /** 32 octets each. */
  readonly curvePublicKey?: Uint8Array;
  readonly curveSecretKey?: Uint8Array;
  readonly curveServerKey?: Uint8Array;
  readonly zapDomain?: string;
  readonly zapEnforce?: boolean;
  readonly identity?: Uint8Array;
  /** 0: any time. */
  readonly handshakeMs?: number;
  readonly heartbeatMs?: number;
  readonly heartbeatTimeoutMs?: number;
  readonly heartbeatTtlMs?: number;
  /** The first delay before another attempt to connect. */
  readonly reconnectMs?: number;
  readonly reconnectMaxMs?: number;
  /** Octets; -1: any. */
  readonly maxMessageSize?: number;
  /** Messages queued for one peer, and from one. */
  readonly sendQueue?: number;
  readonly recvQueue?: number;
  /** What `close` waits for queued messages to leave. Default 0. */
  readonly lingerMs?: number;
  readonly routerMandatory?: boolean;
  readonly routerHandover?: boolean;
  /** XPUB: `all` subscriptions reach the application, or those and `all-and-cancels`. */
  readonly xpubVerbose?: 'all' | 'all-and-cancels';
  readonly reqCorrelate?: boolean;
  readonly reqRelaxed?: boolean;
  /** Properties of its own: names begin with X-. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly ipv6?: boolean;
}

/** A ZAP handler inside the target: how it answers. Left out fields are those of a sound reply. */
export interface ZapPlan {
  /** What it is: libzmq's socket type for the handler. Default REP. */
  readonly as?: 'REP' | 'ROUTER';
  /** Default 200. */
  readonly code?: string;
  readonly text?: string;
  readonly userId?: string;
  /** The octets of the metadata frame. */
  readonly metadata?: Uint8Array;
  readonly delayMs?: number;
  /** In place of all: the frames behind the delimiter; `request-id` stands for the one of the request. */
  readonly frames?: readonly (Uint8Array | 'request-id')[];
}

/** A message as the target's application sends or gets it: no delimiter of REQ, no routing id in its parts but ROUTER's. */
export interface TargetMessage {
  readonly parts: readonly Uint8Array[];
  /** SERVER and PEER: decimal. */
  readonly routingId?: number;
  /** RADIO and DISH. */
  readonly group?: Uint8Array;
  /** What the peer told of itself, where the target can say. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * Why an application was refused: `would-block` (EAGAIN, after the time it was given), `no-route` (EHOSTUNREACH),
 * `state` (EFSM), `invalid` (anything else).
 */
export type Refusal = 'would-block' | 'no-route' | 'state' | 'invalid';

export interface Hello {
  readonly name: string;
  readonly version: string;
  /** Of the library behind, where it is another one. */
  readonly library?: string;
  readonly capabilities: readonly string[];
}

/** `ref` of a command comes back with its answer. */
export type Answer = Readonly<Record<string, unknown>> & { readonly ref: number; readonly event: string };

export function toText(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64url');
}

export function fromText(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

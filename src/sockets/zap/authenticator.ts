/** What a function is asked that decides which peers may come in, and what it answers (RFC 27, as a call). */
import type { Credentials } from '../../zmtp/mechanism.ts';
import { encodeZ85 } from '../../zmtp/z85.ts';

/** What is known of every peer that wants to come in. */
export interface AuthenticationRequestBase {
  /** The socket's `zapDomain`; empty when it has none. */
  readonly domain: string;
  /** The peer's address, without a port: `192.0.2.1`, `2001:db8::1`; `localhost` for ipc. */
  readonly address: string;
  /** The `routingId` of the socket that asks (as in libzmq; RFC 27 has the peer's, which is not known so early). */
  readonly routingId: Uint8Array;
  /** What the peer has shown, as it came: nothing, name and password, or the 32 octets of a public key. */
  readonly credentials: readonly Uint8Array[];
}

/** A peer that wants to come in. `password` and `credentials` do not show when a request is printed, copied or serialized. */
export type AuthenticationRequest = AuthenticationRequestBase &
  (
    | { readonly mechanism: 'NULL' }
    | { readonly mechanism: 'PLAIN'; readonly username: string; readonly password: string }
    | { readonly mechanism: 'CURVE'; /** Z85 */ readonly publicKey: string }
  );

/** May it? */
export interface AuthenticationReply {
  /**
   * 200: yes. 300: not now; the connection is closed without a word, and the peer may try again. 400: no. 500: that could not
   * be found out. With the last two the peer is told, and does not come back.
   */
  readonly status: 200 | 300 | 400 | 500;
  /** Why, for events; the peer is not told. */
  readonly text?: string;
  /** What the application is to know the peer by. */
  readonly userId?: string;
  /** What else it is to know of it; names of 1 to 255 octets, in any case. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Decides about one peer, now or later. Its `signal` aborts when nobody waits for the answer any more: the peer has gone, or
 * the time for its handshake is over.
 */
export type Authenticator = (
  request: AuthenticationRequest,
  options: { readonly signal: AbortSignal },
) => AuthenticationReply | Promise<AuthenticationReply>;

/** Who asks, about whom. */
export interface Inquiry extends Omit<AuthenticationRequestBase, 'credentials'> {
  readonly credentials: Credentials;
}

/** An inquiry as an {@link Authenticator} is asked. Octets are copied: those of a connection are wiped when it ends. */
export function authenticationRequest({ domain, address, routingId, credentials }: Inquiry): AuthenticationRequest {
  const frames = credentials.frames.map(frame => Uint8Array.from(frame));
  const base = { domain, address, routingId: Uint8Array.from(routingId), credentials: Object.freeze(frames) };
  const [first = NONE, second = NONE] = frames;
  switch (credentials.mechanism) {
    case 'NULL':
      return guarded({ ...base, mechanism: 'NULL' });
    case 'PLAIN':
      return guarded({ ...base, mechanism: 'PLAIN', username: textOf(first), password: textOf(second) });
    case 'CURVE':
      return guarded({ ...base, mechanism: 'CURVE', publicKey: encodeZ85(first) });
  }
}

const NONE = new Uint8Array(0);

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString();
}

/** What is secret stays out of all that enumerates. */
function guarded(request: AuthenticationRequest): AuthenticationRequest {
  for (const name of ['password', 'credentials']) {
    if (name in request) Object.defineProperty(request, name, { enumerable: false });
  }
  return Object.freeze(request);
}

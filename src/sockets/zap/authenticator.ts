/**
 * The question whether a peer may come in, as a function is asked it: what RFC 27 sends to a handler in frames, with the
 * parts named and the texts decoded.
 */
import { encodeZ85 } from '../../zmtp/z85.ts';
import type { Credentials } from '../../zmtp/mechanism.ts';

/** What every request has. */
export interface AuthenticationRequestBase {
  /** The option `zapDomain` of the socket that asks; may be empty. */
  readonly domain: string;
  /** The peer's address, without a port: `192.0.2.1`, `2001:db8::1`; `localhost` for ipc. */
  readonly address: string;
  /** The asking socket's own routing id: this is what libzmq sends, where RFC 27 has the peer's. */
  readonly routingId: Uint8Array;
  /** The frames of credentials as RFC 27 has them. Not enumerable, so printing a request shows no secret. */
  readonly credentials: readonly Uint8Array[];
}

/** A peer that wants to come in, by mechanism. */
export type AuthenticationRequest = AuthenticationRequestBase &
  (
    | { readonly mechanism: 'NULL' }
    | {
        readonly mechanism: 'PLAIN';
        /** Read as UTF-8; octets that are none became U+FFFD. */
        readonly username: string;
        /** As `username`. Not enumerable. */
        readonly password: string;
      }
    | {
        readonly mechanism: 'CURVE';
        /** The peer's long-term key, of which it has proved that it has the secret half: 40 characters of Z85. */
        readonly publicKey: string;
      }
  );

/** What becomes of the peer. */
export interface AuthenticationReply {
  /**
   * 200: it may come in. 300: not now; the connection is closed without a word, and the peer may try again. 400: it may not.
   * 500: nobody could find out. With the last two the peer is told, and does not come back.
   */
  readonly status: 200 | 300 | 400 | 500;
  /** Why, for people on this side; never sent to the peer. */
  readonly text?: string;
  /** What the application is to know the peer by. */
  readonly userId?: string;
  /** What else the application is to know of it. Names as RFC 37 has them. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Says whether a peer may come in. `signal` aborts when the answer is not needed any more: the peer has gone,
 * or the time for its handshake is over.
 *
 * @example
 * ```ts
 * context.authenticator = async request =>
 *   request.mechanism === 'CURVE' && (await isMember(request.publicKey)) ? { status: 200 } : { status: 400 };
 * ```
 */
export type Authenticator = (
  request: AuthenticationRequest,
  options: { readonly signal: AbortSignal },
) => AuthenticationReply | Promise<AuthenticationReply>;

/** Who asks, about whom. */
export interface Inquiry extends Omit<AuthenticationRequestBase, 'credentials'> {
  /** As many frames as the mechanism has. */
  readonly credentials: Credentials;
}

/**
 * A request that shows no secret when it is printed, inspected or turned into JSON. Octets are copied: those of a connection
 * are wiped when it ends.
 */
export function authenticationRequest(parts: Inquiry): AuthenticationRequest {
  switch (parts.credentials.mechanism) {
    case 'NULL':
      return Object.freeze(new NullRequest(parts));
    case 'PLAIN':
      return Object.freeze(new PlainRequest(parts));
    case 'CURVE':
      return Object.freeze(new CurveRequest(parts));
  }
}

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class Asked implements AuthenticationRequestBase {
  readonly domain: string;
  readonly address: string;
  readonly routingId: Uint8Array;
  readonly #credentials: readonly Uint8Array[];

  constructor({ domain, address, routingId, credentials }: Inquiry) {
    this.domain = domain;
    this.address = address;
    this.routingId = Uint8Array.from(routingId);
    this.#credentials = Object.freeze(credentials.frames.map(frame => Uint8Array.from(frame)));
  }

  get credentials(): readonly Uint8Array[] {
    return this.#credentials;
  }

  /** Node would show what getters give when it is asked for all that is hidden. */
  [INSPECT](): object {
    return Object.assign({}, this);
  }
}

class NullRequest extends Asked {
  readonly mechanism = 'NULL' as const;
}

class PlainRequest extends Asked {
  readonly mechanism = 'PLAIN' as const;
  readonly username: string;

  constructor(parts: Inquiry) {
    super(parts);
    this.username = text(this.credentials[0]);
  }

  get password(): string {
    return text(this.credentials[1]);
  }
}

class CurveRequest extends Asked {
  readonly mechanism = 'CURVE' as const;
  readonly publicKey: string;

  constructor(parts: Inquiry) {
    super(parts);
    this.publicKey = encodeZ85(this.credentials[0] ?? NOTHING);
  }
}

const NOTHING = new Uint8Array(0);

/** Every octet counts, so a mark at the beginning is a character like any other. */
function text(octets: Uint8Array = NOTHING): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets);
}

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
  /** The peer's numeric IP address without a port; empty where the transport has none. */
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
  /** 200: it may come in. 300: not now. 400: it may not. 500: nobody could find out. Nothing but 200 lets a peer in. */
  readonly status: 200 | 300 | 400 | 500;
  /** Why, for people on this side; never sent to the peer. */
  readonly text?: string;
  /** What the application is to know the peer by. */
  readonly userId?: string;
  /** What else the application is to know of it. Names as RFC 37 has them. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Says whether a peer may come in. `signal` aborts when the answer is not needed any more: the peer has gone.
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

/** What a request is made of. */
export interface AuthenticationRequestParts {
  readonly domain: string;
  readonly address: string;
  readonly routingId: Uint8Array;
  /** As many frames as the mechanism has. */
  readonly credentials: Credentials;
}

/** A request that shows no secret when it is printed, inspected or turned into JSON. */
export function authenticationRequest(parts: AuthenticationRequestParts): AuthenticationRequest {
  switch (parts.credentials.mechanism) {
    case 'NULL':
      return new NullRequest(parts);
    case 'PLAIN':
      return new PlainRequest(parts);
    case 'CURVE':
      return new CurveRequest(parts);
  }
}

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class Asked implements AuthenticationRequestBase {
  readonly domain: string;
  readonly address: string;
  readonly routingId: Uint8Array;
  readonly #credentials: readonly Uint8Array[];

  constructor({ domain, address, routingId, credentials }: AuthenticationRequestParts) {
    this.domain = domain;
    this.address = address;
    this.routingId = routingId;
    this.#credentials = credentials.frames;
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

  constructor(parts: AuthenticationRequestParts) {
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

  constructor(parts: AuthenticationRequestParts) {
    super(parts);
    this.publicKey = encodeZ85(this.credentials[0] ?? NOTHING);
  }
}

const NOTHING = new Uint8Array(0);

/** Every octet counts, so a mark at the beginning is a character like any other. */
function text(octets: Uint8Array = NOTHING): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets);
}

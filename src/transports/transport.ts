/**
 * What the engine asks of a transport: ordered octets to one peer, nothing more. A transport knows no ZMTP, no patterns
 * and no reconnecting; it tells what happens to a sink and never calls a sink again after `closed`.
 */

/** The receiving end of a {@link Duplex}. */
export interface DuplexSink {
  /** Octets in order. They belong to the sink from now on: the transport never touches them again. */
  received(bytes: Uint8Array): void;
  /** After a `write()` that returned false, or an `end()` with octets unwritten: the system has taken them all. */
  drained(): void;
  /** The last call: both directions are over. `cause` is the system's error, or undefined after an orderly end. */
  closed(cause: Error | undefined): void;
}

/** An open stream to one peer. It is quiet (reads nothing) until {@link Duplex.start}. */
export interface Duplex {
  /** The two ends as endpoints, for events and access checks: `tcp://127.0.0.1:5555`. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Begins to deliver to the sink. Called exactly once. */
  start(sink: DuplexSink): void;
  /**
   * Hands over octets; they must not change until they are written. False means the system is congested: the octets
   * are kept all the same, and `drained` will tell when the next write makes sense.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Octets handed over that the system has not taken yet. */
  readonly unwrittenBytes: number;
  /** Stops delivering; the peer's octets stay in the system's buffers, which holds the peer back. */
  pause(): void;
  resume(): void;
  /** Writes what was handed over, then closes our direction. `closed` follows when the peer has closed its own. */
  end(): void;
  /** Closes at once, both directions; what was not written is lost. `closed` follows. */
  destroy(): void;
}

/** Something that accepts peers until it is closed. */
export interface Listener {
  /** The endpoint really bound, with the port the system chose: `tcp://127.0.0.1:49152`. */
  readonly endpoint: string;
  /** Frees the address before it returns; the promise resolves when the system has confirmed. */
  close(): Promise<void>;
}

/** What becomes of a {@link Listener}. */
export interface ListenerSink {
  /** A peer has connected. The duplex is quiet until started. */
  accepted(duplex: Duplex): void;
  /** The system failed to accept a peer (out of descriptors, say); the listener goes on. */
  failed(cause: Error): void;
}

/** What becomes of one attempt to connect: exactly one of the two, never before `connect()` has returned. */
export interface DialSink {
  connected(duplex: Duplex): void;
  failed(cause: Error): void;
}

/** An attempt to connect that is under way. */
export interface Dial {
  /** Gives up; the sink hears nothing more. After an outcome it does nothing. */
  cancel(): void;
}

/** A SOCKS5 proxy. */
export interface SocksProxy {
  /** `host:port`. */
  readonly address: string;
  readonly username: string | null;
  readonly password: string | null;
}

/** How the system's sockets are set up. Units and meanings are those of libzmq's options of the same name. */
export interface TransportOptions {
  /** ZMQ_IPV6: resolve and listen on IPv6 too. */
  readonly ipv6: boolean;
  /** ZMQ_BACKLOG: connections that may wait to be accepted. */
  readonly backlog: number;
  /** ZMQ_CONNECT_TIMEOUT: milliseconds an attempt may take; 0 leaves it to the system. */
  readonly connectTimeoutMs: number;
  /** ZMQ_TCP_KEEPALIVE: -1 leaves it to the system, 0 off, 1 on. */
  readonly tcpKeepalive: number;
  /** ZMQ_TCP_KEEPALIVE_IDLE: seconds of silence before the first probe; -1 leaves it to the system. */
  readonly tcpKeepaliveIdleSeconds: number;
  /** ZMQ_TCP_ACCEPT_FILTER: who may connect, as CIDR; everybody when there are none. */
  readonly tcpAcceptFilter?: readonly string[];
  /** ZMQ_SOCKS_PROXY: what connections are made through. */
  readonly socksProxy?: SocksProxy | undefined;
}

/** A way to reach peers, named by the scheme of its endpoints. */
export interface Transport {
  readonly scheme: string;
  /**
   * Whether the part behind `://` can be bound or connected to.
   * @throws UsageError with code EINVAL, or what says more of an address that is none: ENAMETOOLONG, ENOTSUP
   */
  check(address: string, use: 'bind' | 'connect'): void;
  /** Rejects with a TransportError whose code is the system's (EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES …). */
  bind(address: string, options: TransportOptions, sink: ListenerSink): Promise<Listener>;
  /** Never throws for what only the network can know: a name that does not resolve is a failed attempt. */
  connect(address: string, options: TransportOptions, sink: DialSink): Dial;
}

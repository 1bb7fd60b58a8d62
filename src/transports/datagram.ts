/**
 * What the engine asks of a transport of datagrams: octets in pieces of their own, each with its own sender or receiver.
 * There are no connections: nobody says hello or goodbye, and nobody is held back who sends too much. A datagram arrives
 * whole or not at all, perhaps twice, perhaps late.
 */

/** Where a datagram came from, or goes to. */
export interface DatagramEnd {
  /** Numeric, without brackets: `127.0.0.1`, `::1`, `fe80::1%eth0`. */
  readonly host: string;
  readonly port: number;
}

/** Who has a {@link DatagramPort}. It is never called within a call to the port, and never after `close()`. */
export interface DatagramSink {
  /** One datagram, perhaps without any octets. They belong to the sink from now on. */
  received(octets: Uint8Array, from: DatagramEnd): void;
  /** After a `send()` that returned false, or that left datagrams {@link DatagramPort.unsent}: the system has taken all. */
  drained(): void;
  /** The system has refused a datagram; the port goes on. */
  lost(cause: Error): void;
  /** The system could not receive; the port goes on. */
  failed(cause: Error): void;
}

/** What datagrams leave from and arrive at. */
export interface DatagramPort {
  /** The endpoint really bound, with the port the system chose, or the endpoint that is sent to, in numbers. */
  readonly endpoint: string;
  /** Where a port that was opened to `connect` sends to. */
  readonly remote: DatagramEnd | undefined;
  /** Datagrams handed over that the system has not taken yet. */
  readonly unsent: number;
  /**
   * Hands over one datagram; its octets must not change until it has left. False means the system is congested: the
   * datagram is kept all the same, and `drained` will tell when the next makes sense.
   */
  send(octets: Uint8Array, to: DatagramEnd): boolean;
  /** Frees the address before it returns; what was not sent is lost. Closing twice is closing once. */
  close(): void;
}

/** How ports are set up. Units and meanings are those of libzmq's options of the same name. */
export interface DatagramOptions {
  /** ZMQ_IPV6: use IPv6 too. */
  readonly ipv6: boolean;
  /** ZMQ_MULTICAST_HOPS: networks that a datagram for a group may pass through, and one more. */
  readonly multicastHops: number;
  /** ZMQ_MULTICAST_LOOP: datagrams for a group also reach those on this machine who have joined it. */
  readonly multicastLoop: boolean;
}

/** A way for datagrams, named by the scheme of its endpoints. */
export interface DatagramTransport {
  readonly scheme: string;
  /**
   * Whether the part behind `://` can be bound or connected to, as far as can be known at once.
   * @throws UsageError with code EINVAL; TransportError ENODEV
   */
  check(address: string, use: 'bind' | 'connect', options: DatagramOptions): void;
  /**
   * Opens a port to listen at an address, or to send to one.
   * Rejects with a TransportError whose code is the system's (EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES …), or a UsageError
   * EINVAL for what only the resolver could tell.
   */
  open(address: string, use: 'bind' | 'connect', options: DatagramOptions, sink: DatagramSink): Promise<DatagramPort>;
}

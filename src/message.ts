/**
 * A message as it travels inside: its parts in order, at least one. Parts are never changed after they were handed on,
 * by anybody: the same message may be on its way to a thousand peers.
 */
export type Message = readonly Uint8Array[];

/** Who sent a message, as its handshake has told. It outlives the connection: whoever holds a message's sender may look. */
export interface Sender {
  /** The connection the message came through, as monitor events name it. */
  readonly connectionId: number;
  /** The peer's end of that connection. */
  readonly remoteAddress: string;
  /** `3.0` or `3.1`. */
  readonly version: string;
  /** Undefined when the peer did not say. */
  readonly socketType: string | undefined;
  /** Empty when it announced none. */
  readonly routingId: Uint8Array;
  /** What whoever let the peer in knows it by (RFC 27); undefined when nobody was asked, or nobody has said. */
  readonly userId: string | undefined;
  /**
   * What whoever let the peer in knows of it, under any name, then the properties that its own application has given it,
   * under names beginning with `X-`. The first of a name counts, and names are looked up in any case.
   */
  readonly metadata: ReadonlyMap<string, string>;
}

/** How octets come into being: Node gives Buffers, the core alone plain arrays. */
export interface Memory {
  /** `length` octets of `buffer` from `offset` on, shared, not copied. */
  view(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array;
  /** Octets of their own, to be filled by the caller before anybody else sees them. */
  allocate(length: number): Uint8Array;
}

/** Plain arrays: what the core uses when it is handed nothing better. */
export const plainMemory: Memory = {
  view: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  allocate: length => new Uint8Array(length),
};

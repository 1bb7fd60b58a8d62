/**
 * A message as it travels inside: its parts in order, at least one. Parts are never changed after they were handed on,
 * by anybody: the same message may be on its way to a thousand peers.
 */
export type Message = readonly Uint8Array[];

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

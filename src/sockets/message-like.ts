/** What applications may send, as parts. */
import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';

/** One part: text goes out as UTF-8, numbers as decimal text, null as an empty part, octets as they are. */
export type PartLike = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer | number | null;

/** One part, or several. */
export type MessageLike = PartLike | readonly PartLike[];

const EMPTY = Buffer.alloc(0);

/**
 * A message of at least one part. Octets are not copied: they must not change until the message has left.
 * @throws UsageError EINVAL for what is none of these
 */
export function toMessage(value: MessageLike): Message {
  if (value instanceof Uint8Array) return [value];
  if (!isList(value)) return [toPart(value)];
  if (value.length === 0) throw new UsageError('EINVAL', 'message without parts, expected at least one');
  return value.map(toPart); // a list of its own: the caller's may change
}

/**
 * The octets of a message that may have one part only.
 * @throws UsageError EINVAL for another number of parts, and for what cannot be one
 */
export function toBody(value: MessageLike, type: string): Uint8Array {
  if (!isList(value)) return toPart(value);
  const parts = value.map(toPart);
  const [body] = parts;
  if (body !== undefined && parts.length === 1) return body;
  throw new UsageError('EINVAL', `message of ${String(parts.length)} parts, a ${type} sends messages of one`);
}

/** Octets of one part, or of a topic. */
export function toPart(part: PartLike): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === 'string') return Buffer.from(part);
  if (part === null) return EMPTY;
  if (typeof part === 'number') return Buffer.from(String(part));
  if (ArrayBuffer.isView(part)) return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer || part instanceof SharedArrayBuffer) return Buffer.from(part);
  throw new UsageError('EINVAL', `part of type ${typeof part}, expected text, octets, a number or null`);
}

function isList(value: MessageLike): value is readonly PartLike[] {
  return Array.isArray(value);
}

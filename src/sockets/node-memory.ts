/**
 * Received parts are Buffers on Node. Buffer's own ways to make a view take two to three times as long as the plain
 * constructor (60 ns against 25), and there is one view per part, so views are made by a class that has Buffer's
 * prototype but not its constructor.
 */
import type { Memory } from '../message.ts';

class View extends Uint8Array<ArrayBufferLike> {}
const { prototype }: { readonly prototype: object } = Buffer;
Object.setPrototypeOf(View.prototype, prototype);
Reflect.deleteProperty(View.prototype, 'constructor'); // so that it is Buffer's, and the part is shown as one

/** The same octets as a Buffer; not copied. */
export function asBuffer(part: Uint8Array): Uint8Array {
  return part instanceof Buffer ? part : new View(part.buffer, part.byteOffset, part.length);
}

/** Octets as Buffers. */
export const nodeMemory: Memory = {
  view: (buffer, offset, length) => new View(buffer, offset, length),
  allocate: length => Buffer.allocUnsafeSlow(length),
};

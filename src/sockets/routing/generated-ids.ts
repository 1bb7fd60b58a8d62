/** Routing ids for peers that have none: zero, which no chosen one begins with, and a counter. */

/** Ids of five octets, none twice in four thousand million. */
export class GeneratedIds {
  #last: number;

  constructor(random: () => number) {
    this.#last = Math.floor(random() * 0x1_0000_0000);
  }

  next(): Uint8Array {
    this.#last = (this.#last + 1) >>> 0;
    const id = Buffer.alloc(5);
    id.writeUInt32BE(this.#last, 1);
    return id;
  }
}

/**
 * What a consumer does with each message, and what a producer has sent. The same code runs behind every contestant, and
 * there is one contestant in a process, so what V8 makes of it is never shared with another.
 */
const MILESTONE = 64; // messages; a power of two

/** Messages received. Every body tells which sender made it: see {@link markedBody}. */
export class Tally {
  messages = 0;
  octets = 0;
  /** Of the octets that were looked at, so that no body can stay untouched. */
  checksum = 0;
  /** Called after every 64th message. */
  onMilestone: () => void = () => {};
  /** Resolves when every sender has been heard. */
  readonly flowing: Promise<void>;
  #missing: number;
  readonly #heard: Uint8Array;
  #flow: () => void = () => {};

  constructor(senders: number) {
    this.#missing = senders;
    this.#heard = new Uint8Array(65_536);
    this.flowing = new Promise(resolve => (this.#flow = resolve));
  }

  /** Takes one message by the first and the last octet of its body, and the body's length. */
  count(first: number, last: number, length: number): void {
    this.messages += 1;
    this.octets += length;
    this.checksum = (this.checksum + first + last) | 0;
    if (this.#missing > 0) this.#hear(first | (last << 8));
    if ((this.messages & (MILESTONE - 1)) === 0) this.onMilestone();
  }

  /** Takes one message by its body. */
  take(body: Uint8Array): void {
    const { length } = body;
    this.count(body[0] ?? 0, body[length - 1] ?? 0, length);
  }

  #hear(sender: number): void {
    if (this.#heard[sender] === 1) return;
    this.#heard[sender] = 1;
    this.#missing -= 1;
    if (this.#missing === 0) this.#flow();
  }
}

/** What a receiver hands out: parts, or one part and what is known of it. */
export type Delivery = readonly Uint8Array[] | readonly [body: Uint8Array, about: unknown];

/** Messages handed to the socket, the one that waits included. */
export interface Sent {
  messages: number;
}

/** A body of `size` octets; its first and last octet are the sender's number. */
export function markedBody(size: number, sender: number): Uint8Array {
  const body = new Uint8Array(size).fill(0x61);
  body[size - 1] = sender >>> 8;
  body[0] = sender & 0xff; // the last octet too when there is but one: then there is but one sender, 0
  return body;
}

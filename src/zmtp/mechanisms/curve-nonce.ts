/**
 * The nonces of CURVE (RFC 26): 24 octets, of which the first say what is sealed, so that no box can pass for another.
 *
 *      HELLO, INITIATE, READY, MESSAGE    | name (16) | counter (8) |     one counter for each direction
 *      WELCOME, cookie, vouch             | name (8)  | random (16) |
 *
 * A counter is two numbers of 32 bits: one number cannot hold 64, and a bigint would be an allocation for each message.
 */
import { ProtocolError } from '../../errors.ts';
import { ascii, concat } from '../octets.ts';

/** Octets of a counter on the wire. */
export const COUNTER_LENGTH = 8;
/** Octets that are random where there is no counter. */
export const RANDOM_LENGTH = 16;

const HALF_MAX = 0xffff_ffff;

/** The last nonce of one direction. It only ever grows: a nonce that comes twice gives away what it sealed. */
export class NonceCounter {
  /** The first four octets on the wire. */
  high: number;
  low: number;

  constructor(high = 0, low = 0) {
    this.high = high;
    this.low = low;
  }

  /**
   * The next one to send.
   * @throws ProtocolError ERR_ZMTP_NONCES_EXHAUSTED when 2^64 - 1 has been sent, now and ever after
   */
  advance(): void {
    if (this.low < HALF_MAX) {
      this.low += 1;
      return;
    }
    if (this.high === HALF_MAX) throw new ProtocolError('ERR_ZMTP_NONCES_EXHAUSTED', 'no nonce is left to seal with');
    this.high += 1;
    this.low = 0;
  }

  /** Whether a nonce that came is the very next one. */
  isBefore(high: number, low: number): boolean {
    if (this.low < HALF_MAX) return low === this.low + 1 && high === this.high;
    return low === 0 && high === this.high + 1;
  }

  /** Whether a nonce that came is a later one. */
  precedes(high: number, low: number): boolean {
    return high > this.high || (high === this.high && low > this.low);
  }

  /** A nonce has been heard, and what it sealed was genuine. */
  moveTo(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  /** The eight octets of it. */
  encode(): Uint8Array {
    const octets = new Uint8Array(COUNTER_LENGTH);
    writeHalf(octets, 0, this.high);
    writeHalf(octets, 4, this.low);
    return octets;
  }
}

/** What is said of a nonce that does not follow the one before. */
export function outOfSequence(what: string): ProtocolError {
  return new ProtocolError('ERR_ZMTP_INVALID_SEQUENCE', `${what} with a nonce that does not follow the one before`);
}

/** A whole nonce: its name, and what makes it unique. */
export function nonceOf(name: string, unique: Uint8Array): Uint8Array {
  return concat(ascii(name), unique);
}

/** Four octets in network order. */
export function readHalf(octets: Uint8Array, at: number): number {
  const low = ((octets[at + 1] ?? 0) << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0);
  return (((octets[at] ?? 0) << 24) | low) >>> 0;
}

/** Four octets in network order. */
export function writeHalf(octets: Uint8Array, at: number, half: number): void {
  octets[at] = half >>> 24;
  octets[at + 1] = half >>> 16;
  octets[at + 2] = half >>> 8;
  octets[at + 3] = half;
}

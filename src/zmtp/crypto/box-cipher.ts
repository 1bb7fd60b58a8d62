/**
 * The contract of XSalsa20-Poly1305, which seals everything that CURVE keeps secret: NaCl's `crypto_secretbox`, and its
 * `crypto_box` once two keys have agreed.
 *
 *      key (32) ─┐
 *                ├─ HSalsa20 ─▶ subkey (32) ─┐
 *      nonce  0 … 15 ┘                       ├─ Salsa20 ─▶ 32 octets: the key of Poly1305, then what is XORed with the
 *             16 … 23 ───────────────────────┘             plaintext
 *
 *      | tag (16) | ciphertext, as long as the plaintext |
 *
 * All nonces of one kind begin with the same 16 octets, so a subkey is made once and a box then takes only the last 8.
 */

/** Octets that a box has in front of its ciphertext. */
export const TAG_LENGTH = 16;
/** Octets of every key, secret, public or agreed on. */
export const KEY_LENGTH = 32;

/** An implementation. All give the same octets. */
export interface BoxCipher {
  /** What it is made of: `noble`, `wasm`. */
  readonly name: string;
  /** HSalsa20 of a key of 32 octets and 16 octets of input. */
  subkey(key: Uint8Array, input: Uint8Array): Uint8Array;
  /** Boxes under a key of 32 octets, for the nonces that begin with these 16 octets. Neither is held on to: both may be wiped. */
  box(key: Uint8Array, nonceStart: Uint8Array): Box;
}

/** Seals and opens in place. The last 8 octets of the nonce come as two numbers of 32 bits, the first of the wire first. */
export interface Box {
  /**
   * Seals what stands at `at + 16`, `length` octets of it; afterwards the whole box stands at `at`.
   *
   * @param high - octets 16 … 19 of the nonce as a number in network order
   * @param low - octets 20 … 23
   */
  seal(high: number, low: number, octets: Uint8Array, at: number, length: number): void;
  /**
   * Opens the box at `at`, whose ciphertext has `length` octets; afterwards the plaintext stands at `at + 16`. False, and
   * no octet changed, when the tag is not genuine. Takes the same time wherever a wrong tag differs.
   */
  open(high: number, low: number, octets: Uint8Array, at: number, length: number): boolean;
  /** Overwrites the key, as far as JavaScript allows; the box is of no use afterwards. */
  wipe(): void;
}

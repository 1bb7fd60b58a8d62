/** The boxes of a handshake of CURVE: each is made or opened once, so none is kept. */
import { ProtocolError } from '../../errors.ts';
import { TAG_LENGTH, type BoxCipher } from '../crypto/box-cipher.ts';
import type { KeyPair } from '../crypto/key-exchange.ts';
import { readHalf } from './curve-nonce.ts';

const NONCE_START = 16;
const ZEROS = new Uint8Array(16);

/**
 * The key of the boxes between a key pair and a public key (NaCl's `crypto_box_beforenm`). Whoever asks wipes it.
 * @throws ProtocolError ERR_ZMTP_CRYPTOGRAPHIC when any secret would agree on the same with that public key
 */
export function agreedKey(cipher: BoxCipher, pair: KeyPair, publicKey: Uint8Array): Uint8Array {
  const agreement = pair.agree(publicKey);
  if (agreement === undefined) {
    throw new ProtocolError('ERR_ZMTP_CRYPTOGRAPHIC', 'a public key that agrees on zero with every other');
  }
  const key = cipher.subkey(agreement, ZEROS);
  agreement.fill(0);
  return key;
}

/** A box of its own memory. */
export function seal(cipher: BoxCipher, key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const octets = new Uint8Array(TAG_LENGTH + plaintext.length);
  octets.set(plaintext, TAG_LENGTH);
  const box = cipher.box(key, nonce.subarray(0, NONCE_START));
  box.seal(readHalf(nonce, NONCE_START), readHalf(nonce, NONCE_START + 4), octets, 0, plaintext.length);
  box.wipe();
  return octets;
}

/**
 * What is in a box that came, in memory of its own.
 *
 * @param what - what the box is called in an error
 * @throws ProtocolError ERR_ZMTP_CRYPTOGRAPHIC
 */
export function open(
  cipher: BoxCipher,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  what: string,
): Uint8Array {
  const octets = new Uint8Array(sealed);
  const box = cipher.box(key, nonce.subarray(0, NONCE_START));
  const [high, low] = [readHalf(nonce, NONCE_START), readHalf(nonce, NONCE_START + 4)];
  const genuine = box.open(high, low, octets, 0, octets.length - TAG_LENGTH);
  box.wipe();
  if (genuine) return octets.subarray(TAG_LENGTH);
  const reason = `the box of ${what} does not open: it was changed, or a side has another key than the other believes`;
  throw new ProtocolError('ERR_ZMTP_CRYPTOGRAPHIC', reason);
}

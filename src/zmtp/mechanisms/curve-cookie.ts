/**
 * The cookie of CURVE (RFC 26 "The WELCOME Command"): what a server would have to remember of a client that has proved
 * nothing yet, for the client to keep.
 *
 *      | random (16) | box[C' (32) | s' (32)] (80) |
 */
import { open, seal } from './curve-box.ts';
import type { CurveCrypto } from './curve-crypto.ts';
import { nonceOf, RANDOM_LENGTH } from './curve-nonce.ts';
import { KEY_LENGTH } from '../crypto/box-cipher.ts';
import { concat } from '../octets.ts';

const NAME = 'COOKIE--';

/** What a cookie keeps. */
export interface CookieContent {
  /** C', the client's key for this connection. */
  readonly clientKey: Uint8Array;
  /** s', the server's. */
  readonly secretKey: Uint8Array;
}

/** A cookie that only the holder of `key` can read. */
export function sealCookie(
  { cipher, exchange }: CurveCrypto,
  key: Uint8Array,
  { clientKey, secretKey }: CookieContent,
): Uint8Array {
  const random = exchange.randomBytes(RANDOM_LENGTH);
  const content = concat(clientKey, secretKey);
  const box = seal(cipher, key, nonceOf(NAME, random), content);
  content.fill(0);
  return concat(random, box);
}

/**
 * What is in a cookie; whoever asks wipes it.
 * @throws ProtocolError ERR_ZMTP_CRYPTOGRAPHIC when it is not the one that was sealed with `key`
 */
export function openCookie({ cipher }: CurveCrypto, key: Uint8Array, cookie: Uint8Array): CookieContent {
  const nonce = nonceOf(NAME, cookie.subarray(0, RANDOM_LENGTH));
  const content = open(cipher, key, nonce, cookie.subarray(RANDOM_LENGTH), 'the cookie');
  return { clientKey: content.subarray(0, KEY_LENGTH), secretKey: content.subarray(KEY_LENGTH) };
}

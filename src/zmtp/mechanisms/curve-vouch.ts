/**
 * The vouch of CURVE (RFC 26 "The INITIATE Command"): a client's long-term key says that the short-term key C' is its
 * own, and that it means the server S. Without the latter a server could show the vouch to another one and pass for the
 * client there.
 *
 *      | random (16) | box[C' (32) | S (32)] (80) |        from C to S'
 */
import { ProtocolError } from '../../errors.ts';
import { KEY_LENGTH } from '../crypto/box-cipher.ts';
import { equal } from '../crypto/equal.ts';
import { concat } from '../octets.ts';
import { open, seal } from './curve-box.ts';
import type { CurveCrypto } from './curve-crypto.ts';
import { nonceOf, RANDOM_LENGTH } from './curve-nonce.ts';

const NAME = 'VOUCH---';
/** Octets of a vouch. */
export const VOUCH_LENGTH = 96;

/** What a vouch names. */
export interface VouchContent {
  /** C', the client's key for this connection. */
  readonly clientKey: Uint8Array;
  /** S, the server's long-term key. */
  readonly serverKey: Uint8Array;
}

/** A vouch under the key that C and S' agree on. */
export function sealVouch(
  { cipher, exchange }: CurveCrypto,
  key: Uint8Array,
  { clientKey, serverKey }: VouchContent,
): Uint8Array {
  const random = exchange.randomBytes(RANDOM_LENGTH);
  return concat(random, seal(cipher, key, nonceOf(NAME, random), concat(clientKey, serverKey)));
}

/**
 * Checks that a vouch was made with that key, and for whom; libzmq does not look at S.
 * @throws ProtocolError ERR_ZMTP_CRYPTOGRAPHIC, ERR_ZMTP_KEY_EXCHANGE
 */
export function checkVouch(
  { cipher }: CurveCrypto,
  key: Uint8Array,
  vouch: Uint8Array,
  { clientKey, serverKey }: VouchContent,
): void {
  const nonce = nonceOf(NAME, vouch.subarray(0, RANDOM_LENGTH));
  const named = open(cipher, key, nonce, vouch.subarray(RANDOM_LENGTH), 'the vouch');
  if (!equal(named.subarray(0, KEY_LENGTH), clientKey)) {
    throw new ProtocolError('ERR_ZMTP_KEY_EXCHANGE', 'the client vouches for another connection');
  }
  if (!equal(named.subarray(KEY_LENGTH), serverKey)) {
    throw new ProtocolError('ERR_ZMTP_KEY_EXCHANGE', 'the client vouches for a connection to another server');
  }
}

/** Keys of CURVE as people keep them: text in Z85 (RFC 32), 40 characters for the 32 octets of each. */
import { UsageError } from '../errors.ts';
import { KEY_LENGTH } from '../zmtp/crypto/box-cipher.ts';
import { decodeZ85, encodeZ85 } from '../zmtp/z85.ts';
import { nodeKeyExchange } from './node-key-exchange.ts';

/** A long-term key of CURVE, both halves in Z85. */
export interface CurveKeyPair {
  /** May be told to everybody. */
  readonly publicKey: string;
  /** Whoever has it can pass for its owner. */
  readonly secretKey: string;
}

/**
 * A new pair of keys for the options `curvePublicKey` and `curveSecretKey`.
 *
 * @example
 * ```ts
 * const server = curveKeyPair();
 * const reply = new Reply({ curveServer: true, curveSecretKey: server.secretKey }); // clients need server.publicKey
 * ```
 */
export function curveKeyPair(): CurveKeyPair {
  const pair = nodeKeyExchange.generate();
  const secret = pair.secretKey();
  const keys = { publicKey: encodeZ85(pair.publicKey), secretKey: encodeZ85(secret) };
  secret.fill(0);
  pair.wipe();
  return keys;
}

/**
 * The public key that belongs to a secret key.
 * @param secretKey - 40 characters of Z85, or 32 octets
 * @returns 40 characters of Z85
 * @throws UsageError EINVAL for what is no key; the message does not show it
 */
export function curvePublicKey(secretKey: string | Uint8Array): string {
  const secret = curveKey(secretKey, 'secret key');
  const pair = nodeKeyExchange.fromSecretKey(secret);
  const publicKey = encodeZ85(pair.publicKey);
  pair.wipe();
  if (secret !== secretKey) secret.fill(0); // the caller's own octets stay as they are
  return publicKey;
}

/**
 * A key as 32 octets.
 * @param key - 40 characters of Z85, or 32 octets, which are not copied
 * @param what - what to call it in an error
 * @throws UsageError EINVAL for anything else; the message does not show it
 */
export function curveKey(key: string | Uint8Array, what: string): Uint8Array {
  if (typeof key !== 'string') {
    if (key.length === KEY_LENGTH) return key;
    throw new UsageError('EINVAL', `${what} of ${key.length} octets, expected ${KEY_LENGTH}`);
  }
  if (key.length !== KEY_TEXT_LENGTH) {
    throw new UsageError('EINVAL', `${what} of ${key.length} characters, expected ${KEY_TEXT_LENGTH} of Z85`);
  }
  return decodeZ85(key);
}

const KEY_TEXT_LENGTH = 40;

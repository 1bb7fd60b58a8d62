/** The cryptography that a connection of CURVE works with. */
import type { BoxCipher } from '../crypto/box-cipher.ts';
import type { KeyExchange } from '../crypto/key-exchange.ts';

/** What seals, and what two sides agree on keys with. */
export interface CurveCrypto {
  readonly cipher: BoxCipher;
  readonly exchange: KeyExchange;
}

/** X25519 as @noble/curves has it: runs everywhere, and is what every faster one is held to. */
import { x25519 } from '@noble/curves/ed25519.js';
import { randomBytes } from '@noble/curves/utils.js';
import { concat } from '../octets.ts';
import { KEY_LENGTH } from './box-cipher.ts';
import type { KeyExchange, KeyPair } from './key-exchange.ts';

export const nobleKeyExchange: KeyExchange = {
  generate: () => new NobleKeyPair(randomBytes(KEY_LENGTH)),
  fromSecretKey: secretKey => new NobleKeyPair(concat(secretKey)),
  randomBytes: length => randomBytes(length),
};

class NobleKeyPair implements KeyPair {
  readonly publicKey: Uint8Array;
  readonly #secretKey: Uint8Array;

  /** @param secretKey - belongs to the pair now */
  constructor(secretKey: Uint8Array) {
    this.#secretKey = secretKey;
    this.publicKey = x25519.getPublicKey(secretKey);
  }

  agree(publicKey: Uint8Array): Uint8Array | undefined {
    try {
      return x25519.getSharedSecret(this.#secretKey, publicKey);
    } catch {
      return undefined; // its only error for keys of this length: all zero
    }
  }

  secretKey(): Uint8Array {
    return concat(this.#secretKey);
  }

  wipe(): void {
    this.#secretKey.fill(0);
  }
}

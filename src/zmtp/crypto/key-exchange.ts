/** The contract of X25519 (RFC 7748), with which two sides of CURVE agree on keys. */

/** A secret key and its public half. */
export interface KeyPair {
  /** 32 octets. */
  readonly publicKey: Uint8Array;
  /**
   * The 32 octets that this secret key and a public one give. Undefined when they are all zero, as a public key of small
   * order makes them whatever the secret is (RFC 7748 section 6.1).
   */
  agree(publicKey: Uint8Array): Uint8Array | undefined;
  /** A copy of the secret key, for whoever must write it down. */
  secretKey(): Uint8Array;
  /** Overwrites the secret key, as far as JavaScript allows; the pair is of no use afterwards. */
  wipe(): void;
}

/** An implementation, and where it takes its randomness from. */
export interface KeyExchange {
  /** A new pair. */
  generate(): KeyPair;
  /** The pair of a secret key of 32 octets, which are copied. */
  fromSecretKey(secretKey: Uint8Array): KeyPair;
  /** Octets that nobody can guess. */
  randomBytes(length: number): Uint8Array;
}

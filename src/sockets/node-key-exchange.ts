/**
 * X25519 by node:crypto, some thirty times as fast as the one that runs everywhere: 30 µs for an agreement.
 *
 * Importing a secret key costs as much as agreeing with it, and as DER it would cost ten times as much, so keys come in as
 * JWK and a pair keeps what node:crypto made of its own. A JWK of a secret key must name its public key too, which is not
 * looked at; what the real one is comes out of an agreement with the base point, once somebody asks.
 */
import { createPrivateKey, createPublicKey, diffieHellman, randomFillSync, type KeyObject } from 'node:crypto';
import { UsageError } from '../errors.ts';
import { KEY_LENGTH } from '../zmtp/crypto/box-cipher.ts';
import type { KeyExchange, KeyPair } from '../zmtp/crypto/key-exchange.ts';

/** u = 9 (RFC 7748 section 4.1). */
const BASE_POINT = new Uint8Array(KEY_LENGTH).fill(9, 0, 1);
const ANY_PUBLIC_KEY = base64url(BASE_POINT);

/** X25519 as node:crypto has it. Gives what {@link nobleKeyExchange} gives, octet by octet. */
export const nodeKeyExchange: KeyExchange = {
  // not generateKeyPairSync(): in Node 20 a process stands still for ever, sooner or later, that exports such keys as JWK
  generate: () => new NodeKeyPair(randomOctets(KEY_LENGTH)),
  fromSecretKey(secretKey) {
    if (secretKey.length !== KEY_LENGTH) {
      throw new UsageError('EINVAL', `secret key of ${secretKey.length} octets, expected ${KEY_LENGTH}`);
    }
    return new NodeKeyPair(plain(secretKey));
  },
  randomBytes: randomOctets,
};

class NodeKeyPair implements KeyPair {
  #secretKey: Uint8Array | undefined;
  #privateKey: KeyObject | undefined; // made of it when first needed; node:crypto overwrites it when it is collected
  #publicKey: Uint8Array | undefined;

  /** @param secretKey - belongs to the pair now */
  constructor(secretKey: Uint8Array) {
    this.#secretKey = secretKey;
  }

  get publicKey(): Uint8Array {
    this.#publicKey ??= agreement(this.#imported(), BASE_POINT);
    return this.#publicKey;
  }

  agree(publicKey: Uint8Array): Uint8Array | undefined {
    if (this.#secretKey === undefined) return undefined;
    const privateKey = this.#imported();
    try {
      return agreement(privateKey, publicKey);
    } catch {
      return undefined; // its only error for keys of this length: all zero
    }
  }

  secretKey(): Uint8Array {
    return plain(this.#usable());
  }

  wipe(): void {
    this.#secretKey?.fill(0);
    this.#secretKey = this.#privateKey = undefined;
  }

  #usable(): Uint8Array {
    if (this.#secretKey === undefined) throw new UsageError('EINVAL', 'the pair of keys has been wiped');
    return this.#secretKey;
  }

  #imported(): KeyObject {
    return (this.#privateKey ??= createPrivateKey({
      key: { kty: 'OKP', crv: 'X25519', d: base64url(this.#usable()), x: ANY_PUBLIC_KEY },
      format: 'jwk',
    }));
  }
}

function agreement(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array {
  const jwk = { kty: 'OKP', crv: 'X25519', x: base64url(publicKey) };
  const imported = createPublicKey({ key: jwk, format: 'jwk' });
  return plain(diffieHellman({ privateKey, publicKey: imported }));
}

function randomOctets(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64url');
}

/** As a Uint8Array in memory of its own, since a small Buffer shares its memory with others. */
function plain(octets: Uint8Array): Uint8Array {
  return new Uint8Array(octets);
}

/**
 * X25519 by node:crypto, some thirty times as fast as the one that runs everywhere: 30 µs for an agreement.
 *
 * Importing a secret key costs as much as agreeing with it, and as DER it would cost ten times as much, so keys come in as
 * JWK and a pair keeps what node:crypto made of its own. A JWK of a secret key must name its public key too, which is not
 * looked at; what the real one is comes out of an agreement with the base point, once somebody asks.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomFillSync,
  type KeyObject,
} from 'node:crypto';
import { UsageError } from '../errors.ts';
import { KEY_LENGTH } from '../zmtp/crypto/box-cipher.ts';
import type { KeyExchange, KeyPair } from '../zmtp/crypto/key-exchange.ts';

/** u = 9 (RFC 7748 section 4.1). */
const BASE_POINT = new Uint8Array(KEY_LENGTH).fill(9, 0, 1);
const ANY_PUBLIC_KEY = base64url(BASE_POINT);

/** X25519 as node:crypto has it. Gives what {@link nobleKeyExchange} gives, octet by octet. */
export const nodeKeyExchange: KeyExchange = {
  generate() {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    return new NodeKeyPair(privateKey, member(publicKey, 'x'));
  },
  fromSecretKey(secretKey) {
    if (secretKey.length !== KEY_LENGTH) {
      throw new UsageError('EINVAL', `secret key of ${secretKey.length} octets, expected ${KEY_LENGTH}`);
    }
    const jwk = { kty: 'OKP', crv: 'X25519', d: base64url(secretKey), x: ANY_PUBLIC_KEY };
    return new NodeKeyPair(createPrivateKey({ key: jwk, format: 'jwk' }));
  },
  randomBytes: length => randomFillSync(new Uint8Array(length)),
};

class NodeKeyPair implements KeyPair {
  #privateKey: KeyObject | undefined; // node:crypto overwrites it when it is collected
  #publicKey: Uint8Array | undefined;

  constructor(privateKey: KeyObject, publicKey?: Uint8Array) {
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  get publicKey(): Uint8Array {
    this.#publicKey ??= agreement(this.#usable(), BASE_POINT);
    return this.#publicKey;
  }

  agree(publicKey: Uint8Array): Uint8Array | undefined {
    if (this.#privateKey === undefined) return undefined;
    try {
      return agreement(this.#privateKey, publicKey);
    } catch {
      return undefined; // its only error for keys of this length: all zero
    }
  }

  secretKey(): Uint8Array {
    return member(this.#usable(), 'd');
  }

  wipe(): void {
    this.#privateKey = undefined;
  }

  #usable(): KeyObject {
    if (this.#privateKey === undefined) throw new UsageError('EINVAL', 'the pair of keys has been wiped');
    return this.#privateKey;
  }
}

function agreement(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array {
  const jwk = { kty: 'OKP', crv: 'X25519', x: base64url(publicKey) };
  const imported = createPublicKey({ key: jwk, format: 'jwk' });
  return plain(diffieHellman({ privateKey, publicKey: imported }));
}

/** The octets of a member of a key's JWK. */
function member(key: KeyObject, name: 'd' | 'x'): Uint8Array {
  return plain(Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url'));
}

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64url');
}

/** As a Uint8Array in memory of its own, since a small Buffer shares its memory with others. */
function plain(octets: Uint8Array): Uint8Array {
  return new Uint8Array(octets);
}

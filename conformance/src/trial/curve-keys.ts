/** The key pairs that the raw peer and the target have, in every case that is not about them. */
import { agree, keyPair, type KeyPair } from '../raw/curve-box.ts';
import { toHex } from '../raw/octets.ts';

/** The pairs that are shared. Capitals of RFC 26: C, C', S and S'. */
export interface CurveKeys {
  readonly client: KeyPair;
  readonly clientShort: KeyPair;
  readonly server: KeyPair;
  readonly serverShort: KeyPair;
}

let shared: CurveKeys | undefined;

export function curveKeys(): CurveKeys {
  shared ??= { client: keyPair(), clientShort: keyPair(), server: keyPair(), serverShort: keyPair() };
  return shared;
}

const agreed = new Map<string, Uint8Array>();

/** For pairs that come up again and again. */
export function agreeOnce(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const name = `${toHex(publicKey)} ${toHex(secretKey)}`;
  const key = agreed.get(name) ?? agree(publicKey, secretKey);
  agreed.set(name, key);
  return key;
}

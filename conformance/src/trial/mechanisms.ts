/** Settings for a target that has to do with security, for cases that ask for nothing but that it has. */
import { generateKeyPairSync } from 'node:crypto';
import { ascii } from '../raw/octets.ts';
import { fromText, type Role, type TargetOptions } from '../target/protocol.ts';

/** Who binds is the server. */
export function plainOptions(role: Role): TargetOptions {
  return role === 'bind'
    ? { mechanism: 'PLAIN', securityServer: true }
    : { mechanism: 'PLAIN', plainUsername: ascii('user'), plainPassword: ascii('password') };
}

/** Fresh keys; those of the server of a client nobody has. */
export function curveOptions(role: Role): TargetOptions {
  const { publicKey, secretKey } = curveKeys();
  const own = { mechanism: 'CURVE', curvePublicKey: publicKey, curveSecretKey: secretKey } as const;
  return role === 'bind' ? { ...own, securityServer: true } : { ...own, curveServerKey: curveKeys().publicKey };
}

export function curveKeys(): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } {
  const { x = '', d = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { publicKey: fromText(x), secretKey: fromText(d) };
}

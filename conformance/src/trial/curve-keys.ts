/** The key pairs that the raw peer and the target have, in every case that is not about them. */
import { agree, keyPair, type KeyPair } from '../raw/curve-box.ts';
import { toHex } from '../raw/octets.ts';
import type { TargetOptions } from '../target/protocol.ts';

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

/** Of a target that is the server S. */
export function curveServerOptions(): TargetOptions {
  const { publicKey, secretKey } = curveKeys().server;
  return { mechanism: 'CURVE', securityServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey };
}

/** Of a target that is the client C and looks for S. */
export function curveClientOptions(): TargetOptions {
  const { client, server } = curveKeys();
  return {
    mechanism: 'CURVE',
    curvePublicKey: client.publicKey,
    curveSecretKey: client.secretKey,
    curveServerKey: server.publicKey,
  };
}

const agreed = new Map<string, Uint8Array>();

/** For pairs that come up again and again. */
export function agreeOnce(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const name = `${toHex(publicKey)} ${toHex(secretKey)}`;
  const key = agreed.get(name) ?? agree(publicKey, secretKey);
  agreed.set(name, key);
  return key;
}

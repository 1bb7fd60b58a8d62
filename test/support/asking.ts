/** Questions to authenticators, as a socket would ask them. */
import { Buffer } from 'node:buffer';
import {
  authenticationRequest,
  type AuthenticationReply,
  type AuthenticationRequest,
  type Authenticator,
} from '../../src/sockets/zap/authenticator.ts';
import { decodeZ85 } from '../../src/zmtp/z85.ts';
import type { Credentials } from '../../src/zmtp/mechanism.ts';

/** Where the question comes from; the rest does not matter. */
export interface Place {
  readonly domain?: string;
  readonly address?: string;
}

function request(mechanism: Credentials['mechanism'], frames: Uint8Array[], place: Place = {}): AuthenticationRequest {
  const { domain = 'test', address = '127.0.0.1' } = place;
  return authenticationRequest({ domain, address, routingId: new Uint8Array(0), credentials: { mechanism, frames } });
}

export function nullPeer(place?: Place): AuthenticationRequest {
  return request('NULL', [], place);
}

export function plainPeer(username: string, password: string | Uint8Array, place?: Place): AuthenticationRequest {
  return request('PLAIN', [Buffer.from(username), Buffer.from(password)], place);
}

/** @param publicKey - in Z85 */
export function curvePeer(publicKey: string, place?: Place): AuthenticationRequest {
  return request('CURVE', [decodeZ85(publicKey)], place);
}

/** The answer, asked by somebody who waits as long as it takes unless `signal` says otherwise. */
export async function ask(
  authenticator: Authenticator,
  about: AuthenticationRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<AuthenticationReply> {
  return authenticator(about, { signal });
}

/** The status of the answer. */
export async function statusOf(...asked: Parameters<typeof ask>): Promise<number> {
  return (await ask(...asked)).status;
}

/** What a target is told to be a server or a client of PLAIN or CURVE. The raw peer has the keys of the other side. */
import { ascii } from '../raw/octets.ts';
import type { TargetOptions } from '../target/protocol.ts';
import { curveKeys } from './curve-keys.ts';
import type { Trial } from './trial.ts';

export type Mechanism = 'PLAIN' | 'CURVE';

/** Which side of the handshake the target has. */
export type Side = 'server' | 'client';

/** Those of the mechanisms that the target can; the case is skipped where it can none. */
export function mechanismsOf(trial: Trial): readonly Mechanism[] {
  const all: readonly Mechanism[] = ['PLAIN', 'CURVE'];
  const able = all.filter(mechanism => trial.can(`mech:${mechanism}`));
  if (able.length === 0) trial.require('mech:PLAIN');
  return able;
}

/** Under CURVE the server is S of the shared pairs; the client is C and looks for S. */
export function optionsFor(mechanism: Mechanism, side: Side): TargetOptions {
  const securityServer = side === 'server';
  if (mechanism === 'PLAIN') {
    if (securityServer) return { mechanism, securityServer };
    return { mechanism, plainUsername: ascii('user'), plainPassword: ascii('word') };
  }
  const { server, client } = curveKeys();
  const own = securityServer ? server : client;
  const keys = { mechanism, curvePublicKey: own.publicKey, curveSecretKey: own.secretKey };
  return securityServer ? { ...keys, securityServer } : { ...keys, curveServerKey: server.publicKey };
}

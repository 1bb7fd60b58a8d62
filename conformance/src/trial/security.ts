/** What a target is told to be a PLAIN or CURVE server, or client, where no secret matters. */
import nacl from 'tweetnacl';
import { ascii } from '../raw/octets.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { Trial } from './trial.ts';

export type Mechanism = 'PLAIN' | 'CURVE';

/** Those of the mechanisms that the target can; the case is skipped where it can none. */
export function mechanismsOf(trial: Trial): readonly Mechanism[] {
  const all: readonly Mechanism[] = ['PLAIN', 'CURVE'];
  const able = all.filter(mechanism => trial.can(`mech:${mechanism}`));
  if (able.length === 0) trial.require('mech:PLAIN');
  return able;
}

export function optionsFor(mechanism: Mechanism, role: 'server' | 'client'): TargetOptions {
  const securityServer = role === 'server';
  if (mechanism === 'PLAIN') {
    if (securityServer) return { mechanism, securityServer };
    return { mechanism, plainUsername: ascii('user'), plainPassword: ascii('word') };
  }
  const own = nacl.box.keyPair();
  const keys = { mechanism, curvePublicKey: own.publicKey, curveSecretKey: own.secretKey };
  if (securityServer) return { ...keys, securityServer };
  return { ...keys, curveServerKey: nacl.box.keyPair().publicKey };
}

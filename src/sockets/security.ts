/** What the options say of security, and the mechanism that each connection gets. */
import { UsageError } from '../errors.ts';
import type { KeyPair } from '../zmtp/crypto/key-exchange.ts';
import type { Mechanism } from '../zmtp/mechanism.ts';
import type { Property } from '../zmtp/metadata.ts';
import { CurveClient } from '../zmtp/mechanisms/curve-client.ts';
import type { CurveCrypto } from '../zmtp/mechanisms/curve-crypto.ts';
import { CurveServer } from '../zmtp/mechanisms/curve-server.ts';
import { NullMechanism } from '../zmtp/mechanisms/null.ts';
import { PlainClient } from '../zmtp/mechanisms/plain-client.ts';
import { PlainServer } from '../zmtp/mechanisms/plain-server.ts';
import { decodeZ85, encodeZ85 } from '../zmtp/z85.ts';
import type { AllOptions } from './option-table.ts';

/** The mechanisms as npm `zeromq` names them; null is NULL. */
export type SecurityMechanism = 'plain' | 'curve' | null;

/** Makes one side of a handshake, which tells the peer these properties. */
export type MakeMechanism = (properties: readonly Property[]) => Mechanism;

/** The mechanism that the options ask for. */
export function securityMechanism(options: AllOptions): SecurityMechanism {
  if (options.curveServer || options.curveServerKey !== null) return 'curve';
  if (options.plainServer || options.plainUsername !== null || options.plainPassword !== null) return 'plain';
  return null;
}

/**
 * For the connections of one endpoint.
 * @throws UsageError EINVAL for options that contradict each other, or of which some are missing
 */
export function mechanismOf(options: AllOptions, crypto: CurveCrypto): MakeMechanism {
  switch (securityMechanism(options)) {
    case null: {
      const asks = options.zapDomain !== null;
      return properties => new NullMechanism(properties, asks);
    }
    case 'plain':
      return plain(options);
    case 'curve':
      return curve(options, crypto);
  }
}

function plain(options: AllOptions): MakeMechanism {
  const { plainServer, plainUsername, plainPassword, zapDomain, zapEnforceDomain } = options;
  if (plainServer) {
    if (zapEnforceDomain && zapDomain === null) {
      throw new UsageError('EINVAL', 'zapEnforceDomain is true without a zapDomain: no client of PLAIN could come in');
    }
    if (plainUsername === null && plainPassword === null) return properties => new PlainServer(properties);
    throw new UsageError('EINVAL', 'plainServer is true, and a server shows no plainUsername or plainPassword');
  }
  // one that is not given is empty, as in libzmq
  const username = Buffer.from(plainUsername ?? '');
  const password = Buffer.from(plainPassword ?? '');
  return properties => new PlainClient({ username, password, properties });
}

function curve(options: AllOptions, crypto: CurveCrypto): MakeMechanism {
  const { curveServer, curveServerKey } = options;
  const keyPair = ownPair(options, crypto);
  if (curveServerKey === null) return properties => new CurveServer({ keyPair, properties, crypto });
  if (curveServer) throw new UsageError('EINVAL', 'curveServer is true, and a server has no curveServerKey to know');
  const serverKey = decodeZ85(curveServerKey);
  return properties => new CurveClient({ keyPair, serverKey, properties, crypto });
}

/** libzmq takes a secret key that is missing for one of all zeros, and a public one for what it says. */
function ownPair({ curvePublicKey, curveSecretKey }: AllOptions, { exchange }: CurveCrypto): KeyPair {
  if (curveSecretKey === null) throw new UsageError('EINVAL', 'CURVE takes a curveSecretKey, see curveKeyPair()');
  const secretKey = decodeZ85(curveSecretKey);
  const keyPair = exchange.fromSecretKey(secretKey);
  secretKey.fill(0);
  if (curvePublicKey === null || encodeZ85(keyPair.publicKey) === curvePublicKey) return keyPair;
  throw new UsageError('EINVAL', 'curvePublicKey does not belong to curveSecretKey');
}

/** What the options say of security, and the mechanism that each connection gets. */
import { UsageError } from '../errors.ts';
import type { Mechanism } from '../zmtp/mechanism.ts';
import type { Property } from '../zmtp/metadata.ts';
import { NullMechanism } from '../zmtp/mechanisms/null.ts';
import { PlainClient } from '../zmtp/mechanisms/plain-client.ts';
import { PlainServer } from '../zmtp/mechanisms/plain-server.ts';
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
export function mechanismOf(options: AllOptions): MakeMechanism {
  switch (securityMechanism(options)) {
    case null: {
      const asks = options.zapDomain !== null;
      return properties => new NullMechanism(properties, asks);
    }
    case 'plain':
      return plain(options);
    case 'curve':
      throw new UsageError('ENOTSUP', 'CURVE is to come');
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

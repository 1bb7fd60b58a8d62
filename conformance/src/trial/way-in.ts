/** From the greeting up to traffic with a target that asks a ZAP handler, by each mechanism in the same few words. */
import { message } from '../raw/frame.ts';
import type { HelloFields } from '../raw/plain.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { SocketType, TargetOptions } from '../target/protocol.ts';
import { CurveClient } from './curve-client.ts';
import { enterAsPlainClient } from './plain.ts';
import { optionsFor, type Mechanism } from './security.ts';
import type { PeerFields, Trial } from './trial.ts';

export type Way = 'NULL' | Mechanism;

/** A raw peer that was let in. */
export interface Entered {
  /** Of the target's READY. */
  readonly properties: ReadonlyMap<string, Uint8Array>;
  /** A message of one part. */
  say(part: Uint8Array): void;
}

export interface WayIn {
  /** The target's options, without a domain. */
  readonly server: TargetOptions;
  enter(trial: Trial, peer: RawPeer, targetType: SocketType, fields?: PeerFields & HelloFields): Promise<Entered>;
}

export const WAYS: Readonly<Record<Way, WayIn>> = {
  NULL: {
    server: { mechanism: 'NULL' },
    async enter(trial, peer, targetType, fields = {}) {
      const properties = await trial.introduce(peer, targetType, fields);
      return { properties, say: part => peer.write(message(part), 'message') };
    },
  },

  PLAIN: {
    server: optionsFor('PLAIN', 'server'),
    async enter(trial, peer, targetType, fields = {}) {
      const properties = await enterAsPlainClient(trial, peer, targetType, fields);
      return { properties, say: part => peer.write(message(part), 'message') };
    },
  },

  CURVE: {
    server: optionsFor('CURVE', 'server'),
    async enter(trial, peer, targetType, fields = {}) {
      const session = await (await CurveClient.greet(trial, peer, targetType, fields)).join();
      return { properties: session.properties, say: part => session.write(part) };
    },
  },
};

/** Those that the target has. */
export function waysOf(trial: Trial): readonly Way[] {
  const all: readonly Way[] = ['NULL', 'PLAIN', 'CURVE'];
  return all.filter(name => trial.can(`mech:${name}`));
}

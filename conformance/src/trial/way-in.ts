/** From the greeting up to traffic with a target that asks a ZAP handler, by each mechanism in the same few words. */
import { metadata, parseProperties } from '../raw/command.ts';
import { agree, keyPair, PREFIX, type KeyPair } from '../raw/curve-box.ts';
import { curveFrame, helloBody, initiateBody, messageBody, openReady, openWelcome, vouch } from '../raw/curve.ts';
import { frame, message } from '../raw/frame.ts';
import type { HelloFields } from '../raw/plain.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { SocketType, TargetOptions } from '../target/protocol.ts';
import { enterAsPlainClient } from './plain.ts';
import type { PeerFields, Trial } from './trial.ts';

export type Mechanism = 'NULL' | 'PLAIN' | 'CURVE';

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

const serverKeys = keyPair();
/** The key that a client comes with. */
export const clientKeys: KeyPair = keyPair();

export const WAYS: Readonly<Record<Mechanism, WayIn>> = {
  NULL: {
    server: { mechanism: 'NULL' },
    async enter(trial, peer, targetType, fields = {}) {
      const properties = await trial.introduce(peer, targetType, fields);
      return { properties, say: part => peer.write(message(part), 'message') };
    },
  },

  PLAIN: {
    server: { mechanism: 'PLAIN', securityServer: true },
    async enter(trial, peer, targetType, fields = {}) {
      const properties = await enterAsPlainClient(trial, peer, targetType, fields);
      return { properties, say: part => peer.write(message(part), 'message') };
    },
  },

  CURVE: {
    server: {
      mechanism: 'CURVE',
      securityServer: true,
      curvePublicKey: serverKeys.publicKey,
      curveSecretKey: serverKeys.secretKey,
    },
    async enter(trial, peer, targetType, fields = {}) {
      await peer.greet({ mechanism: 'CURVE' });
      const short = keyPair();
      const helloKey = agree(serverKeys.publicKey, short.secretKey);
      const said = { key: helloKey, counter: 1n, clientShortKey: short.publicKey };
      peer.write(curveFrame(helloBody(said)), 'HELLO');
      const welcome = openWelcome((await peer.expectFrame('WELCOME')).body, helloKey);
      if (welcome === undefined) throw new Unreached('something else in place of WELCOME');
      const key = agree(welcome.serverShortKey, short.secretKey);
      const initiate = initiateBody({
        key,
        counter: 2n,
        cookie: welcome.cookie,
        clientKey: clientKeys.publicKey,
        vouch: vouch({
          key: agree(welcome.serverShortKey, clientKeys.secretKey),
          clientShortKey: short.publicKey,
          serverKey: serverKeys.publicKey,
        }),
        metadata: metadata(trial.metadataOf(targetType, fields)),
      });
      peer.write(curveFrame(initiate), 'INITIATE');
      const ready = openReady((await peer.expectFrame('READY')).body, key);
      const properties = ready === undefined ? undefined : parseProperties(ready.metadata);
      if (properties === undefined) throw new Unreached('something else in place of READY');
      let counter = 2n;
      const say = (payload: Uint8Array): void => {
        counter += 1n;
        peer.write(frame(messageBody({ key, counter, prefix: PREFIX.messageOfClient, payload })), 'MESSAGE');
      };
      return { properties: new Map(properties), say };
    },
  },
};

/** The mechanisms that the target has. */
export function mechanismsOf(trial: Trial): readonly Mechanism[] {
  const all: readonly Mechanism[] = ['NULL', 'PLAIN', 'CURVE'];
  return all.filter(name => trial.can(`mech:${name}`));
}

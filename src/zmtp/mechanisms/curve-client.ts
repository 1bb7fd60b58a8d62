/**
 * RFC 26 "CurveZMQ", the side that knows the other's key beforehand. Capitals are public keys, ' marks those that live as
 * long as the connection.
 *
 *      client (C, C')                                                            server (S, S')
 *      HELLO     C', box[zeros](c' → S) ──────────────────────────────────────▶
 *                ◀─────────────────────── box[S', cookie](s → C')      WELCOME
 *      INITIATE  cookie, box[C, vouch, properties](c' → S') ──────────────────▶
 *                ◀─────────────────────── box[properties](s' → C')       READY
 */
import { ProtocolError } from '../../errors.ts';
import { KEY_LENGTH } from '../crypto/box-cipher.ts';
import type { KeyPair } from '../crypto/key-exchange.ts';
import { decodeCommand, decodeError } from '../command.ts';
import type { Mechanism, MechanismStep } from '../mechanism.ts';
import { decodeProperties, encodeProperties, type Property } from '../metadata.ts';
import { concat } from '../octets.ts';
import { agreedKey, open, seal } from './curve-box.ts';
import { decodeReady, decodeWelcome, encodeHello, encodeInitiate, expectCommand } from './curve-commands.ts';
import type { CurveCrypto } from './curve-crypto.ts';
import { CurveEnvelope } from './curve-envelope.ts';
import { NonceCounter, nonceOf, readHalf } from './curve-nonce.ts';
import { sealVouch } from './curve-vouch.ts';
import { refusedByPeer } from './refusals.ts';

/** What a client of CURVE is made of. */
export interface CurveClientOptions {
  /** C: the long-term pair, which is not wiped here. */
  readonly keyPair: KeyPair;
  /** S: the server's long-term key, 32 octets. */
  readonly serverKey: Uint8Array;
  /** What INITIATE tells of this side. */
  readonly properties: readonly Property[];
  readonly crypto: CurveCrypto;
  /** The nonces that count as sent; none when nothing is said. */
  readonly sent?: NonceCounter;
}

/** What is waited for. */
type Stage =
  | { readonly kind: 'start' }
  | { readonly kind: 'WELCOME'; readonly pair: KeyPair; readonly key: Uint8Array }
  | { readonly kind: 'READY'; readonly key: Uint8Array }
  | { readonly kind: 'over' };

/** The client of CURVE. */
export class CurveClient implements Mechanism {
  readonly name = 'CURVE';
  readonly asServer = false;
  readonly #options: CurveClientOptions;
  readonly #sent: NonceCounter;
  #stage: Stage = { kind: 'start' };

  constructor(options: CurveClientOptions) {
    this.#options = options;
    this.#sent = options.sent ?? new NonceCounter();
  }

  start(): MechanismStep {
    const { cipher, exchange } = this.#options.crypto;
    const pair = exchange.generate();
    const key = agreedKey(cipher, pair, this.#options.serverKey);
    this.#stage = { kind: 'WELCOME', pair, key };
    const counter = this.#nextCounter();
    const box = seal(cipher, key, nonceOf('CurveZMQHELLO---', counter), new Uint8Array(64));
    return { commands: [encodeHello({ publicKey: pair.publicKey, counter, box })], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    const { name, data } = decodeCommand(body);
    if (name === 'ERROR') throw refusedByPeer(decodeError(data));
    const stage = this.#stage;
    switch (stage.kind) {
      case 'WELCOME':
        return this.#welcomed(stage, body);
      case 'READY':
        return this.#ready(stage, body);
      default:
        throw new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', 'a command of a handshake that is not going on');
    }
  }

  /** A client asks nobody: it knows whom it wants to talk to. */
  admit(): MechanismStep {
    return { commands: [], peer: undefined };
  }

  wipe(): void {
    const stage = this.#stage;
    this.#stage = { kind: 'over' };
    if (stage.kind === 'WELCOME') stage.pair.wipe();
    if (stage.kind === 'WELCOME' || stage.kind === 'READY') stage.key.fill(0);
  }

  #welcomed({ pair, key }: Extract<Stage, { kind: 'WELCOME' }>, body: Uint8Array): MechanismStep {
    expectCommand(body, 'WELCOME');
    const { random, box } = decodeWelcome(body);
    const { crypto, keyPair, properties, serverKey } = this.#options;
    const content = open(crypto.cipher, key, nonceOf('WELCOME-', random), box, 'WELCOME');
    const shortServerKey = content.subarray(0, KEY_LENGTH);
    const cookie = content.subarray(KEY_LENGTH);

    const vouchKey = agreedKey(crypto.cipher, keyPair, shortServerKey);
    const vouch = sealVouch(crypto, vouchKey, { clientKey: pair.publicKey, serverKey });
    vouchKey.fill(0);

    const shortKey = agreedKey(crypto.cipher, pair, shortServerKey);
    const counter = this.#nextCounter();
    const identity = concat(keyPair.publicKey, vouch, encodeProperties(properties));
    const initiate = seal(crypto.cipher, shortKey, nonceOf('CurveZMQINITIATE', counter), identity);
    this.wipe();
    this.#stage = { kind: 'READY', key: shortKey };
    return { commands: [encodeInitiate({ cookie, counter, box: initiate })], peer: undefined };
  }

  #ready({ key }: Extract<Stage, { kind: 'READY' }>, body: Uint8Array): MechanismStep {
    expectCommand(body, 'READY');
    const { counter, box } = decodeReady(body);
    const { cipher } = this.#options.crypto;
    const peer = decodeProperties(open(cipher, key, nonceOf('CurveZMQREADY---', counter), box, 'READY'));
    const heard = new NonceCounter(readHalf(counter, 0), readHalf(counter, 4));
    const envelope = new CurveEnvelope({ cipher, key, asServer: false, sent: this.#sent, heard });
    this.wipe();
    return { commands: [], peer, envelope };
  }

  #nextCounter(): Uint8Array {
    this.#sent.advance();
    return this.#sent.encode();
  }
}

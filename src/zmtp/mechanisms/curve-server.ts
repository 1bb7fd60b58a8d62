/**
 * RFC 26 "CurveZMQ", the side whose key the other knows; `curve-client.ts` shows who says what.
 *
 * A client that has only sent HELLO has proved nothing, so nothing is kept for it but the key of its cookie and the
 * counter that its INITIATE must exceed (8 octets, for which the cookie has no room). The cookie's key is of this
 * connection alone: on another one the cookie is worth nothing, and a recorded opening cannot be played again.
 *
 * Whoever it is, somebody has to say whether it may come in. READY waits for that.
 */
import { ProtocolError } from '../../errors.ts';
import { isZero } from '../crypto/equal.ts';
import { KEY_LENGTH } from '../crypto/box-cipher.ts';
import type { KeyPair } from '../crypto/key-exchange.ts';
import type { Mechanism, MechanismStep } from '../mechanism.ts';
import { decodeProperties, encodeProperties, type Metadata, type Property } from '../metadata.ts';
import { concat } from '../octets.ts';
import { agreedKey, open, seal } from './curve-box.ts';
import {
  decodeHello,
  decodeInitiate,
  encodeReady,
  encodeWelcome,
  expectCommand,
  unexpectedCommand,
  type Initiate,
} from './curve-commands.ts';
import { openCookie, sealCookie } from './curve-cookie.ts';
import type { CurveCrypto } from './curve-crypto.ts';
import { CurveEnvelope } from './curve-envelope.ts';
import { NonceCounter, nonceOf, outOfSequence, RANDOM_LENGTH, readHalf } from './curve-nonce.ts';
import { checkVouch, VOUCH_LENGTH } from './curve-vouch.ts';

/** Where properties begin in the box of INITIATE: behind C and the vouch. */
const VOUCH_END = KEY_LENGTH + VOUCH_LENGTH;

/** What a server of CURVE is made of. */
export interface CurveServerOptions {
  /** S: the long-term pair, which is not wiped here. */
  readonly keyPair: KeyPair;
  /** What READY tells of this side. */
  readonly properties: readonly Property[];
  readonly crypto: CurveCrypto;
  /** The nonces that count as sent; none when nothing is said. */
  readonly sent?: NonceCounter;
}

/** What is waited for; `heard` is the client's last nonce. */
type Stage =
  | { readonly kind: 'HELLO' }
  | { readonly kind: 'INITIATE'; readonly cookieKey: Uint8Array; readonly heard: NonceCounter }
  | { readonly kind: 'answer'; readonly key: Uint8Array; readonly heard: NonceCounter; readonly peer: Metadata }
  | { readonly kind: 'over' };

/** The server of CURVE. */
export class CurveServer implements Mechanism {
  readonly name = 'CURVE';
  readonly asServer = true;
  readonly #options: CurveServerOptions;
  readonly #sent: NonceCounter;
  #stage: Stage = { kind: 'HELLO' };

  constructor(options: CurveServerOptions) {
    this.#options = options;
    this.#sent = options.sent ?? new NonceCounter();
  }

  start(): MechanismStep {
    return { commands: [], peer: undefined };
  }

  receive(body: Uint8Array): MechanismStep {
    const stage = this.#stage;
    switch (stage.kind) {
      case 'HELLO':
        return this.#greet(body);
      case 'INITIATE':
        return this.#meet(stage, body);
      case 'answer':
        throw unexpectedCommand(body, 'before READY');
      case 'over':
        throw unexpectedCommand(body, 'behind the handshake');
    }
  }

  admit(): MechanismStep {
    const stage = this.#stage;
    if (stage.kind !== 'answer') return { commands: [], peer: undefined };
    const { key, heard, peer } = stage;
    const { crypto, properties } = this.#options;
    const sent = this.#sent;
    sent.advance();
    const counter = sent.encode();
    const box = seal(crypto.cipher, key, nonceOf('CurveZMQREADY---', counter), encodeProperties(properties));
    const envelope = new CurveEnvelope({ cipher: crypto.cipher, key, asServer: true, sent, heard });
    this.wipe();
    return { commands: [encodeReady({ counter, box })], peer, envelope };
  }

  wipe(): void {
    const stage = this.#stage;
    this.#stage = { kind: 'over' };
    if (stage.kind === 'INITIATE') stage.cookieKey.fill(0);
    if (stage.kind === 'answer') stage.key.fill(0);
  }

  /** What is cheap to check comes first: anybody may send a HELLO. */
  #greet(body: Uint8Array): MechanismStep {
    expectCommand(body, 'HELLO');
    const { publicKey, counter, box } = decodeHello(body);
    const { crypto, keyPair } = this.#options;
    const { cipher, exchange } = crypto;
    const key = agreedKey(cipher, keyPair, publicKey);
    const signature = open(cipher, key, nonceOf('CurveZMQHELLO---', counter), box, 'HELLO');
    if (!isZero(signature)) {
      throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_HELLO', 'HELLO whose box holds other than zeros'); // libzmq lets it pass
    }

    const pair = exchange.generate();
    const cookieKey = exchange.randomBytes(KEY_LENGTH);
    const secretKey = pair.secretKey();
    const content = concat(pair.publicKey, sealCookie(crypto, cookieKey, { clientKey: publicKey, secretKey }));
    pair.wipe();
    secretKey.fill(0);
    const random = exchange.randomBytes(RANDOM_LENGTH);
    const welcome = seal(cipher, key, nonceOf('WELCOME-', random), content);
    key.fill(0);
    this.#stage = { kind: 'INITIATE', cookieKey, heard: new NonceCounter(readHalf(counter, 0), readHalf(counter, 4)) };
    return { commands: [encodeWelcome({ random, box: welcome })], peer: undefined };
  }

  #meet({ cookieKey, heard }: Extract<Stage, { kind: 'INITIATE' }>, body: Uint8Array): MechanismStep {
    expectCommand(body, 'INITIATE');
    const initiate = decodeInitiate(body);
    const { counter } = initiate;
    const [high, low] = [readHalf(counter, 0), readHalf(counter, 4)];
    if (!heard.precedes(high, low)) throw outOfSequence('INITIATE'); // libzmq does not look
    const { clientKey, key, peer } = this.#recognize(cookieKey, initiate);
    heard.moveTo(high, low);
    this.wipe();
    this.#stage = { kind: 'answer', key, heard, peer };
    return { commands: [], peer: undefined, credentials: { mechanism: 'CURVE', frames: [clientKey] } };
  }

  /** Who it is: its long-term key, the key of what follows, its properties. */
  #recognize(
    cookieKey: Uint8Array,
    { cookie, counter, box }: Initiate,
  ): { readonly clientKey: Uint8Array; readonly key: Uint8Array; readonly peer: Metadata } {
    const { crypto, keyPair } = this.#options;
    const { cipher, exchange } = crypto;
    const kept = openCookie(crypto, cookieKey, cookie);
    const pair = exchange.fromSecretKey(kept.secretKey);
    kept.secretKey.fill(0);
    try {
      const key = agreedKey(cipher, pair, kept.clientKey);
      const content = open(cipher, key, nonceOf('CurveZMQINITIATE', counter), box, 'INITIATE');
      const clientKey = new Uint8Array(content.subarray(0, KEY_LENGTH));
      const vouchKey = agreedKey(cipher, pair, clientKey);
      checkVouch(crypto, vouchKey, content.subarray(KEY_LENGTH, VOUCH_END), {
        clientKey: kept.clientKey,
        serverKey: keyPair.publicKey,
      });
      vouchKey.fill(0);
      return { clientKey, key, peer: decodeProperties(content.subarray(VOUCH_END)) };
    } finally {
      pair.wipe();
    }
  }
}

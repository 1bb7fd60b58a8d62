/**
 * The client's half of a handshake of CURVE (RFC 26), made to cost little: what a client can have ready before it
 * connects is ready. It trusts the server's READY unopened.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { hsalsa, secretbox } from '@noble/ciphers/salsa.js';
import { decodeZ85 } from '../../src/zmtp/z85.ts';
import type { Security } from '../contestants/security.ts';
import { commandFrame, greetingOf, type BareClient } from './bare-client.ts';

type Curve = Extract<Security, { readonly mechanism: 'CURVE' }>;

/** Each is used by one connection at a time, and by many in turn: to a server they are as good as new. */
const TRANSIENTS = 256;

const SIGMA = new Uint32Array(Uint8Array.from(Buffer.from('expand 32-byte k')).buffer);

/** A key pair for some connections, and what follows from it and the server's key. */
interface Transient {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
  /** C'S: what HELLO and WELCOME are sealed with. */
  readonly key: Uint8Array;
  readonly opening: Uint8Array;
}

export function curveHandshake(
  { server, client: { publicKey, secretKey } }: Curve,
  properties: Uint8Array,
): (client: BareClient) => Promise<void> {
  const serverKey = decodeZ85(server.publicKey);
  const ownKey = decodeZ85(publicKey);
  const ownSecret = privateKeyOf(decodeZ85(secretKey), ownKey);
  const transients = Array.from({ length: TRANSIENTS }, () => makeTransient(serverKey));
  let next = 0;

  return async client => {
    const transient = transients[next % TRANSIENTS] ?? makeTransient(serverKey);
    next += 1;
    client.say(transient.opening);

    const welcome = await client.command('WELCOME');
    const opened = secretbox(transient.key, nonce('WELCOME-', welcome.subarray(8, 24))).open(welcome.subarray(24));
    const [theirKey, cookie] = [opened.subarray(0, 32), opened.subarray(32)];

    const vouchNonce = randomBytes(16);
    const vouched = Buffer.concat([transient.publicKey, serverKey]);
    const vouch = secretbox(agree(ownSecret, theirKey), nonce('VOUCH---', vouchNonce)).seal(vouched);
    const told = Buffer.concat([ownKey, vouchNonce, vouch, properties]);
    const toldKey = agree(transient.privateKey, theirKey);
    const box = secretbox(toldKey, nonce('CurveZMQINITIATE', counter(2))).seal(told);
    client.say(commandFrame('INITIATE', cookie, counter(2), box));
    await client.command('READY');
  };
}

function makeTransient(serverKey: Uint8Array): Transient {
  const pair = generateKeyPairSync('x25519');
  const publicKey = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = agree(pair.privateKey, serverKey);
  const box = secretbox(key, nonce('CurveZMQHELLO---', counter(1))).seal(new Uint8Array(64));
  const hello = commandFrame('HELLO', Uint8Array.of(1, 0), new Uint8Array(72), publicKey, counter(1), box);
  return { publicKey, privateKey: pair.privateKey, key, opening: Buffer.concat([greetingOf('CURVE'), hello]) };
}

/** The key of a box between the two: HSalsa20 of what X25519 agrees on. */
function agree(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array {
  const x = Buffer.from(publicKey).toString('base64url');
  const theirs = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  const shared = Uint8Array.from(diffieHellman({ privateKey, publicKey: theirs }));
  const key = new Uint32Array(8);
  hsalsa(SIGMA, new Uint32Array(shared.buffer), new Uint32Array(4), key);
  return new Uint8Array(key.buffer);
}

function privateKeyOf(secret: Uint8Array, publicKey: Uint8Array): KeyObject {
  const inText = (key: Uint8Array): string => Buffer.from(key).toString('base64url');
  return createPrivateKey({
    key: { kty: 'OKP', crv: 'X25519', d: inText(secret), x: inText(publicKey) },
    format: 'jwk',
  });
}

function nonce(start: string, rest: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([Buffer.from(start), rest]));
}

/** A short nonce. */
function counter(value: number): Uint8Array {
  const octets = new Uint8Array(8);
  octets[7] = value;
  return octets;
}

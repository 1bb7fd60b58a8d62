/** Key pairs, nonces and boxes of RFC 26, on NaCl as TweetNaCl has it. Nothing is checked but what NaCl insists on. */
import nacl from 'tweetnacl';
import { ascii, join, uint64 } from './octets.ts';

export interface KeyPair {
  /** 32 octets. */
  readonly publicKey: Uint8Array;
  /** 32 octets. */
  readonly secretKey: Uint8Array;
}

/** Takes about as long as an agreement: share pairs where a case is not about them. */
export function keyPair(): KeyPair {
  return nacl.box.keyPair();
}

/** What two sides seal and open with. Takes a millisecond or two, so it is made once for all boxes. */
export function agree(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return nacl.box.before(publicKey, secretKey);
}

/** What stands in front of a short nonce (16 characters) or a long one (8). */
export const PREFIX = {
  hello: 'CurveZMQHELLO---',
  initiate: 'CurveZMQINITIATE',
  ready: 'CurveZMQREADY---',
  messageOfClient: 'CurveZMQMESSAGEC',
  messageOfServer: 'CurveZMQMESSAGES',
  /** Of the RFC's grammar; its text has the two above. */
  messageOfGrammar: 'CurveZMQMESSAGE-',
  welcome: 'WELCOME-',
  vouch: 'VOUCH---',
} as const;

/** 24 octets of a prefix and a counter. */
export function shortNonce(prefix: string, counter: bigint): Uint8Array {
  return join(ascii(prefix), uint64(counter));
}

/** 24 octets of a prefix and 16 random ones. */
export function longNonce(prefix: string, random: Uint8Array): Uint8Array {
  return join(ascii(prefix), random);
}

/** 16 octets more than it holds. */
export function seal(key: Uint8Array, nonce: Uint8Array, content: Uint8Array): Uint8Array {
  return nacl.box.after(content, nonce, key);
}

/** Undefined where the box does not open. */
export function unseal(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array | undefined {
  return nacl.box.open.after(box, nonce, key) ?? undefined;
}

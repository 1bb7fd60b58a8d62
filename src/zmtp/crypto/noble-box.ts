/** XSalsa20-Poly1305 as @noble/ciphers has it: runs everywhere, and is what every faster one is held to. */
import { hsalsa, secretbox } from '@noble/ciphers/salsa.js';
import { concat } from '../octets.ts';
import { KEY_LENGTH, TAG_LENGTH, type Box, type BoxCipher } from './box-cipher.ts';

const NONCE_LENGTH = 24;
const NONCE_START = 16;
/** "expand 32-byte k", the constant of Salsa20 with keys of 32 octets, as words in the order of the machine. */
const SIGMA = new Uint32Array(Uint8Array.from('expand 32-byte k', character => character.charCodeAt(0)).buffer);

export const nobleBoxCipher: BoxCipher = {
  name: 'noble',
  subkey(key, input) {
    const subkey = new Uint32Array(KEY_LENGTH / 4);
    hsalsa(SIGMA, words(key), words(input), subkey);
    return new Uint8Array(subkey.buffer);
  },
  box: (key, nonceStart) => new NobleBox(key, nonceStart),
};

class NobleBox implements Box {
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE_LENGTH);
  readonly #counter = new DataView(this.#nonce.buffer, NONCE_START);

  constructor(key: Uint8Array, nonceStart: Uint8Array) {
    this.#key = concat(key);
    this.#nonce.set(nonceStart);
  }

  seal(high: number, low: number, octets: Uint8Array, at: number, length: number): void {
    const plaintext = octets.subarray(at + TAG_LENGTH, at + TAG_LENGTH + length);
    octets.set(this.#secretbox(high, low).seal(plaintext), at);
  }

  open(high: number, low: number, octets: Uint8Array, at: number, length: number): boolean {
    const sealed = octets.subarray(at, at + TAG_LENGTH + length);
    try {
      octets.set(this.#secretbox(high, low).open(sealed), at + TAG_LENGTH);
    } catch {
      return false; // its only error for octets of this length: the tag is not genuine
    }
    return true;
  }

  wipe(): void {
    this.#key.fill(0);
  }

  #secretbox(high: number, low: number): ReturnType<typeof secretbox> {
    this.#counter.setUint32(0, high);
    this.#counter.setUint32(4, low);
    return secretbox(this.#key, this.#nonce);
  }
}

/** Words that stand at an address of their own, as hsalsa() wants them. */
function words(octets: Uint8Array): Uint32Array {
  return new Uint32Array(concat(octets).buffer);
}

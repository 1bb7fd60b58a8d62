/**
 * Which XSalsa20-Poly1305 this host gets: WebAssembly where it compiles, runs and gives the right octets, else noble.
 *
 * Reasons why it may not: no WebAssembly, or one without SIMD; a content security policy without `wasm-unsafe-eval`; a host
 * that limits what may be compiled while its main thread waits; an engine with a fault. What noble needs is there always.
 */
import { concat, hasAt } from '../octets.ts';
import { KEY_LENGTH, TAG_LENGTH, type BoxCipher } from './box-cipher.ts';
import { nobleBoxCipher } from './noble-box.ts';
import { wasmBoxCipher } from './wasm-box-cipher.ts';
import { hostWebAssembly, type WebAssemblyHost } from './web-assembly.ts';

/**
 * The tags that noble gives to messages of these lengths, which take two blocks of the key stream at a time, four, more than
 * that, and a last block that is short.
 */
const TAGS: readonly (readonly [length: number, tag: string])[] = [
  [0, '0e20b9d216de4db9b284df8ceb727dd0'],
  [64, '6470121566d4abcf96a14b637610d4d9'],
  [300, 'dc9fa36eb6e5621327887f7b795408e6'],
];

/** What this process has found. It would find the same again. */
const found: { cipher?: BoxCipher } = {};

/** The cipher for this host. The first call takes some milliseconds to find it, all others none. */
export function bestBoxCipher(): BoxCipher {
  return (found.cipher ??= chooseBoxCipher(hostWebAssembly()));
}

/** The cipher for a host that has this WebAssembly. */
export function chooseBoxCipher(webAssembly: WebAssemblyHost | undefined): BoxCipher {
  if (webAssembly === undefined) return nobleBoxCipher;
  try {
    const cipher = wasmBoxCipher(webAssembly);
    return isRight(cipher) ? cipher : nobleBoxCipher;
  } catch {
    return nobleBoxCipher; // whatever it was, there is a cipher that needs nothing
  }
}

/** Whether it seals fixed messages as it should, opens them again, and refuses a forged tag. */
function isRight(cipher: BoxCipher): boolean {
  const box = cipher.box(counting(KEY_LENGTH, 1), counting(16, 33));
  const [high, low] = [0x89abcdef, 0x01234567];
  return TAGS.every(([length, tag]) => {
    const plain = counting(TAG_LENGTH + length, 0);
    const sealed = concat(plain);
    box.seal(high, low, sealed, 0, length);
    if (hex(sealed.subarray(0, TAG_LENGTH)) !== tag) return false;
    const forged = sealed.with(0, (sealed[0] ?? 0) ^ 0x80);
    if (box.open(high, low, forged, 0, length) || !box.open(high, low, sealed, 0, length)) return false;
    return hasAt(sealed, TAG_LENGTH, plain.subarray(TAG_LENGTH));
  });
}

function counting(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join('');
}

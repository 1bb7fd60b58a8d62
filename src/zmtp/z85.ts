/**
 * RFC 32: octets as printable text, four octets as five characters, which stand for the digits of a number in base 85.
 * It is how keys of CURVE are written down: 32 octets, 40 characters.
 */
import { UsageError } from '../errors.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const BASE = 85;
const OCTETS = 4;
const DIGITS = 5;
const GROUP_MAX = 0xffff_ffff;
const NO_DIGIT = 0xff;

/** The value of each ASCII character. */
const VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < BASE; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/**
 * Octets as text.
 *
 * @example
 * ```ts
 * encodeZ85(Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b)); // 'HelloWorld'
 * ```
 * @param octets - a multiple of 4
 * @throws UsageError EINVAL for any other number of octets
 */
export function encodeZ85(octets: Uint8Array): string {
  if (octets.length % OCTETS !== 0) {
    throw new UsageError('EINVAL', `${String(octets.length)} octets for Z85, expected a multiple of ${String(OCTETS)}`);
  }
  let text = '';
  for (let at = 0; at < octets.length; at += OCTETS) text += encodeGroup(octets, at);
  return text;
}

function encodeGroup(octets: Uint8Array, at: number): string {
  let number = 0;
  for (let i = 0; i < OCTETS; i += 1) number = number * 256 + (octets[at + i] ?? 0);
  let text = '';
  for (let i = 0; i < DIGITS; i += 1) {
    text = ALPHABET.charAt(number % BASE) + text;
    number = Math.floor(number / BASE);
  }
  return text;
}

/**
 * Text as octets.
 * @param text - a multiple of 5 characters
 * @throws UsageError EINVAL for any other length, a character that is not of Z85, and five characters that stand for more
 * than 32 bits. The text itself, which may be a key, is not in the message.
 */
export function decodeZ85(text: string): Uint8Array {
  if (text.length % DIGITS !== 0) {
    throw new UsageError(
      'EINVAL',
      `${String(text.length)} characters of Z85, expected a multiple of ${String(DIGITS)}`,
    );
  }
  const octets = new Uint8Array((text.length / DIGITS) * OCTETS);
  for (let group = 0; group * DIGITS < text.length; group += 1) {
    let number = decodeGroup(text, group * DIGITS);
    for (let i = OCTETS - 1; i >= 0; i -= 1) {
      octets[group * OCTETS + i] = number % 256;
      number = Math.floor(number / 256);
    }
  }
  return octets;
}

function decodeGroup(text: string, at: number): number {
  let number = 0;
  for (let i = at; i < at + DIGITS; i += 1) {
    const value = VALUES[text.charCodeAt(i)] ?? NO_DIGIT;
    if (value === NO_DIGIT) throw new UsageError('EINVAL', `character ${String(i + 1)} of the text is not of Z85`);
    number = number * BASE + value;
  }
  if (number > GROUP_MAX) {
    throw new UsageError(
      'EINVAL',
      `characters ${String(at + 1)} to ${String(at + DIGITS)} of Z85 stand for over 32 bits`,
    );
  }
  return number;
}

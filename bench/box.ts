/**
 * What does a box cost? Boxes are sealed and opened in place, in one slab of 64 KiB as a connection has it, or in a message of
 * their own where they do not fit. The ciphers take turns, so that their ratio is of one moment.
 */
import { TAG_LENGTH, type BoxCipher } from '../src/zmtp/crypto/box-cipher.ts';
import { bestBoxCipher } from '../src/zmtp/crypto/best-box.ts';
import { nobleBoxCipher } from '../src/zmtp/crypto/noble-box.ts';

const ROUNDS = 15;
const SLAB_BYTES = 64 * 1024;
const SIZES = [64, 1024, 16 * 1024, 256 * 1024];

interface Times {
  readonly sealNs: number;
  readonly openNs: number;
}

/** Prints a line for each size: medians, and how many times as fast as noble the cipher of this host is. */
export function run(print: (line: object) => void): void {
  const ciphers = [nobleBoxCipher, bestBoxCipher()];
  for (const cipher of ciphers) for (const size of SIZES) time(cipher, size, 1000);
  for (const size of SIZES) {
    const boxes = Math.ceil(2e6 / (size + 500));
    const rounds = Array.from({ length: ROUNDS }, () => ciphers.map(cipher => time(cipher, size, boxes)));
    const [noble = NaN, best = NaN] = ciphers.map((cipher, i) => {
      const sealNs = median(rounds.map(round => round[i]?.sealNs ?? NaN));
      const openNs = median(rounds.map(round => round[i]?.openNs ?? NaN));
      print({ bench: 'box', size, cipher: cipher.name, sealNs: Math.round(sealNs), openNs: Math.round(openNs) });
      return sealNs + openNs;
    });
    print({ bench: 'box', size, timesNoble: Math.round((noble / best) * 10) / 10 });
  }
}

/** Nanoseconds for one box each way. */
function time(cipher: BoxCipher, size: number, boxes: number): Times {
  const box = cipher.box(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2));
  const pace = TAG_LENGTH + size;
  const slab = new Uint8Array(Math.max(SLAB_BYTES, pace));
  const inSlab = Math.min(boxes, Math.floor(slab.length / pace));
  let [seal, open] = [0n, 0n];
  for (let done = 0; done < boxes; done += inSlab) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < inSlab; i += 1) box.seal(0, i, slab, i * pace, size);
    const between = process.hrtime.bigint();
    for (let i = 0; i < inSlab; i += 1) {
      if (!box.open(0, i, slab, i * pace, size)) throw new Error('a box was not opened');
    }
    open += process.hrtime.bigint() - between;
    seal += between - start;
  }
  const total = Math.ceil(boxes / inSlab) * inSlab;
  return { sealNs: Number(seal) / total, openNs: Number(open) / total };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >>> 1] ?? NaN;
}

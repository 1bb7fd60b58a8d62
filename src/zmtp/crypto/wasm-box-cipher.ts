/**
 * XSalsa20-Poly1305 by WebAssembly: octets go through the window of wasm-box.ts and back.
 *
 * A box keeps 32 octets, its key, in memory of its own; they are in the module's only during a call. The window is
 * zeroed after `open`, so no plaintext stays in it (12 ns for 64 octets, nothing that shows from 1 KiB on).
 * Sealing leaves ciphertext there. What the engine's registers, stack and collector have of a key is out of reach.
 *
 * Copying by `set` in and out costs 70 ns whatever the length is up to 1 KiB. A loop over words takes half of that for 16
 * octets, as much for 80, and more from there on; a loop over octets is slower for all but the shortest.
 */
import { KEY_LENGTH, TAG_LENGTH, type Box, type BoxCipher } from './box-cipher.ts';
import { KEY, modes, ROOM, SUBKEY_INPUT, TAG, WINDOW, WINDOW_LENGTH } from './wasm-box.ts';
import { compileKernel, type WasmKernel } from './wasm-kernel.ts';
import { BLOCK_LENGTH } from './wasm-salsa20.ts';
import type { WebAssemblyHost } from './web-assembly.ts';

/** Where the first piece of a message goes. */
const MESSAGE = WINDOW + ROOM;
/** The most octets that one call seals or opens. */
const WHOLE = WINDOW_LENGTH - ROOM;

/**
 * Compiles a kernel of its own.
 *
 * @throws TypeError, RangeError or WebAssembly.CompileError where there is no SIMD, or code must not be compiled
 */
export function wasmBoxCipher(webAssembly: WebAssemblyHost): BoxCipher {
  const kernel = compileKernel(webAssembly);
  return {
    name: 'wasm',
    subkey: (key, input) => subkey(kernel, key, input),
    box: (key, nonceStart) => new WasmBox(kernel, subkey(kernel, key, nonceStart)),
  };
}

function subkey({ memory, subkey: compute, wipe }: WasmKernel, key: Uint8Array, input: Uint8Array): Uint8Array {
  memory.set(key, KEY);
  memory.set(input, SUBKEY_INPUT);
  compute();
  const result = memory.slice(KEY, KEY + KEY_LENGTH);
  wipe();
  return result;
}

class WasmBox implements Box {
  readonly #kernel: WasmKernel;
  readonly #key: Uint8Array;

  /** @param key - the subkey; belongs to the box now */
  constructor(kernel: WasmKernel, key: Uint8Array) {
    this.#kernel = kernel;
    this.#key = key;
  }

  seal(high: number, low: number, octets: Uint8Array, at: number, length: number): void {
    const { memory, seal, begin, end, wipe } = this.#kernel;
    const start = at + TAG_LENGTH;
    memory.set(this.#key, KEY);
    if (length <= WHOLE) {
      memory.set(octets.subarray(start, start + length), MESSAGE);
      seal(high | 0, low | 0, length);
      octets.set(memory.subarray(MESSAGE - TAG_LENGTH, MESSAGE + length), at);
    } else {
      begin(high | 0, low | 0);
      this.#pass(modes.seal, octets, start, length);
      end();
      octets.set(memory.subarray(TAG, TAG + TAG_LENGTH), at);
      wipe();
    }
  }

  open(high: number, low: number, octets: Uint8Array, at: number, length: number): boolean {
    const { memory, open, begin } = this.#kernel;
    const start = at + TAG_LENGTH;
    memory.set(this.#key, KEY);
    if (length <= WHOLE) {
      memory.set(octets.subarray(at, start + length), MESSAGE - TAG_LENGTH);
      const genuine = open(high | 0, low | 0, length) === 1;
      if (genuine) octets.set(memory.subarray(MESSAGE, MESSAGE + length), start);
      memory.fill(0, MESSAGE, MESSAGE + length);
      return genuine;
    }
    begin(high | 0, low | 0);
    this.#pass(modes.check, octets, start, length);
    const genuine = this.#isTag(octets, at);
    if (genuine) this.#pass(modes.decrypt, octets, start, length);
    this.#kernel.wipe();
    memory.fill(0, WINDOW, WINDOW + WINDOW_LENGTH);
    return genuine;
  }

  wipe(): void {
    this.#key.fill(0);
  }

  /** Takes a message that is longer than the window through it, piece by piece. */
  #pass(mode: number, octets: Uint8Array, start: number, length: number): void {
    const { memory, part } = this.#kernel;
    let block = 0;
    let room: number = ROOM; // which only the first piece has
    for (let done = 0; done < length;) {
      const size = Math.min(WINDOW_LENGTH - room, length - done);
      const piece = memory.subarray(WINDOW + room, WINDOW + room + size);
      piece.set(octets.subarray(start + done, start + done + size));
      part(block, room + size, mode);
      if (mode !== modes.check) octets.set(piece, start + done);
      done += size;
      block += WINDOW_LENGTH / BLOCK_LENGTH;
      room = 0;
    }
  }

  /** Compares all 16 octets wherever one differs. */
  #isTag(octets: Uint8Array, at: number): boolean {
    const { memory, end } = this.#kernel;
    end();
    let difference = 0;
    for (let i = 0; i < TAG_LENGTH; i += 1) difference |= (octets[at + i] ?? 0) ^ (memory[TAG + i] ?? 0);
    return difference === 0;
  }
}

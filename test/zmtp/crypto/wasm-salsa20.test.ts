import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ModuleBuilder, type Code } from '../../../src/zmtp/crypto/wasm-assembler.ts';
import { i32 } from '../../../src/zmtp/crypto/wasm-instructions.ts';
import { defineKeyStream, writeHSalsa20, writeInput } from '../../../src/zmtp/crypto/wasm-salsa20.ts';
import { assembled } from '../../support/web-assembly.ts';
import { toHex } from '../../support/zmtp-hex.ts';

const salsa20 = suite('zmtp/crypto/wasm-salsa20');

const [KEY, NONCE, INPUT, OUTPUT] = [0, 32, 64, 128];

/** The program with nothing around it, for so many blocks at a time. */
function program(blocks: number): ReturnType<typeof assembled> {
  const module = new ModuleBuilder();
  const keyStream = defineKeyStream(module, blocks, INPUT, OUTPUT);
  const word = (i: number): Code => i32.load(i32.const(NONCE + 4 * i));
  module.export('input', f => writeInput(f, INPUT, KEY, { 6: word(0), 7: word(1), 8: word(2), 9: word(3) }));
  module.export('hsalsa20', f => writeHSalsa20(f, INPUT, OUTPUT));
  module.export('keyStream', f => keyStream(f.parameter('i32').get));
  return assembled(module);
}

// Bernstein's specification, sections 3 to 7, word by word.

function rounds(input: Uint32Array): Uint32Array {
  const x = input.slice();
  const step = (to: number, a: number, b: number, bits: number): void => {
    const sum = ((x[a] ?? 0) + (x[b] ?? 0)) | 0;
    x[to] = (x[to] ?? 0) ^ ((sum << bits) | (sum >>> (32 - bits)));
  };
  const quarterround = (a: number, b: number, c: number, d: number): void => {
    step(b, a, d, 7);
    step(c, b, a, 9);
    step(d, c, b, 13);
    step(a, d, c, 18);
  };
  for (let i = 0; i < 10; i += 1) {
    quarterround(0, 4, 8, 12);
    quarterround(5, 9, 13, 1);
    quarterround(10, 14, 2, 6);
    quarterround(15, 3, 7, 11);
    quarterround(0, 1, 2, 3);
    quarterround(5, 6, 7, 4);
    quarterround(10, 11, 8, 9);
    quarterround(15, 12, 13, 14);
  }
  return x;
}

const words = (octets: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(octets).buffer);

function squareOf(key: Uint8Array, nonce: Uint8Array): Uint32Array {
  const [k, n, sigma] = [words(key), words(nonce), words(new TextEncoder().encode('expand 32-byte k'))];
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = sigma;
  return Uint32Array.of(s0, ...k.subarray(0, 4), s1, ...n, s2, ...k.subarray(4), s3);
}

function blockOf(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const square = squareOf(key, nonce);
  return new Uint8Array(rounds(square).map((word, i) => word + (square[i] ?? 0)).buffer);
}

const octetsOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

salsa20('gives the block that the specification shows (section 9)', () => {
  const { memory, call } = program(1);
  const counting = (first: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, i) => first + i);
  memory.set([...counting(1), ...counting(201)], KEY);
  memory.set(counting(101), NONCE);
  call('input');
  call('keyStream', words(counting(101))[2] ?? 0);
  assert.equal(
    [...memory.subarray(OUTPUT, OUTPUT + 64)],
    [
      ...[69, 37, 68, 39, 41, 15, 107, 193, 255, 139, 122, 6, 170, 233, 217, 98],
      ...[89, 144, 182, 106, 21, 51, 200, 65, 239, 49, 222, 34, 215, 114, 40, 126],
      ...[104, 197, 7, 225, 197, 153, 31, 2, 102, 78, 76, 176, 84, 245, 246, 184],
      ...[177, 160, 133, 130, 6, 72, 149, 119, 192, 195, 132, 236, 234, 103, 246, 74],
    ],
  );
});

for (const blocks of [1, 2, 4]) {
  salsa20(`gives the key stream of the definition, ${blocks} blocks at a time`, () => {
    const { memory, call } = program(blocks);
    fc.assert(
      fc.property(octetsOf(32), octetsOf(8), fc.oneof(fc.nat(9), fc.nat(0xfffffff0)), (key, nonce, first) => {
        memory.set(key, KEY);
        memory.set(nonce, NONCE);
        memory.fill(0, NONCE + 8, NONCE + 16);
        call('input');
        call('keyStream', first);
        for (let i = 0; i < blocks; i += 1) {
          const numbered = Uint8Array.of(...nonce, ...new Uint8Array(Uint32Array.of(first + i, 0).buffer));
          const block = memory.subarray(OUTPUT + 64 * i, OUTPUT + 64 * i + 64);
          assert.is(toHex(block), toHex(blockOf(key, numbered)), `block ${i}`);
        }
      }),
    );
  });
}

salsa20('gives HSalsa20 of the definition', () => {
  const { memory, call } = program(1);
  fc.assert(
    fc.property(octetsOf(32), octetsOf(16), (key, input) => {
      memory.set(key, KEY);
      memory.set(input, NONCE);
      call('input');
      call('hsalsa20');
      const square = rounds(squareOf(key, input));
      const expected = [0, 5, 10, 15, 6, 7, 8, 9].map(i => square[i] ?? 0);
      assert.is(toHex(memory.subarray(OUTPUT, OUTPUT + 32)), toHex(new Uint8Array(Uint32Array.from(expected).buffer)));
    }),
  );
});

salsa20.run();

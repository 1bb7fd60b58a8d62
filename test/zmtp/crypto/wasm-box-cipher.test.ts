import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wasmBoxCipher } from '../../../src/zmtp/crypto/wasm-box-cipher.ts';
import { WINDOW, WINDOW_LENGTH } from '../../../src/zmtp/crypto/wasm-box.ts';
import { boxContract } from '../../support/box-contract.ts';
import { instanceOf, nodeWebAssembly, withCompiler, withExports } from '../../support/web-assembly.ts';
import { pattern, toHex } from '../../support/zmtp-hex.ts';

boxContract(wasmBoxCipher(nodeWebAssembly));

const memory = suite('the memory of the WebAssembly box');
const LENGTHS = [0, 1, 64, 300, WINDOW_LENGTH - 32, WINDOW_LENGTH - 31, 100_000];

/** A cipher, and the memory of its module. */
function spied(): { cipher: ReturnType<typeof wasmBoxCipher>; memory: { readonly buffer: ArrayBuffer } } {
  const instance = instanceOf(nodeWebAssembly);
  return { cipher: wasmBoxCipher(withExports(instance.exports)), memory: instance.memory };
}

const isZero = (octets: Uint8Array): boolean => octets.every(octet => octet === 0);

memory('has nothing left in front of the window after any call', () => {
  const { cipher, memory } = spied();
  const kept = new Uint8Array(memory.buffer, 0, WINDOW);
  cipher.subkey(pattern(32), pattern(16));
  assert.ok(isZero(kept), 'subkey');
  const box = cipher.box(pattern(32), pattern(16));
  assert.ok(isZero(kept), 'box');
  for (const length of LENGTHS) {
    const octets = pattern(16 + length);
    box.seal(1, 2, octets, 0, length);
    assert.ok(isZero(kept), `seal ${length}`);
    assert.ok(box.open(1, 2, octets, 0, length));
    assert.ok(isZero(kept), `open ${length}`);
    assert.not(box.open(1, 3, pattern(16 + length), 0, length));
    assert.ok(isZero(kept), `refused ${length}`);
  }
});

memory('has no plaintext left after a box was opened, and none after one was sealed', () => {
  const { cipher, memory } = spied();
  const all = (): string => toHex(new Uint8Array(memory.buffer));
  const box = cipher.box(pattern(32), pattern(16));
  for (const length of LENGTHS.filter(each => each >= 64)) {
    const octets = pattern(16 + length, 77);
    const secrets = [octets.slice(16, 32), octets.slice(16 + length - 16)].map(toHex);
    box.seal(1, 2, octets, 0, length);
    for (const secret of secrets) assert.not(all().includes(secret), `seal ${length}`);
    assert.ok(box.open(1, 2, octets, 0, length));
    assert.is(toHex(octets.subarray(16, 32)), secrets[0]);
    for (const secret of secrets) assert.not(all().includes(secret), `open ${length}`);
  }
});

memory('never grows', () => {
  const { cipher, memory } = spied();
  const before = memory.buffer.byteLength;
  const box = cipher.box(pattern(32), pattern(16));
  const octets = new Uint8Array(16 + 2 ** 21);
  box.seal(1, 2, octets, 0, 2 ** 21);
  assert.ok(box.open(1, 2, octets, 0, 2 ** 21));
  assert.is(memory.buffer.byteLength, before);
});

memory('is not needed for a box that is not at work: many boxes keep their keys themselves', () => {
  const { cipher } = spied();
  const boxes = Array.from({ length: 2000 }, (_, i) => cipher.box(pattern(32, i), pattern(16, i >>> 8)));
  const seal = (box: (typeof boxes)[number]): string => {
    const octets = new Uint8Array(16);
    box.seal(0, 0, octets, 0, 0);
    return toHex(octets);
  };
  const tags = boxes.map(seal);
  assert.is(new Set(tags).size, 2000);
  assert.equal(boxes.map(seal), tags);
});

memory.run();

const border = suite('the border to WebAssembly');

for (const missing of ['memory', 'begin', 'part', 'end', 'seal', 'open', 'subkey', 'wipe']) {
  border(`refuses a module without ${missing}`, () => {
    const { [missing]: _missing, ...others } = instanceOf(nodeWebAssembly).exports;
    assert.throws(() => wasmBoxCipher(withExports(others)), /WebAssembly/);
  });
}

border('lets what the host throws through', () => {
  const forbidding = withCompiler(() => {
    throw new Error('not here');
  });
  assert.throws(() => wasmBoxCipher(forbidding), /not here/);
});

border.run();

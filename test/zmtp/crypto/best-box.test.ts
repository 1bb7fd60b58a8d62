import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bestBoxCipher, chooseBoxCipher } from '../../../src/zmtp/crypto/best-box.ts';
import { nobleBoxCipher } from '../../../src/zmtp/crypto/noble-box.ts';
import { WINDOW } from '../../../src/zmtp/crypto/wasm-box.ts';
import { wasmBoxCipher } from '../../../src/zmtp/crypto/wasm-box-cipher.ts';
import { instanceOf, nodeWebAssembly, withCompiler, withExports } from '../../support/web-assembly.ts';

const best = suite('zmtp/crypto/best-box');

function throwing(): never {
  throw new Error('not allowed');
}

best('is WebAssembly on this host, and found once', () => {
  assert.is(bestBoxCipher().name, 'wasm');
  assert.is(bestBoxCipher(), bestBoxCipher());
});

best('is noble where there is no WebAssembly', () => {
  assert.is(chooseBoxCipher(undefined), nobleBoxCipher);
});

best('is WebAssembly where that works', () => {
  assert.is(chooseBoxCipher(withCompiler(() => {})).name, 'wasm');
});

best('is noble where nothing may be compiled, or nothing so large', () => {
  const small = withCompiler(octets => {
    if (octets.length > 4096) throw new RangeError('too large to be compiled while others wait');
  });
  assert.is(chooseBoxCipher(small), nobleBoxCipher);
  assert.is(chooseBoxCipher(withCompiler(throwing)), nobleBoxCipher);
});

best('is noble where there is no SIMD', () => {
  const withoutSimd = withCompiler(octets => {
    for (const [i, octet] of octets.entries()) if (octet === 0xfd) octets[i] = 0xff; // what it does not know
  });
  assert.throws(() => wasmBoxCipher(withoutSimd));
  assert.is(chooseBoxCipher(withoutSimd), nobleBoxCipher);
});

best('is noble where an instance cannot be made, or is not what it should be', () => {
  const unmade = {
    Module: nodeWebAssembly.Module,
    Instance: class {
      readonly exports = throwing();
    },
  };
  assert.is(chooseBoxCipher(unmade), nobleBoxCipher);
  assert.is(chooseBoxCipher(withExports({})), nobleBoxCipher);
});

/** What an engine might get wrong: exports in the place of right ones. */
const faults: readonly { readonly name: string; readonly fault: Readonly<Record<string, () => unknown>> }[] = [
  { name: 'seal does nothing', fault: { seal: () => undefined } },
  { name: 'open finds nothing genuine', fault: { open: () => 0 } },
  { name: 'subkey does nothing', fault: { subkey: () => undefined } },
  { name: 'seal stops with an error', fault: { seal: throwing } },
];

for (const { name, fault } of faults) {
  best(`is noble where ${name}`, () => {
    const faulty = withExports({ ...instanceOf(nodeWebAssembly).exports, ...fault });
    assert.is(wasmBoxCipher(faulty).name, 'wasm', 'which cannot be seen before it is tried');
    assert.is(chooseBoxCipher(faulty), nobleBoxCipher);
  });
}

best('is noble where open finds everything genuine', () => {
  const { exports } = instanceOf(nodeWebAssembly);
  const open = exports['open'] as (...args: number[]) => number;
  const credulous = (...args: number[]): number => open(...args) | 1;
  assert.is(chooseBoxCipher(withExports({ ...exports, open: credulous })), nobleBoxCipher);
});

for (const [name, wrong] of [
  ['seal', WINDOW + 16],
  ['open', WINDOW + 32],
  ['open', WINDOW + 32 + 63],
] as const) {
  best(`is noble where ${name} gets one octet wrong, at ${wrong}`, () => {
    const { exports, memory } = instanceOf(nodeWebAssembly);
    const right = exports[name] as (...args: number[]) => number;
    const faulty = (...args: number[]): number => {
      const answer = right(...args);
      new DataView(memory.buffer).setUint8(wrong, 0xa5);
      return answer;
    };
    assert.is(chooseBoxCipher(withExports({ ...exports, [name]: faulty })), nobleBoxCipher);
  });
}

best.run();

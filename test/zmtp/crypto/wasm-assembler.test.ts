import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ModuleBuilder } from '../../../src/zmtp/crypto/wasm-assembler.ts';
import { control, i32, i64 } from '../../../src/zmtp/crypto/wasm-instructions.ts';
import { assembled } from '../../support/web-assembly.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';

const assembler = suite('zmtp/crypto/wasm-assembler');

assembler('writes the module that the specification describes', () => {
  const module = new ModuleBuilder();
  module.export('add', f => {
    const [a, b] = [f.parameter('i32'), f.parameter('i32')];
    f.result('i32');
    return i32.add(a.get, b.get);
  });
  const expected = hex(`
    00 'asm' 01000000
    | 01 07 01 60 02 7f 7f 01 7f
    | 03 02 01 00
    | 05 04 01 01 01 01
    | 07 10 02 06 'memory' 02 00 03 'add' 00 00
    | 0a 09 01 07 00 20 00 20 01 6a 0b`);
  assert.is(toHex(module.octets(1)), toHex(expected));
  assert.is(assembled(module).call('add', 40, 2), 42);
});

assembler('writes every number of 32 bits as it is', () => {
  const edges = [0, 1, 63, 64, 127, 128, 8191, 8192, 2 ** 31 - 1].flatMap(edge => [edge, -edge, -edge - 1]);
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.constantFrom(...edges)), number => {
      const module = new ModuleBuilder();
      module.export('number', f => {
        f.result('i32');
        return i32.const(number);
      });
      module.export('isEqual', f => {
        const long = f.local('i64');
        f.result('i32');
        return [long.set(i64.const(number)), i32.equal([long.get, 0xa7], i32.const(number))]; // i32.wrap_i64
      });
      const { call } = assembled(module);
      assert.is(call('number'), number);
      assert.is(call('isEqual'), 1);
    }),
    { numRuns: 300 },
  );
});

assembler('keeps parameters, variables, functions and blocks apart', () => {
  const module = new ModuleBuilder();
  const double = module.define(f => {
    const number = f.parameter('i32');
    f.result('i32');
    return i32.add(number.get, number.get);
  });
  module.export('sumOfDoubles', f => {
    const left = f.parameter('i32');
    const sum = f.local('i32');
    f.result('i32');
    return [
      control.block(
        control.branchIf(0, i32.equalsZero(left.get)),
        control.loop(
          sum.set(i32.add(sum.get, double(left.get))),
          control.branchIf(0, left.tee(i32.subtract(left.get, i32.const(1)))),
        ),
      ),
      sum.get,
    ];
  });
  const { call } = assembled(module);
  assert.equal(
    [0, 1, 2, 10].map(n => call('sumOfDoubles', n)),
    [0, 2, 6, 110],
  );
});

assembler('writes names, offsets and functions of any size', () => {
  const module = new ModuleBuilder();
  const ones = Array.from({ length: 5000 }, () => i32.const(1));
  module.export('many', f => {
    f.result('i32');
    return ones.reduce((sum, one) => [sum, one, 0x6a], i32.const(0)); // i32.add
  });
  module.export('n'.repeat(200), f => {
    f.result('i32');
    return [i64.store(i32.const(8), i64.const(-2), 40_000), i32.load(i32.const(0), 40_008)];
  });
  for (const length of [127, 128, 16_383, 16_384]) {
    module.export('x'.repeat(length), f => {
      f.result('i32');
      return i32.const(length);
    });
  }
  const { call } = assembled(module);
  for (const length of [127, 128, 16_383, 16_384]) assert.is(call('x'.repeat(length)), length);
  assert.is(call('many'), 5000);
  assert.is(call('n'.repeat(200)), -2);
});

assembler.run();

/**
 * Salsa20, four words at a time (D. J. Bernstein, "Salsa20 specification", 2005; sections below are its).
 *
 * The state is a square of 16 words. What happens to a column begins at its word on the diagonal and goes down (section 5),
 * what happens to a row begins there too and goes right (section 4). So its vectors are the diagonals:
 *
 *       x0  x1  x2  x3        a = x0  x5 x10 x15      the main one
 *       x4  x5  x6  x7        b = x4  x9 x14  x3      one further down
 *       x8  x9 x10 x11        c = x8 x13  x2  x7
 *      x12 x13 x14 x15        d = x12 x1  x6 x11      one further up
 *
 * The four quarterrounds (section 3) of a columnround are then four steps on whole vectors:
 *
 *      b ^= (a + d) <<< 7     c ^= (b + a) <<< 9     d ^= (c + b) <<< 13     a ^= (d + c) <<< 18
 *
 * A rowround is the same with b and d in each other's place, once the words have been turned within their vectors until
 * those of one row have one place: d by one, c by two, b by three.
 *
 * Each step needs the one before, and a processor could do several at a time: so blocks go side by side, step by step.
 *
 * No branch and no address here depends on a secret.
 */
import { ascii } from '../octets.ts';
import type { Call, Code, FunctionBuilder, Local, ModuleBuilder } from './wasm-assembler.ts';
import { control, i32, i32x4, v128 } from './wasm-instructions.ts';

/** Octets of a block of the key stream. */
export const BLOCK_LENGTH = 64;
/** Octets of what {@link writeInput} writes. */
export const INPUT_LENGTH = 48;

const DOUBLE_ROUNDS = 10;
/** "expand 32-byte k" (section 9). */
const SIGMA = v128.const(ascii('expand 32-byte k'));

/**
 * Writes the diagonals that a key of 32 octets, at address `key`, and the words x6 to x9 make:
 *
 *       σ0  k0  k1  k2
 *       k3  σ1  x6  x7      σ: "expand 32-byte k" (section 9)
 *       x8  x9  σ2  k4
 *       k5  k6  k7  σ3
 *
 * In Salsa20 x6 and x7 are the nonce, x8 and x9 the number of the block, here zero. a, which is σ, is not written.
 */
export function writeInput(f: FunctionBuilder, input: number, key: number, words: Record<6 | 7 | 8 | 9, Code>): Code {
  const [low, high] = [f.local('v128'), f.local('v128')]; // k0 … k3, k4 … k7
  const pick = (...lanes: readonly number[]): Code => i32x4.shuffle(low.get, high.get, lanes);
  const b = i32x4.replaceLane(pick(3, 0, 7, 2), 1, words[9]);
  const c = i32x4.replaceLane(i32x4.replaceLane(pick(0, 6, 1, 0), 0, words[8]), 3, words[7]);
  const d = i32x4.replaceLane(pick(5, 0, 0, 4), 2, words[6]);
  return [
    low.set(v128.load(i32.const(key))),
    high.set(v128.load(i32.const(key + 16))),
    [b, c, d].map((diagonal, i) => v128.store(i32.const(input + 16 * i), diagonal)),
  ];
}

/**
 * Defines the function that writes so many blocks of the key stream at `output`, for what {@link writeInput} has written.
 * Its argument is the number of the first, of 32 bits: enough for 256 GiB.
 */
export function defineKeyStream(module: ModuleBuilder, blocks: number, input: number, output: number): Call {
  return module.define(f => {
    const first = f.parameter('i32');
    const squares = Array.from({ length: blocks }, (_, i) => new Square(f, input, i32.add(first.get, i32.const(i))));
    return [
      squares.map(square => square.read()),
      twentyRounds(f, squares),
      squares.map((square, i) => [square.addInput(), square.writeRows(output + BLOCK_LENGTH * i)]),
    ];
  });
}

/**
 * Writes HSalsa20 at `output`, 32 octets, for what {@link writeInput} has written: x0 x5 x10 x15 x6 x7 x8 x9 after twenty
 * rounds (Bernstein, "Extending the Salsa20 nonce").
 */
export function writeHSalsa20(f: FunctionBuilder, input: number, output: number): Code {
  const square = new Square(f, input, i32x4.extractLane(v128.load(i32.const(input + 16)), 0));
  const { a, b, c, d } = square;
  const [x6, x7, x8, x9] = [2, 7, 4, 1]; // where they are: in d, then c twice, then b
  return [
    square.read(),
    twentyRounds(f, [square]),
    v128.store(i32.const(output), a.get),
    v128.store(
      i32.const(output + 16),
      i32x4.shuffle(i32x4.shuffle(d.get, c.get, [x6, x7, x8, 0]), b.get, [0, 1, 2, 4 + x9]),
    ),
  ];
}

/** Ten times a columnround and a rowround (section 6). */
function twentyRounds(f: FunctionBuilder, squares: readonly Square[]): Code {
  const left = f.local('i32');
  return [
    left.set(i32.const(DOUBLE_ROUNDS)),
    control.loop(
      round(squares, 'b', 'd'),
      squares.map(({ b, c, d }) => [turn(b, 3), turn(c, 2), turn(d, 1)]),
      round(squares, 'd', 'b'),
      squares.map(({ b, c, d }) => [turn(b, 1), turn(c, 2), turn(d, 3)]),
      control.branchIf(0, left.tee(i32.subtract(left.get, i32.const(1)))),
    ),
  ];
}

/** The four steps, with `y` for what comes after the diagonal and `z` for what comes before it. */
function round(squares: readonly Square[], y: 'b' | 'd', z: 'b' | 'd'): Code {
  return [
    squares.map(square => square.mix(square[y], square.a, square[z], 7)),
    squares.map(square => square.mix(square.c, square[y], square.a, 9)),
    squares.map(square => square.mix(square[z], square.c, square[y], 13)),
    squares.map(square => square.mix(square.a, square[z], square.c, 18)),
  ];
}

/** Turns the words of a vector to the left. */
function turn(vector: Local, by: number): Code {
  const lanes = [0, 1, 2, 3].map(lane => (lane + by) % 4);
  return vector.set(i32x4.shuffle(vector.get, vector.get, lanes));
}

/** One block on its way, as its diagonals. */
class Square {
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
  readonly d: Local;
  readonly #sum: Local;
  readonly #input: number;
  readonly #x8: Code;

  constructor(f: FunctionBuilder, input: number, x8: Code) {
    this.a = f.local('v128');
    this.b = f.local('v128');
    this.c = f.local('v128');
    this.d = f.local('v128');
    this.#sum = f.local('v128');
    this.#input = input;
    this.#x8 = x8;
  }

  read(): Code {
    return this.#diagonals().map(([local, start]) => local.set(start));
  }

  /** Adds what was there before the rounds (section 8). */
  addInput(): Code {
    return this.#diagonals().map(([local, start]) => local.set(i32x4.add(local.get, start)));
  }

  /** `to ^= (x + y) <<< bits` */
  mix(to: Local, x: Local, y: Local, bits: number): Code {
    const sum = this.#sum;
    return [
      sum.set(i32x4.add(x.get, y.get)),
      to.set(v128.xor(to.get, i32x4.shiftLeft(sum.get, i32.const(bits)))),
      to.set(v128.xor(to.get, i32x4.shiftRight(sum.get, i32.const(32 - bits)))),
    ];
  }

  /** Writes the words in their order. In every row each word keeps the place that it has in its diagonal. */
  writeRows(at: number): Code {
    const { a, b, c, d } = this;
    const even = (x: Local, y: Local): Code => i32x4.shuffle(x.get, y.get, [0, 5, 2, 7]); // x, y, x, y
    const half = (x: Code, y: Code): Code => i32x4.shuffle(x, y, [0, 1, 6, 7]);
    const rows = [
      half(even(a, d), even(c, b)), // x0 x1 x2 x3
      half(even(b, a), even(d, c)),
      half(even(c, b), even(a, d)),
      half(even(d, c), even(b, a)),
    ];
    return rows.map((row, i) => v128.store(i32.const(at + 16 * i), row));
  }

  #diagonals(): [Local, Code][] {
    const at = (offset: number): Code => v128.load(i32.const(this.#input + offset));
    return [
      [this.a, SIGMA],
      [this.b, at(0)],
      [this.c, i32x4.replaceLane(at(16), 0, this.#x8)],
      [this.d, at(32)],
    ];
  }
}

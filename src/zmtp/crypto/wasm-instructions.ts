/**
 * The instructions of WebAssembly that our programs use, as functions of their operands' code.
 *
 * https://webassembly.github.io/spec/core/binary/instructions.html
 */
import { signed, unsigned, type Code } from './wasm-assembler.ts';

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
/** Reads what stands `offset` octets behind an address. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const EMPTY_BLOCK = 0x40; // a block that leaves no value
const END = 0x0b;
const VECTOR = 0xfd; // comes before the number of an instruction on vectors

const unary =
  (...opcode: Code[]): Unary =>
  a => [a, opcode];

const binary =
  (...opcode: Code[]): Binary =>
  (a, b) => [a, b, opcode];

// An operation on memory carries the alignment it promises (2^0, so none) and an offset.
const load =
  (...opcode: Code[]): Load =>
  (address, offset = 0) => [address, opcode, 0, unsigned(offset)];

const store =
  (...opcode: Code[]): Store =>
  (address, value, offset = 0) => [address, value, opcode, 0, unsigned(offset)];

/** Control. What is branched to is counted in blocks from the inside: 0 is the innermost. */
export const control = {
  /** Runs its code once; a branch to it goes to its end. */
  block: (...code: Code[]): Code => [0x02, EMPTY_BLOCK, code, END],
  /** Runs its code once; a branch to it goes to its beginning. */
  loop: (...code: Code[]): Code => [0x03, EMPTY_BLOCK, code, END],
  if: (condition: Code, ...code: Code[]): Code => [condition, 0x04, EMPTY_BLOCK, code, END],
  ifElse: (condition: Code, yes: Code, no: Code): Code => [condition, 0x04, EMPTY_BLOCK, yes, 0x05, no, END],
  branchIf: (depth: number, condition: Code): Code => [condition, 0x0d, unsigned(depth)],
} as const;

type Named<Names extends string, Shape> = Readonly<Record<Names, Shape>>;

/** Numbers of 32 bits. */
export const i32: Named<'const', (value: number) => Code> &
  Named<'load', Load> &
  Named<'store8', Store> &
  Named<'equalsZero', Unary> &
  Named<'equal' | 'lessUnsigned' | 'add' | 'subtract' | 'and' | 'or' | 'rotateLeft', Binary> &
  Named<'select', (yes: Code, no: Code, condition: Code) => Code> = {
  const: value => [0x41, signed(value)],
  load: load(0x28),
  store8: store(0x3a), // the lowest octet
  equalsZero: unary(0x45),
  equal: binary(0x46),
  lessUnsigned: binary(0x49),
  add: binary(0x6a),
  subtract: binary(0x6b),
  and: binary(0x71),
  or: binary(0x72),
  rotateLeft: binary(0x77),
  select: (yes, no, condition) => [yes, no, condition, 0x1b], // both are evaluated
};

/** Numbers of 64 bits. Shifts to the right bring zeros in. */
export const i64: Named<'const', (value: number) => Code> &
  Named<'load' | 'load32', Load> &
  Named<'store' | 'store32', Store> &
  Named<'low', Unary> &
  Named<'add' | 'multiply' | 'and' | 'shiftRight', Binary> = {
  const: value => [0x42, signed(value)],
  load: load(0x29),
  load32: load(0x35), // the upper half zero
  store: store(0x37),
  store32: store(0x3e), // the lower half
  low: a => [a, 0xa7, 0xad], // i32.wrap_i64, i64.extend_i32_u: the lower half, the upper zero
  add: binary(0x7c),
  multiply: binary(0x7e),
  and: binary(0x83),
  shiftRight: binary(0x88),
};

/** Vectors of 16 octets. */
export const v128: Named<'const', (octets: Uint8Array) => Code> &
  Named<'load', Load> &
  Named<'store', Store> &
  Named<'xor', Binary> &
  Named<'anyTrue', Unary> = {
  const: octets => [VECTOR, 0x0c, Array.from(octets)],
  load: load(VECTOR, 0x00),
  store: store(VECTOR, 0x0b),
  xor: binary(VECTOR, 0x51),
  anyTrue: unary(VECTOR, 0x53), // whether any bit is set
};

/** Vectors as four words of 32 bits. */
export const i32x4: Named<'add' | 'shiftLeft' | 'shiftRight', Binary> &
  Named<'extractLane', (a: Code, lane: number) => Code> &
  Named<'replaceLane', (a: Code, lane: number, value: Code) => Code> &
  Named<'shuffle', (a: Code, b: Code, lanes: readonly number[]) => Code> = {
  add: binary(VECTOR, unsigned(0xae)),
  shiftLeft: binary(VECTOR, unsigned(0xab)),
  shiftRight: binary(VECTOR, unsigned(0xad)),
  extractLane: (a, lane) => [a, VECTOR, 0x1b, lane],
  replaceLane: (a, lane, value) => [a, value, VECTOR, 0x1c, lane],
  // Picks words of `a`, which are numbered 0 to 3, and of `b`, 4 to 7; what WebAssembly has picks octets (i8x16.shuffle).
  shuffle: (a, b, lanes) => [a, b, VECTOR, 0x0d, lanes.map(lane => [0, 1, 2, 3].map(octet => lane * 4 + octet))],
};

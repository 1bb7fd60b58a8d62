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

/** Numbers of 32 bits. */
export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  load: load(0x28),
  store8: store(0x3a),
  equalsZero: unary(0x45),
  equal: binary(0x46),
  lessUnsigned: binary(0x49),
  add: binary(0x6a),
  subtract: binary(0x6b),
  and: binary(0x71),
  or: binary(0x72),
  rotateLeft: binary(0x77),
  /** `yes` unless the condition is zero. Both are evaluated. */
  select: (yes: Code, no: Code, condition: Code): Code => [yes, no, condition, 0x1b],
} as const;

/** Numbers of 64 bits. Shifts to the right bring zeros in. */
export const i64 = {
  const: (value: number): Code => [0x42, signed(value)],
  load: load(0x29),
  /** 32 bits, the upper half zero. */
  load32: load(0x35),
  store: store(0x37),
  /** The lower 32 bits. */
  store32: store(0x3e),
  /** The lower 32 bits, the upper half zero. */
  low: (a: Code): Code => [a, 0xa7, 0xad], // i32.wrap_i64, i64.extend_i32_u
  add: binary(0x7c),
  multiply: binary(0x7e),
  and: binary(0x83),
  shiftRight: binary(0x88),
} as const;

/** Vectors of 128 bits. */
export const v128 = {
  load: load(VECTOR, 0x00),
  store: store(VECTOR, 0x0b),
  /** 16 octets. */
  const: (octets: Uint8Array): Code => [VECTOR, 0x0c, Array.from(octets)],
  or: binary(VECTOR, 0x50),
  xor: binary(VECTOR, 0x51),
  anyTrue: unary(VECTOR, 0x53),
} as const;

/** Vectors as four words of 32 bits. */
export const i32x4 = {
  add: binary(VECTOR, unsigned(0xae)),
  shiftLeft: binary(VECTOR, unsigned(0xab)),
  shiftRight: binary(VECTOR, unsigned(0xad)),
  extractLane: (a: Code, lane: number): Code => [a, VECTOR, 0x1b, lane],
  replaceLane: (a: Code, lane: number, value: Code): Code => [a, value, VECTOR, 0x1c, lane],
  /** Picks words of `a`, which are numbered 0 to 3, and of `b`, 4 to 7. */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [
    ...[a, b, VECTOR, 0x0d],
    lanes.map(lane => [0, 1, 2, 3].map(octet => lane * 4 + octet)), // i8x16.shuffle picks octets
  ],
} as const;

/**
 * Poly1305 (RFC 8439 section 2.5): octets as a polynomial over the numbers modulo p = 2^130 - 5, whose value at a secret
 * place r, plus a secret s, is the tag. Blocks of 16 octets are its coefficients, each with a 1 above its last octet:
 *
 *      h = (h + block) · r mod p, for block after block          tag = (h + s) mod 2^128
 *
 * Numbers are kept in limbs of 32 bits, whose products fit in 64:
 *
 *      h = h0 + h1·2^32 + h2·2^64 + h3·2^96 + h4·2^128           r = r0 + r1·2^32 + r2·2^64 + r3·2^96
 *
 * r has been clamped (section 2.5.1): each limb is below 2^28, and r1 to r3 are multiples of 4. What a product has from 2^128
 * on can therefore come down at once: modulo p, 2^130 is 5, so 2^128 · r1 is 5/4 · r1, a whole number; likewise r2 and r3.
 *
 *      s1 = 5/4 · r1, …          h·r = (h0·r0 + h1·s3 + h2·s2 + h3·s1) + (h0·r1 + h1·r0 + h2·s3 + h3·s2 + h4·s1)·2^32 + …
 *
 * Carries wait as long as they can. Between two blocks h0 is below 2^33.1, h1 to h3 are below 2^32, h4 is below 4. A block
 * adds up to 2^32 to each but h4, to which it adds 1; then the sums of products are below 2^63.5, with the carries h4 is
 * below 2^31.8, and what stands there from 2^130 on brings h0, times 5, back below 2^33.1.
 *
 * No branch and no address here depends on a secret.
 */
import type { Call, Code, FunctionBuilder, Local, ModuleBuilder } from './wasm-assembler.ts';
import { control, i32, i64 } from './wasm-instructions.ts';

/** Octets of a block, of r, of s and of a tag. */
export const POLY_BLOCK_LENGTH = 16;
/** Octets of the state: h in five limbs of 8 octets, r and s. */
export const POLY_STATE_LENGTH = 72;

const R = 40;
const S = 56;
const CLAMP = [0x0fffffff, 0x0ffffffc, 0x0ffffffc, 0x0ffffffc];

/** Begins at `state`, with r and s from the 32 octets at `key`. */
export function writePolyStart(state: number, key: number): Code {
  const clamped = (mask: number, i: number): Code => i64.and(i64.load32(i32.const(key + 4 * i)), i64.const(mask));
  return [
    [0, 8, 16, 24, 32].map(offset => i64.store(i32.const(state + offset), i64.const(0))),
    CLAMP.map((mask, i) => i64.store32(i32.const(state + R + 4 * i), clamped(mask, i))),
    [0, 8].map(offset => i64.store(i32.const(state + S + offset), i64.load(i32.const(key + 16 + offset)))),
  ];
}

/**
 * Defines the function that takes in blocks. Its arguments: the address of the first, the address after the last, and what
 * stands above their last octet: 1, or 0 for a last block that is short, which brings its 1, and zeros, itself.
 */
export function definePolyBlocks(module: ModuleBuilder, state: number): Call {
  return module.define(f => {
    const [at, end, above] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i64')];
    const [[h0, h1, h2, h3], h4] = [fourLimbs(f), f.local('i64')];
    const [r0, r1, r2, r3] = fourLimbs(f);
    const [s1, s2, s3, d3] = fourLimbs(f);
    const [d0, d1, d2] = fourLimbs(f);
    const read = [
      [h0, h1, h2, h3, h4].map((limb, i) => limb.set(i64.load(i32.const(state + 8 * i)))),
      [r0, r1, r2, r3].map((limb, i) => limb.set(i64.load32(i32.const(state + R + 4 * i)))),
      s1.set(fiveQuarters(r1)),
      s2.set(fiveQuarters(r2)),
      s3.set(fiveQuarters(r3)),
    ];
    const addBlock = [
      [h0, h1, h2, h3].map((limb, i) => limb.set(i64.add(limb.get, i64.load32(at.get, 4 * i)))),
      h4.set(i64.add(h4.get, above.get)),
    ];
    const multiply = [
      d0.set(sum([h0, r0], [h1, s3], [h2, s2], [h3, s1])),
      d1.set(sum([h0, r1], [h1, r0], [h2, s3], [h3, s2], [h4, s1])),
      d2.set(sum([h0, r2], [h1, r1], [h2, r0], [h3, s3], [h4, s2])),
      d3.set(sum([h0, r3], [h1, r2], [h2, r1], [h3, r0], [h4, s3])),
      h4.set(sum([h4, r0])),
    ];
    const carry = [
      d1.set(i64.add(d1.get, upper(d0.get))),
      d2.set(i64.add(d2.get, upper(d1.get))),
      d3.set(i64.add(d3.get, upper(d2.get))),
      h4.set(i64.add(h4.get, upper(d3.get))),
      h0.set(i64.add(i64.low(d0.get), i64.multiply(i64.shiftRight(h4.get, i64.const(2)), i64.const(5)))),
      h1.set(i64.low(d1.get)),
      h2.set(i64.low(d2.get)),
      h3.set(i64.low(d3.get)),
      h4.set(i64.and(h4.get, i64.const(3))),
    ];
    return control.block(
      control.branchIf(0, i32.equal(at.get, end.get)),
      read,
      control.loop(
        [addBlock, multiply, carry],
        control.branchIf(0, i32.lessUnsigned(at.tee(i32.add(at.get, i32.const(POLY_BLOCK_LENGTH))), end.get)),
      ),
      [h0, h1, h2, h3, h4].map((limb, i) => i64.store(i32.const(state + 8 * i), limb.get)),
    );
  });
}

/** Writes the tag, 16 octets at `tag`. */
export function writeTag(f: FunctionBuilder, state: number, tag: number): Code {
  const carry = f.local('i64');
  const limb = (i: number): Code => i64.load(i32.const(state + 8 * i));
  const addToCarry = (addend: Code): Code => carry.set(i64.add(carry.get, addend));
  const toNext = carry.set(upper(carry.get));
  return [
    // h is below 2p. It is p or more when h + 5 has something from 2^130 on; h + 5 without that is then h - p.
    carry.set(i64.const(5)),
    [0, 1, 2, 3].map(i => [addToCarry(limb(i)), toNext]),
    addToCarry(limb(4)),
    carry.set(i64.multiply(i64.shiftRight(carry.get, i64.const(2)), i64.const(5))),
    [0, 1, 2, 3].map(i => [
      addToCarry(i64.add(limb(i), i64.load32(i32.const(state + S + 4 * i)))),
      i64.store32(i32.const(tag + 4 * i), carry.get),
      toNext,
    ]),
  ];
}

function fourLimbs(f: FunctionBuilder): readonly [Local, Local, Local, Local] {
  return [f.local('i64'), f.local('i64'), f.local('i64'), f.local('i64')];
}

function sum(...products: readonly (readonly [Local, Local])[]): Code {
  return products.map(([a, b]) => i64.multiply(a.get, b.get)).reduce((a, b) => i64.add(a, b));
}

function fiveQuarters(limb: Local): Code {
  return i64.add(limb.get, i64.shiftRight(limb.get, i64.const(2)));
}

/** What is carried on. */
function upper(limb: Code): Code {
  return i64.shiftRight(limb, i64.const(32));
}

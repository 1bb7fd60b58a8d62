/**
 * XSalsa20-Poly1305 as a module: NaCl's composition of the two (D. J. Bernstein, "Cryptography in NaCl").
 *
 * The key stream runs over 32 octets of room and then the message; what it has for the room is the key of Poly1305, whose
 * tag over the ciphertext takes the second half of the room:
 *
 *      key stream    | r, s: 32                  | 32 …
 *      window        | not used: 16  | tag: 16   | message …            the box is what begins at the tag
 *
 * A box that fits the window is sealed or opened in one call. A longer one goes through it in pieces: `begin`, `part` for
 * every piece, `end`. All but the first have no room and begin at the window's begin.
 *
 *      begin ─▶ part(seal) … ─▶ end              one pass
 *      begin ─▶ part(check) … ─▶ end ─▶ part(decrypt) …        two passes: nothing is decrypted before the tag is known
 *
 * `seal`, `open` and `wipe` overwrite all that stands before the window, which is whatever depends on the key: 44 stores. In
 * the window remain what was sealed or opened and, up to the end of its last 16 octets, key stream that nothing is XORed with.
 */
import { KEY_LENGTH, TAG_LENGTH } from './box-cipher.ts';
import { ModuleBuilder, type Call, type Code, type FunctionBuilder, type Local } from './wasm-assembler.ts';
import { control, i32, i64, v128 } from './wasm-instructions.ts';
import { definePolyBlocks, POLY_BLOCK_LENGTH, POLY_STATE_LENGTH, writePolyStart, writeTag } from './wasm-poly1305.ts';
import { BLOCK_LENGTH, defineKeyStream, INPUT_LENGTH, writeHSalsa20, writeInput } from './wasm-salsa20.ts';

/** Blocks of the key stream that are made at a time. */
const GROUP = 8 * BLOCK_LENGTH;

// The memory. All up to the window is wiped after use.
/** Where JavaScript puts the key: 32 octets. `subkey` answers there. */
export const KEY = 0;
/** Where JavaScript puts the input of `subkey`: 16 octets. */
export const SUBKEY_INPUT: number = KEY + KEY_LENGTH;
const INPUT = SUBKEY_INPUT + 16;
const POLY = INPUT + INPUT_LENGTH;
/** The tag that `end` has found: 16 octets. */
export const TAG: number = align(POLY + POLY_STATE_LENGTH);
const KEY_STREAM = TAG + TAG_LENGTH;
/** Where boxes pass. */
export const WINDOW: number = KEY_STREAM + GROUP;
/** Octets of the window, a whole number of groups. Twice as many or half as many are as fast, measured. */
export const WINDOW_LENGTH = 16384;
/** Octets of room before a message. */
export const ROOM: number = KEY_LENGTH;
const TAG_IN_WINDOW: number = WINDOW + ROOM - TAG_LENGTH;

/** What `part` does with a piece. Bits: take it in before, XOR it, take it in after. */
export const modes = { check: 1, decrypt: 2, open: 3, seal: 6 } as const;
const HASH_FIRST = 1;
const XOR = 2;
const HASH_LAST = 4;

/** The module's octets, made anew at every call. */
export function boxModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const begin = module.export('begin', defineBegin);
  const part = module.export('part', definePart(module));
  const end = module.export('end', f => writeTag(f, POLY, TAG));
  const wipe = module.export('wipe', () => writeZeros(0, WINDOW));

  module.export('seal', f => {
    const [high, low, length] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i32')];
    const tag = v128.load(i32.const(TAG));
    return [
      begin(high.get, low.get),
      part(i32.const(0), i32.add(length.get, i32.const(ROOM)), i32.const(modes.seal)),
      end(),
      v128.store(i32.const(TAG_IN_WINDOW), tag),
      wipe(),
    ];
  });
  module.export('open', f => {
    const [high, low, length] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i32')];
    const difference = v128.xor(v128.load(i32.const(TAG)), v128.load(i32.const(TAG_IN_WINDOW)));
    f.result('i32');
    return [
      begin(high.get, low.get),
      part(i32.const(0), i32.add(length.get, i32.const(ROOM)), i32.const(modes.open)),
      end(),
      i32.equalsZero(v128.anyTrue(difference)), // left on the stack
      wipe(),
    ];
  });
  module.export('subkey', f => {
    const word = (i: number): Code => i32.load(i32.const(SUBKEY_INPUT + 4 * i));
    return [
      writeInput(f, INPUT, KEY, { 6: word(0), 7: word(1), 8: word(2), 9: word(3) }),
      writeHSalsa20(f, INPUT, KEY),
    ];
  });
  return module.octets(1);
}

/** Takes the last 8 octets of the nonce, as two numbers in network order. */
function defineBegin(f: FunctionBuilder): Code {
  const [high, low] = [f.parameter('i32'), f.parameter('i32')];
  return writeInput(f, INPUT, KEY, { 6: swapped(high), 7: swapped(low), 8: i32.const(0), 9: i32.const(0) });
}

/** Takes the number of the first block of the key stream, how much of the window there is, and one of {@link modes}. */
function definePart(module: ModuleBuilder): (f: FunctionBuilder) => Code {
  const twoBlocks = defineKeyStream(module, 2, INPUT, KEY_STREAM);
  const fourBlocks = defineKeyStream(module, 4, INPUT, KEY_STREAM);
  const eightBlocks = defineKeyStream(module, 8, INPUT, KEY_STREAM);
  const hash = module.define(defineHash(definePolyBlocks(module, POLY)));
  const xor = module.define(defineXor);

  return f => {
    const [block, length, mode] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i32')];
    const [at, end] = [f.local('i32'), f.local('i32')]; // of the window
    const [from, to] = [f.local('i32'), f.local('i32')]; // of the group: where the ciphertext begins, where all ends
    const when = (bit: number, code: Code): Code => control.if(i32.and(mode.get, i32.const(bit)), code);
    const isFirst = i32.equalsZero(block.get);
    const needsOnly = (blocks: number): Code =>
      i32.lessUnsigned(i32.subtract(end.get, at.get), i32.const(blocks * BLOCK_LENGTH + 1));
    return [
      end.set(i32.add(at.tee(i32.const(WINDOW)), length.get)),
      control.loop(
        from.set(at.get),
        to.set(
          i32.select(
            end.get,
            i32.add(at.get, i32.const(GROUP)),
            i32.lessUnsigned(end.get, i32.add(at.get, i32.const(GROUP))),
          ),
        ),
        control.if(
          i32.or(isFirst, i32.and(mode.get, i32.const(XOR))),
          control.ifElse(
            needsOnly(2),
            twoBlocks(block.get),
            control.ifElse(needsOnly(4), fourBlocks(block.get), eightBlocks(block.get)),
          ),
        ),
        control.if(
          isFirst,
          writePolyStart(POLY, KEY_STREAM),
          writeZeros(KEY_STREAM, KEY_STREAM + ROOM), // which leaves the room as it is
          from.set(i32.add(at.get, i32.const(ROOM))),
        ),
        when(HASH_FIRST, hash(from.get, to.get)),
        when(XOR, xor(at.get, to.get)),
        when(HASH_LAST, hash(from.get, to.get)),
        block.set(i32.add(block.get, i32.const(GROUP / BLOCK_LENGTH))),
        control.branchIf(0, i32.lessUnsigned(at.tee(to.get), end.get)),
      ),
    ];
  };
}

/** Takes ciphertext in. What is short of a block gets a 1 and zeros behind it (RFC 8439 section 2.5.1). */
function defineHash(polyBlocks: Call): (f: FunctionBuilder) => Code {
  return f => {
    const [at, end] = [f.parameter('i32'), f.parameter('i32')];
    const rest = f.local('i32');
    const short = i32.and(i32.subtract(end.get, at.get), i32.const(POLY_BLOCK_LENGTH - 1));
    return [
      rest.set(i32.subtract(end.get, short)),
      polyBlocks(at.get, rest.get, i64.const(1)),
      control.if(
        i32.lessUnsigned(rest.get, end.get),
        [0, 8].map(offset => i64.store(end.get, i64.const(0), offset)),
        i32.store8(end.get, i32.const(1)),
        polyBlocks(rest.get, i32.add(rest.get, i32.const(POLY_BLOCK_LENGTH)), i64.const(0)),
      ),
    ];
  };
}

/** XORs a group with the key stream; the last vector may go on behind its end. */
function defineXor(f: FunctionBuilder): Code {
  const [at, end] = [f.parameter('i32'), f.parameter('i32')];
  const stream = f.local('i32');
  const step = (local: Local): Code => local.tee(i32.add(local.get, i32.const(16)));
  return [
    stream.set(i32.const(KEY_STREAM - 16)),
    control.loop(
      v128.store(at.get, v128.xor(v128.load(at.get), v128.load(step(stream)))),
      control.branchIf(0, i32.lessUnsigned(step(at), end.get)),
    ),
  ];
}

function writeZeros(from: number, to: number): Code {
  const addresses = Array.from({ length: (to - from) / 16 }, (_, i) => from + 16 * i);
  return addresses.map(address => v128.store(i32.const(address), v128.const(new Uint8Array(16))));
}

/** A word with its octets in the opposite order. */
function swapped(word: Local): Code {
  return i32.or(
    i32.and(i32.rotateLeft(word.get, i32.const(8)), i32.const(0x00ff00ff)),
    i32.and(i32.rotateLeft(word.get, i32.const(24)), i32.const(0xff00ff00 | 0)),
  );
}

function align(address: number): number {
  return (address + 15) & ~15;
}

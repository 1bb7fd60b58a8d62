import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ModuleBuilder } from '../../../src/zmtp/crypto/wasm-assembler.ts';
import { i32, i64 } from '../../../src/zmtp/crypto/wasm-instructions.ts';
import { definePolyBlocks, writePolyStart, writeTag } from '../../../src/zmtp/crypto/wasm-poly1305.ts';
import { assembled } from '../../support/web-assembly.ts';
import { hex, toHex } from '../../support/zmtp-hex.ts';

const poly1305 = suite('zmtp/crypto/wasm-poly1305');

const [STATE, KEY, TAG, DATA] = [0, 128, 160, 1024];

/** The program with nothing around it. */
function program(): (key: Uint8Array, message: Uint8Array) => Uint8Array {
  const module = new ModuleBuilder();
  const blocks = definePolyBlocks(module, STATE);
  module.export('start', () => writePolyStart(STATE, KEY));
  for (const above of [0, 1]) {
    module.export(`blocks${above}`, f => {
      const [from, to] = [f.parameter('i32'), f.parameter('i32')];
      return blocks(from.get, to.get, i64.const(above));
    });
  }
  module.export('tag', f => writeTag(f, STATE, TAG));
  module.export('nothing', () => blocks(i32.const(DATA), i32.const(DATA), i64.const(1)));
  const { memory, call } = assembled(module);

  return (key, message) => {
    memory.fill(0, DATA);
    memory.set(key, KEY);
    memory.set([...message, 1], DATA);
    const whole = DATA + (message.length & ~15);
    call('start');
    for (let at = DATA; at < whole; at += 48) call('blocks1', at, Math.min(at + 48, whole)); // cut: the state is kept
    call('nothing');
    if (message.length % 16 > 0) call('blocks0', whole, whole + 16);
    call('tag');
    return memory.slice(TAG, TAG + 16);
  };
}

const tagOf = program();

/** RFC 8439 section 2.5.1, line by line. */
function model(key: Uint8Array, message: Uint8Array): Uint8Array {
  const number = (octets: Uint8Array): bigint => octets.reduceRight((sum, octet) => (sum << 8n) + BigInt(octet), 0n);
  const r = number(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const s = number(key.subarray(16, 32));
  let accumulator = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    const coefficient = number(block) + (1n << BigInt(8 * block.length));
    accumulator = ((accumulator + coefficient) * r) % ((1n << 130n) - 5n);
  }
  const tag = accumulator + s;
  return Uint8Array.from({ length: 16 }, (_, i) => Number((tag >> BigInt(8 * i)) & 0xffn));
}

const IETF =
  "'Any submission to the IETF intended by the Contributor for publication as all or part of an IETF Internet-Draft or " +
  'RFC and any statement made within the context of an IETF activity is considered an "IETF Contribution". Such ' +
  'statements include oral statements in IETF sessions, as well as written and electronic communications made at any ' +
  "time or place, which are addressed to'";

/** RFC 8439 section 2.5.2 and appendix A.3. */
const vectors: readonly { readonly r: string; readonly s: string; readonly message: string; readonly tag: string }[] = [
  {
    r: '85d6be7857556d337f4452fe42d506a8',
    s: '0103808afb0db2fd4abff6af4149f51b',
    message: "'Cryptographic Forum Research Group'",
    tag: 'a8061dc1305136c6c22b8baf0c0127a9',
  },
  { r: '00*16', s: '00*16', message: '00*64', tag: '00*16' },
  { r: '00*16', s: '36e5f6b5c5e06070f0efca96227a863e', message: IETF, tag: '36e5f6b5c5e06070f0efca96227a863e' },
  { r: '36e5f6b5c5e06070f0efca96227a863e', s: '00*16', message: IETF, tag: 'f3477e7cd95417af89a6b8794c310cf0' },
  { r: '02 00*15', s: '00*16', message: 'ff*16', tag: '03 00*15' }, // 2^130 - 2 before it is reduced
  { r: '02 00*15', s: 'ff*16', message: '02 00*15', tag: '03 00*15' }, // s brings it to 2^128
  { r: '01 00*15', s: '00*16', message: 'ff*16 | f0 ff*15 | 11 00*15', tag: '05 00*15' },
  { r: '01 00*15', s: '00*16', message: 'ff*16 | fb fe*15 | 01*16', tag: '00*16' },
  { r: '02 00*15', s: '00*16', message: 'fd ff*15', tag: 'fa ff*15' }, // p - 1
  {
    r: '01 00*7 04 00*7',
    s: '00*16',
    message: 'e33594d7505e43b9 00*8 | 3394d7505e4379cd 01 00*7 | 00*16 | 01 00*15',
    tag: '14 00*7 55 00*7',
  },
  {
    r: '01 00*7 04 00*7',
    s: '00*16',
    message: 'e33594d7505e43b9 00*8 | 3394d7505e4379cd 01 00*7 | 00*16',
    tag: '13 00*15',
  },
];

poly1305('gives the tags of RFC 8439', () => {
  for (const { r, s, message, tag } of vectors) {
    assert.is(toHex(tagOf(hex(`${r} ${s}`), hex(message))), toHex(hex(tag)), `r ${r}, s ${s}`);
  }
});

poly1305('gives what the definition gives where carries are longest', () => {
  const octet = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0xff, 0xfe, 0x00, 0x01, 0xfb, 0xfc) }, fc.nat(255));
  const octets = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
    fc.array(octet, { minLength, maxLength }).map(each => Uint8Array.from(each));
  fc.assert(
    fc.property(octets(32, 32), octets(0, 200), (key, message) => {
      assert.is(toHex(tagOf(key, message)), toHex(model(key, message)));
    }),
    { numRuns: 3000 },
  );
});

poly1305('gives what the definition gives for the largest r there is and a long run of ones', () => {
  for (let blocks = 1; blocks < 300; blocks += 1) {
    const message = new Uint8Array(16 * blocks).fill(0xff);
    const key = new Uint8Array(32).fill(0xff);
    assert.is(toHex(tagOf(key, message)), toHex(model(key, message)));
  }
});

poly1305('gives what the definition gives on both sides of a multiple of p', () => {
  const r = Uint8Array.of(1, ...new Uint8Array(31)); // with r = 1 the sum of the coefficients is what is reduced
  for (let octet = 0; octet < 256; octet += 1) {
    const message = Uint8Array.of(octet, ...new Uint8Array(15).fill(0xff), ...new Uint8Array(32)); // 2^130 - 256 + octet
    assert.is(toHex(tagOf(r, message)), toHex(model(r, message)));
  }
});

poly1305.run();

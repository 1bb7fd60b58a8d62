/** What every BoxCipher has to keep, written once: `boxContract(cipher)` in its test file runs it all. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TAG_LENGTH, type Box, type BoxCipher } from '../../src/zmtp/crypto/box-cipher.ts';
import { nobleBoxCipher } from '../../src/zmtp/crypto/noble-box.ts';
import { hex, pattern, toHex } from './zmtp-hex.ts';

// NaCl, tests/core1.c, core2.c and secretbox.c.
const AGREED = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
const KEY = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
const NONCE = hex('69696ee955b62b73cd62bda875fc73d6 | 8219e003 | 6b7a0b37');
const SUBKEY = 'dc908dda0b9344a953629b733820778880f3ceb421bb61b91cbd4c3e66256ce4';
const PLAINTEXT =
  'be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db6' +
  '6cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc' +
  '76897040e082f937763848645e0705';
const BOX =
  'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7' +
  'f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61' +
  'ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5';

/** Messages that do not fit a window of any power of two up to 64 KiB, or just do, with or without 32 octets of room. */
const LONG_LENGTHS = [
  ...[4096, 8192, 16384, 32768, 65536].flatMap(size => [size - 33, size - 32, size - 31, size - 1, size, size + 1]),
  ...[2 * 16384 - 33, 2 * 16384 - 32, 2 * 16384 - 31, 2 ** 20, 3 * 2 ** 20 - 32, 3 * 2 ** 20 + 1],
];

const word: fc.Arbitrary<number> = fc.nat(0xffffffff);
const octetsOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

/** Registers and runs the tests that every cipher has to pass. */
export function boxContract(cipher: BoxCipher): void {
  const test = suite(`${cipher.name} keeps the contract of box ciphers`);
  const box = cipher.box(KEY, NONCE);
  const peer = nobleBoxCipher.box(KEY, NONCE);

  test('gives the subkeys that NaCl gives', () => {
    assert.is(toHex(cipher.subkey(AGREED, new Uint8Array(16))), toHex(KEY));
    assert.is(toHex(cipher.subkey(KEY, NONCE.subarray(0, 16))), SUBKEY);
  });

  test('gives the subkeys that noble gives, wherever key and input stand', () => {
    fc.assert(
      fc.property(octetsOf(64), fc.nat(16), (octets, at) => {
        const [key, input] = [octets.subarray(at, at + 32), octets.subarray(48 - at, 64 - at)];
        assert.is(toHex(cipher.subkey(key, input)), toHex(nobleBoxCipher.subkey(key, input)));
      }),
    );
  });

  test('seals and opens the box of NaCl', () => {
    const octets = hex(`00*16 | ${PLAINTEXT}`);
    const ofNacl = cipher.box(KEY, NONCE.subarray(0, 16));
    ofNacl.seal(0x8219e003, 0x6b7a0b37, octets, 0, octets.length - TAG_LENGTH);
    assert.is(toHex(octets), BOX);
    assert.ok(ofNacl.open(0x8219e003, 0x6b7a0b37, octets, 0, octets.length - TAG_LENGTH));
    assert.is(toHex(octets.subarray(TAG_LENGTH)), PLAINTEXT);
  });

  test('seals what noble seals and opens it, at every length up to 1025', () => {
    for (let length = 0; length <= 1025; length += 1) checkBoth(box, peer, { high: length, low: ~length, length });
  });

  test('seals what noble seals and opens it, for long messages', () => {
    for (const length of LONG_LENGTHS) checkBoth(box, peer, { high: 1, low: length, length });
  });

  test('seals what noble seals, whatever the key, the nonce and the length', () => {
    fc.assert(
      fc.property(octetsOf(32), octetsOf(16), word, word, fc.nat(40_000), (key, start, high, low, length) => {
        checkBoth(cipher.box(key, start), nobleBoxCipher.box(key, start), { high, low, length });
      }),
    );
  });

  test('leaves all octets around a box as they are, wherever it stands and in whatever memory', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(40), fc.nat(40), fc.nat(40), fc.boolean(), (length, skip, at, behind, ours) => {
        const memory = pattern(skip + at + TAG_LENGTH + length + behind);
        const octets = ours ? memory.subarray(skip) : Buffer.from(memory.buffer, skip);
        const expected = memory.slice();
        peer.seal(1, 2, expected, skip + at, length);

        box.seal(1, 2, octets, at, length);
        assert.is(toHex(memory), toHex(expected));
        assert.ok(box.open(1, 2, octets, at, length));
        peer.open(1, 2, expected, skip + at, length);
        memory.fill(0, skip + at, skip + at + TAG_LENGTH); // where the contract does not tell what is left
        expected.fill(0, skip + at, skip + at + TAG_LENGTH);
        assert.is(toHex(memory), toHex(expected));
      }),
    );
  });

  for (const length of [0, 1, 64, 100, 1000]) {
    test(`refuses a box of ${length} octets with any bit changed, and changes nothing`, () => {
      const genuine = pattern(TAG_LENGTH + length);
      box.seal(3, 4, genuine, 0, length);
      for (let bit = 0; bit < 8 * genuine.length; bit += 1) {
        checkRefusal(box, { high: 3, low: 4 }, flipped(genuine, bit));
      }
      assert.ok(box.open(3, 4, genuine, 0, length), 'and the genuine one is opened after all these');
    });
  }

  test('refuses a long box with a bit changed, wherever, and changes nothing', () => {
    for (const length of [16_384, 65_537, 200_000]) {
      const genuine = pattern(TAG_LENGTH + length);
      box.seal(3, 4, genuine, 0, length);
      const last = 8 * genuine.length - 1;
      for (let bit = 0; bit < 128; bit += 1) checkRefusal(box, { high: 3, low: 4 }, flipped(genuine, bit));
      for (const bit of [128, 8 * 16_368 + 1, last >>> 1, last - 7, last]) {
        checkRefusal(box, { high: 3, low: 4 }, flipped(genuine, bit));
      }
      assert.ok(box.open(3, 4, genuine, 0, length));
    }
  });

  test('refuses a box under another nonce or key', () => {
    for (const length of [20, 20_000]) {
      const genuine = pattern(TAG_LENGTH + length);
      box.seal(3, 4, genuine, 0, length);
      checkRefusal(box, { high: 4, low: 3 }, genuine);
      checkRefusal(box, { high: 3, low: 5 }, genuine);
      checkRefusal(cipher.box(AGREED, NONCE), { high: 3, low: 4 }, genuine);
      checkRefusal(cipher.box(KEY, NONCE.subarray(1)), { high: 3, low: 4 }, genuine);
    }
  });

  test('keeps boxes apart, and a key that its owner overwrites', () => {
    const key = KEY.slice();
    const [one, other] = [cipher.box(key, NONCE), cipher.box(AGREED, NONCE)];
    key.fill(0);
    checkBoth(other, nobleBoxCipher.box(AGREED, NONCE), { high: 1, low: 2, length: 50 });
    checkBoth(one, peer, { high: 1, low: 2, length: 50 });
  });

  test('forgets the key when it is wiped', () => {
    const wiped = cipher.box(KEY, NONCE);
    const sealed = pattern(TAG_LENGTH + 50);
    wiped.seal(1, 2, sealed, 0, 50);
    wiped.wipe();
    assert.not(wiped.open(1, 2, sealed, 0, 50));
    checkBoth(box, peer, { high: 1, low: 2, length: 50 });
  });

  test.run();
}

interface Case {
  readonly high: number;
  readonly low: number;
  readonly length: number;
}

/** Both seal the same octets, and the first opens them. */
function checkBoth(box: Box, peer: Box, { high, low, length }: Case): void {
  const plain = pattern(TAG_LENGTH + length, high ^ low);
  const [ours, theirs] = [plain.slice(), plain.slice()];
  box.seal(high, low, ours, 0, length);
  peer.seal(high, low, theirs, 0, length);
  if (Buffer.compare(ours, theirs) !== 0) assert.unreachable(`${length} octets are sealed differently`);
  assert.ok(box.open(high, low, ours, 0, length), `${length} octets are not opened`);
  const opened = Buffer.compare(ours.subarray(TAG_LENGTH), plain.subarray(TAG_LENGTH)) === 0;
  assert.ok(opened, `${length} octets are opened differently`);
}

function checkRefusal(box: Box, { high, low }: Omit<Case, 'length'>, forged: Uint8Array): void {
  const copy = forged.slice();
  if (box.open(high, low, copy, 0, forged.length - TAG_LENGTH)) assert.unreachable('a forged box was opened');
  if (Buffer.compare(copy, forged) !== 0) assert.unreachable('a forged box was changed');
}

function flipped(octets: Uint8Array, bit: number): Uint8Array {
  return octets.with(bit >>> 3, (octets[bit >>> 3] ?? 0) ^ (1 << (bit & 7)));
}

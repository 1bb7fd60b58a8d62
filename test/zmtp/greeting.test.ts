import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { agree, decodeGreeting, dueOctets, encodeGreeting, GREETING_LENGTH } from '../../src/zmtp/greeting.ts';
import { hex, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';

const greeting = suite('zmtp/greeting');

const OWN = encodeGreeting({ mechanism: 'NULL', asServer: false });
const SIGNATURE = 'FF 0000000000000001 7F';

greeting('is octet for octet what libzmq sends', () => {
  assert.is(toHex(OWN), toHex(hex(`${SIGNATURE} | 03 01 | 'NULL' 00*16 | 00 | 00*31`)));
});

greeting('names the mechanism in 20 octets and tells who is the server', () => {
  const octets = encodeGreeting({ mechanism: 'CURVE', asServer: true });
  assert.is(toHex(octets), toHex(hex(`${SIGNATURE} | 03 01 | 'CURVE' 00*15 | 01 | 00*31`)));
  const long = encodeGreeting({ mechanism: 'ABCDEFGHIJKLMNOPQRST', asServer: false });
  assert.is(toHex(long.subarray(12, 33)), toHex(hex("'ABCDEFGHIJKLMNOPQRST' 00")));
});

greeting('comes back as it went in', () => {
  const names = fc.string({ unit: fc.constantFrom(...'ABCXYZ-_.+019'.split('')), minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(names, fc.boolean(), (mechanism, asServer) => {
      const octets = encodeGreeting({ mechanism, asServer });
      assert.is(octets.length, GREETING_LENGTH);
      assert.equal(decodeGreeting(octets), { major: 3, minor: 1, mechanism, asServer });
    }),
  );
});

// what leaves after how many of the peer's octets

const THEIRS = hex(`${SIGNATURE} 03 01 'NULL' 00*48`);

for (const [received, length] of [
  [0, 10],
  [1, 10],
  [9, 10],
  [10, 11],
  [11, 64],
  [12, 64],
  [64, 64],
] as const) {
  greeting(`is due up to octet ${length} for a peer that has sent ${received}`, () => {
    assert.is(dueOctets(OWN, 0, THEIRS.subarray(0, received)).length, length);
  });
}

greeting('is due in pieces that make it whole, however the peer cuts its own', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(64)), stops => {
      const sent: number[] = [];
      for (const stop of [0, ...stops.sort((a, b) => a - b), 64]) {
        sent.push(...dueOctets(OWN, sent.length, THEIRS.subarray(0, stop)));
      }
      assert.is(toHex(Uint8Array.from(sent)), toHex(OWN));
    }),
  );
});

greeting('goes to any peer whose tenth octet is odd, whatever the eight before it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(127), (padding, half) => {
      const signature = Uint8Array.of(0xff, ...padding, half * 2 + 1);
      assert.is(dueOctets(OWN, 0, signature).length, 11);
    }),
  );
});

for (const [what, octets, code] of [
  ['a length octet of ZMTP 1.0', '01', 'ERR_ZMTP_NOT_ZMTP'],
  ['a zero', '00', 'ERR_ZMTP_NOT_ZMTP'],
  ['HTTP', "'GET / HTTP/1.1'", 'ERR_ZMTP_NOT_ZMTP'],
  ['TLS', '16 03 01', 'ERR_ZMTP_NOT_ZMTP'],
  ['an even octet 9', 'FF 00*8 7E', 'ERR_ZMTP_NOT_ZMTP'],
  ['octet 9 of zero', 'FF 00*8 00', 'ERR_ZMTP_NOT_ZMTP'],
  ['ZMTP 1.0 behind a signature', `${SIGNATURE} 00`, 'ERR_ZMTP_UNSUPPORTED_VERSION'],
  ['ZMTP 2.0', `${SIGNATURE} 01`, 'ERR_ZMTP_UNSUPPORTED_VERSION'],
] as const) {
  greeting(`is refused to a peer that begins with ${what}`, () => {
    assert.is(
      codeThrown(() => dueOctets(OWN, 10, hex(octets))),
      code,
    );
  });
}

// which version is spoken

for (const [major, minor, spoken] of [
  [3, 0, 0],
  [3, 1, 1],
  [3, 2, 1],
  [3, 255, 1],
  [2, 0, 1],
  [4, 0, 1],
  [4, 1, 1],
  [255, 0, 1],
  [255, 255, 1],
] as const) {
  greeting(`leads to 3.${spoken} with a peer of ${major}.${minor}`, () => {
    const theirs = hex(`${SIGNATURE} 00 00 'NULL' 00*48`);
    theirs[10] = major;
    theirs[11] = minor;
    assert.is(dueOctets(OWN, 11, theirs.subarray(0, 11)).length, 53);
    assert.equal(agree(decodeGreeting(theirs), 'NULL'), { major: 3, minor: spoken });
  });
}

for (const field of [
  "'null' 00*16",
  "'NULLX' 00*15",
  "'NULL' 00 'x' 00*14",
  "'NULL' 00*15 01",
  "' NULL' 00*15",
  "'NUL' 00*17",
  '00*20',
  "'ABCDEFGHIJKLMNOPQRST'",
  "'PLAIN' 00*15",
  'FF*20',
]) {
  greeting(`leads nowhere with a mechanism of ${field}`, () => {
    const theirs = decodeGreeting(hex(`${SIGNATURE} 03 01 | ${field} | 00 00*31`));
    assert.is(
      codeThrown(() => agree(theirs, 'NULL')),
      'ERR_ZMTP_MECHANISM_MISMATCH',
    );
  });
}

greeting('is decoded out of any 64 octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), octets => {
      const { major, minor, mechanism } = decodeGreeting(octets);
      assert.is(major, octets[10]);
      assert.is(minor, octets[11]);
      assert.match(mechanism, /^[\x20-\x7e]{0,20}$/);
    }),
  );
});

greeting.run();

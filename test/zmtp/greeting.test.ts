import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  agree,
  decodeGreeting,
  dueOctets,
  encodeGreeting,
  GREETING_LENGTH,
  recognizeWire,
} from '../../src/zmtp/greeting.ts';
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

for (const [length, signature] of [
  [1, 'FF 0000000000000002 7F'],
  [3, 'FF 0000000000000004 7F'],
  [254, 'FF 00000000000000FF 7F'],
  [255, 'FF 0000000000000100 7F'],
] as const) {
  greeting(`counts an identity of ${length} octets and the flags, as the head of a frame of ZMTP 1.0`, () => {
    const octets = encodeGreeting({ mechanism: 'NULL', asServer: false, identityLength: length });
    assert.is(toHex(octets.subarray(0, 10)), toHex(hex(signature)));
    assert.is(toHex(octets.subarray(10)), toHex(OWN.subarray(10)));
  });
}

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
    assert.is(dueOctets(OWN, 0, received).length, length);
  });
}

greeting('is due in pieces that make it whole, however the peer cuts its own', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(64)), stops => {
      const sent: number[] = [];
      for (const stop of [0, ...stops.sort((a, b) => a - b), 64]) {
        sent.push(...dueOctets(OWN, sent.length, stop));
      }
      assert.is(toHex(Uint8Array.from(sent)), toHex(OWN));
    }),
  );
});

// how a peer's wire is told

for (const [what, octets, toldAt, wire] of [
  ['nothing', '', undefined, undefined],
  ['half a signature', 'FF 00*8', undefined, undefined],
  ['a signature', SIGNATURE, undefined, undefined],
  ['a signature and major 3', `${SIGNATURE} 03`, 11, '3.x'],
  ['a signature and major 2, which was never published', `${SIGNATURE} 02`, 11, '3.x'],
  ['a signature and major 4', `${SIGNATURE} 04`, 11, '3.x'],
  ['a signature and major 255', `${SIGNATURE} FF`, 11, '3.x'],
  ['a signature and revision 0', `${SIGNATURE} 00`, 11, '1.0 behind a signature'],
  ['a signature and revision 1', `${SIGNATURE} 01`, 11, '2.0'],
  ['a size octet', '01', undefined, undefined],
  ['the frame of no identity', '01 00', 2, '1.0'],
  ["the frame of identity 'me'", "03 00 'me'", 2, '1.0'],
  ['the largest short head', 'FE 00', 2, '1.0'],
  ["the long frame of identity 'me'", "FF 0000000000000003 00 'me'", 10, '1.0'],
  ['the long frame of no identity', 'FF 0000000000000001 00', 10, '1.0'],
  ['the head of an identity of 254 octets', 'FF 00000000000000FF 00', 10, '1.0'],
  ['the head of an identity of 255 octets', 'FF 0000000000000100 00', 10, '1.0'],
] as const) {
  greeting(`shows ${wire ?? 'nothing yet'} when it is ${what}`, () => {
    const received = hex(octets);
    for (let length = 0; length <= received.length; length += 1) {
      const told = toldAt !== undefined && length >= toldAt ? wire : undefined;
      assert.is(recognizeWire(received.subarray(0, length)), told, `after ${length} octets`);
    }
  });
}

greeting('shows a peer with versions by an odd tenth octet, whatever the eight before it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(127), (padding, half) => {
      const signature = Uint8Array.of(0xff, ...padding, half * 2 + 1);
      assert.is(recognizeWire(signature), undefined);
      assert.is(recognizeWire(Uint8Array.of(...signature, 1)), '2.0');
    }),
  );
});

for (const [what, octets, at] of [
  ['a frame without flags', '00', 1],
  ['an identity frame with MORE', '03 01', 2],
  ['an identity frame with a reserved bit', '03 80', 2],
  ['HTTP GET', "'GET / HTTP/1.1'", 2],
  ['HTTP OPTIONS', "'OPTIONS * HTTP/1.1'", 2],
  ['HTTP/2', "'PRI * HTTP/2.0'", 2],
  ['TLS', '16 03 01', 2],
  ['SSH', "'SSH-2.0-OpenSSH_9.2'", 2],
  ['SMTP', "'EHLO localhost'", 2],
  ['a 32-bit length in network order', '00 00 00 10', 1],
  ['a long frame without room for flags', 'FF 0000000000000000 00', 10],
  ['a long frame of 256 octets', 'FF 0000000000000101 00', 10],
  ['a long frame of 2^32 + 1 octets', 'FF 0000000100000001 00', 10],
  ['a long frame of 2^63 octets', 'FF 8000000000000000 00', 10],
  ['a long frame with flags', 'FF 0000000000000001 02', 10],
  ['an even octet 9', 'FF 00*8 7E', 10],
  ['octet 9 of zero', 'FF 00*8 00', 10],
] as const) {
  greeting(`is refused at octet ${at} of ${what}`, () => {
    const received = hex(octets);
    for (let length = 0; length < at; length += 1) {
      assert.is(recognizeWire(received.subarray(0, length)), undefined, `after ${length} octets`);
    }
    for (let length = at; length <= received.length; length += 1) {
      assert.is(
        codeThrown(() => recognizeWire(received.subarray(0, length))),
        'ERR_ZMTP_NOT_ZMTP',
      );
    }
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
    assert.is(recognizeWire(theirs), '3.x');
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

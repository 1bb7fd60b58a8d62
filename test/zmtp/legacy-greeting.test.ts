import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../src/message.ts';
import { encodeLegacyGreeting, greetingLength, legacyProfile, versionOf } from '../../src/zmtp/legacy-greeting.ts';
import { CLASSIC_TYPES } from '../../src/zmtp/socket-type.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';

const greeting = suite('zmtp/legacy-greeting');

const SIGNATURE = 'FF 0000000000000001 7F';
const NONE = hex('');

for (const [type, number] of [
  ['PAIR', '00'],
  ['PUB', '01'],
  ['SUB', '02'],
  ['REQ', '03'],
  ['REP', '04'],
  ['DEALER', '05'],
  ['ROUTER', '06'],
  ['PULL', '07'],
  ['PUSH', '08'],
  ['XPUB', '09'],
  ['XSUB', '0A'],
] as const) {
  greeting(`of a ${type} says ${number}, and is understood so`, () => {
    const octets = encodeLegacyGreeting(type, 0);
    assert.is(toHex(octets), toHex(hex(`${SIGNATURE} 03 ${number}`)));
    assert.is(legacyProfile('2.0', octets, NONE, plainMemory).socketType, type);
  });
}

greeting('knows as many types as there are', () => {
  assert.is(CLASSIC_TYPES.length, 11);
});

greeting('counts the identity as the whole greeting does', () => {
  assert.is(toHex(encodeLegacyGreeting('DEALER', 3)), toHex(hex('FF 0000000000000004 7F 03 05')));
});

for (const number of ['0B', '10', 'FF']) {
  greeting(`of a type ${number} is of no type we know`, () => {
    assert.is(legacyProfile('2.0', hex(`${SIGNATURE} 01 ${number}`), NONE, plainMemory).socketType, undefined);
  });
}

for (const [wire, length, version] of [
  ['1.0', 0, { major: 1, minor: 0 }],
  ['1.0 behind a signature', 12, { major: 1, minor: 0 }],
  ['2.0', 12, { major: 2, minor: 0 }],
] as const) {
  greeting(`of ${wire} takes ${length} octets`, () => {
    assert.is(greetingLength(wire), length);
    assert.equal(versionOf(wire), version);
  });

  greeting(`of ${wire} comes with an identity of 0 to 255 octets`, () => {
    const theirs = hex(`${SIGNATURE} 00 05`).subarray(0, length);
    for (const identity of [NONE, hex("'me'"), pattern(255, 1)]) {
      const profile = legacyProfile(wire, theirs, identity, plainMemory);
      assert.is(toHex(profile.routingId), toHex(identity));
      assert.equal(profile.version, version);
      assert.is(profile.socketType, length === 0 ? undefined : 'DEALER');
      assert.equal(profile.metadata.properties, []);
    }
  });

  greeting(`of ${wire} does not come with one that begins with zero`, () => {
    const theirs = hex(`${SIGNATURE} 00 05`).subarray(0, length);
    assert.is(
      codeThrown(() => legacyProfile(wire, theirs, hex("00 'x'"), plainMemory)),
      wire === '1.0' ? 'ERR_ZMTP_NOT_ZMTP' : 'ERR_ZMTP_INVALID_METADATA',
    );
  });
}

greeting.run();

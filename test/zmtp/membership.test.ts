import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asMembership, checkGroup, encodeMembership, GROUP_MAX } from '../../src/zmtp/membership.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';

const membership = suite('zmtp/membership');

for (const [action, group, octets] of [
  ['join', "'abc'", "01 'abc'"],
  ['leave', "'abc'", "00 'abc'"],
  ['join', '', '01'],
  ['leave', '', '00'],
  ['join', "'a' 00 'b'", "01 'a' 00 'b'"],
  ['leave', '01', '00 01'],
] as const) {
  membership(`to ${action} "${group}" is ${octets}`, () => {
    assert.is(toHex(encodeMembership({ action, group: hex(group) })), toHex(hex(octets)));
    const decoded = asMembership([hex(octets)]);
    assert.is(decoded?.action, action);
    assert.is(toHex(decoded?.group ?? hex('EE')), toHex(hex(group)));
  });
}

membership('comes back as it went in', () => {
  fc.assert(
    fc.property(fc.constantFrom('join', 'leave'), fc.uint8Array(), (action, group) => {
      const decoded = asMembership([encodeMembership({ action, group })]);
      assert.is(decoded?.action, action);
      assert.is(toHex(decoded?.group ?? hex('EE')), toHex(group));
    }),
  );
});

membership('is no message that begins otherwise, is empty, or has several parts', () => {
  for (let first = 2; first < 256; first += 1) assert.is(asMembership([Uint8Array.of(first, 0, 1)]), undefined);
  for (const parts of [[], [''], ['01 61', ''], ['', '01']]) assert.is(asMembership(parts.map(hex)), undefined);
});

membership('is in groups of 0 to 255 octets', () => {
  assert.is(GROUP_MAX, 255);
  for (const length of [0, 1, 254, 255]) checkGroup(pattern(length));
  for (const length of [256, 257, 60_000]) {
    assert.is(
      codeThrown(() => checkGroup(pattern(length))),
      'ERR_ZMTP_MALFORMED_GROUP',
    );
  }
});

membership('names the length of a group that is refused and the limit, and nothing of the group', () => {
  assert.throws(() => checkGroup(hex('41*300')), /^group of 300 octets, limit 255$/);
});

membership.run();

/** A group and a body as one datagram of `udp://`: libzmq's RADIO and DISH. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  DATAGRAM_GROUP_MAX,
  DATAGRAM_MAX,
  decodeGroupDatagram,
  encodeGroupDatagram,
} from '../../src/zmtp/group-datagram.ts';

const datagram = suite('a group and a body in a datagram');

function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

const VECTORS = [
  ['07 77656174686572 73756e6e79', '77656174686572', '73756e6e79'], // weather, sunny: as libzmq 4.3.5 sends it
  ['01 67', '67', ''],
  ['00', '', ''],
  ['00 00', '', '00'],
  ['00 01 67', '', '0167'],
  [`7f ${'67'.repeat(127)} 01`, '67'.repeat(127), '01'],
  [`80 ${'67'.repeat(128)}`, '67'.repeat(128), ''], // a length has no sign
  [`ff ${'67'.repeat(255)} 02`, '67'.repeat(255), '02'],
] as const;

for (const [hex, group, body] of VECTORS) {
  datagram(`${hex.slice(0, 20)} is a group of ${group.length / 2} octets and a body of ${body.length / 2}`, () => {
    assert.equal(decodeGroupDatagram(octets(hex)), [octets(group), octets(body)]);
    assert.equal(encodeGroupDatagram([octets(group), octets(body)]), octets(hex));
  });
}

for (const hex of ['', '01', 'ff', '02 67', `80 ${'67'.repeat(127)}`, `ff ${'67'.repeat(254)}`]) {
  datagram(`${hex.slice(0, 20)} (${octets(hex).length} octets) is none`, () => {
    assert.is(decodeGroupDatagram(octets(hex)), undefined);
  });
}

datagram('comes back as it went, whatever it holds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 255 }), fc.uint8Array({ maxLength: 300 }), (group, body) => {
      assert.equal(decodeGroupDatagram(encodeGroupDatagram([group, body])), [group, body]);
    }),
  );
});

datagram('any octets are a message that gives the same octets again, or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), any => {
      const message = decodeGroupDatagram(any);
      if (message === undefined) assert.ok(any.length <= (any[0] ?? 0), 'it ends within its group');
      else assert.equal(encodeGroupDatagram(message), any);
    }),
  );
});

datagram('is read without copies, also from the middle of other memory', () => {
  const memory = octets('ffff 01 67 62 ffff');
  const [group, body] = decodeGroupDatagram(memory.subarray(2, 5)) ?? [];
  assert.is(group?.buffer, memory.buffer);
  assert.equal([group, body], [octets('67'), octets('62')]);
});

datagram('the limits are those of every libzmq', () => {
  assert.equal([DATAGRAM_MAX, DATAGRAM_GROUP_MAX], [8192, 127]);
});

datagram.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DATAGRAM_FORMS, formatDatagramEnd, parseDatagramEnd } from '../../src/engine/datagram-forms.ts';
import { UsageError } from '../../src/errors.ts';
import { thrown } from '../support/test-net.ts';

const forms = suite('messages as datagrams');

const { RADIO, DISH, DGRAM } = DATAGRAM_FORMS;
const TO = { host: '10.0.0.1', port: 5 };
const octets = (text: string): Uint8Array => Buffer.from(text, 'latin1');

for (const [text, host, port] of [
  ['127.0.0.1:5555', '127.0.0.1', 5555],
  ['127.0.0.1:5555\0', '127.0.0.1', 5555], // as libzmq tells an address
  ['255.255.255.255:65535', '255.255.255.255', 65535],
  ['239.1.2.3:1', '239.1.2.3', 1],
  ['127.0.0.1:00080', '127.0.0.1', 80],
  ['[::1]:5555', '::1', 5555],
  ['[fe80::1%eth0]:5555', 'fe80::1%eth0', 5555],
  ['[::ffff:1.2.3.4]:5\0', '::ffff:1.2.3.4', 5],
] as const) {
  forms(`${JSON.stringify(text)} is an address`, () => {
    assert.equal(parseDatagramEnd(octets(text)), { host, port });
  });
}

for (const text of [
  '',
  '\0',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  '127.0.0.1:555555',
  '127.0.0.1:5\0\0',
  '127.0.0.1:5 ',
  ' 127.0.0.1:5',
  '127.0.0.1:5\n',
  '127.0.0.1:+5',
  '127.0.0:5',
  '256.0.0.1:5',
  'localhost:5',
  '*:5',
  '::1:5',
  '[::1]',
  '[127.0.0.1]:5',
  '[::g]:5',
  'udp://127.0.0.1:5',
  `[::1%${'x'.repeat(200)}]:5`,
]) {
  forms(`${JSON.stringify(text).slice(0, 30)} is no address`, () => {
    assert.is(parseDatagramEnd(octets(text)), undefined);
  });
}

forms('addresses are read back as they were written', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      assert.equal(parseDatagramEnd(formatDatagramEnd({ host, port })), { host, port });
    }),
  );
});

forms('any octets are an address or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), any => {
      const end = parseDatagramEnd(any);
      if (end !== undefined) assert.equal(parseDatagramEnd(formatDatagramEnd(end)), end);
    }),
  );
});

function refusal(call: () => unknown): string {
  const error = thrown(call);
  return error instanceof UsageError ? `${error.code}: ${error.message}` : String(error);
}

forms('a RADIO: 127 octets of group, 8,192 of all, and no more', () => {
  for (const [group, body] of [
    [0, 8191],
    [127, 8064],
    [1, 8190],
    [0, 0],
  ] as const) {
    RADIO.check([new Uint8Array(group), new Uint8Array(body)]);
    const { octets: datagram, to } = RADIO.encode([new Uint8Array(group), new Uint8Array(body)], TO) ?? {};
    assert.equal([datagram?.length, to], [1 + group + body, TO]);
  }
  assert.is(
    refusal(() => RADIO.check([new Uint8Array(128), new Uint8Array(0)])),
    'EMSGSIZE: group of 128 octets, limit 127 in a datagram',
  );
  for (const [group, body] of [
    [0, 8192],
    [127, 8065],
  ] as const) {
    assert.is(
      refusal(() => RADIO.check([new Uint8Array(group), new Uint8Array(body)])),
      'EMSGSIZE: datagram of 8193 octets with its group, limit 8192',
    );
  }
});

forms('a DGRAM: 8,192 octets and no more; what comes may be larger', () => {
  DGRAM.check([octets('1.1.1.1:1'), new Uint8Array(8192)]);
  assert.is(
    refusal(() => DGRAM.check([octets('1.1.1.1:1'), new Uint8Array(8193)])),
    'EMSGSIZE: datagram of 8193 octets, limit 8192',
  );
  assert.is(DGRAM.decode(new Uint8Array(60_000), TO)?.[1]?.length, 60_000);
});

forms('a DGRAM sends a body as it is to its address, and hears with an address that can be sent to', () => {
  assert.equal(DGRAM.encode([octets('10.0.0.1:5\0'), octets('x')], undefined), { octets: octets('x'), to: TO });
  const [address = new Uint8Array(), body] = DGRAM.decode(octets('y'), { host: '::1', port: 7 }) ?? [];
  assert.equal([String(address), body], ['[::1]:7', octets('y')]);
});

forms('a RADIO hears nothing, a DISH says nothing', () => {
  assert.is(RADIO.decode(octets('\u0001gx'), TO), undefined);
  assert.is(DISH.encode([octets('\u0001g')], undefined), undefined);
  assert.equal(DISH.decode(octets('\u0001gx'), TO)?.map(String), ['g', 'x']);
});

forms.run();

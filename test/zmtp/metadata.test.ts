import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError } from '../../src/errors.ts';
import { decodeProperties, encodeProperties, Metadata, type Property } from '../../src/zmtp/metadata.ts';
import { hex, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';

const metadata = suite('zmtp/metadata');

const DEALER = "0B 'Socket-Type' 00000006 'DEALER' | 08 'Identity' 00000000";

/** Properties in a form that is easy to compare. */
function shown(properties: readonly Property[]): string[] {
  return properties.map(({ name, value }) => `${name}=${toHex(value)}`);
}

const anyProperty: fc.Arbitrary<Property> = fc.record({
  name: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 255 }),
  value: fc.uint8Array({ maxLength: 300, size: 'max' }),
});

metadata('of a DEALER is written as libzmq writes it', () => {
  const properties = [
    { name: 'Socket-Type', value: hex("'DEALER'") },
    { name: 'Identity', value: new Uint8Array(0) },
  ];
  assert.is(toHex(encodeProperties(properties)), toHex(hex(DEALER)));
  assert.equal(shown(decodeProperties(hex(DEALER)).properties), shown(properties));
});

metadata('comes back as it went in, order, case and repetitions included', () => {
  fc.assert(
    fc.property(fc.array(anyProperty), properties => {
      assert.equal(shown(decodeProperties(encodeProperties(properties)).properties), shown(properties));
    }),
  );
});

metadata('may be empty', () => {
  assert.equal(decodeProperties(new Uint8Array(0)).properties, []);
  assert.is(encodeProperties([]).length, 0);
});

metadata('has names in any case', () => {
  const peer = decodeProperties(hex("08 'IDENTITY' 00000001 'a' | 08 'iDentity' 00000001 'b' | 01 'x' 00000000"));
  for (const name of ['Identity', 'identity', 'IDENTITY']) {
    assert.equal(peer.all(name).map(toHex), ['61', '62']);
    assert.is(toHex(peer.get(name) ?? hex('FF')), '61');
  }
  assert.is(peer.get('X')?.length, 0);
  assert.is(peer.get('Socket-Type'), undefined);
  assert.equal(peer.all('Socket-Type'), []);
});

metadata('lets pass what RFC 37 has no use for: empty values, other names, odd octets in names', () => {
  const peer = decodeProperties(hex("06 'X-Test' 00000000 | 03 'a b' 00000001 00 | 01 FF 00000002 'xy'"));
  assert.equal(shown(peer.properties), ['X-Test=', 'a b=00', '\xff=7879']);
});

metadata('has values up to the last octet', () => {
  const peer = decodeProperties(hex("01 'a' 00000100 55*256"));
  assert.is(peer.get('a')?.length, 256);
});

metadata('is refused when it is cut at any octet but between two properties', () => {
  const whole = hex(`${DEALER} | 06 'X-Test' 00000002 'ab'`);
  const borders = [0, 22, 35, 48];
  assert.is(whole.length, 48);
  for (let length = 0; length <= whole.length; length += 1) {
    const part = whole.subarray(0, length);
    if (borders.includes(length)) decodeProperties(part);
    else {
      assert.is(
        codeThrown(() => decodeProperties(part)),
        'ERR_ZMTP_INVALID_METADATA',
        `${length} octets`,
      );
    }
  }
});

for (const octets of [
  '00 00000000',
  "00 00000001 'a'",
  "01 'a' 00000000 | 00 00000000",
  "01 'a' 00000005 'abc'",
  "01 'a' 80000000",
  "01 'a' FFFFFFFF",
  "01 'a' FFFFFFFA", // as a signed number it would lead back to where it begins, for ever
  "01 'a' FFFFFFFF 'abc'",
  "01 'a' 7FFFFFFF 'abc'",
  "01 'a' 00000001",
  "01 'a' 000000",
  "01 'a'",
  "FF 'abc'",
  '05',
  "01 'a' 00000000 | 05",
]) {
  metadata(`is refused as ${octets}`, () => {
    assert.is(
      codeThrown(() => decodeProperties(hex(octets))),
      'ERR_ZMTP_INVALID_METADATA',
    );
  });
}

metadata('is refused in printable words, whatever the peer calls its properties', () => {
  for (const octets of ['04 0A1B5B6D 00000009', '02 C3A9 FFFFFFFF', '03 000A0D 00000001']) {
    assert.throws(
      () => decodeProperties(hex(octets)),
      (error: unknown) => error instanceof ProtocolError && /^[\x20-\x7e]*$/.test(error.message),
    );
  }
});

metadata('does not keep the octets it was read from, also when they are a Buffer', () => {
  for (const octets of [hex(DEALER), Buffer.from(hex(DEALER))]) {
    const peer = decodeProperties(octets);
    octets.fill(0);
    assert.equal(shown(peer.properties), ['Socket-Type=4445414c4552', 'Identity=']);
    for (const { value } of peer.properties) assert.is.not(value.buffer, octets.buffer);
  }
});

metadata('is read, or refused with a ProtocolError, out of any octets', () => {
  const nearly = fc
    .tuple(fc.array(anyProperty, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(255))
    .map(([properties, at, octet]) => {
      const octets = encodeProperties(properties);
      octets[at % octets.length] = octet;
      return octets;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), nearly), octets => {
      let peer: Metadata;
      try {
        peer = decodeProperties(octets);
      } catch (error) {
        assert.instance(error, ProtocolError);
        return;
      }
      assert.is(
        peer.properties.reduce((sum, { name, value }) => sum + 5 + name.length + value.length, 0),
        octets.length,
      );
    }),
    { numRuns: 500 },
  );
});

metadata.run();

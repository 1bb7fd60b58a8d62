import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncompatiblePeerError } from '../../src/errors.ts';
import { Slab } from '../../src/zmtp/slab.ts';
import { greeting, ready } from '../support/raw-zmtp.ts';
import { hex, toHex } from '../support/zmtp-hex.ts';
import { CountingMemory, cut, drain, drainEvents, failureOf, feed, side, taken } from '../support/zmtp-side.ts';

const connection = suite('zmtp/connection: greeting');

const SIGNATURE = 'FF 0000000000000001 7F';
const REST = "01 | 'NULL' 00*16 | 00 | 00*31";
const READY_OF_DEALER = "04 29 | 05 'READY' | 0B 'Socket-Type' 00000006 'DEALER' | 08 'Identity' 00000000";
const DEALER = [
  { name: 'Socket-Type', value: hex("'DEALER'") },
  { name: 'Identity', value: hex('') },
];

/** A peer's greeting with some fields of its own. */
function theirs(fields: {
  readonly signature?: string;
  readonly version?: string;
  readonly rest?: string;
}): Uint8Array {
  const { signature = SIGNATURE, version = '03 01', rest = "'NULL' 00*16 00 00*31" } = fields;
  return hex(`${signature} | ${version} | ${rest}`);
}

connection('sends its signature at once, and nothing else', () => {
  const dealer = side('DEALER');
  assert.is(dealer.outputBytes, 10);
  assert.is(toHex(taken(dealer)), toHex(hex(SIGNATURE)));
  assert.equal(drain(dealer), []);
  assert.is(dealer.outputBytes, 0);
  assert.is(dealer.phase, 'greeting');
});

connection('sends greeting and READY in steps, each when the peer has shown enough', () => {
  const dealer = side('DEALER', { properties: DEALER });
  const sent: [number, string][] = [[0, toHex(taken(dealer))]];
  greeting().forEach((octet, i) => {
    assert.equal(feed(dealer, [Uint8Array.of(octet)]), []);
    const output = taken(dealer);
    if (output.length > 0) sent.push([i + 1, toHex(output)]);
  });
  assert.equal(sent, [
    [0, toHex(hex(SIGNATURE))],
    [10, toHex(hex('03'))],
    [11, toHex(hex(REST))],
    [64, toHex(hex(READY_OF_DEALER))],
  ]);
  assert.is(dealer.phase, 'handshake');
});

connection('sends the same octets however the greeting is cut', () => {
  const whole = toHex(hex(`${SIGNATURE} 03 ${REST} ${READY_OF_DEALER}`));
  for (let first = 1; first < 64; first += 1) {
    const dealer = side('DEALER', { properties: DEALER });
    feed(dealer, [greeting().subarray(0, first), greeting().subarray(first)]);
    assert.is(toHex(taken(dealer)), whole, `cut at ${first}`);
  }
});

for (const [what, octets] of [
  ['the eight octets of padding AA', theirs({ signature: 'FF AA*8 7F' })],
  ['the padding FF', theirs({ signature: 'FF FF*8 7F' })],
  ['the padding 00', theirs({ signature: 'FF 00*8 7F' })],
  ['octet 9 as 01', theirs({ signature: 'FF 00*8 01' })],
  ['octet 9 as FF', theirs({ signature: 'FF 00*8 FF' })],
  ['as-server set', theirs({ rest: "'NULL' 00*16 01 00*31" })],
  ['as-server FF', theirs({ rest: "'NULL' 00*16 FF 00*31" })],
  ['a filler of FF', theirs({ rest: "'NULL' 00*16 00 FF*31" })],
  ['version 2.0, which was never published', theirs({ version: '02 00' })],
  ['version 3.2', theirs({ version: '03 02' })],
  ['version 3.255', theirs({ version: '03 FF' })],
  ['version 4.0', theirs({ version: '04 00' })],
  ['version 4.1', theirs({ version: '04 01' })],
  ['version 255.255', theirs({ version: 'FF FF' })],
] as const) {
  connection(`takes a greeting with ${what}, and speaks 3.1`, () => {
    for (const lengths of [[64], [1]]) {
      const dealer = side('DEALER');
      feed(dealer, cut(octets, lengths));
      dealer.receive(ready('ROUTER'), 0);
      const [event] = drainEvents(dealer);
      assert.equal(event?.kind === 'handshake' && event.peer.version, { major: 3, minor: 1 });
    }
  });
}

connection('speaks 3.0 with a peer of 3.0, and still announces 3.1', () => {
  const dealer = side('DEALER');
  dealer.receive(greeting({ minor: 0 }), 0);
  dealer.receive(ready('ROUTER'), 0);
  const [event] = drainEvents(dealer);
  assert.equal(event?.kind === 'handshake' && event.peer.version, { major: 3, minor: 0 });
  assert.is(toHex(taken(dealer).subarray(10, 12)), '0301');
});

for (const [what, octets, refusedAt, code, sent] of [
  ['HTTP', "'GET / HTTP/1.1' 0D0A0D0A", 2, 'ERR_ZMTP_NOT_ZMTP', 10],
  ['TLS', '16 0301 0200 01', 2, 'ERR_ZMTP_NOT_ZMTP', 10],
  ['SSH', "'SSH-2.0-OpenSSH_9.2' 0D0A", 2, 'ERR_ZMTP_NOT_ZMTP', 10],
  ['a frame without flags', '00 00', 1, 'ERR_ZMTP_NOT_ZMTP', 10],
  ['ZMTP 1.0, without being told to let it in', '01 00', 2, 'ERR_ZMTP_UNSUPPORTED_VERSION', 10],
  ['an even octet 9', 'FF 00*8 7E 03 01', 10, 'ERR_ZMTP_NOT_ZMTP', 10],
  ['ZMTP 1.0 behind a signature, likewise', `${SIGNATURE} 00 05`, 11, 'ERR_ZMTP_UNSUPPORTED_VERSION', 11],
  ['ZMTP 2.0, likewise', `${SIGNATURE} 01 05`, 11, 'ERR_ZMTP_UNSUPPORTED_VERSION', 11],
] as const) {
  connection(`ends at octet ${refusedAt} of ${what}, with ${code}`, () => {
    const dealer = side('DEALER');
    const events = cut(hex(octets), [1]).map(octet => feed(dealer, [octet]).join());
    assert.is(events.indexOf(`over ${code}`), refusedAt - 1);
    assert.is(events.filter(event => event !== '').length, 1);
    assert.is(taken(dealer).length, sent);
  });
}

for (const field of ["'null' 00*16", "'NULLX' 00*15", "'NULL' 00 'x' 00*14", '00*20', "'CURVE' 00*15"]) {
  connection(`ends with a peer of mechanism ${field}, having sent its own greeting in full`, () => {
    const dealer = side('DEALER');
    dealer.receive(theirs({ rest: `${field} 00 00*31` }), 0);
    const error = failureOf(drainEvents(dealer));
    assert.instance(error, IncompatiblePeerError);
    assert.is(error.code, 'ERR_ZMTP_MECHANISM_MISMATCH');
    assert.is(toHex(taken(dealer)), toHex(hex(`${SIGNATURE} 03 ${REST}`)));
  });
}

connection('takes no memory for a peer that sends half a greeting', () => {
  const memory = new CountingMemory();
  const slab = new Slab(memory);
  for (let i = 0; i < 50; i += 1) {
    const dealer = side('DEALER', { memory, slab });
    dealer.takeOutput();
    for (const octet of greeting().subarray(0, 9)) {
      feed(dealer, [Uint8Array.of(octet)]);
      if (dealer.outputBytes > 0) dealer.takeOutput(); // as the engine does: none is taken when none is there
    }
  }
  assert.is(memory.allocated, 64 * 1024);
});

connection.run();

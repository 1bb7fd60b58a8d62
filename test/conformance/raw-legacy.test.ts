/** The wires of ZMTP 2.0 and 1.0 as the tester writes and reads them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { frameV1, greetingV2, messageV1, nextFrameV1, TYPE_NUMBERS } from '../../conformance/src/raw/legacy.ts';
import { ascii, filled, join, toHex } from '../../conformance/src/raw/octets.ts';
import { withPeer } from './wire-to-peer.ts';

const legacy = suite('raw ZMTP 2.0 and 1.0');

legacy('a greeting of 2.0 is a signature, the revision and the number of the type', () => {
  assert.is(toHex(greetingV2({ type: TYPE_NUMBERS.DEALER })), 'ff00000000000000007f' + '0105');
  assert.is(toHex(greetingV2({ revision: 0, type: TYPE_NUMBERS.SUB })), 'ff00000000000000007f' + '0002');
});

legacy('the size of a frame of 1.0 counts its flags, and FF in its place announces eight octets', () => {
  assert.is(toHex(frameV1(ascii('a'))), '020061');
  assert.is(toHex(frameV1(filled(253, 0)).subarray(0, 2)), 'fe00');
  assert.is(toHex(frameV1(filled(254, 0)).subarray(0, 10)), 'ff00000000000000ff00');
  assert.is(toHex(messageV1(ascii('a'), ascii('b'))), '020161' + '020062');
});

legacy('the size and the form of a frame of 1.0 may lie', () => {
  assert.is(toHex(frameV1(ascii('a'), { size: 0 })), '000061');
  assert.is(toHex(frameV1(ascii('a'), { long: true, flags: 3 })), 'ff0000000000000002' + '0361');
});

legacy('frames of 1.0 come out as they went in, short and long', async () => {
  await withPeer(join(messageV1(ascii('a'), filled(300, 1)), frameV1(ascii(''))), async peer => {
    const [first, second, third] = [await nextFrameV1(peer), await nextFrameV1(peer), await nextFrameV1(peer)];
    assert.equal(first, { flags: 1, more: true, long: false, body: ascii('a') });
    assert.equal(second, { flags: 0, more: false, long: true, body: filled(300, 1) });
    assert.equal(third, { flags: 0, more: false, long: false, body: ascii('') });
    assert.is(await nextFrameV1(peer), 'closed');
  });
});

legacy.run();

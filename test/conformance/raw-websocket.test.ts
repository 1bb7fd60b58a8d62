/** Frames of WebSockets as the tester writes and reads them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ascii, filled, hex, join, toHex } from '../../conformance/src/raw/octets.ts';
import { nextWebSocketFrame, OPCODE, webSocketFrame } from '../../conformance/src/raw/websocket.ts';
import { withPeer } from './wire-to-peer.ts';

const websocket = suite('raw WebSocket frames');

websocket('a frame has the octets of RFC 6455, section 5.7', () => {
  assert.is(toHex(webSocketFrame(ascii('Hello'), { opcode: OPCODE.text, mask: false })), '810548656c6c6f');
  const masked = webSocketFrame(ascii('Hello'), { opcode: OPCODE.text, mask: hex('37 fa 21 3d') });
  assert.is(toHex(masked), '818537fa213d7f9f4d5158');
  assert.is(toHex(webSocketFrame(filled(256, 0), { mask: false }).subarray(0, 4)), '827e0100');
  assert.is(toHex(webSocketFrame(filled(65_536, 0), { mask: false }).subarray(0, 10)), '827f0000000000010000');
});

websocket('the size takes more bits from 126 on', () => {
  assert.is(toHex(webSocketFrame(filled(125, 0), { mask: false }).subarray(0, 2)), '827d');
  assert.is(toHex(webSocketFrame(filled(126, 0), { mask: false }).subarray(0, 4)), '827e007e');
  assert.is(toHex(webSocketFrame(filled(65_535, 0), { mask: false }).subarray(0, 4)), '827effff');
});

websocket('every bit may be another, and the size may lie', () => {
  const lies = { fin: false, reserved: 0b101, opcode: OPCODE.ping, mask: false } as const;
  assert.is(toHex(webSocketFrame(ascii('a'), lies)), '590161');
  assert.is(toHex(webSocketFrame(ascii('a'), { mask: false, sizeBits: 16 })), '827e000161');
  assert.is(toHex(webSocketFrame(ascii('a'), { mask: false, size: 9 })), '820961');
});

websocket('what was masked comes out as it was, of any length', async () => {
  const payloads = [ascii(''), ascii('Hello'), filled(300, 3), filled(70_000, 4)];
  const octets = join(...payloads.map((payload, i) => webSocketFrame(payload, { mask: i % 2 === 0, fin: i > 0 })));
  await withPeer(octets, async peer => {
    for (const [i, payload] of payloads.entries()) {
      const found = await nextWebSocketFrame(peer);
      assert.equal(found, { opcode: OPCODE.binary, fin: i > 0, reserved: 0, masked: i % 2 === 0, payload });
    }
    assert.is(await nextWebSocketFrame(peer), 'closed');
  });
});

websocket.run();

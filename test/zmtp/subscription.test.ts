import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asSubscription, decodeSubscription, encodeSubscription } from '../../src/zmtp/subscription.ts';
import { hex, toHex } from '../support/zmtp-hex.ts';

const subscription = suite('zmtp/subscription');

for (const [action, topic, octets] of [
  ['subscribe', "'abc'", "01 'abc'"],
  ['cancel', "'abc'", "00 'abc'"],
  ['subscribe', '', '01'],
  ['cancel', '', '00'],
  ['subscribe', '01', '01 01'],
] as const) {
  subscription(`to ${action} "${topic}" is ${octets}`, () => {
    assert.is(toHex(encodeSubscription({ action, topic: hex(topic) })), toHex(hex(octets)));
    const decoded = decodeSubscription(hex(octets));
    assert.is(decoded?.action, action);
    assert.is(toHex(decoded?.topic ?? hex('EE')), toHex(hex(topic)));
  });
}

subscription('comes back as it went in', () => {
  fc.assert(
    fc.property(fc.constantFrom('subscribe', 'cancel'), fc.uint8Array(), (action, topic) => {
      const decoded = decodeSubscription(encodeSubscription({ action, topic }));
      assert.is(decoded?.action, action);
      assert.is(toHex(decoded?.topic ?? hex('EE')), toHex(topic));
    }),
  );
});

subscription('is no part that begins otherwise, or is empty', () => {
  assert.is(decodeSubscription(new Uint8Array(0)), undefined);
  for (let first = 2; first < 256; first += 1) assert.is(decodeSubscription(Uint8Array.of(first, 0, 1)), undefined);
});

subscription('is a message of one part only', () => {
  assert.is(asSubscription([hex('01 61')])?.action, 'subscribe');
  assert.is(asSubscription([hex('00 61')])?.action, 'cancel');
  assert.is(asSubscription([hex('02 61')]), undefined);
  assert.is(asSubscription([hex('01 61'), hex('')]), undefined);
  assert.is(asSubscription([]), undefined);
});

subscription.run();

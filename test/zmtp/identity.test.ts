import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../src/message.ts';
import { takeIdentity } from '../../src/zmtp/identity.ts';
import { hex, pattern, toHex } from '../support/zmtp-hex.ts';
import { codeThrown } from '../support/zmtp-side.ts';

const identity = suite('zmtp/identity');

for (const octets of [hex(''), hex("'me'"), hex('01 00 00'), pattern(255, 1)]) {
  identity(`of ${octets.length} octets is copied`, () => {
    const taken = takeIdentity(octets, plainMemory);
    assert.is(toHex(taken), toHex(octets));
    assert.is.not(taken.buffer, octets.buffer);
  });
}

for (const [what, octets] of [
  ['over 255 octets', pattern(256, 1)],
  ['that begins with zero', hex('00 01')],
  ['of a zero', hex('00')],
] as const) {
  identity(`${what} is refused`, () => {
    assert.is(
      codeThrown(() => takeIdentity(octets, plainMemory)),
      'ERR_ZMTP_INVALID_METADATA',
    );
  });
}

identity.run();

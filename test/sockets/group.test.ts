import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { shown, toGroup } from '../../src/sockets/group.ts';

const groups = suite('group');

function refusal(group: unknown): string {
  try {
    toGroup(group);
  } catch (error) {
    if (error instanceof UsageError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

groups('is text as UTF-8, or octets as they are, from none to 255', () => {
  assert.equal([...toGroup('é')], [0xc3, 0xa9]);
  assert.is(toGroup('').length, 0);
  const octets = Uint8Array.of(1, 255);
  assert.is(toGroup(octets), octets);
  assert.is(toGroup('x'.repeat(255)).length, 255);
  assert.is(toGroup(new Uint8Array(255).fill(7)).length, 255);
});

groups('is refused with more than 255 octets, however few characters those are', () => {
  assert.is(refusal('x'.repeat(256)), 'EINVAL group of 256 octets, limit 255');
  assert.is(refusal('é'.repeat(128)), 'EINVAL group of 256 octets, limit 255');
  assert.is(refusal(new Uint8Array(70_000).fill(1)), 'EINVAL group of 70000 octets, limit 255');
});

groups('is refused with an octet 0, where libzmq would cut it', () => {
  for (const group of ['\0', 'a\0', '\0a', 'a\0b']) assert.match(refusal(group), /^EINVAL group ".*\\u0000.*" with/);
  assert.match(refusal(Uint8Array.of(0)), /^EINVAL/);
});

groups('is refused when it is neither text nor octets', () => {
  for (const group of [5, null, undefined, {}, ['a'], true, 1n, new ArrayBuffer(1), new Uint16Array(1)]) {
    assert.match(refusal(group), /^EINVAL group of type \w+, expected text or octets$/);
  }
});

groups('is shown as text on one line', () => {
  assert.is(shown(Buffer.from('a "b"\n')), '"a \\"b\\"\\n"');
});

groups.run();

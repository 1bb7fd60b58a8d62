import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GeneratedIds } from '../../../src/sockets/routing/generated-ids.ts';

const ids = suite('generated ids');

ids('have five octets, the first zero, and count on past the end', () => {
  const last = new GeneratedIds(() => (0x1_0000_0000 - 2) / 0x1_0000_0000);
  const hex = [last.next(), last.next(), last.next()].map(id => Buffer.from(id).toString('hex'));
  assert.equal(hex, ['00ffffffff', '0000000000', '0000000001']);
});

ids.run();

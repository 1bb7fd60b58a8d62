import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { formatEndpoint, parseEndpoint } from '../../src/transports/endpoint.ts';
import { thrown } from '../support/test-net.ts';

const endpoint = suite('endpoint');

const good = [
  ['tcp://127.0.0.1:5555', 'tcp', '127.0.0.1:5555'],
  ['tcp://*:*', 'tcp', '*:*'],
  ['TCP://*:*', 'TCP', '*:*'],
  ['inproc://a', 'inproc', 'a'],
  ['inproc://a://b', 'inproc', 'a://b'],
  ['inproc:// ', 'inproc', ' '],
  ['ipc:///tmp/socket', 'ipc', '/tmp/socket'],
  ['ipc://@abstract', 'ipc', '@abstract'],
  ['ws://127.0.0.1:80/path', 'ws', '127.0.0.1:80/path'],
  ['tcp:///://', 'tcp', '/://'],
] as const;

for (const [text, scheme, address] of good) {
  endpoint(`cuts ${text} at the first ://`, () => {
    assert.equal(parseEndpoint(text), { scheme, address });
  });
}

const bad = [
  '',
  'foo-bar',
  '://',
  'tcp://',
  '://127.0.0.1:5555',
  'tcp:/127.0.0.1:5555',
  'tcp:127.0.0.1:5555',
  '127.0.0.1:1',
];

for (const text of bad) {
  endpoint(`refuses ${JSON.stringify(text)} as EINVAL and names it`, () => {
    const error = thrown(() => parseEndpoint(text));
    assert.instance(error, UsageError);
    const { code, address, message } = error as UsageError;
    assert.is(code, 'EINVAL');
    assert.is(address, text);
    assert.ok(message.includes(JSON.stringify(text)));
  });
}

endpoint('what is formatted is read back', () => {
  const scheme = fc.string({ minLength: 1 }).filter(text => !`${text}:/`.includes('://'));
  const address = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(fc.record({ scheme, address }, { noNullPrototype: true }), each => {
      assert.equal(parseEndpoint(formatEndpoint(each)), each);
    }),
  );
});

endpoint('any text is an endpoint that formats to itself, or an EINVAL', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('tcp', ':', '/', '//', '://', 'a')).map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(text, each => {
      try {
        assert.is(formatEndpoint(parseEndpoint(each)), each);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        assert.is(error.code, 'EINVAL');
      }
    }),
  );
});

endpoint.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import {
  formatHostAndPort,
  parseTcpBind,
  parseTcpConnect,
  type TcpEnd,
  type TcpHost,
} from '../../src/transports/tcp-address.ts';
import { thrown } from '../support/test-net.ts';

const address = suite('tcp address');

const any: TcpHost = { kind: 'any' };
const ipv4 = (text: string): TcpHost => ({ kind: 'ipv4', address: text });
const ipv6 = (text: string): TcpHost => ({ kind: 'ipv6', address: text });
const name = (text: string): TcpHost => ({ kind: 'name', name: text });

const toBind: readonly (readonly [string, TcpHost, number])[] = [
  ['*:*', any, 0],
  ['*:0', any, 0],
  ['*:5555', any, 5555],
  ['0.0.0.0:5555', ipv4('0.0.0.0'), 5555],
  ['127.0.0.1:*', ipv4('127.0.0.1'), 0],
  ['127.0.0.1:00080', ipv4('127.0.0.1'), 80],
  ['127.0.0.1:65535', ipv4('127.0.0.1'), 65535],
  ['[::1]:5555', ipv6('::1'), 5555],
  ['[::]:*', ipv6('::'), 0],
  ['[::ffff:127.0.0.1]:1', ipv6('::ffff:127.0.0.1'), 1],
  ['[fe80::1%eth0]:5555', ipv6('fe80::1%eth0'), 5555],
  ['lo:0', name('lo'), 0],
  ['br-1_a.100:0', name('br-1_a.100'), 0],
  ['localhost:5555', name('localhost'), 5555],
  ['Example.ORG:5555', name('Example.ORG'), 5555],
  ['3com.example:5555', name('3com.example'), 5555],
];

for (const [text, host, port] of toBind) {
  address(`binds ${text}`, () => {
    assert.equal(parseTcpBind(text), { host, port });
  });
}

const toConnect: readonly (readonly [string, TcpEnd | undefined, TcpEnd])[] = [
  ['127.0.0.1:5555', undefined, { host: ipv4('127.0.0.1'), port: 5555 }],
  ['localhost:1', undefined, { host: name('localhost'), port: 1 }],
  ['[::1]:65535', undefined, { host: ipv6('::1'), port: 65535 }],
  ['*:0;127.0.0.1:5555', { host: any, port: 0 }, { host: ipv4('127.0.0.1'), port: 5555 }],
  ['*:*;127.0.0.1:5555', { host: any, port: 0 }, { host: ipv4('127.0.0.1'), port: 5555 }],
  ['127.0.0.2:7;a.b:5', { host: ipv4('127.0.0.2'), port: 7 }, { host: name('a.b'), port: 5 }],
  ['lo:0;localhost:5', { host: name('lo'), port: 0 }, { host: name('localhost'), port: 5 }],
  ['[::1]:0;[::1]:5', { host: ipv6('::1'), port: 0 }, { host: ipv6('::1'), port: 5 }],
];

for (const [text, source, destination] of toConnect) {
  address(`connects to ${text}`, () => {
    assert.equal(parseTcpConnect(text), { source, destination });
  });
}

/** What neither of the two takes, and what the message must name. */
const malformed: readonly (readonly [string, string])[] = [
  ['', 'host:port'],
  ['127.0.0.1', 'host:port'],
  ['localhost', 'host:port'],
  [':5555', '""'],
  ['127.0.0.1:', 'limit 65535'],
  ['127.0.0.1:abc', '"abc"'],
  ['127.0.0.1:5670x', '"5670x"'],
  ['127.0.0.1:-1', '"-1"'],
  ['127.0.0.1:+1', '"+1"'],
  ['127.0.0.1: 80', '" 80"'],
  ['127.0.0.1:80 ', '"80 "'],
  ['127.0.0.1:8e3', '"8e3"'],
  ['127.0.0.1:0x50', '"0x50"'],
  ['127.0.0.1:٣', '"٣"'],
  ['127.0.0.1:65536', 'limit 65535'],
  ['127.0.0.1:99999999999999999999', 'limit 65535'],
  ['127.0.0.1:5555/', '"5555/"'],
  ['127.0.0.1:80\n', '"80\\n"'],
  ['256.1.1.1:5555', '256.1.1.1'],
  ['10.1:5555', '10.1'],
  ['::1:5555', 'brackets'],
  ['[::1]', ']'],
  ['[::1]5555', ']5555'],
  ['[127.0.0.1]:5555', 'IPv6'],
  ['[localhost]:5555', 'IPv6'],
  ['[]:5555', 'IPv6'],
  ['[::1:5555', 'host'],
  ['[*]:5555', 'IPv6'],
  ['a b:5555', '"a b"'],
  ['héros:5555', '"héros"'],
  ['-host:5555', '"-host"'],
  ['.host:5555', '".host"'],
  ['ho*st:5555', '"ho*st"'],
  ['user@host:5555', '"user@host"'],
  ['host/path:5555', '"host/path"'],
  ['a:b:5555', '"a:b"'],
  ['a\0b:5555', '"a\\u0000b"'],
];

for (const [text, named] of malformed) {
  address(`refuses ${JSON.stringify(text)}, and says why`, () => {
    for (const parse of [parseTcpBind, parseTcpConnect]) {
      const error = thrown(() => parse(text));
      assert.instance(error, UsageError);
      const { code, message, address: endpoint } = error as UsageError;
      assert.is(code, 'EINVAL');
      assert.is(endpoint, `tcp://${text}`);
      assert.ok(message.includes(named), message);
    }
  });
}

const notToConnect = [
  '*:5555',
  '127.0.0.1:*',
  '127.0.0.1:0',
  '127.0.0.1:000',
  '127.0.0.1:0;',
  ';127.0.0.1:5555',
  '127.0.0.1:0;*:5555',
  '127.0.0.1:0;127.0.0.1:0',
  '127.0.0.1;127.0.0.1:5555',
  '127.0.0.1:65536;127.0.0.1:5555',
  '127.0.0.1:0;127.0.0.1:1;127.0.0.1:5555',
];

for (const text of notToConnect) {
  address(`does not connect to ${text}`, () => {
    const error = thrown(() => parseTcpConnect(text));
    assert.instance(error, UsageError);
    assert.is((error as UsageError).code, 'EINVAL');
  });
}

address('does not bind a source and a destination', () => {
  assert.instance(
    thrown(() => parseTcpBind('127.0.0.1:0;127.0.0.1:5555')),
    UsageError,
  );
});

const port = fc.integer({ min: 1, max: 65535 });

address('reads back the numeric ends that it formats', () => {
  const host = fc.oneof(fc.ipV4().map(ipv4), fc.ipV6().map(ipv6));
  fc.assert(
    fc.property(host, port, (each, number) => {
      const numeric = each.kind === 'ipv4' || each.kind === 'ipv6' ? each.address : '';
      const text = formatHostAndPort(numeric, number);
      assert.equal(parseTcpBind(text), { host: each, port: number });
      assert.equal(parseTcpConnect(text), { source: undefined, destination: { host: each, port: number } });
    }),
  );
});

address('takes every domain name', () => {
  fc.assert(
    fc.property(fc.domain(), port, (each, number) => {
      assert.equal(parseTcpBind(`${each}:${String(number)}`), { host: name(each), port: number });
    }),
  );
});

address('any text is an address with its port in range, or an EINVAL', () => {
  const pieces = [
    '*',
    ':',
    ';',
    '[',
    ']',
    '::',
    '1',
    '0',
    '65535',
    '65536',
    '%',
    '.',
    '-',
    'lo',
    '127.0.0.1',
    '::1',
    ' ',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(text, each => {
      for (const parse of [parseTcpBind, (part: string) => parseTcpConnect(part).destination]) {
        try {
          const end = parse(each);
          assert.ok(Number.isInteger(end.port) && end.port >= 0 && end.port <= 65535);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          assert.is(error.code, 'EINVAL');
        }
      }
    }),
    { numRuns: 2000 },
  );
});

address.run();

import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import type { TcpHost } from '../../src/transports/tcp-address.ts';
import { isMulticast, parseUdpBind, parseUdpConnect } from '../../src/transports/udp-address.ts';
import { thrown } from '../support/test-net.ts';

const address = suite('udp address');

const any: TcpHost = { kind: 'any' };
const ipv4 = (text: string): TcpHost => ({ kind: 'ipv4', address: text });
const ipv6 = (text: string): TcpHost => ({ kind: 'ipv6', address: text });
const name = (text: string): TcpHost => ({ kind: 'name', name: text });

const both = [
  ['127.0.0.1:5555', undefined, ipv4('127.0.0.1'), 5555],
  ['localhost:5555', undefined, name('localhost'), 5555],
  ['eth0:5555', undefined, name('eth0'), 5555],
  ['[::1]:5555', undefined, ipv6('::1'), 5555],
  ['239.1.2.3:5600', undefined, ipv4('239.1.2.3'), 5600],
  ['*;239.1.2.3:5600', undefined, ipv4('239.1.2.3'), 5600],
  ['eth0;239.1.2.3:5600', name('eth0'), ipv4('239.1.2.3'), 5600],
  ['10.0.0.1;239.1.2.3:5600', ipv4('10.0.0.1'), ipv4('239.1.2.3'), 5600],
  ['eth0;[ff15::5]:5600', name('eth0'), ipv6('ff15::5'), 5600],
  ['[fd00::1];[ff15::5]:5600', ipv6('fd00::1'), ipv6('ff15::5'), 5600],
  ['eth0;group.example:5600', name('eth0'), name('group.example'), 5600],
] as const;

const toBind = [
  ['*:5555', undefined, any, 5555],
  ['*:*', undefined, any, 0],
  ['127.0.0.1:0', undefined, ipv4('127.0.0.1'), 0],
  ['*;239.1.2.3:*', undefined, ipv4('239.1.2.3'), 0],
] as const;

for (const [text, via, host, port] of [...both, ...toBind]) {
  address(`binds ${text}`, () => {
    assert.equal(parseUdpBind(text), { via, end: { host, port } });
  });
}

for (const [text, via, host, port] of both) {
  address(`connects to ${text}`, () => {
    assert.equal(parseUdpConnect(text), { via, end: { host, port } });
  });
}

const wrong = [
  '',
  '127.0.0.1',
  ':5555',
  '127.0.0.1:',
  '127.0.0.1:x',
  '127.0.0.1:65536',
  '127.0.0.1:-1',
  '::1:5555',
  'ff15::5:5600',
  '256.1.1.1:5',
  ';239.1.2.3:5600',
  'eth0;',
  'eth0;239.1.2.3',
  'eth0;127.0.0.1:5555', // an interface, but no group
  'eth0;*:5555',
  'eth0;[::1]:5555',
  '224.0.0.1;239.1.2.3:5600', // the interface is a group
  '[ff15::1];[ff15::5]:5600',
  'eth0;eth1;239.1.2.3:5600',
  'eth 0;239.1.2.3:5600',
];

for (const text of wrong) {
  address(`binds or connects to no ${JSON.stringify(text)}`, () => {
    for (const parse of [parseUdpBind, parseUdpConnect]) {
      const error = thrown(() => parse(text));
      assert.instance(error, UsageError);
      assert.is((error as UsageError).code, 'EINVAL');
      assert.is((error as UsageError).address, `udp://${text}`);
    }
  });
}

for (const text of ['*:5555', '127.0.0.1:0', '127.0.0.1:*', '239.1.2.3:0', '*;*:5600']) {
  address(`connects to no ${text}`, () => {
    assert.is((thrown(() => parseUdpConnect(text)) as UsageError).code, 'EINVAL');
  });
}

address('says what is wrong', () => {
  assert.match((thrown(() => parseUdpBind('lo;10.0.0.1:5')) as Error).message, '10.0.0.1 is no multicast group');
  assert.match((thrown(() => parseUdpBind('239.0.0.1;239.1.1.1:5')) as Error).message, 'interface 239.0.0.1 is a');
});

address('any text is an address, or EINVAL', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(parseUdpBind, parseUdpConnect), (text, parse) => {
      try {
        parse(text);
      } catch (error) {
        assert.instance(error, UsageError);
        assert.is((error as UsageError).code, 'EINVAL');
      }
    }),
  );
});

address('groups are 224.0.0.0 to 239.255.255.255 and all that begins with ff', () => {
  for (const group of ['224.0.0.0', '239.255.255.255', 'ff02::1', 'FF15::5', 'ffff::1'])
    assert.ok(isMulticast(group), group);
  for (const host of [
    '223.255.255.255',
    '240.0.0.0',
    '22.4.0.0',
    '0.0.0.0',
    '::',
    '::1',
    'fe80::1',
    'ff::1',
    '::ff02',
    '*',
  ]) {
    assert.not.ok(isMulticast(host), host);
  }
});

address.run();

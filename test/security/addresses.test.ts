import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { allowAddresses, denyAddresses } from '../../src/security/addresses.ts';
import { nullPeer, statusOf } from '../support/asking.ts';

const addresses = suite('security/addresses');

for (const [ranges, inside, outside] of [
  [[], [], ['1.2.3.4', '::1', '', 'localhost']],
  [
    ['10.0.0.0/8'],
    ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3', '::ffff:a01:203'],
    ['9.255.255.255', '11.0.0.0', '::1'],
  ],
  [['10.9.8.7/8'], ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']], // what is behind the prefix is nothing
  [['192.168.1.5'], ['192.168.1.5', '::ffff:192.168.1.5', '0:0:0:0:0:ffff:c0a8:105'], ['192.168.1.4', '192.168.1.6']],
  [['::ffff:10.0.0.0/104'], ['10.1.2.3', '::ffff:10.1.2.3'], ['11.0.0.0', '::ffff:11.0.0.0', '::']],
  [['::ffff:10.1.2.3'], ['10.1.2.3', '::ffff:10.1.2.3'], ['10.1.2.4']],
  [['::1'], ['::1', '0:0::0:1'], ['::2', '127.0.0.1']],
  [['2001:DB8::/32'], ['2001:db8::', '2001:db8:ffff::1'], ['2001:db9::', '2001:db7:ffff::']],
  [['fe80::/10'], ['fe80::1', 'fe80::1%eth0', 'febf::'], ['fec0::1']],
  [['fe80::1%eth0'], ['fe80::1%eth1', 'fe80::1'], ['fe80::2%eth0']],
  [['0.0.0.0/0'], ['1.2.3.4', '255.255.255.255', '::ffff:1.2.3.4'], ['::1', '::']],
  [['::/0'], ['::1', 'fe80::1'], ['1.2.3.4', '::ffff:1.2.3.4']],
  [['127.0.0.1', '10.0.0.0/31', 'abcd::/16'], ['127.0.0.1', '10.0.0.1', 'abcd::'], ['10.0.0.2']],
  [['localhost'], ['localhost'], ['1.2.3.4', '127.0.0.1', '::1', '', 'localhost:0:0:1']],
] as const) {
  const named = ranges.join(' ') || 'nothing';

  addresses(`allowed are ${named} and no others`, async () => {
    const allow = allowAddresses(ranges);
    for (const address of inside) assert.is(await statusOf(allow, nullPeer({ address })), 200, address);
    for (const address of outside) assert.is(await statusOf(allow, nullPeer({ address })), 400, address);
  });

  addresses(`denied are ${named} and no others`, async () => {
    const deny = denyAddresses(ranges);
    for (const address of inside) assert.is(await statusOf(deny, nullPeer({ address })), 400, address);
    for (const address of outside) assert.is(await statusOf(deny, nullPeer({ address })), 200, address);
  });
}

addresses('lie in a range when they begin with its bits', async () => {
  const v4 = (value: bigint): string => [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');
  const v6 = (value: bigint): string =>
    Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
  const kinds = fc.constantFrom({ width: 32, write: v4 }, { width: 128, write: v6 });
  const cases = kinds.chain(({ width, write }) =>
    fc.record({
      prefix: fc.nat(width),
      base: fc.bigInt(0n, 2n ** BigInt(width) - 1n),
      flip: fc.nat(width - 1),
      width: fc.constant(width),
      write: fc.constant(write),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ({ prefix, base, flip, width, write }) => {
      fc.pre(base >> 32n !== 0xffffn || width === 32); // IPv4 in IPv6 has its own cases
      const allow = allowAddresses([`${write(base)}/${prefix}`]);
      const address = write(base ^ (1n << BigInt(width - 1 - flip)));
      assert.is(await statusOf(allow, nullPeer({ address: write(base) })), 200);
      assert.is(await statusOf(allow, nullPeer({ address })), flip < prefix ? 400 : 200);
    }),
  );
});

for (const range of [
  ...[
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0.0/0x8',
    '10.0.0.0/1e1',
  ],
  ...[
    '10.0.0',
    '010.0.0.1',
    '10.0.0.1:80',
    '',
    'localhost:0:0:1',
    '*',
    '/8',
    ' ',
    '::ffff:10.0.0.0/95',
    '::ffff:10.0.0.0/129',
    '[::1]',
  ],
]) {
  addresses(`refuse ${JSON.stringify(range)} for a range`, () => {
    for (const make of [allowAddresses, denyAddresses]) {
      assert.throws(
        () => make(['127.0.0.1', range]),
        (error: unknown) =>
          error instanceof UsageError && error.message === `${JSON.stringify(range)} is no range of addresses`,
      );
    }
  });
}

addresses.run();

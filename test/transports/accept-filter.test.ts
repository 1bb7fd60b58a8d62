import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acceptFilter } from '../../src/transports/accept-filter.ts';
import { TcpTransport } from '../../src/transports/tcp.ts';
import { asTransportError, defaultOptions, netSuite, start } from '../support/test-net.ts';

const filter = suite('accept filter');

for (const [ranges, admitted, refused] of [
  [[], ['1.2.3.4', '::1', '::ffff:1.2.3.4', 'fe80::1%eth0'], []],
  [['10.0.0.0/8'], ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0', '::1']],
  [['192.168.1.5'], ['192.168.1.5', '::ffff:192.168.1.5'], ['192.168.1.4', '192.168.1.6']],
  [['::1'], ['::1'], ['::2', '127.0.0.1']],
  [['fe80::/10'], ['fe80::1', 'fe80::1%eth0'], ['fec0::1']],
  [['0.0.0.0/0'], ['1.2.3.4', '255.255.255.255'], ['::1']],
  [['127.0.0.1', '10.0.0.0/31', 'abcd::/16'], ['127.0.0.1', '10.0.0.1', 'abcd::'], ['10.0.0.2']],
] as const) {
  filter(`of ${ranges.join(' ') || 'nothing'} lets in what lies in it`, () => {
    const admits = acceptFilter(ranges);
    assert.equal(
      admitted.filter(address => !admits(address)),
      [],
    );
    assert.equal(
      refused.filter(address => admits(address)),
      [],
    );
  });
}
filter.run();

const listening = netSuite('tcp with an accept filter', () => new TcpTransport());

listening('closes a stranger before an octet is sent, and tells', async ({ net }) => {
  net.options = { ...defaultOptions, tcpAcceptFilter: ['10.0.0.0/8'] };
  const { peers, listener, address } = await net.listen('127.0.0.1:*');
  const { sink } = start(await net.connect(address));
  await sink.untilClosed();
  assert.equal([sink.size, peers.peers.length], [0, 0]);
  const [failure] = peers.failures;
  assert.is(asTransportError(failure).code, 'EACCES');
  assert.is(failure?.message, `127.0.0.1 may not connect to tcp://127.0.0.1:*`);
  assert.match(listener.endpoint, '127.0.0.1');
});

listening('lets in those it names', async ({ net }) => {
  net.options = { ...defaultOptions, tcpAcceptFilter: ['10.0.0.0/8', '127.0.0.0/8'] };
  const { near, far } = await net.open('127.0.0.1:*');
  near.duplex.write([Buffer.from('x')]);
  await far.sink.untilReceived(1);
});

listening.run();

import { createServer } from 'node:net';
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { TcpTransport } from '../../src/transports/tcp.ts';
import { SocksServer, type ProxyNature } from '../support/socks-proxy.ts';
import { asTransportError, defaultOptions, netSuite, start, type TestNet } from '../support/test-net.ts';

const socks = netSuite('tcp through a SOCKS5 proxy', () => new TcpTransport());

interface Account {
  readonly username: string | null;
  readonly password: string | null;
}
const NOBODY: Account = { username: null, password: null };

/** Runs a test with a proxy that all connections go through. */
async function through(
  net: TestNet,
  nature: ProxyNature,
  test: (proxy: SocksServer) => Promise<void>,
  account: Account = NOBODY,
): Promise<void> {
  const proxy = await SocksServer.listen(nature);
  net.options = { ...defaultOptions, socksProxy: { address: proxy.address, ...account } };
  try {
    await test(proxy);
  } finally {
    await net.close(); // before the proxy, which would wait
    await proxy.close();
  }
}

/** Both directions of a connection to `host`, and what the proxy was asked for. */
async function talk(net: TestNet, proxy: SocksServer, host: string): Promise<void> {
  const { peers, address } = await net.listen('127.0.0.1:*');
  const port = address.slice(address.lastIndexOf(':') + 1);
  const near = start(await net.connect(`${host}:${port}`));
  const far = start(await peers.next());
  near.duplex.write([Buffer.from('there')]);
  far.duplex.write([Buffer.from('back')]);
  await Promise.all([far.sink.untilReceived(5), near.sink.untilReceived(4)]);
  assert.equal([far.sink.bytes.toString(), near.sink.bytes.toString()], ['there', 'back']);
  const kind = host === '127.0.0.1' ? 1 : 3;
  assert.equal(proxy.asked, [`${kind} ${host}:${port}`]);
}

socks('asks for an address and gets there', ({ net }) => through(net, {}, proxy => talk(net, proxy, '127.0.0.1')));

socks('leaves names to the proxy', ({ net }) => through(net, {}, proxy => talk(net, proxy, 'name.invalid')));

socks('gives a name and a password where one is asked for', ({ net }) =>
  through(net, { account: { name: 'me', password: 'pw' } }, proxy => talk(net, proxy, '127.0.0.1'), {
    username: 'me',
    password: 'pw',
  }),
);

socks('keeps what the destination says at once, in order', ({ net }) =>
  through(net, { early: Buffer.from('hello') }, async () => {
    const { sink } = start(await net.connect('127.0.0.1:9'));
    await sink.untilReceived(5);
    assert.is(sink.bytes.toString(), 'hello');
  }),
);

socks('asks for IPv6 addresses as such', ({ net }) =>
  through(net, { early: Buffer.from('x') }, async proxy => {
    net.options = { ...net.options, ipv6: true };
    await net.connect('[::1]:9');
    assert.equal(proxy.asked, ['4 0:0:0:0:0:0:0:1:9']);
  }),
);

const failures: Record<string, [ProxyNature, Account]> = {
  'that wants a password and gets none': [{ account: { name: 'me', password: 'pw' } }, NOBODY],
  'that is given a wrong password': [{ account: { name: 'me', password: 'pw' } }, { username: 'me', password: 'pwd2' }],
  'that cannot reach the destination': [{ reply: 5 }, NOBODY],
  'that is none': [{ garbage: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }, NOBODY],
};

for (const [name, [nature, account]] of Object.entries(failures)) {
  socks(`fails at a proxy ${name}`, ({ net }) =>
    through(
      net,
      nature,
      async proxy => {
        const error = await net.refused('127.0.0.1:9');
        assert.match(error.message, 'tcp://127.0.0.1:9');
        assert.not.match(inspect(error, { depth: 9 }), 'pw');
        assert.ok(proxy.asked.length <= 1);
      },
      account,
    ),
  );
}

socks('gives up a proxy that says nothing when the time is over', ({ net }) =>
  through(net, { silent: true }, async () => {
    net.options = { ...net.options, connectTimeoutMs: 50 };
    assert.is((await net.refused('127.0.0.1:9')).code, 'ETIMEDOUT');
  }),
);

socks('can be given up at any moment', ({ net }) =>
  through(net, { silent: true }, async () => {
    const attempt = net.dial('127.0.0.1:9');
    attempt.dial.cancel();
    assert.equal(attempt.outcomes, []);
  }),
);

socks('fails where no proxy listens', async ({ net }) => {
  const free = createServer().listen(0, '127.0.0.1');
  const port = await new Promise<number>(resolve => {
    free.once('listening', () => {
      const address = free.address();
      free.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
  net.options = { ...defaultOptions, socksProxy: { address: `127.0.0.1:${port}`, ...NOBODY } };
  assert.is(asTransportError(await net.dial('127.0.0.1:9').outcome).code, 'ECONNREFUSED');
});

socks.run();

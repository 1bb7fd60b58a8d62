// @deadline 120
/** Our sockets through a SOCKS5 proxy to either libzmq: with and without a password, by address and by name. */
import { networkInterfaces } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Request, type Socket } from '../../src/index.ts';
import { startPeer } from '../support/peers/peer.ts';
import { SocksServer, type ProxyNature } from '../support/socks-proxy.ts';
import { inTcpWorld, type TcpWorld } from '../support/tcp-world.ts';
import { texts } from '../support/world.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);
const hasIPv6 = Object.values(networkInterfaces()).some(each => each?.some(({ address }) => address === '::1'));

const socks = suite(`through a proxy to ${peers.map(({ name }) => name).join(' and ')}`);

interface Stage {
  /** A port on which libzmq answers, as long as it is asked for. */
  readonly port: number;
  readonly proxy: SocksServer;
  readonly world: TcpWorld;
  /** Asks, and hears the answer of libzmq. */
  readonly talk: (request: Request) => Promise<void>;
}

/** A REP of each libzmq behind a proxy. */
function behind(nature: ProxyNature, name: string, test: (stage: Stage) => Promise<void>, host = '127.0.0.1'): void {
  for (const peer of peers) {
    inTcpWorld(socks, `${peer.name}: ${name}`, async world => {
      const reply = await peer.open('REP', host === '[::1]' ? { ipv6: true } : {});
      const proxy = await SocksServer.listen(nature);
      try {
        const port = portOf(await reply.bind(`tcp://${host}:*`));
        const talk = async (request: Request): Promise<void> => {
          const words = ['question', '', 'x'.repeat(10_000)];
          await request.send(words);
          await reply.echo(1);
          assert.equal(texts(await request.receive()), words);
        };
        await test({ port, proxy, world, talk });
      } finally {
        await world.end(); // before the proxy, which would wait
        await proxy.close();
        await reply.close();
      }
    });
  }
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));
}

behind({}, 'an address is asked for as such', async ({ port, proxy, world, talk }) => {
  const request = world.open(Request, { socksProxy: proxy.address });
  request.connect(`tcp://127.0.0.1:${port}`);
  await talk(request);
  assert.equal(proxy.asked, [`1 127.0.0.1:${port}`]);
});

behind({}, 'a name is left to the proxy', async ({ port, proxy, world, talk }) => {
  const request = world.open(Request, { socksProxy: proxy.address });
  request.connect(`tcp://name.invalid:${port}`);
  await talk(request);
  assert.equal(proxy.asked, [`3 name.invalid:${port}`]);
});

if (hasIPv6) {
  behind(
    {},
    'an IPv6 address is asked for as such',
    async ({ port, proxy, world, talk }) => {
      const request = world.open(Request, { socksProxy: proxy.address, ipv6: true });
      request.connect(`tcp://[::1]:${port}`);
      await talk(request);
      assert.equal(proxy.asked, [`4 0:0:0:0:0:0:0:1:${port}`]);
    },
    '[::1]',
  );
}

behind(
  { account: { name: 'me', password: 'pw' } },
  'a name and a password let in whom they should',
  async ({ port, proxy, world, talk }) => {
    const account = { socksProxy: proxy.address, socksUsername: 'me', socksPassword: 'pw' };
    for (const wrong of [{ socksPassword: 'other' }, { socksUsername: null, socksPassword: null }]) {
      const refused = world.open(Request, { ...account, ...wrong, reconnectInterval: 0 });
      const stopped = world.event(refused, 'connect:stop');
      refused.connect(`tcp://127.0.0.1:${port}`);
      await stopped;
    }
    assert.equal(proxy.asked, []);
    const request = world.open(Request, account);
    request.connect(`tcp://127.0.0.1:${port}`);
    await talk(request);
    assert.equal(proxy.asked, [`1 127.0.0.1:${port}`]);
  },
);

behind({ account: { name: 'me', password: '' } }, 'a password may be empty', async ({ port, proxy, world, talk }) => {
  const request = world.open(Request, { socksProxy: proxy.address, socksUsername: 'me' });
  request.connect(`tcp://127.0.0.1:${port}`);
  await talk(request);
  assert.equal(proxy.asked, [`1 127.0.0.1:${port}`]);
});

behind({}, 'without a name a password is not told', async ({ port, proxy, world, talk }) => {
  const request = world.open(Request, { socksProxy: proxy.address, socksPassword: 'pw' });
  request.connect(`tcp://127.0.0.1:${port}`);
  await talk(request);
  assert.equal(proxy.asked, [`1 127.0.0.1:${port}`]);
});

behind({}, 'a proxy may come late, and come back', async ({ port, proxy, world, talk }) => {
  const request = world.open(Request, { socksProxy: proxy.address, reconnectInterval: 5 });
  const [socksPort, retried] = [proxy.port, nextRetry(world, request)];
  await proxy.close();
  request.connect(`tcp://127.0.0.1:${port}`);
  assert.is(await retried, 'ECONNREFUSED');
  const late = await SocksServer.listen({}, socksPort);
  try {
    await talk(request);
    assert.equal(late.asked, [`1 127.0.0.1:${port}`]);
  } finally {
    await world.end();
    await late.close();
  }
});

behind({}, 'an option that is taken back leads there directly', async ({ port, proxy, world, talk }) => {
  const request = world.open(Request, { socksProxy: proxy.address });
  request.options.socksProxy = null;
  request.connect(`tcp://127.0.0.1:${port}`);
  await talk(request);
  assert.equal(proxy.asked, []);
});

async function nextRetry(world: TcpWorld, socket: Socket): Promise<string> {
  return (await world.event(socket, 'connect:retry')).error.code;
}

socks.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
socks.run();

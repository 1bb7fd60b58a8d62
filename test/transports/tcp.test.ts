import { spawn } from 'node:child_process';
import { connect as connectRaw, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import type { Lookup } from '../../src/transports/tcp-resolve.ts';
import { TcpTransport } from '../../src/transports/tcp.ts';
import type { Duplex } from '../../src/transports/transport.ts';
import {
  asTransportError,
  defaultOptions,
  netSuite,
  rejection,
  start,
  type TestNet,
  turns,
} from '../support/test-net.ts';
import { transportContract } from '../support/transport-contract.ts';

transportContract({
  name: 'tcp',
  transport: () => new TcpTransport(),
  bindAddress: () => '127.0.0.1:*',
  malformed: { bind: '127.0.0.1:65536', connect: '127.0.0.1:*' },
});

const tcp = netSuite('tcp', () => new TcpTransport());

const withIPv6 = { ...defaultOptions, ipv6: true };
const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? []);
const hasIPv6 = addresses.some(({ address }) => address === '::1');
const loopback = Object.entries(networkInterfaces()).find(([, each]) => each?.some(({ internal }) => internal));
const loopbackName = loopback?.[0] ?? 'lo';

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1);

/** A port on which nobody listens: one that somebody has just given back. */
async function freePort(net: TestNet): Promise<string> {
  const { listener, address } = await net.listen('127.0.0.1:*');
  await listener.close();
  return portOf(address);
}

/** A transport for which every name leads to these addresses. */
const leadingTo = (...hosts: readonly string[]): TcpTransport => new TcpTransport(async () => hosts);

/** A raw client of ours: what a peer can do that no duplex of this library does. */
async function rawPeer(net: TestNet): Promise<{ raw: Socket; far: Duplex }> {
  const { peers, address } = await net.listen('127.0.0.1:*');
  const raw = connectRaw({ host: '127.0.0.1', port: Number(portOf(address)), allowHalfOpen: true });
  raw.on('error', () => {});
  return { raw, far: await peers.next() };
}

// Where a listener is.

for (const [address, expected] of [
  ['127.0.0.1:*', /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
  ['127.0.0.1:0', /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
  ['*:*', /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/],
  ['0.0.0.0:*', /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/],
  ['localhost:*', /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
  [`${loopbackName}:*`, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
] as const) {
  tcp(`a listener on ${address} tells its numeric endpoint`, async ({ net }) => {
    const { listener } = await net.listen(address);
    assert.match(listener.endpoint, expected);
  });
}

tcp('a listener on a certain port has that port', async ({ net }) => {
  const port = await freePort(net);
  const { listener } = await net.listen(`127.0.0.1:${port}`);
  assert.is(listener.endpoint, `tcp://127.0.0.1:${port}`);
});

tcp('a listener on every address is reached at 127.0.0.1', async ({ net }) => {
  const { peers, address } = await net.listen('*:*');
  await net.connect(`127.0.0.1:${portOf(address)}`);
  const far = await peers.next();
  assert.is(far.localAddress, `tcp://127.0.0.1:${portOf(address)}`);
});

tcp('the two ends agree on their addresses', async ({ net }) => {
  const { near, far, listener } = await net.join('127.0.0.1:*');
  assert.is(near.remoteAddress, listener.endpoint);
  assert.is(far.localAddress, listener.endpoint);
  assert.is(near.localAddress, far.remoteAddress);
  assert.match(near.localAddress, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
});

tcp('an interface goes before a name of the same spelling', async ({ net }) => {
  net.transport = new TcpTransport(() => Promise.reject(new Error('asked')));
  const { listener } = await net.listen(`${loopbackName}:*`);
  assert.match(listener.endpoint, /127\.0\.0\.1/);
});

tcp('a name that every object inherits is no interface', async ({ net }) => {
  net.transport = leadingTo('127.0.0.1');
  const { listener } = await net.listen('constructor:*');
  assert.match(listener.endpoint, /127\.0\.0\.1/);
});

tcp('to bind a name that is neither interface nor host is ENODEV', async ({ net }) => {
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.invalid'), { code: 'ENOTFOUND' });
  net.transport = new TcpTransport(() => Promise.reject(cause));
  const error = asTransportError(await rejection(net.listen('nowhere.invalid:*')));
  assert.is(error.code, 'ENODEV');
  assert.is(error.cause, cause);
  assert.is(error.address, 'tcp://nowhere.invalid:*');
});

tcp('to bind an address of another machine is EADDRNOTAVAIL', async ({ net }) => {
  // RFC 5737: an address for documentation, which no machine has. Nothing is sent to it.
  const error = asTransportError(await rejection(net.listen('192.0.2.1:*')));
  assert.is(error.code, 'EADDRNOTAVAIL');
  assert.instance(error.cause, Error);
  assert.is(error.address, 'tcp://192.0.2.1:*');
});

// IPv6.

tcp('to bind an IPv6 address without the ipv6 option is ENODEV', async ({ net }) => {
  const error = asTransportError(await rejection(net.listen('[::1]:*')));
  assert.is(error.code, 'ENODEV');
});

tcp('to connect to an IPv6 address without the ipv6 option fails as ENODEV', async ({ net }) => {
  assert.is((await net.refused('[::1]:5555')).code, 'ENODEV');
});

tcp('IPv4 works as ever with the ipv6 option', async ({ net }) => {
  net.options = withIPv6;
  const { near } = await net.join('127.0.0.1:*');
  assert.match(near.remoteAddress, /^tcp:\/\/127\.0\.0\.1:/);
});

if (hasIPv6) {
  tcp('IPv6 addresses are written in brackets', async ({ net }) => {
    net.options = withIPv6;
    const { near, far, listener } = await net.join('[::1]:*');
    assert.match(listener.endpoint, /^tcp:\/\/\[::1\]:[1-9]\d*$/);
    assert.is(near.remoteAddress, listener.endpoint);
    assert.is(far.remoteAddress, near.localAddress);
  });

  tcp('a listener on every address takes both families, each under its own name', async ({ net }) => {
    net.options = withIPv6;
    const { listener, peers, address } = await net.listen('*:*');
    assert.match(listener.endpoint, /^tcp:\/\/\[::\]:[1-9]\d*$/);
    for (const host of ['127.0.0.1', '[::1]']) {
      await net.connect(`${host}:${portOf(address)}`);
      const { localAddress, remoteAddress } = await peers.next();
      assert.is(localAddress, `tcp://${host}:${portOf(address)}`);
      assert.ok(remoteAddress.startsWith(`tcp://${host}:`), remoteAddress);
    }
  });

  tcp('a name whose IPv6 address refuses is reached by IPv4', async ({ net }) => {
    net.options = withIPv6;
    net.transport = leadingTo('::1', '127.0.0.1');
    const { address } = await net.listen('127.0.0.1:*');
    const near = await net.connect(`both.test:${portOf(address)}`);
    assert.is(near.remoteAddress, `tcp://${address}`);
  });

  tcp('of an interface as source, the address of the destination’s family is taken', async ({ net }) => {
    net.options = withIPv6;
    for (const host of ['127.0.0.1', '[::1]']) {
      const { address } = await net.listen(`${host}:*`);
      const near = await net.connect(`${loopbackName}:0;${address}`);
      assert.ok(near.localAddress.startsWith(`tcp://${host}:`), near.localAddress);
    }
  });
} else {
  tcp('to bind IPv6 on a machine without it is EADDRNOTAVAIL', async ({ net }) => {
    net.options = withIPv6;
    const error = asTransportError(await rejection(net.listen('[::1]:*')));
    assert.is(error.code, 'EADDRNOTAVAIL');
  });
}

tcp('a source of one family does not reach a destination of the other', async ({ net }) => {
  net.options = withIPv6;
  const error = await net.refused('[::1]:0;127.0.0.1:5555');
  assert.is(error.code, 'EADDRNOTAVAIL');
  assert.match(error.message, /127\.0\.0\.1/);
});

// Names.

tcp('localhost is reached by name', async ({ net }) => {
  const { address } = await net.listen('127.0.0.1:*');
  await net.connect(`localhost:${portOf(address)}`);
});

for (const [ipv6, family] of [
  [false, 4],
  [true, 0],
] as const) {
  tcp(`with ipv6 ${String(ipv6)} a name is asked for family ${family}`, async ({ net }) => {
    const asked: Parameters<Lookup>[] = [];
    net.transport = new TcpTransport(async (...question) => {
      asked.push(question);
      return ['127.0.0.1'];
    });
    net.options = { ...defaultOptions, ipv6 };
    const { address } = await net.listen('some.test:*');
    await net.connect(`some.test:${portOf(address)}`);
    assert.equal(asked, [
      ['some.test', family],
      ['some.test', family],
    ]);
  });
}

tcp('a name is resolved anew at each attempt', async ({ net }) => {
  const answers = [[], ['127.0.0.1']];
  net.transport = new TcpTransport(async () => answers.shift() ?? []);
  const { listener } = await net.listen('127.0.0.1:*');
  const address = `moving.test:${portOf(listener.endpoint)}`;
  const error = await net.refused(address);
  assert.is(error.code, 'EHOSTUNREACH');
  const near = await net.connect(address);
  assert.is(near.remoteAddress, listener.endpoint);
});

tcp('a name that does not resolve is a failed attempt with the resolver’s error as cause', async ({ net }) => {
  const cause = Object.assign(new Error('getaddrinfo EAI_AGAIN nowhere.invalid'), { code: 'EAI_AGAIN' });
  net.transport = new TcpTransport(() => Promise.reject(cause));
  const error = await net.refused('nowhere.invalid:5555');
  assert.is(error.code, 'EHOSTUNREACH');
  assert.is(error.cause, cause);
  assert.is(error.address, 'tcp://nowhere.invalid:5555');
});

tcp('every address of a name is tried in turn', async ({ net }) => {
  net.transport = leadingTo('127.0.0.3', '127.0.0.2', '127.0.0.1');
  const { address } = await net.listen('127.0.0.1:*');
  const near = await net.connect(`three.test:${portOf(address)}`);
  assert.is(near.remoteAddress, `tcp://${address}`);
});

tcp('when every address refuses, one failure names them all', async ({ net }) => {
  net.transport = leadingTo('127.0.0.2', '127.0.0.1');
  const port = await freePort(net);
  const error = await net.refused(`two.test:${port}`);
  assert.is(error.code, 'ECONNREFUSED');
  assert.match(error.message, /127\.0\.0\.2.*127\.0\.0\.1/);
  assert.instance(error.cause, AggregateError);
});

tcp('an attempt cancelled while its name is looked up opens nothing', async ({ net }) => {
  let answer: (hosts: readonly string[]) => void = () => {};
  const { peers, address } = await net.listen('127.0.0.1:*');
  net.transport = new TcpTransport(
    () =>
      new Promise(resolve => {
        answer = resolve;
      }),
  );
  const { dial, outcomes } = net.dial(`slow.test:${portOf(address)}`);
  dial.cancel();
  answer(['127.0.0.1']);
  await turns();
  assert.equal(outcomes, []);
  assert.equal(peers.peers, []);
});

// Sources.

for (const [source, expected] of [
  ['127.0.0.1:0', '127.0.0.1'],
  ['127.0.0.2:0', '127.0.0.2'],
  ['127.0.0.2:*', '127.0.0.2'],
  ['*:0', '127.0.0.1'],
  [`${loopbackName}:0`, '127.0.0.1'],
] as const) {
  tcp(`a connection from ${source} comes from ${expected}`, async ({ net }) => {
    const { peers, address } = await net.listen('127.0.0.1:*');
    await net.connect(`${source};${address}`);
    const { remoteAddress } = await peers.next();
    assert.ok(remoteAddress.startsWith(`tcp://${expected}:`), remoteAddress);
  });
}

for (const host of ['127.0.0.1', '*', loopbackName]) {
  tcp(`a connection from ${host} and a certain port comes from that port`, async ({ net }) => {
    const port = await freePort(net);
    const { peers, address } = await net.listen('127.0.0.1:*');
    await net.connect(`${host}:${port};${address}`);
    const { remoteAddress } = await peers.next();
    assert.is(remoteAddress, `tcp://127.0.0.1:${port}`);
  });
}

tcp('a source that is no interface is ENODEV, without a look into DNS', async ({ net }) => {
  net.transport = leadingTo('127.0.0.1');
  const error = await net.refused('nowhere.test:0;127.0.0.1:5555');
  assert.is(error.code, 'ENODEV');
});

tcp('a source port that is taken is EADDRINUSE', async ({ net }) => {
  const taken = await net.listen('127.0.0.1:*');
  const { address } = await net.listen('127.0.0.1:*');
  const error = await net.refused(`${taken.address};${address}`);
  assert.is(error.code, 'EADDRINUSE');
  assert.instance(error.cause, Error);
});

tcp('a connection that leads back to its own port is a failed attempt', async ({ net }) => {
  const port = await freePort(net);
  const error = await net.refused(`127.0.0.1:${port};127.0.0.1:${port}`);
  assert.is(error.code, 'ERR_ZMTP_SELF_CONNECTION');
  assert.match(error.message, /led back/);
  await net.listen(`127.0.0.1:${port}`); // its owner finds the port free
});

// What becomes of a connection.

tcp('a reset by the peer is the cause of closed', async ({ net }) => {
  const { raw, far } = await rawPeer(net);
  const { sink } = start(far);
  raw.resetAndDestroy();
  await sink.untilClosed();
  assert.equal(sink.calls, ['closed']);
  assert.is((sink.cause as NodeJS.ErrnoException | undefined)?.code, 'ECONNRESET');
});

tcp('a reset before start is told after it', async ({ net }) => {
  const { raw, far } = await rawPeer(net);
  raw.resetAndDestroy();
  far.write([Buffer.from('to nobody')]);
  await turns();
  const { sink } = start(far);
  await sink.untilClosed();
  assert.equal(sink.calls, ['closed']);
  assert.instance(sink.cause, Error);
});

tcp('a peer that closes its half is answered with the other half', async ({ net }) => {
  const { raw, far } = await rawPeer(net);
  const { sink } = start(far);
  raw.end('goodbye');
  await new Promise(resolve => raw.once('end', resolve).resume());
  await sink.untilClosed();
  assert.is(sink.bytes.toString(), 'goodbye');
  assert.is(sink.cause, undefined);
});

tcp('after end() the octets of the peer still arrive until it ends too', async ({ net }) => {
  const { raw, far } = await rawPeer(net);
  const { sink } = start(far);
  far.end();
  await new Promise(resolve => raw.once('end', resolve).resume());
  raw.write('still ');
  await sink.untilReceived(6);
  assert.not(sink.isClosed);
  raw.end('talking');
  await sink.untilClosed();
  assert.is(sink.bytes.toString(), 'still talking');
  assert.is(sink.cause, undefined);
});

// Options.

/** The calls of a method that sockets inherit, while an action runs. */
async function callsOf(
  method: 'setNoDelay' | 'setKeepAlive' | 'setTimeout',
  action: () => Promise<unknown>,
): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  const original: (...values: never[]) => Socket = Socket.prototype[method];
  const spy = function (this: Socket, ...values: unknown[]): unknown {
    calls.push(values);
    return Reflect.apply(original, this, values);
  };
  Object.defineProperty(Socket.prototype, method, { value: spy, configurable: true, writable: true });
  try {
    await action();
  } finally {
    Object.defineProperty(Socket.prototype, method, { value: original, configurable: true, writable: true });
  }
  return calls;
}

tcp('neither end waits to gather octets', async ({ net }) => {
  const calls = await callsOf('setNoDelay', () => net.join('127.0.0.1:*'));
  assert.equal(calls, [[true], [true]]);
});

for (const [tcpKeepalive, tcpKeepaliveIdleSeconds, expected] of [
  [-1, 60, []],
  [0, 60, [false, 60_000]],
  [1, 60, [true, 60_000]],
  [1, -1, [true, 0]],
] as const) {
  const setting = `keepalive ${String(tcpKeepalive)}, idle ${String(tcpKeepaliveIdleSeconds)}`;
  tcp(`${setting} is what both ends get`, async ({ net }) => {
    net.options = { ...defaultOptions, tcpKeepalive, tcpKeepaliveIdleSeconds };
    const calls = await callsOf('setKeepAlive', () => net.join('127.0.0.1:*'));
    assert.equal(calls, expected.length === 0 ? [] : [expected, expected]);
  });
}

tcp('the time for connecting is over with the connection', async ({ net }) => {
  net.options = { ...defaultOptions, connectTimeoutMs: 60_000 };
  const calls = await callsOf('setTimeout', () => net.join('127.0.0.1:*'));
  assert.equal(
    calls.map(([timeoutMs]) => timeoutMs),
    [60_000, 0],
  );
});

tcp('an attempt that nobody answers ends when its time is up', async ({ net }) => {
  net.options = { ...defaultOptions, connectTimeoutMs: 100 };
  // A listener that never accepts: once its backlog is full, the system answers nobody any more.
  const worker = new Worker(
    `const { createServer } = require('node:net');
     const { parentPort } = require('node:worker_threads');
     const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  try {
    const port = await new Promise<unknown>(resolve => worker.once('message', resolve));
    const attempts = Array.from({ length: 8 }, () => net.dial(`127.0.0.1:${String(port)}`).outcome);
    const failures = (await Promise.all(attempts)).filter(outcome => outcome instanceof Error).map(asTransportError);
    assert.ok(failures.length > 0);
    for (const { code, message } of failures) {
      assert.is(code, 'ETIMEDOUT');
      assert.match(message, /within 100 ms/);
    }
  } finally {
    await worker.terminate();
  }
});

// The process around it.

const source = (file: string): string => JSON.stringify(pathToFileURL(`src/transports/${file}`).href);

/** What a process prints that runs a script against this transport, when it has ended by itself. */
function printedBy(script: string, shell = ''): Promise<string> {
  const program = `
    import { TcpTransport } from ${source('tcp.ts')};
    const options = ${JSON.stringify(defaultOptions)};
    const transport = new TcpTransport();
    const quiet = { received() {}, drained() {}, closed() {} };
    const noted = { peers: [], failures: [] };
    const sink = { accepted: peer => noted.peers.push(peer), failed: error => noted.failures.push(error) };
    const listener = await transport.bind('127.0.0.1:*', options, sink);
    const address = listener.endpoint.slice('tcp://'.length);
    const dial = () => new Promise((resolve, reject) =>
      transport.connect(address, options, { connected: resolve, failed: reject }));
    ${script}`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program];
  const child = spawn('sh', ['-c', `${shell} exec "$0" "$@"`, ...node], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise(resolve => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.once('close', code => resolve(`${printed}exit ${String(code)}`));
  });
}

tcp('an idle listener and idle connections do not keep a process alive', async () => {
  const printed = await printedBy(`
    const near = await dial();
    near.start(quiet);
    for (const peer of noted.peers) peer.start(quiet);
    console.log('idle');`);
  assert.is(printed, 'idle\nexit 0');
});

if (process.platform === 'linux') {
  tcp('a listener outlives a shortage of descriptors', async () => {
    const printed = await printedBy(
      `import { closeSync, openSync } from 'node:fs';
      const awake = setInterval(() => {}, 1_000_000);
      const taken = [];
      try {
        for (;;) taken.push(openSync('/dev/null'));
      } catch (error) {
        console.log(error.code);
      }
      closeSync(taken.pop()); // for the dialling end; the accepting one finds none
      const first = await dial();
      await new Promise(closed => first.start({ ...quiet, closed }));
      console.log(noted.peers.length);
      for (const each of taken) closeSync(each);
      await dial();
      while (noted.peers.length === 0) await new Promise(setImmediate);
      console.log(noted.peers.length);
      clearInterval(awake);`,
      'ulimit -n 128;',
    );
    assert.is(printed, 'EMFILE\n0\n1\nexit 0');
  });
}

tcp.run();

/** A STREAM on the real loopback: programs of the system's around it, good ones and others. */
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Stream } from '../../src/sockets/stream.ts';
import { inTcpWorld, systemSockets, until, type TcpWorld } from '../support/tcp-world.ts';
import { seeded } from '../support/world.ts';

const http = suite('STREAM speaks HTTP');

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString();
}

/** Answers each request with `body`, and closes. */
async function serve(stream: Stream, body: string): Promise<void> {
  const requests = new Map<string, string>();
  for await (const [id = Buffer.of(), octets = Buffer.of()] of stream) {
    const key = Buffer.from(id).toString('hex');
    const request = (requests.get(key) ?? '') + Buffer.from(octets).toString('latin1');
    requests.set(key, request);
    if (!request.endsWith('\r\n\r\n')) continue;
    requests.delete(key);
    await stream.send([id, `HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`]);
    await stream.send([id, '']);
  }
}

inTcpWorld(http, 'as a server, to clients at the same time', async world => {
  const stream = world.open(Stream);
  const endpoint = await world.bind(stream);
  const body = 'x'.repeat(300_000);
  void serve(stream, body);
  const ask = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get(endpoint.replace('tcp:', 'http:'), { agent: false }, resolve).on('error', reject);
    });
  const answers = await Promise.all(Array.from({ length: 10 }, async () => textOf(await ask())));
  assert.ok(answers.every(answer => answer === body));
});

inTcpWorld(http, 'as a client', async world => {
  const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  // a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  const stream = world.open(Stream);
  stream.connect(`tcp://127.0.0.1:${port}`, { routingId: 'server' });
  await stream.send(['server', 'GET /this HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n']);
  const [, began] = await stream.receive();
  assert.is(began?.length, 0);
  let answer = '';
  for (;;) {
    const [, octets = Buffer.of()] = await stream.receive();
    if (octets.length === 0) break;
    answer += Buffer.from(octets).toString();
  }
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*you asked for \/this/);
  server.close();
});

const clients = suite('clients of a STREAM');

/** Sends back whatever comes, and counts who has begun and who has ended. */
function echo(stream: Stream): { begun: number; ended: number } {
  const counts = { begun: 0, ended: 0 };
  const known = new Set<string>();
  void (async () => {
    for await (const [id = Buffer.of(), octets = Buffer.of()] of stream) {
      const key = Buffer.from(id).toString('hex');
      if (octets.length > 0) {
        assert.ok(known.has(key), 'octets before the connection has begun or after it has ended');
        await stream.send([id, octets]).catch(() => undefined); // gone meanwhile
      } else if (known.delete(key)) {
        counts.ended += 1;
      } else {
        known.add(key);
        counts.begun += 1;
      }
    }
  })();
  return counts;
}

async function isServed(world: TcpWorld, endpoint: string): Promise<void> {
  const client = await world.dial(endpoint);
  let heard = '';
  client.on('data', chunk => (heard += chunk.toString()));
  for (let i = 0; i < 20; i += 1) {
    client.write(`${i}.`);
    await until(() => heard.endsWith(`${i}.`), `echo ${i}`);
  }
  client.destroy();
}

inTcpWorld(clients, 'that die at any moment leave nothing, and each has begun and ended once', async world => {
  const before = systemSockets();
  const stream = world.open(Stream);
  const endpoint = await world.bind(stream);
  const counts = echo(stream);
  const random = seeded(7);
  const deaths: readonly ((client: NetSocket) => unknown)[] = [
    client => client.destroy(),
    client => client.resetAndDestroy(),
    client => client.end(),
    client => client.end('last words'),
  ];
  const crowd = 60;
  for (let i = 0; i < crowd; i += 1) {
    const client = await world.dial(endpoint);
    if (random() < 0.8) client.write(Buffer.alloc(Math.floor(random() * 200_000), 1));
    if (random() < 0.7) client.resume();
    const die = deaths[i % deaths.length];
    if (random() < 0.5) setImmediate(() => die?.(client));
    else die?.(client);
    if (i % 4 > 1) client.resume(); // or it never hears that it is over
  }
  await isServed(world, endpoint);
  await until(() => counts.ended === crowd + 1, `the end of all: ${JSON.stringify(counts)}`);
  assert.is(counts.begun, crowd + 1);
  await stream.close();
  if (before !== undefined) await until(() => systemSockets() === before, 'no socket of the system is left');
});

inTcpWorld(clients, 'that flood are held back while nobody receives, and heard in full afterwards', async world => {
  const stream = world.open(Stream, { receiveHighWaterMark: 4 });
  const endpoint = await world.bind(stream);
  const sizeBytes = 64 * 1024 * 1024;
  const flood = await world.dial(endpoint);
  flood.write(Buffer.alloc(sizeBytes));
  let idle = 0;
  let left = flood.writableLength;
  await until(() => {
    idle = flood.writableLength === left ? idle + 1 : 0;
    left = flood.writableLength;
    return idle > 50;
  }, 'the flood to be held back');
  assert.ok(left > sizeBytes / 2, `${sizeBytes - left} octets were taken`);
  let received = 0;
  let most = 0;
  while (received < sizeBytes) {
    const octets = (await stream.receive())[1]?.length ?? 0;
    received += octets;
    most = Math.max(most, octets);
  }
  assert.is(received, sizeBytes);
  assert.ok(most <= 64 * 1024, `${most} octets in one message`);
});

inTcpWorld(
  clients,
  'that never read do not keep others from being served, nor the socket from closing',
  async world => {
    const stream = world.open(Stream, { sendHighWaterMark: 3 });
    const endpoint = await world.bind(stream);
    const deaf = await world.dial(endpoint);
    deaf.pause();
    const [id = Buffer.of()] = await stream.receive();
    const part = Buffer.alloc(1024 * 1024);
    await until(() => !stream.trySend([id, part]), 'the system to have enough');
    // the kernel may take a little more for a while
    for (let quiet = 0; quiet < 20; quiet += 1) {
      await new Promise(resolve => setTimeout(resolve, 1));
      if (stream.trySend([id, part])) quiet = 0;
    }
    await stream.send([id, '']); // at once, although it is full
    const counts = echo(stream);
    await isServed(world, endpoint);
    assert.is(counts.begun, 1);
    assert.is(deaf.destroyed, false);
    const { dropped } = await stream.close({ linger: 20 });
    assert.ok(dropped >= 3, `${dropped} dropped`);
  },
);

http.run();
clients.run();

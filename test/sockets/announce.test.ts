/** What a process can learn of its sockets from outside: diagnostics channels and NODE_DEBUG. */
import { spawn } from 'node:child_process';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Announcement } from '../../src/sockets/announce.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { inTime } from '../support/tcp-world.ts';
import { eventsOf, inWorld } from '../support/world.ts';

const NAMES = ['socket', 'endpoint', 'connection', 'handshake', 'disconnect', 'error'];

interface Heard {
  readonly name: string;
  readonly told: Announcement;
}

/** All that the channels say while something happens. */
async function listenTo(happening: () => Promise<void>): Promise<Heard[]> {
  const heard: Heard[] = [];
  const listeners = NAMES.map(name => {
    const listener = (told: unknown): void => void heard.push({ name, told: told as Announcement });
    subscribe(`zmtp:${name}`, listener);
    return { name: `zmtp:${name}`, listener };
  });
  try {
    await happening();
  } finally {
    for (const { name, listener } of listeners) unsubscribe(name, listener);
  }
  return heard;
}

const channels = suite('diagnostics channels');

inWorld(channels, 'carry the events of a socket, with its type and id, each on its channel', async world => {
  const heard = await listenTo(async () => {
    const [push, pull] = [world.open(Push), world.open(Pull)];
    const link = await world.join(pull, push, 'mem://sink');
    await push.send('the secret');
    await world.settle();
    link.cut();
    await world.advance(250);
    push.connect('mem://nobody');
    (await world.dialRaw('mem://sink')).write(Buffer.from('GET / HTTP/1.1\r\n\r\n')).end();
    await world.settle();
    await world.close(push, 0);
    await world.close(pull);
    await world.settle();
  });
  const lines = (type: string): string[] =>
    heard.filter(({ told }) => told.socketType === type).map(({ name, told }) => `${name} ${told.event.type}`);
  assert.equal(lines('PUSH'), [
    'socket open',
    'endpoint connect:delay',
    'connection connect',
    'handshake handshake',
    'disconnect disconnect',
    'endpoint connect:retry',
    'endpoint connect:delay',
    'connection connect',
    'handshake handshake',
    'endpoint connect:delay',
    'endpoint close',
    'endpoint connect:retry',
    'socket end',
  ]);
  assert.equal(lines('PULL'), [
    'socket open',
    'endpoint bind',
    'connection accept',
    'handshake handshake',
    'disconnect disconnect',
    'connection accept',
    'handshake handshake',
    'connection accept',
    'error handshake:error:protocol',
    'disconnect disconnect',
    'disconnect disconnect',
    'endpoint close',
    'socket end',
  ]);
  assert.is(new Set(heard.map(({ told }) => told.socketId)).size, 2);
  assert.not.match(JSON.stringify(heard), 'the secret');
});

inWorld(channels, 'carry the very events that the socket tells', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const events = eventsOf(pull);
  const heard = await listenTo(async () => {
    await world.join(pull, push, 'mem://sink');
  });
  const carried = heard.flatMap(({ told }) => (told.socketId === pull.id ? [told.event] : []));
  assert.is(carried.length, 3);
  for (const [i, event] of carried.entries()) assert.is(event, events[i]);
});

inWorld(channels, 'call nobody from within', async world => {
  let told = 0;
  const count = (): void => void (told += 1);
  subscribe('zmtp:socket', count);
  world.open(Push);
  assert.is(told, 0);
  await world.settle();
  unsubscribe('zmtp:socket', count);
  assert.is(told, 1);
});

inWorld(channels, 'let a subscriber close the socket', async world => {
  const pull = world.open(Pull);
  const close = (told: unknown): void => {
    if ((told as Announcement).socketId === pull.id) void pull.close();
  };
  subscribe('zmtp:handshake', close);
  const push = world.open(Push);
  await pull.bind('mem://sink');
  push.connect('mem://sink');
  await world.settle();
  unsubscribe('zmtp:handshake', close);
  assert.ok(pull.closed);
});

inWorld(channels, 'cost nothing while nobody subscribes', async world => {
  const deferred: unknown[] = [];
  const { defer } = world.clock;
  world.clock.defer = callback => {
    deferred.push(callback);
    defer.call(world.clock, callback);
  };
  world.open(Push);
  assert.equal([channel('zmtp:socket').hasSubscribers, deferred], [false, []]);
});

const debug = suite('NODE_DEBUG=zmtp');

const INDEX = join(import.meta.dirname, '../../src/index.ts');

/** What a process writes in which two sockets meet and one of them fails to connect. */
async function complaints(nodeDebug: string): Promise<string> {
  const code = `import { Pull, Push } from ${JSON.stringify(INDEX)};
    const [pull, push, late] = [new Pull(), new Push({ metadata: { 'X-Key': 'the secret' } }), new Push()];
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint;
    push.connect(endpoint);
    await push.send('the secret');
    const { peer } = await pull.receiveFrom();
    if (peer.metadata.get('X-Key') !== 'the secret') throw new Error('no metadata');
    await pull.close();
    late.connect(endpoint);
    await late.events.receive();
    while ((await late.events.receive()).type !== 'connect:retry');
    await Promise.all([push.close(), late.close()]);`;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_DEBUG: nodeDebug },
  });
  const chunks: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exit = new Promise<number | null>(resolve => child.once('close', resolve));
  const status = await inTime(exit, 'the end of the child').finally(() => child.kill('SIGKILL'));
  const output = Buffer.concat(chunks).toString();
  assert.is(status, 0, output);
  return output;
}

debug('prints a line for each event, with endpoint, connection, peer and error code', async () => {
  const output = await complaints('zmtp');
  const lines = output
    .trim()
    .split('\n')
    .map(line => line.replace(/^ZMTP \d+: /, ''));
  const having = (pattern: RegExp): void => {
    assert.ok(
      lines.some(line => pattern.test(line)),
      `${pattern.source} in\n${output}`,
    );
  };
  const tcp = String.raw`tcp://127\.0\.0\.1:\d+`;
  having(/^PULL \d+ open$/);
  having(new RegExp(`^PULL \\d+ bind ${tcp}$`));
  having(new RegExp(`^PULL \\d+ accept ${tcp} connection \\d+ peer ${tcp}$`));
  having(new RegExp(`^PUSH \\d+ handshake ${tcp} connection \\d+ peer ${tcp}$`));
  having(new RegExp(`^PUSH \\d+ connect:retry ${tcp} in \\d+ ms ECONNREFUSED$`));
  having(/^PULL \d+ end$/);
  assert.not.match(output, 'the secret');
});

debug('is silent for other names, and by default', async () => {
  for (const other of ['', 'http']) assert.is(await complaints(other), '');
});

channels.run();
debug.run();

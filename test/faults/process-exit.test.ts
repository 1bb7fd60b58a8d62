/** When a process may end: children that use sockets and do not say that they are done. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull } from '../../src/sockets/pull.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { inTcpWorld, inTime, until } from '../support/tcp-world.ts';
import { texts } from '../support/world.ts';

const processExit = suite('process');

const INDEX = join(import.meta.dirname, '../../src/index.ts');

interface Child {
  /** How it ended. */
  readonly exit: Promise<number | null>;
  /** What it has written so far. */
  said: () => string;
  readonly kill: () => void;
}

/** A process that runs `source`; it has all of zmtp, `endpoint`, and `handshake(socket)`. */
function run(source: string, endpoint = ''): Child {
  const code = `import * as zmtp from ${JSON.stringify(INDEX)};
    const { Proxy, ...names } = zmtp; // JavaScript has a Proxy of its own
    Object.assign(globalThis, names);
    const endpoint = ${JSON.stringify(endpoint)};
    const handshake = async socket => {
      const hold = setInterval(() => {}, 1000);
      await new Promise(resolve => socket.events.on('handshake', resolve));
      clearInterval(hold);
    };
    ${source}`;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number | null>(resolve => child.once('close', resolve));
  return { exit, said: () => output, kill: () => child.kill('SIGKILL') };
}

async function endOf(child: Child): Promise<string> {
  const code = await inTime(child.exit, 'the end of the child').finally(child.kill);
  assert.is(code, 0, child.said());
  return child.said().trim();
}

processExit('ends when its shared context is closed, whoever waits', async () => {
  const child = run(`
    const [pull, push] = [new Pull(), new Push()];
    await pull.bind('tcp://127.0.0.1:*');
    const waiting = [pull.receive(), push.send('nobody')].map(call => call.catch(error => error.code));
    const loop = (async () => { for await (const _ of new Pull()); })();
    await context.close();
    console.log(...(await Promise.all(waiting)), (await loop) ?? 'end');
  `);
  assert.is(await endOf(child), 'ETERM ETERM end');
});

processExit('ends by itself with idle sockets open, bound and connected', async () => {
  const child = run(`
    const all = [Dealer, Pair, Publisher, Pull, Push, Reply, Request, Router, Stream, Subscriber, XPublisher, XSubscriber];
    const sockets = all.map(Type => new Type());
    for (const socket of sockets) {
      await socket.bind('tcp://127.0.0.1:*');
      socket.connect('tcp://127.0.0.1:1');
    }
    console.log('idle');
  `);
  assert.is(await endOf(child), 'idle');
});

processExit('ends by itself with a connection open on which nothing is asked for', async () => {
  const child = run(`
    const [pull, push] = [new Pull({ heartbeatInterval: 10 }), new Push({ heartbeatInterval: 10 })];
    await pull.bind('tcp://127.0.0.1:*');
    push.connect(pull.lastEndpoint);
    await push.send('x');
    console.log(String(await pull.receive()));
  `);
  assert.is(await endOf(child), 'x');
});

inTcpWorld(processExit, 'lives until a STREAM that closes a connection has sent what came before', async world => {
  const child = run(`
    const stream = new Stream();
    await stream.bind('tcp://127.0.0.1:*');
    console.log(stream.lastEndpoint);
    const [id] = await stream.receive();
    for (let i = 0; i < 50; i += 1) await stream.send([id, Buffer.alloc(100_000)]);
    await stream.send([id, '']);
  `);
  await until(() => child.said().includes('\n'), 'the endpoint');
  const client = await world.dial(child.said().trim());
  let octets = 0;
  client.on('data', chunk => (octets += chunk.length));
  await Promise.all([new Promise(resolve => client.once('close', resolve)), endOf(child)]);
  assert.is(octets, 5_000_000);
});

processExit(
  'ends by itself with sockets joined inside it, messages unread and names that nobody has bound',
  async () => {
    const child = run(`
    const [pull, push] = [new Pull(), new Push()];
    await pull.bind('inproc://name');
    for (const name of ['inproc://name', 'inproc://nobody']) push.connect(name);
    for (let i = 0; i < 10; i += 1) await push.send('x');
    const left = new Push({ linger: -1 });
    left.connect('inproc://nobody');
    await left.send('x');
    await left.close();
    console.log('idle');
  `);
    assert.is(await endOf(child), 'idle');
  },
);

inTcpWorld(processExit, 'lives while a receive waits, and no longer', async world => {
  const reply = world.open(Reply);
  const child = run(
    `const request = new Request();
    request.connect(endpoint);
    await request.send('ready');
    console.log(String(await request.receive()));`,
    await world.bind(reply),
  );
  assert.equal(texts(await reply.receive()), ['ready']);
  await new Promise(resolve => setTimeout(resolve, 300)); // nothing happens: that is what it must bear
  assert.is(child.said(), '');
  await reply.send('at last');
  assert.is(await endOf(child), 'at last');
});

processExit('lives while a send waits, and no longer', async () => {
  const child = run(`
    const push = new Push();
    await push.bind('tcp://127.0.0.1:*');
    await push.send('nobody is there', { timeout: 300 }).catch(error => console.log(error.code));
  `);
  assert.is(await endOf(child), 'EAGAIN');
});

processExit('lives until a socket that it closes is closed', async () => {
  const child = run(`
    const push = new Push();
    push.connect('tcp://127.0.0.1:1');
    await push.send('waits');
    console.log(JSON.stringify(await push.close({ linger: 300 })));
  `);
  assert.is(await endOf(child), '{"dropped":1}');
});

/** Large against what the system's buffers hold, in pieces that are small and in pieces that are not. */
for (const [count, size] of [
  [1, 1],
  [20_000, 100],
  [400, 65_000],
  [25, 1_000_000],
] as const) {
  inTcpWorld(
    processExit,
    `does not end before ${count} messages of ${size} octets for a live peer have left`,
    async world => {
      const pull = world.open(Pull, { receiveHighWaterMark: 2 });
      const child = run(
        `const push = new Push({ sendHighWaterMark: 0 });
      push.connect(endpoint);
      await handshake(push);
      for (let i = 0; i < ${count}; i += 1) push.trySend([String(i), Buffer.alloc(${size})]);`,
        await world.bind(pull),
      );
      for (let i = 0; i < count; i += 1) {
        if (i === 1) await new Promise(resolve => setTimeout(resolve, 100)); // a slow peer is a live peer
        const [name = '', body] = await pull.receive({ timeout: 8000 });
        assert.is(Buffer.from(name).toString(), `${i}`);
        assert.is(body?.length, size);
      }
      await endOf(child);
    },
  );
}

inTcpWorld(processExit, 'does not end before what was sent during the handshake has left', async world => {
  const pull = world.open(Pull);
  const child = run(
    `const push = new Push();
    push.events.on('connect', () => push.send('sent during the handshake'));
    push.connect(endpoint);
    const hold = setTimeout(() => {}, 5000);
    push.events.on('connect', () => clearTimeout(hold));`,
    await world.bind(pull),
  );
  assert.equal(texts(await pull.receive({ timeout: 5000 })), ['sent during the handshake']);
  await endOf(child);
});

inTcpWorld(processExit, 'keeps nobody who only listens to events', async world => {
  const pull = world.open(Pull);
  const child = run(
    `const push = new Push();
    push.events.on('handshake', () => console.log('handshake'));
    push.connect(endpoint);
    setTimeout(() => console.log('done'), 300);`,
    await world.bind(pull),
  );
  assert.is(await endOf(child), 'handshake\ndone');
});

for (const [who, asked] of [
  ['a function that never answers', 'context.authenticator = () => { done(); return new Promise(() => {}); };'],
  [
    'a handler that has read and never answers',
    `const handler = new Reply();
     await handler.bind('inproc://zeromq.zap.01');
     void handler.receive().then(done);`,
  ],
]) {
  processExit(`ends while a question to ${who} is open`, async () => {
    const child = run(`
      const hold = setInterval(() => {}, 1000);
      const done = () => { console.log('asked'); clearInterval(hold); };
      ${asked ?? ''}
      const [router, dealer] = [new Router({ plainServer: true }), new Dealer({ plainUsername: 'me' })];
      await router.bind('tcp://127.0.0.1:*');
      dealer.connect(router.lastEndpoint);
    `);
    assert.is(await endOf(child), 'asked');
  });
}

processExit.run();

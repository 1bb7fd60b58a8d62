// @deadline 120
import { spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectRaw, createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { padsAbstractNames } from '../../src/transports/ipc-address.ts';
import { IpcTransport } from '../../src/transports/ipc.ts';
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
import { asNobody, exists, leaveDeadSocket, Scratch } from '../support/unix-files.ts';

const scratch = new Scratch();
const isLinux = process.platform === 'linux';

transportContract({
  name: 'ipc',
  transport: () => new IpcTransport(),
  bindAddress: scratch.path,
  malformed: { bind: '@', connect: '*' },
});

if (isLinux) {
  const transport = new IpcTransport(); // one, for each would give its own warning on an old Node
  transportContract({
    name: 'ipc, by abstract names',
    transport: () => transport,
    bindAddress: scratch.name,
    malformed: { bind: '@', connect: '*' },
  });
}

const ipc = netSuite('ipc', () => new IpcTransport());

/** Whether two ends meet there, through that listener. */
async function meets(net: TestNet, { address, peers }: Awaited<ReturnType<TestNet['listen']>>): Promise<void> {
  const near = await net.connect(address);
  near.write([Buffer.from('hello')]);
  for (;;) {
    const { sink } = start(await peers.next());
    await Promise.race([sink.untilReceived(5), sink.untilClosed()]); // who only wanted to know leaves without a word
    if (sink.bytes.toString() === 'hello') return;
  }
}

// Where a listener is.

ipc('a listener on a path has its file there, and its endpoint as it was given', async ({ net }) => {
  const path = scratch.path();
  const { listener } = await net.listen(path);
  assert.is(listener.endpoint, `ipc://${path}`);
  assert.ok(lstatSync(path).isSocket());
});

ipc('both ends go by the endpoint of the listener', async ({ net }) => {
  const { near, far, listener } = await net.join(scratch.path());
  for (const { localAddress, remoteAddress } of [near, far]) {
    assert.equal([localAddress, remoteAddress], [listener.endpoint, listener.endpoint]);
  }
});

/** Leaves the process where it was. */
async function inDirectory(directory: string, action: () => Promise<void>): Promise<void> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    await action();
  } finally {
    process.chdir(before);
  }
}

ipc('a relative path starts where the process is, and is told as it was given', async ({ net }) => {
  const path = scratch.path();
  await inDirectory(dirname(path), async () => {
    const listening = await net.listen(`./${basename(path)}`);
    assert.is(listening.listener.endpoint, `ipc://./${basename(path)}`);
    assert.ok(lstatSync(path).isSocket());
    await meets(net, listening);
  });
});

ipc('a process that has gone elsewhere still removes its file, and not its namesake', async ({ net }) => {
  const [here, there] = [scratch.path(), scratch.path()];
  for (const each of [here, there]) mkdirSync(each);
  await inDirectory(here, async () => {
    const { listener } = await net.listen('socket');
    process.chdir(there);
    const namesake = await net.listen('socket');
    await listener.close();
    assert.equal([readdirSync(here), readdirSync(there)], [[], ['socket']]);
    await meets(net, namesake);
    await namesake.listener.close();
    assert.equal(readdirSync(there), []);
  });
});

ipc('a path of 107 octets can be used', async ({ net }) => {
  if (!isLinux) return;
  const path = `${scratch.path()}-`.padEnd(107, 'x');
  const listening = await net.listen(path);
  assert.ok(lstatSync(path).isSocket());
  await meets(net, listening);
});

if (isLinux) {
  ipc('an abstract name makes no file', async ({ net }) => {
    const name = scratch.name();
    await inDirectory(scratch.directory, async () => {
      const before = readdirSync('.');
      const { listener } = await net.listen(name);
      assert.is(listener.endpoint, `ipc://${name}`);
      assert.equal(readdirSync('.'), before);
    });
  });

  ipc('an abstract name is on the system’s list as it is, but for the padding of old Nodes', async ({ net }) => {
    const name = scratch.name();
    await net.listen(name);
    // It writes NUL as @.
    const names = Array.from(readFileSync('/proc/net/unix', 'utf8').matchAll(/@.*$/gm), ([each]) => each);
    assert.ok(names.includes(padsAbstractNames(process.versions.uv) ? name.padEnd(108, '@') : name));
  });

  ipc('an abstract name of 107 octets can be used', async ({ net }) => {
    await meets(net, await net.listen(`${scratch.name()}-`.padEnd(107, 'x')));
  });

  ipc('an old Node’s padding is told of once, where it matters', async ({ net }) => {
    const warned: string[] = [];
    const note = ({ name, message }: Error): unknown => warned.push(`${name} ${message}`);
    process.on('warning', note);
    await net.listen(scratch.path());
    await turns(1);
    assert.is(warned.length, 0);
    const { address } = await net.listen(scratch.name());
    await net.connect(address);
    await net.listen(scratch.name());
    await turns(1);
    process.off('warning', note);
    assert.is(warned.length, padsAbstractNames(process.versions.uv) ? 1 : 0, warned.join());
    for (const warning of warned) assert.match(warning, /pads/);
  });
}

// Anywhere.

/** With another directory for temporary files. */
async function withTemporary(directory: string, action: () => Promise<void>): Promise<void> {
  const { TMPDIR: before } = process.env;
  process.env['TMPDIR'] = directory;
  try {
    await action();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

ipc('* is a place of its own for each listener, for this user only, as long as it listens', async ({ net }) => {
  const temporary = scratch.path();
  mkdirSync(temporary);
  await withTemporary(temporary, async () => {
    const [one, other] = [await net.listen('*'), await net.listen('*')];
    assert.is(new Set(readdirSync(temporary)).size, 2);
    for (const listening of [one, other]) {
      assert.is(dirname(dirname(listening.address)), temporary);
      assert.ok(lstatSync(listening.address).isSocket());
      assert.is(statSync(dirname(listening.address)).mode & 0o777, 0o700);
      await meets(net, listening);
    }
    await one.listener.close();
    assert.not(exists(dirname(one.address)));
    await meets(net, other);
    await other.listener.close();
    assert.equal(readdirSync(temporary), []);
    await other.listener.close();
  });
});

ipc('what somebody else keeps in the directory of * stays', async ({ net }) => {
  const { listener, address } = await net.listen('*');
  const directory = dirname(address);
  writeFileSync(join(directory, 'note'), 'mine');
  await listener.close();
  assert.equal(readdirSync(directory), ['note']);
  rmSync(directory, { recursive: true });
});

ipc('* where there is no directory for temporary files is ENOENT', async ({ net }) => {
  await withTemporary(join(scratch.directory, 'nowhere'), async () => {
    const error = asTransportError(await rejection(net.listen('*')));
    assert.is(error.code, 'ENOENT');
    assert.is(error.address, 'ipc://*');
  });
});

ipc('* where the way to temporary files is too long is ENAMETOOLONG, and leaves nothing', async ({ net }) => {
  const temporary = `${scratch.path()}-`.padEnd(107, 'x');
  mkdirSync(temporary);
  await withTemporary(temporary, async () => {
    const error = asTransportError(await rejection(net.listen('*')));
    assert.is(error.code, 'ENAMETOOLONG');
    assert.match(error.message, /octets, limit/);
    assert.equal(readdirSync(temporary), []);
  });
});

// What is already there.

ipc('a path on which somebody listens is EADDRINUSE, and stays theirs', async ({ net }) => {
  const first = await net.listen(scratch.path());
  const error = asTransportError(await rejection(net.listen(first.address)));
  assert.is(error.code, 'EADDRINUSE');
  assert.match(error.message, /somebody listens/);
  await meets(net, first);
});

ipc('so is one on which somebody listens who does not speak ZMTP, or does not accept at all', async ({ net }) => {
  const path = scratch.path();
  // Once its backlog is full, the system answers nobody any more.
  const worker = new Worker(
    `const { createServer } = require('node:net');
     const { parentPort, workerData } = require('node:worker_threads');
     createServer().listen({ path: workerData, backlog: 1 }, () => {
       parentPort.postMessage('listening');
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true, workerData: path },
  );
  try {
    await new Promise(resolve => worker.once('message', resolve));
    const attempts = await Promise.all(Array.from({ length: 8 }, () => net.dial(path).outcome));
    const failures = attempts.filter(outcome => outcome instanceof Error).map(asTransportError);
    assert.ok(failures.length > 0);
    if (isLinux) for (const { code } of failures) assert.is(code, 'EAGAIN'); // elsewhere it looks like nobody
    if (isLinux) assert.is(asTransportError(await rejection(net.listen(path))).code, 'EADDRINUSE');
    assert.ok(lstatSync(path).isSocket());
  } finally {
    await worker.terminate();
    rmSync(path, { force: true });
  }
});

ipc('the file of a dead socket is replaced', async ({ net }) => {
  const path = scratch.path();
  await leaveDeadSocket(path);
  assert.is((await net.refused(path)).code, 'ECONNREFUSED');
  await meets(net, await net.listen(path));
});

ipc('so is the one that a killed process of ours has left', async ({ net }) => {
  const path = scratch.path();
  const printed = await printedBy(`await listenOn(${JSON.stringify(path)}); process.kill(process.pid, 'SIGKILL');`);
  assert.is(printed, 'exit null');
  assert.ok(lstatSync(path).isSocket());
  await meets(net, await net.listen(path));
});

ipc('of two that find a dead socket at the same time, one gets its place', async ({ net }) => {
  for (let round = 0; round < 50; round += 1) {
    const path = scratch.path();
    await leaveDeadSocket(path);
    const both = await Promise.allSettled([net.listen(path), net.listen(path)]);
    const [winner, ...others] = both.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
    assert.ok(winner !== undefined && others.length === 0);
    const [loser] = both.flatMap(each => (each.status === 'rejected' ? [asTransportError(each.reason)] : []));
    assert.is(loser?.code, 'EADDRINUSE');
    await meets(net, winner);
  }
});

ipc('a dead socket that is removed while it is looked at is in nobody’s way', async ({ net }) => {
  for (let wait = 0; wait < 8; wait += 1) {
    const path = scratch.path();
    await leaveDeadSocket(path);
    const binding = net.listen(path);
    for (let tick = 0; tick < wait; tick += 1) await new Promise<void>(resolve => process.nextTick(resolve));
    rmSync(path, { force: true });
    await binding;
  }
});

ipc('a file that is no socket is EADDRINUSE, and stays as it is', async ({ net }) => {
  const path = scratch.path();
  writeFileSync(path, 'precious');
  const error = asTransportError(await rejection(net.listen(path)));
  assert.is(error.code, 'EADDRINUSE');
  assert.match(error.message, /no socket/);
  assert.instance(error.cause, Error);
  assert.is(readFileSync(path, 'utf8'), 'precious');
});

ipc('so is a directory', async ({ net }) => {
  const path = scratch.path();
  mkdirSync(path);
  assert.is(asTransportError(await rejection(net.listen(path))).code, 'EADDRINUSE');
  assert.ok(statSync(path).isDirectory());
});

ipc('so is a link, wherever it leads', async ({ net }) => {
  const dead = scratch.path();
  await leaveDeadSocket(dead);
  for (const target of [dead, join(scratch.directory, 'nowhere')]) {
    const path = scratch.path();
    symlinkSync(target, path);
    assert.is(asTransportError(await rejection(net.listen(path))).code, 'EADDRINUSE');
    assert.ok(lstatSync(path).isSymbolicLink());
  }
  assert.ok(lstatSync(dead).isSocket());
});

ipc('a dead socket that cannot be removed is EACCES', async ({ net }) => {
  if (process.geteuid?.() !== 0) return; // it takes two users
  const directory = scratch.path();
  mkdirSync(directory);
  const path = join(directory, 'socket');
  await leaveDeadSocket(path);
  chmodSync(path, 0o777);
  chmodSync(scratch.directory, 0o711);
  chmodSync(directory, 0o1777); // as in /tmp: everybody may make files, and remove none but their own
  await asNobody(async () => {
    const error = asTransportError(await rejection(net.listen(path)));
    assert.is(error.code, 'EACCES');
    assert.match(error.message, /unlink/);
  });
  assert.ok(lstatSync(path).isSocket());
});

for (const [what, address] of [
  ['a missing directory', 'nowhere/socket'],
  ['a file in place of a directory', 'file/socket'],
] as const) {
  ipc(`${what} is ENOENT`, async ({ net }) => {
    writeFileSync(join(scratch.directory, 'file'), '');
    const error = asTransportError(await rejection(net.listen(join(scratch.directory, address))));
    assert.is(error.code, 'ENOENT');
    assert.instance(error.cause, Error);
    assert.is((await net.refused(join(scratch.directory, address))).code, 'ENOENT');
  });
}

ipc('a directory in which nobody may make files is EACCES', async ({ net }) => {
  const directory = scratch.path();
  mkdirSync(directory, { mode: 0o555 });
  chmodSync(scratch.directory, 0o711);
  await asNobody(async () => {
    const error = asTransportError(await rejection(net.listen(join(directory, 'socket'))));
    assert.is(error.code, 'EACCES');
  });
});

// Who may connect.

for (const [mask, mode] of [
  [0o077, 0o700],
  [0o000, 0o777],
] as const) {
  ipc(`with a umask of ${mask.toString(8)} the file has the mode ${mode.toString(8)}`, async ({ net }) => {
    const path = scratch.path();
    const before = process.umask(mask);
    try {
      await net.listen(path);
    } finally {
      process.umask(before);
    }
    assert.is(lstatSync(path).mode & 0o777, mode);
  });
}

ipc('to connect where one may not is EACCES', async ({ net }) => {
  const { address } = await net.listen(scratch.path());
  chmodSync(address, 0o500);
  chmodSync(scratch.directory, 0o711);
  await asNobody(async () => {
    assert.is((await net.refused(address)).code, 'EACCES');
  });
});

// Where nobody listens.

ipc('to connect to a path that is not there is ENOENT', async ({ net }) => {
  const error = await net.refused(scratch.path());
  assert.is(error.code, 'ENOENT');
  assert.instance(error.cause, Error);
});

ipc('to connect to a file that is no socket is ECONNREFUSED', async ({ net }) => {
  const path = scratch.path();
  writeFileSync(path, '');
  if (isLinux) assert.is((await net.refused(path)).code, 'ECONNREFUSED');
  else assert.instance(await net.refused(path), Error);
});

if (isLinux) {
  ipc('to connect to an abstract name that nobody has is ECONNREFUSED', async ({ net }) => {
    assert.is((await net.refused(scratch.name())).code, 'ECONNREFUSED');
  });
}

// What stays behind.

ipc('a listener that closes removes its file', async ({ net }) => {
  const { listener, address } = await net.listen(scratch.path());
  const closing = listener.close();
  assert.not(exists(address)); // in the same turn
  await closing;
});

ipc('it does so whatever has been done to the file', async ({ net }) => {
  const { listener, address } = await net.listen(scratch.path());
  chmodSync(address, 0o600);
  utimesSync(address, 0, 0);
  await listener.close();
  assert.not(exists(address));
});

/** What has been put in a listener's place; a file that is moved there has a number of its own. */
const replacements: Readonly<Record<string, (net: TestNet, path: string) => Promise<() => Promise<void>>>> = {
  'another listener': async (net, path) => {
    unlinkSync(path);
    const listening = await net.listen(path);
    return () => meets(net, listening);
  },
  'another listener, moved there': async (net, path) => {
    const listening = await net.listen(scratch.path());
    renameSync(listening.address, path);
    return () => meets(net, { ...listening, address: path });
  },
  'a file': async (_, path) => {
    unlinkSync(path);
    writeFileSync(path, 'precious');
    return async () => assert.is(readFileSync(path, 'utf8'), 'precious');
  },
  'a link': async (_, path) => {
    unlinkSync(path);
    symlinkSync('anywhere', path);
    return async () => assert.ok(lstatSync(path).isSymbolicLink());
  },
};

for (const [what, replace] of Object.entries(replacements)) {
  ipc(`${what} in its place stays`, async ({ net }) => {
    const { listener, address } = await net.listen(scratch.path());
    const untouched = await replace(net, address);
    const before = lstatSync(address).ino;
    await listener.close();
    await untouched();
    assert.is(lstatSync(address).ino, before);
    assert.equal(
      readdirSync(scratch.directory).filter(name => name.startsWith(`${basename(address)}.`)),
      [],
    );
  });
}

ipc('a file that has been removed already is no matter', async ({ net }) => {
  const { listener, address } = await net.listen(scratch.path());
  unlinkSync(address);
  await listener.close();
  assert.not(exists(address));
});

ipc('a bind that fails leaves the file of the one that is there', async ({ net }) => {
  const path = scratch.path();
  const server = createServer();
  await new Promise<void>(resolve => server.listen(path, resolve));
  await rejection(net.listen(path));
  const raw = connectRaw(path);
  await new Promise(resolve => raw.once('connect', resolve));
  raw.destroy();
  await new Promise(resolve => server.close(resolve));
});

// The process around it.

const source = JSON.stringify(pathToFileURL('src/transports/ipc.ts').href);

/** What a process prints that runs a script against this transport, when it has ended. */
function printedBy(script: string, shell = ''): Promise<string> {
  const program = `
    import { IpcTransport } from ${source};
    const options = ${JSON.stringify(defaultOptions)};
    const transport = new IpcTransport();
    const quiet = { received() {}, drained() {}, closed() {} };
    const peers = [];
    const sink = { accepted: peer => peers.push(peer), failed() {} };
    const listenOn = path => transport.bind(path, options, sink);
    const dial = path => new Promise((resolve, reject) =>
      transport.connect(path, options, { connected: resolve, failed: reject }));
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

ipc('an idle listener and idle connections do not keep a process alive', async () => {
  const path = scratch.path();
  const printed = await printedBy(`
    await listenOn(${JSON.stringify(path)});
    const near = await dial(${JSON.stringify(path)});
    near.start(quiet);
    while (peers.length === 0) await new Promise(setImmediate);
    peers[0].start(quiet);
    console.log('idle');`);
  assert.is(printed, 'idle\nexit 0');
});

if (isLinux) {
  ipc('a listener outlives a shortage of descriptors', async () => {
    const printed = await printedBy(
      `import { closeSync, openSync } from 'node:fs';
      const path = ${JSON.stringify(scratch.path())};
      const awake = setInterval(() => {}, 1_000_000);
      await listenOn(path);
      const taken = [];
      try {
        for (;;) taken.push(openSync('/dev/null'));
      } catch (error) {
        console.log(error.code);
      }
      closeSync(taken.pop()); // for the dialling end; the accepting one finds none
      const first = await dial(path);
      await new Promise(closed => first.start({ ...quiet, closed }));
      console.log(peers.length);
      for (const each of taken) closeSync(each);
      await dial(path);
      while (peers.length === 0) await new Promise(setImmediate);
      console.log(peers.length);
      clearInterval(awake);`,
      'ulimit -n 128;',
    );
    assert.is(printed, 'EMFILE\n0\n1\nexit 0');
  });
}

ipc.run();

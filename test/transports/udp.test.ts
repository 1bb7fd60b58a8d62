/** `udp://` on this machine, one host to another. Groups need a network of their own: `interop/udp-multicast.test.ts`. */
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DatagramEnd, DatagramOptions, DatagramPort, DatagramSink } from '../../src/transports/datagram.ts';
import { UdpTransport } from '../../src/transports/udp.ts';
import { deadlineMs } from '../support/peers/deadline.ts';
import { endOf, PlainUdp, soon } from '../support/plain-udp.ts';
import { turns } from '../support/test-net.ts';
import { codeOfCall, errorOf } from '../support/world.ts';

const OPTIONS: DatagramOptions = { ipv6: false, multicastHops: 1, multicastLoop: true };
const IPV6: DatagramOptions = { ...OPTIONS, ipv6: true };

/** Writes down what it hears. */
class Ear implements DatagramSink {
  readonly heard: { readonly octets: Uint8Array; readonly from: DatagramEnd }[] = [];
  readonly losses: Error[] = [];
  drains = 0;
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = [];

  received(octets: Uint8Array, from: DatagramEnd): void {
    this.heard.push({ octets, from });
    this.#look();
  }

  drained(): void {
    this.drains += 1;
    this.#look();
  }

  lost(cause: Error): void {
    this.losses.push(cause);
    this.#look();
  }

  failed(cause: Error): void {
    throw cause;
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return soon(new Promise(resolve => this.#waiting.push({ condition, resolve })), 'such a moment');
  }

  #look(): void {
    const ready = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter(each => !ready.includes(each));
    for (const { resolve } of ready) resolve();
  }
}

interface Scene {
  readonly ports: DatagramPort[];
  readonly plain: PlainUdp;
  anchor: NodeJS.Timeout;
}

const udp = suite<Scene>('udp transport');
const transport = new UdpTransport(async (name, family) => {
  if (name === 'localhost') return family === 4 ? ['127.0.0.1'] : ['::1', '127.0.0.1'];
  if (name === 'group.example') return ['239.1.2.3'];
  if (name === 'empty.example') return [];
  throw Object.assign(new Error(`${name} is not known`), { code: 'ENOTFOUND' });
});

udp.before.each(async scene => {
  Object.assign(scene, { ports: [], plain: await PlainUdp.open(), anchor: setInterval(() => {}, 0x7fff_ffff) });
});

udp.after.each(async ({ ports, plain, anchor }) => {
  for (const port of ports) port.close();
  await plain.close();
  clearInterval(anchor);
});

async function open(
  { ports }: Scene,
  use: 'bind' | 'connect',
  address: string,
  options = OPTIONS,
): Promise<{ port: DatagramPort; ear: Ear; end: DatagramEnd }> {
  const ear = new Ear();
  const port = await transport.open(address, use, options, ear);
  ports.push(port);
  return { port, ear, end: endOf(port.endpoint) };
}

udp('a bound port tells which one the system has chosen, and hears each datagram with its sender', async scene => {
  const { port, ear, end } = await open(scene, 'bind', '127.0.0.1:*');
  assert.match(port.endpoint, /^udp:\/\/127\.0\.0\.1:[1-9][0-9]*$/);
  assert.is(port.remote, undefined);
  await scene.plain.send(Buffer.from('one'), end);
  await scene.plain.send(Buffer.alloc(0), end);
  await ear.until(() => ear.heard.length === 2);
  assert.equal(
    ear.heard.map(({ octets, from }) => [String(octets), from]),
    [
      ['one', scene.plain.end],
      ['', scene.plain.end],
    ],
  );
});

udp('a connected port sends to its remote, from a port of its own, and hears the answer', async scene => {
  const { port, ear } = await open(scene, 'connect', `127.0.0.1:${scene.plain.end.port}`);
  assert.equal(port.remote, scene.plain.end);
  assert.is(port.endpoint, `udp://127.0.0.1:${scene.plain.end.port}`);
  assert.ok(port.send(Buffer.from('x'), scene.plain.end));
  const { octets, from } = await scene.plain.next();
  assert.is(String(octets), 'x');
  await scene.plain.send(Buffer.from('y'), from);
  await ear.until(() => ear.heard.length === 1);
  assert.is(String(ear.heard[0]?.octets), 'y');
});

udp(
  'a second bind to the same address and port is refused; to the same port of another address it is not',
  async scene => {
    const { end } = await open(scene, 'bind', '127.0.0.1:*');
    assert.is(
      await codeOfCall(() => transport.open(`127.0.0.1:${end.port}`, 'bind', OPTIONS, new Ear())),
      'EADDRINUSE',
    );
    await open(scene, 'bind', `127.0.0.2:${end.port}`);
  },
);

udp('the address is free as soon as close() has returned, and closing twice is closing once', async scene => {
  const { port, end } = await open(scene, 'bind', '127.0.0.1:*');
  port.close();
  port.close();
  await open(scene, 'bind', `127.0.0.1:${end.port}`);
});

udp('nothing is told after close()', async scene => {
  const { port, ear, end } = await open(scene, 'bind', '127.0.0.1:*');
  await scene.plain.send(Buffer.from('x'), end);
  port.send(Buffer.alloc(70_000), scene.plain.end); // which the system refuses
  port.close();
  assert.is(port.send(Buffer.from('x'), scene.plain.end), false);
  assert.is(port.unsent, 0);
  await turns();
  assert.equal([ear.heard, ear.losses, ear.drains], [[], [], 0]);
});

udp('every address, and those of IPv6 as well where that is switched on', async scene => {
  const four = await open(scene, 'bind', '*:*');
  assert.match(four.port.endpoint, /^udp:\/\/0\.0\.0\.0:/);
  await scene.plain.send(Buffer.from('x'), { host: '127.0.0.1', port: four.end.port });
  await four.ear.until(() => four.ear.heard.length === 1);

  const six = await open(scene, 'bind', '*:*', IPV6);
  assert.match(six.port.endpoint, /^udp:\/\/\[::\]:/);
  await scene.plain.send(Buffer.from('x'), { host: '127.0.0.1', port: six.end.port });
  await six.ear.until(() => six.ear.heard.length === 1);
  assert.equal(six.ear.heard[0]?.from, scene.plain.end); // IPv4 stays IPv4
  six.port.send(Buffer.from('back'), scene.plain.end);
  assert.is(String((await scene.plain.next()).octets), 'back');
});

udp('IPv6, if it is switched on', async scene => {
  const { port, ear, end } = await open(scene, 'bind', '[::1]:*', IPV6);
  assert.match(port.endpoint, /^udp:\/\/\[::1\]:/);
  const plain = await PlainUdp.open('::1');
  await plain.send(Buffer.from('x'), end);
  await ear.until(() => ear.heard.length === 1);
  assert.equal(ear.heard[0]?.from, plain.end);
  port.send(Buffer.from('y'), plain.end);
  assert.is(String((await plain.next()).octets), 'y');
  await plain.close();
  assert.is(await codeOfCall(() => transport.open('[::1]:*', 'bind', OPTIONS, new Ear())), 'ENODEV');
  for (const use of ['bind', 'connect'] as const) {
    assert.is(await codeOfCall(() => transport.check('[::1]:5', use, OPTIONS)), 'ENODEV');
    transport.check('[::1]:5', use, IPV6);
  }
});

udp('names are resolved: of interfaces and of hosts', async scene => {
  const loopback = Object.entries(networkInterfaces()).find(([, all]) =>
    all?.some(each => each.address === '127.0.0.1'),
  );
  const byInterface = await open(scene, 'bind', `${loopback?.[0] ?? ''}:*`);
  assert.is(byInterface.end.host, '127.0.0.1');
  assert.is((await open(scene, 'bind', 'localhost:*')).end.host, '127.0.0.1');
  const { port } = await open(scene, 'connect', `localhost:${scene.plain.end.port}`);
  assert.equal(port.remote, scene.plain.end);
  const six = await open(scene, 'connect', `localhost:${scene.plain.end.port}`, IPV6);
  assert.is(six.port.remote?.host, '::1'); // the first: nobody answers, so none is found wanting
});

udp('names that lead nowhere, or to no group behind an interface', async () => {
  const at = (address: string, use: 'bind' | 'connect'): Promise<string> =>
    codeOfCall(() => transport.open(address, use, OPTIONS, new Ear()));
  assert.is(await at('nowhere.example:5', 'bind'), 'ENODEV');
  assert.is(await at('nowhere.example:5', 'connect'), 'EHOSTUNREACH');
  assert.is(await at('lo;localhost:5', 'connect'), 'EINVAL');
  assert.is(await at('lo;localhost:5', 'bind'), 'EINVAL');
  const error = await errorOf(() => transport.open('nowhere.example:5', 'connect', OPTIONS, new Ear()));
  assert.match(String(error), 'cannot connect to udp://nowhere.example:5');
});

for (const [address, options, code] of [
  ['no-such-if;239.1.2.3:5', OPTIONS, 'ENODEV'],
  ['10.77.7.7;239.1.2.3:5', OPTIONS, 'ENODEV'],
  ['no-such-if;group.example:5', OPTIONS, 'ENODEV'],
  ['no-such-if;[ff15::5]:5', IPV6, 'ENODEV'],
  ['[fd77::7];[ff15::5]:5', IPV6, 'ENODEV'],
  ['lo;[ff15::5]:5', OPTIONS, 'ENODEV'],
  ['lo;127.0.0.1:5', OPTIONS, 'EINVAL'],
  ['127.0.0.1', OPTIONS, 'EINVAL'],
] as const) {
  udp(`${address} is ${code} before anything is tried`, async () => {
    for (const use of ['bind', 'connect'] as const) {
      assert.is(await codeOfCall(() => transport.check(address, use, options)), code);
    }
  });
}

udp('an address that is not of this machine cannot be bound', async () => {
  assert.is(await codeOfCall(() => transport.open('192.0.2.1:*', 'bind', OPTIONS, new Ear())), 'EADDRNOTAVAIL');
});

udp('what the system refuses is told, and the port goes on', async scene => {
  const { port, ear } = await open(scene, 'bind', '127.0.0.1:*');
  port.send(Buffer.alloc(65_508), scene.plain.end); // one octet more than a datagram holds
  port.send(Buffer.from('x'), { host: '::1', port: 5 }); // which no socket of IPv4 reaches
  await ear.until(() => ear.losses.length === 2);
  port.send(Buffer.alloc(65_507), scene.plain.end);
  assert.is((await scene.plain.next()).octets.length, 65_507);
});

udp('any octets go through as they are, and no empty datagram is lost', async scene => {
  const { port, ear, end } = await open(scene, 'bind', '127.0.0.1:*');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async octets => {
      const before = ear.heard.length;
      await scene.plain.send(octets, end);
      await ear.until(() => ear.heard.length > before);
      const { octets: heard = new Uint8Array(), from = end } = ear.heard.at(-1) ?? {};
      assert.ok(Buffer.from(octets).equals(heard));
      port.send(heard, from);
      assert.ok(Buffer.from(octets).equals((await scene.plain.next()).octets));
    }),
    { numRuns: 50 },
  );
});

udp('a port that the system is slow with tells when it has taken all', async () => {
  const script = fileURLToPath(new URL('udp-slowly.ts', import.meta.url));
  // the switch of Node's own tests: no datagram is taken at once
  const words = ['--test-udp-no-try-send', '--import', 'tsx', script];
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: deadlineMs });
  assert.equal(JSON.parse(stdout), {
    small: { took: true, unsent: 1, drained: 1, after: 0 },
    large: { took: [true, false, false], unsent: 3, drained: 2, after: 0, again: true },
    heard: 5,
  });
});

udp.run();

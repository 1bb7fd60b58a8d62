/**
 * Groups of `udp://` between ours and libzmq. Only `udp-multicast.test.ts` runs this, in a network namespace as
 * `namespace.ts` draws it, and it refuses to run anywhere else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Datagram } from '../../src/sockets/datagram.ts';
import { Dish } from '../../src/sockets/dish.ts';
import { deadlineMs } from '../support/peers/deadline.ts';
import { startPeer } from '../support/peers/peer.ts';
import { soon } from '../support/plain-udp.ts';
import { codeOfCall } from '../support/world.ts';
import { assertSame } from './pair.ts';
import {
  heard,
  HELLO,
  libzmqUdp,
  meet,
  oneByOne,
  ourUdp,
  type Hearer,
  type Speaker,
  type UdpSide,
} from './udp-talk.ts';

const names = Object.keys(networkInterfaces()).sort().join();
if (names !== 'lo,va,vb,vc,vd') throw new Error(`run udp-multicast.test.ts instead: the interfaces here are ${names}`);

const peer = await startPeer('npm');
const theirs = libzmqUdp(peer);

const multicast = suite('udp:// groups between ours and libzmq');

let lastPort = 5600; // in a network where nobody else is

interface Scene {
  readonly speaker: Speaker;
  readonly hearers: readonly Hearer[];
  /** Without its interface. */
  readonly place: string;
}

/** One who speaks through `via`, and one who hears at each of `ears`; all of them have joined `g` and {@link HELLO}. */
async function play(
  [from, to]: readonly [UdpSide, UdpSide],
  {
    via,
    ears,
    group = '239.1.2.3',
    ...options
  }: { via: string; ears: readonly string[]; group?: string; ipv6?: boolean },
  scene: (scene: Scene) => Promise<void>,
  speaking: object = {},
): Promise<void> {
  const place = `${group}:${(lastPort += 1)}`;
  const speaker = await from.radio({ ...options, ...speaking });
  const hearers: Hearer[] = [];
  try {
    for (const ear of ears) {
      const hearer = await to.dish(options);
      hearers.push(hearer);
      await hearer.join(HELLO, 'g');
      await hearer.bind(`udp://${ear}${place}`);
    }
    await speaker.connect(`udp://${via}${place}`);
    await scene({ speaker, hearers, place });
  } finally {
    await Promise.all([speaker, ...hearers].map(end => end.close()));
  }
}

const MESSAGES = [
  ['g', 'sunny'],
  ['g', ''],
  ['g', new Uint8Array(8190).fill(7)],
] as const;

for (const pair of [
  [ourUdp, theirs],
  [theirs, ourUdp],
  [ourUdp, ourUdp],
] as const) {
  const [from, to] = pair;
  const sides = `a RADIO of ${from.name}, a DISH of ${to.name}`;

  for (const [how, via] of [
    ['by name', 'va;'],
    ['by address', '10.99.1.1;'],
    ['left to the system', ''],
    ['any', '*;'],
  ] as const) {
    multicast(`${sides}: the interface ${how}`, () =>
      play(pair, { via, ears: [via] }, async ({ speaker, hearers: [hearer] }) => {
        assert.ok(hearer);
        await meet(speaker, hearer);
        await oneByOne(speaker, hearer, MESSAGES);
      }),
    );
  }

  multicast(`${sides}: everybody who has joined the group hears it`, () =>
    play(pair, { via: 'va;', ears: ['va;', '10.99.1.1;', 'va;'] }, async ({ speaker, hearers }) => {
      for (const hearer of hearers) await meet(speaker, hearer);
      await speaker.say('g', 'all');
      for (const hearer of hearers) assertSame(await heard(hearer), ['g', 'all'], 'to everybody');
    }),
  );

  // Linux gives a socket what arrives anywhere for a group that anybody has joined there: so nobody must have, at first
  multicast(`${sides}: what leaves by one interface is not heard at another`, () =>
    play(pair, { via: 'va;', ears: ['vc;'] }, async ({ speaker, hearers: [far], place }) => {
      assert.ok(far);
      const [other, near] = [await from.radio(), await to.dish()];
      try {
        await other.connect(`udp://vc;${place}`);
        await meet(other, far);
        const before = sentDatagrams();
        for (const each of ['one', 'two', 'three']) await speaker.say('g', each);
        await untilSent(before + 3);
        await other.say('g', 'over there');
        assertSame(await heard(far), ['g', 'over there'], 'at the other interface');
        await near.join(HELLO, 'g');
        await near.bind(`udp://va;${place}`);
        await meet(speaker, near);
      } finally {
        await Promise.all([other.close(), near.close()]);
      }
    }),
  );

  multicast(`${sides}: IPv6`, () =>
    play(
      pair,
      { via: 'va;', ears: ['va;'], group: '[ff15::5]', ipv6: true },
      async ({ speaker, hearers: [hearer] }) => {
        assert.ok(hearer);
        await meet(speaker, hearer);
        await oneByOne(speaker, hearer, MESSAGES);
      },
    ),
  );
}

multicast('without the loop nobody on this machine hears it', () =>
  play(
    [ourUdp, ourUdp],
    { via: 'va;', ears: ['va;'] },
    async ({ speaker, hearers: [hearer], place }) => {
      assert.ok(hearer);
      const loud = await ourUdp.radio();
      try {
        await loud.connect(`udp://va;${place}`);
        await meet(loud, hearer);
        const before = sentDatagrams();
        for (const each of ['one', 'two', 'three']) await speaker.say('g', each);
        await untilSent(before + 3);
        await loud.say('g', 'heard');
        assertSame(await heard(hearer), ['g', 'heard'], 'of the one who loops');
      } finally {
        await loud.close();
      }
    },
    { multicastLoop: false },
  ),
);

/** Datagrams that all processes of this network have sent. */
function sentDatagrams(): number {
  const [heads = '', numbers = ''] = readFileSync('/proc/net/snmp', 'utf8').match(/^Udp:.*$/gm) ?? [];
  return Number(numbers.split(' ')[heads.split(' ').indexOf('OutDatagrams')]);
}

async function untilSent(count: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (sentDatagrams() < count) {
    if (performance.now() > deadline) throw new Error(`${sentDatagrams()} datagrams sent, ${count} expected`);
    await delay(5);
  }
}

for (const [hops, options] of [
  [1, {}],
  [7, { multicastHops: 7 }],
  [255, { multicastHops: 255 }],
] as const) {
  for (const side of [ourUdp, theirs]) {
    multicast(`a RADIO of ${side.name}: ${hops} hops, as the option says`, async () => {
      const endpoint = `udp://va;239.1.2.3:${(lastPort += 1)}`;
      const radio = await side.radio(options);
      await radio.connect(endpoint);
      assert.is(await ttlOf(endpoint, () => radio.say('g', 'x')), hops);
      await radio.close();
    });
  }
}

/** The TTL of a datagram as it arrives; sent again until it does. */
async function ttlOf(endpoint: string, send: () => Promise<void>): Promise<number> {
  const [, group = '', port = ''] = /([0-9.]+):([0-9]+)$/.exec(endpoint) ?? [];
  const script = fileURLToPath(new URL('../support/peers/udp_ttl.py', import.meta.url));
  const child = spawn(process.env['ZMTP_PYTHON'] ?? '/usr/bin/python3', [script, group, port, '10.99.1.1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    assert.is((await soon(lines.next(), 'listener')).value, 'ready');
    const told = { here: false };
    const ttl = lines.next().finally(() => (told.here = true));
    while (!told.here) {
      await send();
      await Promise.race([ttl, delay(10)]);
    }
    return Number((await soon(ttl, 'TTL')).value);
  } finally {
    child.kill();
    await once(child, 'close');
  }
}

multicast('a DGRAM joins the group it is bound to, hears from everybody, and writes to the group', async () => {
  const port = (lastPort += 1);
  const [one, other] = [new Datagram({ linger: 0 }), new Datagram({ linger: 0 })];
  const third = await peer.open('DGRAM');
  try {
    for (const each of [one, other]) await each.bind(`udp://va;239.1.2.3:${port}`);
    assert.is(one.lastEndpoint, `udp://va;239.1.2.3:${port}`);
    await third.bind(`udp://va;239.1.2.3:${port}`);
    await one.send([`239.1.2.3:${port}`, 'all']);
    for (const each of [one, other]) {
      assertSame(await soon(each.receive(), 'message'), [`10.99.1.1:${port}`, 'all'], 'to everybody');
    }
    const first = third.receive();
    const told = { here: false };
    void first.finally(() => (told.here = true));
    while (!told.here) {
      await other.send([`239.1.2.3:${port}`, 'libzmq, too']);
      await Promise.race([first, delay(10)]);
    }
    assert.is((await first)[0]?.toString(), `10.99.1.1:${port}\0`);
  } finally {
    await Promise.all([one, other, third].map(socket => socket.close()));
  }
});

multicast('an interface that is not there is ENODEV, at once', async () => {
  for (const via of ['nothere', '10.77.7.7', '[fd77::7]']) {
    const dish = new Dish();
    assert.is(await codeOfCall(() => dish.bind(`udp://${via};239.1.2.3:5599`)), 'ENODEV', via);
    await dish.close();
  }
});

multicast('a port that the system chooses for a group is told', async () => {
  const dish = new Dish();
  await dish.bind('udp://va;239.1.2.3:*');
  assert.match(dish.lastEndpoint ?? '', /^udp:\/\/va;239\.1\.2\.3:[1-9][0-9]+$/);
  await dish.close();
});

multicast.after(() => peer.kill());
multicast.run();

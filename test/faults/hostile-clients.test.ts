/** Strangers at a bound socket, on the real loopback, while a good peer goes on talking. */
import type { Socket as NetSocket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Router } from '../../src/sockets/router.ts';
import {
  begin,
  command,
  frame,
  frameV1,
  greeting,
  longHead,
  longHeadV1,
  message,
  ping,
  ready,
} from '../support/raw-zmtp.ts';
import { inTcpWorld, systemSockets, until, type TcpWorld } from '../support/tcp-world.ts';
import { seeded, texts } from '../support/world.ts';

const hostile = suite('hostile clients');

const CROWD = 100;

const OVERSIZED = Buffer.concat([greeting(), command('READY', Buffer.alloc(5_000_000, 1))]);

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc') as () => void;

/** A hub with a good peer that asks and is answered, over and over, until told to stop. */
async function hubWithGoodPeer(
  world: TcpWorld,
  options: object,
): Promise<{ endpoint: string; events: MonitorEvent[]; stop: () => Promise<number> }> {
  const router = world.open(Router, options);
  const events: MonitorEvent[] = [];
  for (const type of ['accept', 'handshake', 'disconnect'] as const)
    router.events.on(type, event => events.push(event));
  const endpoint = await world.bind(router);
  void (async () => {
    for await (const asked of router) await router.send(asked);
  })();
  const dealer = world.open(Dealer, { routingId: 'good' });
  dealer.connect(endpoint);
  const talk = { over: false };
  let rounds = 0;
  const talking = (async () => {
    while (!talk.over) {
      await dealer.send([`${rounds}`, 'question']);
      assert.equal(texts(await dealer.receive({ timeout: 5000 })), [`${rounds}`, 'question']);
      rounds += 1;
    }
  })();
  talking.catch(() => undefined); // stop() tells
  await until(() => rounds > 0, 'the first answer');
  return {
    endpoint,
    events,
    stop: async () => {
      const before = rounds;
      await until(() => rounds > before + 10, 'answers after the attack');
      talk.over = true;
      await talking;
      assert.is(events.filter(event => event.type === 'disconnect' && event.connectionId === goodId(events)).length, 0);
      return rounds;
    },
  };
}

function goodId(events: readonly MonitorEvent[]): number | undefined {
  const good = events.find(event => event.type === 'handshake' && event.peer.routingId.length === 4);
  return good !== undefined && 'connectionId' in good ? good.connectionId : undefined;
}

/** Codes of the ends of connections, with how often each came. */
function ends(events: readonly MonitorEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    if (event.type !== 'disconnect') continue;
    const code = event.error?.code ?? 'none';
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/** What a client does once it is connected, and how its connection must end. */
const ATTACKS: Record<string, { act: (socket: NetSocket, i: number) => void; code: string; options?: object }> = {
  'that say nothing': {
    act: () => undefined,
    code: 'ERR_ZMTP_HANDSHAKE_TIMEOUT',
    options: { handshakeInterval: 300 },
  },
  'that send half a greeting': {
    act: (socket, i) => socket.write(greeting().subarray(0, 1 + (i % 63))),
    code: 'ERR_ZMTP_HANDSHAKE_TIMEOUT',
    options: { handshakeInterval: 300 },
  },
  'that greet and then say nothing': {
    act: socket => socket.write(greeting()),
    code: 'ERR_ZMTP_HANDSHAKE_TIMEOUT',
    options: { handshakeInterval: 300 },
  },
  'that speak HTTP': {
    act: socket => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    code: 'ERR_ZMTP_NOT_ZMTP',
  },
  'that speak TLS': {
    act: socket => socket.write(Buffer.from(`16030100c8010000c40303${'5a'.repeat(196)}`, 'hex')),
    code: 'ERR_ZMTP_NOT_ZMTP',
  },
  'that speak SSH': { act: socket => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), code: 'ERR_ZMTP_NOT_ZMTP' },
  'that speak HTTP with octets that are even': {
    act: socket => socket.write('OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    code: 'ERR_ZMTP_NOT_ZMTP',
  },
  'that put a length of four octets in front': {
    act: socket => socket.write(Buffer.concat([Buffer.of(58, 0, 0, 0), Buffer.alloc(60, 'x')])),
    code: 'ERR_ZMTP_NOT_ZMTP',
  },
  'that begin an identity of ZMTP 1.0 and never end it': {
    act: (socket, i) => socket.write(frameV1(0, 'never').subarray(0, 1 + (i % 6))),
    code: 'ERR_ZMTP_HANDSHAKE_TIMEOUT',
    options: { handshakeInterval: 300 },
  },
  'that greet as ZMTP 2.0 and then say nothing': {
    act: socket => socket.write(begin('2.0').subarray(0, 12)),
    code: 'ERR_ZMTP_HANDSHAKE_TIMEOUT',
    options: { handshakeInterval: 300 },
  },
  'that claim 2^63 octets in ZMTP 1.0': {
    act: socket => socket.write(Buffer.concat([begin('1.0'), longHeadV1(0, 2n ** 63n)])),
    code: 'ERR_ZMTP_FRAME_TOO_LARGE',
  },
  'that send frames without flags in ZMTP 1.0': {
    act: socket => socket.write(Buffer.concat([begin('1.0'), Buffer.alloc(100)])),
    code: 'ERR_ZMTP_MALFORMED_FRAME',
  },
  'that take the name of the good one in ZMTP 2.0': {
    act: socket => socket.write(begin('2.0', { identity: 'good' })),
    code: 'ERR_ZMTP_ROUTING_ID_TAKEN',
  },
  'that send READY of five megabytes': {
    act: socket => socket.write(OVERSIZED),
    code: 'ERR_ZMTP_FRAME_TOO_LARGE',
  },
  'that claim 2^63 octets before the handshake': {
    act: socket => socket.write(Buffer.concat([greeting(), longHead(4, 2n ** 63n)])),
    code: 'ERR_ZMTP_FRAME_TOO_LARGE',
  },
  'that claim 2^63 octets after the handshake': {
    act: socket => socket.write(Buffer.concat([greeting(), ready('DEALER'), longHead(0, 2n ** 63n)])),
    code: 'ERR_ZMTP_FRAME_TOO_LARGE',
  },
  'that claim 2^64 - 1 octets': {
    act: socket => socket.write(Buffer.concat([greeting(), ready('DEALER'), longHead(0, 2n ** 64n - 1n)])),
    code: 'ERR_ZMTP_FRAME_TOO_LARGE',
  },
  'that are of the wrong type': {
    act: socket => socket.write(Buffer.concat([greeting(), ready('SUB')])),
    code: 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE',
  },
  'that take the name of the good one': {
    act: socket => socket.write(Buffer.concat([greeting(), ready('DEALER', 'good')])),
    code: 'ERR_ZMTP_ROUTING_ID_TAKEN',
  },
  'that take a name that begins with zero': {
    act: socket => socket.write(Buffer.concat([greeting(), ready('DEALER', Buffer.of(0, 1, 2, 3, 4))])),
    code: 'ERR_ZMTP_INVALID_METADATA',
  },
  'that hang up at once': { act: socket => socket.end(), code: 'ERR_ZMTP_HANDSHAKE_CLOSED' },
};

for (const [name, { act, code, options = {} }] of Object.entries(ATTACKS)) {
  inTcpWorld(hostile, `${CROWD} ${name} do not disturb a good peer, and are shown out`, async world => {
    const { endpoint, events, stop } = await hubWithGoodPeer(world, options);
    await Promise.all(Array.from({ length: CROWD }, async (_, i) => act(await world.dial(endpoint), i)));
    await until(() => events.filter(({ type }) => type === 'disconnect').length === CROWD, `${CROWD} ends`);
    assert.equal(ends(events), { [code]: CROWD });
    assert.ok((await stop()) > 10);
  });
}

inTcpWorld(hostile, 'that send octets at random are shown out, or waited for', async world => {
  const { endpoint, events, stop } = await hubWithGoodPeer(world, { handshakeInterval: 300 });
  const random = seeded(7);
  for (let i = 0; i < CROWD; i += 1) {
    const socket = await world.dial(endpoint);
    const octets = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
    if (i % 2 === 0) socket.write(Buffer.concat([greeting(), octets]));
    else socket.write(octets);
  }
  await until(() => events.filter(({ type }) => type === 'disconnect').length === CROWD, `${CROWD} ends`);
  for (const code of Object.keys(ends(events))) assert.match(code, /^ERR_ZMTP_/);
  await stop();
});

inTcpWorld(hostile, 'that claim much and send little cost little', async world => {
  const { endpoint, events, stop } = await hubWithGoodPeer(world, {});
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const claim = Buffer.concat([greeting(), ready('DEALER'), longHead(0, 2n ** 31n - 1n), Buffer.alloc(10)]);
  for (let i = 0; i < CROWD; i += 1) (await world.dial(endpoint)).write(claim);
  await until(() => events.filter(({ type }) => type === 'handshake').length === CROWD + 1, 'all handshakes');
  await stop();
  collectGarbage();
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 20_000_000, `${grown} octets for ${CROWD} claims of two gibibytes`);
});

inTcpWorld(hostile, 'that flood with PINGs and read nothing cost little', async world => {
  const { endpoint, stop } = await hubWithGoodPeer(world, {});
  const flood = Buffer.concat(Array.from({ length: 4000 }, () => ping(0, 'sixteen octets!!')));
  const attackers = await Promise.all(Array.from({ length: 5 }, () => world.dial(endpoint)));
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const stuck = attackers.map(socket => {
    socket.pause();
    socket.write(Buffer.concat([greeting(), ready('DEALER')]));
    let full = false;
    const pour = (): void => {
      while (socket.write(flood));
      const { bytesWritten } = socket;
      // the other side has stopped reading when nothing more leaves
      setTimeout(
        () => (socket.bytesWritten === bytesWritten && socket.writableLength > 0 ? (full = true) : pour()),
        100,
      );
    };
    pour();
    return () => full;
  });
  await until(() => stuck.every(full => full()), 'that nobody reads any more');
  await stop();
  collectGarbage();
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 40_000_000, `${grown} octets`);
});

inTcpWorld(hostile, 'that flood with messages nobody asked for do not starve the good one', async world => {
  const { endpoint, stop } = await hubWithGoodPeer(world, {});
  const attacker = await world.dial(endpoint);
  attacker.on('data', () => undefined);
  attacker.write(Buffer.concat([greeting(), ready('DEALER')]));
  const flood = Buffer.concat(Array.from({ length: 5000 }, () => message('flood')));
  let pouring = true;
  const pour = (): void => {
    while (pouring && attacker.write(flood));
    if (pouring) attacker.once('drain', pour);
  };
  pour();
  assert.ok((await stop()) > 10);
  pouring = false;
});

inTcpWorld(hostile, 'that send a message octet by octet are heard, and disturb nobody', async world => {
  const router = world.open(Router);
  const endpoint = await world.bind(router);
  const slow = await world.dial(endpoint);
  slow.setNoDelay(true);
  for (const octet of Buffer.concat([greeting(), ready('DEALER', 'slow'), frame(0, 'word')])) {
    await new Promise<unknown>(resolve => slow.write(Buffer.of(octet), resolve));
  }
  assert.equal(texts(await router.receive()), ['slow', 'word']);
});

inTcpWorld(hostile, 'leave no descriptor behind', async world => {
  const { endpoint, events, stop } = await hubWithGoodPeer(world, { handshakeInterval: 300 });
  const before = systemSockets();
  for (let round = 0; round < 3; round += 1) {
    const sockets = await Promise.all(Array.from({ length: CROWD }, () => world.dial(endpoint)));
    for (const [i, socket] of sockets.entries()) {
      if (i % 3 === 0) socket.write('rubbish');
      else if (i % 3 === 1) socket.write(Buffer.concat([greeting(), ready('DEALER'), message('hello')]));
      else socket.write(greeting());
    }
    await until(() => events.filter(({ type }) => type === 'accept').length === 1 + (round + 1) * CROWD, 'everybody');
    for (const socket of sockets) socket.destroy();
    await until(() => events.filter(({ type }) => type === 'disconnect').length === (round + 1) * CROWD, 'all ends');
  }
  await until(() => systemSockets() === before, `${before ?? 0} sockets, as before`);
  await stop();
});

hostile.run();

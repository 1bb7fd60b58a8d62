// @deadline 120
/** `udp://` from one host to one other, between ours and libzmq: RADIO and DISH both ways, DGRAM both ways. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Datagram } from '../../src/sockets/datagram.ts';
import { Dish } from '../../src/sockets/dish.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Radio } from '../../src/sockets/radio.ts';
import { codeOfCall } from '../support/world.ts';
import { startPeer } from '../support/peers/peer.ts';
import { endOf, freePort, PlainUdp, soon } from '../support/plain-udp.ts';
import { assertSame } from './pair.ts';
import { heard, HELLO, libzmqUdp, meet, oneByOne, ourUdp, type Hearer, type Said, type Speaker } from './udp-talk.ts';

const peer = await startPeer('npm');
const theirs = libzmqUdp(peer);

const udp = suite('udp:// between ours and libzmq');

const CLASSES = { RADIO: Radio, DISH: Dish, DGRAM: Datagram, PUSH: Push, PULL: Pull };

/** Letters, no two groups alike. */
function groupOf(length: number): string {
  return `${length}`.padStart(length, 'g').slice(0, length);
}

const DATAGRAM = Uint8Array.from({ length: 8192 }, (_, i) => i % 251);
const SIZES = [0, 1, 2, 1472, 1473, 8191, 8192]; // what one Ethernet frame holds, and what all receivers take

const LENGTHS = [0, 1, 2, 15, 16, 63, 64, 126, 127];

const MESSAGES: readonly Said[] = [
  ...LENGTHS.map((length): Said => [groupOf(length), `to ${length}`]),
  ...LENGTHS.map((length): Said => [groupOf(length), '']),
  ...LENGTHS.map((length): Said => [groupOf(length), DATAGRAM.subarray(0, 8191 - length)]), // 8,192 in all
  [groupOf(1), DATAGRAM.subarray(0, 8189)],
  [groupOf(1), Uint8Array.of(0)],
  [groupOf(1), Uint8Array.of(255, 0, 255)],
];

for (const [from, to] of [
  [ourUdp, theirs],
  [theirs, ourUdp],
  [ourUdp, ourUdp],
] as const) {
  const play = async (scene: (speaker: Speaker, hearer: Hearer) => Promise<void>): Promise<void> => {
    const endpoint = `udp://127.0.0.1:${await freePort()}`;
    const [speaker, hearer] = [await from.radio(), await to.dish()];
    try {
      await hearer.join(HELLO);
      await hearer.bind(endpoint);
      await speaker.connect(endpoint);
      await scene(speaker, hearer);
    } finally {
      await Promise.all([speaker.close(), hearer.close()]);
    }
  };

  udp(`a RADIO of ${from.name}, a DISH of ${to.name}: groups of 0 to 127 octets, datagrams of 1 to 8,192`, () =>
    play(async (speaker, hearer) => {
      await hearer.join(...LENGTHS.map(groupOf));
      await meet(speaker, hearer);
      await oneByOne(speaker, hearer, MESSAGES);
    }),
  );

  udp(`a RADIO of ${from.name}, a DISH of ${to.name}: other groups are not heard, nor those that were left`, () =>
    play(async (speaker, hearer) => {
      await hearer.join('weather', 'news');
      await meet(speaker, hearer);
      for (const group of ['weath', 'weather2', 'Weather', '', 'news']) await speaker.say(group, 'x');
      assertSame(await heard(hearer), ['news', 'x'], 'the group that was joined');
      await hearer.leave('news');
      await speaker.say('news', 'y');
      await speaker.say('weather', 'z');
      assertSame(await heard(hearer), ['weather', 'z'], 'the group that is left');
    }),
  );
}

udp('our DGRAM and libzmq’s write to each other, and answer whoever has written', async () => {
  const there = `127.0.0.1:${await freePort()}`;
  const [one, other] = [new Datagram({ linger: 0 }), await peer.open('DGRAM')];
  try {
    await one.bind('udp://127.0.0.1:*');
    await other.bind(`udp://${there}`);
    const here = `127.0.0.1:${endOf(one.lastEndpoint).port}`;

    // libzmq's port is open a moment after its bind(): the first may get lost
    let known: readonly Uint8Array[] | undefined;
    const first = other.receive().then(message => (known = message));
    while (known === undefined) {
      await one.send([there, HELLO]);
      await Promise.race([first, delay(10)]);
    }
    const next = async (): Promise<readonly Uint8Array[]> => {
      for (;;) {
        const message = await other.receive();
        if (String(message[1]) !== HELLO) return message;
      }
    };
    assertSame((await first).slice(0, 1), [`${here}\0`], 'as libzmq tells an address');

    for (const size of SIZES) {
      await one.send([there, DATAGRAM.subarray(0, size)]);
      assertSame(await next(), [`${here}\0`, DATAGRAM.subarray(0, size)], `${size} octets to libzmq`);
      await other.send([here, DATAGRAM.subarray(0, size)]);
      const answer = await soon(one.receive(), 'answer');
      assertSame(answer, [there, DATAGRAM.subarray(0, size)], `${size} octets from libzmq`);
    }
    await one.send([`${there}\0`, 'with the zero']);
    const [address = there, ...body] = await next();
    assertSame(body, ['with the zero'], 'to an address as libzmq tells it');
    await other.send([address, 'back']); // as it came, with the zero
    const answer = await soon(one.receive(), 'answer');
    assertSame(answer, [there, 'back'], 'an answer');
    await one.send([answer[0] ?? there, 'and back again']);
    assertSame((await next()).slice(1), ['and back again'], 'an answer to that');
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});

udp('what libzmq refuses to bind or connect we refuse with the same code', async () => {
  const refused = [
    ['RADIO', 'connect', 'udp://*:5600'],
    ['RADIO', 'connect', 'udp://127.0.0.1'],
    ['RADIO', 'connect', 'udp://lo;127.0.0.1:5600'],
    ['RADIO', 'connect', 'udp://224.0.0.1;239.1.2.3:5600'],
    ['RADIO', 'connect', 'udp://no-such-if;239.1.2.3:5600'],
    ['RADIO', 'bind', 'udp://127.0.0.1:*'],
    ['DISH', 'connect', 'udp://127.0.0.1:5600'],
    ['DISH', 'bind', 'udp://lo;127.0.0.1:5600'],
    ['DISH', 'bind', 'udp://no-such-if;239.1.2.3:5600'],
    ['DGRAM', 'connect', 'udp://127.0.0.1:5600'],
    ['PUSH', 'connect', 'udp://127.0.0.1:5600'],
    ['PULL', 'bind', 'udp://127.0.0.1:*'],
  ] as const;
  for (const [type, use, endpoint] of refused) {
    const theirSocket = await peer.open(type);
    const answer = await (use === 'bind' ? theirSocket.bind(endpoint) : theirSocket.connect(endpoint)).then(
      () => 'taken',
      (error: unknown) => String(error),
    );
    await theirSocket.close();
    const socket = new CLASSES[type]();
    const code = await codeOfCall(() => (use === 'bind' ? socket.bind(endpoint) : socket.connect(endpoint)));
    await socket.close();
    assert.match(answer, code, `${type} ${use} ${endpoint}: ${code} here`);
  }
});

udp('datagrams of a stranger that are no messages do no harm to our DISH, and are counted', async () => {
  const stranger = await PlainUdp.open();
  const [dish, radio] = [new Dish(), await theirs.radio()];
  try {
    dish.join('g', HELLO);
    await dish.bind('udp://127.0.0.1:*');
    const to = endOf(dish.lastEndpoint);
    for (const octets of [[], [1], [255], [2, 103], [128, 103, 120]]) {
      await stranger.send(Uint8Array.from(octets), to);
    }
    await radio.connect(`udp://127.0.0.1:${to.port}`);
    await radio.say('g', 'still here');
    const [body, { group }] = await soon(dish.receive(), 'message');
    assertSame([group, body], ['g', 'still here'], 'what came after');
    assert.is(dish.stats().dropped.unexpected, 5);
  } finally {
    await Promise.all([dish.close(), radio.close(), stranger.close()]);
  }
});

udp(
  'any octets of a stranger, a thousand datagrams: each is a message or is counted, and libzmq is heard all the same',
  async () => {
    const stranger = await PlainUdp.open();
    const [dish, radio] = [new Dish(), await theirs.radio()];
    try {
      dish.join('end', HELLO);
      await dish.bind('udp://127.0.0.1:*');
      const to = endOf(dish.lastEndpoint);
      let sent = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 20, maxLength: 20 }), async all => {
          for (const octets of all) await stranger.send(octets, to);
          await stranger.send(Buffer.from('\x03end', 'latin1'), to); // what has gone before is in by now
          sent += all.length + 1;
          let group: Uint8Array;
          do [, { group }] = await soon(dish.receive(), 'message');
          while (String(group) !== 'end');
          const { messagesReceived, dropped } = dish.stats();
          assert.is(messagesReceived + dropped.unexpected, sent);
        }),
        { numRuns: 50 },
      );
      await radio.connect(`udp://127.0.0.1:${to.port}`);
      await radio.say('end', 'of it');
      const [body, { group }] = await soon(dish.receive(), 'message');
      assertSame([group, body], ['end', 'of it'], 'from libzmq');
    } finally {
      await Promise.all([dish.close(), radio.close(), stranger.close()]);
    }
  },
);

udp.after(() => peer.kill());
udp.run();

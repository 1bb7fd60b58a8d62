// @deadline 180
/**
 * Random walks with datagrams: networks that lose, repeat, delay and overtake, sockets that come and go, marks that
 * change. What must hold whatever happens: nothing is received that was not sent to where it is received, or more often
 * than the network has repeated it, or to a group that was not joined; every message and datagram is accounted for; and
 * in the end nothing is left. `WALK=305` takes one walk again, `WALKS=5000` takes more of them.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Datagram, Dish, Radio } from '../../src/index.ts';
import { takeWalks, type Walk } from '../support/walk.ts';

const walks = suite('walks with datagrams');

const GROUPS = ['a', 'b', 'ab', ''];
const PLACES = ['10.0.0.2:1', '10.0.0.3:1', '10.0.0.4:1'];

/** A DISH and what it has joined and heard. */
interface Listener {
  readonly dish: Dish;
  readonly groups: Set<string>;
  readonly heard: string[];
  place: string | undefined;
}

takeWalks(walks, 'a radio and dishes', async walk => {
  const { world } = walk;
  const nature = { loss: 0, duplication: 0, minDelayMs: 0, maxDelayMs: 0 };
  if (!walk.calm) shake(walk, nature);
  Object.assign(world.datagrams.nature, nature);
  const radio = world.open(Radio, { sendHighWaterMark: walk.pick([1, 3, 1000]) });
  const listeners = PLACES.map((): Listener => {
    const dish = world.open(Dish, { receiveHighWaterMark: walk.pick([1, 3, 1000]) });
    return { dish, groups: new Set(), heard: [], place: undefined };
  });
  const sent: string[] = [];
  let last = 0;
  await walk.go(60, [
    {
      weight: 6,
      take: () => {
        const group = walk.pick(GROUPS);
        const body = `${group}#${(last += 1)}`;
        if (radio.trySend(body, { group })) sent.push(body);
      },
    },
    {
      weight: 2,
      take: () => {
        const { dish, groups } = walk.pick(listeners);
        const group = walk.pick(GROUPS);
        if (groups.delete(group)) dish.leave(group);
        else {
          groups.add(group);
          dish.join(group);
        }
      },
    },
    {
      weight: 2,
      take: async () => {
        const listener = walk.pick(listeners);
        if (listener.place !== undefined) {
          await listener.dish.unbind(listener.place);
          listener.place = undefined;
        } else {
          const place = `udp://${walk.pick(PLACES)}`;
          if (listeners.some(each => each.place === place)) return;
          await listener.dish.bind(place);
          listener.place = place;
        }
      },
    },
    {
      weight: 2,
      take: () => {
        const place = `udp://${walk.pick(PLACES)}`;
        if (radio.peers().some(({ address, state }) => address === place && state !== 'closing'))
          radio.disconnect(place);
        else radio.connect(place);
      },
    },
    { weight: 3, take: () => hear(walk.pick(listeners)) },
    { weight: 1, take: () => world.datagrams.congest() },
    { weight: 1, take: () => world.datagrams.flow() },
    {
      weight: walk.calm ? 0 : 1,
      take: () => {
        const [host = '', port] = walk.pick(PLACES).split(':');
        const octets = Uint8Array.from({ length: walk.int(0, 6) }, () => walk.int(0, 255));
        world.datagrams.inject(octets[0] === undefined ? octets : octets.with(0, 200), { host, port: Number(port) });
      },
    },
  ]);
  world.datagrams.flow();
  await world.advance(1000);
  for (const listener of listeners) hear(listener);

  for (const { dish, heard } of listeners) {
    for (const body of heard) assert.ok(sent.includes(body), `${body} was never sent`);
    const { dropped, messagesReceived, queued } = dish.stats();
    assert.is(queued.receive, 0);
    assert.is(messagesReceived, heard.length + dropped.filtered + dropped.unread, 'every message is accounted for');
  }
  const { dropped, messagesSent, queued } = radio.stats();
  assert.equal([queued.send, dropped.noRoute], [0, 0]);
  assert.is(messagesSent, world.datagrams.taken.filter(({ from }) => from.host === '10.0.0.1').length);
});

/** Only what it has joined, each of them once more than the network has repeated it at most. */
function hear({ dish, groups, heard }: Listener): void {
  for (let each = dish.tryReceive(); each !== undefined; each = dish.tryReceive()) {
    const [body, { group }] = each;
    assert.ok(groups.has(String(group)), `${String(group)} was not joined`);
    assert.ok(String(body).startsWith(`${String(group)}#`), 'a body of another group');
    heard.push(String(body));
  }
}

function shake(
  walk: Walk,
  nature: { loss: number; duplication: number; minDelayMs: number; maxDelayMs: number },
): void {
  nature.loss = walk.pick([0, 0.1, 0.5]);
  nature.duplication = walk.pick([0, 0.2]);
  nature.minDelayMs = walk.int(0, 5);
  nature.maxDelayMs = nature.minDelayMs + walk.int(0, 50);
}

takeWalks(walks, 'datagrams between two, one to one', async walk => {
  const { world } = walk;
  const { nature } = world.datagrams;
  if (!walk.calm) shake(walk, nature);
  const ends = PLACES.slice(0, 2).map(place => ({
    place,
    socket: world.open(Datagram),
    sent: 0,
    heard: [] as string[],
  }));
  for (const { socket, place } of ends) await socket.bind(`udp://${place}`);
  const [one, two] = ends;
  assert.ok(one && two);
  await walk.go(60, [
    {
      weight: 5,
      take: () => {
        const [from, to] = walk.chance(0.5) ? [one, two] : [two, one];
        if (from.socket.trySend([to.place, `${from.place} ${from.sent}`])) from.sent += 1;
      },
    },
    {
      weight: 3,
      take: () => {
        for (const { socket, heard } of ends) {
          const message = socket.tryReceive();
          if (message === undefined) continue;
          assert.is(message.length, 2);
          assert.ok(String(message[1]).startsWith(String(message[0])), 'the address is that of the sender');
          heard.push(String(message[1]));
        }
      },
    },
    { weight: 1, take: () => world.datagrams.congest() },
    { weight: 1, take: () => world.datagrams.flow() },
  ]);
  world.datagrams.flow();
  await world.advance(1000);
  for (const { socket, heard } of ends) {
    for (let each = socket.tryReceive(); each !== undefined; each = socket.tryReceive()) heard.push(String(each[1]));
  }
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    const distinct = new Set(to.heard);
    assert.ok(
      to.heard.every(body => Number(body.split(' ')[1]) < from.sent),
      'nothing is invented',
    );
    if (nature.duplication === 0) assert.is(distinct.size, to.heard.length, 'nothing comes twice by itself');
    if (nature.loss === 0) assert.is(distinct.size, from.sent, 'nothing is lost by itself');
    if (walk.calm)
      assert.equal(
        to.heard,
        [...distinct].sort((a, b) => order(a) - order(b)),
        'nothing overtakes by itself',
      );
  }
});

function order(body: string): number {
  return Number(body.split(' ')[1]);
}

walks.run();

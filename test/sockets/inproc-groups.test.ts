/** RADIO and DISH in one process: memberships travel through pipes as they are, and messages are handed over. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Context } from '../../src/sockets/context.ts';
import { Dish } from '../../src/sockets/dish.ts';
import { Radio } from '../../src/sockets/radio.ts';
import { heard } from '../support/groups.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { inWorld } from '../support/world.ts';

const groups = suite('groups on inproc');

const NAME = 'inproc://air';

for (const [radios, dishes] of [
  ['bound', 'connecting'],
  ['connecting', 'bound'],
  ['waiting', 'bound'],
  ['bound', 'waiting'],
] as const) {
  inWorld(groups, `a ${radios} RADIO knows at once what a ${dishes} DISH has joined`, async world => {
    const [radio, dish] = [world.open(Radio), world.open(Dish)];
    const first = dishes === 'waiting' ? dish : radios === 'waiting' ? radio : undefined;
    dish.join('a', 'b', '');
    first?.connect(NAME);
    await (radios === 'bound' ? radio : dish).bind(NAME);
    if (first === undefined) (radios === 'bound' ? dish : radio).connect(NAME);
    const send = (...names: string[]): void => {
      for (const group of names) radio.trySend('x', { group });
    };
    send('a', 'ab', '', 'c', 'b');
    assert.equal(heard(dish), ['a:x', ':x', 'b:x']);
    dish.join('c');
    send('c');
    dish.leave('a');
    send('a', 'c');
    assert.equal(heard(dish), ['c:x', 'c:x']);
    assert.is(dish.stats().dropped.filtered, 0, 'the radio knew');
    await world.close(dish);
    send('b');
    assert.is(radio.stats().dropped.highWaterMark, 0);
  });
}

inWorld(groups, 'are told in full however many and however low the marks', async world => {
  const [radio, dish] = [world.open(Radio, { sendHighWaterMark: 1 }), world.open(Dish, { receiveHighWaterMark: 1 })];
  dish.join(...Array.from({ length: 5000 }, (_, i) => `g${i}`));
  dish.connect(NAME);
  await radio.bind(NAME);
  await world.settle(); // some at a time
  radio.trySend('x', { group: 'g4999' });
  assert.equal(heard(dish), ['g4999:x']);
});

inWorld(
  groups,
  'a full DISH misses messages, exactly those beyond both marks; with noDrop it is waited for',
  async world => {
    const radio = world.open(Radio, { sendHighWaterMark: 10 });
    const [slow, quick] = [
      world.open(Dish, { receiveHighWaterMark: 5 }),
      world.open(Dish, { receiveHighWaterMark: 0 }),
    ];
    await radio.bind(NAME);
    for (const dish of [slow, quick]) {
      dish.join('a');
      dish.connect(NAME);
    }
    for (let i = 0; i < 20; i += 1) assert.ok(radio.trySend(`${i}`, { group: 'a' }));
    assert.equal([heard(slow).length, heard(quick).length], [15, 20]);
    assert.is(radio.stats().dropped.highWaterMark, 5);
    radio.options.noDrop = true;
    let sent = 0;
    while (radio.trySend(`${sent}`, { group: 'a' })) sent += 1;
    assert.is(sent, 15);
    const sending = radio.send('last', { group: 'a' });
    assert.is(heard(quick).length, 15);
    assert.is(heard(slow).at(-1), 'a:last', 'there was room as soon as half was read');
    await sending;
    assert.equal(heard(quick), ['a:last']);
  },
);

inWorld(groups, 'a DISH that receives within the very call of the sender misses nothing', async world => {
  const [radio, dish] = [world.open(Radio, { sendHighWaterMark: 1 }), world.open(Dish, { receiveHighWaterMark: 1 })];
  await radio.bind(NAME);
  dish.join('a');
  dish.connect(NAME);
  const all: string[] = [];
  void (async () => {
    for await (const [body] of dish) all.push(Buffer.from(body).toString());
  })();
  for (let i = 0; i < 100; i += 1) {
    await radio.send(`${i}`, { group: 'a' });
    await world.settle();
  }
  assert.equal(
    all,
    Array.from({ length: 100 }, (_, i) => `${i}`),
  );
});

inWorld(groups, 'octets are handed over, and shown as Buffers', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish)];
  await radio.bind(NAME);
  dish.join('plain');
  dish.connect(NAME);
  const body = Uint8Array.of(1, 2, 3);
  const group = Uint8Array.from(Buffer.from('plain'));
  radio.trySend(body, { group });
  const [received, of] = dish.tryReceive() ?? [];
  assert.ok(Buffer.isBuffer(received) && Buffer.isBuffer(of?.group));
  assert.equal([received.buffer === body.buffer, of.group.toString()], [true, 'plain']);
});

// Any sequence of joins, leaves, messages, connects and ends, beside a model that knows who is connected to whom.

const NAMES = ['', 'a', 'ab', 'b'];
const step = fc.record({
  what: fc.constantFrom('join', 'join', 'leave', 'send', 'send', 'send', 'connect', 'disconnect', 'receive'),
  radio: fc.nat({ max: 1 }),
  dish: fc.nat({ max: 2 }),
  group: fc.constantFrom(...NAMES),
});

groups('behave as a Map of sets does, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async list => {
      const context = new Context({ clock: new VirtualClock(), random: () => 0.5 });
      const radios = [0, 1].map(() => new Radio({ context, linger: 0 }));
      const dishes = [0, 1, 2].map(() => ({
        socket: new Dish({ context }),
        joined: new Set<string>(),
        connected: new Map<number, number>(), // how often to each radio
        waiting: [] as (readonly [radio: number, group: string, body: string])[],
      }));
      for (const [i, radio] of radios.entries()) await radio.bind(`inproc://${i}`);
      const receive = ({ socket, joined, waiting }: (typeof dishes)[number]): void => {
        const got = heard(socket);
        const expected = waiting.splice(0).filter(([, group]) => joined.has(group));
        for (const [radio] of radios.entries()) {
          const ofThis = (list: readonly string[]): string[] => list.filter(text => text.endsWith(` of ${radio}`));
          assert.equal(ofThis(got).sort(), ofThis(expected.map(([, group, body]) => `${group}:${body}`)).sort());
        }
        assert.is(got.length, expected.length);
      };
      let number = 0;
      for (const { what, radio: r, dish: d, group } of list) {
        const [radio, dish] = [radios[r], dishes[d]];
        if (radio === undefined || dish === undefined) throw new Error('nobody');
        const { socket, joined, connected } = dish;
        const times = connected.get(r) ?? 0;
        if (what === 'receive') {
          receive(dish);
        } else if (what === 'join' || what === 'leave') {
          const allowed = joined.has(group) === (what === 'leave');
          if (allowed) socket[what](group);
          else assert.throws(() => socket[what](group), /group ".*" was (not joined|joined already)/);
          if (what === 'join') joined.add(group);
          else joined.delete(group);
        } else if (what === 'connect') {
          socket.connect(`inproc://${r}`);
          connected.set(r, times + 1);
        } else if (what === 'disconnect' && times > 0) {
          receive(dish); // what is unread goes with the connection
          socket.disconnect(`inproc://${r}`);
          connected.set(r, 0);
        } else if (what === 'send') {
          const body = `${(number += 1)} of ${r}`;
          radio.trySend(body, { group });
          for (const each of dishes) {
            if (!each.joined.has(group)) continue;
            for (let i = each.connected.get(r) ?? 0; i > 0; i -= 1) each.waiting.push([r, group, body]);
          }
        }
      }
      for (const dish of dishes) receive(dish);
      for (const socket of [...radios, ...dishes.map(({ socket }) => socket)]) await socket.close();
    }),
    { numRuns: 300 },
  );
});

groups.run();

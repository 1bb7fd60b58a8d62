/** A hundred thousand groups: whatever is done with them, the event loop goes round in between. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dish } from '../../src/sockets/dish.ts';
import { Radio } from '../../src/sockets/radio.ts';
import { heard } from '../support/groups.ts';
import { command } from '../support/raw-zmtp.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { turn } from '../support/virtual-clock.ts';
import { inWorld, type World } from '../support/world.ts';

const many = suite('a hundred thousand groups');

const GROUPS = 100_000;
const groups = Array.from({ length: GROUPS }, (_, i) => `group ${i}`);
const joins = Buffer.concat(groups.map(group => command('JOIN', group)));
const leaves = Buffer.concat(groups.map(group => command('LEAVE', group)));
const AIR = 'mem://air';

/** Turns of the event loop until something holds; a radio that takes in everything at once needs few. */
async function turnsUntil(holds: () => boolean): Promise<number> {
  let turns = 0;
  for (; !holds(); turns += 1) await turn();
  return turns;
}

/** Who joined them all, by hand, and is known to have. */
async function flooded(world: World, radio: Radio): Promise<RawPeer> {
  await radio.bind(AIR);
  const raw = (await world.dialRaw(AIR)).shakeHands('DISH').write(joins);
  await world.settle();
  return raw;
}

const send = (radio: Radio, group = ''): boolean => radio.trySend('', { group });

inWorld(many, 'they are taken in piece by piece, and others are served meanwhile', async world => {
  const radio = world.open(Radio);
  await radio.bind(AIR);
  const raw = (await world.dialRaw(AIR)).shakeHands('DISH').write(joins, command('JOIN', 'last'));
  const quick = (await world.dialRaw(AIR)).shakeHands('DISH').write(command('JOIN', 'quick'));
  const turns = await turnsUntil(() => send(radio, 'quick') && quick.messages.length > 0);
  assert.ok(turns < 20, `${turns} turns`);
  send(radio, 'last');
  await turn();
  assert.equal(raw.messages, [], 'it is far from done');
  await turnsUntil(() => send(radio, 'last') && raw.messages.length > 0);
});

inWorld(many, 'told by a DISH, before the connection and after it and again after a reconnect', async world => {
  const [radio, dish] = [world.open(Radio), world.open(Dish, { reconnectInterval: 10 })];
  dish.join(...groups.slice(0, GROUPS / 2));
  const link = await world.join(radio, dish, AIR);
  dish.join(...groups.slice(GROUPS / 2));
  await world.settle();
  for (const round of ['first', 'again']) {
    for (let i = 0; i < GROUPS; i += 1000) send(radio, groups[i]);
    await world.settle();
    assert.is(heard(dish).length, GROUPS / 1000, round);
    if (round === 'first') link.cut();
    await world.advance(1000);
  }
  dish.leave(...groups.slice(1));
  await world.settle();
  for (let i = 0; i < GROUPS; i += 1000) send(radio, groups[i]);
  await world.settle();
  assert.equal(heard(dish), ['group 0:']);
  assert.is(dish.stats().dropped.filtered, 0, 'the radio knows');
});

inWorld(many, 'told again they let others have their turn', async world => {
  const dish = world.open(Dish, { reconnectInterval: 10 });
  dish.join(...groups);
  const { peers } = await world.listenRaw(AIR);
  await world.connect(dish, AIR);
  peers[0]?.shakeHands('RADIO');
  await turn();
  peers[0]?.destroy();
  await world.advance(100);
  peers[1]?.shakeHands('RADIO');
  await turn();
  dish.leave('group 99999');
  dish.join('late');
  const turns = await turnsUntil(() => (peers[1]?.frames.length ?? 0) >= 1 + GROUPS);
  assert.ok(turns > 50, `${turns} turns`);
  const told = new Set(peers[1]?.commands);
  assert.equal([told.size, told.has('JOIN late'), told.has('JOIN group 99999')], [GROUPS, true, false]);
});

inWorld(many, 'who leaves gets nothing from that moment on, and is forgotten piece by piece', async world => {
  const radio = world.open(Radio);
  const leaving = await flooded(world, radio);
  const staying = (await world.dialRaw(AIR)).shakeHands('DISH').write(command('JOIN', 'group 99999'));
  await world.settle();
  let rested = false;
  leaving.destroy();
  await turn();
  send(radio, 'group 0');
  send(radio, 'group 99999');
  void world.settle().then(() => (rested = true));
  const turns = await turnsUntil(() => rested);
  assert.ok(turns > 50, `${turns} turns`);
  assert.equal([leaving.messages, staying.messages], [[], [['group 99999', '']]]);
});

inWorld(many, 'joined twice each, they go as they came', async world => {
  const radio = world.open(Radio);
  const raw = await flooded(world, radio);
  raw.write(joins);
  await world.settle();
  raw.write(leaves);
  await world.settle();
  for (let i = 0; i < GROUPS; i += 5000) send(radio, groups[i]);
  await world.settle();
  assert.is(raw.messages.length, GROUPS / 5000);
  raw.write(leaves);
  await world.settle();
  for (let i = 0; i < GROUPS; i += 5000) send(radio, groups[i]);
  await world.settle();
  assert.is(raw.messages.length, GROUPS / 5000);
});

many.run();

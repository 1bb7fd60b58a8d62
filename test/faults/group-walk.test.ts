// @deadline 240
/** RADIO and DISH in an invented network: whatever happens, in the end everybody hears what it has joined. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dish } from '../../src/sockets/dish.ts';
import { Radio } from '../../src/sockets/radio.ts';
import { takeWalks, type Walk } from '../support/walk.ts';

const walks = suite('random walks of groups');

const GROUPS = ['', 'a', 'A', 'ab', 'abc', 'b', 'x'.repeat(255)];

/** One who listens, and what it must have joined. */
class Listener {
  readonly dish: Dish;
  readonly joined = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #last = new Map<string, number>(); // by radio and connection

  constructor(walk: Walk) {
    this.dish = walk.world.open(Dish, { receiveHighWaterMark: walk.pick([1, 2, 3, 10, 1000]) });
  }

  /** Joins what it has not joined, leaves what it has; either is refused otherwise. */
  toggle(walk: Walk, group: string): void {
    const isMember = this.joined.has(group);
    assert.throws(() => (isMember ? this.dish.join(group) : this.dish.leave(group)), /joined/);
    if (isMember) this.take(Infinity); // what is still wanted now
    const groups = walk.chance(0.5) ? group : Buffer.from(group);
    if (isMember) this.dish.leave(groups);
    else this.dish.join(groups);
    if (isMember) this.joined.delete(group);
    else this.joined.add(group);
  }

  /** Nothing that is not joined, nothing twice, everything of one connection in order. */
  take(most: number): string[] {
    const taken: string[] = [];
    for (let left = most; left > 0; left -= 1) {
      const received = this.dish.tryReceiveFrom();
      if (received === undefined) break;
      const { message, peer } = received;
      const [group, body] = [String(message[1].group), String(message[0])];
      assert.ok(this.joined.has(group), `${group} is not joined`);
      assert.not.ok(this.#seen.has(body), `${body} came twice`);
      this.#seen.add(body);
      const [radio = '', number = ''] = body.split(' ');
      const road = `${radio} ${String(peer?.connectionId)}`;
      assert.ok(Number(number) > (this.#last.get(road) ?? -1), 'in order, of one connection');
      this.#last.set(road, Number(number));
      taken.push(`${group} ${body}`);
    }
    return taken;
  }

  /** Waits, since what is no longer wanted may stand in front of what is. */
  async untilNothingComes(walk: Walk): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      if (this.take(Infinity).length > 0) quiet = 0;
      await walk.world.advance(1000);
    }
  }
}

takeWalks(walks, 'RADIO to DISH: memberships converge, whatever has happened', async walk => {
  const { world } = walk;
  const radios = walk.times(1, 3, () =>
    world.open(Radio, { sendHighWaterMark: walk.pick([1, 5, 1000]), noDrop: walk.chance(0.3) }),
  );
  const listeners = walk.times(1, 4, () => new Listener(walk));
  const dishes = listeners.map(({ dish }) => dish);
  for (const listener of listeners) if (walk.chance(0.5)) listener.toggle(walk, walk.pick(GROUPS));
  const [bound, connecting] = walk.chance(0.5) ? [radios, dishes] : [dishes, radios];
  for (const socket of bound) await socket.bind('mem://*');
  for (const socket of connecting) for (const { lastEndpoint } of bound) socket.connect(lastEndpoint ?? '');
  if (walk.chance(0.5)) await world.advance(200);
  let number = 0;
  /** The body is sent, or the radio is full and does not drop. */
  const send = (group: string, r: number): string | undefined => {
    number += 1;
    const body = `${r} ${number} ${'x'.repeat(number % 50 === 49 ? 9000 : number % 300)}`;
    return radios[r]?.trySend(body, { group }) === true ? `${group} ${body}` : undefined;
  };
  await walk.go(60, [
    { weight: 6, take: () => send(walk.pick(GROUPS), walk.int(0, radios.length - 1)) },
    { weight: 4, take: () => walk.pick(listeners).toggle(walk, walk.pick(GROUPS)) },
    { weight: 4, take: () => walk.pick(listeners).take(walk.int(1, 20)) },
  ]);
  await walk.calmDown();
  for (const listener of listeners) await listener.untilNothingComes(walk);
  for (const group of ['stranger', ...GROUPS]) {
    for (let r = 0; r < radios.length; r += 1) {
      const probe = send(group, r);
      await world.advance(300);
      for (const [i, listener] of listeners.entries()) {
        assert.equal(listener.take(Infinity), listener.joined.has(group) ? [probe] : [], `to dish ${i}`);
      }
    }
  }
});

takeWalks(walks, 'RADIO to DISH without drops: all that was taken comes, where nothing is cut', async walk => {
  const { world } = walk;
  const radio = world.open(Radio, { noDrop: true, sendHighWaterMark: walk.pick([1, 2, 10]) });
  const listeners = walk.times(1, 4, () => new Listener(walk));
  await radio.bind('mem://air');
  for (const listener of listeners) {
    listener.toggle(walk, 'a');
    listener.dish.connect('mem://air');
  }
  await walk.world.advance(30_000); // links are as slow as they are, but nothing is held yet
  const sent: string[] = [];
  const taken = listeners.map((): string[] => []);
  const takeSome = (most: number): void => {
    for (const [i, listener] of listeners.entries()) taken[i]?.push(...listener.take(most));
  };
  await walk.go(60, [
    {
      weight: 8,
      take: () => {
        for (let left = walk.int(1, 20); left > 0; left -= 1) {
          const body = `0 ${sent.length} ${'y'.repeat(sent.length % 260)}`;
          if (!radio.trySend(body, { group: 'a' })) return;
          sent.push(`a ${body}`);
        }
      },
    },
    { weight: 5, take: () => takeSome(walk.int(1, 10)) },
  ]);
  await walk.calmDown();
  for (const [i, listener] of listeners.entries()) {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      const more = listener.take(Infinity);
      if (more.length > 0) quiet = 0;
      taken[i]?.push(...more);
      await world.advance(100);
    }
  }
  if (walk.calm) for (const list of taken) assert.equal(list, sent);
});

walks.run();

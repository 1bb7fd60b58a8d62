/** RADIO and DISH over `udp://`, ours or libzmq's, as two things a test can do: say and hear. */
import { setTimeout as delay } from 'node:timers/promises';
import { Dish } from '../../src/sockets/dish.ts';
import { Radio } from '../../src/sockets/radio.ts';
import { deadlineMs } from '../support/peers/deadline.ts';
import type { Peer } from '../support/peers/peer.ts';
import { soon } from '../support/plain-udp.ts';
import { assertSame } from './pair.ts';

/** A group and a body. */
export type Said = readonly [group: string | Uint8Array, body: string | Uint8Array];

/** A RADIO. */
export interface Speaker {
  connect(endpoint: string): Promise<void>;
  say(...said: Said): Promise<void>;
  close(): Promise<unknown>;
}

/** A DISH. */
export interface Hearer {
  bind(endpoint: string): Promise<unknown>;
  join(...groups: readonly (string | Uint8Array)[]): Promise<void>;
  leave(...groups: readonly (string | Uint8Array)[]): Promise<void>;
  next(): Promise<readonly Uint8Array[]>;
  close(): Promise<unknown>;
}

/** Whose sockets they are. */
export interface UdpSide {
  readonly name: string;
  radio(options?: object): Promise<Speaker>;
  dish(options?: object): Promise<Hearer>;
}

/** Ours. */
export const ourUdp: UdpSide = {
  name: 'ours',
  async radio(options) {
    const radio = new Radio({ linger: 0, ...options });
    return {
      connect: async endpoint => radio.connect(endpoint),
      say: (group, body) => radio.send(body, { group }),
      close: () => radio.close(),
    };
  },
  async dish(options) {
    const dish = new Dish({ ...options });
    return {
      bind: endpoint => dish.bind(endpoint),
      join: async (...groups) => dish.join(...groups),
      leave: async (...groups) => dish.leave(...groups),
      next: async () => {
        const [body, { group }] = await soon(dish.receive(), 'message');
        return [group, body];
      },
      close: () => dish.close(),
    };
  },
};

/** A libzmq's. */
export function libzmqUdp(peer: Peer): UdpSide {
  return {
    name: peer.name,
    async radio(options) {
      const radio = await peer.open('RADIO', options);
      return {
        connect: endpoint => radio.connect(endpoint),
        say: (group, body) => radio.send([group, body]),
        close: () => radio.close(),
      };
    },
    async dish(options) {
      const dish = await peer.open('DISH', options);
      return {
        bind: endpoint => dish.bind(endpoint),
        join: (...groups) => dish.join(...groups),
        leave: (...groups) => dish.leave(...groups),
        next: () => dish.receive(),
        close: () => dish.close(),
      };
    },
  };
}

/** The group in which {@link meet} speaks; a hearer must have joined it. */
export const HELLO = 'hello?';
const PAUSE_MS = 10;

/** Speaks until it is heard: nobody tells when a libzmq has really opened its port. */
export async function meet(speaker: Speaker, hearer: Hearer): Promise<void> {
  const answer = { here: false };
  const first = hearer.next().finally(() => (answer.here = true));
  const deadline = performance.now() + deadlineMs;
  while (!answer.here && performance.now() < deadline) {
    await speaker.say(HELLO, '');
    await Promise.race([first, delay(PAUSE_MS)]);
  }
  assertSame(await first, [HELLO, ''], 'the first word');
}

/** The next that is no part of a {@link meet}, which may have spoken more often than it took. */
export async function heard(hearer: Hearer): Promise<readonly Uint8Array[]> {
  for (;;) {
    const message = await hearer.next();
    if (Buffer.from(message[0] ?? '').toString() !== HELLO) return message;
  }
}

/** Says each and hears it before the next: nothing is lost for want of room. */
export async function oneByOne(speaker: Speaker, hearer: Hearer, messages: readonly Said[]): Promise<void> {
  for (const [group, body] of messages) {
    await speaker.say(group, body);
    assertSame(await heard(hearer), [group, body], `group of ${group.length}, body of ${body.length}`);
  }
}

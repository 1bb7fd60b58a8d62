/**
 * Any number of sockets on one virtual clock and one invented network: no time passes, nothing is random, and nothing may
 * be left when the test is over.
 *
 *      inWorld(push, 'skips a peer that is mute', async world => {
 *        const sender = world.open(Push, { sendHighWaterMark: 2 });
 *        const receiver = world.open(Pull);
 *        const link = await world.join(sender, receiver);     // sender is bound, receiver connects
 *        …
 *      });
 */
import type { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import type { Message } from '../../src/message.ts';
import { Context } from '../../src/sockets/context.ts';
import type { AnySocket, CloseReport } from '../../src/sockets/socket.ts';
import type { Listener } from '../../src/transports/transport.ts';
import { RawPeer } from './raw-peer.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork, type Link } from './virtual-network.ts';

/** A home for a test's sockets. */
export class World {
  readonly clock: VirtualClock = new VirtualClock();
  readonly network: VirtualNetwork = new VirtualNetwork(this.clock);
  readonly random: () => number;
  readonly context: Context;
  readonly #sockets: AnySocket[] = [];
  readonly #raw: RawPeer[] = [];
  readonly #listeners: Listener[] = [];

  constructor(seed = 1) {
    this.random = seeded(seed);
    this.context = new Context({ clock: this.clock, random: this.random, transports: [this.network.transport('mem')] });
  }

  /** A socket of this world; it is closed with it. */
  open<S extends AnySocket, O extends object>(Type: new (options: O) => S, options: NoInfer<Partial<O>> = {}): S {
    // all options are optional, and the context is the only one that a world adds
    const socket = new Type({ ...options, context: this.context } as unknown as O);
    this.#sockets.push(socket);
    return socket;
  }

  /** Binds one, connects the other, and waits for the handshake. */
  async join(bound: AnySocket, connecting: AnySocket, endpoint = 'mem://*'): Promise<Link> {
    await bound.bind(endpoint);
    return this.connect(connecting, bound.lastEndpoint ?? '');
  }

  /** Connects, and waits for the handshake. */
  async connect(connecting: AnySocket, endpoint: string): Promise<Link> {
    connecting.connect(endpoint);
    await this.settle();
    return this.network.link;
  }

  /** A peer by hand that connects to an endpoint. */
  async dialRaw(endpoint: string): Promise<RawPeer> {
    return new Promise((resolve, reject) => {
      this.network.transport('mem').connect(nameIn(endpoint), NO_OPTIONS, {
        connected: duplex => resolve(this.#adopt(new RawPeer(duplex))),
        failed: reject,
      });
    });
  }

  /** Somebody by hand at an endpoint; the list grows with each connection. */
  async listenRaw(endpoint: string): Promise<{ readonly peers: RawPeer[]; readonly stop: () => Promise<void> }> {
    const peers: RawPeer[] = [];
    const listener = await this.network.transport('mem').bind(nameIn(endpoint), NO_OPTIONS, {
      accepted: duplex => peers.push(this.#adopt(new RawPeer(duplex))),
      failed: cause => assert.unreachable(cause.message),
    });
    this.#listeners.push(listener);
    return { peers, stop: () => listener.close() };
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Lets time pass until the promise settles. */
  until<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.until(promise, limitMs);
  }

  /** Closes a socket, in as much time as it takes. */
  close(socket: AnySocket, linger?: number): Promise<CloseReport> {
    return this.until(socket.close(linger === undefined ? {} : { linger }));
  }

  /** Closes everything, and fails if anything is left of it: a timer, a link, a listener, a reason to live. */
  async end(): Promise<void> {
    for (const listener of this.#listeners) await listener.close();
    for (const peer of this.#raw) peer.destroy();
    for (const socket of this.#sockets) await this.close(socket, socket.closed ? undefined : 0);
    await this.settle();
    const { clock, network } = this;
    const left = {
      links: network.links.length,
      listeners: network.listeners,
      timers: clock.timers,
      holds: clock.holds,
    };
    assert.equal(left, { links: 0, listeners: 0, timers: 0, holds: 0 }, 'something is left');
  }

  #adopt(peer: RawPeer): RawPeer {
    this.#raw.push(peer);
    return peer;
  }
}

const NO_OPTIONS = { ipv6: false, backlog: 0, connectTimeoutMs: 0, tcpKeepalive: -1, tcpKeepaliveIdleSeconds: -1 };

/** A test in a world of its own, which must be empty when it is over. */
export function inWorld(tests: ReturnType<typeof suite>, name: string, test: (world: World) => Promise<void>): void {
  tests(name, async () => {
    const world = new World();
    await test(world);
    await world.end();
  });
}

/** A message as text. */
export function texts(message: Message): string[] {
  return message.map(part => Buffer.from(part).toString());
}

/** Everything a socket has now, as text. */
export function drain(socket: { tryReceive(): Message | undefined }): string[][] {
  const messages: string[][] = [];
  for (let message = socket.tryReceive(); message !== undefined; message = socket.tryReceive()) {
    messages.push(texts(message));
  }
  return messages;
}

/** Sends until the socket is mute, and says how many it took. */
export function fill(socket: { trySend(message: string): boolean }, name: (i: number) => string = String): number {
  let sent = 0;
  while (sent < 1_000_000 && socket.trySend(name(sent))) sent += 1;
  return sent;
}

/** What has become of a promise so far: `pending`, `fulfilled`, or the code of its error. */
export function fateOf(promise: Promise<unknown>): { readonly now: string } {
  const fate = { now: 'pending' };
  promise.then(
    () => (fate.now = 'fulfilled'),
    (error: unknown) => (fate.now = codeOf(error)),
  );
  return fate;
}

/** The error that a call throws or rejects with. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('no error');
}

/** Its code. */
export async function codeOfCall(call: () => unknown): Promise<string> {
  return codeOf(await errorOf(call));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** All events of a socket from now on, as they come. */
export function eventsOf(socket: AnySocket): MonitorEvent[] {
  const events: MonitorEvent[] = [];
  void (async () => {
    for await (const event of socket.events) events.push(event);
  })();
  return events;
}

/** The types of events, in order. */
export function typesOf(events: readonly MonitorEvent[]): string {
  return events.map(({ type }) => type).join(' ');
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function nameIn(endpoint: string): string {
  return endpoint.slice(endpoint.indexOf('://') + 3);
}

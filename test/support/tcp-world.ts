/**
 * Sockets on the real loopback, for what an invented network cannot show. Time is real here, so tests wait for what
 * happens and never for how long; what does not happen within the deadline fails the test by name.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, type Socket as NetSocket } from 'node:net';
import type { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SystemClock, type Timer } from '../../src/engine/clock.ts';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import { Context } from '../../src/sockets/context.ts';
import type { AnySocket } from '../../src/sockets/socket.ts';
import { turn } from './virtual-clock.ts';

const DEADLINE_MS = 15_000;

/** The system's clock, which can say what it has been asked for. */
export class CountingClock extends SystemClock {
  timers = 0;
  holds = 0;

  override setTimer(delayMs: number, callback: () => void): Timer {
    this.timers += 1;
    let set = true;
    const done = (): void => {
      if (set) this.timers -= 1;
      set = false;
    };
    const timer = super.setTimer(delayMs, () => {
      done();
      callback();
    });
    return {
      cancel: () => {
        done();
        timer.cancel();
      },
    };
  }

  override keepAlive(): () => void {
    this.holds += 1;
    const release = super.keepAlive();
    let held = true;
    return () => {
      if (held) this.holds -= 1;
      held = false;
      release();
    };
  }
}

/** A home for a test's sockets. */
export class TcpWorld {
  readonly clock: CountingClock = new CountingClock();
  readonly context: Context = new Context({ clock: this.clock });
  readonly #sockets: AnySocket[] = [];
  readonly #raw: NetSocket[] = [];

  /** A socket of this world; it is closed with it. */
  open<S extends AnySocket, O extends object>(Type: new (options: O) => S, options: NoInfer<Partial<O>> = {}): S {
    // all options are optional, and the context is the only one that a world adds
    const socket = new Type({ ...options, context: this.context } as unknown as O);
    this.#sockets.push(socket);
    return socket;
  }

  /** Binds to a free port, and tells the endpoint. */
  async bind(socket: AnySocket): Promise<string> {
    await socket.bind('tcp://127.0.0.1:*');
    return socket.lastEndpoint ?? '';
  }

  /** A stream to an endpoint, without any ZMTP. */
  dial(endpoint: string): Promise<NetSocket> {
    const socket = connect(Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)), '127.0.0.1');
    this.#raw.push(socket);
    socket.on('error', () => undefined); // that a stream breaks is what these tests are about
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
    });
  }

  /** The first event of a type, or the first that is such as is asked for. */
  event<T extends MonitorEvent['type']>(
    socket: AnySocket,
    type: T,
    wanted: (event: Extract<MonitorEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<MonitorEvent, { type: T }>> {
    return new Promise(resolve => {
      socket.events.on(type, event => {
        // the type of the event is the one that was asked for
        const found = event as Extract<MonitorEvent, { type: T }>;
        if (wanted(found)) resolve(found);
      });
    });
  }

  /** Closes everything, and fails if anything is left of it. */
  async end(): Promise<void> {
    for (const socket of this.#raw) socket.destroy();
    await Promise.all(this.#sockets.map(socket => socket.close({ linger: 0 })));
    const { clock } = this;
    assert.equal({ timers: clock.timers, holds: clock.holds }, { timers: 0, holds: 0 }, 'something is left');
  }
}

/** A test in a world of its own, which must be empty when it is over. */
export function inTcpWorld(
  tests: ReturnType<typeof suite>,
  name: string,
  test: (world: TcpWorld) => Promise<void>,
): void {
  tests(name, async () => {
    const world = new TcpWorld();
    const failure = await inTime(
      turn().then(() => test(world)),
      name,
    ).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const ending = inTime(world.end(), `the end of "${name}"`); // whatever has happened: what is left holds the process
    if (failure === undefined) return ending;
    await ending.catch(() => undefined);
    throw failure.error;
  });
}

/** Keeps the process alive until the promise has settled, but not for ever. */
export async function inTime<T>(promise: Promise<T>, what: string, limitMs: number = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Until something holds; asks again with each turn of the event loop. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const asking = (async () => {
    while (!holds()) await new Promise(resolve => setTimeout(resolve, 1));
  })();
  await inTime(asking, what);
}

/** Sockets of this process that the system knows of; undefined where that cannot be seen. */
export function systemSockets(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').filter(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  } catch {
    return undefined;
  }
}

/**
 * Joins two sockets: what one receives the other sends, both ways where both can do both.
 *
 *      clients ══▶ ┌──────────┐ ── take ──▶ ┌─────────┐ ══▶ workers
 *              ◀══ │ frontEnd │             │ backEnd │ ◀══
 *                  └──────────┘ ◀── put ─── └─────────┘
 *                        └─── copies ──▶ capture ◀───┘
 *
 * A message is taken from one side only when the other has room, so what cannot be sent on stays where it is, and holds
 * back its sender. A proxy does not wait in any line: it looks when one of its sockets says that something may have
 * changed, and moves what can be moved.
 */
import { ClosedError, UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { AnySocketType } from './link-settings.ts';
import { carriesParts, ProxySide, type ProxySideEvents, type ProxyTraffic } from './proxy-side.ts';
import { Socket } from './socket.ts';

/** What a proxy can be told. */
export interface ProxyOptions {
  /**
   * Gets a copy of every message of both directions: a PUB, XPUB, PUSH, DEALER or PAIR. While it is mute nothing is
   * forwarded, as in libzmq, so that it misses nothing; a PUB is never mute. Default: none.
   */
  readonly capture?: Socket;
}

/** What a run can be told. */
export interface ProxyRunOptions {
  /** Ends the run as {@link Proxy.terminate} does. */
  readonly signal?: AbortSignal;
}

/** What has passed since the proxy was made. */
export interface ProxyStatistics {
  readonly frontend: ProxyTraffic;
  readonly backend: ProxyTraffic;
}

interface Direction {
  readonly from: ProxySide;
  readonly to: ProxySide;
  /** A REP on both sides has room for an answer only once it has received a request. */
  readonly answers: boolean;
  /** What may still be moved in this turn of the event loop. */
  budget: number;
}

/** What a run that has begun will need at its end. */
interface Run {
  readonly release: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Octets moved one way before the event loop gets a turn, and what a message counts besides its octets. */
const TURN_BYTES = 1024 * 1024;
const MESSAGE_BYTES = 64;
/** As in libzmq's manual, and XPUB. Others would take part of a copy for something else, or wait for an answer. */
const CAPTURING = ['PUB', 'XPUB', 'PUSH', 'DEALER', 'PAIR'];

/**
 * Forwards messages between two sockets, each of them whole: ROUTER and DEALER for requests, XSUB and XPUB for
 * subscriptions and news, PULL and PUSH for work. The directions are those that both sockets allow: from a PULL to a
 * PUSH there is one. With the same socket on both sides, it sends back what it receives.
 *
 * The sockets remain the application's: it binds and closes them, may use them meanwhile, and finds them open when the
 * proxy has ended (zeromq.js locks them while the proxy runs, and closes them then).
 *
 * A message that has no route, such as an answer to a client of a mandatory ROUTER that has gone, is dropped; libzmq
 * ends the proxy. One for a client that is mute holds up the answers behind it, as in libzmq. Messages of several parts
 * are dropped where the other side sends one (CLIENT, SCATTER, CHANNEL). SERVER and PEER do not fit: the number that says
 * whom a message is from, or for, means nothing to another socket.
 *
 * @example
 * ```ts
 * const proxy = new Proxy(router, dealer);
 * await proxy.run();
 * ```
 */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  /** The first of the two. */
  readonly frontEnd: F;
  /** The second. */
  readonly backEnd: B;

  readonly #front: ProxySide;
  readonly #back: ProxySide;
  readonly #capture: ProxySide | undefined;
  readonly #directions: readonly Direction[];
  readonly #sockets: readonly Socket[];
  #begun = false;
  #over = false;
  #paused = false;
  #awake = false; // a look is due or under way
  #run: Run | undefined;

  /**
   * @throws UsageError EINVAL for what is no socket, and for sockets between which nothing can go; ClosedError EBADF
   */
  constructor(frontEnd: F, backEnd: B, options: ProxyOptions = {}) {
    const capture = captureIn(options);
    checkSocket(frontEnd, 'frontend');
    checkSocket(backEnd, 'backend');
    if (capture !== undefined) checkCapture(capture, [frontEnd, backEnd]);
    this.frontEnd = frontEnd;
    this.backEnd = backEnd;
    this.#sockets = capture === undefined ? [frontEnd, backEnd] : [frontEnd, backEnd, capture];
    this.#checkOpen();
    const events: ProxySideEvents = {
      changed: this.#wake,
      failed: error => {
        this.#end(run => run.reject(error));
      },
    };
    this.#front = new ProxySide(frontEnd, events);
    this.#back = new ProxySide(backEnd, events);
    this.#capture = capture === undefined ? undefined : new ProxySide(capture, events);
    this.#directions = directionsBetween(this.#front, this.#back);
  }

  /**
   * Forwards until {@link terminate}, until the signal, or until one of the sockets is closed, and resolves then. A
   * proxy runs once. While it runs, the process stays alive.
   *
   * @throws UsageError EFSM for a second run, EINVAL for a signal that is none; ClosedError EBADF for a socket that is closed
   */
  run({ signal }: ProxyRunOptions = {}): Promise<void> {
    checkSignal(signal);
    if (this.#begun) throw new UsageError('EFSM', 'a proxy runs once, and this one has been started before');
    this.#checkOpen();
    this.#begun = true;
    if (signal?.aborted === true) this.terminate();
    if (this.#over) return Promise.resolve();
    const keepsProcess = this.frontEnd.context.clock.keepAlive();
    const watches = this.#sockets.map(socket => socket.watch(this.#wake));
    signal?.addEventListener('abort', this.#terminate);
    const release = (): void => {
      for (const unwatch of watches) unwatch();
      signal?.removeEventListener('abort', this.#terminate);
      keepsProcess();
    };
    this.#wake();
    return new Promise((resolve, reject) => {
      this.#run = { release, resolve, reject };
    });
  }

  /** Forwards nothing until {@link resume}: what comes piles up in the sockets, up to their high-water marks. */
  pause(): void {
    this.#paused = true;
  }

  /** Undoes {@link pause}. */
  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  /**
   * Ends the run between two messages. What the proxy has not taken stays with the sockets, and can be received from
   * them. A proxy that has not been started ends as soon as it is; one that has ended does not mind.
   */
  terminate(): void {
    this.#end(run => run.resolve());
  }

  /**
   * What has passed, in whole messages (libzmq counts parts). What was received on one side and not sent on the other
   * has been dropped, or waits for a mandatory ROUTER's peer.
   */
  statistics(): ProxyStatistics {
    return { frontend: this.#front.traffic, backend: this.#back.traffic };
  }

  /** May be called in the midst of a socket's work, so nothing is done yet. */
  readonly #wake = (): void => {
    if (this.#awake || this.#over || !this.#begun) return;
    this.#awake = true;
    this.frontEnd.context.clock.defer(this.#look);
  };

  readonly #terminate = (): void => {
    this.terminate();
  };

  readonly #look = (): void => {
    if (this.#sockets.some(({ closed }) => closed)) this.terminate();
    try {
      // what changes because of what is moved here is seen here, so nobody need wake us meanwhile
      while (!this.#over && !this.#paused && this.#moveAll());
    } catch (error) {
      this.#end(run => run.reject(error));
    }
    this.#awake = this.#directions.some(({ budget }) => budget <= 0);
    if (!this.#awake) return;
    for (const direction of this.#directions) direction.budget = TURN_BYTES;
    this.frontEnd.context.clock.yield(this.#look);
  };

  /** Whether anything was moved, in any direction. */
  #moveAll(): boolean {
    let moved = false;
    for (const direction of this.#directions) if (this.#move(direction)) moved = true;
    return moved;
  }

  #move(direction: Direction): boolean {
    const { from, to, answers } = direction;
    const capture = this.#capture;
    let moved = false;
    while (direction.budget > 0 && (answers || to.hasRoom) && capture?.hasRoom !== false) {
      const message = from.take();
      if (message === undefined) break;
      const octets = octetsOf(message);
      from.countReceived(octets);
      capture?.put(message, octets); // first, as in libzmq
      to.put(message, octets);
      direction.budget -= octets + MESSAGE_BYTES;
      moved = true;
    }
    return moved;
  }

  #end(settle: (run: Run) => void): void {
    this.#over = true;
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    run.release();
    settle(run);
  }

  #checkOpen(): void {
    const closed = this.#sockets.find(socket => socket.closed);
    if (closed !== undefined) throw new ClosedError(`the ${closed.type} is closed`);
  }
}

function octetsOf(message: Message): number {
  let octets = 0;
  for (const part of message) octets += part.length;
  return octets;
}

function directionsBetween(front: ProxySide, back: ProxySide): readonly Direction[] {
  const same = front.socket === back.socket;
  const answers = same && front.socket.type === 'REP';
  const ways = [{ from: front, to: back, answers, budget: TURN_BYTES }];
  if (!same) ways.push({ from: back, to: front, answers: false, budget: TURN_BYTES });
  const directions = ways.filter(({ from, to }) => from.receives && to.sends);
  if (directions.length > 0) return directions;
  const what = `between a ${front.socket.type} and a ${back.socket.type}`;
  throw new UsageError('EINVAL', `nothing can go ${what}, one must receive and the other send`);
}

// Types keep TypeScript's callers from most of this, but nobody else.

function captureIn(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) {
    throw new UsageError('EINVAL', `options are ${nameOf(options)}, expected an object`);
  }
  for (const name of Object.keys(options)) {
    if (name !== 'capture') throw new UsageError('EINVAL', `option ${name} does not exist on a proxy`);
  }
  return 'capture' in options ? options.capture : undefined;
}

function checkSocket(socket: unknown, name: string): asserts socket is Socket {
  if (carriesParts(socket)) return;
  if (!(socket instanceof Socket)) {
    throw new UsageError('EINVAL', `the ${name} is ${nameOf(socket)}, expected a socket`);
  }
  const { type }: { readonly type: AnySocketType } = socket;
  const what = `a ${type}, whose messages are more than parts: a proxy cannot pass them on`;
  throw new UsageError('EINVAL', `the ${name} is ${what}`);
}

function checkCapture(capture: unknown, sides: readonly Socket[]): asserts capture is Socket {
  checkSocket(capture, 'capture');
  if (sides.includes(capture)) throw new UsageError('EINVAL', 'the capture is one of the sockets it is to listen to');
  if (CAPTURING.includes(capture.type)) return;
  throw new UsageError('EINVAL', `the capture is a ${capture.type}, expected one of ${CAPTURING.join(', ')}`);
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new UsageError('EINVAL', `the signal is ${nameOf(signal)}, expected an AbortSignal`);
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`;
}

/**
 * What all sockets have in common: bind, connect, close, and the only place that waits. A socket is a pattern with
 * callers on one side and endpoints on the other.
 *
 *      send() ──▶ SendLine ──▶ pattern ──▶ pipes ──▶ engines
 *      receive() ◀── ReceiveLine ◀── pattern ◀── pipes ◀── engines
 */
import { Deferred } from '../engine/deferred.ts';
import type { PeerState } from '../engine/peer-state.ts';
import { ClosedError, UsageError } from '../errors.ts';
import { announce, type SocketEvent } from './announce.ts';
import { checkLinger, Context, contextClosed, context as sharedContext } from './context.ts';
import { Endpoints } from './endpoints.ts';
import type { AnySocketType } from './link-settings.ts';
import { Observer } from './observer.ts';
import { makeOptions, type AllOptions, type OptionName } from './option-table.ts';
import type { CloseReport, Member } from './open-sockets.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { ReceiveLine } from './receive-line.ts';
import { securityMechanism, type SecurityMechanism } from './security.ts';
import { SendLine, type Sendable } from './send-line.ts';
import { Statistics, type SocketStats } from './statistics.ts';
import type { WaitOptions } from './waiters.ts';

export type { CloseReport } from './open-sockets.ts';

const END: Promise<IteratorReturnResult<undefined>> = Promise.resolve({ value: undefined, done: true });

/** Lines by what can be done with them: so a socket of any type is a `Socket`, whatever its messages are. */
type Senders<Out extends Sendable> = Pick<SendLine<Out>, keyof SendLine<Out>>;
type Receivers<In> = Pick<ReceiveLine<In>, keyof ReceiveLine<In>>;

/** How a type differs from the others. */
export interface SocketMake<P> {
  readonly type: AnySocketType;
  readonly ownOptions: readonly OptionName[];
  /** Defaults that are the type's own. */
  readonly typical?: Partial<AllOptions>;
  readonly pattern: (events: PatternEvents, options: AllOptions, context: Context) => P;
}

/**
 * The common part of all socket classes; made through one of them. `Socket` alone is a socket of any type.
 *
 * @typeParam P - the type's pattern
 * @typeParam Out - what the pattern sends
 * @typeParam In - what it receives
 */
export abstract class Socket<
  P extends Pattern<never, unknown> = Pattern<never, unknown>,
  Out extends Sendable = never,
  In = unknown,
> implements Member {
  /** The context this socket lives in. */
  readonly context: Context;
  /** The type's name in the RFCs (`PUSH`, `ROUTER` …), or `STREAM`, or `DGRAM`. */
  readonly type: AnySocketType;
  /** A number that no other socket of the context has. */
  readonly id: number;
  /**
   * The options in force. They can be set: live ones count at once; of the others (`options.ts` says which) the next bind
   * or connect takes notice, and a warning says so if there are endpoints already.
   *
   * @throws UsageError (when set) EINVAL for a value an option cannot have, or an option the type does not have; ENOTSUP
   */
  readonly options: AllOptions;

  /** @internal */
  protected readonly pattern: P & Pattern<Out, In>;
  readonly #statistics: Statistics;
  readonly #endpoints: Endpoints;
  readonly #senders: Senders<Out>;
  readonly #receivers: Receivers<In>;
  #observer: Observer | undefined;
  readonly #leaveContext: () => void;
  #watchers: Set<() => void> | undefined; // nearly always none
  #closing: Deferred<CloseReport> | undefined;
  #terminated = false; // closed because the context was

  /** @internal */
  protected constructor(make: SocketMake<P & Pattern<Out, In>>, given: { readonly context?: Context }) {
    this.context = contextIn(given);
    this.type = make.type;
    this.id = this.context.nextId();
    const { values, options } = makeOptions(given, {
      own: make.ownOptions,
      typical: { ...this.context.typical, ...make.typical },
      changed: (name, live) => {
        this.#changed(name, live);
      },
    });
    this.options = options;
    const events: PatternEvents = {
      readable: () => {
        this.#receivers.wake();
        if (this.#watchers !== undefined) this.#tellWatchers();
      },
      writable: () => {
        this.#senders.wake();
        if (this.#watchers !== undefined) this.#tellWatchers();
      },
    };
    this.pattern = make.pattern(events, values, this.context);
    const { clock } = this.context;
    this.#senders = new SendLine(this.pattern, clock, values);
    this.#receivers = new ReceiveLine(this.pattern, clock, values);
    this.#statistics = new Statistics(this.pattern);
    this.#endpoints = new Endpoints({
      type: make.type,
      options: values,
      context: this.context,
      statistics: this.#statistics,
      monitor: event => {
        this.#tell(event);
      },
    });
    this.#leaveContext = this.context.enter(this); // last: what fails before it takes nobody's place
    this.#tell({ type: 'open' });
  }

  /** What happens to this socket's connections; kept from the first time this is asked for. */
  get events(): Observer {
    return (this.#observer ??= new Observer(this.context.clock));
  }

  /** Whether {@link close} has been called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Whether a message could be sent at once. */
  get writable(): boolean {
    return !this.closed && this.pattern.writable;
  }

  /** Whether a message could be received at once. */
  get readable(): boolean {
    return !this.closed && this.pattern.readable;
  }

  /** The endpoint last bound (with the address and port really in use) or connected; null before there was one. */
  get lastEndpoint(): string | null {
    return this.#endpoints.last;
  }

  /** What peers must speak that are met from now on: `'plain'`, `'curve'`, or null for neither. ZMQ_MECHANISM. */
  get securityMechanism(): SecurityMechanism {
    return securityMechanism(this.options);
  }

  /** What is known of each peer now, in no order that means anything. A peer is also one that is not there yet. */
  peers(): PeerState[] {
    return this.#endpoints.peers();
  }

  /** What has passed, what waits and what was dropped, in numbers; also when the socket is closed. */
  stats(): SocketStats {
    return this.#statistics.read();
  }

  /**
   * Listens for peers. `tcp://127.0.0.1:5555`, `tcp://*:*` (any address, any free port: see {@link lastEndpoint}),
   * `tcp://eth0:5555`, `tcp://[::1]:5555` with `ipv6`; `ipc:///run/app.sock`, `ipc://*`, on Linux `ipc://@name`.
   * `udp://127.0.0.1:5555`, `udp://eth0;239.1.2.3:5555` (a group) are for DISH and DGRAM.
   * `inproc://name` is for sockets of the same context: messages are handed over as they are, so neither side may change
   * their octets. Whatever is wrong with an endpoint rejects, so that callers look in one place, as in zeromq.js;
   * `connect()`, which gives no promise, throws.
   *
   * @throws UsageError (as a rejection) EINVAL for a malformed endpoint, EPROTONOSUPPORT for an unknown transport,
   * ENOCOMPATPROTO for one that is not for this socket type
   * @throws TransportError (as a rejection) EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV, ENOENT …
   */
  bind(endpoint: string): Promise<void> {
    this.checkOpen();
    return this.#endpoints.bind(endpoint);
  }

  /**
   * Frees an endpoint and ends the connections it has accepted (of an `inproc` name they stay); what is queued for them is
   * sent for as long as `linger` allows. Takes the endpoint as it was given or as {@link lastEndpoint} told it.
   *
   * @throws UsageError (as a rejection) ENOENT
   */
  unbind(endpoint: string): Promise<void> {
    this.checkOpen();
    return this.#endpoints.unbind(endpoint);
  }

  /**
   * Connects, and stays connected: returns at once, and tries until it succeeds and again whenever the connection is
   * lost. `tcp://127.0.0.1:5555`, `tcp://name:5555`, `tcp://[::1]:5555` with `ipv6`, `tcp://source:0;name:5555`;
   * `ipc:///run/app.sock`, on Linux `ipc://@name`; `udp://host:5555`, `udp://eth0;239.1.2.3:5555` (a group) for RADIO.
   * `inproc://name` may be connected to before it is bound; it does not come back when the other socket has gone.
   *
   * @throws UsageError EINVAL for a malformed endpoint, EPROTONOSUPPORT for an unknown transport,
   * ENOCOMPATPROTO for one that is not for this socket type,
   * ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE for an `inproc` name that belongs to a socket of a type that does not fit
   */
  connect(endpoint: string): void {
    this.connectAs(endpoint, undefined);
  }

  /**
   * Ends what {@link connect} began at an endpoint, however often; what is queued for it is sent for as long as `linger`
   * allows, what came from it and was not received is dropped.
   *
   * @throws UsageError ENOENT
   */
  disconnect(endpoint: string): void {
    this.checkOpen();
    this.#endpoints.disconnect(endpoint);
  }

  /**
   * Ends everything. Pending calls reject with EBADF (ETERM when it is the context that ends), iterations end; what is queued is sent for as long as linger
   * allows. Closing twice is closing once.
   *
   * @param options - `linger` in milliseconds overrides the socket's option
   * @returns a promise that resolves when nothing is left open
   * @throws UsageError EINVAL for a linger that is none
   */
  close({ linger = this.options.linger }: { readonly linger?: number } = {}): Promise<CloseReport> {
    checkLinger(linger);
    if (this.#closing !== undefined) return this.#closing.promise;
    const closing = (this.#closing = new Deferred()); // before anybody is told, who might close it once more
    void this.#close(linger).then(report => {
      closing.resolve(report);
    });
    return closing.promise;
  }

  /** `await using` closes the socket with its own linger. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * @internal Calls back, in the midst of things, when {@link readable} or {@link writable} may have become true for
   * another reason than a call of the caller's own, and when the socket is being closed. Until the function that it
   * returns is called.
   */
  watch(changed: () => void): () => void {
    const watchers = (this.#watchers ??= new Set());
    watchers.add(changed);
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0 && this.#watchers === watchers) this.#watchers = undefined;
    };
  }

  /**
   * @internal
   * @throws ClosedError EBADF, ETERM
   */
  protected checkOpen(): void {
    if (this.#closing !== undefined) throw this.#closedError();
  }

  /** @internal Connects to a peer that has a name of our giving. */
  protected connectAs(endpoint: string, routingId: Uint8Array | undefined): void {
    this.checkOpen();
    this.#endpoints.connect(endpoint, routingId);
  }

  /** @internal */
  closeWithContext(linger: number = this.options.linger): Promise<CloseReport> {
    this.#terminated = this.#closing === undefined;
    return this.close({ linger });
  }

  /** @internal */
  protected sendMessage(message: Out, options?: WaitOptions): Promise<void> {
    this.checkOpen();
    return this.#senders.send(message, options);
  }

  /** @internal */
  protected trySendMessage(message: Out): boolean {
    this.checkOpen();
    return this.#senders.trySend(message);
  }

  /** @internal */
  protected get receivers(): Receivers<In> {
    this.checkOpen();
    return this.#receivers;
  }

  /** @internal */
  protected iterate(wait?: WaitOptions): AsyncIterableIterator<In, undefined> {
    const line = this.#receivers;
    let over = false;
    const iterator: AsyncIterableIterator<In, undefined> = {
      next: () => (over || this.#closing !== undefined ? END : line.next(iterator, wait)),
      return: () => {
        over = true;
        line.leave(iterator);
        return END;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  #changed(name: OptionName, live: boolean): void {
    if (name === 'sendHighWaterMark' || name === 'receiveHighWaterMark') this.#endpoints.applyMarks();
    if (name === 'noDrop' || name === 'invertMatching') this.#senders.wake(); // who waits may not have to any more
    if (!live && this.#endpoints.size > 0) {
      process.emitWarning(`option ${name} takes effect for endpoints that are bound or connected from now on`);
    }
  }

  #tellWatchers(): void {
    for (const changed of this.#watchers ?? []) changed();
  }

  #tell(event: SocketEvent): void {
    announce(this.id, this.type, event, this.context.clock);
    if (event.type !== 'open') this.#observer?.tell(event);
  }

  #closedError(): ClosedError {
    return this.#terminated ? contextClosed() : new ClosedError();
  }

  async #close(linger: number): Promise<CloseReport> {
    const error = this.#closedError();
    this.#senders.close(error);
    this.#receivers.close(error);
    if (this.#watchers !== undefined) this.#tellWatchers();
    const dropped = await this.#endpoints.close(linger, error);
    this.#statistics.close();
    this.#leaveContext();
    this.#tell({ type: 'end' });
    return { dropped };
  }
}

/** A socket of whatever type: also of those that send and receive more than parts. */
export type AnySocket = Socket<Pattern<never, unknown>, Sendable>;

/** Types keep TypeScript's callers from all this, but nobody else. */
function contextIn(given: unknown): Context {
  if (typeof given !== 'object' || given === null) {
    const what = given === null ? 'null' : `of type ${typeof given}`;
    throw new UsageError('EINVAL', `options are ${what}, expected an object`);
  }
  if (!('context' in given) || given.context === undefined) return sharedContext;
  if (given.context instanceof Context) return given.context;
  throw new UsageError('EINVAL', `option context is ${typeof given.context}, expected a Context`);
}

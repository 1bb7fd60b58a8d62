/**
 * All that is impure, in one hand: time, randomness, transports. Sockets get them from their context, so a test can run
 * any number of sockets on a virtual clock and an invented network.
 */
import { SystemClock, type Clock } from '../engine/clock.ts';
import { InprocNames } from '../engine/inproc-names.ts';
import { ClosedError, UsageError } from '../errors.ts';
import type { Memory } from '../message.ts';
import { IpcTransport } from '../transports/ipc.ts';
import { TcpTransport } from '../transports/tcp.ts';
import type { DatagramTransport } from '../transports/datagram.ts';
import type { Transport } from '../transports/transport.ts';
import { UdpTransport } from '../transports/udp.ts';
import { bestBoxCipher } from '../zmtp/crypto/best-box.ts';
import type { CurveCrypto } from '../zmtp/mechanisms/curve-crypto.ts';
import { Slab } from '../zmtp/slab.ts';
import { nodeKeyExchange } from './node-key-exchange.ts';
import { nodeMemory } from './node-memory.ts';
import { OpenSockets, type CloseReport, type Member } from './open-sockets.ts';
import type { Authenticator } from './zap/authenticator.ts';
import { ZapHandler } from './zap/handler.ts';

/** What a context may be told, and what it may be given in place of the system's own. */
export interface ContextOptions {
  /** What its sockets have for `ipv6` unless they say otherwise. Default false. ZMQ_IPV6. */
  readonly ipv6?: boolean;
  /** False: its sockets have a `linger` of 0 unless they say otherwise. Default true. ZMQ_BLOCKY. */
  readonly blocky?: boolean;
  /**
   * Sockets that may be open at a time. One that was forgotten counts until it is collected, so close them. Default: any
   * number. ZMQ_MAX_SOCKETS, whose default is 1023.
   */
  readonly maxSockets?: number;
  /** Who decides which peers may come in; null for nobody. Default null. */
  readonly authenticator?: Authenticator | null;
  readonly clock?: Clock;
  /** Numbers from 0 up to, not including, 1. */
  readonly random?: () => number;
  /** Each scheme once, also with those of `datagramTransports`. */
  readonly transports?: readonly Transport[];
  /** What RADIO, DISH and DGRAM have besides. */
  readonly datagramTransports?: readonly DatagramTransport[];
}

/** Which cipher the host has is found out when one is first needed. */
const CURVE: CurveCrypto = {
  get cipher() {
    return bestBoxCipher();
  },
  exchange: nodeKeyExchange,
};

/** Options of libzmq's contexts that have no meaning here, and why. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  ioThreads: 'there are no I/O threads',
  threadPriority: 'there are no I/O threads',
  threadSchedulingPolicy: 'there are no I/O threads',
  threadAffinityCpuAdd: 'there are no I/O threads',
  threadAffinityCpuRemove: 'there are no I/O threads',
  threadNamePrefix: 'there are no I/O threads',
  maxMessageSize: "libzmq keeps it and never looks at it; the option of that name is the sockets' own",
  zeroCopyReceive: 'whether a message is copied is decided by its size',
};

/**
 * A home for sockets. Most programs need none but the shared one.
 *
 * @example
 * ```ts
 * await using context = new Context({ blocky: false });
 * const push = new Push({ context });
 * ```
 */
export class Context {
  readonly clock: Clock;
  readonly random: () => number;
  /** @internal */
  readonly memory: Memory = nodeMemory;
  /** @internal Connections write one after the other, so they share their room to write. */
  readonly slab: Slab = new Slab(nodeMemory);
  /** @internal What connections of CURVE are sealed with. */
  readonly curve: CurveCrypto = CURVE;
  /** @internal Where `inproc://` endpoints meet. */
  readonly inprocNames: InprocNames = new InprocNames();
  /** @internal Who is asked about peers where there is no {@link authenticator}. */
  readonly zapHandler: ZapHandler;
  readonly #transports: ReadonlyMap<string, Transport>;
  readonly #datagramTransports: ReadonlyMap<string, DatagramTransport>;
  readonly #sockets = new OpenSockets();
  #ipv6 = false;
  #blocky = true;
  #maxSockets = Infinity;
  #authenticator: Authenticator | null = null;
  #closing: Promise<CloseReport> | undefined;
  #lastId = 0;

  /** @throws UsageError EINVAL for an unknown option or a value it cannot have; ENOTSUP for one that has no meaning here */
  constructor(options: ContextOptions = {}) {
    const { clock = new SystemClock(), random = Math.random, transports, datagramTransports, ...settings } = options;
    const { ipv6, blocky, maxSockets, authenticator, ...rest } = settings;
    for (const name of Object.keys(rest)) throw unknownOption(name);
    this.clock = clock;
    this.random = random;
    if (ipv6 !== undefined) this.ipv6 = ipv6;
    if (blocky !== undefined) this.blocky = blocky;
    if (maxSockets !== undefined) this.maxSockets = maxSockets;
    if (authenticator !== undefined) this.authenticator = authenticator;
    this.zapHandler = new ZapHandler({ names: this.inprocNames, clock, nextId: this.nextId });
    const available = transports ?? [new TcpTransport(), new IpcTransport()];
    this.#transports = new Map(available.map(transport => [transport.scheme, transport]));
    const datagrams = datagramTransports ?? [new UdpTransport()];
    this.#datagramTransports = new Map(datagrams.map(transport => [transport.scheme, transport]));
  }

  /** See {@link ContextOptions.ipv6}. A change is for sockets made afterwards. */
  get ipv6(): boolean {
    return this.#ipv6;
  }

  set ipv6(value: boolean) {
    this.#ipv6 = checkFlag('ipv6', value);
  }

  /** See {@link ContextOptions.blocky}. A change is for sockets made afterwards. */
  get blocky(): boolean {
    return this.#blocky;
  }

  set blocky(value: boolean) {
    this.#blocky = checkFlag('blocky', value);
  }

  /** See {@link ContextOptions.maxSockets}. Sockets that are too many stay. */
  get maxSockets(): number {
    return this.#maxSockets;
  }

  set maxSockets(value: number) {
    if ((!Number.isInteger(value) && value !== Infinity) || value < 1) {
      throw new UsageError('EINVAL', `context option maxSockets is ${String(value)}, expected 1 or more`);
    }
    this.#maxSockets = value;
  }

  /**
   * Decides which peers may come in to this context's sockets: all of PLAIN and CURVE, and those of NULL where the socket
   * has a `zapDomain`. One that throws, or answers what is no answer, lets nobody in. While there is one, a handler on
   * `inproc://zeromq.zap.01` is not asked. Null for none. A change is for peers that come afterwards.
   *
   * @example
   * ```ts
   * context.authenticator = request => ({ status: request.mechanism === 'NULL' ? 200 : 400 });
   * ```
   * @throws UsageError (when set) EINVAL for anything but a function or null
   */
  get authenticator(): Authenticator | null {
    return this.#authenticator;
  }

  set authenticator(value: Authenticator | null) {
    const given: unknown = value; // types keep nobody from it who does not use them
    if (given !== null && typeof given !== 'function') {
      throw new UsageError(
        'EINVAL',
        `context option authenticator is of type ${typeof given}, expected a function or null`,
      );
    }
    this.#authenticator = value;
  }

  /** Whether {@link close} has been called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Closes all sockets of the context, each with its own linger. Calls of theirs that wait, and all later ones, fail with
   * ETERM; so does making another socket in this context, for good: there is no other shared one either, if it is the
   * shared one that is closed. Closing twice is closing once.
   *
   * @param options - `linger` in milliseconds overrides the sockets' own
   * @returns a promise that resolves when nothing is left open, of sockets closed before neither
   * @throws UsageError EINVAL for a linger that is none
   */
  close({ linger }: { readonly linger?: number } = {}): Promise<CloseReport> {
    if (linger !== undefined) checkLinger(linger);
    return (this.#closing ??= this.#sockets.close(linger));
  }

  /** `await using` closes the context and all its sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Defaults of options for sockets of this context. */
  get typical(): { readonly ipv6: boolean; readonly linger?: number } {
    return this.#blocky ? { ipv6: this.#ipv6 } : { ipv6: this.#ipv6, linger: 0 };
  }

  /**
   * @internal Takes a socket in, until the function it returns is called.
   * @throws ClosedError ETERM; UsageError EMFILE
   */
  enter(socket: Member): () => void {
    if (this.#closing !== undefined) throw contextClosed();
    if (this.#sockets.size >= this.#maxSockets) {
      throw new UsageError(
        'EMFILE',
        `there are ${String(this.#sockets.size)} sockets, limit ${String(this.#maxSockets)}`,
      );
    }
    return this.#sockets.add(socket);
  }

  /**
   * @internal
   * @throws UsageError EPROTONOSUPPORT
   */
  transport(scheme: string): Transport {
    const transport = this.#transports.get(scheme);
    if (transport !== undefined) return transport;
    const known = [...this.#transports.keys(), ...this.#datagramTransports.keys(), 'inproc'].join(', ');
    throw new UsageError('EPROTONOSUPPORT', `transport "${scheme}" is not known, only ${known}`);
  }

  /** @internal That of a scheme for datagrams; undefined for any other. */
  datagramTransport(scheme: string): DatagramTransport | undefined {
    return this.#datagramTransports.get(scheme);
  }

  /** @internal A number for a socket, a connection or a peer, never given twice. */
  readonly nextId = (): number => (this.#lastId += 1);
}

/** What calls on sockets fail with whose context has been closed. */
export function contextClosed(): ClosedError {
  return new ClosedError('the context is closed', 'ETERM');
}

/** @throws UsageError EINVAL for what is no number of milliseconds to linger */
export function checkLinger(linger: number): void {
  if (Number.isInteger(linger) && linger >= -1) return;
  throw new UsageError('EINVAL', `linger ${String(linger)}, expected whole milliseconds of -1 or more`);
}

function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new UsageError('EINVAL', `context option ${name} is of type ${typeof value}, expected true or false`);
}

function unknownOption(name: string): UsageError {
  const reason = Object.hasOwn(IMPOSSIBLE, name) ? IMPOSSIBLE[name] : undefined;
  if (reason !== undefined) return new UsageError('ENOTSUP', `context option ${name} is not to be had: ${reason}`);
  return new UsageError('EINVAL', `context option ${name} does not exist`);
}

/** The context of sockets that name none. */
export const context: Context = new Context();

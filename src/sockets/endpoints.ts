/** The endpoints of one socket: what was bound and connected, and how each of them ends. */
import { Acceptor } from '../engine/acceptor.ts';
import { Backoff } from '../engine/backoff.ts';
import { Dialer } from '../engine/dialer.ts';
import type { Link, LinkOptions, PeerHost } from '../engine/link.ts';
import type { HighWaterMarks } from '../engine/live-peer.ts';
import type { Monitor } from '../engine/monitor.ts';
import { ClosedError, UsageError } from '../errors.ts';
import { parseEndpoint } from '../transports/endpoint.ts';
import { ZmtpConnection } from '../zmtp/connection.ts';
import { NullMechanism } from '../zmtp/mechanisms/null.ts';
import type { Property } from '../zmtp/metadata.ts';
import { ascii } from '../zmtp/octets.ts';
import { announcesIdentity, type SocketType } from '../zmtp/socket-type.ts';
import type { Context } from './context.ts';
import type { AllOptions } from './option-table.ts';

/** One bind or connect. */
interface Entry {
  readonly link: Link;
  /** As it was given, and as it came out (a bind to port 0 has a port now). */
  readonly given: string;
  readonly resolved: string;
}

/** libzmq: a second connect to the same endpoint makes no second connection on these. */
const ONE_PER_ENDPOINT: ReadonlySet<SocketType> = new Set(['DEALER', 'SUB', 'PUB', 'REQ']);

/** Binds, connects, and undoes both. */
export class Endpoints {
  /** The last one bound or connected, as it came out; null before there was any. */
  last: string | null = null;

  readonly #type: SocketType;
  readonly #options: AllOptions;
  readonly #context: Context;
  readonly #host: PeerHost;
  readonly #monitor: Monitor;
  readonly #bound = new Set<Entry>();
  readonly #connected = new Set<Entry>();
  readonly #binding = new Set<Promise<void>>(); // under way
  readonly #ending = new Set<Link>(); // still sending what was queued
  #closed = false;

  constructor(type: SocketType, options: AllOptions, context: Context, host: PeerHost, monitor: Monitor) {
    this.#type = type;
    this.#options = options;
    this.#context = context;
    this.#host = host;
    this.#monitor = monitor;
  }

  /** Endpoints that are bound, being bound or connected. */
  get size(): number {
    return this.#bound.size + this.#binding.size + this.#connected.size;
  }

  /** Brings the pipes of all peers to the high-water marks of the options. */
  applyMarks(): void {
    const marks = this.#marks();
    for (const { link } of [...this.#bound, ...this.#connected]) for (const peer of link.peers) peer.apply(marks);
  }

  bind(endpoint: string): Promise<void> {
    const binding = this.#bind(endpoint).finally(() => this.#binding.delete(binding));
    this.#binding.add(binding);
    return binding;
  }

  connect(endpoint: string, routingId?: Uint8Array): void {
    const options = { ...this.#linkOptions(endpoint, 'connect'), routingId };
    this.last = endpoint;
    const before = find(this.#connected, endpoint);
    if (before?.link.over === true) this.#end(this.#connected, endpoint);
    else if (before !== undefined && ONE_PER_ENDPOINT.has(this.#type)) return;
    const { reconnectInterval: intervalMs, reconnectMaxInterval: maxIntervalMs } = this.#options;
    const dialer = new Dialer(options, new Backoff({ intervalMs, maxIntervalMs }, this.#context.random));
    this.#connected.add({ link: dialer, given: endpoint, resolved: endpoint });
    dialer.start();
  }

  /** Resolves as soon as the address is free; what is queued goes on being sent for as long as linger allows. */
  async unbind(endpoint: string): Promise<void> {
    this.#end(this.#bound, endpoint);
    await Promise.resolve();
  }

  /** As in libzmq, every connection that was made to the endpoint. */
  disconnect(endpoint: string): void {
    do this.#end(this.#connected, endpoint);
    while (find(this.#connected, endpoint) !== undefined);
  }

  /**
   * Ends everything; `lingerMs` is how long queued messages may still be sent.
   * @returns how many could not be
   */
  async close(lingerMs: number): Promise<number> {
    this.#closed = true;
    const links = [...this.#bound, ...this.#connected].map(({ link }) => link);
    this.#bound.clear();
    this.#connected.clear();
    for (const link of this.#ending) links.push(link);
    const dropped = await Promise.all(links.map(link => this.#closeLink(link, lingerMs)));
    await Promise.allSettled(this.#binding);
    return dropped.reduce((sum, messages) => sum + messages, 0);
  }

  async #bind(endpoint: string): Promise<void> {
    const acceptor = new Acceptor(this.#linkOptions(endpoint, 'bind'));
    await acceptor.start();
    if (this.#closed) {
      acceptor.abort();
      await acceptor.close();
      throw new ClosedError();
    }
    this.#bound.add({ link: acceptor, given: endpoint, resolved: acceptor.endpoint });
    this.last = acceptor.endpoint;
  }

  #end(entries: Set<Entry>, endpoint: string): void {
    const entry = find(entries, endpoint);
    if (entry === undefined) throw new UsageError('ENOENT', `no such endpoint: ${endpoint}`, { address: endpoint });
    entries.delete(entry);
    this.#ending.add(entry.link);
    void this.#closeLink(entry.link, this.#options.linger).then(() => this.#ending.delete(entry.link));
  }

  async #closeLink(link: Link, lingerMs: number): Promise<number> {
    const closed = link.close();
    if (lingerMs === 0) link.abort();
    const release = this.#context.clock.keepAlive();
    const timer =
      lingerMs > 0
        ? this.#context.clock.setTimer(lingerMs, () => {
            link.abort();
          })
        : undefined;
    const dropped = await closed;
    timer?.cancel();
    release();
    return dropped;
  }

  /** @throws UsageError EINVAL, EPROTONOSUPPORT */
  #linkOptions(endpoint: unknown, use: 'bind' | 'connect'): LinkOptions {
    if (typeof endpoint !== 'string') {
      throw new UsageError('EINVAL', `endpoint of type ${typeof endpoint}, expected scheme://address`);
    }
    const { scheme, address } = parseEndpoint(endpoint);
    const transport = this.#context.transport(scheme);
    transport.check(address, use);
    const options = this.#options;
    return {
      endpoint,
      address,
      transport,
      transportOptions: {
        ipv6: options.ipv6,
        backlog: options.backlog,
        connectTimeoutMs: options.connectTimeout,
        tcpKeepalive: options.tcpKeepalive,
        tcpKeepaliveIdleSeconds: options.tcpKeepaliveIdle,
        tcpAcceptFilter: options.tcpAcceptFilter,
        socksProxy:
          options.socksProxy === null
            ? undefined
            : { address: options.socksProxy, username: options.socksUsername, password: options.socksPassword },
      },
      clock: this.#context.clock,
      monitor: this.#monitor,
      host: this.#host,
      marks: this.#marks(),
      reconnectStop: options.reconnectStop,
      createConnection: now => this.#createConnection(now),
      nextId: this.#context.nextId,
    };
  }

  /** Those of the moment, whenever it is. */
  #marks(): HighWaterMarks {
    const options = this.#options;
    return {
      get send() {
        return options.sendHighWaterMark;
      },
      get receive() {
        return options.receiveHighWaterMark;
      },
    };
  }

  #createConnection(now: number): ZmtpConnection {
    const options = this.#options;
    const { heartbeatInterval: intervalMs, heartbeatTimeout } = options;
    return new ZmtpConnection(
      {
        socketType: this.#type,
        mechanism: new NullMechanism(this.#properties()),
        heartbeat: {
          intervalMs,
          timeoutMs: heartbeatTimeout === -1 ? intervalMs : heartbeatTimeout,
          ttlDeciseconds: Math.floor(options.heartbeatTimeToLive / 100),
        },
        maxMessageBytes: options.maxMessageSize,
        handshakeTimeoutMs: options.handshakeInterval,
        memory: this.#context.memory,
        slab: this.#context.slab,
      },
      now,
    );
  }

  #properties(): Property[] {
    const type = { name: 'Socket-Type', value: ascii(this.#type) };
    return announcesIdentity(this.#type) ? [type, { name: 'Identity', value: this.#options.routingId }] : [type];
  }
}

function find(entries: Set<Entry>, endpoint: string): Entry | undefined {
  for (const entry of entries) if (entry.resolved === endpoint || entry.given === endpoint) return entry;
  return undefined;
}

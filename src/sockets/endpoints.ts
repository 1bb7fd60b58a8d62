/** The endpoints of one socket: what was bound and connected, and how each of them ends. */
import { Acceptor } from '../engine/acceptor.ts';
import { Backoff } from '../engine/backoff.ts';
import { DatagramLink } from '../engine/datagram-link.ts';
import { Dialer } from '../engine/dialer.ts';
import { InprocEndpoints, inprocName } from '../engine/inproc-endpoints.ts';
import type { Ending, Link } from '../engine/link.ts';
import type { PeerState } from '../engine/peer-state.ts';
import { UsageError, type ClosedError } from '../errors.ts';
import type { Context } from './context.ts';
import { LinkSettings, type AnySocketType, type EndpointOwner } from './link-settings.ts';
import type { AllOptions } from './option-table.ts';

/** One bind or connect. */
interface Entry {
  readonly link: Link;
  /** As it was given, and as it came out (a bind to port 0 has a port now). */
  readonly given: string;
  readonly resolved: string;
}

/** libzmq: a second connect to the same endpoint makes no second connection on these. */
const ONE_PER_ENDPOINT: ReadonlySet<AnySocketType> = new Set(['DEALER', 'SUB', 'PUB', 'REQ']);

/** Binds, connects, and undoes both. */
export class Endpoints {
  /** The last one bound or connected, as it came out; null before there was any. */
  last: string | null = null;

  readonly #type: AnySocketType;
  readonly #options: AllOptions;
  readonly #context: Context;
  readonly #settings: LinkSettings;
  readonly #bound = new Set<Entry>();
  readonly #connected = new Set<Entry>();
  readonly #binding = new Set<Promise<void>>(); // under way
  readonly #ending = new Set<Ending>(); // still sending what was queued
  readonly #inproc: InprocEndpoints | undefined; // STREAM and DGRAM have none: there are no octets
  #closed: ClosedError | undefined;

  constructor(owner: EndpointOwner) {
    const { type, options, context } = owner;
    this.#type = type;
    this.#options = options;
    this.#context = context;
    this.#settings = new LinkSettings(owner);
    this.#inproc =
      type === 'STREAM' || type === 'DGRAM'
        ? undefined
        : new InprocEndpoints(this.#settings.inprocSocket(type), context.inprocNames);
  }

  /** Endpoints that are bound, being bound or connected. */
  get size(): number {
    return this.#bound.size + this.#binding.size + this.#connected.size + (this.#inproc?.size ?? 0);
  }

  /** What is known of each peer, also of those that are being left. */
  peers(): PeerState[] {
    const links = [...this.#bound, ...this.#connected].map(({ link }) => link);
    const inside = this.#inproc?.ends() ?? [];
    return [...new Set<Ending>([...links, ...inside, ...this.#ending])].flatMap(link => link.states());
  }

  /** Brings the pipes of all peers to the high-water marks of the options. */
  applyMarks(): void {
    const marks = this.#settings.marks();
    for (const { link } of [...this.#bound, ...this.#connected]) for (const peer of link.peers) peer.apply(marks);
    this.#inproc?.applyMarks();
  }

  bind(endpoint: string): Promise<void> {
    const binding = this.#bind(endpoint).finally(() => this.#binding.delete(binding));
    this.#binding.add(binding);
    return binding;
  }

  connect(endpoint: string, routingId?: Uint8Array): void {
    const inside = this.#inside(endpoint);
    if (inside !== undefined) {
      inside.inproc.connect(inside.name, routingId);
      this.last = endpoint;
      return;
    }
    const datagrams = this.#settings.datagramLinkOptions(endpoint, 'connect');
    if (datagrams !== undefined) {
      const link = new DatagramLink(datagrams, 'connect');
      this.#endIfOver(endpoint);
      this.last = endpoint;
      this.#connected.add({ link, given: endpoint, resolved: endpoint });
      link.connect();
      return;
    }
    const options = { ...this.#settings.linkOptions(endpoint, 'connect'), routingId };
    this.last = endpoint;
    const before = this.#endIfOver(endpoint);
    if (before !== undefined && ONE_PER_ENDPOINT.has(this.#type)) return;
    const { reconnectInterval: intervalMs, reconnectMaxInterval: maxIntervalMs } = this.#options;
    const dialer = new Dialer(options, new Backoff({ intervalMs, maxIntervalMs }, this.#context.random));
    const entry = { link: dialer, given: endpoint, resolved: endpoint };
    this.#connected.add(entry);
    for (const peer of dialer.peers) {
      peer.onClose = () => {
        this.#part(entry);
      };
    }
    dialer.start();
  }

  /** Resolves as soon as the address is free; what is queued goes on being sent for as long as linger allows. */
  async unbind(endpoint: string): Promise<void> {
    const inside = this.#inside(endpoint);
    if (inside === undefined) this.#end(this.#bound, endpoint);
    else inside.inproc.unbind(inside.name);
    await Promise.resolve();
  }

  /** As in libzmq, every connection that was made to the endpoint. */
  disconnect(endpoint: string): void {
    const inside = this.#inside(endpoint);
    if (inside !== undefined) {
      for (const end of inside.inproc.disconnect(inside.name)) this.#finish(end);
      return;
    }
    do this.#end(this.#connected, endpoint);
    while (find(this.#connected, endpoint) !== undefined);
  }

  /**
   * Ends everything; `lingerMs` is how long queued messages may still be sent, `error` what a bind under way fails with.
   * @returns how many could not be
   */
  async close(lingerMs: number, error: ClosedError): Promise<number> {
    this.#closed = error;
    for (const { link } of [...this.#bound, ...this.#connected]) this.#ending.add(link);
    for (const end of this.#inproc?.end() ?? []) this.#ending.add(end);
    this.#bound.clear();
    this.#connected.clear();
    const dropped = await Promise.all([...this.#ending].map(link => this.#closeLink(link, lingerMs)));
    this.#ending.clear();
    await Promise.allSettled(this.#binding);
    return dropped.reduce((sum, messages) => sum + messages, 0);
  }

  async #bind(endpoint: string): Promise<void> {
    const inside = this.#inside(endpoint);
    if (inside !== undefined) {
      inside.inproc.bind(inside.name);
      this.last = endpoint;
      return;
    }
    const link = this.#toBind(endpoint);
    await link.start();
    if (this.#closed !== undefined) {
      link.abort();
      await link.close();
      throw this.#closed;
    }
    this.#bound.add({ link, given: endpoint, resolved: link.endpoint });
    this.last = link.endpoint;
  }

  /** What is connected to the endpoint already; what has given up makes way. */
  #endIfOver(endpoint: string): Entry | undefined {
    const before = find(this.#connected, endpoint);
    if (before?.link.over !== true) return before;
    this.#end(this.#connected, endpoint);
    return undefined;
  }

  #toBind(endpoint: string): Acceptor | DatagramLink {
    const datagrams = this.#settings.datagramLinkOptions(endpoint, 'bind');
    if (datagrams === undefined) return new Acceptor(this.#settings.linkOptions(endpoint, 'bind'));
    // libzmq takes a second endpoint of a DGRAM, and never uses it
    if (this.#type === 'DGRAM' && this.size > 0) {
      throw new UsageError('EINVAL', 'a DGRAM has one endpoint, and has it already', { address: endpoint });
    }
    return new DatagramLink(datagrams, 'bind');
  }

  #end(entries: Set<Entry>, endpoint: string): void {
    const entry = find(entries, endpoint);
    if (entry === undefined) throw new UsageError('ENOENT', `no such endpoint: ${endpoint}`, { address: endpoint });
    entries.delete(entry);
    this.#finish(entry.link);
  }

  /** A pattern has closed its peer, perhaps in the midst of something. Linger is for the application's own ends. */
  #part(entry: Entry): void {
    const { link } = entry;
    this.#connected.delete(entry);
    this.#ending.add(link);
    this.#context.clock.defer(() => {
      void link.close(-1).then(() => this.#ending.delete(link));
    });
  }

  #finish(link: Ending): void {
    this.#ending.add(link);
    void this.#closeLink(link, this.#options.linger).then(() => this.#ending.delete(link));
  }

  async #closeLink(link: Ending, lingerMs: number): Promise<number> {
    const closed = link.close(lingerMs);
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

  /**
   * The name of an `inproc` endpoint; undefined for all others.
   * @throws UsageError EINVAL, ENOCOMPATPROTO
   */
  #inside(endpoint: unknown): { readonly name: string; readonly inproc: InprocEndpoints } | undefined {
    if (typeof endpoint !== 'string') {
      throw new UsageError('EINVAL', `endpoint of type ${typeof endpoint}, expected scheme://address`);
    }
    const name = inprocName(endpoint);
    if (name === undefined) return undefined;
    if (this.#inproc !== undefined) return { name, inproc: this.#inproc };
    throw new UsageError('ENOCOMPATPROTO', `a ${this.#type} is for octets, and inproc has none`);
  }
}

function find(entries: Set<Entry>, endpoint: string): Entry | undefined {
  for (const entry of entries) if (entry.resolved === endpoint || entry.given === endpoint) return entry;
  return undefined;
}

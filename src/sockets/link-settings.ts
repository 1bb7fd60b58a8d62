/** Options of a socket as endpoints need them: what transports, connections and peers are made with. */
import { Backoff } from '../engine/backoff.ts';
import { DATAGRAM_FORMS, type DatagramForm } from '../engine/datagram-forms.ts';
import type { DatagramLinkOptions } from '../engine/datagram-link.ts';
import type { InprocSocket } from '../engine/inproc-end.ts';
import type { LinkOptions } from '../engine/link.ts';
import type { Conflation, HighWaterMarks } from '../engine/live-peer.ts';
import type { Monitor } from '../engine/monitor.ts';
import { RawConnection } from '../engine/raw-connection.ts';
import { UsageError } from '../errors.ts';
import { parseEndpoint } from '../transports/endpoint.ts';
import { ZmtpConnection, type Connection } from '../zmtp/connection.ts';
import { Metadata, type Property } from '../zmtp/metadata.ts';
import { ascii } from '../zmtp/octets.ts';
import { announcesIdentity, type SocketType } from '../zmtp/socket-type.ts';
import type { Context } from './context.ts';
import { asBuffer } from './node-memory.ts';
import { noticesOf } from './notices.ts';
import type { AllOptions } from './option-table.ts';
import { mechanismOf, securityMechanism, type MakeMechanism } from './security.ts';
import type { Statistics } from './statistics.ts';
import { gatekeeperOf } from './zap/gatekeeper.ts';

/** The types of the wire, and the two that speak no ZMTP. */
export type AnySocketType = SocketType | 'STREAM' | 'DGRAM';

/** Conflation is for messages: the other pipe of PUB and SUB has subscriptions, none of which makes another obsolete. */
const CONFLATES_SENT: ReadonlySet<AnySocketType> = new Set(['DEALER', 'PUB', 'PUSH']);
const CONFLATES_RECEIVED: ReadonlySet<AnySocketType> = new Set(['DEALER', 'PULL', 'SUB']);

/** The socket that has the endpoints. */
export interface EndpointOwner {
  readonly type: AnySocketType;
  /** Live: looked at whenever something is made. */
  readonly options: AllOptions;
  readonly context: Context;
  readonly statistics: Statistics;
  readonly monitor: Monitor;
}

/** Makes what links are made with. */
export class LinkSettings {
  readonly #type: AnySocketType;
  readonly #options: AllOptions;
  readonly #context: Context;
  readonly #statistics: Statistics;
  readonly #monitor: Monitor;

  constructor({ type, options, context, statistics, monitor }: EndpointOwner) {
    this.#type = type;
    this.#options = options;
    this.#context = context;
    this.#statistics = statistics;
    this.#monitor = type === 'STREAM' ? withoutHandshakes(monitor) : monitor;
  }

  /**
   * For one endpoint, bound or connected to.
   * @throws UsageError EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO
   */
  linkOptions(endpoint: string, use: 'bind' | 'connect'): LinkOptions {
    const { scheme, address } = parseEndpoint(endpoint);
    const transport = this.#context.transport(scheme);
    const type = this.#type;
    if (type === 'DGRAM') throw noSuchWay(type, use, scheme);
    transport.check(address, use);
    const options = this.#options;
    const makeMechanism = mechanismOf(options, this.#context.curve);
    const legacyPeers = options.zapDomain === null; // nobody has to prove anything
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
      host: this.#statistics,
      counters: this.#statistics.counters,
      marks: this.marks(),
      reconnectStop: options.reconnectStop,
      conflation: this.#conflation(),
      immediate: options.immediate,
      notices: noticesOf(options, use),
      gatekeeper: gatekeeperOf(type, options, this.#context),
      maxHandshakes: options.maxHandshakes,
      createConnection: now => this.#createConnection(type, makeMechanism, legacyPeers, now),
      nextId: this.#context.nextId,
    };
  }

  /**
   * For one endpoint of a transport for datagrams; undefined for one of any other.
   * @throws UsageError EINVAL, ENOCOMPATPROTO; TransportError ENODEV
   */
  datagramLinkOptions(endpoint: string, use: 'bind' | 'connect'): DatagramLinkOptions | undefined {
    const { scheme, address } = parseEndpoint(endpoint);
    const transport = this.#context.datagramTransport(scheme);
    if (transport === undefined) return undefined;
    const form = datagramForm(this.#type, use);
    if (form === undefined) throw noSuchWay(this.#type, use, scheme);
    const { ipv6, multicastHops, multicastLoop, maxMessageSize, immediate, ...options } = this.#options;
    const transportOptions = { ipv6, multicastHops, multicastLoop };
    refuseSecurity(this.#options, endpoint);
    transport.check(address, use, transportOptions);
    const { reconnectInterval: intervalMs, reconnectMaxInterval: maxIntervalMs } = options;
    return {
      endpoint,
      address,
      transport,
      transportOptions,
      form,
      maxMessageBytes: maxMessageSize,
      backoff: new Backoff({ intervalMs, maxIntervalMs }, this.#context.random),
      clock: this.#context.clock,
      monitor: this.#monitor,
      host: this.#statistics,
      counters: this.#statistics.counters,
      marks: this.marks(),
      immediate,
      nextId: this.#context.nextId,
    };
  }

  /** For all `inproc` endpoints together. */
  inprocSocket(type: SocketType): InprocSocket {
    const options = this.#options;
    return {
      type,
      profile: () => ({
        version: { major: 3, minor: 1 }, // there is no greeting to tell one: both ends are this library
        socketType: type,
        routingId: asBuffer(Uint8Array.from(options.routingId)),
        metadata: new Metadata(applicationProperties(options.metadata)),
      }),
      marks: this.marks(),
      conflation: () => this.#conflation(),
      immediate: () => options.immediate,
      notices: use => noticesOf(options, use),
      host: this.#statistics,
      counters: this.#statistics.counters,
      monitor: this.#monitor,
      clock: this.#context.clock,
      nextId: this.#context.nextId,
      asPart: asBuffer,
    };
  }

  #conflation(): Conflation {
    const { conflate } = this.#options;
    return {
      send: conflate && CONFLATES_SENT.has(this.#type),
      receive: conflate && CONFLATES_RECEIVED.has(this.#type),
    };
  }

  /** High-water marks: those of the moment, whenever it is. */
  marks(): HighWaterMarks {
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

  #createConnection(
    type: SocketType | 'STREAM',
    makeMechanism: MakeMechanism,
    legacyPeers: boolean,
    now: number,
  ): Connection {
    if (type === 'STREAM') return new RawConnection(this.#context.slab);
    const options = this.#options;
    const { heartbeatInterval: intervalMs, heartbeatTimeout } = options;
    return new ZmtpConnection(
      {
        socketType: type,
        mechanism: makeMechanism(this.#properties(type)),
        routingId: options.routingId,
        legacyPeers,
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

  #properties(socketType: SocketType): Property[] {
    const type = { name: 'Socket-Type', value: ascii(socketType) };
    const identity = announcesIdentity(socketType) ? [{ name: 'Identity', value: this.#options.routingId }] : [];
    return [type, ...identity, ...applicationProperties(this.#options.metadata)];
  }
}

/** libzmq: a RADIO only connects, a DISH and a DGRAM are only bound. */
function datagramForm(type: AnySocketType, use: 'bind' | 'connect'): DatagramForm | undefined {
  if (type === 'RADIO') return use === 'connect' ? DATAGRAM_FORMS.RADIO : undefined;
  if (type === 'DISH' || type === 'DGRAM') return use === 'bind' ? DATAGRAM_FORMS[type] : undefined;
  return undefined;
}

/** Where libzmq sends in the clear what its options want sealed, and takes in what they want proven. */
function refuseSecurity(options: AllOptions, address: string): void {
  if (securityMechanism(options) === null && options.zapDomain === null) return;
  throw new UsageError('EINVAL', `${address}: datagrams have no security, and the options ask for it`, { address });
}

function noSuchWay(type: AnySocketType, use: 'bind' | 'connect', scheme: string): UsageError {
  return new UsageError('ENOCOMPATPROTO', `a ${type} does not ${use} ${use === 'bind' ? '' : 'to '}${scheme}://`);
}

/** Sorted by the name's octets, as libzmq sends them. */
function applicationProperties(metadata: AllOptions['metadata']): Property[] {
  const names = Object.keys(metadata).sort();
  return names.map(name => ({ name, value: Buffer.from(metadata[name] ?? '') }));
}

/** libzmq: there is none, so none is told. */
function withoutHandshakes(monitor: Monitor): Monitor {
  return event => {
    if (event.type !== 'handshake') monitor(event);
  };
}

/**
 * Every option: its default and what it may be. Names are those of zeromq.js, meanings and defaults libzmq's unless the
 * description says otherwise. An option that is misspelt or out of range throws when the socket is made.
 */
import { UsageError } from '../errors.ts';
import type { Context } from './context.ts';

/** What every socket can be told. Times are in milliseconds. */
export interface SocketOptions {
  /** The context the socket belongs to. Default: the shared one. */
  readonly context?: Context;
  /**
   * How long `close()` goes on sending what is queued; -1 until all has left, 0 not at all. Default 1000, and 0 for
   * Subscriber and XSubscriber. ZMQ_LINGER, whose default is -1.
   */
  readonly linger?: number;
  /** The shortest delay before another attempt to connect; 0 or -1: none is made. Default 100. ZMQ_RECONNECT_IVL. */
  readonly reconnectInterval?: number;
  /** What the delay grows to by doubling; 0: it does not grow. Default 0. ZMQ_RECONNECT_IVL_MAX. */
  readonly reconnectMaxInterval?: number;
  /** Connections that may wait to be accepted. Default 100. ZMQ_BACKLOG. */
  readonly backlog?: number;
  /** Octets a message with all its parts may have, -1 for any; a peer that sends more is cut off. Default -1. ZMQ_MAXMSGSIZE. */
  readonly maxMessageSize?: number;
  /** Use IPv6 too. Default false. ZMQ_IPV6. */
  readonly ipv6?: boolean;
  /** How long an attempt to connect may take; 0 leaves it to the system. Default 0. ZMQ_CONNECT_TIMEOUT. */
  readonly connectTimeout?: number;
  /** How long a handshake may take; 0: any time. Default 30,000. ZMQ_HANDSHAKE_IVL. */
  readonly handshakeInterval?: number;
  /** Time between heartbeats; 0: none are sent. Default 0. ZMQ_HEARTBEAT_IVL. */
  readonly heartbeatInterval?: number;
  /** Time in which a heartbeat must be answered; -1: as long as the interval, 0: any. Default -1. ZMQ_HEARTBEAT_TIMEOUT. */
  readonly heartbeatTimeout?: number;
  /**
   * Silence of ours after which the peer may give us up, told with each heartbeat, in steps of 100; 0 says nothing. At
   * most 6,553,500. Default 0. ZMQ_HEARTBEAT_TTL. libzmq mistakes values over 65,500.
   */
  readonly heartbeatTimeToLive?: number;
  /** TCP keepalive: -1 as the system has it, 0 off, 1 on. Default -1. ZMQ_TCP_KEEPALIVE. */
  readonly tcpKeepalive?: number;
  /** Seconds of silence before TCP asks for the first time; -1 as the system has it. Default -1. ZMQ_TCP_KEEPALIVE_IDLE. */
  readonly tcpKeepaliveIdle?: number;
}

/** For sockets that send. */
export interface SendOptions extends SocketOptions {
  /** Messages queued for one peer before the socket is mute to it; 0: no limit. Default 1000. ZMQ_SNDHWM. */
  readonly sendHighWaterMark?: number;
  /** How long `send()` waits for room; -1 for ever, 0 not at all. Default -1. ZMQ_SNDTIMEO. */
  readonly sendTimeout?: number;
}

/** For sockets that receive. */
export interface ReceiveOptions extends SocketOptions {
  /** Messages of one peer that wait to be received before the peer is held back; 0: no limit. Default 1000. ZMQ_RCVHWM. */
  readonly receiveHighWaterMark?: number;
  /** How long `receive()` waits; -1 for ever, 0 not at all. Default -1. ZMQ_RCVTIMEO. */
  readonly receiveTimeout?: number;
}

/** For Request, Dealer and Router. */
export interface IdentityOptions {
  /** What a ROUTER shall know this socket by: 1 to 255 octets, the first not zero. Default: none. ZMQ_ROUTING_ID. */
  readonly routingId?: string | Uint8Array;
}

/** For Router. */
export interface RouterOnlyOptions {
  /** Fail a send to an unknown peer with EHOSTUNREACH, and wait for a mute one, instead of dropping. Default false. ZMQ_ROUTER_MANDATORY. */
  readonly mandatory?: boolean;
  /** A peer with a routing id that is taken takes it over, instead of being refused. Default false. ZMQ_ROUTER_HANDOVER. */
  readonly handover?: boolean;
}

/** Every option there is, with its value. */
export interface AllOptions {
  linger: number;
  reconnectInterval: number;
  reconnectMaxInterval: number;
  backlog: number;
  maxMessageSize: number;
  ipv6: boolean;
  connectTimeout: number;
  handshakeInterval: number;
  heartbeatInterval: number;
  heartbeatTimeout: number;
  heartbeatTimeToLive: number;
  tcpKeepalive: number;
  tcpKeepaliveIdle: number;
  sendHighWaterMark: number;
  sendTimeout: number;
  receiveHighWaterMark: number;
  receiveTimeout: number;
  routingId: Uint8Array;
  mandatory: boolean;
  handover: boolean;
}

/** The name of an option. */
export type OptionName = keyof AllOptions;

/** Turns what the application gave into the value. */
type Parser<T> = (value: unknown, name: string) => T;

const INT32_MAX = 2 ** 31 - 1;

function integer(least: number, most: number): Parser<number> {
  return (value, name) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw unexpected(name, value, `a whole number from ${String(least)} to ${String(most)}`);
  };
}

const count = integer(0, INT32_MAX);
const countOrMinusOne = integer(-1, INT32_MAX);

const flag: Parser<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value;
  throw unexpected(name, value, 'true or false');
};

const identity: Parser<Uint8Array> = (value, name) => {
  const octets = typeof value === 'string' ? Buffer.from(value) : value;
  if (octets instanceof Uint8Array && octets.length >= 1 && octets.length <= 255 && octets[0] !== 0) {
    return Uint8Array.from(octets); // not slice(), which copies nothing of a Buffer
  }
  throw unexpected(name, value, '1 to 255 octets, the first not zero (RFC 37)');
};

function unexpected(name: string, value: unknown, expected: string): UsageError {
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
  return new UsageError('EINVAL', `option ${name} is ${shown}, expected ${expected}`);
}

const PARSERS: { readonly [K in OptionName]: Parser<AllOptions[K]> } = {
  linger: countOrMinusOne,
  reconnectInterval: countOrMinusOne,
  reconnectMaxInterval: count,
  backlog: count,
  maxMessageSize: integer(-1, Number.MAX_SAFE_INTEGER),
  ipv6: flag,
  connectTimeout: count,
  handshakeInterval: count,
  heartbeatInterval: count,
  heartbeatTimeout: countOrMinusOne,
  heartbeatTimeToLive: integer(0, 6_553_500), // a 16-bit count of tenths of a second
  tcpKeepalive: integer(-1, 1),
  tcpKeepaliveIdle: countOrMinusOne,
  sendHighWaterMark: count,
  sendTimeout: countOrMinusOne,
  receiveHighWaterMark: count,
  receiveTimeout: countOrMinusOne,
  routingId: identity,
  mandatory: flag,
  handover: flag,
};

const DEFAULTS: Readonly<AllOptions> = {
  linger: 1000,
  reconnectInterval: 100,
  reconnectMaxInterval: 0,
  backlog: 100,
  maxMessageSize: -1,
  ipv6: false,
  connectTimeout: 0,
  handshakeInterval: 30_000,
  heartbeatInterval: 0,
  heartbeatTimeout: -1,
  heartbeatTimeToLive: 0,
  tcpKeepalive: -1,
  tcpKeepaliveIdle: -1,
  sendHighWaterMark: 1000,
  sendTimeout: -1,
  receiveHighWaterMark: 1000,
  receiveTimeout: -1,
  routingId: new Uint8Array(0),
  mandatory: false,
  handover: false,
};

const COMMON: readonly OptionName[] = [
  'linger',
  'reconnectInterval',
  'reconnectMaxInterval',
  'backlog',
  'maxMessageSize',
  'ipv6',
  'connectTimeout',
  'handshakeInterval',
  'heartbeatInterval',
  'heartbeatTimeout',
  'heartbeatTimeToLive',
  'tcpKeepalive',
  'tcpKeepaliveIdle',
];
/** The options that only senders, only receivers have. */
export const SENDING: readonly OptionName[] = ['sendHighWaterMark', 'sendTimeout'];
export const RECEIVING: readonly OptionName[] = ['receiveHighWaterMark', 'receiveTimeout'];

/**
 * The values for one socket: what was given over what the type is used to over what everybody is.
 * @throws UsageError EINVAL for an option the type does not have, or a value it cannot have
 */
export function parseOptions(given: object, own: readonly OptionName[], typical: Partial<AllOptions>): AllOptions {
  const options: AllOptions = { ...DEFAULTS, ...typical };
  for (const [name, value] of Object.entries(given)) {
    if (name === 'context') continue;
    if (!isOption(name) || !(COMMON.includes(name) || own.includes(name))) {
      throw new UsageError('EINVAL', `option ${name} does not exist on this socket type`);
    }
    Object.assign(options, { [name]: PARSERS[name](value, name) });
  }
  return options;
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(PARSERS, name);
}

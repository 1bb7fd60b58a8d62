/**
 * Every option's default, what it may be and when it takes effect, and `socket.options`, which holds the values. What is
 * misspelt, out of range or not to be had in JavaScript throws, when the socket is made or when it is set.
 */
import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';

/** When a socket stops trying to connect. ZMQ_RECONNECT_STOP. */
export type ReconnectStop =
  /** Nobody listens there. */
  | 'refused'
  /** The connection was lost, or time ran out, before the handshake was done. */
  | 'handshakeFailed';

/** Every option there is, with its value. */
export interface AllOptions {
  linger: number;
  reconnectInterval: number;
  reconnectMaxInterval: number;
  reconnectStop: readonly ReconnectStop[];
  immediate: boolean;
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
  tcpAcceptFilter: readonly string[];
  socksProxy: string | null;
  socksUsername: string | null;
  socksPassword: string | null;
  metadata: Readonly<Record<string, string>>;
  sendHighWaterMark: number;
  sendTimeout: number;
  receiveHighWaterMark: number;
  receiveTimeout: number;
  routingId: Uint8Array;
  probeRouter: boolean;
  conflate: boolean;
  helloMessage: Uint8Array | null;
  correlate: boolean;
  relaxed: boolean;
  mandatory: boolean;
  handover: boolean;
  notifyConnect: boolean;
  notifyDisconnect: boolean;
  disconnectMessage: Uint8Array | null;
  hiccupMessage: Uint8Array | null;
  noDrop: boolean;
  invertMatching: boolean;
  onlyFirstSubscribe: boolean;
  verbosity: 'allSubs' | 'allSubsUnsubs' | null;
  manual: boolean;
  manualLastValue: boolean;
  welcomeMessage: Uint8Array | null;
  verboseUnsubscribe: boolean;
  notify: boolean;
}

/** The name of an option. */
export type OptionName = keyof AllOptions;

/** Turns what the application gave into the value. */
type Parser<T> = (value: unknown, name: string) => T;

const INT32_MAX = 2 ** 31 - 1;
const TEXT_MAX = 255;

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

/**
 * What a peer is called that the application connects to, if it has said so.
 * @throws UsageError EINVAL for an id that cannot be, or options that are none
 */
export function connectRoutingId(options: unknown): Uint8Array | undefined {
  if (typeof options !== 'object' || options === null) throw unexpected('of connect', options, 'an object');
  for (const name of Object.keys(options)) {
    if (name !== 'routingId') throw new UsageError('EINVAL', `option ${name} does not exist for connect`);
  }
  if (!('routingId' in options) || options.routingId === undefined) return undefined;
  return identity(options.routingId, 'routingId');
}

/** An empty one is a message too; libzmq takes it for none. */
const messageOrNull: Parser<Uint8Array | null> = (value, name) => {
  if (value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw unexpected(name, value, 'text, octets or null');
};

const textOrNull: Parser<string | null> = (value, name) => {
  if (value === null) return null;
  if (typeof value === 'string' && value.length > 0 && Buffer.byteLength(value) <= TEXT_MAX) return value;
  throw unexpected(name, value, `text of 1 to ${String(TEXT_MAX)} octets, or null`);
};

const hostAndPort: Parser<string | null> = (value, name) => {
  const text = textOrNull(value, name);
  const port = text === null ? undefined : /^(?:\[[0-9a-fA-F:.%a-zA-Z0-9]+\]|[^:[\]\s]+):([0-9]{1,5})$/.exec(text)?.[1];
  if (text === null || (port !== undefined && Number(port) > 0 && Number(port) <= 65_535)) return text;
  throw unexpected(name, value, 'host:port, or null');
};

/** An address, or one and how many of its bits count. */
const ranges: Parser<readonly string[]> = (value, name) => {
  const list: readonly unknown[] = value === null ? [] : Array.isArray(value) ? value : [value];
  return list.map(range => {
    const [, address = '', bits = '0'] = typeof range === 'string' ? (RANGE.exec(range) ?? []) : [];
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (typeof range === 'string' && Number(bits) <= most) return range;
    throw unexpected(name, range, 'an address, or a range such as 10.0.0.0/8, or several');
  });
};
const RANGE = /^([0-9a-fA-F:.]{1,45})(?:\/([0-9]{1,3}))?$/;

function oneOf<T extends string | null>(...values: readonly T[]): Parser<T> {
  return (value, name) => {
    const found = values.find(known => known === value);
    if (found !== undefined) return found;
    throw unexpected(name, value, values.map(known => (known === null ? 'null' : `"${known}"`)).join(', '));
  };
}

function listOf<T extends string>(...values: readonly T[]): Parser<readonly T[]> {
  const one = oneOf(...values);
  return (value, name) => {
    if (!Array.isArray(value)) throw unexpected(name, value, `a list of ${values.join(', ')}`);
    return value.map((item: unknown) => one(item, name));
  };
}

/** libzmq: "X-" in front, a name of at most 255 octets, neither name nor value empty. */
const properties: Parser<Readonly<Record<string, string>>> = (value, name) => {
  if (typeof value !== 'object' || value === null) throw unexpected(name, value, 'an object of texts');
  const entries = Object.entries(value).map(([key, text]: [string, unknown]): [string, string] => {
    if (!/^X-[A-Za-z0-9\-_.+]{1,253}$/.test(key)) {
      throw new UsageError('EINVAL', `${name} has the name "${key}", expected X- and 1 to 253 letters, digits or -_.+`);
    }
    if (typeof text !== 'string' || text.length === 0) throw unexpected(`${name}.${key}`, text, 'text');
    return [key, text];
  });
  return Object.freeze(Object.fromEntries(entries));
};

function unexpected(name: string, value: unknown, expected: string): UsageError {
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
  return new UsageError('EINVAL', `option ${name} is ${shown}, expected ${expected}`);
}

const PARSERS: { readonly [K in OptionName]: Parser<AllOptions[K]> } = {
  linger: countOrMinusOne,
  reconnectInterval: countOrMinusOne,
  reconnectMaxInterval: count,
  reconnectStop: listOf('refused', 'handshakeFailed'),
  immediate: flag,
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
  tcpAcceptFilter: ranges,
  socksProxy: hostAndPort,
  socksUsername: textOrNull,
  socksPassword: textOrNull,
  metadata: properties,
  sendHighWaterMark: count,
  sendTimeout: countOrMinusOne,
  receiveHighWaterMark: count,
  receiveTimeout: countOrMinusOne,
  routingId: identity,
  probeRouter: flag,
  conflate: flag,
  helloMessage: messageOrNull,
  correlate: flag,
  relaxed: flag,
  mandatory: flag,
  handover: flag,
  notifyConnect: flag,
  notifyDisconnect: flag,
  disconnectMessage: messageOrNull,
  hiccupMessage: messageOrNull,
  noDrop: flag,
  invertMatching: flag,
  onlyFirstSubscribe: flag,
  verbosity: oneOf('allSubs', 'allSubsUnsubs', null),
  manual: flag,
  manualLastValue: flag,
  welcomeMessage: messageOrNull,
  verboseUnsubscribe: flag,
  notify: flag,
};

const DEFAULTS: Readonly<AllOptions> = {
  linger: 1000,
  reconnectInterval: 100,
  reconnectMaxInterval: 0,
  reconnectStop: [],
  immediate: false,
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
  tcpAcceptFilter: [],
  socksProxy: null,
  socksUsername: null,
  socksPassword: null,
  metadata: {},
  sendHighWaterMark: 1000,
  sendTimeout: -1,
  receiveHighWaterMark: 1000,
  receiveTimeout: -1,
  routingId: new Uint8Array(0),
  probeRouter: false,
  conflate: false,
  helloMessage: null,
  correlate: false,
  relaxed: false,
  mandatory: false,
  handover: false,
  notifyConnect: false,
  notifyDisconnect: false,
  disconnectMessage: null,
  hiccupMessage: null,
  noDrop: false,
  invertMatching: false,
  onlyFirstSubscribe: false,
  verbosity: null,
  manual: false,
  manualLastValue: false,
  welcomeMessage: null,
  verboseUnsubscribe: false,
  notify: true,
};

const COMMON: readonly OptionName[] = [
  'linger',
  'reconnectInterval',
  'reconnectMaxInterval',
  'reconnectStop',
  'immediate',
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
  'tcpAcceptFilter',
  'socksProxy',
  'socksUsername',
  'socksPassword',
  'metadata',
];
/** The options that only senders, only receivers, only those with an identity have. */
export const SENDING: readonly OptionName[] = ['sendHighWaterMark', 'sendTimeout'];
export const RECEIVING: readonly OptionName[] = ['receiveHighWaterMark', 'receiveTimeout'];
export const IDENTITY: readonly OptionName[] = ['routingId', 'probeRouter'];
/** Those of publishers. */
export const PUBLISHING: readonly OptionName[] = ['noDrop', 'invertMatching', 'onlyFirstSubscribe'];

/** Those whose new value counts at once; of the others the next bind or connect takes notice. */
const LIVE: ReadonlySet<OptionName> = new Set<OptionName>([
  'linger',
  'sendHighWaterMark',
  'sendTimeout',
  'receiveHighWaterMark',
  'receiveTimeout',
  'probeRouter',
  'correlate',
  'relaxed',
  'mandatory',
  'handover',
  'noDrop',
  'invertMatching',
  'onlyFirstSubscribe',
  'verbosity',
  'manual',
  'manualLastValue',
  'welcomeMessage',
  'verboseUnsubscribe',
]);

/** Options of libzmq that no program can have without native code, and what stands in the way. */
export const IMPOSSIBLE: Readonly<Record<string, string>> = {
  affinity: 'there are no I/O threads',
  sendBufferSize: 'Node sets no buffer sizes on streams',
  receiveBufferSize: 'Node sets no buffer sizes on streams',
  typeOfService: 'Node sets no IP_TOS',
  priority: 'Node sets no SO_PRIORITY',
  interface: 'Node binds to no device; bind or connect from an address or the name of an interface',
  busyPoll: 'Node sets no SO_BUSY_POLL',
  tcpKeepaliveCount: 'Node sets no TCP_KEEPCNT',
  tcpKeepaliveInterval: 'Node sets no TCP_KEEPINTVL',
  tcpMaxRetransmitTimeout: 'Node sets no TCP_USER_TIMEOUT',
  loopbackFastPath: 'it is a feature of old Windows systems',
  ipcFilterProcessId: 'Node does not tell who has connected',
  ipcFilterUserId: 'Node does not tell who has connected',
  ipcFilterGroupId: 'Node does not tell who has connected',
  useFd: 'descriptors of other origin are not adopted',
  rate: 'there is no PGM over raw sockets',
  recoveryInterval: 'there is no PGM over raw sockets',
  multicastMaxTransportDataUnit: 'there is no PGM over raw sockets',
  vmciBufferSize: 'there is no VMCI',
  vmciBufferMinSize: 'there is no VMCI',
  vmciBufferMaxSize: 'there is no VMCI',
  vmciConnectTimeout: 'there is no VMCI',
  gssapiServer: 'there is no GSSAPI',
  gssapiPrincipal: 'there is no GSSAPI',
  gssapiServicePrincipal: 'there is no GSSAPI',
  gssapiPlainText: 'there is no GSSAPI',
  gssapiPrincipalNameType: 'there is no GSSAPI',
  gssapiServicePrincipalNameType: 'there is no GSSAPI',
};

/** JavaScript's own, whatever a program makes of its globals: zmtp has a Proxy too. */
const Guard = Proxy;

/** How `socket.options` behaves. */
export interface OptionRules {
  /** What the type has besides what all have. */
  readonly own: readonly OptionName[];
  /** Defaults that are the type's, or the context's. */
  readonly typical: Partial<AllOptions>;
  /** Told after a value was set; `live` says whether it counts from now on. */
  readonly changed: (name: OptionName, live: boolean) => void;
}

/**
 * The values for one socket: what was given over what the type is used to over what everybody is. Each can be set later,
 * with the same checks.
 * @throws UsageError EINVAL for an option the type does not have, or a value it cannot have; ENOTSUP for one of libzmq's
 * that takes native code
 */
export function makeOptions(given: object, rules: OptionRules): { values: AllOptions; options: AllOptions } {
  const values: AllOptions = { ...DEFAULTS, ...rules.typical };
  for (const [name, value] of Object.entries(given)) {
    if (name !== 'context') assign(values, rules, name, value);
  }
  const options = new Guard(values, {
    set: (_values, name, value) => {
      assign(values, rules, String(name), value);
      if (typeof name === 'string' && isOption(name)) rules.changed(name, LIVE.has(name));
      return true;
    },
    defineProperty: () => false,
    deleteProperty: () => false,
  });
  return { values, options };
}

function assign(values: AllOptions, { own }: OptionRules, name: string, value: unknown): void {
  const reason = Object.hasOwn(IMPOSSIBLE, name) ? IMPOSSIBLE[name] : undefined;
  if (reason !== undefined) throw new UsageError('ENOTSUP', `option ${name} is not to be had: ${reason}`);
  if (!isOption(name) || !(COMMON.includes(name) || own.includes(name))) {
    throw new UsageError('EINVAL', `option ${name} does not exist on this socket type`);
  }
  Object.assign(values, { [name]: PARSERS[name](value, name) });
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(PARSERS, name);
}

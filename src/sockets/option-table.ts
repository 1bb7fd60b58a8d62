/**
 * Every option's default, what it may be and when it takes effect, and `socket.options`, which holds the values. What is
 * misspelt, out of range or not to be had in JavaScript throws, when the socket is made or when it is set.
 */
import { UsageError } from '../errors.ts';
import {
  count,
  countOrMinusOne,
  credential,
  curveKey,
  flag,
  hostAndPort,
  identity,
  integer,
  listOf,
  messageOrNull,
  oneOf,
  properties,
  ranges,
  textOrNull,
  unexpected,
  type Parser,
} from './option-values.ts';

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
  maxHandshakes: number;
  metadata: Readonly<Record<string, string>>;
  plainServer: boolean;
  plainUsername: string | null;
  plainPassword: string | null;
  curveServer: boolean;
  curvePublicKey: string | null;
  curveSecretKey: string | null;
  curveServerKey: string | null;
  zapDomain: string | null;
  zapEnforceDomain: boolean;
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
  multicastHops: number;
  multicastLoop: boolean;
}

/** The name of an option. */
export type OptionName = keyof AllOptions;

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
  maxHandshakes: integer(1, 1_000_000),
  metadata: properties,
  plainServer: flag,
  plainUsername: credential,
  plainPassword: credential,
  curveServer: flag,
  curvePublicKey: curveKey,
  curveSecretKey: curveKey,
  curveServerKey: curveKey,
  zapDomain: textOrNull,
  zapEnforceDomain: flag,
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
  multicastHops: integer(1, 255), // an octet of the IP header
  multicastLoop: flag,
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
  maxHandshakes: 4096,
  metadata: {},
  plainServer: false,
  plainUsername: null,
  plainPassword: null,
  curveServer: false,
  curvePublicKey: null,
  curveSecretKey: null,
  curveServerKey: null,
  zapDomain: null,
  zapEnforceDomain: false,
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
  multicastHops: 1,
  multicastLoop: true,
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
  'maxHandshakes',
  'metadata',
  'plainServer',
  'plainUsername',
  'plainPassword',
  'curveServer',
  'curvePublicKey',
  'curveSecretKey',
  'curveServerKey',
  'zapDomain',
  'zapEnforceDomain',
];
/** The options that only senders, only receivers, only those with an identity have. */
export const SENDING: readonly OptionName[] = ['sendHighWaterMark', 'sendTimeout'];
export const RECEIVING: readonly OptionName[] = ['receiveHighWaterMark', 'receiveTimeout'];
export const IDENTITY: readonly OptionName[] = ['routingId', 'probeRouter'];
/** Those of publishers. */
export const PUBLISHING: readonly OptionName[] = ['noDrop', 'invertMatching', 'onlyFirstSubscribe'];

/** Those of types that may use datagrams. */
export const MULTICAST: readonly OptionName[] = ['multicastHops', 'multicastLoop'];

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

/** Those that nobody sees who looks at `socket.options` as a whole: prints, copies or serializes it. */
const SECRETS: readonly OptionName[] = ['plainPassword', 'curveSecretKey', 'socksPassword'];

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
  for (const name of SECRETS) Object.defineProperty(values, name, { enumerable: false });
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

function isOption(name: string): name is OptionName {
  return Object.hasOwn(PARSERS, name);
}

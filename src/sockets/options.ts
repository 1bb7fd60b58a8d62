/**
 * What sockets can be told, as their users see it. Names are those of zeromq.js, meanings and defaults libzmq's unless
 * the description says otherwise. Times are in milliseconds. How values are checked: `option-table.ts`.
 *
 * All can be given when a socket is made. *Live* ones can be changed at any time (`socket.options.linger = 0`); a change
 * of any other takes effect for endpoints bound or connected afterwards.
 */
import type { Context } from './context.ts';
import type { ReconnectStop } from './option-table.ts';

/** What every socket can be told. */
export interface SocketOptions {
  /** The context the socket belongs to. Default: the shared one. */
  readonly context?: Context;
  /**
   * How long `close()` goes on sending what is queued; -1 until all has left, 0 not at all. Default 1000, and 0 for
   * Subscriber, XSubscriber and Dish, or what the context says. Live. ZMQ_LINGER, whose default is -1.
   */
  readonly linger?: number;
  /** The shortest delay before another attempt to connect; 0 or -1: none is made. Default 100. ZMQ_RECONNECT_IVL. */
  readonly reconnectInterval?: number;
  /** What the delay grows to by doubling; 0: it does not grow. Default 0. ZMQ_RECONNECT_IVL_MAX. */
  readonly reconnectMaxInterval?: number;
  /** What ends the attempts for good. Default: nothing but a refusal of the peer's. ZMQ_RECONNECT_STOP. */
  readonly reconnectStop?: readonly ReconnectStop[];
  /**
   * Queue messages only for peers that are connected, instead of for every endpoint connected to; what is queued when
   * the connection is lost is lost. Default false. ZMQ_IMMEDIATE.
   */
  readonly immediate?: boolean;
  /** Connections that may wait to be accepted. Default 100. ZMQ_BACKLOG. */
  readonly backlog?: number;
  /** Octets a message with all its parts may have, -1 for any; a peer that sends more is cut off. Default -1. ZMQ_MAXMSGSIZE. */
  readonly maxMessageSize?: number;
  /** Use IPv6 too. Default: what the context says, which is false. ZMQ_IPV6. */
  readonly ipv6?: boolean;
  /** How long an attempt to connect may take; 0 leaves it to the system. Default 0. ZMQ_CONNECT_TIMEOUT. */
  readonly connectTimeout?: number;
  /** How long a handshake may take; 0: any time. Default 30,000. ZMQ_HANDSHAKE_IVL. */
  readonly handshakeInterval?: number;
  /**
   * Handshakes that may be under way at once at an endpoint that is bound. One more takes the place of the oldest if that
   * has been at it for a second or longer, else it is turned away. Default 4096. libzmq has no such limit.
   */
  readonly maxHandshakes?: number;
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
  /**
   * Addresses that may connect, as CIDR (`10.0.0.0/8`, `::1`), one or several; others are closed before an octet is
   * sent. null or none: all may. Default null. ZMQ_TCP_ACCEPT_FILTER.
   */
  readonly tcpAcceptFilter?: string | readonly string[] | null;
  /**
   * A SOCKS5 proxy, `host:port`, that TCP connections are made through; null for none. Needs the package `socks`, which
   * is yours to install. Default null. ZMQ_SOCKS_PROXY.
   */
  readonly socksProxy?: string | null;
  /** The name the proxy asks for, at most 255 octets; null for none. Default null. ZMQ_SOCKS_USERNAME. */
  readonly socksUsername?: string | null;
  /** The password that goes with it. Default null. ZMQ_SOCKS_PASSWORD. */
  readonly socksPassword?: string | null;
  /**
   * What peers are told of this socket in the handshake: names begin with `X-` and have 3 to 255 octets, values have at
   * least one. Default: nothing. ZMQ_METADATA.
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Ask every peer for a name and a password, which an authenticator is to know (PLAIN, RFC 24). Default false. ZMQ_PLAIN_SERVER. */
  readonly plainServer?: boolean;
  /**
   * The name to show to a PLAIN server, 1 to 255 octets; null for none. If only one of name and password is given, the
   * other is empty. Default null. ZMQ_PLAIN_USERNAME.
   */
  readonly plainUsername?: string | Uint8Array | null;
  /** The password that goes with it; it is sent in the clear. Default null. ZMQ_PLAIN_PASSWORD. */
  readonly plainPassword?: string | Uint8Array | null;
  /** Be the server of CURVE (RFC 26), with the key pair of `curveSecretKey`. Default false. ZMQ_CURVE_SERVER. */
  readonly curveServer?: boolean;
  /**
   * This side's long-term public key, 40 characters of Z85 or 32 octets. It follows from the secret key, so it may be left
   * out; one that does not belong to it makes bind and connect fail. Default null. ZMQ_CURVE_PUBLICKEY.
   */
  readonly curvePublicKey?: string | Uint8Array | null;
  /** This side's long-term secret key. Default null. ZMQ_CURVE_SECRETKEY. */
  readonly curveSecretKey?: string | Uint8Array | null;
  /** The public key of the server: makes this side a client of CURVE. Default null. ZMQ_CURVE_SERVERKEY. */
  readonly curveServerKey?: string | Uint8Array | null;
  /**
   * What the authenticator is told that peers want to come into, 1 to 255 octets; with NULL it is asked only if there is
   * such a domain. Default null, which it is told as an empty text. ZMQ_ZAP_DOMAIN.
   */
  readonly zapDomain?: string | null;
  /**
   * With a domain: nobody comes in while there is no authenticator. Without: nobody is asked about peers of CURVE, and
   * PLAIN is refused (EINVAL). Default false. ZMQ_ZAP_ENFORCE_DOMAIN.
   */
  readonly zapEnforceDomain?: boolean;
}

/** For sockets that send. */
export interface SendOptions extends SocketOptions {
  /** Messages queued for one peer before the socket is mute to it; 0: no limit. Default 1000. Live. ZMQ_SNDHWM. */
  readonly sendHighWaterMark?: number;
  /** How long `send()` waits for room; -1 for ever, 0 not at all. Default -1. Live. ZMQ_SNDTIMEO. */
  readonly sendTimeout?: number;
}

/** For sockets that receive. */
export interface ReceiveOptions extends SocketOptions {
  /** Messages of one peer that wait to be received before the peer is held back; 0: no limit. Default 1000. Live. ZMQ_RCVHWM. */
  readonly receiveHighWaterMark?: number;
  /** How long `receive()` waits; -1 for ever, 0 not at all. Default -1. Live. ZMQ_RCVTIMEO. */
  readonly receiveTimeout?: number;
}

/** For Request, Dealer and Router. */
export interface IdentityOptions {
  /** What a ROUTER shall know this socket by: 1 to 255 octets, the first not zero. Default: none. ZMQ_ROUTING_ID. */
  readonly routingId?: string | Uint8Array;
  /** Greet each new peer with an empty message, so that a ROUTER learns of us before we speak. Default false. Live. ZMQ_PROBE_ROUTER. */
  readonly probeRouter?: boolean;
}

/** For Push, Pull, Publisher, Subscriber and Dealer. */
export interface ConflateOptions {
  /**
   * Keep only the newest message of each queue; high-water marks have no meaning then. Messages of several parts are
   * kept whole (libzmq tears them). Default false. ZMQ_CONFLATE.
   */
  readonly conflate?: boolean;
}

/** For Dealer, Router, Reply, Client, Server and Peer. */
export interface HelloOptions {
  /** Sent first on each new connection; null: nothing is. Default null. ZMQ_HELLO_MSG. */
  readonly helloMessage?: string | Uint8Array | null;
}

/** For Request. */
export interface RequestOnlyOptions {
  /** Number requests, and take only the reply with the number of the last one. Default false. Live. ZMQ_REQ_CORRELATE. */
  readonly correlate?: boolean;
  /**
   * A new request may be sent before the reply to the last one has come, which is then forgotten. Best with `correlate`,
   * since a late reply might be taken for the new one otherwise. Default false. Live. ZMQ_REQ_RELAXED.
   */
  readonly relaxed?: boolean;
}

/** For Router. */
export interface RouterOnlyOptions {
  /** Fail a send to an unknown peer with EHOSTUNREACH, and wait for a mute one, instead of dropping. Default false. Live. ZMQ_ROUTER_MANDATORY. */
  readonly mandatory?: boolean;
  /** A peer with a routing id that is taken takes it over, instead of being refused. Default false. Live. ZMQ_ROUTER_HANDOVER. */
  readonly handover?: boolean;
  /** Receive `[id, empty]` when a peer has come. Default false. ZMQ_ROUTER_NOTIFY, ZMQ_NOTIFY_CONNECT. */
  readonly notifyConnect?: boolean;
  /** Receive `[id, empty]` when a peer has gone. Default false. ZMQ_ROUTER_NOTIFY, ZMQ_NOTIFY_DISCONNECT. */
  readonly notifyDisconnect?: boolean;
}

/** For Router, Server and Peer. */
export interface DisconnectOptions {
  /** Received as if from it when a peer has gone that had connected to us; null: nothing is. Default null. ZMQ_DISCONNECT_MSG. */
  readonly disconnectMessage?: string | Uint8Array | null;
}

/** For Dealer, Client and Peer. */
export interface HiccupOptions {
  /** Received when a connection that we had made is lost; null: nothing is. Default null. ZMQ_HICCUP_MSG. */
  readonly hiccupMessage?: string | Uint8Array | null;
}

/** For Publisher and XPublisher. */
export interface PublisherOptions {
  /** Wait for the slowest subscriber, or fail, instead of dropping what one has no room for. Default false. Live. ZMQ_XPUB_NODROP. */
  readonly noDrop?: boolean;
  /** Send to those who have *not* subscribed; subscribers must have it set too. Default false. Live. ZMQ_INVERT_MATCHING. */
  readonly invertMatching?: boolean;
  /** Only the first part of what a subscriber sends may be a subscription. Default false. Live. ZMQ_ONLY_FIRST_SUBSCRIBE. */
  readonly onlyFirstSubscribe?: boolean;
}

/** For Radio. */
export interface RadioOnlyOptions {
  /** Wait for the slowest member of a group, or fail, instead of dropping what one has no room for. Default false. Live. ZMQ_XPUB_NODROP. */
  readonly noDrop?: boolean;
}

/** For Subscriber. */
export interface SubscriberOnlyOptions {
  /** Receive what has *not* been subscribed to; publishers must have it set too. Default false. Live. ZMQ_INVERT_MATCHING. */
  readonly invertMatching?: boolean;
}

/** For XPublisher. */
export interface XPublisherOnlyOptions {
  /**
   * Which subscriptions are received: the first to a topic and the end of the last (null), all beginnings and the end
   * of the last (`allSubs`), or all (`allSubsUnsubs`). Default null. Live. ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER.
   */
  readonly verbosity?: 'allSubs' | 'allSubsUnsubs' | null;
  /** Subscriptions are only received; `subscribe()` and `unsubscribe()` make them for the peer of the last one. Default false. Live. ZMQ_XPUB_MANUAL. */
  readonly manual?: boolean;
  /** `manual`, and the next message goes only to the peer of the last subscription received. Default false. Live. ZMQ_XPUB_MANUAL_LAST_VALUE. */
  readonly manualLastValue?: boolean;
  /** Sent to each subscriber as soon as it comes; null: nothing is. Default null. Live. ZMQ_XPUB_WELCOME_MSG. */
  readonly welcomeMessage?: string | Uint8Array | null;
}

/** For XSubscriber. */
export interface XSubscriberOnlyOptions {
  /** Only the first part of a message may be a subscription. Default false. Live. ZMQ_ONLY_FIRST_SUBSCRIBE. */
  readonly onlyFirstSubscribe?: boolean;
  /** Pass on each unsubscription, not only the last to a topic. Default false. Live. ZMQ_XSUB_VERBOSE_UNSUBSCRIBE. */
  readonly verboseUnsubscribe?: boolean;
}

/** For `connect()` of Router and Stream. */
export interface ConnectOptions {
  /**
   * What the peer is called here, whatever it calls itself: 1 to 255 octets, the first not zero. It can be sent to at
   * once. Default: what it announces, else an id made here. ZMQ_CONNECT_ROUTING_ID.
   */
  readonly routingId?: string | Uint8Array;
}

/** For Stream. */
export interface StreamOnlyOptions {
  /** Receive `[id, empty]` when a connection has begun or ended. Default true. ZMQ_STREAM_NOTIFY. */
  readonly notify?: boolean;
}

/** `zmtp`: ZeroMQ sockets in pure TypeScript. */
export { Channel } from './sockets/channel.ts';
export { Client, type ClientOptions } from './sockets/client.ts';
export { Dealer, type DealerOptions } from './sockets/dealer.ts';
export { Dish, type GroupMessage } from './sockets/dish.ts';
export { Gather } from './sockets/gather.ts';
export { Pair } from './sockets/pair.ts';
export { Peer, type PeerOptions } from './sockets/peer.ts';
export { Proxy, type ProxyOptions, type ProxyRunOptions, type ProxyStatistics } from './sockets/proxy.ts';
export type { ProxyCount, ProxyTraffic } from './sockets/proxy-side.ts';
export { Publisher } from './sockets/publisher.ts';
export { Pull } from './sockets/pull.ts';
export { Push } from './sockets/push.ts';
export { Radio, type ToGroup } from './sockets/radio.ts';
export { Reply } from './sockets/reply.ts';
export { Request } from './sockets/request.ts';
export { Router, type RouterOptions } from './sockets/router.ts';
export { Scatter } from './sockets/scatter.ts';
export { Server, type ServerOptions } from './sockets/server.ts';
export { Stream, type StreamOptions } from './sockets/stream.ts';
export { Subscriber } from './sockets/subscriber.ts';
export { XPublisher } from './sockets/xpublisher.ts';
export { XSubscriber } from './sockets/xsubscriber.ts';

export { Socket, type AnySocket, type CloseReport } from './sockets/socket.ts';
export { SendingSocket } from './sockets/sending-socket.ts';
export { ReceivingSocket } from './sockets/receiving-socket.ts';
export { RoutedSocket, type RouteOptions, type RoutedMessage } from './sockets/routed-socket.ts';
export { DuplexSocket } from './sockets/duplex-socket.ts';
export { curveKeyPair, curvePublicKey, type CurveKeyPair } from './sockets/curve-keys.ts';
export { Context, context, type ContextOptions } from './sockets/context.ts';
export type { Announcement, SocketEvent } from './sockets/announce.ts';
export { Observer } from './sockets/observer.ts';
export type { BatchOptions, Received } from './sockets/receive-line.ts';
export type { WaitOptions } from './sockets/waiters.ts';
export type { MessageLike, PartLike } from './sockets/message-like.ts';
export type { AnySocketType } from './sockets/link-settings.ts';
export type { AllOptions, OptionName, ReconnectStop } from './sockets/option-table.ts';
export type {
  ConflateOptions,
  ConnectOptions,
  DisconnectOptions,
  HelloOptions,
  HiccupOptions,
  IdentityOptions,
  PublisherOptions,
  RadioOnlyOptions,
  ReceiveOptions,
  RequestOnlyOptions,
  RouterOnlyOptions,
  SendOptions,
  SocketOptions,
  StreamOnlyOptions,
  SubscriberOnlyOptions,
  XPublisherOnlyOptions,
  XSubscriberOnlyOptions,
} from './sockets/options.ts';

export type { SecurityMechanism } from './sockets/security.ts';
export type {
  AuthenticationReply,
  AuthenticationRequest,
  AuthenticationRequestBase,
  Authenticator,
} from './sockets/zap/authenticator.ts';
export type { SocketStats } from './sockets/statistics.ts';
export type { DropReason, Drops, TrafficCounts } from './engine/counters.ts';
export type { PeerPhase, PeerPlace, PeerState } from './engine/peer-state.ts';
export type { ConnectionNames, LostNames, MonitorEvent, MonitorEventOf, PeerNames } from './engine/monitor.ts';
export { SystemClock, type Clock, type Timer } from './engine/clock.ts';
export type {
  Dial,
  DialSink,
  Duplex,
  DuplexSink,
  Listener,
  ListenerSink,
  Transport,
  TransportOptions,
} from './transports/transport.ts';
export type { Message, Sender } from './message.ts';
export type { SocketType } from './zmtp/socket-type.ts';
export { decodeZ85, encodeZ85 } from './zmtp/z85.ts';
export {
  AuthenticationError,
  ClosedError,
  IncompatiblePeerError,
  NoRouteError,
  ProtocolError,
  TimeoutError,
  TransportError,
  UsageError,
  ZmtpError,
  type ErrnoCode,
  type ErrorCode,
  type ProtocolCode,
} from './errors.ts';

/**
 * `zmtp/wire`: the protocol without a network, for people who bring their own octets or want to read how ZMTP works.
 * Start with {@link ZmtpConnection}.
 */
export { ZmtpConnection, type Connection, type ConnectionOptions } from './connection.ts';
export type {
  AuthenticateEvent,
  ConnectionEvent,
  HandshakeEvent,
  MessagesEvent,
  OverEvent,
  PeerProfile,
} from './events.ts';
export { Slab } from './slab.ts';
export { COMMAND, encodeFrame, LONG, MORE } from './frame.ts';
export { BODY_MAX, FrameReader } from './frame-reader.ts';
export {
  decodeGreeting,
  encodeGreeting,
  GREETING_LENGTH,
  recognizeWire,
  type Greeting,
  type Version,
  type Wire,
} from './greeting.ts';
export { encodeFrameV1 } from './frame-v1.ts';
export { FrameReaderV1 } from './frame-reader-v1.ts';
export { encodeLegacyGreeting } from './legacy-greeting.ts';
export type { FrameSink, FrameSource } from './framing.ts';
export { FrameWriter } from './frame-writer.ts';
export {
  decodeCommand,
  decodeError,
  decodePing,
  encodeCommand,
  encodeError,
  encodePing,
  type Command,
  type CommandName,
  type Ping,
} from './command.ts';
export { decodeProperties, encodeProperties, Metadata, type Property } from './metadata.ts';
export { decodeSubscription, encodeSubscription, type Subscription } from './subscription.ts';
export { asMembership, encodeMembership, GROUP_MAX, type Membership } from './membership.ts';
export { CLASSIC_TYPES, DRAFT_TYPES, mayTalk, SOCKET_TYPES, type ClassicType, type SocketType } from './socket-type.ts';
export { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';
export type { Admission, Credentials, Envelope, Mechanism, MechanismStep } from './mechanism.ts';
export { NullMechanism } from './mechanisms/null.ts';
export { PlainClient, type PlainClientOptions } from './mechanisms/plain-client.ts';
export { PlainServer } from './mechanisms/plain-server.ts';
export { CurveClient, type CurveClientOptions } from './mechanisms/curve-client.ts';
export { CurveServer, type CurveServerOptions } from './mechanisms/curve-server.ts';
export type { CurveCrypto } from './mechanisms/curve-crypto.ts';
export type { Box, BoxCipher } from './crypto/box-cipher.ts';
export { bestBoxCipher } from './crypto/best-box.ts';
export type { KeyExchange, KeyPair } from './crypto/key-exchange.ts';
export { nobleKeyExchange } from './crypto/noble-key-exchange.ts';
export { decodeZ85, encodeZ85 } from './z85.ts';
export { ProtocolError, IncompatiblePeerError, AuthenticationError, UsageError, ZmtpError } from '../errors.ts';
export { plainMemory, type Memory, type Message } from '../message.ts';

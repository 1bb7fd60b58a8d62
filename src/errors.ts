/**
 * Every error zmtp throws, rejects with or reports in an event.
 *
 * The class says whose fault it is, the `code` says what happened; programs match on `code`. Codes are libzmq's errno
 * names wherever libzmq has one, else `ERR_ZMTP_…`. `docs/errors.md` explains each.
 */

/**
 * libzmq's numbers on Linux (`zmq.h`, `errno.h`), kept on every platform so that a program can compare them.
 * EFSM, ENOCOMPATPROTO and ETERM count from libzmq's own base, 156384712.
 */
const ERRNO = {
  ENOENT: 2,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EFAULT: 14,
  ENODEV: 19,
  EINVAL: 22,
  EMFILE: 24,
  ENAMETOOLONG: 36,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  ENOTSUP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EFSM: 156384763,
  ENOCOMPATPROTO: 156384764,
  ETERM: 156384765,
} as const;

/** The codes that are errno names of libzmq or of the system. */
export type ErrnoCode = keyof typeof ERRNO;

/** The codes of protocol faults, which no errno covers. */
export type ProtocolCode =
  /** The first octets are not a ZMTP signature. */
  | 'ERR_ZMTP_NOT_ZMTP'
  /** The peer speaks ZMTP 1.0 or 2.0, which prove nothing, where a mechanism must. */
  | 'ERR_ZMTP_UNSUPPORTED_VERSION'
  /** The peer announced another security mechanism (RFC 37, "Authentication and Confidentiality"). */
  | 'ERR_ZMTP_MECHANISM_MISMATCH'
  /** The peer's socket type may not talk to ours (RFC 37, "The Socket-Type Property"). */
  | 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE'
  /** A command, or a message, at a moment at which the protocol has no place for it. */
  | 'ERR_ZMTP_UNEXPECTED_COMMAND'
  /** A command whose body cannot be read. */
  | 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'
  | 'ERR_ZMTP_MALFORMED_COMMAND_READY'
  | 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'
  | 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'
  | 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'
  | 'ERR_ZMTP_MALFORMED_COMMAND_INITIATE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE'
  /** A box does not open: it was forged or damaged, or one side has another key than the other believes. */
  | 'ERR_ZMTP_CRYPTOGRAPHIC'
  /** A nonce of CURVE that does not follow the one before: something was repeated, taken out, or came out of order. */
  | 'ERR_ZMTP_INVALID_SEQUENCE'
  /** What a client vouches for with its long-term key is another connection, or another server. */
  | 'ERR_ZMTP_KEY_EXCHANGE'
  /** One side has used up the nonces of a connection: 2^64 of them. */
  | 'ERR_ZMTP_NONCES_EXHAUSTED'
  /** The properties of a READY cannot be read, or hold a value that RFC 37 forbids. */
  | 'ERR_ZMTP_INVALID_METADATA'
  /** The peer refused us with an ERROR command; the message holds its reason. */
  | 'ERR_ZMTP_REFUSED_BY_PEER'
  /** The handshake took more time, octets or commands than it may. */
  | 'ERR_ZMTP_HANDSHAKE_TIMEOUT'
  | 'ERR_ZMTP_HANDSHAKE_TOO_LARGE'
  /** More handshakes were under way at one endpoint than it allows. */
  | 'ERR_ZMTP_TOO_MANY_HANDSHAKES'
  /** A frame of ZMTP 1.0 that is too small for what every frame holds. */
  | 'ERR_ZMTP_MALFORMED_FRAME'
  /** A frame, or a message with all its frames, is over the limit. */
  | 'ERR_ZMTP_FRAME_TOO_LARGE'
  | 'ERR_ZMTP_MESSAGE_TOO_LARGE'
  | 'ERR_ZMTP_TOO_MANY_PARTS'
  /** A message for a DISH that is not a group and a body, or a group of more than 255 octets (RFC 48). */
  | 'ERR_ZMTP_MALFORMED_GROUP'
  /** A peer asked for more subscriptions than one peer may hold. */
  | 'ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS'
  /** Heartbeats went unanswered, or the peer's own time to live ran out (RFC 37, "Connection Heartbeating"). */
  | 'ERR_ZMTP_PEER_SILENT'
  /** The peer closed the connection before the handshake was done. */
  | 'ERR_ZMTP_HANDSHAKE_CLOSED'
  /** A reply without the empty delimiter frame reached a REQ (RFC 28). */
  | 'ERR_ZMTP_MALFORMED_REPLY'
  /** A second peer came to a PAIR, which talks to one only (RFC 31). */
  | 'ERR_ZMTP_PAIR_TAKEN'
  /** A peer announced a routing id that another live peer of this ROUTER holds. */
  | 'ERR_ZMTP_ROUTING_ID_TAKEN'
  /** The connection led back to the very port it came from. */
  | 'ERR_ZMTP_SELF_CONNECTION'
  /** We have refused the peer; `status` tells how, as in RFC 27. */
  | 'ERR_ZAP_REFUSED'
  /** Somebody had to be asked whether the peer may come in, and nobody is there, or has gone before there was an answer. */
  | 'ERR_ZAP_NO_HANDLER'
  | 'ERR_ZAP_HANDLER_GONE'
  /** The answer about a peer cannot be read (RFC 27). */
  | 'ERR_ZAP_MALFORMED_REPLY'
  | 'ERR_ZAP_BAD_VERSION'
  | 'ERR_ZAP_BAD_REQUEST_ID'
  | 'ERR_ZAP_INVALID_STATUS_CODE'
  | 'ERR_ZAP_INVALID_METADATA';

/** Every value that `code` of a {@link ZmtpError} can have. */
export type ErrorCode = ErrnoCode | ProtocolCode;

/** The errno names that a system call's error may carry through to a {@link TransportError}. */
export function isErrnoCode(code: unknown): code is ErrnoCode {
  return typeof code === 'string' && Object.hasOwn(ERRNO, code);
}

/** The common parent: match on {@link ZmtpError.code}. */
export class ZmtpError extends Error {
  /** What happened: stable across releases. */
  readonly code: ErrorCode;
  /** libzmq's number for the code, positive, where it has one. */
  readonly errno: number | undefined;
  /** The endpoint concerned, where there is one. */
  readonly address: string | undefined;

  constructor(code: ErrorCode, message: string, options: ZmtpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.errno = isErrnoCode(code) ? ERRNO[code] : undefined;
    this.address = options.address;
  }
}

/** What an error may carry besides its code and text. */
export interface ZmtpErrorOptions {
  readonly cause?: unknown;
  readonly address?: string;
}

/** The calling program's mistake: thrown by the call itself, mended by reading the code around it. */
export class UsageError extends ZmtpError {}

/** The peer broke an RFC: its connection ends, others do not notice. */
export class ProtocolError extends ZmtpError {}

/** The peer is sound but made for something else: mechanism, socket type or version do not fit. */
export class IncompatiblePeerError extends ProtocolError {}

/** Credentials were refused, here or there. */
export class AuthenticationError extends ProtocolError {
  /** 300, 400 or 500 as in RFC 27, where the peer told. */
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, status?: number, options?: ZmtpErrorOptions) {
    super(code, message, options);
    this.status = status;
  }
}

/** The network or the system said no; its own error is the `cause`. */
export class TransportError extends ZmtpError {}

/** A `send()` or `receive()` could not finish in the time it was given (EAGAIN). */
export class TimeoutError extends ZmtpError {
  constructor(message: string) {
    super('EAGAIN', message);
  }
}

/** The socket, or its context, is closed. */
export class ClosedError extends ZmtpError {
  constructor(message = 'the socket is closed', code: 'EBADF' | 'ETERM' = 'EBADF') {
    super(code, message);
  }
}

/** A STREAM, SERVER or PEER, or a mandatory ROUTER, has no peer of that routing id (EHOSTUNREACH). */
export class NoRouteError extends ZmtpError {
  constructor(message: string) {
    super('EHOSTUNREACH', message);
  }
}

/**
 * RFC 37 "Commands": the body of a command frame is a name with its length in front, then the command's data.
 *
 *      READY      | 05 | READY |     properties            metadata.ts
 *      ERROR      | 05 | ERROR |     reason length | reason
 *      SUBSCRIBE  | 09 | SUBSCRIBE | topic
 *      CANCEL     | 06 | CANCEL |    topic
 *      JOIN       | 04 | JOIN |      group
 *      LEAVE      | 05 | LEAVE |     group
 *      PING       | 04 | PING |      TTL (2, tenths of a second) | context (0 to 16)
 *      PONG       | 04 | PONG |      context
 *      HELLO, WELCOME, INITIATE, MESSAGE: each mechanism's own (mechanisms/)
 *
 * Names are compared octet by octet, as libzmq does.
 */
import { ProtocolError } from '../errors.ts';
import { ascii, concat, hasAt, latin1 } from './octets.ts';

/** RFC 37 "Connection Heartbeating": a PING carries at most this many octets for the PONG to repeat. */
export const CONTEXT_MAX = 16;

/** The commands this core knows. */
export type CommandName =
  | 'READY'
  | 'ERROR'
  | 'SUBSCRIBE'
  | 'CANCEL'
  | 'JOIN'
  | 'LEAVE'
  | 'PING'
  | 'PONG'
  | 'HELLO'
  | 'WELCOME'
  | 'INITIATE'
  | 'MESSAGE';

const PREFIXES: Readonly<Record<CommandName, Uint8Array>> = {
  READY: prefix('READY'),
  ERROR: prefix('ERROR'),
  SUBSCRIBE: prefix('SUBSCRIBE'),
  CANCEL: prefix('CANCEL'),
  JOIN: prefix('JOIN'),
  LEAVE: prefix('LEAVE'),
  PING: prefix('PING'),
  PONG: prefix('PONG'),
  HELLO: prefix('HELLO'),
  WELCOME: prefix('WELCOME'),
  INITIATE: prefix('INITIATE'),
  MESSAGE: prefix('MESSAGE'),
};

/** A command with its data cut out; the data is a view of the frame's body. */
export interface Command {
  /** `other`: a name of a later version or another extension. */
  readonly name: CommandName | 'other';
  readonly data: Uint8Array;
}

/**
 * What a command frame's body holds.
 * @throws ProtocolError when there is no whole name in it
 */
export function decodeCommand(body: Uint8Array): Command {
  const nameLength = body[0] ?? 0;
  if (nameLength === 0 || body.length < 1 + nameLength) {
    throw new ProtocolError(
      'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
      `command of ${String(body.length)} octets with a name of ${String(nameLength)}`,
    );
  }
  const data = body.subarray(1 + nameLength);
  return { name: nameOf(body), data };
}

/** The few names of each length. */
const NAMES: readonly (readonly CommandName[])[] = [
  [],
  [],
  [],
  [],
  ['PING', 'PONG', 'JOIN'],
  ['READY', 'ERROR', 'HELLO', 'LEAVE'],
  ['CANCEL'],
  ['MESSAGE', 'WELCOME'],
  ['INITIATE'],
  ['SUBSCRIBE'],
];

function nameOf(body: Uint8Array): Command['name'] {
  for (const name of NAMES[body[0] ?? 0] ?? []) if (hasAt(body, 0, PREFIXES[name])) return name;
  return 'other';
}

/** A command frame's body. */
export function encodeCommand(name: CommandName, data: Uint8Array): Uint8Array {
  return concat(PREFIXES[name], data);
}

/** The longest reason an ERROR can give: its length takes one octet. */
const REASON_MAX = 255;

/** The body of an ERROR command; a longer reason is cut. */
export function encodeError(reason: string): Uint8Array {
  const octets = ascii(reason).subarray(0, REASON_MAX);
  return encodeCommand('ERROR', concat(Uint8Array.of(octets.length), octets));
}

/**
 * The reason in the data of an ERROR command.
 * @throws ProtocolError when the length does not fit the data
 */
export function decodeError(data: Uint8Array): string {
  const length = data[0];
  if (length === undefined || data.length !== 1 + length) {
    throw new ProtocolError(
      'ERR_ZMTP_MALFORMED_COMMAND_ERROR',
      `ERROR with ${String(data.length)} octets of data and a reason of ${String(length ?? 'no')}`,
    );
  }
  return latin1(data.subarray(1));
}

/** What a PING says. */
export interface Ping {
  /** How long the sender of the PING may be silent before it counts as gone, in tenths of a second; 0 says nothing. */
  readonly ttlDeciseconds: number;
  /** 0 to 16 octets that the PONG repeats. */
  readonly context: Uint8Array;
}

/** The body of a PING. */
export function encodePing({ ttlDeciseconds, context }: Ping): Uint8Array {
  return encodeCommand('PING', concat(Uint8Array.of(ttlDeciseconds >>> 8, ttlDeciseconds), context));
}

/**
 * The data of a PING. A context that is too long is cut to 16 octets, as libzmq cuts it.
 * @throws ProtocolError when the TTL is not there (libzmq reads beyond the frame instead)
 */
export function decodePing(data: Uint8Array): Ping {
  const [high, low] = data;
  if (high === undefined || low === undefined) {
    throw new ProtocolError(
      'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
      `PING with ${String(data.length)} octets of data, a TTL takes 2`,
    );
  }
  return { ttlDeciseconds: high * 256 + low, context: data.subarray(2, 2 + CONTEXT_MAX) };
}

function prefix(name: string): Uint8Array {
  return concat(Uint8Array.of(name.length), ascii(name));
}

/**
 * The commands of a handshake of CURVE (RFC 26) as octets. What their boxes hold is told where they are made.
 *
 *      HELLO     | 05 | HELLO | 01 00 | zeros (72) | C' (32) | counter (8) | box (80)           200
 *      WELCOME   | 07 | WELCOME | random (16) | box (144)                                       168
 *      INITIATE  | 08 | INITIATE | cookie (96) | counter (8) | box (144 + metadata)             257 and more
 *      READY     | 05 | READY | counter (8) | box (16 + metadata)                               30 and more
 *
 * The RFC's text has 70 zeros in HELLO, its grammar 72, and all who speak CURVE send 72.
 */
import { ProtocolError, type ErrorCode } from '../../errors.ts';
import { isZero } from '../crypto/equal.ts';
import { decodeCommand } from '../command.ts';
import { ascii, concat, hasAt, printable } from '../octets.ts';

/** The commands whose form is their own here. */
export type CurveCommandName = 'HELLO' | 'WELCOME' | 'INITIATE' | 'READY';

const PREFIXES: Readonly<Record<CurveCommandName, Uint8Array>> = {
  HELLO: concat(Uint8Array.of(5), ascii('HELLO')),
  WELCOME: concat(Uint8Array.of(7), ascii('WELCOME')),
  INITIATE: concat(Uint8Array.of(8), ascii('INITIATE')),
  READY: concat(Uint8Array.of(5), ascii('READY')),
};

const VERSION = Uint8Array.of(1, 0);
const PADDING = new Uint8Array(72);
const HELLO_LENGTH = 200;
const WELCOME_LENGTH = 168;
const INITIATE_MIN = 257;
const READY_MIN = 30;

/** What a client begins with. */
export interface Hello {
  /** C', for this connection only. */
  readonly publicKey: Uint8Array;
  readonly counter: Uint8Array;
  readonly box: Uint8Array;
}

/** What a server answers. */
export interface Welcome {
  readonly random: Uint8Array;
  readonly box: Uint8Array;
}

/** What a client shows itself with. */
export interface Initiate {
  readonly cookie: Uint8Array;
  readonly counter: Uint8Array;
  readonly box: Uint8Array;
}

/** What a server lets a client in with. */
export interface Ready {
  readonly counter: Uint8Array;
  readonly box: Uint8Array;
}

/**
 * Checks that a command is the one whose turn it is.
 * @throws ProtocolError ERR_ZMTP_UNEXPECTED_COMMAND, or ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED when it has no whole name
 */
export function expectCommand(body: Uint8Array, name: CurveCommandName): void {
  if (hasAt(body, 0, PREFIXES[name])) return;
  throw unexpectedCommand(body, `in place of ${name}`);
}

/** The error of a command that has no place here; thrown at once when it has no whole name. */
export function unexpectedCommand(body: Uint8Array, where: string): ProtocolError {
  decodeCommand(body);
  const name = printable(body.subarray(1, 1 + (body[0] ?? 0)));
  return new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', `"${name}" ${where}`);
}

export function encodeHello({ publicKey, counter, box }: Hello): Uint8Array {
  return concat(PREFIXES.HELLO, VERSION, PADDING, publicKey, counter, box);
}

/**
 * Parts of a HELLO, as views.
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_HELLO; libzmq lets padding pass that is not zero
 */
export function decodeHello(body: Uint8Array): Hello {
  checkLength(body, 'HELLO', body.length === HELLO_LENGTH, `takes ${String(HELLO_LENGTH)}`);
  if (!hasAt(body, 6, VERSION)) {
    const version = `${String(body[6] ?? 0)}.${String(body[7] ?? 0)}`;
    throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_HELLO', `HELLO of CURVE ${version}, 1.0 is spoken here`);
  }
  if (!isZero(body.subarray(8, 80))) {
    throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_HELLO', 'HELLO with padding that is not zero');
  }
  return { publicKey: body.subarray(80, 112), counter: body.subarray(112, 120), box: body.subarray(120) };
}

export function encodeWelcome({ random, box }: Welcome): Uint8Array {
  return concat(PREFIXES.WELCOME, random, box);
}

/**
 * Parts of a WELCOME, as views.
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_WELCOME
 */
export function decodeWelcome(body: Uint8Array): Welcome {
  checkLength(body, 'WELCOME', body.length === WELCOME_LENGTH, `takes ${String(WELCOME_LENGTH)}`);
  return { random: body.subarray(8, 24), box: body.subarray(24) };
}

export function encodeInitiate({ cookie, counter, box }: Initiate): Uint8Array {
  return concat(PREFIXES.INITIATE, cookie, counter, box);
}

/**
 * Parts of an INITIATE, as views.
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_INITIATE
 */
export function decodeInitiate(body: Uint8Array): Initiate {
  checkLength(body, 'INITIATE', body.length >= INITIATE_MIN, `takes ${String(INITIATE_MIN)} at least`);
  return { cookie: body.subarray(9, 105), counter: body.subarray(105, 113), box: body.subarray(113) };
}

export function encodeReady({ counter, box }: Ready): Uint8Array {
  return concat(PREFIXES.READY, counter, box);
}

/**
 * Parts of a READY, as views.
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_READY
 */
export function decodeReady(body: Uint8Array): Ready {
  checkLength(body, 'READY', body.length >= READY_MIN, `takes ${String(READY_MIN)} at least`);
  return { counter: body.subarray(6, 14), box: body.subarray(14) };
}

function checkLength(body: Uint8Array, name: CurveCommandName, fits: boolean, needs: string): void {
  if (fits) return;
  const code: ErrorCode = `ERR_ZMTP_MALFORMED_COMMAND_${name}`;
  throw new ProtocolError(code, `${name} of ${String(body.length)} octets, it ${needs}`);
}

/** What each socket type sends, and what becomes of what it is sent. Written apart from `src/zmtp/dialect.ts`. */
import type { Message } from '../../src/message.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { command, message } from './raw-zmtp.ts';
import { joined, toHex } from './zmtp-hex.ts';

/** Those that take messages of one part, and discard others. */
export const SINGLE_TYPES = ['CLIENT', 'SERVER', 'PEER', 'SCATTER', 'GATHER', 'CHANNEL'] as const;

const SINGLE: ReadonlySet<SocketType> = new Set(SINGLE_TYPES);
const GROUP_MAX = 255;

/** What becomes of a message of so many parts; a DISH must be sent two. */
export function isDiscarded(type: SocketType, parts: number): boolean {
  return type === 'RADIO' || (parts !== 1 && SINGLE.has(type));
}

/** A message that a socket of that type may send, made of any parts. */
export function sendable(type: SocketType, parts: Message): Message {
  const [first = new Uint8Array(0), second = new Uint8Array(0)] = parts;
  if (SINGLE.has(type)) return [first];
  if (type === 'RADIO') return [first.subarray(0, GROUP_MAX), second];
  if (type === 'DISH') return [joined([Uint8Array.of(parts.length % 2), first.subarray(0, GROUP_MAX)])];
  return parts;
}

/** What a peer may say to a socket of that type, and how that tells of it, in the words of `zmtp-side.ts`. */
export interface Speech {
  readonly octets: Uint8Array;
  readonly words: string;
}

/** One short part, said as the type's peers would: to a RADIO with JOIN, to a DISH as the body for the group "g". */
export function saidTo(type: SocketType, part: string): Speech {
  const octets = Buffer.from(part);
  if (type === 'RADIO') return { octets: command('JOIN', octets), words: `message 01${toHex(octets)}` };
  if (type === 'DISH') return { octets: message('g', octets), words: `message 67 ${toHex(octets)}` };
  return { octets: message(octets), words: `message ${toHex(octets)}` };
}

/** Whether a type may show that message to its application. */
export function mayShow(type: SocketType, parts: Message): boolean {
  const [first] = parts;
  if (first === undefined) return false;
  if (type === 'RADIO') return parts.length === 1 && (first[0] ?? 2) <= 1 && first.length <= 1 + GROUP_MAX;
  if (type === 'DISH') return parts.length === 2 && first.length <= GROUP_MAX;
  return !isDiscarded(type, parts.length);
}

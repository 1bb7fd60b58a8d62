/** One side of a connection without a network: what a test of the core needs around it. */
import { ProtocolError } from '../../src/errors.ts';
import type { Memory } from '../../src/message.ts';
import { ZmtpConnection, type ConnectionOptions } from '../../src/zmtp/connection.ts';
import type { ConnectionEvent } from '../../src/zmtp/events.ts';
import { NullMechanism } from '../../src/zmtp/mechanisms/null.ts';
import type { Property } from '../../src/zmtp/metadata.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { greeting, ready } from './raw-zmtp.ts';
import { hex, joined, toHex } from './zmtp-hex.ts';

/** No PINGs of our own. */
export const NO_HEARTBEAT = { intervalMs: 0, timeoutMs: 0, ttlDeciseconds: 0 };

/** A type that each type may talk to. */
export const PARTNERS: Readonly<Record<SocketType, SocketType>> = {
  PAIR: 'PAIR',
  PUB: 'SUB',
  SUB: 'PUB',
  REQ: 'REP',
  REP: 'REQ',
  DEALER: 'ROUTER',
  ROUTER: 'DEALER',
  PULL: 'PUSH',
  PUSH: 'PULL',
  XPUB: 'XSUB',
  XSUB: 'XPUB',
  SERVER: 'CLIENT',
  CLIENT: 'SERVER',
  RADIO: 'DISH',
  DISH: 'RADIO',
  GATHER: 'SCATTER',
  SCATTER: 'GATHER',
  PEER: 'PEER',
  CHANNEL: 'CHANNEL',
};

/** What differs from a plain connection of that type. */
export interface SideOptions extends Partial<Omit<ConnectionOptions, 'socketType'>> {
  /** What READY tells; the socket type when nothing is said. */
  readonly properties?: readonly Property[];
}

/** A connection that began at moment 0. */
export function side(socketType: SocketType, { properties, ...options }: SideOptions = {}): ZmtpConnection {
  const own = properties ?? [{ name: 'Socket-Type', value: hex(`'${socketType}'`) }];
  return new ZmtpConnection(
    {
      mechanism: new NullMechanism(own),
      heartbeat: NO_HEARTBEAT,
      maxMessageBytes: -1,
      handshakeTimeoutMs: 0,
      ...options,
      socketType,
    },
    0,
  );
}

const MANY = 1000; // messages in one event

/** A connection that is through its handshake with a peer of that minor version, and whose output is taken. */
export function readySide(socketType: SocketType, options: SideOptions = {}, minor = 1): ZmtpConnection {
  const connection = side(socketType, options);
  const events = feed(connection, [greeting({ minor }), ready(PARTNERS[socketType])]);
  if (events.join() !== 'handshake') throw new Error(`no handshake: ${events.join()}`);
  connection.takeOutput();
  return connection;
}

/** Gives the chunks one after the other, drains after each, and tells the events in words. */
export function feed(
  connection: ZmtpConnection,
  chunks: readonly Uint8Array[],
  now = 0,
  most: number = MANY,
): string[] {
  return chunks.flatMap(chunk => {
    connection.receive(own(chunk), now);
    return drain(connection, most);
  });
}

/** The events that are there now, in words. */
export function drain(connection: ZmtpConnection, most: number = MANY): string[] {
  return drainEvents(connection, most).flatMap(inWords);
}

/** The events that are there now, with so many messages in one at most. */
export function drainEvents(connection: ZmtpConnection, most: number = MANY): ConnectionEvent[] {
  const events: ConnectionEvent[] = [];
  for (let event = connection.nextEvent(most); event !== undefined; event = connection.nextEvent(most)) {
    events.push(event);
  }
  return events;
}

/** All output that waits, as one run of octets. */
export function taken(connection: ZmtpConnection): Uint8Array {
  return joined(connection.takeOutput());
}

/** `handshake`, `message 6162 63`, `discarded`, `over ERR_…`: one text for each message. */
export function inWords(event: ConnectionEvent): string | string[] {
  switch (event.kind) {
    case 'handshake':
      return 'handshake';
    case 'messages':
      return [
        ...event.messages.map(message => `message ${message.map(toHex).join(' ')}`),
        ...new Array<string>(event.discarded ?? 0).fill(DISCARDED),
      ];
    case 'authenticate':
      return `authenticate ${[event.credentials.mechanism, ...event.credentials.frames.map(toHex)].join(' ')}`;
    case 'over':
      return `over ${event.error.code}`;
  }
}

const DISCARDED = 'discarded';

/** The same words, those of discarded messages last: among which others they are told depends on how many come at a time. */
export function discardedLast(words: readonly string[]): string[] {
  return [...words.filter(word => word !== DISCARDED), ...words.filter(word => word === DISCARDED)];
}

/** A message event in the words of {@link inWords}, its parts given as a table shows them. */
export function messageOf(...parts: readonly string[]): string {
  return `message ${parts.map(part => toHex(hex(part))).join(' ')}`;
}

/** The error of a connection that must be over. */
export function failureOf(events: readonly ConnectionEvent[]): ProtocolError {
  const last = events.at(-1);
  if (last?.kind !== 'over') throw new Error(`not over, but ${last?.kind ?? 'silent'}`);
  return last.error;
}

/** The code of the ProtocolError that `act` throws; anything else it throws, or that it does not, is an error. */
export function codeThrown(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Chunks that end where `lengths` say, in turn, over and over. */
export function cut(octets: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < octets.length; i += 1) {
    const end = at + Math.max(1, lengths[i % lengths.length] ?? octets.length);
    chunks.push(octets.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** Counts what is asked of it. */
export class CountingMemory implements Memory {
  /** Octets allocated so far. */
  allocated = 0;
  /** Octets of the largest single piece. */
  largest = 0;

  view(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array {
    return new Uint8Array(buffer, offset, length);
  }

  allocate(length: number): Uint8Array {
    this.allocated += length;
    this.largest = Math.max(this.largest, length);
    return new Uint8Array(length);
  }
}

/** Octets given to a connection belong to it, so it gets some of its own, in the middle of a larger buffer. */
function own(chunk: Uint8Array): Uint8Array {
  const copy = new Uint8Array(chunk.length + 8).subarray(3, 3 + chunk.length);
  copy.set(chunk);
  return copy;
}

/**
 * What a socket type makes of traffic: which of its messages leave as commands, which commands are messages to it, and
 * which messages it has a use for.
 *
 *      PUB, XPUB                            SUBSCRIBE, CANCEL → message
 *      SUB, XSUB                            subscription → command       (before 3.1: a message, as it is)
 *      RADIO                                JOIN, LEAVE → message        all messages are discarded
 *      DISH                                 membership → command         a message is a group and a body
 *      other draft types                                                 a message of more than one frame is discarded
 *
 * RFC 37 "Thread-Safe Socket Types" has several parts discarded; 41, 49 and 51 would also let us end the connection.
 */
import { ProtocolError } from '../errors.ts';
import type { Message } from '../message.ts';
import { encodeCommand, type Command } from './command.ts';
import { MORE } from './frame.ts';
import type { Version } from './greeting.ts';
import { asMembership, checkGroup, encodeMembership } from './membership.ts';
import type { SocketType } from './socket-type.ts';
import { asSubscription, encodeSubscription } from './subscription.ts';

/** One way to talk. What is undefined is as plain as can be. */
export interface Dialect {
  /**
   * What mostly comes and is always welcome, so that a source may take many of them at once: messages of one frame, or of
   * two, the first with a short head. Undefined: each frame must be looked at.
   */
  readonly welcome: 'singles' | 'pairs' | undefined;
  /** The body of the command that a message leaves as; undefined: it leaves as it is. */
  readonly commandFor: ((message: Message, version: Version) => Uint8Array | undefined) | undefined;
  /**
   * The message that a command of the peer's is; undefined: none, it is ignored.
   * @throws ProtocolError ERR_ZMTP_MALFORMED_GROUP
   */
  readonly messageFor: ((command: Command) => Message | undefined) | undefined;
  /**
   * Whether the frame at `index` of its message is for the application. What is not need not be kept, and when the last
   * frame is not, the message is discarded.
   * @throws ProtocolError ERR_ZMTP_MALFORMED_GROUP
   */
  readonly wants: ((index: number, flags: number, body: Uint8Array) => boolean) | undefined;
}

const PLAIN: Dialect = { welcome: 'singles', commandFor: undefined, messageFor: undefined, wants: undefined };

const SINGLE: Dialect = { ...PLAIN, wants: (index, flags) => index === 0 && (flags & MORE) === 0 };

/** Commands are "not generally visible to the application" (RFC 37): other types ignore these, libzmq delivers them. */
const PUBLISHER: Dialect = {
  ...PLAIN,
  messageFor: ({ name, data }) => {
    if (name !== 'SUBSCRIBE' && name !== 'CANCEL') return undefined;
    return [encodeSubscription({ action: name === 'SUBSCRIBE' ? 'subscribe' : 'cancel', topic: data })];
  },
};

const SUBSCRIBER: Dialect = {
  ...PLAIN,
  commandFor: (message, { minor }) => {
    const subscription = minor === 0 ? undefined : asSubscription(message);
    if (subscription === undefined) return undefined;
    return encodeCommand(subscription.action === 'subscribe' ? 'SUBSCRIBE' : 'CANCEL', subscription.topic);
  },
};

const RADIO: Dialect = {
  ...PLAIN,
  welcome: undefined,
  messageFor: ({ name, data }) => {
    if (name !== 'JOIN' && name !== 'LEAVE') return undefined;
    checkGroup(data);
    return [encodeMembership({ action: name === 'JOIN' ? 'join' : 'leave', group: data })];
  },
  /** RFC 48: what a DISH sends is discarded, and nobody is told. */
  wants: () => false,
};

const DISH: Dialect = {
  ...PLAIN,
  welcome: 'pairs', // a short head tells of no more octets than a group may have
  commandFor: message => {
    const membership = asMembership(message);
    if (membership === undefined) return undefined;
    return encodeCommand(membership.action === 'join' ? 'JOIN' : 'LEAVE', membership.group);
  },
  /** What breaks the grammar of RFC 37 "The Radio-Dish Pattern" ends the connection, as in libzmq: that is no RADIO. */
  wants: (index, flags, body) => {
    const isGroup = index === 0;
    if (isGroup !== ((flags & MORE) !== 0)) {
      const what = `message of ${isGroup ? 'one frame' : 'more than two frames'}, expected a group and a body`;
      throw new ProtocolError('ERR_ZMTP_MALFORMED_GROUP', what);
    }
    if (isGroup) checkGroup(body);
    return true;
  },
};

const DIALECTS: Readonly<Partial<Record<SocketType, Dialect>>> = {
  PUB: PUBLISHER,
  XPUB: PUBLISHER,
  SUB: SUBSCRIBER,
  XSUB: SUBSCRIBER,
  RADIO,
  DISH,
  CLIENT: SINGLE,
  SERVER: SINGLE,
  PEER: SINGLE,
  SCATTER: SINGLE,
  GATHER: SINGLE,
  CHANNEL: SINGLE,
};

/** How a type talks. */
export function dialectOf(type: SocketType): Dialect {
  return DIALECTS[type] ?? PLAIN;
}

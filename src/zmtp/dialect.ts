/**
 * What a socket type makes of traffic: which of its messages leave as commands, which commands are messages to it, and
 * which messages it has a use for.
 *
 *      PUB, XPUB                               SUBSCRIBE, CANCEL → message
 *      SUB, XSUB                               subscription → command       (before 3.1: a message, as it is)
 *      RADIO                                   JOIN, LEAVE → message        all messages are discarded
 *      DISH                                    membership → command         a message is a group and a body
 *      CLIENT SERVER PEER GATHER CHANNEL                                    a message of more than one frame is discarded
 */
import { ProtocolError } from '../errors.ts';
import type { Message } from '../message.ts';
import { encodeCommand, type Command } from './command.ts';
import type { Version } from './greeting.ts';
import { asMembership, checkGroup, encodeMembership } from './membership.ts';
import { EMPTY } from './octets.ts';
import type { SocketType } from './socket-type.ts';
import { asSubscription, encodeSubscription } from './subscription.ts';

/** One way to talk. What is undefined is as plain as can be. */
export interface Dialect {
  /** Whether a message of one frame is what mostly comes, and always welcome. */
  readonly singles: boolean;
  /** The body of the command that a message leaves as; undefined: it leaves as it is. */
  readonly commandFor: ((message: Message, version: Version) => Uint8Array | undefined) | undefined;
  /**
   * The message that a command of the peer's is; undefined: none, it is ignored.
   * @throws ProtocolError ERR_ZMTP_MALFORMED_GROUP
   */
  readonly messageFor: ((command: Command) => Message | undefined) | undefined;
  /**
   * Whether a whole message of the peer's is for the application; else it is discarded.
   * @throws ProtocolError ERR_ZMTP_MALFORMED_GROUP
   */
  readonly accepts: ((message: Message) => boolean) | undefined;
}

const PLAIN: Dialect = { singles: true, commandFor: undefined, messageFor: undefined, accepts: undefined };

const SINGLE: Dialect = { ...PLAIN, accepts: message => message.length === 1 };

/** "never application data" (RFC 37): other types ignore what libzmq would deliver. */
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
  singles: false,
  messageFor: ({ name, data }) => {
    if (name !== 'JOIN' && name !== 'LEAVE') return undefined;
    checkGroup(data);
    return [encodeMembership({ action: name === 'JOIN' ? 'join' : 'leave', group: data })];
  },
  accepts: () => false,
};

const DISH: Dialect = {
  ...PLAIN,
  singles: false,
  commandFor: message => {
    const membership = asMembership(message);
    if (membership === undefined) return undefined;
    return encodeCommand(membership.action === 'join' ? 'JOIN' : 'LEAVE', membership.group);
  },
  /** RFC 37 would discard it; libzmq ends the connection, and so do we: who sends that is no RADIO. */
  accepts: message => {
    if (message.length !== 2) {
      const what = `message of ${String(message.length)} frames, expected a group and a body`;
      throw new ProtocolError('ERR_ZMTP_MALFORMED_GROUP', what);
    }
    checkGroup(message[0] ?? EMPTY);
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
  GATHER: SINGLE,
  CHANNEL: SINGLE,
};

/** How a type talks. */
export function dialectOf(type: SocketType): Dialect {
  return DIALECTS[type] ?? PLAIN;
}

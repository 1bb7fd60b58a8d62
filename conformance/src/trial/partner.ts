/** Whom a socket type talks to: the type the raw peer plays when a case does not say. RFC 37 "Socket-Type". */
import type { SocketType } from '../target/protocol.ts';

export const PARTNER: Readonly<Record<SocketType, SocketType>> = {
  PAIR: 'PAIR',
  PUB: 'SUB',
  SUB: 'PUB',
  REQ: 'REP',
  REP: 'REQ',
  DEALER: 'DEALER',
  ROUTER: 'DEALER',
  PULL: 'PUSH',
  PUSH: 'PULL',
  XPUB: 'SUB',
  XSUB: 'PUB',
  SERVER: 'CLIENT',
  CLIENT: 'SERVER',
  RADIO: 'DISH',
  DISH: 'RADIO',
  GATHER: 'SCATTER',
  SCATTER: 'GATHER',
  PEER: 'PEER',
  CHANNEL: 'CHANNEL',
};

/** Types that announce an identity. RFC 37 "Identity". */
export const WITH_IDENTITY: ReadonlySet<string> = new Set(['REQ', 'DEALER', 'ROUTER']);

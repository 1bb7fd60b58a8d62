/** Who may talk to whom, and who does when a case does not say: RFC 37 "Socket-Type", and the RFCs of the types. */
import type { SocketType } from '../target/protocol.ts';

export const LEGAL_PEERS: Readonly<Record<SocketType, readonly SocketType[]>> = {
  PAIR: ['PAIR'],
  PUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
  REQ: ['REP', 'ROUTER'],
  REP: ['REQ', 'DEALER'],
  DEALER: ['REP', 'DEALER', 'ROUTER'],
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  PULL: ['PUSH'],
  PUSH: ['PULL'],
  XPUB: ['SUB', 'XSUB'],
  XSUB: ['PUB', 'XPUB'],
  SERVER: ['CLIENT'],
  CLIENT: ['SERVER'],
  RADIO: ['DISH'],
  DISH: ['RADIO'],
  GATHER: ['SCATTER'],
  SCATTER: ['GATHER'],
  PEER: ['PEER'],
  CHANNEL: ['CHANNEL'],
};

/** The type that the raw peer plays when a case does not say. */
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

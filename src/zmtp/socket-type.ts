/**
 * Who may talk to whom: RFC 37 "The Socket-Type Property"; RFC 28 to 31, 41, 48, 49, 51 and 52 for what the types mean.
 *
 * The relation is symmetric, so a peer that obeys it never refuses a peer that does.
 */

/** The eleven that every version knows. Their order is libzmq's numbering, 0 to 10, which peers before ZMTP 3.0 are told. */
export const CLASSIC_TYPES = [
  'PAIR',
  'PUB',
  'SUB',
  'REQ',
  'REP',
  'DEALER',
  'ROUTER',
  'PULL',
  'PUSH',
  'XPUB',
  'XSUB',
] as const;

/** One of the eleven. */
export type ClassicType = (typeof CLASSIC_TYPES)[number];

/** Those of drafts, which came with ZMTP 3.1: their messages have one part, or a group and one part. */
export const DRAFT_TYPES = ['SERVER', 'CLIENT', 'RADIO', 'DISH', 'GATHER', 'SCATTER', 'PEER', 'CHANNEL'] as const;

/** A socket type that speaks ZMTP. */
export type SocketType = ClassicType | (typeof DRAFT_TYPES)[number];

/** The names that travel in READY. */
export const SOCKET_TYPES: readonly SocketType[] = [...CLASSIC_TYPES, ...DRAFT_TYPES];

const LEGAL_PEERS: Readonly<Record<SocketType, readonly SocketType[]>> = {
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

/** Whether a socket of type `own` may talk to a peer that calls itself `peer`. The spelling is exact (RFC 37). */
export function mayTalk(own: SocketType, peer: string): boolean {
  return LEGAL_PEERS[own].some(type => type === peer);
}

/** RFC 37 "The Identity Property": these three announce one, even when it is empty; others stay silent about it. */
export function announcesIdentity(type: SocketType): boolean {
  return type === 'REQ' || type === 'DEALER' || type === 'ROUTER';
}

/** The types that subscribers talk to. */
export function isPublisher(type: SocketType): boolean {
  return type === 'PUB' || type === 'XPUB';
}

/** Whether a type is older than ZMTP 3.0, so that peers that speak earlier versions may have its partners. */
export function isClassic(type: SocketType): type is ClassicType {
  return CLASSIC_TYPES.some(classic => classic === type);
}

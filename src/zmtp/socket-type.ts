/**
 * Who may talk to whom: RFC 37 "The Socket-Type Property", RFC 28 to 31 for what the types mean.
 *
 * The relation is symmetric, so a peer that obeys it never refuses a peer that does.
 */

/** The names that travel in READY. */
export const SOCKET_TYPES = [
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

/** One of the eleven classic socket types. Their order is libzmq's numbering, 0 to 10. */
export type SocketType = (typeof SOCKET_TYPES)[number];

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
};

/** Whether a socket of type `own` may talk to a peer that calls itself `peer`. The spelling is exact (RFC 37). */
export function mayTalk(own: SocketType, peer: string): boolean {
  return LEGAL_PEERS[own].some(type => type === peer);
}

/** RFC 37 "The Identity Property": these three announce one, even when it is empty; others stay silent about it. */
export function announcesIdentity(type: SocketType): boolean {
  return type === 'REQ' || type === 'DEALER' || type === 'ROUTER';
}

/** The types to which SUBSCRIBE and CANCEL mean something. */
export function isPublisher(type: SocketType): boolean {
  return type === 'PUB' || type === 'XPUB';
}

/** The types whose messages that start with octet 1 or 0 are subscriptions and cancellations. */
export function isSubscriber(type: SocketType): boolean {
  return type === 'SUB' || type === 'XSUB';
}

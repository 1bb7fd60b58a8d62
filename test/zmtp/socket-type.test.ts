import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CLASSIC_TYPES,
  announcesIdentity,
  isPublisher,
  isClassic,
  mayTalk,
  SOCKET_TYPES,
  type SocketType,
} from '../../src/zmtp/socket-type.ts';

const socketType = suite('zmtp/socket-type');

/** RFC 37 "The Socket-Type Property", as pairs; each holds both ways. */
const LEGAL_PAIRS = [
  'PAIR PAIR',
  'PUB SUB',
  'PUB XSUB',
  'XPUB SUB',
  'XPUB XSUB',
  'REQ REP',
  'REQ ROUTER',
  'REP DEALER',
  'DEALER DEALER',
  'DEALER ROUTER',
  'ROUTER ROUTER',
  'PUSH PULL',
  'SERVER CLIENT',
  'RADIO DISH',
  'GATHER SCATTER',
  'PEER PEER',
  'CHANNEL CHANNEL',
];

/** The types for which a question is answered with yes. */
function those(question: (type: SocketType) => boolean): string {
  return SOCKET_TYPES.filter(question).join(' ');
}

socketType('is one of eleven, in the order of their numbers in libzmq, or one of eight that came later', () => {
  const classic = 'PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB';
  assert.is(CLASSIC_TYPES.join(' '), classic);
  assert.is(those(isClassic), classic);
  assert.is(SOCKET_TYPES.join(' '), `${classic} SERVER CLIENT RADIO DISH GATHER SCATTER PEER CHANNEL`);
});

socketType('may talk to exactly those that RFC 37 lists', () => {
  for (const own of SOCKET_TYPES) {
    for (const peer of SOCKET_TYPES) {
      const legal = LEGAL_PAIRS.includes(`${own} ${peer}`) || LEGAL_PAIRS.includes(`${peer} ${own}`);
      assert.is(mayTalk(own, peer), legal, `${own} and ${peer}`);
    }
  }
});

socketType('is spelt exactly', () => {
  for (const peer of ['', 'dealer', 'Dealer', 'DEALER ', ' DEALER', 'DEALER\0', 'FOO', 'STREAM', 'toString']) {
    for (const own of SOCKET_TYPES) assert.not(mayTalk(own, peer), `${own} and "${peer}"`);
  }
});

socketType('says who announces an identity, who publishes', () => {
  assert.is(those(announcesIdentity), 'REQ DEALER ROUTER');
  assert.is(those(isPublisher), 'PUB XPUB');
});

socketType.run();

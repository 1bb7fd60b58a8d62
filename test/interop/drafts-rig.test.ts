/** The rig itself: what a libzmq says to a libzmq, driven by zeromq.js and by pyzmq, is what the tables of draft types expect. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { addAtOnce } from './at-once.ts';
import { draftMatches, playDrafts, traffic } from './drafts.ts';

const [npm, drafts] = await Promise.all([startPeer('npm'), startPeer('drafts')]);

const rig = suite('two libzmqs with draft types understand each other through the rig');

// zeromq.js has no PEER
const cells = [
  ...draftMatches(npm, drafts).filter(({ left }) => left !== 'PEER'),
  ...draftMatches(drafts, drafts).filter(({ left }) => left === 'PEER'),
];
addAtOnce(
  rig,
  cells.map(match => ({ name: match.name, play: () => playDrafts(match, traffic) })),
);

rig.after(async () => {
  await Promise.all([npm.kill(), drafts.kill()]);
});
rig.run();

// @deadline 120
/** The rig itself: what libzmq says to libzmq must come out as the tables of the matrix expect it. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { addMatrix } from './matrix.ts';
import { addSubscriptions } from './subscriptions.ts';

const [npm, python] = await Promise.all([startPeer('npm'), startPeer('python')]);

const rig = suite('the two libzmqs understand each other through the rig');

addMatrix(rig, npm, python);
addSubscriptions(rig, npm, python);

rig.after(async () => {
  await Promise.all([npm.kill(), python.kill()]);
});
rig.run();

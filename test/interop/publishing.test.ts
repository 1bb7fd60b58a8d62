// @deadline 120
/** The options of publishers, ours against two libzmqs, in either role, and what these do to each other. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { ours } from './end.ts';
import { addPublishing } from './publishing.ts';

const [npm, python] = await Promise.all([startPeer('npm'), startPeer('python')]);

const publishing = suite('options of publishers');

for (const libzmq of [npm, python]) {
  addPublishing(publishing, ours, libzmq);
  addPublishing(publishing, libzmq, ours);
}
addPublishing(publishing, python, npm);
addPublishing(publishing, npm, python);

publishing.after(async () => {
  await Promise.all([npm.kill(), python.kill()]);
});
publishing.run();

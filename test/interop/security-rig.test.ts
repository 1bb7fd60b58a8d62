// @deadline 120
/** The rig of security itself: what one libzmq and the other make of each other is what the tests of ours expect. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { ZapHandler } from '../support/peers/zap-handler.ts';
import { addAtOnce } from './at-once.ts';
import { fairAnswer, secureCells } from './security.ts';

const [npm, python] = await Promise.all([startPeer('npm'), startPeer('python')]);

const rig = suite('the two libzmqs are secure with each other through the rig');

rig.before(async () => {
  for (const peer of [npm, python]) await ZapHandler.at(await peer.open('ROUTER'), fairAnswer);
});

addAtOnce(
  rig,
  (['CURVE', 'PLAIN', 'NULL'] as const).flatMap(mechanism => secureCells(mechanism, npm, python)),
);

rig.after(async () => {
  await Promise.all([npm.kill(), python.kill()]);
});
rig.run();

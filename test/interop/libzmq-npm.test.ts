// @deadline 120
/** Our sockets against the libzmq that npm `zeromq` brings. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { ours } from './end.ts';
import { addMatrix } from './matrix.ts';
import { addSubscriptions } from './subscriptions.ts';

const peer = await startPeer('npm');

const interop = suite(`ours and ${peer.name} of npm zeromq`);

addMatrix(interop, ours, peer);
addSubscriptions(interop, ours, peer);

interop.after(() => peer.kill());
interop.run();

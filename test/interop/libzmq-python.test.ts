// @deadline 120
/** Our sockets against the libzmq that Debian packs with pyzmq. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { ours } from './end.ts';
import { addMatrix } from './matrix.ts';
import { addSubscriptions } from './subscriptions.ts';

const peer = await startPeer('python');

const interop = suite(`ours and ${peer.name} of pyzmq`);

addMatrix(interop, ours, peer);
addSubscriptions(interop, ours, peer);

interop.after(() => peer.kill());
interop.run();

// @deadline 240
/** Our sockets and the libzmq that npm `zeromq` brings, losing each other. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { Phoenix, addReconnects } from './reconnect.ts';

const libzmq = new Phoenix('npm', await startPeer('npm'));

const reconnect = suite(`ours and ${libzmq.name} of npm zeromq, reconnecting`);

addReconnects(reconnect, libzmq);

reconnect.after(() => libzmq.kill());
reconnect.run();

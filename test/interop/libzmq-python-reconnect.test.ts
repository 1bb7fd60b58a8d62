// @deadline 240
/** Our sockets and the libzmq that Debian packs with pyzmq, losing each other. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { Phoenix, addReconnects } from './reconnect.ts';

const libzmq = new Phoenix('python', await startPeer('python'));

const reconnect = suite(`ours and ${libzmq.name} of pyzmq, reconnecting`);

addReconnects(reconnect, libzmq);

reconnect.after(() => libzmq.kill());
reconnect.run();

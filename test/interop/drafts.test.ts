/** Our sockets of draft types against libzmq's, over every wire that both have, and behind CURVE. */
import { suite } from 'uvu';
import { startPeer } from '../support/peers/peer.ts';
import { Scratch } from '../support/unix-files.ts';
import { addAtOnce } from './at-once.ts';
import { trafficCells } from './drafts.ts';
import { ours, withOptions } from './end.ts';
import { CURVE_SERVER, curveClient } from './security.ts';

const peer = await startPeer('drafts');
const scratch = new Scratch();

const drafts = suite(`ours and ${peer.name}, draft types`);

const [client, server] = [curveClient(), CURVE_SERVER];
addAtOnce(drafts, [
  ...trafficCells('tcp', ours, peer),
  ...trafficCells('ipc', ours, peer, () => `ipc://${scratch.path()}`),
  ...trafficCells('CURVE', withOptions(ours, client, 'client'), withOptions(peer, server, 'server')),
  ...trafficCells('CURVE', withOptions(ours, server, 'server'), withOptions(peer, client, 'client')),
]);

drafts.after(() => peer.kill());
drafts.run();

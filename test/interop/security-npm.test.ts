// @deadline 120
/** Our sockets and the libzmq that npm `zeromq` brings, behind every mechanism, in both roles. */
import { suite } from 'uvu';
import { Context } from '../../src/index.ts';
import { ZapHandler } from '../support/peers/zap-handler.ts';
import { startPeer } from '../support/peers/peer.ts';
import { Scratch } from '../support/unix-files.ts';
import { addAtOnce } from './at-once.ts';
import { oursIn } from './end.ts';
import { fairAnswer, fewSecureCells, secureCells, subscriptionCells } from './security.ts';

const peer = await startPeer('npm');
const ours = oursIn(new Context());
const scratch = new Scratch();

const security = suite(`ours and ${peer.name} of npm zeromq, secure`);

const handlers: ZapHandler[] = [];
security.before(async () => {
  for (const side of [ours, peer]) handlers.push(await ZapHandler.at(await side.open('ROUTER', {}), fairAnswer));
});

const mechanisms = ['CURVE', 'PLAIN', 'NULL'] as const;
addAtOnce(security, [
  ...mechanisms.flatMap(mechanism => secureCells(mechanism, ours, peer)),
  ...subscriptionCells('CURVE', ours, peer),
  ...mechanisms.flatMap(mechanism => fewSecureCells(mechanism, ours, peer, () => `ipc://${scratch.path()}`)),
]);

security.after(async () => {
  await Promise.all(handlers.map(handler => handler.close()));
  await peer.kill();
});
security.run();

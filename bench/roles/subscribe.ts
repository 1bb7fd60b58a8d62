import { once } from 'node:events';
import { connect } from 'node:net';
import { Tally } from '../contestants/tally.ts';
import { measureWindow, type Play } from './role.ts';

/** Connects as many SUB or DISH as there are peers and counts what is delivered to all of them. */
export const play: Play = async ({ contestant, settings, talk }) => {
  const tallies = Array.from({ length: settings.peers }, () => new Tally(1));
  const { endpoint, fanOutKind = 'publish' } = settings;
  for (const tally of tallies) void contestant.subscribe(endpoint, tally, fanOutKind);
  await Promise.all(tallies.map(tally => tally.flowing));
  talk.report({ kind: 'flowing' });

  await talk.order();
  if (settings.paced) await tellSlowest(tallies, settings.pacePort);
  talk.report({ kind: 'ready' });
  const look = () => ({ messages: sum(tallies, 'messages'), octets: sum(tallies, 'octets') });
  talk.report({ kind: 'window', ...(await measureWindow(settings, look)) });
};

/** Tells the publisher how many messages everybody has got from now on. */
async function tellSlowest(tallies: readonly Tally[], port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const before = tallies.map(tally => tally.messages);
  let told = 0;
  const tell = (): void => {
    const slowest = Math.min(...tallies.map((tally, i) => tally.messages - (before[i] ?? 0)));
    if (slowest === told) return;
    told = slowest;
    const count = Buffer.allocUnsafe(4); // acknowledgements are few: no need to gather them
    count.writeUInt32BE(slowest);
    socket.write(count);
  };
  for (const tally of tallies) tally.onMilestone = tell;
}

function sum(tallies: readonly Tally[], what: 'messages' | 'octets'): number {
  return tallies.reduce((total, tally) => total + tally[what], 0);
}

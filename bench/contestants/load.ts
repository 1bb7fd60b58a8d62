import type { Contestant, ContestantName } from './contestant.ts';

/** Loads one contestant and none of the others. */
export async function loadContestant(name: ContestantName): Promise<Contestant> {
  switch (name) {
    case 'zmtp':
    case 'zmtp-null': // what differs is what the row asks of it
      return (await import('./zmtp.ts')).plain;
    case 'zmtp-fast':
      return (await import('./zmtp-fast.ts')).fast;
    case 'zmtp-ipc':
      return (await import('./zmtp-ipc.ts')).overIpc;
    case 'zeromq':
      return (await import('./zeromq.ts')).zeromq;
    case 'net':
      return (await import('./net.ts')).raw;
    case 'net-ipc':
      return (await import('./net.ts')).rawOverIpc;
  }
}

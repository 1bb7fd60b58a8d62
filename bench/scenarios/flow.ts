import type { Bench } from '../bench.ts';
import type { ContestantName, FlowKind } from '../contestants/contestant.ts';
import type { Security } from '../contestants/security.ts';
import type { Figures } from '../figures.ts';
import type { Window } from '../orders.ts';

/**
 * What flows: bodies of `size` octets from as many PUSH as there are peers, in one process, to one PULL in another, or
 * between other sockets of one way.
 */
export interface Flow {
  readonly size: number;
  readonly peers: number;
  readonly flowKind?: FlowKind;
  readonly security?: Security;
}

/** One window of a flow, seen from both ends. */
export function measureFlow(bench: Bench, contestant: ContestantName, flow: Flow): Promise<Figures> {
  const settings = { ...flow, ...bench.timing };
  return bench.withChildren(async start => {
    const receiver = start({ role: 'pull', contestant, settings });
    const { endpoint } = await receiver.hear('bound');
    const sender = start({ role: 'push', contestant, settings: { ...settings, endpoint } });
    await receiver.hear('flowing'); // every peer has been heard: what it took to connect is not in the window
    sender.tell({ kind: 'go' });
    const [received, sent] = await Promise.all([receiver.hear('window'), sender.hear('window')]);
    const messagesPerSecond = received.messages / received.seconds;
    return {
      messagesPerSecond,
      megabytesPerSecond: received.octets / received.seconds / 1e6,
      cpuMicrosecondsPerMessage: cpuMicroseconds([received, sent], messagesPerSecond),
    };
  });
}

/** Processor time of all processes for each of so many events a second; the windows need not be the same moments. */
export function cpuMicroseconds(windows: readonly Window[], perSecond: number): number {
  const busy = windows.reduce((total, window) => total + window.cpuSeconds / window.seconds, 0);
  return (busy / perSecond) * 1e6;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants/contestant.ts';
import type { Settings, Window } from '../orders.ts';
import type { Talk } from './talk.ts';

/** What a role has to play with. */
export interface Stage {
  readonly contestant: Contestant;
  readonly settings: Settings;
  readonly talk: Talk;
}

/** A role. Its loops go on when it has returned; the bench ends the process. */
export type Play = (stage: Stage) => Promise<void>;

/** What is counted in a window. */
export interface Counter {
  readonly messages: number;
  readonly octets: number;
}

/** Warms up, then looks at the counter and the processor time twice, `seconds` apart. */
export async function measureWindow(settings: Settings, look: () => Counter): Promise<Window> {
  await sleep(settings.warmUpSeconds * 1000);
  const before = look();
  const cpuBefore = process.cpuUsage();
  const timeBefore = performance.now();
  await sleep(settings.seconds * 1000);
  const after = look();
  const cpu = process.cpuUsage(cpuBefore);
  return {
    seconds: (performance.now() - timeBefore) / 1000, // the timer may have been late: what counts is what passed
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    messages: after.messages - before.messages,
    octets: after.octets - before.octets,
  };
}

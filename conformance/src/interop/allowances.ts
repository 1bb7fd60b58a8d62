/** What a cell leaves out, or is known to fail at, since one of the two has a fault there: each with its reason, and as little as can be. */
import { compareVersions } from '../judge/expectation.ts';
import type { Hello } from '../target/protocol.ts';
import { typeOf, type Cell } from './pairs.ts';

export interface Allowances {
  readonly heartbeats: boolean;
  /** Octets of the longest topic. */
  readonly topicSize: number;
  /** Why the cell cannot pass, where that is known. */
  readonly fault?: string;
}

export function allowancesFor(cell: Cell, left: Hello, right: Hello): Allowances {
  const sides = [
    { type: typeOf(cell, 'left'), ...libzmqBehind(left) },
    { type: typeOf(cell, 'right'), ...libzmqBehind(right) },
  ];
  const bothLibzmq = sides.every(({ version }) => version !== undefined);
  const secretTopics = cell.pair.talk === 'publish' && cell.transport === 'ws' && cell.security.startsWith('CURVE');
  return {
    // libzmq's DISH ends its connection at any command, its own heartbeats' answers included: zeromq/libzmq#3551.
    heartbeats: !sides.some(({ type, version }) => type === 'DISH' && version !== undefined),
    // libzmq before 4.3.5 spoils its stream with a SUBSCRIBE of 246 to 255 octets.
    topicSize: sides.some(
      ({ type, version }) =>
        (type === 'SUB' || type === 'XSUB') && version !== undefined && compareVersions(version, '4.3.5') < 0,
    )
      ? 245
      : 255,
    // The catalogue's `zws/13`.
    ...(bothLibzmq && secretTopics
      ? { fault: 'libzmq subscribes by command, and publishes by message, over ws with CURVE' }
      : {}),
  };
}

function libzmqBehind({ name, version, library }: Hello): { readonly version: string | undefined } {
  const [behind, its] = (library ?? `${name} ${version}`).split(' ');
  return { version: behind === 'libzmq' ? its : undefined };
}

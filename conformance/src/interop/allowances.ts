/** What a cell leaves out since one of the two is known to fail there: each with its reason, and as little as can be. */
import { compareVersions } from '../judge/expectation.ts';
import type { Hello, SocketType } from '../target/protocol.ts';

export interface Allowances {
  readonly heartbeats: boolean;
  /** Octets of the longest topic. */
  readonly topicSize: number;
}

export function allowancesFor(leftType: SocketType, left: Hello, rightType: SocketType, right: Hello): Allowances {
  const sides = [
    { type: leftType, ...libzmqBehind(left) },
    { type: rightType, ...libzmqBehind(right) },
  ];
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
  };
}

function libzmqBehind({ name, version, library }: Hello): { readonly version: string | undefined } {
  const [behind, its] = (library ?? `${name} ${version}`).split(' ');
  return { version: behind === 'libzmq' ? its : undefined };
}

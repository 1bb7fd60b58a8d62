/**
 * The interop matrix: every legal pair of socket types × which end binds × what is sent, between two sides of which at
 * least one is libzmq. A cell is a test of its own, with sockets of its own.
 */
import type { Test } from 'uvu';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import type { End, Parts, Side } from './end.ts';
import { PAIRS, type Pair, cross, crossAll, meet, optionsOf, prepare } from './pair.ts';

/** One pair of types, with a side for each end, and one of them to bind. */
export interface Match {
  readonly pair: Pair;
  readonly left: Side;
  readonly right: Side;
  readonly binds: 'left' | 'right';
  readonly name: string;
}

/** All matches of two sides. Where both ends are of one type, swapping the sides would change nothing but names. */
export function matches(one: Side, other: Side): Match[] {
  return PAIRS.flatMap(pair => [
    ...bothWays(pair, one, other),
    ...(pair.left === pair.right ? [] : bothWays(pair, other, one)),
  ]);
}

function bothWays(pair: Pair, left: Side, right: Side): Match[] {
  const [leftName, rightName] = [`${left.name} ${pair.left}`, `${right.name} ${pair.right}`];
  return [
    { pair, left, right, binds: 'left', name: `${leftName} binds, ${rightName} connects` },
    { pair, left, right, binds: 'right', name: `${rightName} binds, ${leftName} connects` },
  ];
}

/** Adds the tests of the traffic between two sides. */
export function addMatrix(suite: Test, one: Side, other: Side): void {
  for (const match of matches(one, other)) {
    const { pair } = match;
    suite(`${match.name}: bodies`, () =>
      play(match, async (left, right) => {
        for (const message of BODIES) await cross(pair, left, right, message);
      }),
    );
    suite(`${match.name}: multipart`, () =>
      play(match, async (left, right) => {
        for (const message of MULTIPART) await cross(pair, left, right, message);
      }),
    );
    suite(`${match.name}: order`, () => play(match, (left, right) => crossAll(pair, left, right, NUMBERED)));
  }
}

/** None of them starts with octet 0 or 1, which would make it a subscription on its way from XSUB to XPUB. */
const BODIES: readonly Parts[] = [0, 1, 255, 256, 65_537, 1024 * 1024].map(size => [body(size)]);

const MULTIPART: readonly Parts[] = [
  ['', 'empty', 'first'],
  ['empty', '', 'between'],
  ['empty', 'last', ''],
  ['', '', ''],
  ['', ''],
  ['several', '', '', 'empty', ''],
  [body(255), body(256), body(65_537), ''],
  Array.from({ length: 100 }, (_, i) => `part ${i}`),
];

const NUMBERED: readonly Parts[] = Array.from({ length: 1000 }, (_, i) => [`message ${i}`]);

/** Octets that tell one length from another. */
export function body(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 65 + ((i * 7) % 190));
}

/** Opens both ends, joins them, at a free port unless told where, and closes them whatever happened between. */
export async function play(
  match: Match,
  talk: (left: End, right: End) => Promise<void>,
  endpoint?: string,
): Promise<void> {
  const { pair, left, right, binds } = match;
  const ends: End[] = [];
  try {
    const leftEnd = await openEnd(left, pair.left, 'left');
    ends.push(leftEnd);
    const rightEnd = await openEnd(right, pair.right, 'right');
    ends.push(rightEnd);
    if (binds === 'left') await rightEnd.connect(await leftEnd.bind(endpoint));
    else await leftEnd.connect(await rightEnd.bind(endpoint));
    await meet(leftEnd, rightEnd);
    await talk(leftEnd, rightEnd);
  } finally {
    await Promise.all(ends.map(end => end.close()));
  }
}

/** One end of a match, ready to bind or connect. */
export async function openEnd<E extends End>(side: Side<E>, type: SocketType, routingId: 'left' | 'right'): Promise<E> {
  const end = await side.open(type, optionsOf(type, routingId));
  await prepare(end);
  return end;
}

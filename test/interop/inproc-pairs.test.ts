// @deadline 60
/** All pairs of types that may talk to each other, within one process: whoever binds, and whoever comes first. */
import { suite } from 'uvu';
import { ours } from './end.ts';
import { PAIRS, cross, crossAll, meet, optionsOf, prepare, type Pair } from './pair.ts';

const inproc = suite('inproc pairs');

const MESSAGES = [[''], ['a'], ['', ''], ['a', 'b', 'c'], [Uint8Array.of(0xff, 0x00)], ['x'.repeat(100_000)]];
const MANY = Array.from({ length: 3000 }, (_, i) => [`${i}`, 'x']);

let lastName = 0;

async function talk(pair: Pair, binder: 'left' | 'right', first: 'bind' | 'connect'): Promise<void> {
  lastName += 1;
  const endpoint = `inproc://pair-${lastName}`;
  const left = await ours.open(pair.left, optionsOf(pair.left, 'left'));
  const right = await ours.open(pair.right, optionsOf(pair.right, 'right'));
  await prepare(left);
  await prepare(right);
  const [bound, connecting] = binder === 'left' ? [left, right] : [right, left];
  if (first === 'connect') await connecting.connect(endpoint);
  await bound.bind(endpoint);
  if (first === 'bind') await connecting.connect(endpoint);
  await meet(left, right);
  for (const message of MESSAGES) await cross(pair, left, right, message);
  if (left.type !== 'XPUB') await crossAll(pair, left, right, MANY); // its notice has been read by now
  await left.close();
  await right.close();
}

for (const pair of PAIRS) {
  for (const binder of ['left', 'right'] as const) {
    for (const first of ['bind', 'connect'] as const) {
      inproc(`${pair.left} and ${pair.right}: ${binder} binds, ${first} first`, () => talk(pair, binder, first));
    }
  }
}

inproc.run();

import { run } from '../layers.ts';
import type { Play } from './role.ts';

/** Runs the bench of the layers, which needs no other process. */
export const play: Play = async ({ talk }) => {
  await run(line => talk.report({ kind: 'line', line }));
  talk.report({ kind: 'finished' });
};

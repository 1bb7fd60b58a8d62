import { run } from '../box.ts';
import type { Play } from './role.ts';

/** Runs the bench of the box, which needs no other process. */
export const play: Play = async ({ talk }) => {
  run(line => talk.report({ kind: 'line', line }));
  talk.report({ kind: 'finished' });
};

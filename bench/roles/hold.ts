import type { Play } from './role.ts';

/** Binds and holds what connects; all that is asked of it are samples. */
export const play: Play = async ({ contestant, talk }) => {
  talk.report({ kind: 'bound', endpoint: await contestant.hold() });
};

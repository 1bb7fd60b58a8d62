import { measureWindow, type Play } from './role.ts';

/** Binds and holds what connects; all that is asked of it are samples and windows, in which it counts nothing itself. */
export const play: Play = async ({ contestant, settings, talk }) => {
  talk.report({ kind: 'bound', endpoint: await contestant.hold(settings.security) });
  await talk.order();
  talk.report({ kind: 'window', ...(await measureWindow(settings, () => ({ messages: 0, octets: 0 }))) });
};

import { measureWindow, type Play } from './role.ts';

/** Binds a REP. */
export const play: Play = async ({ contestant, settings, talk }) => {
  talk.report({ kind: 'bound', endpoint: await contestant.reply(settings.security) });
  await talk.order();
  talk.report({ kind: 'window', ...(await measureWindow(settings, () => ({ messages: 0, octets: 0 }))) });
};

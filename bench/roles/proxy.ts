import { measureWindow, type Play } from './role.ts';

/** Stands between a PUSH and a PULL. It counts nothing: what has passed is what the PULL has received. */
export const play: Play = async ({ contestant, settings, talk }) => {
  talk.report({ kind: 'bound', endpoint: await contestant.forward(settings.endpoint) });
  await talk.order();
  talk.report({ kind: 'window', ...(await measureWindow(settings, () => ({ messages: 0, octets: 0 }))) });
};

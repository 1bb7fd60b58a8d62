import { Tally } from '../contestants/tally.ts';
import { measureWindow, type Play } from './role.ts';

/** Binds a PULL (or what the flow has for it) and counts; the clock starts when every peer has been heard. */
export const play: Play = async ({ contestant, settings, talk }) => {
  const tally = new Tally(settings.peers);
  talk.counter = tally;
  const { flowKind: kind, security } = settings;
  talk.report({ kind: 'bound', endpoint: await contestant.pull(tally, { kind, security }) });
  await tally.flowing;
  talk.report({ kind: 'flowing' });
  const window = await measureWindow(settings, () => ({ messages: tally.messages, octets: tally.octets }));
  if (tally.octets !== tally.messages * settings.size) throw new Error('messages of a wrong size');
  talk.report({ kind: 'window', ...window });
};

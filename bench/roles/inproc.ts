import { markedBody, Tally } from '../contestants/tally.ts';
import { measureWindow, type Play } from './role.ts';

const ENDPOINT = 'inproc://bench';

/** Both ends in this process. Bodies are Buffers, as programs on Node have them. */
export const play: Play = async ({ contestant, settings, talk }) => {
  const tally = new Tally(1);
  talk.counter = tally;
  const body = Buffer.from(markedBody(settings.size, 0).buffer);
  await contestant.pull(tally, { endpoint: ENDPOINT });
  void contestant.push(ENDPOINT, body, { messages: 0 });
  await tally.flowing;
  const window = await measureWindow(settings, () => ({ messages: tally.messages, octets: tally.octets }));
  if (tally.octets !== tally.messages * settings.size) throw new Error('messages of a wrong size');
  talk.report({ kind: 'window', ...window });
};

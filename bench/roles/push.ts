import { markedBody, type Sent } from '../contestants/tally.ts';
import { measureWindow, type Play } from './role.ts';

/** Connects as many PUSH (or what the flow has for them) as there are peers, all of which send as fast as they are let. */
export const play: Play = async ({ contestant, settings, talk }) => {
  const { endpoint, size, peers, security, flowKind: kind } = settings;
  const sent: Sent = { messages: 0 };
  talk.counter = sent;
  for (let i = 0; i < peers; i += 1) void contestant.push(endpoint, markedBody(size, i), sent, { kind, security });
  await talk.order();
  const look = () => ({ messages: sent.messages, octets: sent.messages * size });
  talk.report({ kind: 'window', ...(await measureWindow(settings, look)) });
};

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pace } from '../contestants/contestant.ts';
import { markedBody, type Sent } from '../contestants/tally.ts';
import { measureWindow, type Play } from './role.ts';

const AHEAD = 800; // messages; below the default high-water mark, so that nothing need be dropped
const HELLO_INTERVAL_MS = 10;
const SETTLE_MS = 100;

/** Binds a PUB or a RADIO, says hello until every subscriber has heard it, then sends as fast as the pace allows. */
export const play: Play = async ({ contestant, settings, talk }) => {
  const { size, peers, paced, fanOutKind = 'publish' } = settings;
  const body = markedBody(size, 0);
  const sent: Sent = { messages: 0 };
  const publishing = await contestant.publish(peers, fanOutKind);
  const pace = paced ? await SlowestPace.listen() : fullSpeed;
  talk.report({ kind: 'bound', endpoint: publishing.endpoint, pacePort: pace.port });

  const hello = setInterval(() => void publishing.hello(body), HELLO_INTERVAL_MS);
  await talk.order();
  clearInterval(hello);
  await sleep(SETTLE_MS);
  talk.report({ kind: 'ready' });

  await talk.order();
  void publishing.run(body, sent, pace);
  const look = () => ({ messages: sent.messages, octets: sent.messages * size });
  talk.report({ kind: 'window', ...(await measureWindow(settings, look)) });
};

const fullSpeed: Pace & { readonly port: number } = { port: 0, allowed: Infinity, more: () => Promise.resolve() };

/** Never further than {@link AHEAD} before the slowest subscriber, whose count comes as four octets, again and again. */
class SlowestPace implements Pace {
  allowed = AHEAD;
  port = 0;
  #wake: () => void = () => {};

  static async listen(): Promise<SlowestPace> {
    const pace = new SlowestPace();
    const server = createServer(socket => {
      socket.on('data', chunk => pace.#acknowledge(chunk.readUInt32BE(chunk.length - 4)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') pace.port = address.port;
    return pace;
  }

  more(): Promise<void> {
    return new Promise(resolve => (this.#wake = resolve));
  }

  #acknowledge(messages: number): void {
    this.allowed = messages + AHEAD;
    this.#wake();
  }
}

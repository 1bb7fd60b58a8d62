import { markedBody } from '../contestants/tally.ts';
import { measureWindow, type Play } from './role.ts';

const MOST_LAPS = 4_000_000; // in all windows: far more than fit

/**
 * Connects a REQ, asks and waits for the answer, again and again, and keeps the time of each round trip. Whenever it is
 * told to, it measures a window.
 */
export const play: Play = async ({ contestant, settings, talk }) => {
  const times = new Float64Array(MOST_LAPS);
  let laps = 0;
  let last = 0;
  const flowing = new Promise<void>(resolve => {
    const lap = (answer: Uint8Array): void => {
      const now = performance.now();
      if (answer.length !== settings.size) throw new Error('an answer of a wrong size');
      if (laps === 0) resolve();
      else times[laps] = now - last;
      laps += 1;
      last = now;
    };
    void contestant.request(settings.endpoint, markedBody(settings.size, 0), lap, settings.security);
  });
  await flowing;
  talk.report({ kind: 'flowing' });
  while (true) {
    await talk.order();
    const window = await measureWindow(settings, () => ({ messages: laps, octets: laps * settings.size }));
    const measured = times.slice(laps - window.messages, laps).sort();
    const quantile = (share: number): number => (measured[Math.floor(measured.length * share)] ?? NaN) * 1000;
    talk.report({ kind: 'laps', ...window, p50Microseconds: quantile(0.5), p99Microseconds: quantile(0.99) });
  }
};

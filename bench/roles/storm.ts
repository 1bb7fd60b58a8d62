import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandFrame, greetingOf } from './bare-client.ts';
import { measureWindow, type Play } from './role.ts';

const TICK_MS = 5;
const MOST_AT_ONCE = 50; // new connections in a tick, when one was late
const SLOW_EVERY = 10; // of so many, one stops half-way through its HELLO and stays
const MOST_OPEN = 1000; // connections; the oldest goes
const GRACE_MS = 10_000; // how long the storm may outlast its window

const GREETING = greetingOf('CURVE');

/**
 * Throws hostile openings at a CURVE server of this machine: a connection each, a greeting, a HELLO of the right size
 * whose box is noise. It stops by itself.
 */
export const play: Play = async ({ settings, talk }) => {
  const { hostname, port } = new URL(settings.endpoint);
  if (hostname !== '127.0.0.1') throw new Error(`no storm on ${hostname}: the bench stays on 127.0.0.1`);
  const open = new Set<Socket>();
  let messages = 0;

  const throwOne = (): void => {
    messages += 1;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const opening = Buffer.concat([GREETING, hostileHello()]);
    socket.write(messages % SLOW_EVERY === 0 ? opening.subarray(0, GREETING.length + 100) : opening);
    socket.resume();
    socket.on('error', () => {}); // being cut off is what it came for
    socket.on('close', () => open.delete(socket));
    open.add(socket);
    const [oldest] = open;
    if (open.size > MOST_OPEN) oldest?.destroy();
  };

  const start = performance.now();
  const end = start + (settings.warmUpSeconds + settings.seconds) * 1000 + GRACE_MS;
  const blow = async (): Promise<void> => {
    for (let now = start, owed = 0; now < end; now = performance.now()) {
      const wanted = Math.floor(((now - start) / 1000) * settings.hostilesPerSecond) - owed;
      owed += wanted; // what is too many for one tick is not made up for
      for (let i = 0; i < Math.min(wanted, MOST_AT_ONCE); i += 1) throwOne();
      await sleep(TICK_MS);
    }
    for (const socket of open) socket.destroy();
  };
  void blow();
  talk.report({ kind: 'flowing' });
  await talk.order();
  talk.report({ kind: 'window', ...(await measureWindow(settings, () => ({ messages, octets: 0 }))) });
};

/** RFC 26, in form: version 1.0, zeros, a key, a nonce, a box. The last three are random, so the box does not open. */
function hostileHello(): Buffer {
  return commandFrame('HELLO', Uint8Array.of(1, 0), new Uint8Array(72), randomBytes(32 + 8 + 80));
}

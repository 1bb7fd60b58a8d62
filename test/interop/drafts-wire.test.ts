/** A wire between sockets of draft types: what ours puts on it is what libzmq does, octet by octet; and heartbeats on it. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startPeer } from '../support/peers/peer.ts';
import { type Tap, tap } from '../support/peers/tap.ts';
import { GREETING_LENGTH, nameOf } from '../support/peers/wire-frames.ts';
import { framesOf } from '../support/raw-zmtp.ts';
import { addAtOnce } from './at-once.ts';
import { type DraftMatch, GROUP, call, draftMatches, meetDrafts, openDraft } from './drafts.ts';
import { type End, type EndOptions, ours, withOptions } from './end.ts';
import { body } from './matrix.ts';
import { type Pair, cross } from './pair.ts';

const peer = await startPeer('drafts');

const wires = suite(`wires of draft types, ours and ${peer.name}`);

const SIZES = [0, 1, 254, 255, 256, 70_000];

addAtOnce(
  wires,
  draftMatches(ours, peer).map(match => ({
    name: `${match.name}: the octets are those of two libzmqs`,
    play: async () => {
      const model = await traced({ ...match, leftSide: peer, rightSide: peer });
      assert.equal(await traced(match), model);
    },
  })),
);

const BEATS: EndOptions = { heartbeatInterval: 50, heartbeatTimeout: 5000, heartbeatTimeToLive: 5000 };

const alive = draftMatches(withOptions(ours, BEATS, 'beating'), withOptions(peer, BEATS, 'beating'));
addAtOnce(
  wires,
  alive.filter(isNoDishOfTheirs).map(match => ({
    name: `${match.name}: heartbeats go both ways, and messages between them`,
    play: () =>
      overTap(match, async (wire, pair, left, right) => {
        const all = ['connecting', 'bound'].flatMap(from => [`${from} PING`, `${from} PONG`]);
        await wire.until(() => all.every(expected => commands(wire).includes(expected)));
        await cross(pair, left, right, [body(300)]);
        assert.is(left.count('disconnect') + right.count('disconnect'), 0);
      }),
  })),
);

// libzmq's session of a DISH takes any command for a broken message. One that had connected would never come back.
wires('a DISH of libzmq ends the connection at our PING, and tells its groups again when we come back', async () => {
  const [radio, dish] = [await ours.open('RADIO', BEATS), await openDraft(peer, 'DISH')];
  try {
    await radio.connect(await dish.bind());
    await hear(radio, dish, 'before');
    await radio.untilEvent('disconnect');
    await hear(radio, dish, 'after');
  } finally {
    await Promise.all([radio.close(), dish.close()]);
  }
});

wires.after(() => peer.kill());
wires.run();

const PAUSE_MS = 5;

/** A RADIO says a word until it is heard. */
async function hear(radio: End, dish: End, word: string): Promise<void> {
  const state = { heard: false };
  const hearing = (async () => {
    while (String((await dish.receive())[1]) !== word);
    state.heard = true;
  })();
  while (!state.heard) {
    await radio.send([GROUP, word]);
    await delay(PAUSE_MS);
  }
  await hearing;
}

function isNoDishOfTheirs({ right, rightSide }: DraftMatch): boolean {
  return right !== 'DISH' || rightSide.name.startsWith('ours');
}

async function overTap<T>(
  match: DraftMatch,
  talk: (wire: Tap, pair: Pair, left: End, right: End) => Promise<T>,
): Promise<T> {
  const [left, right] = [await openDraft(match.leftSide, match.left), await openDraft(match.rightSide, match.right)];
  const [bound, connecting] = match.binds === 'left' ? [left, right] : [right, left];
  const wire = await tap(await bound.bind());
  try {
    return await talk(wire, await meetDrafts(left, right, connecting, wire.endpoint), left, right);
  } finally {
    await Promise.all([left.close(), right.close()]);
    await wire.close();
  }
}

/** Who has sent which commands. */
function commands(wire: Tap): string[] {
  return (['connecting', 'bound'] as const).flatMap(from =>
    framesOf(wire.sent(from)).map(frame => `${from} ${nameOf(frame.body)}`),
  );
}

/** What either side sends: its greeting and all frames. What was called until it was heard is there once. */
async function traced(match: DraftMatch): Promise<Readonly<Record<'connecting' | 'bound', readonly string[]>>> {
  return overTap(match, async (wire, pair, left, right) => {
    for (const size of SIZES) await cross(pair, left, right, [body(size)]);
    if (pair.left === 'RADIO') await comeAndGo(left, right);
    return { connecting: lines(wire.sent('connecting')), bound: lines(wire.sent('bound')) };
  });
}

const LONGEST = 'g'.repeat(255);

async function comeAndGo(radio: End, dish: End): Promise<void> {
  for (const group of ['b', '', LONGEST]) {
    await dish.join(group);
    await call(radio, dish, group);
  }
  await dish.leave('b');
  await dish.join('end');
  await call(radio, dish, 'end');
  await radio.send(['b', 'to nobody']);
  await call(radio, dish);
}

function lines(sent: Buffer): string[] {
  const frames = framesOf(sent).map(
    ({ flags, body: octets }) => `${flags} ${octets.length}: ${octets.toString('hex', 0, 300)}`,
  );
  return [sent.toString('hex', 0, GREETING_LENGTH), ...frames.filter((line, i) => !frames.slice(0, i).includes(line))];
}

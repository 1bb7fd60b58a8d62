/** The same calls to our sockets of draft types and to libzmq's: what each says, by libzmq's names of errors. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deadlineMs } from '../support/peers/deadline.ts';
import { startPeer } from '../support/peers/peer.ts';
import { dialRaw } from '../support/peers/raw-stream.ts';
import { GREETING_LENGTH } from '../support/peers/wire-frames.ts';
import { framesOf, greeting, message, ready } from '../support/raw-zmtp.ts';
import type { DraftType } from './draft-sockets.ts';
import { joinDrafts } from './drafts.ts';
import { type End, type EndOptions, type Side, ours } from './end.ts';

const peer = await startPeer('drafts');

const calls = suite(`what calls say, ours and ${peer.name}`);

const LONGEST = 'x'.repeat(255);

/** What is asked of a socket, and what both answer. */
interface Row {
  readonly type: DraftType;
  readonly what: string;
  readonly call: (end: End) => Promise<unknown>;
  readonly answer: string;
  /** What libzmq says where ours does not say the same. */
  readonly theirs?: string;
  readonly options?: EndOptions;
}

/** Nobody is there. */
const ALONE: readonly Row[] = [
  ...sends('CLIENT', ['x'], 'EAGAIN'),
  ...sends('SCATTER', ['x'], 'EAGAIN'),
  ...sends('CHANNEL', ['x'], 'EAGAIN'),
  ...sends('RADIO', ['a group', 'x'], 'ok'),
  ...sends('RADIO', ['', 'x'], 'ok'),
  ...sends('RADIO', [LONGEST, 'x'], 'ok'),
  // which libzmq cuts to a group that fits
  ...sends('RADIO', [`${LONGEST}x`, 'x'], 'EINVAL', 'ok'),
  ...sends('SERVER', ['12345', 'x'], 'EHOSTUNREACH'),
  ...sends('SERVER', ['', 'x'], 'EHOSTUNREACH'),
  ...sends('PEER', ['12345', 'x'], 'EHOSTUNREACH'),
  ...sends('PEER', ['', 'x'], 'EHOSTUNREACH'),
  ...sends('CLIENT', ['x', 'y'], 'EINVAL'),
  ...sends('SCATTER', ['x', 'y'], 'EINVAL'),
  ...sends('CHANNEL', ['x', 'y'], 'EINVAL'),
  ...sends('RADIO', ['a group', 'x', 'y'], 'EINVAL'),
  ...sends('SERVER', ['12345', 'x', 'y'], 'EINVAL'),
  ...sends('PEER', ['12345', 'x', 'y'], 'EINVAL'),
  ...(['CLIENT', 'SERVER', 'PEER', 'GATHER', 'CHANNEL', 'DISH'] as const).map(type => ({
    type,
    what: 'receives',
    call: (end: End) => end.attemptReceive(),
    answer: 'EAGAIN',
  })),
  ...(['CLIENT', 'SCATTER', 'CHANNEL', 'GATHER'] as const).map(type => isWritable(type, false)),
  ...(['SERVER', 'PEER', 'RADIO'] as const).map(type => isWritable(type, true)),
  ...groups('is joined', 'ok', end => end.join('a')),
  ...groups('is joined twice', 'EINVAL', async end => {
    await end.join('a');
    await end.join('a');
  }),
  ...groups('of 255 octets is joined', 'ok', end => end.join(LONGEST)),
  ...groups('of 256 octets is joined', 'EINVAL', end => end.join(`${LONGEST}x`)),
  ...groups('of no octets is joined', 'ok', end => end.join('')),
  ...groups('that is unknown is left', 'EINVAL', end => end.leave('a')),
  ...groups('is joined, left, joined and left', 'ok', async end => {
    await end.join('a');
    await end.leave('a');
    await end.join('a');
    await end.leave('a');
  }),
  ...groups('is left twice', 'EINVAL', async end => {
    await end.join('a');
    await end.leave('a');
    await end.leave('a');
  }),
  ...groups('of 256 octets is left', 'EINVAL', end => end.leave(`${LONGEST}x`)),
  {
    type: 'PEER',
    what: 'is told whom it connects to',
    call: end => end.connectPeer('tcp://127.0.0.1:9'),
    answer: 'ok',
  },
  {
    type: 'PEER',
    what: 'is told whom it connects to, immediate',
    call: end => end.connectPeer('tcp://127.0.0.1:9'),
    answer: 'EFAULT',
    options: { immediate: true },
  },
  {
    type: 'PEER',
    what: 'is told whom nonsense leads to',
    call: end => end.connectPeer('tcp://nonsense'),
    answer: 'EINVAL',
  },
];

function sends(type: DraftType, parts: readonly string[], answer: string, theirs: string = answer): Row[] {
  const what = `sends ${parts.map(part => (part.length > 12 ? `${part.length} octets` : `'${part}'`)).join(', ')}`;
  return [{ type, what, call: end => end.attempt(parts), answer, theirs }];
}

function isWritable(type: DraftType, answer: boolean): Row {
  return { type, what: 'is writable', call: async end => String(await end.writable()), answer: String(answer) };
}

function groups(what: string, answer: string, call: (end: End) => Promise<unknown>): Row[] {
  return [{ type: 'DISH', what: `group ${what}`, call, answer }];
}

for (const side of [ours, peer]) {
  for (const { type, what, call, answer, theirs = answer, options = {} } of ALONE) {
    const expected = side === ours ? answer : theirs;
    calls(`${side.name}, ${type} alone: ${what}: ${expected}`, async () => {
      const end = await side.open(type, options);
      try {
        assert.is(await said(call(end)), expected);
      } finally {
        await end.close();
      }
    });
  }

  for (const [left, right] of [
    ['CLIENT', 'SERVER'],
    ['PEER', 'PEER'],
    ['SCATTER', 'GATHER'],
    ['CHANNEL', 'CHANNEL'],
  ] as const) {
    calls(`${side.name}, ${left} with a ${right}: takes one part, and no two`, async () => {
      await together(side, left, right, async (leftEnd, rightEnd, front, back) => {
        assert.is(await leftEnd.attempt([...front, 'x', 'y']), 'EINVAL');
        assert.is(await leftEnd.attempt([...front, 'x']), 'ok');
        assert.equal((await rightEnd.receive()).map(String).slice(-1), ['x'], 'and nothing of the two');
        if (left === 'SCATTER') return;
        assert.is(await rightEnd.attempt([...back, 'x', 'y']), 'EINVAL');
        assert.is(await rightEnd.attempt([...back, 'x']), 'ok');
        assert.equal((await leftEnd.receive()).map(String).slice(-1), ['x']);
      });
    });
  }

  for (const [type, other] of [
    ['SERVER', 'CLIENT'],
    ['CLIENT', 'SERVER'],
    ['PEER', 'PEER'],
    ['GATHER', 'SCATTER'],
    ['CHANNEL', 'CHANNEL'],
  ] as const) {
    calls(`${side.name}, ${type}: discards what comes in two parts, and goes on`, async () => {
      const end = await side.open(type, {});
      const raw = await dialRaw(await end.bind());
      try {
        await raw.write(greeting());
        await raw.until(({ length }) => length >= GREETING_LENGTH, 'greeting');
        await raw.write(ready(other));
        await raw.until(heard => framesOf(heard).length > 0, 'READY');
        await raw.write(Buffer.concat([message('one', 'two'), message('x'), message('', ''), message('y')]));
        const bodies = (await end.receiveAll(2)).map(parts => String(parts.at(-1)));
        assert.equal(bodies, ['x', 'y']);
      } finally {
        raw.close();
        await end.close();
      }
    });
  }

  calls(`${side.name}: a SERVER and a PEER know nobody any more who has gone`, async () => {
    for (const [left, right] of [
      ['CLIENT', 'SERVER'],
      ['PEER', 'PEER'],
    ] as const) {
      await together(side, left, right, async (leftEnd, rightEnd, _, back) => {
        await leftEnd.close();
        await rightEnd.untilEvent('disconnect');
        await until(async () => (await rightEnd.attempt([...back, 'x'])) === 'EHOSTUNREACH'); // libzmq's calls hear later
      });
    }
  });

  calls(`${side.name}: numbers of peers follow each other`, async () => {
    const one = await side.open('PEER', {});
    const ids = [await one.connectPeer('tcp://127.0.0.1:9'), await one.connectPeer('tcp://127.0.0.1:10')].map(Number);
    await one.close();
    assert.is(ids[1], (ids[0] ?? 0) + 1);
  });
}

calls.after(() => peer.kill());
calls.run();

type Talk = (left: End, right: End, front: readonly string[], back: readonly string[]) => Promise<void>;

/** The right end is bound. */
async function together(side: Side, left: DraftType, right: DraftType, talk: Talk): Promise<void> {
  const [leftEnd, rightEnd] = [await side.open(left, {}), await side.open(right, {})];
  try {
    const { leftEnvelope, rightEnvelope } = await joinDrafts(leftEnd, rightEnd, 'right');
    if (left === 'SCATTER' || left === 'CHANNEL') {
      await leftEnd.send(['hello']);
      await rightEnd.receive();
    }
    await talk(leftEnd, rightEnd, leftEnvelope.map(String), rightEnvelope.map(String));
  } finally {
    await Promise.allSettled([leftEnd.close(), rightEnd.close()]); // a talk may have closed one
  }
}

const PAUSE_MS = 5;

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const signal = AbortSignal.timeout(deadlineMs); !(await condition());)
    await delay(PAUSE_MS, undefined, { signal });
}

const CODE = /\bE[A-Z]{3,}\b/;

/** What a call has answered, or the code of its error. */
async function said(call: Promise<unknown>): Promise<string> {
  try {
    const answer = await call;
    return typeof answer === 'string' && !/^\d+$/.test(answer) ? answer : 'ok';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : CODE.exec(error.message)?.[0];
    return code ?? String(error);
  }
}

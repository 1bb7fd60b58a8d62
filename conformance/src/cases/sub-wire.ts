/** SUB: how it tells publishers of its subscriptions. RFC 37 and RFC 23 "The Publish-Subscribe Pattern". */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { commandIn } from '../raw/command.ts';
import { COMMAND, LONG } from '../raw/frame.ts';
import { ascii, filled, hex, join, same, toAscii } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { joinV2 } from '../trial/legacy.ts';
import type { Trial } from '../trial/trial.ts';
import { ask, countTold, expectTold, judgeTold, toldUpToNow, type Told } from '../trial/upstream.ts';

const A = ascii('A');

export const subWireCases: readonly Case[] = [
  defineCase({
    id: 'sub/1',
    types: ['SUB'],
    judge: {
      'a subscription there before': { rfc: ['as-required'] },
      'a new one': { rfc: ['as-required'] },
      'its end': { rfc: ['as-required'] },
    },
    run: trial => tellOf(trial, 1),
  }),

  defineCase({
    id: 'sub/2',
    types: ['SUB'],
    judge: {
      'a subscription there before': { rfc: ['as-required'] },
      'a new one': { rfc: ['as-required'] },
      'its end': { rfc: ['as-required'] },
    },
    run: trial => tellOf(trial, 0),
  }),

  defineCase({
    id: 'sub/3',
    types: ['SUB'],
    judge: {
      // Whoever connects may have told, before it was connected, what no longer holds: that comes in full.
      'a new publisher': { rfc: ['as-required', 'differs(repeated)'] },
      'a second one': { rfc: ['as-required', 'differs(repeated)'], wire: ['as-required'] },
      'a returning one': { rfc: ['as-required', 'differs(repeated)'], wire: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      for (const topic of ['A', 'A', 'B', 'gone', '']) await ask(socket, 'subscribe', topic);
      await ask(socket, 'unsubscribe', 'gone');
      const meet = async (): Promise<[RawPeer, Token]> => {
        const peer = await trial.join(socket);
        return [peer, allOf(await toldUpToNow(socket, peer))];
      };
      const [first, asNew] = await meet();
      const second = trial.role === 'bind' ? await meet() : undefined;
      first.destroy();
      const [, returning] = await meet();
      return {
        'a new publisher': asNew,
        ...(second && { 'a second one': second[1] }),
        'a returning one': returning,
      };
    },
  }),

  defineCase({
    id: 'sub/4',
    types: ['SUB'],
    judge: {
      // To a publisher that has a set for each peer, as libzmq's, only the last CANCEL may be told.
      'twice and twice': {
        rfc: ['replied(1 SUBSCRIBE, 1 CANCEL)', 'replied(2 SUBSCRIBE, 2 CANCEL)'],
        wire: ['replied(1 SUBSCRIBE, 1 CANCEL)', 'replied(2 SUBSCRIBE, 1 CANCEL)'],
      },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket);
      await toldUpToNow(socket, peer);
      for (const what of ['subscribe', 'subscribe', 'unsubscribe', 'unsubscribe'] as const) await ask(socket, what, A);
      const told = await toldUpToNow(socket, peer);
      const begun = countTold(told, 'SUBSCRIBE', 'A');
      const ended = countTold(told, 'CANCEL', 'A');
      return { 'twice and twice': `replied(${begun} SUBSCRIBE, ${ended} CANCEL)` };
    },
  }),

  defineCase({
    id: 'sub/7',
    types: ['SUB'],
    judge: {
      '3.1: 245 octets': { rfc: ['as-required'] },
      '3.1: 246 octets': { rfc: ['as-required'] },
      '3.1: 255 octets': { rfc: ['as-required'] },
      '3.1: 256 octets': { rfc: ['as-required'] },
      '3.0: 254 octets': { rfc: ['as-required'] },
      '3.0: 255 octets': { rfc: ['as-required'] },
      '3.0: 256 octets': { rfc: ['as-required'] },
      '2.0: 254 octets': { rfc: ['as-required'] },
      '2.0: 255 octets': { rfc: ['as-required'] },
      '2.0: 256 octets': { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      // One connection for several lengths, unless the stream was ruined.
      const to = (meet: () => Promise<RawPeer>, command: boolean) => {
        let peer: RawPeer | undefined;
        const tell = async (octets: number): Promise<Token> => {
          peer ??= await meet();
          const token = await tellLong(socket, peer, octets, command);
          if (token !== 'as-required') leave();
          return token;
        };
        const leave = () => {
          peer?.destroy();
          peer = undefined;
        };
        return { tell, leave };
      };
      const now = to(() => trial.join(socket), true);
      const then = to(() => trial.join(socket, { minor: 0 }), false);
      const legacy = to(async () => (await joinV2(trial, socket)).peer, false);
      const to31 = {
        '3.1: 245 octets': await now.tell(245),
        '3.1: 246 octets': await now.tell(246),
        '3.1: 255 octets': await now.tell(255),
        '3.1: 256 octets': await now.tell(256),
      };
      now.leave();
      const to30 = {
        '3.0: 254 octets': await then.tell(254),
        '3.0: 255 octets': await then.tell(255),
        '3.0: 256 octets': await then.tell(256),
      };
      then.leave();
      if (!trial.can('fallback:2.0')) return { ...to31, ...to30 };
      return {
        ...to31,
        ...to30,
        '2.0: 254 octets': await legacy.tell(254),
        '2.0: 255 octets': await legacy.tell(255),
        '2.0: 256 octets': await legacy.tell(256),
      };
    },
  }),
];

/** One topic before the publisher is met, one after; both in the form of its minor version. */
async function tellOf(
  trial: Trial,
  minor: 0 | 1,
): Promise<Record<'a subscription there before' | 'a new one' | 'its end', Token>> {
  const command = minor === 1;
  const socket = await trial.open();
  await ask(socket, 'subscribe', A);
  const peer = await trial.join(socket, { minor });
  const before = judgeTold(await expectTold(peer), { kind: 'SUBSCRIBE', topic: A, command });
  const topic = hex('00 01 ff');
  await ask(socket, 'subscribe', topic);
  const begun = judgeTold(await expectTold(peer), { kind: 'SUBSCRIBE', topic, command });
  await ask(socket, 'unsubscribe', topic);
  const ended = judgeTold(await expectTold(peer), { kind: 'CANCEL', topic, command });
  return { 'a subscription there before': before, 'a new one': begun, 'its end': ended };
}

/** A, B and the empty topic hold at the end, and nothing else; told once each, in any order, or more often. */
function allOf(told: readonly Told[]): Token {
  const holding = new Set<string>();
  for (const { kind, topic } of told) {
    if (kind === 'SUBSCRIBE') holding.add(toAscii(topic));
    else holding.delete(toAscii(topic));
  }
  const expected = ['A', 'B', ''];
  const missing = expected.filter(topic => !holding.has(topic));
  if (missing.length > 0) return `differs(${missing.length} missing)`;
  if (holding.size > expected.length) return 'differs(too much)';
  return told.length === expected.length ? 'as-required' : 'differs(repeated)';
}

/** A topic of this length begins and ends on the wire: each frame as it must be, a short one behind it whole. */
async function tellLong(socket: TargetSocket, peer: RawPeer, octets: number, command: boolean): Promise<Token> {
  const topic = filled(octets, 0x61);
  await ask(socket, 'subscribe', topic);
  const long = await expectSubscription(peer);
  await ask(socket, 'unsubscribe', topic);
  const body = command ? join(ascii('\x09SUBSCRIBE'), topic) : join(hex('01'), topic);
  // The long form fits a size of any length.
  const sound = (long.flags & ~LONG) === (command ? COMMAND : 0) && same(long.body, body);
  if (!sound) return `differs(flags ${long.flags}, ${long.body.length} octets)`;
  await ask(socket, 'subscribe', 'short');
  await ask(socket, 'unsubscribe', 'short');
  const ended = judgeTold(await expectTold(peer), { kind: 'CANCEL', topic, command });
  const begun = judgeTold(await expectTold(peer), { kind: 'SUBSCRIBE', topic: ascii('short'), command });
  await expectTold(peer); // that it is cancelled
  return ended === 'as-required' ? begun : ended;
}

/** The next frame that is no command but SUBSCRIBE. */
async function expectSubscription(peer: RawPeer) {
  for (;;) {
    const frame = await peer.expectFrame('a subscription');
    const name = commandIn(frame)?.name;
    if (name === undefined || name === 'SUBSCRIBE') return frame;
  }
}

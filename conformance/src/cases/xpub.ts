/** XPUB: what its application learns of subscribers. RFC 29 "The XPUB Socket Type". */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { cancel, subscribe } from '../raw/command.ts';
import { frame, message } from '../raw/frame.ts';
import { ascii, freshName, hex, join, toHex } from '../raw/octets.ts';
import { sameParts, type Parts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { whereSupported } from '../target/where-supported.ts';
import type { Trial } from '../trial/trial.ts';

const BEGUN_A = hex('01 41');
const ENDED_A = hex('00 41');

export const xpubCases: readonly Case[] = [
  defineCase({
    id: 'xpub/1',
    types: ['XPUB'],
    judge: {
      SUBSCRIBE: { rfc: ['delivered'] },
      CANCEL: { rfc: ['delivered'] },
      'the empty topic': { rfc: ['delivered'] },
      '01 A of a 3.0 peer': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket);
      peer.write(subscribe('A'));
      const begun = await isNext(socket, [BEGUN_A]);
      peer.write(cancel('A'));
      const ended = await isNext(socket, [ENDED_A]);
      peer.write(subscribe(''));
      const empty = await isNext(socket, [hex('01')]);
      peer.write(cancel(''));
      await socket.expectMessage();
      peer.destroy();
      const old = await trial.join(socket, { minor: 0 });
      old.write(frame(BEGUN_A));
      return {
        SUBSCRIBE: begun,
        CANCEL: ended,
        'the empty topic': empty,
        '01 A of a 3.0 peer': await isNext(socket, [BEGUN_A]),
      };
    },
  }),

  defineCase({
    id: 'xpub/2',
    types: ['XPUB'],
    judge: {
      'subscribed twice by one': { rfc: ['replied(1)', 'replied(2)'], wire: ['replied(1)'] },
      'subscribed by two': { rfc: ['replied(1)', 'replied(2)'], wire: ['replied(1)'] },
      'cancelled by one of two': { rfc: ['replied(0)', 'replied(1)'], wire: ['replied(0)'] },
      'cancelled by both': { rfc: ['replied(1)', 'replied(2)'], wire: ['replied(1)'] },
      'cancelled without a subscription': { rfc: ['replied(0)', 'replied(1)'], wire: ['replied(1)'] },
      'verbose: subscribed twice by one': { rfc: ['replied(2)'] },
      'verbose: subscribed by two': { rfc: ['replied(2)'] },
      'more verbose: cancelled by one of two': { rfc: ['replied(1)'] },
      'more verbose: cancelled by both': { rfc: ['replied(2)'] },
    },
    run: async trial => {
      const plain = await trial.open();
      const peer = await trial.join(plain);
      const twice = await count(plain, peer, join(subscribe('A'), subscribe('A')), BEGUN_A);
      await count(plain, peer, cancel('A'), ENDED_A);
      const unknown = await count(plain, peer, cancel('B'), hex('00 42'));
      const byTwo = trial.role === 'bind' ? await withTwo(trial, plain) : undefined;

      const verbose = await openVerbose(trial, 'all');
      const verboseTwice =
        verbose && (await count(verbose, await trial.join(verbose), join(subscribe('A'), subscribe('A')), BEGUN_A));
      const verboseByTwo = verbose && trial.role === 'bind' ? await withTwo(trial, verbose) : undefined;

      const moreVerbose = trial.role === 'bind' ? await openVerbose(trial, 'all-and-cancels') : undefined;
      const moreVerboseByTwo = moreVerbose && (await withTwo(trial, moreVerbose));
      return {
        'subscribed twice by one': twice,
        'cancelled without a subscription': unknown,
        ...(byTwo && {
          'subscribed by two': byTwo.begun,
          'cancelled by one of two': byTwo.first,
          'cancelled by both': byTwo.both,
        }),
        ...(verboseTwice && { 'verbose: subscribed twice by one': verboseTwice }),
        ...(verboseByTwo && { 'verbose: subscribed by two': verboseByTwo.begun }),
        ...(moreVerboseByTwo && {
          'more verbose: cancelled by one of two': moreVerboseByTwo.first,
          'more verbose: cancelled by both': moreVerboseByTwo.both,
        }),
      };
    },
  }),

  defineCase({
    id: 'xpub/3',
    types: ['XPUB'],
    judge: {
      'two topics': { rfc: ['as-required'] },
      'two topics, target connects': { rfc: ['as-required'] },
      // Whoever does not condense repetitions tells of each.
      'one of two peers gone': { rfc: ['replied(0)', 'replied(1)'] },
      'both gone': { rfc: ['replied(1)', 'replied(2)'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const only = await trial.join(socket);
      only.write(join(subscribe('A'), subscribe('B')));
      await socket.expectMessage();
      await socket.expectMessage();
      only.destroy();
      const ended: string[] = [];
      for (let got = await socket.receive(); got !== undefined; got = await socket.receive()) {
        ended.push(toHex(got.parts[0] ?? hex('')));
        if (ended.length === 2) break;
      }
      const twoTopics: Token =
        ended.sort().join() === '0041,0042' ? 'as-required' : `differs(${ended.join() || 'nothing'})`;
      if (trial.role === 'connect') return { 'two topics, target connects': twoTopics };

      const first = await trial.join(socket);
      const second = await trial.join(socket);
      // A topic of its own shows when a peer's end has been seen.
      first.write(join(subscribe('A'), subscribe('P')));
      await upTo(socket, hex('01 50'));
      second.write(join(subscribe('A'), subscribe('Q')));
      await upTo(socket, hex('01 51'));
      first.destroy();
      const early = await upTo(socket, hex('00 50'));
      early.push(...(await upToNow(socket, second)));
      const third = await trial.join(socket);
      second.destroy();
      const late = await upTo(socket, hex('00 51'));
      late.push(...(await upToNow(socket, third)));
      return {
        'two topics': twoTopics,
        'one of two peers gone': counted(early, ENDED_A),
        'both gone': counted([...early, ...late], ENDED_A),
      };
    },
  }),

  defineCase({
    id: 'xpub/4',
    types: ['XPUB'],
    judge: {
      'two parts': { rfc: ['delivered'] },
      'an empty message': { rfc: ['delivered'] },
      'one part': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.join(socket, { socketType: 'XSUB' });
      const messages = { two: [ascii('hello'), ascii('w')], empty: [ascii('')], one: [ascii('u')] };
      for (const parts of Object.values(messages)) peer.write(message(...parts));
      return {
        'two parts': await isNext(socket, messages.two),
        'an empty message': await isNext(socket, messages.empty),
        'one part': await isNext(socket, messages.one),
      };
    },
  }),
];

/** Whether the application's next message is this one. */
async function isNext(socket: TargetSocket, parts: Parts): Promise<Token> {
  const got = await socket.receive();
  if (got === undefined) return 'dropped';
  return sameParts(got.parts, parts) ? 'delivered' : 'altered';
}

function openVerbose(trial: Trial, xpubVerbose: 'all' | 'all-and-cancels'): Promise<TargetSocket | undefined> {
  return whereSupported(() => trial.open({ xpubVerbose }));
}

/** Two peers subscribe to a topic, and cancel it one by one. */
async function withTwo(
  trial: Trial,
  socket: TargetSocket,
): Promise<{ readonly begun: Token; readonly first: Token; readonly both: Token }> {
  const one = await trial.join(socket);
  const other = await trial.join(socket);
  one.write(subscribe('T'));
  const begun = await upToNow(socket, one);
  other.write(subscribe('T'));
  begun.push(...(await upToNow(socket, other)));
  one.write(cancel('T'));
  const first = await upToNow(socket, one);
  other.write(cancel('T'));
  const both = [...first, ...(await upToNow(socket, other))];
  return {
    begun: counted(begun, hex('01 54')),
    first: counted(first, hex('00 54')),
    both: counted(both, hex('00 54')),
  };
}

/** How often the application is told this for these octets. */
async function count(socket: TargetSocket, peer: RawPeer, octets: Uint8Array, notice: Uint8Array): Promise<Token> {
  peer.write(octets);
  return counted(await upToNow(socket, peer), notice);
}

function counted(notices: readonly Parts[], notice: Uint8Array): Token {
  return `replied(${notices.filter(parts => sameParts(parts, [notice])).length})`;
}

/** All that the application is told in front of a topic that nobody has had. */
async function upToNow(socket: TargetSocket, peer: RawPeer): Promise<Parts[]> {
  const topic = ascii(freshName('~now-'));
  peer.write(subscribe(topic), 'sentinel');
  return upTo(socket, join(hex('01'), topic));
}

async function upTo(socket: TargetSocket, notice: Uint8Array): Promise<Parts[]> {
  const before: Parts[] = [];
  for (;;) {
    const got = await socket.receive();
    if (got === undefined) throw new Unreached(`the application was never told ${toHex(notice)}`);
    if (sameParts(got.parts, [notice])) return before;
    before.push(got.parts);
  }
}

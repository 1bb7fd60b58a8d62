/** What is made of the peer's greeting: its version, the fields that mean nothing, how it is cut, and how long it takes. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { ready } from '../raw/command.ts';
import { LONG, message, MORE } from '../raw/frame.ts';
import { greeting, signature, type GreetingFields } from '../raw/greeting.ts';
import { ascii, filled, join, same } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import { entry } from '../trial/after.ts';
import { landing } from '../trial/arrivals.ts';
import { exchange, joinToTalk, mustSend } from '../trial/exchange.ts';
import type { Trial } from '../trial/trial.ts';

/** What is closed sooner is closed for another reason than the time it takes. */
const EARLY_MS = 100;
/** Between two octets that are to be read one by one: without it several of them come at once. */
const APART_MS = 2;

export const greetingTakenCases: readonly Case[] = [
  defineCase({
    id: 'greeting/5',
    judge: {
      'all AA': { rfc: ['open'] },
      'all FF': { rfc: ['open'] },
      'all 00': { rfc: ['open'] },
    },
    run: async trial => {
      const greet = await greeter(trial);
      return {
        'all AA': await greet({ signature: signature(filled(8, 0xaa)) }),
        'all FF': await greet({ signature: signature(filled(8, 0xff)) }),
        'all 00': await greet({ signature: signature(filled(8, 0x00)) }),
      };
    },
  }),

  defineCase({
    id: 'greeting/7',
    judge: {
      '01': { rfc: ['open', 'closed'], wire: ['open'] },
      FF: { rfc: ['open', 'closed'], wire: ['open'] },
    },
    run: async trial => {
      const endWith = (octet: number) =>
        greetOddly(trial, { signature: join(signature().subarray(0, 9), Uint8Array.of(octet)) });
      return { '01': await endWith(0x01), FF: await endWith(0xff) };
    },
  }),

  defineCase({
    id: 'greeting/8',
    judge: { '3.2': { rfc: ['open'] }, '3.255': { rfc: ['open'] } },
    run: async trial => ({
      '3.2': await talkAs(trial, { major: 3, minor: 2 }),
      '3.255': await talkAs(trial, { major: 3, minor: 255 }),
    }),
  }),

  defineCase({
    id: 'greeting/9',
    judge: { '4.1': { rfc: ['open'] }, '255.1': { rfc: ['open'] } },
    run: async trial => ({
      '4.1': await talkAs(trial, { major: 4, minor: 1 }),
      '255.1': await talkAs(trial, { major: 255, minor: 1 }),
    }),
  }),

  defineCase({
    id: 'greeting/10',
    judge: {
      greeting: { rfc: ['as-required'] },
      READY: { rfc: ['as-required'] },
      frames: { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const introduced = async (major: number) => {
        const peer = await trial.meet(socket);
        const theirs = await peer.greet({ major, minor: 1 });
        peer.write(ready(trial.metadataOf(socket.type)), 'READY');
        const frame = await peer.expectFrame('READY');
        peer.destroy();
        return { theirs, frame };
      };
      const equal = await introduced(3);
      const higher = await introduced(4);
      const { peer, to } = await joinToTalk(trial, socket, { major: 4, minor: 0 });
      const parts = [ascii('a'), new Uint8Array(0), filled(256, 0x63)];
      await mustSend(socket, [...to, ...parts]);
      const frames = [];
      while (frames.length < parts.length) frames.push(await peer.expectFrame('frame'));
      const flags = frames.map(frame => frame.flags);
      const bodies = frames.map(({ body }) => body);
      // Whether a small frame has the short form is another question.
      const kinds = Uint8Array.from(frames, ({ flags: all, long }) => (long ? all & ~LONG : all));
      const sound = sameParts(bodies, parts) && same(kinds, Uint8Array.of(MORE, MORE, 0));
      return {
        greeting: same(higher.theirs.octets, equal.theirs.octets)
          ? 'as-required'
          : `differs(${higher.theirs.major}.${higher.theirs.minor})`,
        READY:
          higher.frame.flags === equal.frame.flags && same(higher.frame.body, equal.frame.body)
            ? 'as-required'
            : 'differs(another READY)',
        frames: sound ? 'as-required' : `differs(flags ${flags.join(' ')})`,
      };
    },
  }),

  defineCase({
    id: 'greeting/16',
    judge: { '01': { rfc: ['open'] }, FF: { rfc: ['open'] } },
    run: async trial => {
      const greet = await greeter(trial);
      return { '01': await greet({ asServer: 0x01 }), FF: await greet({ asServer: 0xff }) };
    },
  }),

  defineCase({
    id: 'greeting/18',
    judge: { 'all FF': { rfc: ['open', 'closed'], wire: ['open'] } },
    run: async trial => ({ 'all FF': await greetOddly(trial, { filler: filled(31, 0xff) }) }),
  }),

  defineCase({
    id: 'greeting/19',
    judge: { 'octet by octet': { rfc: ['open'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.meet(socket);
      await peer.writeSlowly(greeting(), APART_MS);
      await peer.expectOctets(64, 'greeting');
      await peer.writeSlowly(ready(trial.metadataOf(socket.type)), APART_MS);
      await peer.expectReady();
      const body = ascii('in one piece');
      const landed = await landing(trial, socket, peer, message(body), [body]);
      return { 'octet by octet': landed === 'delivered' ? 'open' : landed };
    },
  }),

  defineCase({
    id: 'greeting/20',
    needs: ['handshake-limit'],
    judge: {
      silence: { rfc: ['closed'] },
      'no READY': { rfc: ['closed'] },
      'an octet per 100 ms': { rfc: ['closed'] },
    },
    run: async trial => {
      const endAfter = async (begin: (peer: RawPeer) => void) => {
        const limitMs = trial.stepMs / 2;
        const peer = await trial.meet(await trial.open({ handshakeMs: limitMs }));
        const began = performance.now();
        begin(peer);
        const end = await peer.ending(limitMs + trial.stepMs);
        peer.destroy();
        if (end === 'open') return end;
        return (peer.closedAt ?? 0) - began < EARLY_MS ? ('differs(closed too early)' as const) : end;
      };
      const [silence, quiet, slow] = await Promise.all([
        endAfter(() => undefined),
        endAfter(peer => peer.write(greeting(), 'greeting')),
        endAfter(peer => void peer.writeSlowly(greeting(), 100)),
      ]);
      return { silence, 'no READY': quiet, 'an octet per 100 ms': slow };
    },
  }),
];

/** Greets one socket in various ways, one after the other: what became of the connection. */
async function greeter(trial: Trial) {
  const socket = await trial.open();
  return async (fields: GreetingFields) => {
    const talker = await joinToTalk(trial, socket, fields);
    const fate = await exchange(trial, socket, talker);
    talker.peer.destroy(); // a connecting target comes back for the next
    return fate;
  };
}

/** On a socket of its own, for who closes need not come back: what became of a connection that was so begun. */
async function greetOddly(trial: Trial, fields: GreetingFields) {
  const peer = await trial.meet(await trial.open());
  peer.write(greeting(fields), 'greeting');
  const theirs = await peer.octets(64);
  if (theirs === 'closed') return 'closed';
  if (theirs === 'silent') return 'mute';
  peer.write(ready(trial.metadataOf(trial.type)), 'READY');
  return entry(trial, peer);
}

async function talkAs(trial: Trial, version: { readonly major: number; readonly minor: number }) {
  const socket = await trial.open();
  return exchange(trial, socket, await joinToTalk(trial, socket, version));
}

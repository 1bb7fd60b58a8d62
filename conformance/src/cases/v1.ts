/** Peers speaking ZMTP 1.0. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { MORE } from '../raw/frame.ts';
import {
  expectFrameV1,
  frameV1,
  GREETING_V2_SIZE,
  greetingV2,
  messageV1,
  nextFrameV1,
  TYPE_NUMBERS,
  type FrameV1,
} from '../raw/legacy.ts';
import { ascii, filled, hex, join, same, toAscii } from '../raw/octets.ts';
import type { Gone } from '../raw/raw-peer.ts';
import { reception } from '../trial/arrivals.ts';
import { sendUntil } from '../trial/exchange.ts';
import { converseV1, joinV1, refusals } from '../trial/legacy.ts';
import { freshIdentity } from '../trial/trial.ts';

const TARGET = ascii('target');
const NOBODY = hex('01 00');

export const v1Cases: readonly Case[] = [
  defineCase({
    id: 'v1/1',
    needs: ['fallback:1.0'],
    judge: {
      '01 00': { rfc: ['open'] },
      'short identity': { rfc: ['open'] },
      'long form': { rfc: ['open'] },
      'identity of the target': { rfc: ['as-required'] },
    },
    run: async trial => {
      const socket = await trial.open({ identity: TARGET });
      const heads: Uint8Array[] = [];
      const come = async (identityFrame: Uint8Array): Promise<Token> => {
        const { peer, targetIdentity } = await joinV1(trial, socket, identityFrame);
        heads.push(targetIdentity);
        const fate = await converseV1(trial, socket, peer);
        peer.destroy();
        return fate;
      };
      return {
        '01 00': await come(NOBODY),
        'short identity': await come(frameV1(freshIdentity())),
        'long form': await come(frameV1(freshIdentity(), { long: true })),
        'identity of the target': heads.every(head => same(head, TARGET))
          ? 'as-required'
          : `differs(${heads.map(toAscii).join(', ')})`,
      };
    },
  }),

  defineCase({
    id: 'v1/2',
    needs: ['fallback:1.0'],
    judge: {
      'short in': { rfc: ['delivered'] },
      'empty in': { rfc: ['delivered'] },
      'long in': { rfc: ['delivered'] },
      'short frame in long form in': { rfc: ['delivered'] },
      'three parts in': { rfc: ['delivered'] },
      'short out': { rfc: ['delivered'] },
      'long out': { rfc: ['delivered'] },
      'three parts out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const identity = freshIdentity();
      const { peer } = await joinV1(trial, socket, frameV1(identity));
      const put = (octets: Uint8Array, ...parts: Uint8Array[]): Promise<Token> => {
        peer.write(octets, 'message');
        return reception(trial, socket, peer, [identity, ...parts]);
      };
      const get = async (...parts: Uint8Array[]): Promise<Token> => {
        await socket.send({ parts: [identity, ...parts] });
        const found: (FrameV1 | Gone)[] = [];
        for (const _ of parts) found.push(await nextFrameV1(peer));
        return whole(found, parts);
      };
      // 253 octets and the flags are the most that a short form can say
      const [small, most, more, large] = [ascii('small'), filled(253, 0x61), filled(254, 0x62), filled(300, 0x63)];
      return {
        'short in': await put(frameV1(most), most),
        'empty in': await put(frameV1(filled(0, 0)), filled(0, 0)),
        'long in': await put(frameV1(more), more),
        'short frame in long form in': await put(frameV1(small, { long: true }), small),
        'three parts in': await put(messageV1(small, large, most), small, large, most),
        'short out': await get(most),
        'long out': await get(more),
        'three parts out': await get(small, large, most),
      };
    },
  }),

  defineCase({
    id: 'v1/3',
    needs: ['fallback:1.0'],
    judge: { 'length 0': { rfc: ['open'] } },
    run: async trial => {
      const socket = await trial.open();
      const identity = freshIdentity();
      const { peer } = await joinV1(trial, socket, frameV1(identity));
      peer.write(join(frameV1(ascii('before')), hex('00'), frameV1(ascii('behind'))), 'length 0 between two messages');
      const before = await reception(trial, socket, peer, [identity, ascii('before')]);
      if (before !== 'delivered') return { 'length 0': before };
      const behind = await reception(trial, socket, peer, [identity, ascii('behind')]);
      return { 'length 0': behind === 'delivered' ? 'open' : behind };
    },
  }),

  defineCase({
    id: 'v1/4',
    needs: ['fallback:1.0'],
    judge: {
      'flags of a message': { rfc: ['delivered'] },
      'flags of the identity': { rfc: ['open'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const identity = freshIdentity();
      const { peer } = await joinV1(trial, socket, frameV1(identity));
      peer.write(frameV1(ascii('flagged'), { flags: 0xfe }), 'flags FE');
      const message = await reception(trial, socket, peer, [identity, ascii('flagged')]);

      const otherSocket = await trial.open(); // a connecting ROUTER may know who comes again by the first id
      const other = await trial.meet(otherSocket);
      const flagged = freshIdentity();
      other.write(join(frameV1(flagged, { flags: 0xfe }), frameV1(ascii('hello'))), 'identity with flags FE');
      const arrived = await reception(trial, otherSocket, other, [flagged, ascii('hello')]);
      return { 'flags of a message': message, 'flags of the identity': arrived === 'delivered' ? 'open' : arrived };
    },
  }),

  defineCase({
    id: 'v1/5',
    types: ['PUB'],
    needs: ['fallback:1.0'],
    judge: { 'the first': { rfc: ['delivered'] }, 'another topic': { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer } = await joinV1(trial, socket, NOBODY);
      const first = await sendUntil(trial, socket, { parts: [ascii('A')] }, within => nextFrameV1(peer, within));
      await socket.send({ parts: [ascii('B')] });
      let last = first;
      while (typeof last !== 'string' && same(last.body, ascii('A'))) last = await nextFrameV1(peer);
      return { 'the first': whole([first], [ascii('A')]), 'another topic': whole([last], [ascii('B')]) };
    },
  }),

  defineCase({
    id: 'v1/6',
    judge: {
      PLAIN: { rfc: ['closed'] },
      CURVE: { rfc: ['closed'] },
      'NULL with a domain': { rfc: ['closed'] },
    },
    run: trial => refusals(trial, NOBODY),
  }),

  defineCase({
    id: 'v1/7',
    needs: ['fallback:1.0'],
    // no text has a revision 0
    judge: {
      'message in': { rfc: ['delivered', 'dropped', 'closed'], wire: ['delivered'] },
      'message out': { rfc: ['delivered', 'dropped', 'closed'], wire: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open({ identity: TARGET });
      const peer = await trial.meet(socket);
      const identity = freshIdentity();
      const greeting = greetingV2({ revision: 0, type: TYPE_NUMBERS.DEALER });
      peer.write(join(greeting, frameV1(identity), frameV1(ascii('question'))), 'revision 0');
      const arrived = await reception(trial, socket, peer, [identity, ascii('question')]);
      if (arrived !== 'delivered') return { 'message in': arrived };
      await socket.send({ parts: [identity, ascii('answer')] });
      await peer.expectOctets(GREETING_V2_SIZE, 'greeting');
      await expectFrameV1(peer, 'identity');
      return { 'message in': arrived, 'message out': whole([await nextFrameV1(peer)], [ascii('answer')]) };
    },
  }),
];

/** Whether these frames are this message. */
function whole(frames: readonly (FrameV1 | Gone)[], parts: readonly Uint8Array[]): Token {
  const found = frames.filter(one => typeof one !== 'string');
  if (found.length === 0) return frames.includes('closed') ? 'closed' : 'dropped';
  const sound = found.every(
    ({ flags, body }, i) => same(body, parts[i] ?? TARGET) && flags === (i < parts.length - 1 ? MORE : 0),
  );
  return sound && found.length === parts.length ? 'delivered' : 'altered';
}

/** Peers speaking ZMTP 2.0. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { frame, LONG, MORE, type Frame } from '../raw/frame.ts';
import { GREETING_V2_SIZE, greetingV2, TYPE_NUMBERS } from '../raw/legacy.ts';
import { ascii, filled, hex, join, same, toAscii, toHex } from '../raw/octets.ts';
import type { Gone, RawPeer } from '../raw/raw-peer.ts';
import { arrival, fateByMessage, reception } from '../trial/arrivals.ts';
import { sendUntil } from '../trial/exchange.ts';
import { greetV2, joinV2, refusals } from '../trial/legacy.ts';

const TARGET = ascii('target');

export const v2Cases: readonly Case[] = [
  defineCase({
    id: 'v2/1',
    needs: ['fallback:2.0'],
    judge: {
      'socket type': { rfc: [`replied(${TYPE_NUMBERS.ROUTER})`] },
      identity: { rfc: ['as-required'] },
      'message in': { rfc: ['delivered'] },
      'message out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open({ identity: TARGET });
      const { peer, identity } = await greetV2(trial, socket);
      const theirs = await peer.expectOctets(GREETING_V2_SIZE, 'greeting of 2.0');
      const announced = await peer.expectFrame('identity');
      const sound = announced.flags === 0 && same(announced.body, TARGET);
      peer.write(frame(ascii('question')), 'message');
      const arrived = await reception(trial, socket, peer, [identity, ascii('question')]);
      await socket.send({ parts: [identity, ascii('first'), filled(300, 0x62)] });
      return {
        'socket type': `replied(${theirs[11] ?? ''})`,
        identity: sound ? 'as-required' : `differs(${described(announced)})`,
        'message in': arrived,
        'message out': whole([await peer.frame(), await peer.frame()], [ascii('first'), filled(300, 0x62)]),
      };
    },
  }),

  defineCase({
    id: 'v2/2',
    needs: ['fallback:2.0'],
    judge: { 'revision 2': { rfc: ['replied(2.0)'] } },
    run: async trial => {
      const { peer } = await greetV2(trial, await trial.open({ identity: TARGET }), { revision: 2 });
      // 2.0: the type, then the frame of the identity; 3.x: the minor, then the mechanism
      const octets = await peer.expectOctets(GREETING_V2_SIZE + 4, 'greeting');
      const asV2 = join(Uint8Array.of(TYPE_NUMBERS.ROUTER, 0, TARGET.length), TARGET.subarray(0, 2));
      if (same(octets.subarray(11), asV2)) return { 'revision 2': 'replied(2.0)' };
      const asV3 = toAscii(octets.subarray(12)) === 'NULL';
      return { 'revision 2': asV3 ? 'replied(3.x)' : `differs(${toHex(octets.subarray(10))})` };
    },
  }),

  defineCase({
    id: 'v2/3',
    types: ['XPUB', 'XSUB'],
    needs: ['fallback:2.0'],
    judge: {
      XPUB: { rfc: ['replied(1)'] },
      XSUB: { rfc: ['replied(2)'] },
    },
    run: async trial => {
      const { peer } = await greetV2(trial, await trial.open());
      const theirs = await peer.expectOctets(GREETING_V2_SIZE, 'greeting of 2.0');
      const token: Token = `replied(${theirs[11] ?? ''})`;
      return { [trial.type]: token };
    },
  }),

  defineCase({
    id: 'v2/4',
    needs: ['fallback:2.0'],
    judge: { 'PUB to ROUTER': { rfc: ['closed'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer, identity } = await greetV2(trial, socket, { type: 1 });
      peer.write(frame(ascii('welcome?')), 'message');
      return { 'PUB to ROUTER': await fateByMessage(trial, socket, peer, [identity, ascii('welcome?')]) };
    },
  }),

  defineCase({
    id: 'v2/5',
    needs: ['fallback:2.0'],
    judge: {
      '255 octets': { rfc: ['delivered'] },
      '400 octets, long': { rfc: ['closed', 'open'], lenient: ['delivered'] },
      'with MORE': { rfc: ['closed', 'open'], lenient: ['delivered'] },
    },
    run: async trial => {
      const comeAs = async (identity: Uint8Array, identityFrame: Uint8Array): Promise<Token> => {
        const socket = await trial.open(); // of its own: a connecting ROUTER may know who comes again by the first id
        const { peer } = await greetV2(trial, socket, { identityFrame });
        peer.write(frame(ascii('hello')), 'message');
        const arrived = await arrival(trial, socket, peer);
        if (typeof arrived === 'string') return arrived === 'closed' ? 'closed' : 'mute';
        const [id = filled(0, 0), body = filled(0, 0), ...others] = arrived.parts;
        if (others.length > 0 || !same(body, ascii('hello'))) return 'altered';
        return same(id, identity) ? 'delivered' : 'open'; // under another id: the announced one was ignored
      };
      const [fitting, tooLong, unfinished] = [filled(255, 0x61), filled(400, 0x62), ascii('unfinished')];
      return {
        '255 octets': await comeAs(fitting, frame(fitting)),
        '400 octets, long': await comeAs(tooLong, frame(tooLong)),
        'with MORE': await comeAs(unfinished, frame(unfinished, { flags: MORE })),
      };
    },
  }),

  defineCase({
    id: 'v2/6',
    types: ['SUB', 'PUB'],
    needs: ['fallback:2.0'],
    judge: {
      subscription: { rfc: ['as-required'] },
      cancellation: { rfc: ['as-required'] },
      'before any subscription': { rfc: ['dropped'] },
      'once subscribed to': { rfc: ['delivered'] },
      'not subscribed to': { rfc: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const { peer } = await joinV2(trial, socket);
      if (trial.type === 'SUB') {
        await socket.subscribe(ascii('A'));
        const subscription = likeFrame(await peer.expectFrame('subscription'), hex('01 41'));
        await socket.unsubscribe(ascii('A'));
        return { subscription, cancellation: likeFrame(await peer.expectFrame('cancellation'), hex('00 41')) };
      }
      await socket.send({ parts: [ascii('S too early')] });
      peer.write(frame(hex('01 53')), 'subscription to S');
      const first = await sendUntil(trial, socket, { parts: [ascii('S1')] }, within => peer.frame(within));
      await socket.send({ parts: [ascii('A')] });
      await socket.send({ parts: [ascii('S2')] });
      const all = [first, ...(await framesUpTo(peer, 'S2'))];
      const got = (text: string): Token => (all.some(one => isBody(one, text)) ? 'delivered' : 'dropped');
      return {
        'before any subscription': got('S too early'),
        'once subscribed to': got('S2'),
        'not subscribed to': got('A'),
      };
    },
  }),

  defineCase({
    id: 'v2/7',
    needs: ['fallback:2.0'],
    // RFC 15 wants the bit to be zero, and says nothing of who sets it
    judge: { 'flags 04': { rfc: ['delivered', 'dropped', 'closed'], wire: ['dropped'] } },
    run: async trial => {
      const socket = await trial.open();
      const { peer, identity } = await joinV2(trial, socket);
      peer.write(join(frame(ascii('marked'), { flags: 0x04 }), frame(ascii('sentinel'))), 'flags 04, then a message');
      const arrived = await arrival(trial, socket, peer);
      if (typeof arrived === 'string') return { 'flags 04': arrived === 'closed' ? 'closed' : 'mute' };
      const [id = filled(0, 0), body = filled(0, 0), ...others] = arrived.parts;
      if (others.length > 0 || !same(id, identity)) return { 'flags 04': 'altered' };
      const token = { marked: 'delivered', sentinel: 'dropped' } as const;
      const text = toAscii(body);
      return { 'flags 04': text === 'marked' || text === 'sentinel' ? token[text] : 'altered' };
    },
  }),

  defineCase({
    id: 'v2/8',
    judge: {
      PLAIN: { rfc: ['closed'] },
      CURVE: { rfc: ['closed'] },
      'NULL with a domain': { rfc: ['closed'] },
    },
    run: trial => refusals(trial, join(greetingV2({ type: TYPE_NUMBERS.DEALER }), frame(ascii('old')))),
  }),
];

function likeFrame(found: Frame, body: Uint8Array): Token {
  const sound = (found.flags & ~LONG) === 0 && same(found.body, body);
  return sound ? 'as-required' : `differs(${described(found)})`;
}

function described({ flags, body }: Frame): string {
  return `flags ${flags.toString(16)}, ${toHex(body)}`;
}

function isBody(found: Frame | Gone, text: string): boolean {
  return typeof found !== 'string' && same(found.body, ascii(text));
}

/** Whether these frames are this message. */
function whole(frames: readonly (Frame | Gone)[], parts: readonly Uint8Array[]): Token {
  const found = frames.filter(one => typeof one !== 'string');
  if (found.length === 0) return 'dropped';
  const sound = found.every(
    ({ flags, body }, i) => same(body, parts[i] ?? TARGET) && (flags & ~LONG) === (i < parts.length - 1 ? MORE : 0),
  );
  return sound && found.length === parts.length ? 'delivered' : 'altered';
}

/** All that comes, up to a frame that holds this text. */
async function framesUpTo(peer: RawPeer, text: string): Promise<readonly (Frame | Gone)[]> {
  const found: (Frame | Gone)[] = [];
  for (;;) {
    const next = await peer.frame();
    found.push(next);
    if (typeof next === 'string' || isBody(next, text)) return found;
  }
}

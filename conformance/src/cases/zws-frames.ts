/** ZWS 2.0: what WebSockets demand of frames, and what a Ping and a Close are answered with. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { commandBody } from '../raw/command.ts';
import { ascii, join, same, toAscii } from '../raw/octets.ts';
import { Unreached } from '../raw/raw-peer.ts';
import { OPCODE, type WebSocketFrame } from '../raw/websocket.ts';
import { arrival } from '../trial/arrivals.ts';
import type { Trial } from '../trial/trial.ts';
import {
  closeBody,
  commandOf,
  fateOfWs,
  joinBareWs,
  joinWs,
  openWs,
  receptionWs,
  ZWS,
  zwsFrame,
  type JoinedWs,
  type WsTarget,
} from '../trial/zws.ts';

const NEEDS = ['transport:ws'];
const HELLO = ascii('hello');

export const zwsFrameCases: readonly Case[] = [
  defineCase({
    id: 'zws/14',
    needs: NEEDS,
    judge: { 'masked the wrong way': { rfc: ['closed'] } },
    run: async trial => {
      const target = await openWs(trial);
      const joined = await joinWs(target);
      const { peer } = joined;
      peer.writeFrame(join(Uint8Array.of(ZWS.last), HELLO), { mask: !peer.isClient }, 'masked the wrong way');
      return { 'masked the wrong way': await fateOfWs(target, joined) };
    },
  }),

  defineCase({
    id: 'zws/15',
    needs: NEEDS,
    judge: {
      'opcode 3': { rfc: ['closed'] },
      // nothing says how: not to take it is enough
      text: { rfc: ['closed', 'open'] },
    },
    run: async trial => {
      const written = async (opcode: number, note: string): Promise<Token> => {
        const target = await openWs(trial);
        const joined = await joinWs(target);
        joined.peer.writeFrame(join(Uint8Array.of(ZWS.last), HELLO), { opcode }, note);
        return fateOfWs(target, joined);
      };
      const [reserved, text] = await Promise.all([written(3, 'opcode 3'), written(OPCODE.text, 'text')]);
      return { 'opcode 3': reserved, text };
    },
  }),

  defineCase({
    id: 'zws/16',
    needs: NEEDS,
    judge: { 'two fragments': { rfc: ['open'] }, 'a Ping between': { rfc: ['open'] } },
    run: async trial => {
      const inTwo = async (between: (joined: JoinedWs) => void): Promise<Token> => {
        const target = await openWs(trial);
        const joined = await joinWs(target);
        const { peer, identity } = joined;
        peer.writeFrame(join(Uint8Array.of(ZWS.last), ascii('frag')), { fin: false }, 'first fragment');
        between(joined);
        peer.writeFrame(ascii('ments'), { opcode: OPCODE.continuation }, 'last fragment');
        return receptionWs(target, peer, [identity, ascii('fragments')]);
      };
      const [plain, interrupted] = await Promise.all([
        inTwo(() => undefined),
        inTwo(({ peer }) => peer.writeFrame(HELLO, { opcode: OPCODE.ping }, 'Ping between')),
      ]);
      return { 'two fragments': plain, 'a Ping between': interrupted };
    },
  }),

  defineCase({
    id: 'zws/17',
    needs: NEEDS,
    judge: { 'no octets at all': { rfc: ['closed', 'open'], lenient: ['delivered'] } },
    run: async trial => {
      const target = await openWs(trial);
      const { peer, identity } = await joinWs(target);
      peer.writeFrame(new Uint8Array(0), {}, 'empty message');
      peer.write(ZWS.last, HELLO, 'sentinel');
      const arrived = await arrival(trial, target.socket, peer.peer);
      if (typeof arrived === 'string') {
        const ended = arrived === 'closed' || (await peer.end(0)) === 'closed';
        return { 'no octets at all': ended ? 'closed' : 'mute' };
      }
      const [id, body, ...others] = arrived.parts;
      if (id === undefined || body === undefined || others.length > 0 || !same(id, identity)) {
        return { 'no octets at all': 'altered' };
      }
      return { 'no octets at all': body.length === 0 ? 'delivered' : same(body, HELLO) ? 'open' : 'altered' };
    },
  }),

  defineCase({
    id: 'zws/18',
    needs: NEEDS,
    judge: { 'under NULL': { rfc: ['replied(hello)'] }, 'under ZWS2.0': { rfc: ['replied(hello)'] } },
    run: trial =>
      underBoth(trial, async (target, joined) => {
        joined.peer.writeFrame(HELLO, { opcode: OPCODE.ping }, 'Ping');
        const seen = await upToAnswer(target, joined);
        if (seen === 'closed') return 'closed';
        const pong = seen.find(({ opcode }) => opcode === OPCODE.pong);
        return pong === undefined ? 'dropped' : `replied(${toAscii(pong.payload)})`;
      }),
  }),

  defineCase({
    id: 'zws/19',
    needs: NEEDS,
    judge: {
      'under NULL': { rfc: ['replied(Close)'] },
      'under ZWS2.0': { rfc: ['replied(Close)'] },
      'TCP under NULL': { rfc: ['closed'] },
      'TCP under ZWS2.0': { rfc: ['closed'] },
    },
    run: async trial => {
      const ends: Partial<Record<string, Token>> = {};
      const replies = await underBoth(trial, async (_, { peer }, name) => {
        peer.writeFrame(closeBody(1000), { opcode: OPCODE.close }, 'Close 1000');
        let next = await peer.next();
        while (typeof next !== 'string' && next.opcode !== OPCODE.close) next = await peer.next();
        // the server ends TCP; the client may wait for that
        if (peer.isClient) ends[`TCP ${name}`] = await peer.end(next === 'silent' ? 0 : trial.stepMs);
        if (next === 'closed') return 'closed';
        return next === 'silent' ? 'dropped' : 'replied(Close)';
      });
      return { ...replies, ...ends };
    },
  }),

  defineCase({
    id: 'zws/20',
    needs: [...NEEDS, 'heartbeat'],
    judge: {
      heartbeat: { rfc: ['replied(Ping)', 'replied(PING)'], wire: ['replied(Ping)'] },
      'a PING command': { rfc: ['dropped', 'replied(PONG)', 'closed'], wire: ['dropped', 'replied(PONG)'] },
    },
    run: async trial => {
      const target = await openWs(trial, { heartbeatMs: 100, heartbeatTimeoutMs: 3000 });
      const joined = await joinWs(target);
      const { peer } = joined;
      const beat = await peer.next();
      if (typeof beat === 'string') return { heartbeat: beat === 'closed' ? 'closed' : 'dropped' };
      const command = commandOf(zwsFrame(beat))?.name ?? 'something else';
      const heartbeat: Token = beat.opcode === OPCODE.ping ? 'replied(Ping)' : `replied(${command})`;
      if (beat.opcode === OPCODE.ping) peer.writeFrame(beat.payload, { opcode: OPCODE.pong }, 'Pong');
      peer.write(ZWS.command, commandBody('PING', join(Uint8Array.of(0, 0), HELLO)), 'PING as a command');
      const seen = await upToAnswer(target, joined);
      if (seen === 'closed') return { heartbeat, 'a PING command': 'closed' };
      const pong = seen.some(frame => commandOf(zwsFrame(frame))?.name === 'PONG');
      return { heartbeat, 'a PING command': pong ? 'replied(PONG)' : 'dropped' };
    },
  }),
];

/** One connection each, with the mechanism NULL and without one. */
async function underBoth(
  trial: Trial,
  run: (target: WsTarget, joined: JoinedWs, name: 'under NULL' | 'under ZWS2.0') => Promise<Token>,
): Promise<Record<'under NULL' | 'under ZWS2.0', Token>> {
  const [withNull, bare] = [await openWs(trial), await openWs(trial)];
  const [first, second] = await Promise.all([
    joinWs(withNull).then(joined => run(withNull, joined, 'under NULL')),
    joinBareWs(bare).then(joined => run(bare, joined, 'under ZWS2.0')),
  ]);
  return { 'under NULL': first, 'under ZWS2.0': second };
}

/** Asks the application, which answers: all that the target sends before that answer, or that it ended the connection. */
async function upToAnswer(
  { socket }: WsTarget,
  { peer, identity }: JoinedWs,
): Promise<readonly WebSocketFrame[] | 'closed'> {
  peer.write(ZWS.last, ascii('question'), 'question');
  if ((await socket.receive()) === undefined) {
    if ((await peer.end(0)) === 'closed') return 'closed';
    throw new Unreached('no question reached the application');
  }
  await socket.send({ parts: [identity, ascii('answer')] });
  const seen: WebSocketFrame[] = [];
  for (;;) {
    const next = await peer.next();
    if (typeof next === 'string' || same(next.payload.subarray(1), ascii('answer'))) return seen;
    if (next.opcode === OPCODE.ping) peer.writeFrame(next.payload, { opcode: OPCODE.pong }, 'Pong');
    seen.push(next);
  }
}

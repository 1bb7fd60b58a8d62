/** ZWS 2.0: what is said once a sub-protocol is agreed to. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { commandBody, parseProperties } from '../raw/command.ts';
import { ascii, filled, hex, join, same, toAscii, toHex } from '../raw/octets.ts';
import type { Gone } from '../raw/raw-peer.ts';
import { OPCODE } from '../raw/websocket.ts';
import type { SocketType } from '../target/protocol.ts';
import { arrival } from '../trial/arrivals.ts';
import { sendUntil } from '../trial/exchange.ts';
import { optionsFor } from '../trial/security.ts';
import {
  commandOf,
  fateOfWs,
  introduceWs,
  joinBareWs,
  joinWs,
  openWs,
  receptionWs,
  ZWS,
  type WsPeer,
  type ZwsFrame,
} from '../trial/zws.ts';

const NEEDS = ['transport:ws'];
const TARGET = ascii('target');

export const zwsMessageCases: readonly Case[] = [
  defineCase({
    id: 'zws/8',
    needs: NEEDS,
    judge: {
      identity: { rfc: ['as-required'] },
      'message in': { rfc: ['open'] },
      'message out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const target = await openWs(trial, { identity: TARGET });
      const joined = await joinBareWs(target);
      const { peer, identity, first } = joined;
      const fate = await fateOfWs(target, joined);
      await target.socket.send({ parts: [identity, ascii('answer')] });
      return {
        identity: first.flags === ZWS.last && same(first.body, TARGET) ? 'as-required' : differs(first),
        'message in': fate,
        'message out': await partsOut(peer, [ascii('answer')]),
      };
    },
  }),

  defineCase({
    id: 'zws/9',
    needs: NEEDS,
    judge: {
      READY: { rfc: ['as-required'] },
      'two parts in': { rfc: ['open'] },
      'two parts out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const target = await openWs(trial);
      const { peer, identity, first } = await joinWs(target);
      const parts = [filled(300, 0x61), filled(70_000, 0x62)] as const; // sizes of 16 and of 64 bits
      peer.write(ZWS.more, parts[0], 'first part');
      peer.write(ZWS.last, parts[1], 'last part');
      const arrived = await receptionWs(target, peer, [identity, ...parts]);
      await target.socket.send({ parts: [identity, ...parts] });
      const ready = commandOf(first);
      const sound = ready?.name === 'READY' && parseProperties(ready.data) !== undefined && oneMessage(peer, first);
      return {
        READY: sound ? 'as-required' : differs(first),
        'two parts in': arrived,
        'two parts out': await partsOut(peer, parts),
      };
    },
  }),

  defineCase({
    id: 'zws/10',
    needs: NEEDS,
    // RFC 45 has three values, and says nothing of who sends another
    judge: {
      'flags F8': { rfc: ['delivered', 'dropped', 'closed'], wire: ['delivered'] },
      'flags 03': { rfc: ['delivered', 'dropped', 'closed', 'altered'], wire: ['dropped'] },
    },
    run: async trial => {
      const flagged = async (flags: number): Promise<Token> => {
        const target = await openWs(trial);
        const { peer, identity } = await joinWs(target);
        const odd = commandBody('ODD', new Uint8Array(0));
        peer.write(flags, odd, `flags ${flags.toString(16)}`);
        peer.write(ZWS.last, ascii('sentinel'), 'sentinel');
        const arrived = await arrival(trial, target.socket, peer.peer);
        if (typeof arrived === 'string') return arrived === 'closed' ? 'closed' : 'mute';
        const [id = TARGET, ...parts] = arrived.parts.map(part => toAscii(part));
        if (id !== toAscii(identity)) return 'altered';
        if (parts.join() === 'sentinel') return 'dropped';
        return parts.join() === toAscii(odd) ? 'delivered' : 'altered';
      };
      return { 'flags F8': await flagged(0xf8), 'flags 03': await flagged(0x03) };
    },
  }),

  defineCase({
    id: 'zws/11',
    needs: NEEDS,
    judge: { 'PUB to ROUTER': { rfc: ['closed'] } },
    run: async trial => {
      const target = await openWs(trial);
      const { peer } = await introduceWs(target, { socketType: 'PUB' });
      return { 'PUB to ROUTER': await peer.end(trial.stepMs) };
    },
  }),

  defineCase({
    id: 'zws/12',
    types: ['SUB', 'PUB'],
    needs: NEEDS,
    judge: {
      subscription: { rfc: ['as-required'] },
      cancellation: { rfc: ['as-required'] },
      'subscription as a message': { rfc: ['delivered'] },
      // a command of ZMTP 3.1, which RFC 45 does not know
      'subscription as a command': { rfc: ['delivered', 'dropped', 'closed'], wire: ['delivered', 'dropped'] },
    },
    run: async trial => {
      const target = await openWs(trial);
      const { socket } = target;
      const { peer } = await joinWs(target);
      if (trial.type === 'SUB') {
        await socket.subscribe(ascii('A'));
        const subscription = like(await peer.expectData('subscription'), hex('01 41'));
        await socket.unsubscribe(ascii('A'));
        return { subscription, cancellation: like(await peer.expectData('cancellation'), hex('00 41')) };
      }
      peer.write(ZWS.command, commandBody('SUBSCRIBE', ascii('C')), 'SUBSCRIBE C as a command');
      peer.write(ZWS.last, hex('01 4d'), 'subscription to M as a message');
      const bodies: string[] = [];
      const first = await sendUntil(trial, socket, { parts: [ascii('M1')] }, within => peer.data(within));
      if (first === 'closed') return { 'subscription as a command': 'closed' };
      await socket.send({ parts: [ascii('C')] });
      await socket.send({ parts: [ascii('M2')] });
      for (let next: ZwsFrame | Gone = first; typeof next !== 'string'; next = await peer.data()) {
        bodies.push(toAscii(next.body));
        if (bodies.at(-1) === 'M2') break;
      }
      const got = (body: string): Token => (bodies.includes(body) ? 'delivered' : 'dropped');
      return { 'subscription as a message': got('M2'), 'subscription as a command': got('C') };
    },
  }),

  defineCase({
    id: 'zws/13',
    roles: ['bind'],
    types: ['PUB'],
    needs: [...NEEDS, 'mech:CURVE', 'role:connect', 'type:SUB', 'type:PULL', 'type:PUSH'],
    judge: {
      // shows that the two find each other at all
      'from PUSH to PULL': { rfc: ['delivered'] },
      'from PUB to SUB': { rfc: ['delivered'] },
    },
    run: async trial => {
      const between = async (from: SocketType, to: SocketType): Promise<Token> => {
        const { socket } = await openWs(trial, optionsFor('CURVE', 'server'), { type: from });
        const caller = { type: to, role: 'connect', endpoint: socket.endpoint } as const;
        const other = await trial.open(optionsFor('CURVE', 'client'), caller);
        if (to === 'SUB') await other.subscribe(ascii('A'));
        const found = await sendUntil(trial, socket, { parts: [ascii('A')] }, async within => {
          const message = await other.receive(within);
          return message ?? 'silent';
        });
        return found === 'silent' ? 'dropped' : 'delivered';
      };
      return { 'from PUSH to PULL': await between('PUSH', 'PULL'), 'from PUB to SUB': await between('PUB', 'SUB') };
    },
  }),
];

/** Whether it is one binary message of WebSockets, masked as the target's side has to. */
function oneMessage(peer: WsPeer, { frame }: ZwsFrame): boolean {
  return frame.opcode === OPCODE.binary && frame.fin && frame.reserved === 0 && frame.masked !== peer.isClient;
}

async function partsOut(peer: WsPeer, parts: readonly Uint8Array[]): Promise<Token> {
  let token: Token = 'delivered';
  for (const [i, part] of parts.entries()) {
    const found = await peer.data();
    if (found === 'closed') return 'closed';
    if (found === 'silent') return 'dropped';
    const flags = i < parts.length - 1 ? ZWS.more : ZWS.last;
    if (found.flags !== flags || !same(found.body, part) || !oneMessage(peer, found)) token = 'altered';
  }
  return token;
}

function like(found: ZwsFrame, body: Uint8Array): Token {
  return found.flags === ZWS.last && same(found.body, body) ? 'as-required' : differs(found);
}

function differs({ flags, body, frame }: ZwsFrame): Token {
  return `differs(opcode ${frame.opcode}, ${toHex(join(Uint8Array.of(flags & 0xff), body))})`;
}

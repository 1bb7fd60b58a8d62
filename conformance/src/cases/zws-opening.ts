/** ZWS 2.0: how a connection is opened, from the request to the agreement on a sub-protocol. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import {
  acceptOf,
  freshKey,
  header,
  listIn,
  nextHead,
  statusOf,
  upgradeRequest,
  type HttpHead,
  type UpgradeRequestFields,
  type UpgradeResponseFields,
} from '../raw/http-upgrade.ts';
import type { Gone } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import { optionsFor } from '../trial/security.ts';
import type { Trial } from '../trial/trial.ts';
import { BARE_PROTOCOL, meetWs, NULL_PROTOCOL, openWs, type WsPeer, type WsTarget } from '../trial/zws.ts';

const NEEDS = ['transport:ws'];

export const zwsOpeningCases: readonly Case[] = [
  defineCase({
    id: 'zws/1',
    roles: ['connect'],
    needs: NEEDS,
    judge: {
      NULL: { rfc: ['as-required'] },
      PLAIN: { rfc: ['as-required'] },
      // RFC 45 has no name for CURVE
      CURVE: { rfc: ['replied(*)'], wire: ['replied(ZWS2.0/CURVE)'] },
    },
    run: async trial => {
      const one = async (options: TargetOptions, known: readonly string[]): Promise<Token> => {
        const offered = await offeredBy(trial, options);
        return offered.some(protocol => known.includes(protocol)) ? 'as-required' : `differs(${offered.join()})`;
      };
      const seen: Partial<Record<'NULL' | 'PLAIN' | 'CURVE', Token>> = {
        NULL: await one({}, [BARE_PROTOCOL, NULL_PROTOCOL]),
      };
      if (trial.can('mech:PLAIN'))
        seen.PLAIN = await one(optionsFor('PLAIN', 'client'), [BARE_PROTOCOL, 'ZWS2.0/PLAIN']);
      if (trial.can('mech:CURVE')) {
        const offered = await offeredBy(trial, optionsFor('CURVE', 'client'));
        seen.CURVE = offered.length === 0 ? 'differs(nothing)' : `replied(${offered.join()})`;
      }
      return seen;
    },
  }),

  defineCase({
    id: 'zws/2',
    roles: ['connect'],
    needs: NEEDS,
    judge: { host: { rfc: ['as-required'] }, path: { rfc: ['as-required'] } },
    run: async trial => {
      const target = await openWs(trial, {}, { path: '/a/b' });
      const request = await (await meetWs(target)).expectHead('request');
      const host = header(request, 'Host') ?? '';
      const path = request.startLine.split(' ')[1] ?? '';
      return {
        host: host === `127.0.0.1:${target.listener?.port ?? 0}` ? 'as-required' : `differs(${host})`,
        path: path === '/a/b' ? 'as-required' : `differs(${path})`,
      };
    },
  }),

  defineCase({
    id: 'zws/3',
    roles: ['bind'],
    needs: NEEDS,
    judge: {
      'NULL alone': { rfc: [`replied(${NULL_PROTOCOL})`] },
      'ZWS2.0 alone': { rfc: [`replied(${BARE_PROTOCOL})`] },
      'NULL first': { rfc: [`replied(${NULL_PROTOCOL})`, `replied(${BARE_PROTOCOL})`] },
      'ZWS2.0 first': { rfc: [`replied(${NULL_PROTOCOL})`, `replied(${BARE_PROTOCOL})`] },
      'with a space': { rfc: [`replied(${NULL_PROTOCOL})`, `replied(${BARE_PROTOCOL})`] },
      'with blanks around the comma': { rfc: [`replied(${NULL_PROTOCOL})`, `replied(${BARE_PROTOCOL})`] },
      'two headers': { rfc: [`replied(${NULL_PROTOCOL})`] },
      'behind an unknown one': { rfc: [`replied(${NULL_PROTOCOL})`] },
    },
    run: async trial => {
      const target = await openWs(trial);
      const choice = async (...protocols: string[]): Promise<Token> => {
        const response = await (await meetWs(target)).ask({ protocols });
        if (typeof response === 'string' || statusOf(response) !== '101') return tokenOf(response);
        return `replied(${header(response, 'Sec-WebSocket-Protocol') ?? ''})`;
      };
      return {
        'NULL alone': await choice('ZWS2.0/NULL'),
        'ZWS2.0 alone': await choice('ZWS2.0'),
        'NULL first': await choice('ZWS2.0/NULL,ZWS2.0'),
        'ZWS2.0 first': await choice('ZWS2.0,ZWS2.0/NULL'),
        'with a space': await choice('ZWS2.0/NULL, ZWS2.0'),
        'with blanks around the comma': await choice('ZWS2.0/NULL \t, \tZWS2.0'),
        'two headers': await choice('chat', 'ZWS2.0/NULL'),
        'behind an unknown one': await choice('chat, ZWS9.9/NULL, ZWS2.0/NULL'),
      };
    },
  }),

  defineCase({
    id: 'zws/4',
    roles: ['bind'],
    needs: NEEDS,
    judge: {
      none: { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
      chat: { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
      'PLAIN to NULL': { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
      'lower case': { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
    },
    run: async trial => {
      const target = await openWs(trial);
      const offer = async (...protocols: string[]): Promise<Token> => refusal(trial, target, { protocols });
      return {
        none: await offer(),
        chat: await offer('chat'),
        'PLAIN to NULL': await offer('ZWS2.0/PLAIN'),
        'lower case': await offer('zws2.0/null'),
      };
    },
  }),

  defineCase({
    id: 'zws/6',
    needs: NEEDS,
    judge: { 'accept value': { rfc: ['as-required'] }, 'a wrong accept value': { rfc: ['closed'] } },
    run: async trial => {
      const peer = await meetWs(await openWs(trial));
      if (trial.role === 'connect')
        return { 'a wrong accept value': await answered(peer, { accept: acceptOf('wrong') }) };
      const key = freshKey();
      const response = await peer.ask({ protocols: [NULL_PROTOCOL], key });
      if (typeof response === 'string') return { 'accept value': tokenOf(response) };
      const accept = header(response, 'Sec-WebSocket-Accept') ?? '';
      return { 'accept value': accept === acceptOf(key) ? 'as-required' : `differs(${accept})` };
    },
  }),

  defineCase({
    id: 'zws/7',
    needs: NEEDS,
    judge: {
      'version 8': { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
      POST: { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
      'another Upgrade': { rfc: ['closed', 'replied(4xx)', 'replied(5xx)'] },
      'keep-alive, Upgrade': { rfc: ['replied(101)'] },
      // whoever finds it too long has to say so: RFC 9110 section 5.4
      'a header of 3000 octets': { rfc: ['replied(101)', 'replied(4xx)'] },
      'in two writes': { rfc: ['replied(101)'] },
      'another reason phrase': { rfc: ['open'] },
    },
    run: async trial => {
      const target = await openWs(trial);
      if (trial.role === 'connect') {
        return { 'another reason phrase': await answered(await meetWs(target), { status: '101 As You Like It' }) };
      }
      const protocols = [NULL_PROTOCOL];
      const ask = async (fields: UpgradeRequestFields): Promise<Token> =>
        tokenOf(await (await meetWs(target)).ask({ protocols, ...fields }));
      return {
        'version 8': await refusal(trial, target, { protocols, version: '8' }),
        POST: await refusal(trial, target, { protocols, method: 'POST' }),
        'another Upgrade': await refusal(trial, target, { protocols, upgrade: 'h2c' }),
        'keep-alive, Upgrade': await ask({ connection: 'keep-alive, Upgrade' }),
        'a header of 3000 octets': await ask({ others: [`Cookie: ${'c'.repeat(2992)}`] }),
        'in two writes': await inTwoWrites(await meetWs(target)),
      };
    },
  }),

  defineCase({
    id: 'zws/21',
    roles: ['bind'],
    needs: [...NEEDS, 'handshake-limit'],
    judge: { 'silent from the start': { rfc: ['closed'] }, 'silent behind the upgrade': { rfc: ['closed'] } },
    run: async trial => {
      const handshakeMs = 400;
      const target = await openWs(trial, { handshakeMs });
      const [silent, upgraded] = [await meetWs(target), await meetWs(target)];
      await upgraded.upgrade(NULL_PROTOCOL);
      const [first, second] = await Promise.all([
        silent.end(handshakeMs + trial.stepMs),
        upgraded.end(handshakeMs + trial.stepMs),
      ]);
      return { 'silent from the start': first, 'silent behind the upgrade': second };
    },
  }),
];

async function offeredBy(trial: Trial, options: TargetOptions): Promise<readonly string[]> {
  const peer = await meetWs(await openWs(trial, options));
  return listIn(await peer.expectHead('request'), 'Sec-WebSocket-Protocol');
}

/** The first that comes back: a class of status is enough. */
function tokenOf(response: HttpHead | Gone): Token {
  if (response === 'closed') return 'closed';
  if (response === 'silent') return 'mute';
  const status = statusOf(response);
  return `replied(${/^[45]/.test(status) ? `${status.charAt(0)}xx` : status})`;
}

/** The same where it is not to be let in: who is, and is then told to go by a Close, has been refused too. */
async function refusal(trial: Trial, target: WsTarget, fields: UpgradeRequestFields): Promise<Token> {
  const peer = await meetWs(target);
  const response = await peer.ask(fields);
  const token = tokenOf(response);
  if (token !== 'replied(101)') return token;
  const next = await peer.data(trial.stepMs / 2);
  return next === 'closed' ? 'closed' : token;
}

async function inTwoWrites(peer: WsPeer): Promise<Token> {
  const request = upgradeRequest({ protocols: [NULL_PROTOCOL] });
  const half = Math.floor(request.length / 2);
  peer.peer.write(request.subarray(0, half), 'first half of the request');
  await peer.peer.ending(20); // so that it arrives alone
  peer.peer.write(request.subarray(half), 'second half');
  return tokenOf(await nextHead(peer.peer));
}

/** What a client does with this response: goes on to the handshake of ZMTP, or ends the connection. */
async function answered(peer: WsPeer, fields: Partial<UpgradeResponseFields>): Promise<Token> {
  const request = await peer.expectHead('request');
  peer.accept(request, { protocol: NULL_PROTOCOL, ...fields });
  const next = await peer.data();
  if (next === 'closed') return 'closed';
  return next === 'silent' ? 'mute' : 'open';
}

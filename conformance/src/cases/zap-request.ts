/** What a ZAP handler is asked: the frames of a request, one by one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { show } from '../raw/describe.ts';
import { ascii, filled, same } from '../raw/octets.ts';
import type { HelloFields } from '../raw/plain.ts';
import { Unreached } from '../raw/raw-peer.ts';
import type { TargetOptions, ZapPlan } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { curveKeys } from '../trial/curve-keys.ts';
import { DOMAIN, freshContext } from '../trial/plain.ts';
import { inParallel } from '../trial/steps.ts';
import type { OpenFields, PeerFields, Trial } from '../trial/trial.ts';
import { WAYS, type Way } from '../trial/way-in.ts';
import { parseZapRequest, zapRequestsUntilNow, type ZapRequest } from '../trial/zap.ts';

const NEEDS = ['zap-host'];
const PLAIN = [...NEEDS, 'mech:PLAIN'];

const USER = ascii('alice');
const PASSWORD = ascii('secret 42');

export const zapRequestCases: readonly Case[] = [
  defineCase({
    id: 'zap/1',
    needs: PLAIN,
    judge: { REP: { rfc: ['open'] }, ROUTER: { rfc: ['open'] } },
    run: trial =>
      inParallel({ REP: 'REP' as const, ROUTER: 'ROUTER' as const }, async as => {
        const { requests, peer } = await ask(trial, { mechanism: 'PLAIN', plan: { as } });
        return requests.length === 1 ? trial.fate(peer) : `differs(${requests.length} requests)`;
      }),
  }),

  defineCase({
    id: 'zap/2',
    needs: PLAIN,
    judge: {
      frames: { rfc: ['as-required'] },
      version: { rfc: ['as-required'] },
      'request id': { rfc: ['as-required'] },
      domain: { rfc: ['as-required'] },
      mechanism: { rfc: ['as-required'] },
    },
    run: async trial => {
      // a ROUTER: it sees whether there is a delimiter in front
      const { requests, request } = await ask(trial, { mechanism: 'PLAIN', plan: { as: 'ROUTER' } });
      return {
        frames: as(requests[0]?.length === 8, String(requests[0]?.length)),
        version: as(request.version === '1.0', request.version),
        'request id': as(request.requestId.length <= 255, String(request.requestId.length)),
        domain: as(request.domain === DOMAIN, request.domain),
        mechanism: as(request.mechanism === 'PLAIN', request.mechanism),
      };
    },
  }),

  defineCase({
    id: 'zap/3',
    needs: NEEDS,
    judge: { PLAIN: { rfc: ['as-required', 'refused'] }, CURVE: { rfc: ['as-required', 'refused'] } },
    run: trial =>
      inParallel(secured(trial), async mechanism => {
        const asked = await served(trial, { mechanism, options: {} }).catch(refusedToOpen);
        if (asked === 'refused') return asked;
        const { domain } = (await enter(trial, asked)).request;
        return as(domain !== '', 'empty');
      }),
  }),

  defineCase({
    id: 'zap/4',
    needs: PLAIN,
    judge: {
      IPv4: { rfc: ['as-required'] },
      IPv6: { rfc: ['as-required'] },
      'a path': { rfc: ['as-required'] },
    },
    run: async trial => {
      const folder = await mkdtemp(join(tmpdir(), 'zap-'));
      const v4: Visit = { isRight: address => address === '127.0.0.1', fields: {} };
      const v6: Visit = {
        isRight: address => address === '::1',
        fields: { endpoint: 'tcp://[::1]:*' },
        options: { ipv6: true },
      };
      // RFC 27 does not know of paths: that there is something, and no address of somebody else
      const path: Visit = {
        isRight: address => address !== '' && !/^[\d.]+$/.test(address),
        fields: { endpoint: `ipc://${join(folder, 'socket')}` },
      };
      const bound = trial.role === 'bind'; // our listeners are of IPv4
      const visits: Readonly<Record<string, Visit>> = {
        IPv4: v4,
        ...(bound && hasIPv6() ? { IPv6: v6 } : {}),
        ...(bound && trial.can('transport:ipc') ? { 'a path': path } : {}),
      };
      try {
        return await inParallel(visits, async ({ isRight, fields, options }) => {
          const withDomain = { zapDomain: DOMAIN, ...options };
          const { request } = await ask(trial, { mechanism: 'PLAIN', fields, options: withDomain });
          return as(isRight(request.address), request.address);
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  }),

  defineCase({
    id: 'zap/5',
    needs: NEEDS,
    judge: {
      // not known before the peer's READY or INITIATE: then nothing is the truth
      NULL: { rfc: ['replied(CLI)', 'replied()'] },
      PLAIN: { rfc: ['replied(CLI)', 'replied()'] },
      CURVE: { rfc: ['replied(CLI)'] },
    },
    run: trial =>
      inParallel({ ...unsecured(trial), ...secured(trial) }, async mechanism => {
        const options = { zapDomain: DOMAIN, identity: ascii('SRV') };
        const { request } = await ask(trial, { mechanism, options, peer: { identity: ascii('CLI') } });
        return `replied(${Buffer.from(request.identity).toString('latin1')})`;
      }),
  }),

  defineCase({
    id: 'zap/6',
    roles: ['bind'], // of two peers of NULL, who binds is the server
    needs: NEEDS,
    judge: { mechanism: { rfc: ['as-required'] }, credentials: { rfc: ['as-required'] } },
    run: async trial => {
      const { request } = await ask(trial, { mechanism: 'NULL' });
      return {
        mechanism: as(request.mechanism === 'NULL', request.mechanism),
        credentials: as(request.credentials.length === 0, String(request.credentials.length)),
      };
    },
  }),

  defineCase({
    id: 'zap/7',
    needs: PLAIN,
    judge: {
      'a few octets each': { rfc: ['as-required'] },
      'every VCHAR': { rfc: ['as-required'] },
      '255 octets each': { rfc: ['as-required'] },
      empty: { rfc: ['as-required'] },
    },
    run: trial => {
      const every = Uint8Array.from({ length: 94 }, (_, i) => 0x21 + i);
      const nothing = new Uint8Array(0);
      const pairs: Readonly<Record<string, readonly [Uint8Array, Uint8Array]>> = {
        'a few octets each': [USER, PASSWORD],
        'every VCHAR': [every, every.toReversed()],
        '255 octets each': [filled(255, 0x75), filled(255, 0x70)],
        empty: [nothing, nothing],
      };
      return inParallel(pairs, async ([user, password]) => {
        const { request } = await ask(trial, { mechanism: 'PLAIN', peer: { user, password } });
        return credentialsAre(request, [user, password]);
      });
    },
  }),

  defineCase({
    id: 'zap/8',
    needs: [...NEEDS, 'mech:CURVE'],
    judge: { 'client key': { rfc: ['as-required'] } },
    run: async trial => {
      const { request } = await ask(trial, { mechanism: 'CURVE' });
      return { 'client key': credentialsAre(request, [curveKeys().client.publicKey]) };
    },
  }),
];

/** A peer that comes by one of the transports, and how it is known. */
interface Visit {
  readonly isRight: (address: string) => boolean;
  readonly fields: OpenFields;
  readonly options?: TargetOptions;
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'));
}

interface Question {
  readonly mechanism: Way;
  readonly plan?: ZapPlan;
  readonly options?: TargetOptions;
  readonly fields?: OpenFields;
  readonly peer?: PeerFields & HelloFields;
}

interface Served {
  readonly question: Question;
  readonly socket: TargetSocket;
  readonly requests: readonly (readonly Uint8Array[])[];
}

/** A server of its own, with a handler of its own. */
async function served(trial: Trial, question: Question): Promise<Served> {
  const { mechanism, plan = {}, options = { zapDomain: DOMAIN }, fields } = question;
  const context = freshContext();
  await trial.zap(plan, context);
  const requests = trial.zapRequests(context);
  const socket = await trial.open({ ...WAYS[mechanism].server, ...options }, { ...fields, context });
  return { question, socket, requests };
}

/** A peer goes in, and the handler is asked. */
async function enter(trial: Trial, { question, socket, requests }: Served) {
  const peer = await trial.meet(socket);
  const said = { user: USER, password: PASSWORD, ...question.peer };
  await WAYS[question.mechanism].enter(trial, peer, socket.type, said);
  const [first] = await zapRequestsUntilNow(trial, requests);
  if (first === undefined) throw new Unreached('the handler is not asked');
  const request = parseZapRequest(first);
  if (request === undefined) throw new Unreached(`a request of ${first.length} frames`);
  return { requests, request, peer };
}

async function ask(trial: Trial, question: Question) {
  return enter(trial, await served(trial, question));
}

/** A server without a domain may well be refused. */
function refusedToOpen(cause: unknown): 'refused' {
  if (cause instanceof Unreached) return 'refused';
  throw cause;
}

function as(sound: boolean, seen: string): Token {
  return sound ? 'as-required' : `differs(${seen})`;
}

function credentialsAre({ credentials }: ZapRequest, wanted: readonly Uint8Array[]): Token {
  const sound =
    credentials.length === wanted.length &&
    wanted.every((frame, i) => same(frame, credentials[i] ?? new Uint8Array(0)));
  return as(sound, credentials.map(show).join(' '));
}

/** The mechanisms with a server that the target has. */
function secured(trial: Trial): Readonly<Record<string, Way>> {
  return {
    ...(trial.can('mech:PLAIN') ? { PLAIN: 'PLAIN' as const } : {}),
    ...(trial.can('mech:CURVE') ? { CURVE: 'CURVE' as const } : {}),
  };
}

function unsecured(trial: Trial): Readonly<Record<string, Way>> {
  return trial.can('mech:NULL') ? { NULL: 'NULL' } : {};
}

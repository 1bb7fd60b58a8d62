/** What becomes of a ZAP handler's replies, and of peers when there is no handler. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { property } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, toAscii } from '../raw/octets.ts';
import { hello, initiate } from '../raw/plain.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions, ZapPlan } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { DOMAIN, freshContext, greetAsPlainClient, openPlainServer, PLAIN_SERVER } from '../trial/plain.ts';
import { reaction } from '../trial/reaction.ts';
import { inParallel } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';
import { WAYS, waysOf, type Way } from '../trial/way-in.ts';
import { parseZapRequest, zapRequestsUntilNow } from '../trial/zap.ts';

const NEEDS = ['zap-host', 'mech:PLAIN'];

/** Not let in. */
const KEPT_OUT: readonly Token[] = ['closed', 'closed+ERROR(*)', 'mute'];
const EITHER: readonly Token[] = [...KEPT_OUT, 'open'];

const VERSION = ascii('1.0');
const NOTHING = new Uint8Array(0);
/** A reply of 200, cut into its frames. */
const SOUND = [VERSION, 'request-id', ascii('200'), NOTHING, NOTHING, NOTHING] as const;

/** For what is already under way. */
const QUIET_MS = 100;

const WORD = ascii('said');
const STATUSES = ['200', '300', '400', '500'] as const;
const THREE = ['first', 'second', 'third'] as const;
const DELAY_MS = 120;

export const zapReplyCases: readonly Case[] = [
  defineCase({
    id: 'zap/9',
    needs: NEEDS,
    judge: {
      'a sound one': { rfc: ['replied(WELCOME)'] },
      'version 2.0': { rfc: KEPT_OUT },
      'another request id': { rfc: KEPT_OUT },
      'status 201': { rfc: KEPT_OUT },
      'too few frames': { rfc: KEPT_OUT },
      'too many frames': { rfc: KEPT_OUT },
      'metadata that do not add up': { rfc: KEPT_OUT },
    },
    run: trial => {
      const [, id, ok] = SOUND;
      const replies: Readonly<Record<string, NonNullable<ZapPlan['frames']>>> = {
        'a sound one': SOUND,
        'version 2.0': [ascii('2.0'), ...SOUND.slice(1)],
        'another request id': [VERSION, ascii('another'), ...SOUND.slice(2)],
        'status 201': [VERSION, id, ascii('201'), ...SOUND.slice(3)],
        'too few frames': [VERSION, id, ok],
        'too many frames': [...SOUND, NOTHING],
        'metadata that do not add up': [...SOUND.slice(0, 5), property('X-Zap', 'v', { valueLength: 100 })],
      };
      return inParallel(replies, async frames => {
        const peer = await trial.meet(await openPlainServer(trial, { frames }));
        await greetAsPlainClient(peer);
        peer.write(hello(), 'HELLO');
        return reaction(peer, 'WELCOME');
      });
    },
  }),

  defineCase({
    id: 'zap/10',
    needs: NEEDS,
    judge: everyStatus(),
    run: trial => {
      const tries = waysOf(trial).flatMap(mechanism => STATUSES.map(code => ({ mechanism, code })));
      const steps = Object.fromEntries(tries.map(it => [`${it.mechanism} ${it.code}`, it] as const));
      return inParallel(steps, async ({ mechanism, code }) => {
        const context = freshContext();
        await trial.zap({ code }, context);
        const socket = await trial.open({ ...WAYS[mechanism].server, zapDomain: DOMAIN }, { context });
        const { letIn } = await wayOfOne(trial, socket, mechanism);
        return (await socket.receive(letIn ? trial.stepMs : QUIET_MS)) === undefined ? 'dropped' : 'delivered';
      });
    },
  }),

  defineCase({
    id: 'zap/11',
    needs: NEEDS,
    judge: {
      'three at once, a ROUTER': { rfc: ['open'] },
      'three at once, a REP': { rfc: ['open'] },
      'not before the answer': { rfc: ['as-required'] },
      'one request each': { rfc: ['as-required'] },
    },
    run: async trial => {
      const [router, rep] = await Promise.all([
        threeAtOnce(trial, { as: 'ROUTER', delayMs: DELAY_MS }),
        threeAtOnce(trial, { as: 'REP', delayMs: DELAY_MS }),
      ]);
      const soonestMs = Math.min(...router.ms, ...rep.ms);
      const users = [...router.users, ...rep.users].toSorted().join(' ');
      const wanted = [...THREE, ...THREE].toSorted().join(' ');
      return {
        'three at once, a ROUTER': router.fate,
        'three at once, a REP': rep.fate,
        // a timer may be a little early
        'not before the answer': soonestMs > DELAY_MS - 20 ? 'as-required' : 'differs(early)',
        'one request each': users === wanted ? 'as-required' : `differs(${users})`,
      };
    },
  }),

  defineCase({
    id: 'zap/12',
    needs: NEEDS,
    judge: { 'in READY': { rfc: ['as-required'] }, 'at messages': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await openPlainServer(trial, { metadata: property('X-Zap', 'v') });
      const peer = await trial.meet(socket);
      const { properties, say } = await WAYS.PLAIN.enter(trial, peer, socket.type);
      const value = properties.get('X-Zap');
      const inReady = value === undefined ? 'differs(absent)' : told(toAscii(value));
      if (!trial.can('properties')) return { 'in READY': inReady };
      say(ascii('one'));
      const { properties: known } = await socket.expectMessage();
      return { 'in READY': inReady, 'at messages': told(known?.['X-Zap'] ?? 'absent') };
    },
  }),

  defineCase({
    id: 'zap/13',
    needs: ['mech:PLAIN'],
    judge: {
      PLAIN: { rfc: EITHER, wire: KEPT_OUT },
      'PLAIN, no domain': { rfc: EITHER, wire: KEPT_OUT },
      'PLAIN, domain enforced': { rfc: EITHER, wire: KEPT_OUT },
      NULL: { rfc: EITHER, wire: ['open'] },
      'NULL, no domain': { rfc: EITHER, wire: ['open'] },
      'NULL, domain enforced': { rfc: EITHER, wire: KEPT_OUT },
      CURVE: { rfc: EITHER, wire: ['open'] },
      'CURVE, no domain': { rfc: EITHER, wire: ['open'] },
      'CURVE, domain enforced': { rfc: EITHER, wire: KEPT_OUT },
    },
    run: trial => {
      const variants: Readonly<Record<string, TargetOptions>> = {
        '': { zapDomain: DOMAIN },
        ', no domain': {},
        ', domain enforced': { zapDomain: DOMAIN, zapEnforce: true },
      };
      const steps = waysOf(trial).flatMap(mechanism =>
        Object.entries(variants).map(([name, options]) => [`${mechanism}${name}`, { mechanism, options }] as const),
      );
      return inParallel(Object.fromEntries(steps), async ({ mechanism, options }) => {
        const socket = await trial.open({ ...WAYS[mechanism].server, ...options });
        const { peer, letIn } = await wayOfOne(trial, socket, mechanism);
        if (letIn) return (await socket.receive()) === undefined ? 'mute' : 'open';
        const outcome = await peer.outcome();
        return outcome === 'open' ? 'mute' : outcome;
      });
    },
  }),
];

function everyStatus(): Readonly<Record<string, { readonly rfc: readonly Token[] }>> {
  const mechanisms: readonly Way[] = ['NULL', 'PLAIN', 'CURVE'];
  const judge = mechanisms.flatMap(mechanism =>
    STATUSES.map(code => {
      const rfc: readonly Token[] = code === '200' ? ['delivered'] : ['dropped'];
      return [`${mechanism} ${code}`, { rfc }] as const;
    }),
  );
  return Object.fromEntries(judge);
}

/** Goes in, if it is let in, and says something. How it is kept out is a matter of other rows, and of chance. */
async function wayOfOne(trial: Trial, socket: TargetSocket, mechanism: Way): Promise<Attempt> {
  const peer = await trial.meet(socket);
  try {
    const { say } = await WAYS[mechanism].enter(trial, peer, socket.type);
    say(WORD);
  } catch (cause) {
    if (!(cause instanceof Unreached)) throw cause;
    if (mechanism !== 'CURVE') peer.write(message(WORD), 'message, all the same');
    return { peer, letIn: false };
  }
  return { peer, letIn: true };
}

interface Attempt {
  readonly peer: RawPeer;
  readonly letIn: boolean;
}

interface Three {
  readonly fate: Token;
  /** From HELLO to WELCOME. */
  readonly ms: readonly number[];
  /** The names that the handler was asked about. */
  readonly users: readonly string[];
}

/** Three with names of their own at the same time, behind one handler. */
async function threeAtOnce(trial: Trial, plan: ZapPlan): Promise<Three> {
  const context = freshContext();
  await trial.zap(plan, context);
  const requests = trial.zapRequests(context);
  const open = (): Promise<TargetSocket> => trial.open(PLAIN_SERVER, { context });
  const shared = trial.role === 'bind' ? await open() : undefined; // a connecting one has a single peer
  const enter = async (user: string) => {
    const socket = shared ?? (await open());
    const peer = await trial.meet(socket);
    await greetAsPlainClient(peer);
    const began = performance.now();
    peer.write(hello({ user }), 'HELLO');
    await peer.expectCommand('WELCOME');
    const ms = performance.now() - began;
    peer.write(initiate(trial.metadataOf(socket.type)), 'INITIATE');
    await peer.expectReady();
    return { ms, fate: await trial.fate(peer) };
  };
  const entered = await Promise.all(THREE.map(enter));
  const asked = await zapRequestsUntilNow(trial, requests);
  return {
    fate: entered.find(({ fate }) => fate !== 'open')?.fate ?? 'open',
    ms: entered.map(({ ms }) => ms),
    users: asked.map(frames => toAscii(parseZapRequest(frames)?.credentials[0] ?? NOTHING)),
  };
}

function told(value: string): Token {
  return value === 'v' ? 'as-required' : `differs(${value})`;
}

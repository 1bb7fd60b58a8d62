/** INITIATE: what a target that is the client sends, and what one that is the server must not take. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { metadata, property } from '../raw/command.ts';
import { agree } from '../raw/curve-box.ts';
import { openInitiate } from '../raw/curve.ts';
import { COMMAND } from '../raw/frame.ts';
import { join, random, same, toHex } from '../raw/octets.ts';
import { CurveClient } from '../trial/curve-client.ts';
import { curveKeys } from '../trial/curve-keys.ts';
import { curveSockets, meetClient, meetServer, reaction, REFUSED } from '../trial/curve-sides.ts';
import { refusedInitiate } from './curve-refusals.ts';

const needs = ['mech:CURVE'];

/** Octets of an INITIATE without metadata. */
const INITIATE_MIN = 257;
/** Where the box of an INITIATE begins, and its cookie. */
const BOX_AT = 113;
const COOKIE_AT = 9;

export const curveInitiateCases: readonly Case[] = [
  defineCase({
    id: 'curve/15',
    needs,
    judge: {
      form: { rfc: ['as-required'] },
      cookie: { rfc: ['as-required'] },
      'C in the box': { rfc: ['as-required'] },
    },
    run: async trial => {
      const server = await meetClient(trial, curveSockets(trial, 'client'));
      await server.hello();
      server.welcome();
      const { flags, body } = await server.peer.expectFrame('INITIATE');
      const initiate = openInitiate(body, server.sessionKey);
      const command = (flags & COMMAND) !== 0;
      if (initiate === undefined || !command || body.length < INITIATE_MIN) {
        return { form: `differs(flags ${flags}, ${body.length} octets: ${toHex(body)})` };
      }
      const { cookie, clientKey } = initiate;
      return {
        form: 'as-required',
        cookie: same(cookie, server.cookie) ? 'as-required' : `differs(${toHex(cookie)})`,
        'C in the box': same(clientKey, curveKeys().client.publicKey) ? 'as-required' : `differs(${toHex(clientKey)})`,
      };
    },
  }),

  defineCase({
    id: 'curve/16',
    needs,
    judge: {
      'opens with C': { rfc: ['as-required'] },
      "names C'": { rfc: ['as-required'] },
      'names S': { rfc: ['as-required'] },
      'a fresh nonce': { rfc: ['as-required'] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'client');
      const vouched = async () => {
        const server = await meetClient(trial, sockets);
        const { clientShortKey } = await server.hello();
        server.welcome();
        const opened = server.openVouch(await server.initiate());
        return { opened, clientShortKey };
      };
      const [one, other] = [await vouched(), await vouched()];
      if (one.opened === undefined || other.opened === undefined) return { 'opens with C': 'differs(does not open)' };
      const is = (sound: boolean): Token => (sound ? 'as-required' : 'differs(another)');
      return {
        'opens with C': 'as-required',
        "names C'": is(same(one.opened.clientShortKey, one.clientShortKey)),
        'names S': is(same(one.opened.serverKey, curveKeys().server.publicKey)),
        'a fresh nonce': is(!same(one.opened.random, other.opened.random)),
      };
    },
  }),

  defineCase({
    id: 'curve/17',
    needs,
    judge: {
      '256 octets': { rfc: REFUSED },
      // No octet is too few; who insists on a Socket-Type may refuse it for that.
      '257 octets': { rfc: ['open', ...REFUSED] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const none = new Uint8Array(0);
      const short = await welcomed(() => meetServer(trial, sockets));
      short.initiate({ vouch: short.vouch().subarray(1), metadata: none });
      const afterShort = await reaction(short.peer);
      const least = await welcomed(() => meetServer(trial, sockets));
      least.initiate({ metadata: none });
      return { '256 octets': afterShort, '257 octets': await readyOrNot(least) };
    },
  }),

  refusedInitiate(
    { id: 'curve/18' },
    {
      'a bit of the cookie': client => flipped(client.initiateBody(), COOKIE_AT + 20),
      'a bit of the box': client => flipped(client.initiateBody(), BOX_AT + 20),
      'a bit of the metadata': client => flipped(client.initiateBody(), -1),
      'two octets behind': client => join(client.initiateBody(), Uint8Array.of(0, 0)),
    },
  ),

  defineCase({
    id: 'curve/19',
    needs,
    judge: { 'HELLO and INITIATE again': { rfc: REFUSED } },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const first = await meetServer(trial, sockets);
      const hello = first.helloBody();
      first.write(hello, 'HELLO');
      await first.welcome();
      const initiate = first.initiateBody();
      first.write(initiate, 'INITIATE');
      await first.ready();

      const again = await meetServer(trial, sockets);
      again.write(hello, 'the same HELLO');
      const answer = await reaction(again.peer);
      if (answer !== 'replied(WELCOME)') return { 'HELLO and INITIATE again': answer };
      again.write(initiate, 'the same INITIATE');
      return { 'HELLO and INITIATE again': await reaction(again.peer) };
    },
  }),

  refusedInitiate(
    { id: 'curve/20' },
    {
      'a vouch by another key': client =>
        client.initiateBody({
          vouch: client.vouch({ key: agree(client.serverShortKey, curveKeys().server.secretKey) }),
        }),
      'another C in the box': client => client.initiateBody({ clientKey: curveKeys().serverShort.publicKey }),
      'a random vouch': client => client.initiateBody({ vouch: random(96) }),
    },
  ),

  refusedInitiate(
    { id: 'curve/21' },
    {
      "a vouch over another C'": client =>
        client.initiateBody({ vouch: client.vouch({ clientShortKey: curveKeys().serverShort.publicKey }) }),
    },
  ),

  defineCase({
    id: 'curve/23',
    needs,
    judge: { equal: { rfc: REFUSED }, smaller: { rfc: REFUSED }, 'greater by one': { rfc: ['replied(READY)'] } },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const after5 = async (counter: bigint) => {
        const client = await welcomed(() => meetServer(trial, sockets), 5n);
        client.initiate({ counter });
        const seen = await reaction(client.peer);
        client.peer.destroy();
        return seen;
      };
      return { equal: await after5(5n), smaller: await after5(4n), 'greater by one': await after5(6n) };
    },
  }),

  refusedInitiate(
    { id: 'curve/24' },
    {
      'truncated metadata': client =>
        client.initiateBody({ metadata: property('Socket-Type', 'DEALER').subarray(0, -3) }),
      'PUB to ROUTER': client => client.initiateBody({ metadata: metadata({ socketType: 'PUB' }) }),
    },
  ),
];

/** Up to WELCOME. */
async function welcomed(meet: () => Promise<CurveClient>, counter?: bigint): Promise<CurveClient> {
  const client = await meet();
  client.hello(counter === undefined ? {} : { counter });
  await client.welcome();
  return client;
}

/** What has become of a connection for which READY should come. */
async function readyOrNot(client: CurveClient): Promise<Token> {
  const next = await client.peer.frame();
  if (typeof next === 'string') return next === 'closed' ? client.peer.closed() : 'mute';
  if (client.peer.errorReason !== undefined) {
    const outcome = await client.peer.outcome();
    return outcome === 'open' ? 'mute' : outcome;
  }
  return client.accept(next.body).fate();
}

function flipped(octets: Uint8Array, at: number): Uint8Array {
  const changed = new Uint8Array(octets);
  const index = at < 0 ? changed.length + at : at;
  changed[index] = (changed[index] ?? 0) ^ 1;
  return changed;
}

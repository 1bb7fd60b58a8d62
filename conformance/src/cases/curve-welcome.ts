/** WELCOME: what a target that is the server answers, and what one that is the client must not take. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { keyPair } from '../raw/curve-box.ts';
import { openWelcome, readyBody, WELCOME_SIZE } from '../raw/curve.ts';
import { join, same, toHex } from '../raw/octets.ts';
import { curveSockets, meetClient, meetServer, reaction, REFUSED } from '../trial/curve-sides.ts';
import { refusedWelcome } from './curve-refusals.ts';

const needs = ['mech:CURVE'];

export const curveWelcomeCases: readonly Case[] = [
  defineCase({
    id: 'curve/10',
    needs,
    judge: { form: { rfc: ['as-required'] } },
    run: async trial => {
      const client = await meetServer(trial, curveSockets(trial, 'server'));
      client.hello();
      const { command, more, body } = await client.peer.expectFrame('WELCOME');
      const welcome = openWelcome(body, client.helloKey);
      const sound = command && !more && welcome !== undefined;
      return { form: sound ? 'as-required' : `differs(${body.length} of ${WELCOME_SIZE}: ${toHex(body)})` };
    },
  }),

  defineCase({
    id: 'curve/11',
    needs,
    judge: {
      "S'": { rfc: ['as-required'] },
      cookie: { rfc: ['as-required'] },
      nonce: { rfc: ['as-required'] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const greeted = async () => {
        const client = await meetServer(trial, sockets); // with the C' that all have
        client.hello();
        return client.welcome();
      };
      const [one, other] = [await greeted(), await greeted()];
      const fresh = (a: Uint8Array, b: Uint8Array) => (same(a, b) ? 'differs(the same as before)' : 'as-required');
      return {
        "S'": fresh(one.serverShortKey, other.serverShortKey),
        cookie: fresh(one.cookie, other.cookie),
        nonce: fresh(one.random, other.random),
      };
    },
  }),

  defineCase({
    id: 'curve/12',
    needs,
    judge: {
      "with this connection's S'": { rfc: REFUSED },
      "with the other's S'": { rfc: REFUSED },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const shortPair = keyPair();
      const bringing = async (whose: 'own' | 'other') => {
        const other = await meetServer(trial, sockets, { shortPair });
        other.hello();
        const theirs = await other.welcome();
        const client = await meetServer(trial, sockets);
        client.hello();
        const own = await client.welcome();
        if (whose === 'other') client.know({ ...own, serverShortKey: theirs.serverShortKey });
        client.initiate({ cookie: theirs.cookie });
        return reaction(client.peer);
      };
      return {
        "with this connection's S'": await bringing('own'),
        "with the other's S'": await bringing('other'),
      };
    },
  }),

  refusedWelcome(
    { id: 'curve/13', judge: { rfc: ['closed'] } },
    {
      '167 octets': server => server.welcomeBody().subarray(0, WELCOME_SIZE - 1),
      '169 octets': server => join(server.welcomeBody(), Uint8Array.of(0)),
      'a box under another key': server => server.welcomeBody({ key: server.sessionKey }),
    },
  ),

  defineCase({
    id: 'curve/14',
    needs,
    judge: {
      // A client has no ERROR to send. RFC 26 "Architecture"
      'READY in place of WELCOME': { rfc: ['closed', 'mute'] },
      'a second WELCOME after INITIATE': { rfc: ['closed', 'mute'], lenient: ['replied(INITIATE)'] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'client');
      const early = await meetClient(trial, sockets);
      await early.hello();
      early.write(readyBody({ key: early.helloKey, counter: 1n, metadata: early.metadata }), 'READY');
      const afterReady = await reaction(early.peer);

      const twice = await meetClient(trial, sockets);
      await twice.hello();
      twice.welcome();
      await twice.initiate();
      twice.welcome();
      return {
        'READY in place of WELCOME': afterReady,
        'a second WELCOME after INITIATE': await reaction(twice.peer),
      };
    },
  }),
];

/** HELLO: what a target that is the client sends, and what one that is the server must not take. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { error } from '../raw/command.ts';
import { agree, PREFIX, shortNonce, unseal } from '../raw/curve-box.ts';
import { HELLO_SIZE, parseHello } from '../raw/curve.ts';
import { ascii, filled, join, same, toHex } from '../raw/octets.ts';
import { CurveClient } from '../trial/curve-client.ts';
import { curveKeys } from '../trial/curve-keys.ts';
import { curveJoin, curveSockets, meetClient, meetServer, reaction, REFUSED } from '../trial/curve-sides.ts';
import { refusedHello } from './curve-refusals.ts';

const needs = ['mech:CURVE'];

export const curveHelloCases: readonly Case[] = [
  defineCase({
    id: 'curve/1',
    roles: ['connect'],
    needs,
    judge: { form: { rfc: ['as-required'] } },
    run: async trial => {
      const { peer } = await meetClient(trial, curveSockets(trial, 'client'));
      const { command, more, body } = await peer.expectFrame('HELLO');
      const hello = parseHello(body);
      const sound =
        command &&
        !more &&
        hello !== undefined &&
        same(hello.version, Uint8Array.of(1, 0)) &&
        same(hello.padding, filled(72, 0));
      return { form: sound ? 'as-required' : `differs(${body.length} of ${HELLO_SIZE}: ${toHex(body)})` };
    },
  }),

  defineCase({
    id: 'curve/2',
    needs,
    judge: { box: { rfc: ['as-required'] } },
    run: async trial => {
      const server = await meetClient(trial, curveSockets(trial, 'client'));
      const { counter, box } = await server.hello();
      const content = unseal(server.helloKey, shortNonce(PREFIX.hello, counter), box);
      if (content === undefined) return { box: 'differs(does not open)' };
      return { box: same(content, filled(64, 0)) ? 'as-required' : `differs(${toHex(content)})` };
    },
  }),

  defineCase({
    id: 'curve/3',
    needs,
    judge: { 'three connections': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await curveSockets(trial, 'client').next();
      const keys = new Set<string>();
      for (let i = 0; i < 3; i += 1) {
        const server = await meetClient(trial, { side: 'client', next: () => Promise.resolve(socket) });
        keys.add(toHex((await server.hello()).clientShortKey));
        server.peer.destroy(); // a connecting target comes back
      }
      return { 'three connections': keys.size === 3 ? 'as-required' : 'differs(a key that was used before)' };
    },
  }),

  defineCase({
    id: 'curve/4',
    types: ['DEALER'],
    needs,
    judge: { 'HELLO, INITIATE, three MESSAGEs': { rfc: ['as-required'] } },
    run: async trial => {
      const socket = await curveSockets(trial, 'client').next();
      const server = await meetClient(trial, { side: 'client', next: () => Promise.resolve(socket) });
      const counters = [(await server.hello()).counter];
      server.welcome();
      counters.push((await server.initiate()).counter);
      const session = server.ready();
      for (const text of ['one', 'two', 'three']) {
        await socket.send({ parts: [ascii(text)] });
        counters.push((await session.expectNext('a MESSAGE')).counter);
      }
      const up = counters.every((counter, i) => counter > (counters[i - 1] ?? -1n));
      return { 'HELLO, INITIATE, three MESSAGEs': up ? 'as-required' : `differs(${counters.join(', ')})` };
    },
  }),

  refusedHello(
    { id: 'curve/5' },
    {
      '199 octets': client => client.helloBody().subarray(0, HELLO_SIZE - 1),
      '201 octets': client => join(client.helloBody(), Uint8Array.of(0)),
      'version 2.0': client => client.helloBody({ version: Uint8Array.of(2, 0) }),
      'version 1.1': client => client.helloBody({ version: Uint8Array.of(1, 1) }),
    },
  ),

  refusedHello(
    { id: 'curve/6' },
    {
      'to another server': client =>
        client.helloBody({ key: agree(curveKeys().client.publicKey, client.shortPair.secretKey) }),
      "another C' beside the box": client => client.helloBody({ clientShortKey: curveKeys().client.publicKey }),
      "an all-zero C' beside the box": client => client.helloBody({ clientShortKey: filled(32, 0) }),
    },
  ),

  refusedHello({ id: 'curve/7' }, { 'padding of AA': client => client.helloBody({ padding: filled(72, 0xaa) }) }),

  refusedHello({ id: 'curve/8' }, { 'a box of 64 AA': client => client.helloBody({ content: filled(64, 0xaa) }) }),

  defineCase({
    id: 'curve/9',
    needs,
    judge: {
      'a second HELLO': { rfc: [...REFUSED, 'mute'], lenient: ['replied(WELCOME)'] },
      // Who is let in by these has shown no key: nothing lenient is in that.
      'INITIATE first': { rfc: [...REFUSED, 'mute'] },
      'MESSAGE before INITIATE': { rfc: [...REFUSED, 'mute'] },
      'ERROR before INITIATE': { rfc: [...REFUSED, 'mute'] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      const second = await meetServer(trial, sockets);
      second.hello();
      await second.welcome();
      second.hello();
      const afterSecond = await reaction(second.peer);

      const finished = await meetServer(trial, sockets);
      finished.hello();
      await finished.welcome();
      const initiate = finished.initiateBody();
      const first = await meetServer(trial, sockets);
      first.write(initiate, 'INITIATE of another connection');
      const afterFirst = await reaction(first.peer);

      const socket = await sockets.next();
      const early = await CurveClient.meet(trial, socket);
      early.hello();
      await early.welcome();
      early.peer.write(early.session().sealed(ascii('too early')), 'MESSAGE');
      const afterMessage = await reaction(early.peer);

      const refusing = await meetServer(trial, sockets);
      refusing.hello();
      await refusing.welcome();
      refusing.peer.write(error('400'), 'ERROR');
      const afterError = await reaction(refusing.peer);

      // Nothing of the early message has come, as one behind it shows.
      const last = await curveJoin(trial, sockets);
      last.session.message(ascii('sentinel'));
      const delivered = (await trial.delivery(last.socket, [ascii('sentinel')])) !== 'delivered' || socket.waiting > 0;
      return {
        'a second HELLO': afterSecond,
        'INITIATE first': afterFirst,
        'MESSAGE before INITIATE': delivered ? 'delivered' : afterMessage,
        'ERROR before INITIATE': afterError,
      } satisfies Record<string, Token>;
    },
  }),
];

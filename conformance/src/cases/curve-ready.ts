/** READY and ERROR: how a handshake of CURVE ends, well or not. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { commandIn, error, metadata, parseProperties } from '../raw/command.ts';
import { openReady } from '../raw/curve.ts';
import { COMMAND } from '../raw/frame.ts';
import { toAscii, toHex } from '../raw/octets.ts';
import { CurveServer } from '../trial/curve-server.ts';
import { curveSockets, meetClient, meetServer } from '../trial/curve-sides.ts';
import type { Trial } from '../trial/trial.ts';

const needs = ['mech:CURVE'];

export const curveReadyCases: readonly Case[] = [
  defineCase({
    id: 'curve/25',
    needs,
    judge: {
      form: { rfc: ['as-required'] },
      'metadata in the box': { rfc: ['as-required'] },
    },
    run: async trial => {
      const client = await meetServer(trial, curveSockets(trial, 'server'));
      client.hello();
      await client.welcome();
      client.initiate();
      const { flags, body } = await client.peer.expectFrame('READY');
      const ready = openReady(body, client.sessionKey);
      if (ready === undefined || (flags & COMMAND) === 0) return { form: `differs(flags ${flags}: ${toHex(body)})` };
      const type = new Map(parseProperties(ready.metadata)).get('Socket-Type');
      const told = type !== undefined && toAscii(type) === trial.type;
      return {
        form: 'as-required',
        'metadata in the box': told ? 'as-required' : `differs(${toHex(ready.metadata)})`,
      };
    },
  }),

  defineCase({
    id: 'curve/26',
    needs,
    judge: {
      // A client has no ERROR to send.
      'under another key': { rfc: ['closed'] },
      'Socket-Type PUB to a ROUTER': { rfc: ['closed'] },
      'a sound one': { rfc: ['open'] },
      // The client MAY validate the metadata; RFC 37 has it tell a Socket-Type, and all servers do.
      'empty metadata': { rfc: ['open', 'closed'] },
    },
    run: async trial => {
      const sockets = curveSockets(trial, 'client');
      const answered = async (ready: (server: CurveServer) => Parameters<CurveServer['ready']>[0]) => {
        const server = await meetClient(trial, sockets);
        await server.hello();
        server.welcome();
        await server.initiate();
        const fate = await server.ready(ready(server)).fate();
        server.peer.destroy();
        return fate;
      };
      return {
        'under another key': await answered(server => ({ key: server.helloKey })),
        'Socket-Type PUB to a ROUTER': await answered(() => ({ metadata: metadata({ socketType: 'PUB' }) })),
        'a sound one': await answered(() => ({})),
        'empty metadata': await answered(() => ({ metadata: new Uint8Array(0) })),
      };
    },
  }),
];

export const curveErrorCases: readonly Case[] = [
  defineCase({
    id: 'curve/40',
    needs: [...needs, 'zap-host'],
    judge: {
      // How the reason is worded is nobody's business but the server's.
      '400': { rfc: ['closed', 'replied(ERROR)', 'replied(ERROR 400)'] },
      '500': { rfc: ['closed', 'replied(ERROR)', 'replied(ERROR 500)'] },
      '200': { rfc: ['replied(READY)'] },
    },
    run: async trial => {
      const answered = async (code: string): Promise<Token> => {
        await trial.zap({ code }); // in place of the handler before
        const client = await meetServer(trial, curveSockets(trial, 'server', { zapDomain: 'global' }));
        client.hello();
        await client.welcome();
        client.initiate();
        const answer = await client.peer.frame();
        if (typeof answer === 'string') return answer === 'closed' ? 'closed' : 'mute';
        // Whether it closes behind an ERROR is left open; a client would.
        const name = commandIn(answer)?.name ?? 'a message';
        return `replied(${name}${client.peer.errorReason === code ? ` ${code}` : ''})`;
      };
      return { '400': await answered('400'), '500': await answered('500'), '200': await answered('200') };
    },
  }),

  defineCase({
    id: 'curve/41',
    roles: ['connect'],
    needs,
    judge: {
      'after HELLO': { rfc: ['gives-up'] },
      'after INITIATE': { rfc: ['gives-up'] },
      'for another reason': { rfc: ['gives-up'] },
    },
    run: async trial => {
      const [early, late, other] = await Promise.all([
        refused(trial, '400', 'HELLO'),
        refused(trial, '400', 'INITIATE'),
        refused(trial, 'No', 'INITIATE'),
      ]);
      return { 'after HELLO': early, 'after INITIATE': late, 'for another reason': other };
    },
  }),
];

/** Whether a target that connects comes back after an ERROR, which it would within 20 ms (`reconnectMs`). */
async function refused(trial: Trial, reason: string, behind: 'HELLO' | 'INITIATE'): Promise<Token> {
  const sockets = curveSockets(trial, 'client');
  const socket = await sockets.next();
  const server = await CurveServer.meet(trial, socket);
  await server.hello();
  if (behind === 'INITIATE') {
    server.welcome();
    await server.initiate();
  }
  server.peer.write(error(reason), 'ERROR');
  if ((await server.peer.outcome()) === 'open') return 'open';
  server.peer.destroy(); // a target may wait for our end before it comes back
  const again = await trial.listenerOf(socket).accept();
  if (again === undefined) return 'gives-up';
  trial.keep(again);
  return 'reconnects';
}

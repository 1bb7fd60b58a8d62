/** Cases of one form: each step sends one command that must not be taken, on a connection of its own. */
import { defineCase, type Case, type Judge, type Token } from '../catalogue/case.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import { CurveClient } from '../trial/curve-client.ts';
import { CurveServer } from '../trial/curve-server.ts';
import { curveSockets, meetClient, meetServer, reaction, REFUSED } from '../trial/curve-sides.ts';

/** By the name of a step: the body of the command it writes. */
type Variants<Peer> = Readonly<Record<string, (peer: Peer) => Uint8Array>>;

export interface RefusalFields {
  readonly id: string;
  readonly judge?: Judge;
}

/** The target is the server and gets such a HELLO. */
export function refusedHello({ id, judge }: RefusalFields, variants: Variants<CurveClient>): Case {
  return defineCase({
    id,
    needs: ['mech:CURVE'],
    judge: judgeOf(variants, judge),
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      return eachOf(variants, async body => {
        const client = await meetServer(trial, sockets);
        client.write(body(client), 'HELLO');
        return client.peer;
      });
    },
  });
}

/** The target is the server and gets such an INITIATE behind a sound HELLO. */
export function refusedInitiate({ id, judge }: RefusalFields, variants: Variants<CurveClient>): Case {
  return defineCase({
    id,
    needs: ['mech:CURVE'],
    judge: judgeOf(variants, judge),
    run: async trial => {
      const sockets = curveSockets(trial, 'server');
      return eachOf(variants, async body => {
        const client = await meetServer(trial, sockets);
        client.hello();
        await client.welcome();
        client.write(body(client), 'INITIATE');
        return client.peer;
      });
    },
  });
}

/** The target is the client and gets such a WELCOME. */
export function refusedWelcome({ id, judge }: RefusalFields, variants: Variants<CurveServer>): Case {
  return defineCase({
    id,
    needs: ['mech:CURVE'],
    judge: judgeOf(variants, judge),
    run: async trial => {
      const sockets = curveSockets(trial, 'client');
      return eachOf(variants, async body => {
        const server = await meetClient(trial, sockets);
        await server.hello();
        server.write(body(server), 'WELCOME');
        return server.peer;
      });
    },
  });
}

function judgeOf(variants: Readonly<Record<string, unknown>>, judge: Judge = { rfc: REFUSED }): Record<string, Judge> {
  return Object.fromEntries(Object.keys(variants).map(step => [step, judge]));
}

/** Writes one variant after the other, and looks what comes of it. */
async function eachOf<Peer>(
  variants: Variants<Peer>,
  write: (body: (peer: Peer) => Uint8Array) => Promise<RawPeer>,
): Promise<Record<string, Token>> {
  const seen: Record<string, Token> = {};
  for (const [step, body] of Object.entries(variants)) {
    const peer = await write(body);
    seen[step] = await reaction(peer);
    peer.destroy();
  }
  return seen;
}

/**
 * The handshake of CURVE from either side, command by command, each of which a case can write otherwise; behind it a
 * session that seals and opens.
 *
 *     const socket = await trial.open(curveServerOptions());        the target is the server
 *     const session = await curveJoinAsClient(trial, socket);       soundly, up to traffic
 *     const client = await CurveClient.meet(trial, socket);         or step by step
 *     client.hello();
 *     await client.welcome();
 *     client.initiate({ counter: 1n });
 *
 *     const socket = await trial.open(curveClientOptions());        the target is the client
 *     const session = await curveJoinAsServer(trial, socket);
 *     const server = await CurveServer.meet(trial, socket);
 *     await server.hello();
 *     server.welcome();
 *     await server.initiate();
 *     const session = server.ready();
 *
 * All share their key pairs, but for those that the target makes itself: an agreement takes a millisecond or two.
 */
import type { HelloFields, InitiateFields, ReadyFields, WelcomeFields } from '../raw/curve.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { CurveClient, type ClientPlan } from './curve-client.ts';
import { CurveServer, type ServerPlan } from './curve-server.ts';
import type { CurveSession } from './curve-session.ts';
import type { Trial } from './trial.ts';

export { CurveClient, type ClientPlan } from './curve-client.ts';
export { CurveServer, type ServerPlan } from './curve-server.ts';
export { curveClientOptions, curveKeys, curveServerOptions } from './curve-keys.ts';

/** What a sound peer would do otherwise, command by command. */
export interface ClientLies {
  readonly hello?: Partial<HelloFields>;
  readonly initiate?: Partial<InitiateFields>;
}

export interface ServerLies {
  readonly welcome?: Partial<WelcomeFields>;
  readonly ready?: Partial<ReadyFields>;
}

/** Meets a target that is the server, and goes through the handshake up to traffic. */
export async function curveJoinAsClient(
  trial: Trial,
  socket: TargetSocket,
  plan: ClientPlan = {},
  lies: ClientLies = {},
): Promise<CurveSession> {
  const client = await CurveClient.meet(trial, socket, plan);
  client.hello(lies.hello);
  await client.welcome();
  client.initiate(lies.initiate);
  return client.ready();
}

/** Meets a target that is the client, and goes through the handshake up to traffic. */
export async function curveJoinAsServer(
  trial: Trial,
  socket: TargetSocket,
  plan: ServerPlan = {},
  lies: ServerLies = {},
): Promise<CurveSession> {
  const server = await CurveServer.meet(trial, socket, plan);
  await server.hello();
  server.welcome(lies.welcome);
  await server.initiate();
  return server.ready(lies.ready);
}

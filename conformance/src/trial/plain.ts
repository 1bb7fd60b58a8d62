/** PLAIN against the target: as a client of its server, or as the server of its client. */
import { ready } from '../raw/command.ts';
import { freshName, same } from '../raw/octets.ts';
import { hello, initiate, parseHello, parseInitiate, welcome, type Hello, type HelloFields } from '../raw/plain.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { SocketType, TargetOptions, ZapPlan } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { optionsFor } from './security.ts';
import type { OpenFields, PeerFields, Trial } from './trial.ts';

/** The ZAP domain of servers, where a case is not about it. */
export const DOMAIN = 'realm';

export const PLAIN_SERVER: TargetOptions = { ...optionsFor('PLAIN', 'server'), zapDomain: DOMAIN };

/** A context of its own: each has room for one ZAP handler. */
export function freshContext(): string {
  return freshName('context-');
}

/** A PLAIN server of the target's, with a handler that answers by the plan; nobody else shares the two. */
export async function openPlainServer(
  trial: Trial,
  plan: ZapPlan = {},
  options: TargetOptions = {},
  fields: OpenFields = {},
): Promise<TargetSocket> {
  const context = fields.context ?? freshContext();
  await trial.zap(plan, context);
  return trial.open({ ...PLAIN_SERVER, ...options }, { ...fields, context });
}

/** Greets as a client does. What the target says behind its greeting is not read. */
export async function greetAsPlainClient(peer: RawPeer): Promise<void> {
  await peer.greet({ mechanism: 'PLAIN' });
}

/** Greets as a server does, and reads the target's HELLO. */
export async function greetAsPlainServer(peer: RawPeer): Promise<Hello> {
  await peer.greet({ mechanism: 'PLAIN', asServer: 1 });
  const { data } = await peer.expectCommand('HELLO');
  const said = parseHello(data);
  if (said === undefined) throw new Unreached('a malformed HELLO');
  return said;
}

/** From the greeting up to traffic, as a client; gives the properties of the target's READY. */
export async function enterAsPlainClient(
  trial: Trial,
  peer: RawPeer,
  targetType: SocketType,
  fields: PeerFields & HelloFields = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  await greetAsPlainClient(peer);
  peer.write(hello(fields), 'HELLO');
  await peer.expectCommand('WELCOME');
  peer.write(initiate(trial.metadataOf(targetType, fields)), 'INITIATE');
  return peer.expectReady();
}

/** From the greeting up to traffic, as a server; gives the properties of the target's INITIATE. */
export async function enterAsPlainServer(
  trial: Trial,
  peer: RawPeer,
  targetType: SocketType,
  fields: PeerFields = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  await greetAsPlainServer(peer);
  peer.write(welcome(), 'WELCOME');
  const { data } = await peer.expectCommand('INITIATE');
  const properties = parseInitiate(data);
  if (properties === undefined) throw new Unreached('a malformed INITIATE');
  peer.write(ready(trial.metadataOf(targetType, fields)), 'READY');
  return properties;
}

/** Meets the target's server and goes in. */
export async function joinPlainServer(
  trial: Trial,
  socket: TargetSocket,
  fields: PeerFields & HelloFields = {},
): Promise<RawPeer> {
  const peer = await trial.meet(socket);
  await enterAsPlainClient(trial, peer, socket.type, fields);
  return peer;
}

/** Meets the target's client and lets it in. */
export async function joinPlainClient(trial: Trial, socket: TargetSocket, fields: PeerFields = {}): Promise<RawPeer> {
  const peer = await trial.meet(socket);
  await enterAsPlainServer(trial, peer, socket.type, fields);
  return peer;
}

/** Whether name and password are those. */
export function isHello(said: Hello | undefined, user: Uint8Array, password: Uint8Array): boolean {
  return said !== undefined && same(said.user, user) && same(said.password, password);
}

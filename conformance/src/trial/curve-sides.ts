/** What cases of CURVE do again and again: sockets on either side of the handshake, sessions with them, what they answer. */
import type { Token } from '../catalogue/case.ts';
import { commandIn } from '../raw/command.ts';
import { ascii, random, same, toAscii, toHex } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { CurveClient, type ClientPlan } from './curve-client.ts';
import { CurveServer, type ServerPlan } from './curve-server.ts';
import type { CurveSession } from './curve-session.ts';
import { optionsFor, type Side } from './security.ts';
import type { OpenFields, Trial } from './trial.ts';

export const SIDES: readonly Side[] = ['server', 'client'];

/** Sockets of one kind. */
export interface Sockets {
  readonly side: Side;
  /** The one for the next connection: where the target connects another each time, for who was refused may not return. */
  next(): Promise<TargetSocket>;
}

export function curveSockets(trial: Trial, side: Side, options: TargetOptions = {}, fields: OpenFields = {}): Sockets {
  const all = { ...optionsFor('CURVE', side), ...options };
  const { role = trial.role } = fields;
  let only: Promise<TargetSocket> | undefined;
  return {
    side,
    next: () => {
      if (role === 'connect') return trial.open(all, fields);
      only ??= trial.open(all, fields);
      return only;
    },
  };
}

/** A new connection with a target that is the server, up to the greeting. */
export async function meetServer(trial: Trial, sockets: Sockets, plan: ClientPlan = {}): Promise<CurveClient> {
  return CurveClient.meet(trial, await sockets.next(), plan);
}

/** A new connection with a target that is the client, up to the greeting. */
export async function meetClient(trial: Trial, sockets: Sockets, plan: ServerPlan = {}): Promise<CurveServer> {
  return CurveServer.meet(trial, await sockets.next(), plan);
}

export interface Joined {
  readonly socket: TargetSocket;
  readonly session: CurveSession;
}

/** A sound session with the target, whichever side it has. */
export async function curveJoin(trial: Trial, sockets: Sockets, plan: ClientPlan & ServerPlan = {}): Promise<Joined> {
  const socket = await sockets.next();
  const other =
    sockets.side === 'server' ? CurveClient.meet(trial, socket, plan) : CurveServer.meet(trial, socket, plan);
  return { socket, session: await (await other).join() };
}

/** How a command of the handshake, or a MESSAGE, may be refused. */
export const REFUSED: readonly Token[] = ['closed', 'closed+ERROR(*)'];

/** What the target makes of what was just written: closes, says nothing, or sends a command. An ERROR may be followed by a close. */
export async function reaction(peer: RawPeer): Promise<Token> {
  const next = await peer.frame();
  if (next === 'closed') return peer.closed();
  if (next === 'silent') return 'mute';
  if (peer.errorReason === undefined) return `replied(${commandIn(next)?.name ?? 'a message'})`;
  const outcome = await peer.outcome();
  return outcome === 'open' ? `replied(ERROR ${peer.errorReason})` : outcome;
}

const SENTINEL = 'sentinel ';
/** How often a wait for a message looks whether the connection has ended. */
const LOOK_MS = 20;

/**
 * What has become of the message that was just written, which should reach the application as this one part. A good
 * message is written behind it, so that nothing has to be waited for that never comes.
 */
export async function taken(
  trial: Trial,
  { socket, session }: Joined,
  expected: Uint8Array,
): Promise<'delivered' | 'altered' | 'dropped' | 'mute' | 'closed' | `closed+ERROR(${string})`> {
  const sentinel = `${SENTINEL}${toHex(random(4))}`;
  session.message(ascii(sentinel));
  const deadline = performance.now() + trial.stepMs;
  while (performance.now() < deadline) {
    const over = session.peer.closedAt !== undefined; // what came before that has reached the application soon
    const message = await socket.receive(LOOK_MS);
    if (message !== undefined) {
      const parts = socket.type === 'ROUTER' ? message.parts.slice(1) : message.parts;
      const [part, ...more] = parts;
      if (part === undefined || more.length > 0) return 'altered';
      if (same(part, expected)) return 'delivered';
      if (toAscii(part) === sentinel) return 'dropped';
      if (toAscii(part).startsWith(SENTINEL)) continue; // of an earlier connection with this socket
      return 'altered';
    }
    if (over) {
      const outcome = await session.peer.outcome();
      return outcome === 'open' ? 'mute' : outcome;
    }
  }
  return 'mute';
}

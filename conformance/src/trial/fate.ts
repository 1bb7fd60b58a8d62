/**
 * Whether a connection in traffic lives. A target of 3.1 answers PING, whatever its type. One of 3.0 knows no PING: there a
 * message has to do, where the type takes one from anybody, and elsewhere only an end can be seen.
 */
import { ping } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { random, same } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { SocketType } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';

export type Fate = 'open' | 'mute' | 'closed' | `closed+ERROR(${string})`;

/** Types whose application gets any message of any peer, and owes it nothing. */
const TAKES_ALL: ReadonlySet<SocketType> = new Set<SocketType>(['ROUTER', 'DEALER', 'PULL', 'PAIR']);
/** How long an end may take to show where nothing can be asked. */
const END_SHOWS_MS = 200;
const LOOK_MS = 10;

/** A PING with a context of its own is answered, or the connection ends, or nothing happens. Frames before are skipped. */
export async function fateByPing(peer: RawPeer, withinMs: number): Promise<Fate> {
  const context = random(8);
  peer.write(ping(context), 'PING: still there?');
  const deadline = performance.now() + withinMs;
  for (;;) {
    const pong = await peer.command('PONG', Math.max(0, deadline - performance.now()));
    if (pong === 'closed') return peer.closed();
    if (pong === 'silent') return 'mute';
    if (same(pong.data, context)) return 'open';
  }
}

/** @param socket - what the peer has met, if it has an application that can be asked */
export async function fateWithoutPing(
  peer: RawPeer,
  socket: TargetSocket | undefined,
  withinMs: number,
): Promise<Fate> {
  if (socket === undefined || !TAKES_ALL.has(socket.type)) return peer.outcome(Math.min(withinMs, END_SHOWS_MS));
  const body = random(8);
  peer.write(message(body), 'a message: still there?');
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await peer.outcome(LOOK_MS);
    if (socket.takeArrived(({ parts }) => same(parts.at(-1) ?? random(1), body))) return 'open';
    if (seen !== 'open') return seen;
    if (performance.now() > deadline) return 'mute';
  }
}
